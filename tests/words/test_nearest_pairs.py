"""The search against a comparison of all pairs at once, for different blocks, number formats and executors."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from pipeline_lib.words.pairs import nearest_pairs as module
from pipeline_lib.words.pairs.nearest_pairs import NearestPairs, cosines, nearest_among, nearest_pairs

NONE = np.empty((0, 2), dtype=np.int64)


@pytest.fixture(params=[True, False], ids=["bfloat16", "float32"])
def number_format(request, monkeypatch):
    monkeypatch.setattr(module, "has_bfloat16", lambda: request.param)


def corpus(n: int, group_count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return n vectors of unequal length, groups of which some have several members, and excluded pairs."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((n, 24)).astype(np.float32) * random.uniform(0.1, 9, (n, 1)).astype(np.float32)
    excluded = np.sort(random.integers(n, size=(n, 2)), axis=1)
    return vectors, random.integers(min(group_count, n), size=n), excluded[excluded[:, 0] < excluded[:, 1]]


def by_brute_force(vectors, groups, excluded, top) -> list[tuple[int, int, float]]:
    """Return the top pairs by SciPy's cosine distances of all pairs."""
    left, right = np.triu_indices(len(vectors), k=1)
    cosine = 1 - pdist(vectors.astype(np.float64), "cosine")
    left_out, seen, chosen = set(map(tuple, excluded.tolist())), set(), []
    for at in np.lexsort((right, left, -cosine.round(12))):
        i, j = int(left[at]), int(right[at])
        both = frozenset((int(groups[i]), int(groups[j])))
        if len(both) == 2 and (i, j) not in left_out and both not in seen:
            seen.add(both)
            chosen.append((i, j, round(float(cosine[at]), 9)))
    return chosen[:top]


def listed(found: NearestPairs) -> list[tuple[int, int, float]]:
    return [(int(i), int(j), round(float(c), 9)) for i, j, c in zip(found.left, found.right, found.cosine, strict=True)]


def nearest(vectors, top, block, groups=None, excluded=NONE) -> NearestPairs:
    """Return the nearest pairs in the order of the rows."""
    numbers = np.arange(len(vectors))
    return nearest_pairs(vectors, numbers, numbers if groups is None else groups, excluded, top, block)


@pytest.mark.usefixtures("number_format")
@pytest.mark.parametrize(("n", "group_count", "top"), [(60, 10_000, 30), (60, 40, 30), (45, 30, 5000), (2, 10_000, 1)])
def test_pairs_are_those_of_brute_force(n, group_count, top):
    vectors, groups, excluded = corpus(n, group_count, seed=n + group_count)
    expected = by_brute_force(vectors, groups, excluded, top)
    for block in (1, 7, 50, 1000):
        assert listed(nearest(vectors, top, block, groups, excluded)) == expected, block


@pytest.mark.usefixtures("number_format")
@pytest.mark.parametrize(("step", "chunk"), [(3, 2), (16, 100_000), (100, 5)])
def test_steps_and_chunks_find_the_same(monkeypatch, step, chunk):
    monkeypatch.setattr(module, "STEP", step)
    monkeypatch.setattr(module, "CHUNK", chunk)
    vectors, groups, excluded = corpus(120, 60, seed=5)
    assert listed(nearest(vectors, 30, 50, groups, excluded)) == by_brute_force(vectors, groups, excluded, 30)


@pytest.mark.usefixtures("number_format")
@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_cosines_that_are_equal_after_rounding_are_ranked(size):
    random = np.random.default_rng(3)
    vectors = random.standard_normal(64) + 3e-3 * random.standard_normal((300, 64))  # all cosines above 0.9999
    vectors = (vectors * size).astype(np.float32)
    found = nearest(vectors, 50, 128)
    assert listed(found) == by_brute_force(vectors, np.arange(300), NONE, 50)
    assert found.cosine[0] - found.cosine[-1] < 2.0**-9  # less than the resolution of bfloat16 near 1


