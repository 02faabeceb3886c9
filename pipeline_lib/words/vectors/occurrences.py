"""The character spans of a vocabulary's words in a sentence."""

import unicodedata
from collections.abc import Sequence

from pipeline_lib.core.text import mask_deidentified, tokens, without_contraction
from pipeline_lib.words.corpus.lexicon import ENGLISH, lexicon
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word

_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-"})
MAX_CHARACTERS = 16384  # of a sentence; a longer one is a text without full stops, more than any model reads


class Occurrences:
    """Finds all forms of a vocabulary's words in sentences; each distinct token is stemmed and lemmatized once."""

    def __init__(self, words: Sequence[Word], language: str = ENGLISH) -> None:
        """Take the vocabulary whose rows the sentences refer to, and its language."""
        known = lexicon(language)
        # words.form is not known here: of spelling, lemma and stem, those that differ between all rows identify a row.
        parts = (
            ("word", lambda spelling: spelling),
            ("lemma", known.lemma),
            ("stem", known.stem),
        )
        self._keys = [
            ({getattr(word, name): row for row, word in enumerate(words)}, of)
            for name, of in parts
            if len({getattr(word, name) for word in words}) == len(words)
        ]
        self._known: dict[str, frozenset[int]] = {}  # token -> rows that it may be a form of

    def find(self, sentence: Sentence) -> tuple[str, list[tuple[int, int, int]]]:
        """Return the text of a sentence for a model, and each of its words in it: (row, start, end) in characters.

        The text is in Unicode's composed form (NFC), without soft hyphens, as core.text.tokens has it, and cut after
        MAX_CHARACTERS. The words are in order, one entry an occurrence; a token is a word when its spelling, lemma or
        stem is the word's. A word that is not found, or lies beyond the cut, has no entry.
        """
        text = unicodedata.normalize("NFC", sentence.text[:MAX_CHARACTERS]).replace("\u00ad", "")
        spans = [(self._rows(text[start:end]), start, end) for start, end in token_spans(text)]
        found, first = [], 0
        for row in sentence.words:
            for number in range(first, len(spans)):
                rows, start, end = spans[number]
                if row in rows:
                    found.append((row, start, end))
                    first = number + 1
                    break
        return text, found

    def _rows(self, token: str) -> frozenset[int]:
        if token not in self._known:
            spelling = without_contraction(_same_length(token))
            rows = {rows.get(of(spelling)) for rows, of in self._keys} if spelling else set()
            self._known[token] = frozenset(row for row in rows if row is not None)
        return self._known[token]


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return the span of each token of a text (core.text.tokens): (start, end) in characters, in order.

    A token whose lower case has another number of letters (Turkish İ) is left out.
    """
    plain = _same_length(mask_deidentified(text))
    spans, end = [], 0
    for token in tokens(text):
        start = plain.find(token, end)
        if start >= 0:
            end = start + len(token)
            spans.append((start, end))
    return spans


def _same_length(text: str) -> str:
    """Return a text in lower case with plain apostrophes and hyphens, and of the same length."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    return lower.translate(_PLAIN)
