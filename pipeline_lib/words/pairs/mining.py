"""The most similar pairs of different words: which are compared, and what is said of each."""

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np
from rapidfuzz.distance import OSA

from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.collocations import COLLOCATES, INTERCHANGEABLE, Collocations
from pipeline_lib.words.pairs.nearest_pairs import NearestPairs, nearest_among, nearest_pairs
from pipeline_lib.words.pairs.pair_table import Pair, check_vectors


def top_pairs(
    words: Sequence[Word],
    vectors: np.ndarray,
    met: Collocations,
    top: int,
    kind: str,
    block: int,
    executor: Executor | None = None,
    at_once: int = 1,
) -> list[Pair]:
    """Return the `top` pairs of different words with the highest cosine, fewer where there are no more.

    vectors: (n, d), one row a word, of any lengths but zero; met: where the same words meet; kind: "any", or
    "interchangeable" or "collocates" (see Meetings.collocates) alone, of which there are then `top`; block, executor,
    at_once: see `closest_pairs`, the result depends on none of them.

    Two families of words (see `families`) make at most one pair, that of their two closest forms; a compound and a part
    of it make none. Ties go by alphabet, so the order of the rows does not matter either. Raises UserError when rows
    and words differ in number, or a vector is zero or not finite.
    """
    check_vectors(words, vectors)
    order = np.array(sorted(range(len(words)), key=lambda row: words[row].word), dtype=np.int64)
    place = np.argsort(order)
    family = families(words)
    parts, collocates = _placed(compounds(words), place), _placed(met.collocates(), place)
    if kind == COLLOCATES:
        whole = np.array(sorted(set(map(tuple, collocates.tolist())) - set(map(tuple, parts.tolist()))), dtype=np.int64)
        found = nearest_among(vectors, order, family, whole.reshape(-1, 2), top)
    else:
        banned = np.concatenate([parts, collocates]) if kind == INTERCHANGEABLE else parts
        found = nearest_pairs(vectors, order, family, banned, top, block, executor, at_once)
    return _pairs(words, found, order, met, collocates)


def families(words: Sequence[Word]) -> np.ndarray:
    """Return a number for each word, the same for words linked by a common lemma or stem: (n,) int64.

    The link is followed through: with "base / bases" of one lemma and "bases / based" of one stem, all three are
    one family. So "forms of one word" is the same question whichever two of its forms one asks about.
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
    """Return the pairs of a hyphenated word and a part of it, rows, (k, 2): "t-spine / spine".

    Not "right-sided / left-sided", which share a part.
    """
    whole: dict[str, list[int]] = {}  # part -> compounds
    for row, word in enumerate(words):
        for part in set(word.word.split("-")) if "-" in word.word else ():
            whole.setdefault(part, []).append(row)
    pairs = [
        (row, other)
        for row, word in enumerate(words)
        for name in {word.word, word.lemma, word.stem}
        for other in whole.get(name, ())
        if other != row
    ]
    return np.array(sorted(set(pairs)), dtype=np.int64).reshape(-1, 2)


def is_variant(left: str, right: str) -> bool:
    """Say whether two words may be spellings of one: at most one edit apart (Damerau 1964).

    An edit is a letter put in, left out or changed, or two neighbours swapped: 80% of misspellings are one of these.
    """
    return OSA.distance(left, right, score_cutoff=1) <= 1


def _placed(pairs: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return pairs of rows as pairs of places in the alphabet, the lower first."""
    return np.sort(place[pairs], axis=1)


def _pairs(
    words: Sequence[Word], found: NearestPairs, order: np.ndarray, met: Collocations, collocates: np.ndarray
) -> list[Pair]:
    left, right = order[found.left], order[found.right]
    belong = set(map(tuple, collocates.tolist()))
    pairs = []
    for rank, (i, j, cosine, together, pmi) in enumerate(
        zip(left, right, found.cosine, met.together(left, right), met.pmi(left, right), strict=True), start=1
    ):
        a, b = words[i], words[j]
        pairs.append(
            Pair(
                rank,
                a.word,
                b.word,
                round(float(cosine), 6),
                COLLOCATES if (found.left[rank - 1], found.right[rank - 1]) in belong else INTERCHANGEABLE,
                is_variant(a.word, b.word),
                int(together),
                None if np.isnan(pmi) else round(float(pmi), 3),
                a.count,
                b.count,
                a.documents,
                b.documents,
            )
        )
    return pairs
