"""Word vectors without a model, from counts of the words around each word.

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
    """Return a unit-length float32 vector for each vocabulary row, (words, d), and the rows without a context.

    words: how many rows there are; window: words of the vocabulary to either side, within one sentence, that are a
    word's context; dimensions: of the decomposition. A row is without a context when it occurs beside no other word,
    or beside none more often than by chance, or when its contexts lie outside the dimensions kept. It gets a dimension
    of its own, so that its cosine with every other word is 0; d is `dimensions` (fewer in a small vocabulary) plus one
    for each of these rows. Raises UserError when they are more than `dimensions`.
    """
    information = ppmi(cooccurrences(sentences, words, window))
    rank = min(dimensions, words)
    if information.nnz:
        left, values, _ = randomized_svd(information, rank, n_iter=_PASSES, random_state=0)  # (n, d), (d,)
        vectors = left * values**WEIGHT
    else:
        vectors = np.zeros((words, 0))
    lengths = np.linalg.norm(vectors, axis=1)  # (n,)
    known = lengths > _NOISE * lengths.max(initial=0)
    alone = np.flatnonzero(~known)
    if len(alone) > dimensions:
        raise UserError(
            f"embed.method cooccurrence wants words with a context, {len(alone)} of {words} occur beside no other word "
            "more often than by chance: set embed.method: encoder in params.yaml, or raise embed.dimensions"
        )
    unit = np.zeros((words, vectors.shape[1] + len(alone)), dtype=np.float32)
    unit[known, : vectors.shape[1]] = vectors[known] / lengths[known, None]
    unit[alone, vectors.shape[1] + np.arange(len(alone))] = 1
    return unit, alone.tolist()


def cooccurrences(sentences: Sequence[Sentence], words: int, window: int) -> sparse.csr_array:
    """Return how often two rows occur at most `window` words apart, repeats of a sentence counted: (n, n), symmetric.

    Distances count words of the vocabulary only. A word beside itself counts twice.
    """
    lengths = [len(sentence.words) for sentence in sentences]
    rows = np.fromiter((row for sentence in sentences for row in sentence.words), np.int64, sum(lengths))  # (t,)
    sentence_of = np.repeat(np.arange(len(lengths)), lengths)  # (t,)
    repeats = np.array([sentence.count for sentence in sentences], dtype=np.float64)
    counts = sparse.csr_array((words, words), dtype=np.float64)
    for distance in range(1, min(window, max(lengths, default=1) - 1) + 1):
        first = np.flatnonzero(sentence_of[:-distance] == sentence_of[distance:])
        both = (rows[first], rows[first + distance])
        counts = counts + sparse.coo_array((repeats[sentence_of[first]], both), shape=(words, words)).tocsr()
    return sparse.csr_array(counts + counts.T)


def ppmi(counts: sparse.csr_array) -> sparse.csr_array:
    """Return max(0, log(p(w, c) / (p(w) p(c)))) of counts (n, n), natural log, context counts raised to SMOOTHING."""
    pairs = counts.tocoo()
    of_word = np.bincount(pairs.row, pairs.data, counts.shape[0])  # (n,)
    of_context = np.bincount(pairs.col, pairs.data, counts.shape[1]) ** SMOOTHING
    information = np.log(pairs.data * of_context.sum() / (of_word[pairs.row] * of_context[pairs.col]))
    positive = information > 0
    rows, columns = pairs.row[positive], pairs.col[positive]
    return sparse.csr_array((information[positive], (rows, columns)), shape=counts.shape)
