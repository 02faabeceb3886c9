"""The nearest rows: chosen without sorting all, they are those of a sort of all."""

import numpy as np
import pytest

from pipeline_lib.core import retrieval
from pipeline_lib.core.retrieval import nearest_rows

WORDS = "lung heart liver bone clear large small left right".split()


@pytest.mark.parametrize("k", [1, 3, 40])
def test_the_nearest_of_many_are_those_of_a_sort_of_all_ties_by_place(k):
    rng = np.random.default_rng(k)
    texts = [" ".join(rng.choice(WORDS, size=rng.integers(1, 4))) for _ in range(300)]
    rows = [{"group": str(at // 2), "source": text} for at, text in enumerate(texts)]
    places, cosines = nearest_rows(rows, rows[:50], k)
    every, whole = nearest_rows(rows, rows[:50], len(rows))  # 298: two are of the row's own group
    assert places.tolist() == every[:, :k].tolist()
    assert cosines.tolist() == whole[:, :k].tolist()


def test_the_nearest_rows_do_not_depend_on_how_many_are_compared_at_once(monkeypatch):
    rng = np.random.default_rng(5)
    texts = [" ".join(rng.choice(WORDS, size=4)) for _ in range(30)]
    rows = [{"group": str(at // 3), "source": text} for at, text in enumerate(texts)]
    places, cosines = nearest_rows(rows, rows, 3)
    monkeypatch.setattr(retrieval, "_BLOCK", 7)
    in_blocks = nearest_rows(rows, rows, 3)
    assert (in_blocks[0].tolist(), in_blocks[1].tolist()) == (places.tolist(), cosines.tolist())
    assert all(near // 3 != at // 3 for at, found in enumerate(places.tolist()) for near in found)
