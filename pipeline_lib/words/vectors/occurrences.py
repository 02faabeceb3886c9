"""Where the words of a vocabulary stand in a sentence."""

import unicodedata
from collections.abc import Sequence

from pipeline_lib.core.text import mask_deidentified, tokens, without_contraction
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word, lexicon

_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-"})
# A "sentence" of a whole file without a full stop has more than any model reads.
LONGEST = 16384  # characters


class Occurrences:
    """Finds the forms of a vocabulary's words; each distinct token is stemmed and lemmatized once."""

    def __init__(self, words: Sequence[Word]) -> None:
        """Take the vocabulary whose rows the sentences name."""
        _, stem, lemma = lexicon()
        # What makes two spellings one word (words.form) no two rows share; what two rows share tells them not apart.
        parts = (
            ("word", lambda spelling: spelling),
            ("lemma", lemma),
            ("stem", stem),
        )
        self._keys = [
            ({getattr(word, name): row for row, word in enumerate(words)}, of)
            for name, of in parts
            if len({getattr(word, name) for word in words}) == len(words)
        ]
        self._known: dict[str, frozenset[int]] = {}  # token -> the rows it may be a form of

    def find(self, sentence: Sentence) -> tuple[str, list[tuple[int, int, int]]]:
        """Return the sentence as it is to be read, and where its words stand in it: (row, start, end) in characters.

        Read is its text in Unicode's composed form (NFC), without soft hyphens, cut after LONGEST characters: what
        `words.tokens` sees. In order; a word that stands there twice is there twice. A word is where its spelling, its
        lemma or its stem is; one that is nowhere, or cut off, is left out.
        """
        text = unicodedata.normalize("NFC", sentence.text[:LONGEST]).replace("\u00ad", "")
        places = [(self._rows(text[start:end]), start, end) for start, end in token_spans(text)]
        found, at = [], 0
        for row in sentence.words:
            for place in range(at, len(places)):
                if row in places[place][0]:
                    found.append((row, *places[place][1:]))
                    at = place + 1
                    break
        return text, found

    def _rows(self, token: str) -> frozenset[int]:
        if token not in self._known:
            spelling = without_contraction(_same_length(token))
            rows = {rows.get(of(spelling)) for rows, of in self._keys} if spelling else set()
            self._known[token] = frozenset(row for row in rows if row is not None)
        return self._known[token]


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return where each of `words.tokens` of a text stands in it: (start, end) in characters, in order.

    A token that Unicode writes with another number of letters in lower case (Turkish İ) is left out.
    """
    plain = _same_length(mask_deidentified(text))
    spans, at = [], 0
    for token in tokens(text):
        start = plain.find(token, at)
        if start >= 0:
            at = start + len(token)
            spans.append((start, at))
    return spans


def _same_length(text: str) -> str:
    """Return a text in lower case with plain marks, of the same length, so that its places are the text's."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    return lower.translate(_PLAIN)
