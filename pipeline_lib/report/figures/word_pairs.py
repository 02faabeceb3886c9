"""Figures of the closest word pairs for print, and the table that DVC draws. The same input gives the same bytes."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from pipeline_lib.core.files import guarded, write_csv
from pipeline_lib.report.figures.label_placement import FONT, LINE, label_width, layout
from pipeline_lib.report.figures.loss import BLUE, GREY, ORANGE, save
from pipeline_lib.report.word_clusters import communities
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.collocations import COLLOCATES, INTERCHANGEABLE
from pipeline_lib.words.pairs.pair_table import Pair
from pipeline_lib.words.pairs.word_formation import DERIVATION, OPPOSITE

MAX_PAIRS = 100  # of a figure, so that it can be read; the tables and the page have all
MAX_WORDS = 40  # of the heat map
WIDTH, MARGIN = 860.0, 18.0  # points
MAX_CHARACTERS = 24  # of a word in the heat map
HEADER = ["pair", "cosine", "rank", "kind", "together", "left_documents", "right_documents"]
# Okabe and Ito's colours, which colour-blind people can distinguish; joined clusters get different ones.
COLOURS = (BLUE, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", ORANGE)
KINDS = {INTERCHANGEABLE: BLUE, COLLOCATES: ORANGE, OPPOSITE: "#a8487f", DERIVATION: "#9a9ca3"}


def write_pairs_table(path: str | Path, pairs: Sequence[Pair]) -> None:
    """Write the pairs as CSV for DVC, one row a pair, safe to open in a spreadsheet."""
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


def headline(pairs: Sequence[Pair], requested: int) -> str:
    """Return the title of a figure: "The 100 closest pairs of words"; requested: how many pairs were requested."""
    if not pairs:
        return "No two words to compare"
    one = len(pairs) == 1
    if len(pairs) < requested:
        return f"{'The one pair' if one else f'All {len(pairs)} pairs'} of words ({requested} were requested)"
    return "The closest pair of words" if one else f"The {min(MAX_PAIRS, len(pairs))} closest pairs of words"


def clusters(pairs: Sequence[Pair]) -> dict[str, int]:
    """Return the cluster of each word that is in one: its number, 0 for the largest.

    Clusters are the communities of the graph of the pairs, weighted by their cosines.
    """
    words = sorted({word for pair in pairs for word in (pair.left, pair.right)})
    number = {word: at for at, word in enumerate(words)}
    found = communities(len(words), ((number[p.left], number[p.right], p.cosine) for p in pairs))
    return {words[at]: cluster for cluster, members in enumerate(found) for at in members}


def draw_pairs(paths: Iterable[str | Path], pairs: Sequence[Pair], requested: int) -> None:
    """Write a graph of the first MAX_PAIRS pairs, clusters coloured, to each of `paths`, PNG or SVG by its ending."""
    drawn = pairs[:MAX_PAIRS]
    places, bottom = layout([(p.left, p.right, p.cosine) for p in drawn], label_width, WIDTH - 2 * MARGIN)
    top = 3.8 * LINE
    figure, axes = _canvas(top + bottom + LINE)
    _title(axes, headline(pairs, requested))
    if drawn:
        _legend(axes)
    low, high = (drawn[-1].cosine, drawn[0].cosine) if drawn else (0.0, 1.0)
    for p in reversed(drawn):
        share = (p.cosine - low) / ((high - low) or 1)
        (x, y), (u, v) = places[p.left], places[p.right]
        axes.plot(
            [x + MARGIN, u + MARGIN], [y + top, v + top], color=_line_colour(p.kind), linewidth=1.0 + 3.4 * share,
            zorder=1, linestyle=_dash(p.kind), solid_capstyle="round",
        )  # fmt: skip
    cluster = clusters(drawn)
    colour_of = _colours(drawn, cluster)
    for word, (x, y) in places.items():
        colour = colour_of.get(cluster.get(word, -1), "#9a9ca3")
        fill = tuple(1 - 0.22 * (1 - part) for part in to_rgb(colour)) if word in cluster else "white"
        frame = {"boxstyle": "round,pad=0.2", "facecolor": fill, "edgecolor": colour, "linewidth": 1.0}
        axes.text(
            x + MARGIN, y + top, word, fontsize=FONT, ha="center", va="center_baseline",
            bbox=frame, zorder=2, parse_math=False,
        )  # fmt: skip
    for path in paths:
        save(figure, path)


def draw_ranking(path: str | Path, pairs: Sequence[Pair], requested: int) -> None:
    """Write a bar chart of the cosines of the first MAX_PAIRS pairs, by rank in two columns, coloured by kind."""
    drawn = pairs[:MAX_PAIRS]
    rows = max(1, math.ceil(len(drawn) / 2))
    top = 4.6 * LINE
    figure, axes = _canvas(top + (rows + 0.5) * LINE)
    _title(axes, headline(pairs, requested))
    x = MARGIN
    for kind, colour in KINDS.items() if drawn else ():
        axes.barh(2.5 * LINE, 16, left=x, height=8, color=colour, hatch=_hatch(kind), edgecolor="white", linewidth=0)
        text = f"{kind} ({sum(p.kind == kind for p in drawn)})"
        axes.text(x + 22, 2.5 * LINE, text, fontsize=FONT, color=GREY, va="center_baseline")
        x += 40 + label_width(text)
    column = (WIDTH - 2 * MARGIN + 24) / 2
    name_width, bar_width = 210.0, 130.0  # points; the bar of a cosine of 1
    style: dict[str, Any] = {"fontsize": FONT, "va": "center_baseline", "parse_math": False}
    for i, p in enumerate(drawn):
        x, y = MARGIN + i // rows * column, top + i % rows * LINE
        axes.text(x + 18, y, str(p.rank), ha="right", color=GREY, **style)
        name = f"{p.left} – {p.right}"
        axes.text(x + 25, y, name, **style | {"fontsize": FONT * min(1.0, name_width / label_width(name))})
        x += name_width + 32
        width = bar_width * max(0.0, p.cosine)
        axes.barh(y, width, left=x, height=8, color=KINDS[p.kind], hatch=_hatch(p.kind), edgecolor="white", linewidth=0)
        axes.text(x + width + 5, y, f"{p.cosine:.3f}".replace("-", "−"), color=GREY, **style)
    save(figure, path)


def draw_heatmap(
    path: str | Path, pairs: Sequence[Pair], words: Sequence[Word], vectors: NDArray[np.floating], requested: int
) -> None:
    """Write a heat map of the cosines between the words of the closest pairs, at most MAX_WORDS, as PNG.

    vectors: (n, d), one row a word. The words are in the order of `seriation`.
    """
    row_of = {word.word: row for row, word in enumerate(words)}
    shown = list(dict.fromkeys(word for pair in pairs for word in (pair.left, pair.right)))[:MAX_WORDS]
    figure = Figure(figsize=(8.4, 8.0), dpi=130, layout="constrained")
    axes = figure.add_subplot()
    if len(shown) < 2:
        axes.axis("off")
        axes.text(0.5, 0.5, headline(pairs, requested), transform=axes.transAxes, ha="center", color=GREY)
        return save(figure, path)
    chosen = vectors[[row_of[word] for word in shown]].astype(np.float64)
    chosen /= np.linalg.norm(chosen, axis=1, keepdims=True)
    cosines = np.clip(chosen @ chosen.T, -1, 1)
    order = seriation(cosines)
    names = [_short(shown[at]) for at in order]
    cells = np.ma.masked_array(cosines[np.ix_(order, order)], np.eye(len(shown), dtype=bool))
    shades = matplotlib.colormaps["Blues"].with_extremes(bad="#e9e3d8")  # light for low values: less ink in print
    image = axes.imshow(cells, cmap=shades, interpolation="nearest")
    style: dict[str, Any] = {"fontsize": 8, "parse_math": False}
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
    """Return an order of at least 2 words in which similar ones are adjacent; cosines: (n, n), symmetric.

    The order of a dendrogram's leaves (average linkage of 1 - cosine) with the smallest sum of distances between
    adjacent leaves (Bar-Joseph et al. 2001; SciPy's).
    """
    distances = squareform(np.round(1 - cosines, 9), checks=False)  # rounded: no order depends on a last digit
    return leaves_list(linkage(distances, "average", optimal_ordering=True)).tolist()


def _canvas(height: float) -> tuple[Figure, Axes]:
    """Return a figure and axes whose unit is one point, with y downwards."""
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=130)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def _title(axes: Axes, title: str) -> None:
    axes.text(MARGIN, 1.4 * LINE, title, fontsize=15, fontweight="bold", va="center")


def _legend(axes: Axes) -> None:
    """Draw the legend of the lines and colours of the graph."""
    x = MARGIN
    style: dict[str, Any] = {"fontsize": FONT, "color": GREY, "va": "center_baseline"}
    for kind in KINDS:
        axes.plot([x, x + 26], [2.5 * LINE] * 2, color=_line_colour(kind), linewidth=2, linestyle=_dash(kind))
        axes.text(x + 32, 2.5 * LINE, kind, **style)
        x += 48 + label_width(kind)
    axes.text(x, 2.5 * LINE, "thicker: more alike; joined in one colour: a cluster", **style)


def _dash(kind: str) -> Any:
    return {COLLOCATES: (0, (2.2, 1.4)), OPPOSITE: (0, (0.8, 0.9))}.get(kind, "-")


def _line_colour(kind: str) -> str:
    return "#b9bbc2" if kind == DERIVATION else "#4a4d55"


def _hatch(kind: str) -> str:
    return {COLLOCATES: "/////", OPPOSITE: "....."}.get(kind, "")


def _colours(pairs: Sequence[Pair], cluster: dict[str, int]) -> dict[int, str]:
    """Return a colour for each cluster: the least used one that no cluster joined to it has."""
    joined: dict[int, set[int]] = {number: set() for number in sorted(set(cluster.values()))}
    for pair in pairs:
        one, other = cluster.get(pair.left, -1), cluster.get(pair.right, -1)
        if one != other and one >= 0 and other >= 0:
            joined[one].add(other)
            joined[other].add(one)
    colours: dict[int, str] = {}
    for number, others in joined.items():
        taken = {colours.get(other) for other in others}
        used = list(colours.values())
        colours[number] = min(COLOURS, key=lambda colour: (colour in taken, used.count(colour)))
    return colours


def _short(word: str) -> str:
    return word if len(word) <= MAX_CHARACTERS else word[: MAX_CHARACTERS - 1] + "…"
