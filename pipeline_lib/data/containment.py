"""Phrases cut out of one another's sentences, as SST-2 holds them; and the cleaning of training rows.

A row cut out of a test row's sentence has told the model that row's label: rows that hold one another belong on one
side of a split. Texts contain one another by whole words, exactly, however long the larger is; near_duplicates cannot
see that, as a short phrase and its sentence share few of all their runs of words.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.near_duplicates import connected

REASONS = ("empty", "short", "two_labels", "duplicate")  # of leaving a row out, in the order they are looked for


@dataclass(frozen=True)
class TrainableRows:
    """Which rows `clean` kept, and how many it left out for each of REASONS; together they are all rows."""

    kept: list[int]  # places, in order
    dropped: dict[str, int]  # reason -> rows


def words(text: str) -> list[str]:
    """Return the words of `text`: what stands between spaces, case and encoding folded, marks around it off.

    Marks alone between spaces are a word, as they are in SST-2 ("a good film ."), and emoticons are. Unlike
    tasks.normalised, which leaves out all marks: ":(" may be the whole verdict, and "3.5" is not "3 5".
    """
    tokens = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").split()
    return [token if token.isalnum() else _bare(token) or token for token in tokens]


def containment_groups(texts: Sequence[str], min_words: int = 4) -> list[int]:
    """Return for each text the place of the first text of its group, (texts,), as near_duplicates.chains does.

    A group is texts of which one contains the other as a run of whole words, directly or through others. A text
    of fewer than `min_words` words links nothing, since "the film" would chain everything into one group: it shares
    a group with its equals alone. Equal means of the same `words`.
    Exact. Memory: the texts, and one link a word at worst. Raises UserError for `min_words` below 1.
    """
    phrases = _Phrases(texts, min_words)
    links = []
    for text, place in phrases.first.items():
        for held in phrases.runs(text):
            # The longest at a place is enough: the shorter ones begin it, and are linked where it is the text.
            inner = next((phrase for phrase in held if phrase != text), None)
            if inner is not None:
                links.append((phrases.first[inner], place, 1.0))
    groups = connected(links, len(texts))
    return [groups[phrases.first[text]] for text in phrases.folded]


def contained_in(texts: Sequence[str], sentences: Iterable[str], min_words: int = 4) -> list[int]:
    """Return the places, in order, of the texts that some of `sentences` contains as a run of whole words.

    texts: the rows to learn from; sentences: those held out. A text of fewer than `min_words` words counts only where
    it equals a sentence: in a longer one it says little. Exact. For sentences that a text contains, swap the two.
    Raises UserError for `min_words` below 1.
    """
    phrases = _Phrases(texts, min_words)
    found: set[str] = set()
    for sentence in {" ".join(words(sentence)) for sentence in sentences}:
        if sentence:
            found.add(sentence)
        for held in phrases.runs(sentence):
            found.update(held)
    return [place for place, text in enumerate(phrases.folded) if text in found]


def rows_to_train_on(texts: Sequence[str], labels: Sequence[str], min_words: int) -> TrainableRows:
    """Return which training rows to keep. For training rows alone: test rows are judged as they come.

    Left out, and counted under the first reason that holds: rows without a word ("empty"), rows of fewer than
    `min_words` words ("short"), all rows of a text that has more than one label ("two_labels": nobody knows which is
    right), and all but the first row of a text ("duplicate"). Texts of the same `words` are the same text.
    Raises UserError for `min_words` below 1; 1 leaves out no row for its length.
    """
    _check(min_words)
    spoken = [words(text) for text in texts]
    folded = [" ".join(text) for text in spoken]
    given: dict[str, set[str]] = defaultdict(set)  # text -> its labels
    for text, label in zip(folded, labels, strict=True):
        given[text].add(label)
    kept: list[int] = []
    dropped = dict.fromkeys(REASONS, 0)
    seen: set[str] = set()
    for place, text in enumerate(folded):
        if not text:
            dropped["empty"] += 1
        elif len(spoken[place]) < min_words:
            dropped["short"] += 1
        elif len(given[text]) > 1:
            dropped["two_labels"] += 1
        elif text in seen:
            dropped["duplicate"] += 1
        else:
            kept.append(place)
            seen.add(text)
    return TrainableRows(kept, dropped)


class _Phrases:
    """The distinct texts, and those of at least `least` words found by their first `least` words."""

    def __init__(self, texts: Sequence[str], least: int) -> None:
        _check(least)
        self.least = least
        self.folded = [" ".join(words(text)) for text in texts]
        self.first: dict[str, int] = {}  # text -> place of the first such
        lengths: dict[str, set[int]] = defaultdict(set)
        for place, text in enumerate(self.folded):
            if text not in self.first:
                self.first[text] = place
                spoken = text.split()
                if len(spoken) >= least:
                    lengths[" ".join(spoken[:least])].add(len(spoken))
        # first words -> lengths in words of the texts that begin with them, the longest first
        self.lengths = {gram: sorted(found, reverse=True) for gram, found in lengths.items()}

    def runs(self, text: str) -> Iterator[Iterator[str]]:
        """Yield for each word of a folded text that begins a phrase the phrases that it begins, the longest first."""
        spoken = text.split()
        for start in range(len(spoken) - self.least + 1):
            lengths = self.lengths.get(" ".join(spoken[start : start + self.least]))
            if lengths:
                yield self._at(spoken, start, lengths)

    def _at(self, spoken: list[str], start: int, lengths: list[int]) -> Iterator[str]:
        for length in lengths:
            if start + length <= len(spoken):
                run = " ".join(spoken[start : start + length])
                if run in self.first:
                    yield run


def _bare(token: str) -> str:
    """Return the token without the punctuation around it; symbols, emoji among them, stay."""
    start, end = 0, len(token)
    while start < end and unicodedata.category(token[start]).startswith("P"):
        start += 1
    while end > start and unicodedata.category(token[end - 1]).startswith("P"):
        end -= 1
    return token[start:end]


def _check(min_words: int) -> None:
    if min_words < 1:
        raise UserError(f"min_words must be at least 1, not {min_words}: a phrase has a word; 1 takes every text")
