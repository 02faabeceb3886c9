"""Near-duplicates: texts that have nearly all their words in common, found exactly and in bounded memory."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.feature_extraction.text import CountVectorizer

from pipeline_lib.core.text import normalised

SHARED = 7 / 8  # of the words of the longer text: one of eight words may be another
CONTAINED = 3 / 4  # where the longer text has all words of the shorter: a sentence may be left out
LONG = 16  # words of a text of which a sentence may be left out: parts of a short text are other texts
NUMBER = 3  # words that a number counts as: short texts of one template differ in their numbers alone
CELLS = 2**22  # words compared at once when candidates are checked: about 100 MB


def near_duplicates(
    texts: Sequence[str], threshold: float = SHARED, contained: float = CONTAINED, block: int = 256
) -> list[tuple[int, int, float]]:
    """Return (i, j, similarity) for all texts i < j that are nearly equal.

    The similarity is the share of the longer text's words that the other has too, in any order. Words are those of
    `normalised`; a word that stands n times counts n times, a word with a digit as NUMBER words, and a text without a
    word is equal to its like. Two texts are nearly equal if the similarity is at least `threshold`; or at least
    `contained` where the longer text has at least LONG words, among them all of the shorter one.
    threshold, contained: above 0 and at most 1; block: texts compared with all others at once. The result is in order
    of i and j, exact, and does not depend on `block`. Memory: the words, 20 bytes x block x texts at worst, and the
    pairs found.
    """
    if len(texts) < 2:
        return []
    grams = CountVectorizer(analyzer=_grams, binary=True, dtype=np.int32).fit_transform(texts)  # (texts, grams)
    sizes = np.diff(grams.indptr)
    texts_with = np.bincount(grams.indices, minlength=grams.shape[1])
    grams = csr_array(grams)[:, np.argsort(texts_with, kind="stable")]
    grams.sort_indices()  # rarest of all texts first
    texts_with.sort()
    place = np.arange(grams.nnz) - np.repeat(grams.indptr[:-1], sizes)  # of a gram in its text
    row = np.repeat(np.arange(len(texts)), sizes)

    def first(counts: NDArray[np.float64]) -> csr_array:
        """Return the first `counts` grams of each text, without those that only one text has."""
        chosen = (place < np.repeat(counts, sizes)) & (texts_with[grams.indices] > 1)
        return csr_array((np.ones(chosen.sum(), np.int32), (row[chosen], grams.indices[chosen])), shape=grams.shape)

    # Two texts that share at least threshold x size of the grams of each have one in common among the first
    # size - threshold x size + 1 of each. Where one contains the other, the first gram of the shorter one is among the
    # first size - contained x size + 1 of the longer one. Only such texts are compared.
    # 1e-9: 0.55 x 20 is 11, as a float a little more.
    most, some = (first(sizes - np.ceil(part * sizes - 1e-9) + 1) for part in (threshold, contained))
    one = first(np.ones(len(texts)))
    keys, transposed = hstack([most, one, some], format="csr"), hstack([most, some, one], format="csr").T.tocsr()

    found: list[tuple[int, int, float]] = []
    for start in range(0, len(texts), block):
        candidates = (keys[start : start + block] @ transposed).tocoo()
        left, right = candidates.row + start, candidates.col
        small, large = np.minimum(sizes[left], sizes[right]), np.maximum(sizes[left], sizes[right])
        possible = (left < right) & (small / large >= np.where(large < LONG, threshold, min(threshold, contained)))
        left, right = left[possible], right[possible]
        order = np.lexsort((right, left))
        for part in np.array_split(order, 1 + sizes[left].sum() // CELLS):
            i, j = left[part], right[part]
            common = grams[i].multiply(grams[j]).sum(axis=1)
            small, large = np.minimum(sizes[i], sizes[j]), np.maximum(sizes[i], sizes[j])
            similarity = common / large
            near = (similarity >= threshold) | ((similarity >= contained) & (common == small))
            found += zip(i[near].tolist(), j[near].tolist(), similarity[near].tolist(), strict=True)
    return found


def connected(pairs: list[tuple[int, int, float]], count: int) -> list[int]:
    """Return for each of `count` texts the first of the texts that pairs link, directly or through others, to it."""
    first = list(range(count))

    def root(text: int) -> int:
        while first[text] != text:
            first[text] = first[first[text]]
            text = first[text]
        return text

    for left, right, _ in pairs:
        lower, upper = sorted((root(left), root(right)))
        first[upper] = lower
    return [root(text) for text in range(count)]


def _grams(text: str) -> list[str]:
    """Return each word with its number among its equals, so that the sets of two texts share what their bags share."""
    counts = Counter(normalised(text).split() or [""])
    return [
        f"{word} {number}"
        for word, count in counts.items()
        for number in range(count * (NUMBER if any(map(str.isdigit, word)) else 1))
    ]
