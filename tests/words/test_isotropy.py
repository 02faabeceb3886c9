"""Postprocessing against scikit-learn's whitening and principal components, and vectors without a direction."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.vectors.isotropy import isotropic


@pytest.fixture(scope="module")
def cone():
    """60 vectors in a narrow cone, (60, 8), of different lengths."""
    random = np.random.default_rng(0)
    spread = random.normal(size=(60, 8)) * np.linspace(1, 0.2, 8)
    return ((spread + 3) * random.uniform(0.1, 10, (60, 1))).astype(np.float32)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_none_returns_the_unit_vectors(cone):
    found = isotropic(cone, "none")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, unit(cone), atol=1e-6)


def test_without_the_mean_vectors_of_a_cone_point_in_all_directions(cone):
    before, after = unit(cone), isotropic(cone, "mean")
    np.testing.assert_allclose(after, unit(before - before.mean(axis=0)), atol=1e-5)
    assert (before @ before.T).mean() > 0.8
    assert abs((after @ after.T).mean()) < 0.1


def test_top_removes_the_first_principal_component(cone):
    before = unit(cone.astype(np.float64))
    first = PCA(1, svd_solver="full").fit(before)
    expected = unit(before - first.inverse_transform(first.transform(before)))
    np.testing.assert_allclose(isotropic(cone, "top"), expected, atol=1e-5)


def test_top_removes_one_component_in_100():
    vectors = unit(np.random.default_rng(1).normal(size=(400, 300)))
    first = PCA(3, svd_solver="full").fit(vectors)
    expected = unit(vectors - first.inverse_transform(first.transform(vectors)))
    np.testing.assert_allclose(isotropic(vectors, "top"), expected, atol=1e-5)


def test_whitened_cosines_are_those_of_scikit_learn(cone):
    expected = unit(PCA(whiten=True, svd_solver="full").fit_transform(unit(cone.astype(np.float64))))
    found = isotropic(cone, "whiten")
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-4)


def test_whitening_leaves_out_components_without_variance():
    flat = np.zeros((20, 5))
    flat[:, :2] = np.random.default_rng(2).normal(size=(20, 2))
    assert isotropic(flat, "whiten").shape == (20, 2)


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


def test_a_vector_with_only_the_removed_component_is_a_users_error():
    cross = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    with pytest.raises(UserError, match=r"the vector of word 0 \(from 0\) has length .*embed.isotropy: none"):
        isotropic(cross, "top")


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_a_vector_without_direction_is_a_users_error(bad):
    with pytest.raises(UserError, match=r"word 1 \(from 0\) has length (nan|inf|0) and no direction"):
        isotropic(np.array([[1.0, 0.0], [bad, 0.0]]), "none")


def test_an_unknown_treatment_is_a_users_error():
    with pytest.raises(UserError, match=r"none, mean, top, whiten, not 'whitten' \(did you mean whiten\?\)"):
        isotropic(np.eye(2), "whitten")
