"""Word vectors that all lean one way, set straight: mean removal, all-but-the-top, whitening.

The vectors of a trained model lie in a narrow cone, so that any two words have a high cosine (Ethayarajh 2019, How
Contextual are Contextualized Word Representations?, EMNLP). What all words share says nothing of any of them.
"""

import numpy as np

from pipeline_lib.core.errors import UserError, did_you_mean

TREATMENTS = ("none", "mean", "top", "whiten")
# Of the longest vector or the largest spread: what is shorter than this is rounding, and its direction with it.
_NOISE = 1e-6


def isotropic(vectors: np.ndarray, treatment: str) -> np.ndarray:
    """Return vectors (n, d) set straight, of unit length: (n, d) in float32; whitened, (n, k) with k at most d.

    none: as they are; mean: less their mean; top: less their mean and their first d / 100 principal components, one
    at least (all-but-the-top: Mu and Viswanath 2018, ICLR); whiten: less their mean, and every principal component
    with the same variance (Su et al. 2021, arXiv:2103.15316), those without any left out.

    Each is of the unit-length vectors, so that no long one sways the mean. A single word, or words that all have one
    vector, are as they were: between them no direction is left. Raises UserError for another treatment, for a
    vector that is zero or not finite, and for one that the treatment leaves without a direction.
    """
    if treatment not in TREATMENTS:
        raise UserError(
            f"embed.isotropy must be one of {', '.join(TREATMENTS)}, not {treatment!r}"
            f"{did_you_mean(treatment, TREATMENTS)}: change it in params.yaml"
        )
    unit = unit_length(vectors)
    if treatment == "none" or not len(unit):
        return unit.astype(np.float32)
    centred = unit - unit.mean(axis=0)
    if np.linalg.norm(centred, axis=1).max() <= _NOISE:
        return unit.astype(np.float32)
    if treatment == "mean":
        return unit_length(centred).astype(np.float32)
    left, spread, right = np.linalg.svd(centred, full_matrices=False)  # (n, m), (m,), (m, d), m = min(n, d)
    varying = spread > _NOISE * spread[0]
    if treatment == "whiten":
        return unit_length(left[:, varying]).astype(np.float32)
    first = right[: min(max(1, unit.shape[1] // 100), int(varying.sum()) - 1)]  # (c, d); one is left at least
    return unit_length(centred - centred @ first.T @ first).astype(np.float32)


def unit_length(vectors: np.ndarray) -> np.ndarray:
    """Return vectors (n, d) in float64 and of unit length; UserError for one without a direction."""
    whole = vectors.astype(np.float64)
    lengths = np.linalg.norm(whole, axis=1)  # (n,)
    least = _NOISE * lengths.max(initial=0, where=np.isfinite(lengths))
    for row in np.flatnonzero(~(np.isfinite(lengths) & (lengths > least)))[:1]:
        raise UserError(
            f"the vector of word {row} (from 0) has length {lengths[row]:g} and no direction to compare: choose "
            "another embed.model, or embed.isotropy: none, in params.yaml"
        )
    return whole / lengths[:, None]
