"""The closest word pairs as pictures for paper, and as the table that DVC draws. Same input, same bytes."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import networkx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from pipeline_lib.core.files import guarded, write_csv
from pipeline_lib.report.figures.label_placement import FAMILY, FONT, LINE, label_width, layout
from pipeline_lib.report.figures.loss import BLUE, GREY, ORANGE, save
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.pair_table import Pair

# A picture of more pairs than this is one that nobody reads; the tables and the page have them all.
DRAWN = 100
HEATED = 40  # words of the heat map
WIDTH, MARGIN = 860.0, 18.0  # points
LONGEST = 24  # characters of a word in the heat map
SMALLEST = 3  # words of a cluster that gets a colour
HEADER = ["pair", "cosine", "rank", "kind", "together", "left_documents", "right_documents"]
# Okabe and Ito's colours, told apart by colour-blind people too; a cluster beside another gets another.
COLOURS = (BLUE, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", ORANGE)
KINDS = {"interchangeable": BLUE, "collocates": ORANGE}


def write_pairs_table(path: str | Path, pairs: Sequence[Pair]) -> None:
    """Write a row a pair for DVC, named by its two words, as CSV that is safe to open as a spreadsheet."""
    rows = [
        {
            "pair": guarded(f"{p.left} – {p.right}"),
            "cosine": f"{p.cosine:.6f}",
            "rank": p.rank,
            "kind": p.kind,
            "together": p.together,
            "left_documents": p.left_documents,
            "right_documents": p.right_documents,
        }
        for p in pairs
    ]
    write_csv(path, HEADER, rows)


def headline(pairs: Sequence[Pair], asked: int) -> str:
    """Return what a picture of `pairs` shows, when `asked` were asked for: "The 100 closest pairs of words"."""
    if not pairs:
        return "No two words to compare"
    one = len(pairs) == 1
    if len(pairs) < asked:
        return f"{'The one pair' if one else f'All {len(pairs)} pairs'} of words ({asked} were asked for)"
    return "The closest pair of words" if one else f"The {min(DRAWN, len(pairs))} closest pairs of words"


def clusters(pairs: Sequence[Pair]) -> dict[str, int]:
    """Return a number for each word that is in a cluster of at least SMALLEST words, 0 for the largest.

    Clusters are communities by modularity, pairs weighted by their cosines (Louvain: Blondel et al. 2008).
    """
    words = sorted({word for pair in pairs for word in (pair.left, pair.right)})
    number = {word: at for at, word in enumerate(words)}
    graph = networkx.Graph()  # of numbers: a set of texts comes in another order in each process
    graph.add_nodes_from(range(len(words)))
    graph.add_weighted_edges_from((number[p.left], number[p.right], max(p.cosine, 1e-6)) for p in pairs)
    found = networkx.community.louvain_communities(graph, seed=0) if pairs else []
    large = sorted((sorted(one) for one in found if len(one) >= SMALLEST), key=lambda one: (-len(one), one))
    return {words[at]: place for place, one in enumerate(large) for at in one}


def draw_pairs(paths: Iterable[str | Path], pairs: Sequence[Pair], asked: int) -> None:
    """Draw the graph of the first DRAWN pairs, clusters coloured, to each of `paths`, PNG or SVG by its ending."""
    drawn = pairs[:DRAWN]
    places, bottom = layout([(p.left, p.right, p.cosine) for p in drawn], label_width, WIDTH - 2 * MARGIN)
    top = 3.8 * LINE
    figure, axes = _sheet(top + bottom + LINE)
    _titled(axes, headline(pairs, asked))
    if drawn:
        _key(axes)
    low, high = (drawn[-1].cosine, drawn[0].cosine) if drawn else (0.0, 1.0)
    for p in reversed(drawn):
        share = (p.cosine - low) / ((high - low) or 1)
        (x, y), (u, v) = places[p.left], places[p.right]
        axes.plot(
            [x + MARGIN, u + MARGIN], [y + top, v + top], color="#4a4d55", linewidth=1.0 + 3.4 * share, zorder=1,
            linestyle=_dash(p.kind), solid_capstyle="round",
        )  # fmt: skip
    cluster = clusters(drawn)
    tint = _colours(drawn, cluster)
    for word, (x, y) in places.items():
        colour = tint.get(cluster.get(word, -1), "#9a9ca3")
        fill = tuple(1 - 0.22 * (1 - part) for part in to_rgb(colour)) if word in cluster else "white"
        frame = {"boxstyle": "round,pad=0.2", "facecolor": fill, "edgecolor": colour, "linewidth": 1.0}
        axes.text(
            x + MARGIN, y + top, word, fontsize=FONT, family=FAMILY, ha="center", va="center_baseline",
            bbox=frame, zorder=2, parse_math=False,
        )  # fmt: skip
    for path in paths:
        save(figure, path)


def draw_ranking(path: str | Path, pairs: Sequence[Pair], asked: int) -> None:
    """Draw the cosines of the first DRAWN pairs as ranked bars in two columns, each kind in its colour, as PNG."""
    drawn = pairs[:DRAWN]
    rows = max(1, math.ceil(len(drawn) / 2))
    top = 4.6 * LINE
    figure, axes = _sheet(top + (rows + 0.5) * LINE)
    _titled(axes, headline(pairs, asked))
    x = MARGIN
    for kind, colour in KINDS.items() if drawn else ():
        axes.barh(2.5 * LINE, 16, left=x, height=8, color=colour, hatch=_hatch(kind), edgecolor="white", linewidth=0)
        text = f"{kind} ({sum(p.kind == kind for p in drawn)})"
        axes.text(x + 22, 2.5 * LINE, text, fontsize=FONT, color=GREY, va="center_baseline")
        x += 40 + label_width(text)
    column = (WIDTH - 2 * MARGIN + 24) / 2
    room, bar = 210.0, 130.0  # points for a pair's name, for a cosine of 1
    style: dict[str, Any] = {"fontsize": FONT, "va": "center_baseline", "parse_math": False, "family": FAMILY}
    for i, p in enumerate(drawn):
        x, y = MARGIN + i // rows * column, top + i % rows * LINE
        axes.text(x + 18, y, str(p.rank), ha="right", color=GREY, **style)
        name = f"{p.left} – {p.right}"
        axes.text(x + 25, y, name, **style | {"fontsize": FONT * min(1.0, room / label_width(name))})
        x += room + 32
        wide = bar * max(0.0, p.cosine)
        axes.barh(y, wide, left=x, height=8, color=KINDS[p.kind], hatch=_hatch(p.kind), edgecolor="white", linewidth=0)
        axes.text(x + wide + 5, y, f"{p.cosine:.3f}".replace("-", "−"), color=GREY, **style)
    save(figure, path)


def draw_heatmap(
    path: str | Path, pairs: Sequence[Pair], words: Sequence[Word], vectors: NDArray[np.floating], asked: int
) -> None:
    """Draw the cosines between the words of the closest pairs, HEATED at most, as PNG.

    vectors: (n, d), one row a word. The words stand in the order of `seriation`.
    """
    row_of = {word.word: row for row, word in enumerate(words)}
    shown = list(dict.fromkeys(word for pair in pairs for word in (pair.left, pair.right)))[:HEATED]
    figure = Figure(figsize=(8.4, 8.0), dpi=130, layout="constrained")
    axes = figure.add_subplot()
    if len(shown) < 2:
        axes.axis("off")
        axes.text(0.5, 0.5, headline(pairs, asked), transform=axes.transAxes, ha="center", color=GREY)
        return save(figure, path)
    chosen = vectors[[row_of[word] for word in shown]].astype(np.float64)
    chosen /= np.linalg.norm(chosen, axis=1, keepdims=True)
    cosines = np.clip(chosen @ chosen.T, -1, 1)
    order = seriation(cosines)
    names = [_short(shown[at]) for at in order]
    cells = np.ma.masked_array(cosines[np.ix_(order, order)], np.eye(len(shown), dtype=bool))
    shades = matplotlib.colormaps["Blues"].with_extremes(bad="#e9e3d8")  # light where there is little: it is printed
    image = axes.imshow(cells, cmap=shades, interpolation="nearest")
    style: dict[str, Any] = {"fontsize": 8, "family": FAMILY, "parse_math": False}
    axes.set_xticks(range(len(names)), names, rotation=90, **style)
    axes.set_yticks(range(len(names)), names, **style)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(
        f"How alike the {len(names)} words of the closest pairs are", loc="left", fontweight="bold", fontsize=12
    )
    scale = figure.colorbar(image, ax=axes, shrink=0.5, aspect=28, pad=0.02)
    scale.set_label("cosine")
    scale.outline.set_visible(False)
    return save(figure, path)


def seriation(cosines: NDArray[np.floating]) -> list[int]:
    """Return an order of at least 2 words in which alike ones stand together; cosines: (n, n), symmetric.

    That of a dendrogram's leaves (average linkage of 1 - cosine), turned so that the sum of the distances between
    neighbours is the least it can be (Bar-Joseph et al. 2001; SciPy's).
    """
    apart = squareform(np.round(1 - cosines, 9), checks=False)  # rounded: no order hangs on a last digit
    return leaves_list(linkage(apart, "average", optimal_ordering=True)).tolist()


def _sheet(height: float) -> tuple[Figure, Axes]:
    """Return a figure of one unit a point, y going down."""
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=130)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def _titled(axes: Axes, title: str) -> None:
    axes.text(MARGIN, 1.4 * LINE, title, fontsize=15, fontweight="bold", va="center")


def _key(axes: Axes) -> None:
    """Say what the lines and colours of the graph mean."""
    x = MARGIN
    style: dict[str, Any] = {"fontsize": FONT, "color": GREY, "va": "center_baseline"}
    for kind in KINDS:
        axes.plot([x, x + 26], [2.5 * LINE] * 2, color="#4a4d55", linewidth=2, linestyle=_dash(kind))
        axes.text(x + 32, 2.5 * LINE, kind, **style)
        x += 48 + label_width(kind)
    axes.text(x, 2.5 * LINE, "thicker: more alike; joined in one colour: a cluster", **style)


def _dash(kind: str) -> Any:
    return (0, (2.2, 1.4)) if kind == "collocates" else "-"


def _hatch(kind: str) -> str:
    return "/////" if kind == "collocates" else ""


def _colours(pairs: Sequence[Pair], cluster: dict[str, int]) -> dict[int, str]:
    """Return a colour for each cluster, the least used one that none joined to it has."""
    joined: dict[int, set[int]] = {number: set() for number in sorted(set(cluster.values()))}
    for pair in pairs:
        one, other = cluster.get(pair.left, -1), cluster.get(pair.right, -1)
        if one != other and one >= 0 and other >= 0:
            joined[one].add(other)
            joined[other].add(one)
    given: dict[int, str] = {}
    for number, others in joined.items():
        taken = {given.get(other) for other in others}
        used = list(given.values())
        given[number] = min(COLOURS, key=lambda colour: (colour in taken, used.count(colour)))
    return given


def _short(word: str) -> str:
    return word if len(word) <= LONGEST else word[: LONGEST - 1] + "…"