@pytest.mark.usefixtures("number_format")
def test_a_pair_whose_rounded_cosine_is_too_low_is_found(monkeypatch):
    """The first two are exact in bfloat16, cosine 254 / 256; the last two are nearer, but lose most when rounded."""
    monkeypatch.setattr(module, "STEP", 1)  # so that the first two set the threshold for the last
    vectors = np.full((4, 256), 1 / 16)
    vectors[1, 0] *= -1
    vectors[2:] = np.where(np.arange(256) % 2, 1, -1) * 1.0039 / 16  # rounded to 1 / 16
    rest = 1 - 253 * vectors[2, 0] ** 2
    vectors[2:, 253:] = np.sqrt(rest - 0.0012), np.sqrt(0.0012), 0
    vectors[3, 254] *= -1
    assert listed(nearest(vectors, 1, 8)) == [(2, 3, 0.9976)]


@pytest.mark.usefixtures("number_format")
def test_opposite_vectors_are_the_last_and_fewer_than_two_make_no_pair():
    vectors = np.array([[1, 0], [-1, 0], [0, 1]], dtype=np.float64)
    assert listed(nearest(vectors, 10, 2)) == [(0, 2, 0.0), (1, 2, 0.0), (0, 1, -1.0)]
    assert [listed(nearest(np.ones((n, 4)), 3, 10)) for n in (0, 1)] == [[], []]


@pytest.mark.parametrize("block", [1, 2, 3, 10])
def test_ties_are_sorted_by_number(block):
    assert listed(nearest(np.ones((5, 8), dtype=np.float32), 3, block)) == [(0, 1, 1.0), (0, 2, 1.0), (0, 3, 1.0)]


def test_numbers_order_and_given_pairs(monkeypatch):
    vectors, groups, excluded = corpus(80, 60, seed=8)
    order = np.random.default_rng(0).permutation(80)
    found = nearest_pairs(vectors, order, groups, excluded, 20, 32)
    assert listed(found) == by_brute_force(vectors[order], groups[order], excluded, 20)
    monkeypatch.setattr(module, "CHUNK", 7)
    vectors, groups, given = corpus(90, 60, seed=9)
    left, right = np.triu_indices(90, k=1)
    others = np.array(sorted(set(zip(left.tolist(), right.tolist(), strict=True)) - set(map(tuple, given.tolist()))))
    found = nearest_among(vectors, np.arange(90), groups, np.unique(given, axis=0), 25)
    assert listed(found) == by_brute_force(vectors, groups, others, 25)
    assert listed(nearest_among(vectors, np.arange(90), groups, NONE, 25)) == []


def test_a_cosine_has_the_same_bits_in_any_batch():
    vectors, _, _ = corpus(50, 50, seed=2)
    all_at_once = cosines(vectors, vectors[::-1])
    assert [cosines(vectors[i : i + 1], vectors[::-1][i : i + 1])[0] for i in range(50)] == all_at_once.tolist()
    assert cosines(vectors[::-1], vectors).tolist() == all_at_once.tolist()


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_an_executor_finds_the_same_bits(at_once):
    vectors, groups, excluded = corpus(150, 60, seed=4)
    here = nearest_pairs(vectors, np.arange(150), groups, excluded, 40, 32)
    with ThreadPoolExecutor(2) as executor:
        there = nearest_pairs(vectors, np.arange(150), groups, excluded, 40, 32, executor, at_once)
    for one, other in zip((here.left, here.right, here.cosine), (there.left, there.right, there.cosine), strict=True):
        assert one.tobytes() == other.tobytes()


def test_memory_is_bounded_by_the_block():
    vectors = np.random.default_rng(0).standard_normal((3000, 8)).astype(np.float32)
    tracemalloc.start()
    nearest(vectors, 100, 128)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3e6  # bytes that numpy allocates; the cosines of all pairs at once would be 36e6
