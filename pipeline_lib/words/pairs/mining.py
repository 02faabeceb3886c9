"""The word pairs of the highest cosine: which words may form a pair, and what is known of each pair."""

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np

from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.collocations import COLLOCATES, INTERCHANGEABLE, Collocations
from pipeline_lib.words.pairs.nearest_pairs import NearestPairs, nearest_among, nearest_pairs
from pipeline_lib.words.pairs.pair_table import Pair, check_vectors
from pipeline_lib.words.pairs.word_formation import (
    DERIVATION,
    OPPOSITE,
    derivations,
    is_derivation,
    is_opposite,
    is_spelling,
    opposites,
)


def top_pairs(
    words: Sequence[Word],
    vectors: np.ndarray,
    collocations: Collocations,
    top: int,
    kind: str,
    block: int,
    executor: Executor | None = None,
    at_once: int = 1,
) -> list[Pair]:
    """Return the `top` pairs of different words with the highest cosine, fewer where there are no more.

    vectors: (n, d), one row a word, of any length but zero; collocations: counts of the same words; kind: "any", or
    the only kind, which is applied before the `top` are taken; block, executor, at_once: see `nearest_pairs`, the
    result does not depend on them.

    A pair is of the first kind that fits: "opposite", "derivation" (see word_formation), "collocates" (see
    Collocations.collocates), else "interchangeable".

    Two groups of forms (see `form_groups`) make at most one pair, that of their two nearest forms; a compound and a
    part of it make none. Ties are sorted by alphabet, so the order of the rows does not matter either. Raises UserError
    when rows and words differ in number, or a vector is zero or not finite.
    """
    check_vectors(words, vectors)
    order = np.array(sorted(range(len(words)), key=lambda row: words[row].word), dtype=np.int64)
    position = np.argsort(order)  # of a row in the alphabet
    groups = form_groups(words)
    parts = _positions(compounds(words), position)
    collocates = _positions(collocations.collocates(), position)
    if kind == "any":
        found = nearest_pairs(vectors, order, groups, parts, top, block, executor, at_once)
        return _pairs(words, found, order, collocations, collocates)
    pairs_of = {OPPOSITE: _positions(opposites(words), position), DERIVATION: _positions(derivations(words), position)}
    pairs_of[COLLOCATES] = collocates
    earlier = parts  # pairs that are excluded, or of a kind before
    for other, pairs in pairs_of.items():
        if kind == other:
            allowed = sorted(set(map(tuple, pairs.tolist())) - set(map(tuple, earlier.tolist())))
            found = nearest_among(vectors, order, groups, np.array(allowed, dtype=np.int64).reshape(-1, 2), top)
            return _pairs(words, found, order, collocations, collocates)
        earlier = np.concatenate([earlier, pairs])
    found = nearest_pairs(vectors, order, groups, earlier, top, block, executor, at_once)
    return _pairs(words, found, order, collocations, collocates)


def form_groups(words: Sequence[Word]) -> np.ndarray:
    """Return the number of each word's group of forms, equal for words with a common lemma or stem: (n,) int64.

    Groups are transitive: "base / bases" have one lemma and "bases / based" one stem, so all three are one group.
    """
    parent = list(range(len(words)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    first: dict[tuple[str, str], int] = {}
    for row, word in enumerate(words):
        for key in (("lemma", word.lemma), ("stem", word.stem)):
            other = first.setdefault(key, row)
            parent[root(row)] = root(other)
    return np.array([root(row) for row in range(len(words))], dtype=np.int64)


def compounds(words: Sequence[Word]) -> np.ndarray:
    """Return the pairs of a hyphenated word and a part of it, as rows: (k, 2).

    So "t-spine / spine", but not "right-sided / left-sided", which share a part.
    """
    compounds_of: dict[str, list[int]] = {}  # by part
    for row, word in enumerate(words):
        for part in set(word.word.split("-")) if "-" in word.word else ():
            compounds_of.setdefault(part, []).append(row)
    pairs = [
        (row, other)
        for row, word in enumerate(words)
        for name in {word.word, word.lemma, word.stem}
        for other in compounds_of.get(name, ())
        if other != row
    ]
    return np.array(sorted(set(pairs)), dtype=np.int64).reshape(-1, 2)


def _positions(pairs: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return pairs of rows as pairs of positions in the alphabet, the lower first."""
    return np.sort(position[pairs], axis=1)


def _pairs(
    words: Sequence[Word], found: NearestPairs, order: np.ndarray, collocations: Collocations, collocates: np.ndarray
) -> list[Pair]:
    """Return the pairs found, with what is known of them; found, collocates: as positions in `order`."""
    left, right = order[found.left], order[found.right]
    is_collocate = set(map(tuple, collocates.tolist()))
    adjacent = [both in is_collocate for both in zip(found.left.tolist(), found.right.tolist(), strict=True)]
    together, pmi = collocations.together(left, right), collocations.pmi(left, right)
    pairs = []
    for at, (i, j) in enumerate(zip(left, right, strict=True)):
        a, b = words[i], words[j]
        kind = _kind(a, b, adjacent[at])
        pairs.append(
            Pair(
                at + 1,
                a.word,
                b.word,
                round(float(found.cosine[at]), 6),
                kind,
                kind != OPPOSITE and is_spelling(a.word, b.word),
                int(together[at]),
                None if np.isnan(pmi[at]) else round(float(pmi[at]), 3),
                a.count,
                b.count,
                a.documents,
                b.documents,
            )
        )
    return pairs


def _kind(left: Word, right: Word, adjacent: bool) -> str:
    """Return the kind of a pair; adjacent: whether the two are collocates."""
    if is_opposite(left, right):
        return OPPOSITE
    if is_derivation(left, right):
        return DERIVATION
    return COLLOCATES if adjacent else INTERCHANGEABLE
