"""Words on a plane, like beside like, and the nearest words of each. The same vectors give the same bytes."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

# Points that t-SNE weighs as neighbours of each; its authors use 5 to 50, and it must stay below the number of points.
PERPLEXITY = 15.0
# Least distance between two points, in units of that of a square grid of as many: so that close pairs can be told
# apart, and the line between them seen.
SPACING = 0.5
_BLOCK = 4096  # words that others are compared with at once
_STEPS = 60  # of moving points apart


def word_map(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a place in the unit square for each row of `vectors` (n, d): (n, 2).

    t-SNE (van der Maaten and Hinton, 2008; scikit-learn's, Barnes-Hut) of cosine distances, begun from the first two
    principal components, then moved apart where points lie closer than SPACING. What is near on the map is alike;
    how far apart two distant words lie means nothing. Takes about 5 s for 1,000 words and 12 s for 2,000. Vectors
    may have any length but zero.
    """
    if len(vectors) < 4:  # nothing to arrange: side by side
        return np.column_stack([(np.arange(len(vectors)) + 0.5) / max(1, len(vectors)), np.full(len(vectors), 0.5)])
    from sklearn.manifold import TSNE  # takes two seconds to load
    from threadpoolctl import threadpool_limits

    unit = _unit(vectors)
    # Sums over threads come in any order, and t-SNE makes much of a last digit.
    with threadpool_limits(1):
        centred = unit - unit.mean(axis=0)
        left, sizes, right = np.linalg.svd(centred, full_matrices=False)
        start = np.zeros((len(unit), 2))
        wide = min(2, len(sizes))
        # A component's sign is arbitrary: its largest loading is taken as positive.
        signs = np.sign(right[np.arange(wide), np.abs(right[:wide]).argmax(axis=1)])
        start[:, :wide] = left[:, :wide] * sizes[:wide] * np.where(signs == 0, 1, signs)
        start *= 1e-4 / np.maximum(start.std(axis=0), 1e-12)  # small, and as high as it is wide
        model = TSNE(
            metric="cosine",
            init=start.astype(np.float32),
            perplexity=min(PERPLEXITY, (len(unit) - 1) / 3),
            random_state=0,
        )
        places = model.fit_transform(unit).astype(np.float64)
    return _apart(_framed(places))


def nearest_words(
    vectors: NDArray[np.floating], rows: list[int], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the `count` rows of the highest cosine to each of `rows`, itself left out, and the cosines: (rows, count).

    Nearest first, the earlier row where two are equally near; fewer columns where there are fewer others. Memory: 8
    bytes x 4,096 x (d + rows), however many vectors there are; they may be mapped from disk.
    """
    count = max(0, min(count, len(vectors) - 1))
    places, cosines = np.zeros((len(rows), count), dtype=np.int64), np.full((len(rows), count), -np.inf)
    if not count or not rows:
        return places, cosines
    asked = _unit(vectors[rows])
    for start in range(0, len(vectors), _BLOCK):
        # Rounded, so that ties do not hang on the last digit.
        likeness = np.round(asked @ _unit(vectors[start : start + _BLOCK]).T, 6)  # (rows, block)
        for at, row in enumerate(likeness):
            if 0 <= rows[at] - start < len(row):
                row[rows[at] - start] = -np.inf
            lowest = max(cosines[at, -1], np.partition(row, -count)[-count] if len(row) > count else -np.inf)
            near = np.flatnonzero(row >= lowest)
            known = np.concatenate([places[at], start + near])
            alike = np.concatenate([cosines[at], row[near]])
            order = np.argsort(-alike, kind="stable")[:count]
            places[at], cosines[at] = known[order], alike[order]
    return places, cosines


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    return wide / np.linalg.norm(wide, axis=1, keepdims=True)


def _framed(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places moved and scaled to fill the unit square, each axis by itself: t-SNE's have no units."""
    low, high = places.min(axis=0), places.max(axis=0)
    return (places - (low + high) / 2) / np.maximum(high - low, 1e-12) + 0.5


def _apart(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places with those nearer than SPACING pushed from one another, step by step."""
    least = SPACING / np.sqrt(len(places))
    angle = np.arange(len(places)) * 2.399963  # the golden angle: points on one spot part in different directions
    places = places + 1e-6 * np.column_stack([np.cos(angle), np.sin(angle)])
    for _ in range(_STEPS):
        pairs = cKDTree(places).query_pairs(least, output_type="ndarray")  # (k, 2)
        if not len(pairs):
            break
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]  # sums in one order
        away = places[pairs[:, 0]] - places[pairs[:, 1]]
        length = np.maximum(np.linalg.norm(away, axis=1), 1e-12)
        push = away / length[:, None] * ((least - length) / 2)[:, None]
        np.add.at(places, pairs[:, 0], push)
        np.add.at(places, pairs[:, 1], -push)
    return _framed(places)
