"""A map of the words by t-SNE, and the nearest words of each. The same vectors give the same bytes."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

# Effective number of neighbours of a point in t-SNE: its authors use 5 to 50; it must be below the number of points.
PERPLEXITY = 15.0
# Least distance between two points, relative to that in a square grid of as many points, so that the line between two
# near words can be seen.
SPACING = 0.5
_BLOCK = 4096  # words compared at once
_STEPS = 60  # in which points are moved apart


def word_map(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a position in the unit square for each row of `vectors` (n, d): (n, 2).

    t-SNE (van der Maaten and Hinton, 2008; scikit-learn's, Barnes-Hut) of cosine distances, initialized with the first
    two principal components; then points nearer than SPACING are moved apart. Words near each other have similar
    vectors; the distance of two distant words means nothing. Takes about 5 s for 1,000 words and 12 s for 2,000.
    Vectors may have any length but zero.
    """
    if len(vectors) < 4:  # too few for t-SNE: side by side
        return np.column_stack([(np.arange(len(vectors)) + 0.5) / max(1, len(vectors)), np.full(len(vectors), 0.5)])
    from sklearn.manifold import TSNE  # takes two seconds to load
    from threadpoolctl import threadpool_limits

    unit = _unit(vectors)
    # Threads add in any order, and t-SNE amplifies a difference in the last digit.
    with threadpool_limits(1):
        centred = unit - unit.mean(axis=0)
        left, sizes, right = np.linalg.svd(centred, full_matrices=False)
        start = np.zeros((len(unit), 2))
        used = min(2, len(sizes))
        # The sign of a component is arbitrary: its largest loading is made positive.
        signs = np.sign(right[np.arange(used), np.abs(right[:used]).argmax(axis=1)])
        start[:, :used] = left[:, :used] * sizes[:used] * np.where(signs == 0, 1, signs)
        start *= 1e-4 / np.maximum(
            start.std(axis=0), 1e-12
        )  # small, as t-SNE needs it, with the same spread on both axes
        model = TSNE(
            metric="cosine",
            init=start.astype(np.float32),
            perplexity=min(PERPLEXITY, (len(unit) - 1) / 3),
            random_state=0,
        )
        places = model.fit_transform(unit).astype(np.float64)
    return _moved_apart(_scaled(places))


def nearest_words(
    vectors: NDArray[np.floating], rows: list[int], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the `count` other rows of the highest cosine to each of `rows`, and the cosines: both (rows, count).

    Nearest first, ties by row; fewer columns where there are fewer others. Memory: 8 bytes x 4,096 x (d + rows),
    however many vectors there are; they may be mapped from disk.
    """
    count = max(0, min(count, len(vectors) - 1))
    nearest, cosines = np.zeros((len(rows), count), dtype=np.int64), np.full((len(rows), count), -np.inf)
    if not count or not rows:
        return nearest, cosines
    queries = _unit(vectors[rows])
    for start in range(0, len(vectors), _BLOCK):
        # Rounded, so that ties do not depend on the last digit.
        similarity = np.round(queries @ _unit(vectors[start : start + _BLOCK]).T, 6)  # (rows, block)
        for at, row in enumerate(similarity):
            if 0 <= rows[at] - start < len(row):
                row[rows[at] - start] = -np.inf
            lowest = max(cosines[at, -1], np.partition(row, -count)[-count] if len(row) > count else -np.inf)
            near = np.flatnonzero(row >= lowest)
            known = np.concatenate([nearest[at], start + near])
            cosine = np.concatenate([cosines[at], row[near]])
            order = np.argsort(-cosine, kind="stable")[:count]
            nearest[at], cosines[at] = known[order], cosine[order]
    return nearest, cosines


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    double = vectors.astype(np.float64)
    return double / np.linalg.norm(double, axis=1, keepdims=True)


def _scaled(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the positions scaled to fill the unit square, each axis on its own: those of t-SNE have no units."""
    low, high = places.min(axis=0), places.max(axis=0)
    return (places - (low + high) / 2) / np.maximum(high - low, 1e-12) + 0.5


def _moved_apart(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the positions with points nearer than SPACING moved apart, in _STEPS steps at most."""
    least = SPACING / np.sqrt(len(places))
    angle = np.arange(len(places)) * 2.399963  # golden angle: points at one position move in different directions
    places = places + 1e-6 * np.column_stack([np.cos(angle), np.sin(angle)])
    for _ in range(_STEPS):
        pairs = cKDTree(places).query_pairs(least, output_type="ndarray")  # (k, 2)
        if not len(pairs):
            break
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]  # for one order of the sums
        away = places[pairs[:, 0]] - places[pairs[:, 1]]
        length = np.maximum(np.linalg.norm(away, axis=1), 1e-12)
        push = away / length[:, None] * ((least - length) / 2)[:, None]
        np.add.at(places, pairs[:, 0], push)
        np.add.at(places, pairs[:, 1], -push)
    return _scaled(places)
