"""Word vectors without a model: which words a word stands beside in the corpus.

Positive pointwise mutual information (PPMI) and a truncated singular value decomposition, with what Levy, Goldberg and
Dagan (2015), Improving Distributional Similarity with Lessons Learned from Word Embeddings, TACL, recommend:
context counts raised to 0.75, singular values to 0.5.
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.sentences import Sentence

SMOOTHING = 0.75  # of context counts: rare contexts would have the highest information
WEIGHT = 0.5  # of singular values
_PASSES = 7  # power iterations; scikit-learn's own choice for few components
_NOISE = 1e-6  # of the longest vector: a shorter one is rounding


def cooccurrence_vectors(
    sentences: Sequence[Sentence], words: int, window: int, dimensions: int
) -> tuple[np.ndarray, list[int]]:
    """Return a unit-length float32 vector for each of `words` vocabulary rows, (words, d), and rows without company.

    window: words to either side that count, other words of the vocabulary alone, within one sentence; dimensions: of
    the decomposition. A row without company stands beside no other word, or beside none that it prefers, or its
    company lies outside the dimensions kept. It gets an axis of its own, so that its cosine with every other word is 0:
    d is `dimensions` (fewer in a small vocabulary) and one for each of these.
    Raises UserError where they are more than `dimensions`: the corpus has too little to tell words by.
    """
    information = ppmi(cooccurrences(sentences, words, window))
    kept = min(dimensions, words)
    if information.nnz:
        left, values, _ = randomized_svd(information, kept, n_iter=_PASSES, random_state=0)  # (n, d), (d,)
        vectors = left * values**WEIGHT
    else:
        vectors = np.zeros((words, 0))
    lengths = np.linalg.norm(vectors, axis=1)  # (n,)
    known = lengths > _NOISE * lengths.max(initial=0)
    alone = np.flatnonzero(~known)
    if len(alone) > dimensions:
        raise UserError(
            f"embed.method cooccurrence wants words that stand beside others, {len(alone)} of {words} have no "
            "neighbour that tells them apart: set embed.method: encoder in params.yaml, or raise embed.dimensions"
        )
    found = np.zeros((words, vectors.shape[1] + len(alone)), dtype=np.float32)
    found[known, : vectors.shape[1]] = vectors[known] / lengths[known, None]
    found[alone, vectors.shape[1] + np.arange(len(alone))] = 1
    return found, alone.tolist()


def cooccurrences(sentences: Sequence[Sentence], words: int, window: int) -> sparse.csr_array:
    """Return how often two rows stand at most `window` apart, over all sentences as often as they occur: (n, n).

    Symmetric; distances count the vocabulary's words alone. A word beside itself counts twice.
    """
    lengths = [len(sentence.words) for sentence in sentences]
    rows = np.fromiter((row for sentence in sentences for row in sentence.words), np.int64, sum(lengths))  # (t,)
    place = np.repeat(np.arange(len(lengths)), lengths)  # (t,), the sentence
    often = np.array([sentence.count for sentence in sentences], dtype=np.float64)
    counts = sparse.csr_array((words, words), dtype=np.float64)
    for distance in range(1, min(window, max(lengths, default=1) - 1) + 1):
        near = np.flatnonzero(place[:-distance] == place[distance:])
        beside = sparse.coo_array((often[place[near]], (rows[near], rows[near + distance])), shape=(words, words))
        counts = counts + beside.tocsr()
    return sparse.csr_array(counts + counts.T)


def ppmi(counts: sparse.csr_array) -> sparse.csr_array:
    """Return max(0, log(p(w, c) / (p(w) p(c)))) of counts (n, n), natural log, context counts raised to SMOOTHING."""
    pairs = counts.tocoo()
    of_word = np.bincount(pairs.row, pairs.data, counts.shape[0])  # (n,)
    of_context = np.bincount(pairs.col, pairs.data, counts.shape[1]) ** SMOOTHING
    information = np.log(pairs.data * of_context.sum() / (of_word[pairs.row] * of_context[pairs.col]))
    above = information > 0
    return sparse.csr_array((information[above], (pairs.row[above], pairs.col[above])), shape=counts.shape)
