"""Postprocessing against scikit-learn's whitening and principal components, and vectors without a direction."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from pipeline_lib.words.vectors.isotropy import isotropic
from tests.helpers.stages import refused


@pytest.fixture(scope="module")
def cone():
    """60 vectors in a narrow cone, (60, 8), of different lengths."""
    random = np.random.default_rng(0)
    spread = random.normal(size=(60, 8)) * np.linspace(1, 0.2, 8)
    return ((spread + 3) * random.uniform(0.1, 10, (60, 1))).astype(np.float32)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_none_returns_unit_vectors_and_mean_spreads_them(cone):
    found = isotropic(cone, "none")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, unit(cone), atol=1e-6)
    before, after = unit(cone), isotropic(cone, "mean")
    np.testing.assert_allclose(after, unit(before - before.mean(axis=0)), atol=1e-5)
    assert (before @ before.T).mean() > 0.8
    assert abs((after @ after.T).mean()) < 0.1


@pytest.mark.parametrize(("count", "removed"), [(60, 1), (400, 3)])
def test_top_removes_one_principal_component_in_100(cone, count, removed):
    before = unit(cone.astype(np.float64) if count == 60 else np.random.default_rng(1).normal(size=(400, 300)))
    first = PCA(removed, svd_solver="full").fit(before)
    expected = unit(before - first.inverse_transform(first.transform(before)))
    np.testing.assert_allclose(isotropic(before, "top"), expected, atol=1e-5)


def test_whitened_cosines_are_those_of_scikit_learn(cone):
    expected = unit(PCA(whiten=True, svd_solver="full").fit_transform(unit(cone.astype(np.float64))))
    found = isotropic(cone, "whiten")
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-4)
    flat = np.random.default_rng(2).normal(size=(20, 5)) * [1, 1, 0, 0, 0]
    assert isotropic(flat, "whiten").shape == (20, 2), "components without variance are left out"


@pytest.mark.parametrize("treatment", ["none", "mean", "top", "whiten"])
def test_one_vector_and_equal_vectors_stay_unchanged(treatment):
    for words in (1, 3):
        found = isotropic(np.tile([3.0, 4.0], (words, 1)), treatment)
        np.testing.assert_allclose(found, np.tile([0.6, 0.8], (words, 1)), atol=1e-6)
    assert isotropic(np.zeros((0, 2)), treatment).shape == (0, 2)


@pytest.mark.parametrize("treatment", ["mean", "top", "whiten"])
def test_two_vectors_become_opposite(treatment):
    found = isotropic(np.array([[1.0, 0.2], [1.0, 0.1]]), treatment)
    np.testing.assert_allclose(found @ found.T, [[1, -1], [-1, 1]], atol=1e-6)


@pytest.mark.parametrize(("vectors", "treatment", "message"), [
    # What is left of the first four, without the first component, has no length.
    ([[1, 0], [-1, 0], [1, 0], [-1, 0], [0, 1], [0, -1]], "top",
     r"of word 0 \(from 0\) has length .*embed.isotropy: none"),
    ([[1, 0], [np.nan, 0]], "none", r"word 1 \(from 0\) has length nan and no direction"),
    ([[1, 0], [np.inf, 0]], "none", r"word 1 \(from 0\) has length inf and no direction"),
    ([[1, 0], [0, 0]], "none", r"word 1 \(from 0\) has length 0 and no direction"),
    ([[1, 0], [0, 1]], "whitten", r"none, mean, top, whiten, not 'whitten' \(did you mean whiten\?\)"),
])  # fmt: skip
def test_vectors_without_direction_and_an_unknown_treatment_are_a_users_error(vectors, treatment, message):
    refused(message, isotropic, np.array(vectors, dtype=float), treatment)
