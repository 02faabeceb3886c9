"""Texts that contain one another word for word, as the phrases of SST-2 do; and the cleaning of training rows.

A training row cut out of a test row's sentence tells the model that row's label, so such rows belong in one part of a
split. near_duplicates does not find them, since a short phrase and its sentence share few of the sentence's words.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.text import separate_signs
from pipeline_lib.data.near_duplicates import connected

REASONS = ("empty", "short", "two_labels", "duplicate")  # for leaving a row out, in the order of the checks


@dataclass(frozen=True)
class TrainableRows:
    """Which rows to train on, and how many are left out for each of REASONS; together they are all rows."""

    kept: list[int]  # row numbers from 0, in order
    dropped: dict[str, int]  # reason -> rows


def words(text: str) -> list[str]:
    """Return the words of `text`: split at spaces, case and encoding folded, without the punctuation around them.

    Punctuation between spaces is a word, as in SST-2 ("a good film ."), and so is an emoticon. core.text.normalised
    drops all punctuation, which would lose a text like ":(" and make "3.5" equal to "3 5". Where a script has no spaces
    between words each sign is a word (core.text.words).
    """
    tokens = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").split()
    parts = [token if token.isalnum() else _strip_punctuation(token) or token for token in tokens]
    return parts if text.isascii() else separate_signs(" ".join(parts)).split()


def containment_groups(texts: Sequence[str], min_words: int = 4) -> list[int]:
    """Return for each text the index of the first text of its group, (texts,), as near_duplicates.connected does.

    Two texts are in one group if one contains the other as a run of whole words, directly or through others. A text
    of fewer than `min_words` words links no others, since "the film" would link everything into one group; it shares
    a group only with its equals. Texts of the same `words` are equal.
    Exact. Memory: the texts, and one link a word at worst. Raises UserError for `min_words` below 1.
    """
    phrases = _Phrases(texts, min_words)
    links = []
    for text, place in phrases.first.items():
        for contained in phrases.runs(text):
            # The longest is enough: the shorter ones begin it, and are linked to it when it is `text`.
            inner = next((phrase for phrase in contained if phrase != text), None)
            if inner is not None:
                links.append((phrases.first[inner], place, 1.0))
    groups = connected(links, len(texts))
    return [groups[phrases.first[text]] for text in phrases.folded]


def contained_in(texts: Sequence[str], sentences: Iterable[str], min_words: int = 4) -> list[int]:
    """Return the indices, in order, of the texts that one of `sentences` contains as a run of whole words.

    texts: training rows; sentences: test rows. A text of fewer than `min_words` words counts only where it equals a
    sentence, since as a part of one it says little. Exact. For the sentences that a text contains, swap the two.
    Raises UserError for `min_words` below 1.
    """
    phrases = _Phrases(texts, min_words)
    found: set[str] = set()
    for sentence in {" ".join(words(sentence)) for sentence in sentences}:
        if sentence:
            found.add(sentence)
        for contained in phrases.runs(sentence):
            found.update(contained)
    return [place for place, text in enumerate(phrases.folded) if text in found]


def rows_to_train_on(texts: Sequence[str], labels: Sequence[str], min_words: int) -> TrainableRows:
    """Return which training rows to keep. Test rows are never cleaned: a model is scored on rows as users write them.

    Left out, and counted under the first reason that applies: rows without a word ("empty"), rows of fewer than
    `min_words` words ("short"), all rows of a text that has more than one label ("two_labels"), and all but the first
    row of a text ("duplicate"). Texts of the same `words` are the same text.
    Raises UserError for `min_words` below 1; 1 leaves out no row for its length.
    """
    _check_min_words(min_words)
    text_words = [words(text) for text in texts]
    folded = [" ".join(text) for text in text_words]
    labels_of: dict[str, set[str]] = defaultdict(set)
    for text, label in zip(folded, labels, strict=True):
        labels_of[text].add(label)
    kept: list[int] = []
    dropped = dict.fromkeys(REASONS, 0)
    seen: set[str] = set()
    for place, text in enumerate(folded):
        if not text:
            dropped["empty"] += 1
        elif len(text_words[place]) < min_words:
            dropped["short"] += 1
        elif len(labels_of[text]) > 1:
            dropped["two_labels"] += 1
        elif text in seen:
            dropped["duplicate"] += 1
        else:
            kept.append(place)
            seen.add(text)
    return TrainableRows(kept, dropped)


class _Phrases:
    """The distinct texts, and an index of those of at least `least` words by their first `least` words."""

    def __init__(self, texts: Sequence[str], least: int) -> None:
        _check_min_words(least)
        self.least = least
        self.folded = [" ".join(words(text)) for text in texts]
        self.first: dict[str, int] = {}  # text -> index of its first occurrence
        lengths: dict[str, set[int]] = defaultdict(set)
        for place, text in enumerate(self.folded):
            if text not in self.first:
                self.first[text] = place
                split = text.split()
                if len(split) >= least:
                    lengths[" ".join(split[:least])].add(len(split))
        # first words -> lengths in words of the texts that begin with them, longest first
        self.lengths = {gram: sorted(found, reverse=True) for gram, found in lengths.items()}

    def runs(self, text: str) -> Iterator[Iterator[str]]:
        """Yield the phrases that a folded text contains: for each word where some begin, these, longest first."""
        split = text.split()
        for start in range(len(split) - self.least + 1):
            lengths = self.lengths.get(" ".join(split[start : start + self.least]))
            if lengths:
                yield self._at(split, start, lengths)

    def _at(self, split: list[str], start: int, lengths: list[int]) -> Iterator[str]:
        for length in lengths:
            if start + length <= len(split):
                run = " ".join(split[start : start + length])
                if run in self.first:
                    yield run


def _strip_punctuation(token: str) -> str:
    """Return the token without the punctuation around it; symbols such as emoji stay."""
    start, end = 0, len(token)
    while start < end and unicodedata.category(token[start]).startswith("P"):
        start += 1
    while end > start and unicodedata.category(token[end - 1]).startswith("P"):
        end -= 1
    return token[start:end]


def _check_min_words(min_words: int) -> None:
    if min_words < 1:
        raise UserError(f"min_words must be at least 1, not {min_words}: a phrase has a word; 1 takes every text")
