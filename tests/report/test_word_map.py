"""The map keeps neighbours together and is reproducible; the nearest words are those of scikit-learn."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from pipeline_lib.report.explorer import word_map as module
from pipeline_lib.report.explorer.word_map import SPACING, nearest_words, word_map


def groups(count=12, size=8, d=20):
    """Return vectors of groups of similar words, of different lengths, and the group of each."""
    random = np.random.default_rng(1)
    centres = np.repeat(random.normal(size=(count, d)), size, axis=0)
    vectors = (centres + 0.35 * random.normal(size=centres.shape)) * random.uniform(0.1, 9, (len(centres), 1))
    return vectors.astype(np.float32), np.repeat(np.arange(count), size)


def test_neighbours_stay_together_and_points_apart_on_any_number_of_threads():
    vectors, group = groups()
    places = word_map(vectors)
    assert places.shape == (96, 2)
    assert (places.min(), places.max()) == (0, 1)
    kept = trustworthiness(vectors, places, n_neighbors=5, metric="cosine")
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert kept > trustworthiness(vectors, PCA(2).fit_transform(unit), n_neighbors=5, metric="cosine") + 0.02
    assert kept > 0.96
    near = NearestNeighbors(n_neighbors=4).fit(places).kneighbors(return_distance=False)
    assert (group[near] == group[:, None]).mean() > 0.6  # at random: 0.1
    vectors, _ = groups()
    vectors[:9] = vectors[0]  # at one position
    places = word_map(vectors)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(len(places))
    assert apart.min() > 0.7 * SPACING / np.sqrt(len(places))
    vectors, _ = groups()
    with threadpool_limits(1):
        first = word_map(vectors)
    with threadpool_limits(2):
        second = word_map(vectors)
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("count", range(7))
@pytest.mark.parametrize("d", [1, 2, 5])
def test_few_words_have_positions(count, d):
    vectors = np.random.default_rng(2).normal(size=(count, d)) + 0.1
    places = word_map(vectors)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    assert ((places >= -1e-9) & (places <= 1 + 1e-9)).all()
    assert len({tuple(place) for place in places.round(4).tolist()}) == count


@pytest.mark.parametrize("block", [3, 10, 4096])
def test_the_nearest_are_those_of_scikit_learn(monkeypatch, block):
    monkeypatch.setattr(module, "_BLOCK", block)
    vectors, _ = groups(5, 6)
    rows = [29, 0, 7]
    places, cosines = nearest_words(vectors, rows, 4)
    distances, expected = NearestNeighbors(n_neighbors=5, metric="cosine").fit(vectors).kneighbors(vectors[rows])
    assert places.tolist() == expected[:, 1:].tolist()
    assert cosines == pytest.approx(1 - distances[:, 1:], abs=2e-6)


@pytest.mark.parametrize("block", [1, 2, 4096])
def test_ties_are_sorted_by_row_and_there_are_no_more_than_other_words(monkeypatch, block):
    monkeypatch.setattr(module, "_BLOCK", block)
    vectors = np.array([[1, 0], [0, 1], [1, 0], [2, 0], [0, 3], [1, 1]], dtype=np.float32)
    places, cosines = nearest_words(vectors, [2, 5], 3)
    assert places.tolist() == [[0, 3, 5], [0, 1, 2]]
    assert cosines.tolist() == [[1, 1, pytest.approx(0.707107)], [pytest.approx(0.707107)] * 3]
    assert nearest_words(np.ones((1, 3)), [0], 10)[0].shape == (1, 0)
    assert nearest_words(np.ones((3, 3)), [1], 10)[0].tolist() == [[0, 2]]
    assert nearest_words(np.ones((3, 3)), [], 10)[0].shape == (0, 2)
