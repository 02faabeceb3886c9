"""Postprocessing that makes word vectors isotropic: mean removal, all-but-the-top, whitening.

The vectors of a trained model lie in a narrow cone, so that any two words have a high cosine (Ethayarajh 2019, How
Contextual are Contextualized Word Representations?, EMNLP). The part that all vectors share does not tell words apart.
"""

import numpy as np

from pipeline_lib.core.errors import UserError, did_you_mean

TREATMENTS = ("none", "mean", "top", "whiten")
# Relative to the longest vector or the largest singular value: anything smaller is rounding error.
_NOISE = 1e-6


def isotropic(vectors: np.ndarray, treatment: str) -> np.ndarray:
    """Return vectors (n, d) postprocessed, float32 and of unit length: (n, d), or (n, k) with k <= d for whiten.

    none: unchanged; mean: their mean subtracted; top: mean and first d / 100 principal components, at least one,
    subtracted (all-but-the-top: Mu and Viswanath 2018, ICLR); whiten: mean subtracted and all principal components
    scaled to the same variance (Su et al. 2021, arXiv:2103.15316), components without variance left out.

    The vectors are made unit length first, so that long ones do not dominate the mean. A single vector, or vectors that
    are all equal, stay unchanged: nothing would be left of them. Raises UserError for an unknown treatment, for a
    vector that is zero or not finite, and for one that is zero after the treatment.
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
    left, singular, right = np.linalg.svd(centred, full_matrices=False)  # (n, m), (m,), (m, d), m = min(n, d)
    varying = singular > _NOISE * singular[0]
    if treatment == "whiten":
        return unit_length(left[:, varying]).astype(np.float32)
    first = right[: min(max(1, unit.shape[1] // 100), int(varying.sum()) - 1)]  # (c, d); at least one component stays
    return unit_length(centred - centred @ first.T @ first).astype(np.float32)


def unit_length(vectors: np.ndarray) -> np.ndarray:
    """Return vectors (n, d) in float64 and of unit length; raises UserError for one without a direction."""
    exact = vectors.astype(np.float64)
    lengths = np.linalg.norm(exact, axis=1)  # (n,)
    least = _NOISE * lengths.max(initial=0, where=np.isfinite(lengths))
    for row in np.flatnonzero(~(np.isfinite(lengths) & (lengths > least)))[:1]:
        raise UserError(
            f"the vector of word {row} (from 0) has length {lengths[row]:g} and no direction to compare: choose "
            "another embed.model, or embed.isotropy: none, in params.yaml"
        )
    return exact / lengths[:, None]
