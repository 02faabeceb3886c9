"""Labels of a graph: without overlap, inside the figure, and reproducible."""

import numpy as np
import pytest

from pipeline_lib.report.figures.label_placement import label_width, layout


def graph():
    random = np.random.default_rng(3)
    names = [f"{'abcdefghij'[i % 10] * (3 + i % 9)}{i}" for i in range(60)]
    return [(names[int(i)], names[int(j)], 0.9) for i, j in random.integers(0, 60, (70, 2)) if i != j]


@pytest.mark.parametrize("width", [258.0, 430.0, 824.0])
def test_labels_do_not_overlap_and_stay_inside(width):
    edges = graph()
    places, height = layout(edges, label_width, width)
    assert set(places) == {name for left, right, _ in edges for name in (left, right)}
    boxes = [(x, y, label_width(word)) for word, (x, y) in places.items()]
    for i, (x, y, wide) in enumerate(boxes):
        assert x - wide / 2 >= -0.1
        assert x + wide / 2 <= width + 0.1
        assert 0 <= y <= height
        for u, v, other in boxes[:i]:
            assert abs(x - u) >= (wide + other) / 2 or abs(y - v) >= 15


def test_the_same_graph_has_the_same_positions():
    edges = graph()[:20]
    assert layout(edges, label_width, 430) == layout(edges, label_width, 430)
    assert layout([], label_width, 430) == ({}, 0)


@pytest.mark.parametrize("word", ["胸部", "größe", "צדר", "грудь", "ÿ", "$x^2$", " ", "\ud83d\ude00"])
def test_a_word_of_any_script_has_a_width(word):
    assert 15 <= label_width(word.encode("utf-16", "surrogatepass").decode("utf-16")) < 100
