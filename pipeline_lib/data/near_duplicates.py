"""Near-duplicates: texts that share nearly all runs of five words, found exactly and in bounded memory."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import CountVectorizer

from pipeline_lib.core.text import normalised

RUN = 5  # words of a gram
CELLS = 2**22  # grams compared at once when candidates are checked: about 100 MB


def near_duplicates(texts: Sequence[str], threshold: float = 0.8, block: int = 256) -> list[tuple[int, int, float]]:
    """Return (i, j, similarity) for all texts i < j whose sets of grams have a Jaccard similarity >= `threshold`.

    A gram is five words in a row, after `normalised`; a text of fewer words is one gram. threshold: above 0 and at most
    1; block: texts compared with all others at once. The result is in order of i and j, exact, and does not depend on
    `block`. Memory: the distinct grams, 20 bytes x block x texts at worst, and the pairs found.
    """
    if len(texts) < 2:
        return []
    grams = CountVectorizer(analyzer=_grams, binary=True, dtype=np.int32).fit_transform(texts)  # (texts, grams)
    sizes = np.diff(grams.indptr)
    # Two near-duplicates share at least threshold x size of the grams of each. So the first size - threshold x size + 1
    # grams of each, the rarest of all texts first, have one in common: only texts that share such a gram are compared.
    texts_with = np.bincount(grams.indices, minlength=grams.shape[1])
    grams = csr_array(grams)[:, np.argsort(texts_with, kind="stable")]
    grams.sort_indices()
    texts_with.sort()
    place = np.arange(grams.nnz) - np.repeat(grams.indptr[:-1], sizes)  # of a gram in its text, rarest first
    chosen = sizes - np.ceil(threshold * sizes - 1e-9) + 1  # 1e-9: 0.55 x 20 is 11, as a float a little more
    # A gram that only one text has cannot match, but it counts among the chosen.
    rare = (place < np.repeat(chosen, sizes)) & (texts_with[grams.indices] > 1)
    row = np.repeat(np.arange(len(texts)), sizes)
    keys = csr_array((np.ones(rare.sum(), np.int32), (row[rare], grams.indices[rare])), shape=grams.shape)
    transposed = keys.T.tocsr()

    found: list[tuple[int, int, float]] = []
    for start in range(0, len(texts), block):
        candidates = (keys[start : start + block] @ transposed).tocoo()
        left, right = candidates.row + start, candidates.col
        small, large = np.minimum(sizes[left], sizes[right]), np.maximum(sizes[left], sizes[right])
        possible = (left < right) & (small / large >= threshold)
        left, right = left[possible], right[possible]
        order = np.lexsort((right, left))
        for part in np.array_split(order, 1 + sizes[left].sum() // CELLS):
            i, j = left[part], right[part]
            common = grams[i].multiply(grams[j]).sum(axis=1)
            similarity = common / (sizes[i] + sizes[j] - common)
            near = similarity >= threshold
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
    words = normalised(text).split()
    return [" ".join(words[at : at + RUN]) for at in range(max(len(words) - RUN + 1, 1))]
