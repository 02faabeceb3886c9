"""The sentences that a page shows for each word and each pair of words, cut to a readable length."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.text import mask_deidentified, tokens, without_contraction
from pipeline_lib.words.corpus.lexicon import ENGLISH, lexicon
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word

MAX_CHARACTERS = 280  # of a sentence
MAX_SENTENCES = 4  # of a word, and of a pair
MAX_BYTES = 3_000_000  # of all texts, so that the page opens at once
_SEARCHED = 4096  # characters in which the next token is searched

Key = int | tuple[int, int]  # a vocabulary row, or those of a pair


@dataclass(frozen=True)
class Excerpts:
    """The sentences to show for words and pairs; a word is its vocabulary row, a pair two rows, the lower first.

    texts: (sentence, how often it occurs in the corpus), each once; of_word, of_pair: indices into `texts`, the most
    frequent sentence first; sentences: how many distinct sentences contain the word, or both words; forms: the
    spellings of a word in `texts`, in lower case.
    """

    texts: list[tuple[str, int]] = field(default_factory=list)
    of_word: dict[int, list[int]] = field(default_factory=dict)
    of_pair: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    sentences: dict[Key, int] = field(default_factory=dict)
    forms: dict[int, list[str]] = field(default_factory=dict)


def excerpts(
    sentences: Iterable[Sentence],
    words: Sequence[Word],
    rows: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    language: str = ENGLISH,
) -> Excerpts:
    """Return up to MAX_SENTENCES sentences for each of `pairs` (two vocabulary rows, the lower first) and `rows`.

    Sentences of at most MAX_CHARACTERS come first, then the most frequent, then the earliest. A longer one is cut to
    MAX_CHARACTERS around the words that it is shown for, with an ellipsis at each cut. Every pair and word gets its
    first sentence before any gets its second, up to MAX_BYTES in all. `sentences` may be a generator; few of them are
    in memory at once. Raises UserError when they belong to another vocabulary.
    """
    chosen, totals = _most_frequent(sentences, len(words), rows, pairs)
    forms = _Forms(words, language)
    made = Excerpts(sentences=totals)
    index_of: dict[tuple[str, int], int] = {}
    used = 0  # bytes
    for turn in range(MAX_SENTENCES):
        for key in chosen:
            if turn >= len(chosen[key]):
                continue
            sentence = chosen[key][turn]
            pair = key if isinstance(key, tuple) else (key,)
            text = (forms.cut(sentence, pair), sentence.count)
            if text not in index_of:
                size = len(text[0].encode("utf-8", "replace"))
                if used + size > MAX_BYTES:
                    continue
                used += size
                index_of[text] = len(made.texts)
                made.texts.append(text)
            shown = made.of_pair.setdefault(key, []) if isinstance(key, tuple) else made.of_word.setdefault(key, [])
            shown.append(index_of[text])
            for row in pair:
                forms.note(row, sentence)
    made.forms.update({row: sorted(found) for row, found in sorted(forms.found.items())})
    return made


def _most_frequent(
    sentences: Iterable[Sentence], size: int, rows: Sequence[int], pairs: Sequence[tuple[int, int]]
) -> tuple[dict[Key, list[Sentence]], dict[Key, int]]:
    """Return for each pair and word its MAX_SENTENCES sentences in the order of the page, and how many contain it."""
    keys: list[Key] = [*pairs, *rows]
    best: dict[Key, list[tuple[bool, int, int, Sentence]]] = {key: [] for key in keys}
    totals: dict[Key, int] = dict.fromkeys(best, 0)
    pairs_of: dict[int, list[tuple[int, int]]] = {}  # by their first row
    for pair in pairs:
        pairs_of.setdefault(pair[0], []).append(pair)
    for number, sentence in enumerate(sentences):
        contained = set(sentence.words)
        if contained and max(contained) >= size:
            raise UserError(
                f"the sentences name word {max(contained)}, the vocabulary has rows 0 to {size - 1}: "
                "they come from two runs, run preprocess_text again (dvc repro)"
            )
        entry = (len(sentence.text) <= MAX_CHARACTERS, sentence.count, -number, sentence)  # the number decides ties
        keys_here: list[Key] = [pair for row in contained for pair in pairs_of.get(row, ()) if pair[1] in contained]
        keys_here += [row for row in contained if row in best]
        for key in keys_here:
            totals[key] += 1
            if len(best[key]) < MAX_SENTENCES:
                heappush(best[key], entry)
            else:
                heappushpop(best[key], entry)
    return {key: [entry[-1] for entry in sorted(found, reverse=True)] for key, found in best.items()}, totals


class _Forms:
    """Finds the tokens of a sentence that are forms of a word: those of its lemma, else those of its stem."""

    def __init__(self, words: Sequence[Word], language: str) -> None:
        known = lexicon(language)
        self.stem, self.lemma = known.stem, known.lemma
        self.words = words
        self.found: dict[int, set[str]] = {}
        self.long: dict[int, list[tuple[str, int]]] = {}  # tokens of long sentences by id, as they are searched often
        self.parts: dict[str, tuple[str, str, str]] = {}  # token -> without contraction, its stem, its lemma

    def within(self, row: int, sentence: Sentence) -> list[tuple[str, int]]:
        """Return (token, its approximate start) of each form of the word in the sentence, in order."""
        starts = self.long.get(id(sentence))
        if starts is None:
            starts = _starts(sentence.text)
            if len(sentence.text) > MAX_CHARACTERS:
                # Each distinct token once: a report of 10 MB in one cell has millions of tokens.
                starts = list({token: (token, start) for token, start in reversed(starts)}.values())[::-1]
                self.long[id(sentence)] = starts
        word = self.words[row]
        parts = [(token, start, *self._parts_of(token)) for token, start in starts]  # (token, start, bare, stem, lemma)
        by_lemma = [part[:2] for part in parts if word.word == part[2] or word.lemma == part[4]]
        # "limits" and "limited" can be two words with one stem: the stem decides only where no lemma does.
        return by_lemma or [part[:2] for part in parts if word.stem == part[3]]

    def note(self, row: int, sentence: Sentence) -> None:
        """Add the forms of the word in the sentence to `found`."""
        self.found.setdefault(row, set()).update(token for token, _ in self.within(row, sentence))

    def cut(self, sentence: Sentence, rows: Sequence[int]) -> str:
        """Return the text, cut around the first occurrence of each word where it is too long."""
        text = sentence.text
        if len(text) <= MAX_CHARACTERS:
            return text
        share = MAX_CHARACTERS // len(rows)
        spans = []
        for row in rows:
            token, at = next(iter(self.within(row, sentence)), ("", 0))
            start = max(0, min(at + len(token) // 2 - share // 2, len(text) - share))
            spans.append((start, start + share))
        spans.sort()
        if len(spans) == 2 and spans[1][0] <= spans[0][1]:  # they overlap: one part
            spans = [(spans[0][0], spans[1][1])]
        parts = [_whole_words(text, start, stop) for start, stop in spans]
        first, last = spans[0][0] > 0, spans[-1][1] < len(text)
        return ("… " if first else "") + " … ".join(parts) + (" …" if last else "")

    def _parts_of(self, token: str) -> tuple[str, str, str]:
        if token not in self.parts:
            word = without_contraction(token)
            self.parts[token] = (word, self.stem(word), self.lemma(word)) if word else ("", "", "")
        return self.parts[token]


def _starts(text: str) -> list[tuple[str, int]]:
    """Return each token of a text and its start; an approximate one where Unicode spells the token in another way."""
    masked = mask_deidentified(text)
    folded = masked.lower()
    if len(folded) != len(masked):  # İ is two letters in lower case
        folded = "".join(small if len(small := letter.lower()) == 1 else letter for letter in masked)
    folded = folded.replace("’", "'").replace("ʼ", "'").replace("‐", "-").replace("‑", "-")
    starts, end = [], 0
    for token in tokens(text):
        found = folded.find(token, end, end + len(token) + _SEARCHED)
        starts.append((token, end if found < 0 else found))
        end = end if found < 0 else found + len(token)
    return starts


def _whole_words(text: str, start: int, stop: int) -> str:
    """Return text[start:stop] without the pieces of words at its ends, where these are shorter than 30 characters."""
    part = text[start:stop]
    if start > 0 and not text[start - 1].isspace() and 0 <= (gap := part.find(" ")) < 30:
        part = part[gap:]
    if stop < len(text) and not text[stop].isspace() and len(part) - (gap := part.rfind(" ")) < 30:
        part = part[:gap]
    return part.strip()
