"""Positions for the labels of a graph, without overlap. The same graph gives the same positions."""

import math
from collections.abc import Callable

import networkx
import numpy as np

from pipeline_lib.report.figures.text_size import text_width

FONT, LINE = 9.5, 15.0  # points: size of a label, height of its row

Box = tuple[float, float, float, float]  # left, top, width, height
Layout = dict[str, tuple[float, float]]  # word -> centre of its label


def label_width(word: str) -> float:
    """Return the width of a label in points."""
    return max(LINE, text_width(word, FONT))


def layout(edges: list[tuple[str, str, float]], width_of: Callable[[str], float], width: float) -> tuple[Layout, float]:
    """Return the centre of each word's label in a graph, labels not overlapping, and the total height, in points.

    edges: (word, word, cosine). Each connected component is laid out by Kamada and Kawai (1989), its labels are moved
    apart, and the components are packed from the top left into `width`. A component that does not fit is made narrower
    and higher; a single label wider than `width` extends beyond it.
    """
    lines = [(left, right) for left, right, _ in edges]
    components: list[tuple[Layout, float, float]] = []
    for members in networkx.connected_components(networkx.Graph(lines)):
        # Built from the list again: the order of a set differs between runs, and the layout depends on it.
        part = networkx.Graph([line for line in lines if line[0] in members])
        components.append(_component(part, width_of, width))
    components.sort(key=lambda one: (-one[2], -one[1], min(one[0])))
    placed: list[Box] = []
    places: Layout = {}
    for positions, wide, high in components:
        x, y = _free_spot(placed, wide, width)
        placed.append((x, y, wide, high))
        places |= {word: (x + u, y + v) for word, (u, v) in positions.items()}
    return places, max((y + high for _, y, _, high in placed), default=0.0)


def _component(graph: networkx.Graph, width_of: Callable[[str], float], limit: float) -> tuple[Layout, float, float]:
    """Return the positions in one component, from its top left corner, and its width and height, gaps included."""
    gap, row = 16.0, LINE + 7
    words = sorted(graph)
    widths = np.array([width_of(word) + gap for word in words])  # (n,)
    room = max(limit - widths.max(), 1.0)
    if len(words) == 2 and widths.sum() + gap <= limit:
        at = np.array([[0.0, 0.0], [widths.sum() / 2 + gap, 0.0]])  # side by side
    else:
        places = networkx.kamada_kawai_layout(graph)
        unit = np.array([places[word] for word in words])  # (n, 2)
        unit -= unit.min(axis=0)
        unit /= np.maximum(unit.max(axis=0), 1e-9)
        unit[:, 1] += np.argsort(np.argsort(unit[:, 1], kind="stable")) * 1e-6  # no two at the same height
        spread, drop = widths.mean() * math.sqrt(len(words)) * 0.8, row * math.sqrt(len(words)) * 1.5
        at = _moved_apart(unit * (min(spread, room), drop), widths, row, room)
        while _overlap(at, widths, row).any():
            spread, drop = spread * 1.1, drop * 1.1
            at = _moved_apart(unit * (min(spread, room), drop), widths, row, room)
    at[:, 0] -= (at[:, 0] - widths / 2).min()
    at[:, 1] += row / 2 - at[:, 1].min()
    wide, high = float((at[:, 0] + widths / 2).max()), float(at[:, 1].max() + row / 2)
    return {word: (float(x), float(y)) for word, (x, y) in zip(words, at, strict=True)}, wide, high


def _overlap(at: np.ndarray, widths: np.ndarray, row: float) -> np.ndarray:
    """Return the overlap of each two labels, across and down: (n, n, 2) points, 0 where there is none."""
    across = (widths[:, None] + widths[None, :]) / 2 - np.abs(at[:, None, 0] - at[None, :, 0])
    down = row - np.abs(at[:, None, 1] - at[None, :, 1])
    shared = (across > 0.01) & (down > 0.01) & ~np.eye(len(at), dtype=bool)
    return np.stack([across, down], axis=2) * shared[:, :, None]


def _moved_apart(at: np.ndarray, widths: np.ndarray, row: float, room: float) -> np.ndarray:
    """Return the positions with overlapping labels moved apart, each pair along the axis of the smaller overlap."""
    for _ in range(300):
        overlap = _overlap(at, widths, row)  # (n, n, 2)
        if not overlap.any():
            break
        away = np.sign(at[:, None] - at[None, :])  # (n, n, 2)
        away[..., 1] += (away[..., 1] == 0) * np.sign(np.arange(len(at))[:, None] - np.arange(len(at))[None, :])
        downward = overlap[..., 1] <= overlap[..., 0]
        overlap[..., 0] *= ~downward
        overlap[..., 1] *= downward
        at = at + (away * overlap).sum(axis=1) * 0.5
        at[:, 0] = at[:, 0].clip(0, room)
    return at


def _free_spot(placed: list[Box], wide: float, width: float) -> tuple[float, float]:
    """Return the highest, then leftmost free position below the boxes placed so far."""
    spots = []
    for x in [0.0, *(left + across for left, _, across, _ in placed)]:
        if x == 0 or x + wide <= width:
            under = [top + down for left, top, across, down in placed if left < x + wide and x < left + across]
            spots.append((max(under, default=0.0), x))
    y, x = min(spots)
    return x, y
