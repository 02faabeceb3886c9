"""Figures of the closest word pairs for print, and the table that DVC draws. The same input gives the same bytes."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from pipeline_lib.core.files import guarded, write_csv
from pipeline_lib.report.figures.label_placement import FONT, LINE, label_width, layout
from pipeline_lib.report.figures.palette import BASELINE, DISTINCT, SOFT, TUNED, UNTRAINED
from pipeline_lib.report.figures.picture import EDGE, SMALL, WIDTH, canvas, head, head_height, picture, save
from pipeline_lib.report.figures.shades import SHADES, text_on
from pipeline_lib.report.figures.text_size import fitted, text_width
from pipeline_lib.report.word_clusters import communities
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.collocations import COLLOCATES, INTERCHANGEABLE
from pipeline_lib.words.pairs.pair_table import Pair
from pipeline_lib.words.pairs.word_formation import DERIVATION, OPPOSITE

MAX_PAIRS = 100  # of a figure, so that it can be read; the tables and the page have all
MAX_WORDS = 30  # of the heat map
NUMBERED = 0.3  # the smallest cosine that is written into its cell: the rest would hide these
LONGEST_WORD = 130.0  # points, in the heat map
HEADER = ["pair", "cosine", "rank", "kind", "together", "left_documents", "right_documents"]
KINDS = {INTERCHANGEABLE: TUNED, COLLOCATES: UNTRAINED, OPPOSITE: "#a8487f", DERIVATION: BASELINE}
MEANINGS = {
    INTERCHANGEABLE: "used in the same places",
    COLLOCATES: "used side by side",
    OPPOSITE: "",
    DERIVATION: "formed of one stem",
}


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
    """Return the title of a figure, "The 100 pairs of words closest in meaning"; requested: how many were wanted."""
    if not pairs:
        return "No two words to compare"
    one = len(pairs) == 1
    if len(pairs) < requested:
        return f"{'The one pair' if one else f'All {len(pairs)} pairs'} of words ({requested} were requested)"
    if one:
        return "The pair of words closest in meaning"
    return f"The {min(MAX_PAIRS, len(pairs))} pairs of words closest in meaning"


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
    places, bottom = layout([(p.left, p.right, p.cosine) for p in drawn], label_width, WIDTH - 2 * EDGE)
    title, note = headline(pairs, requested), ""
    if drawn:
        span = f"{drawn[-1].cosine:.2f} to {drawn[0].cosine:.2f}".replace("-", "−")
        note = f"A line joins a pair: the thicker, the more alike (cosine {span}). In colour: words of several pairs."
    top = head_height(title, note) + 2.6 * LINE
    figure, axes = canvas(top + bottom + EDGE)
    head(figure, title, note, grow=False)
    if drawn:
        _legend(axes, top - 2.2 * LINE)
    low, high = (drawn[-1].cosine, drawn[0].cosine) if drawn else (0.0, 1.0)
    for p in reversed(drawn):
        share = (p.cosine - low) / ((high - low) or 1)
        (x, y), (u, v) = places[p.left], places[p.right]
        axes.plot(
            [x + EDGE, u + EDGE], [y + top, v + top], color=_line_colour(p.kind), linewidth=1.0 + 3.4 * share,
            zorder=1, linestyle=_dash(p.kind), solid_capstyle="round",
        )  # fmt: skip
    cluster = clusters(drawn)
    colour_of = _colours(drawn, cluster)
    for word, (x, y) in places.items():
        colour = colour_of.get(cluster.get(word, -1), BASELINE)
        fill = tuple(1 - 0.22 * (1 - part) for part in to_rgb(colour)) if word in cluster else "white"
        frame = {"boxstyle": "round,pad=0.2", "facecolor": fill, "edgecolor": colour, "linewidth": 1.0}
        axes.text(
            x + EDGE, y + top, word, fontsize=FONT, ha="center", va="center_baseline",
            bbox=frame, zorder=2, parse_math=False,
        )  # fmt: skip
    for path in paths:
        save(figure, path)


def draw_ranking(path: str | Path, pairs: Sequence[Pair], requested: int) -> None:
    """Write a bar chart of the cosines of the first MAX_PAIRS pairs, by rank in two columns, coloured by kind."""
    drawn = pairs[:MAX_PAIRS]
    rows = max(1, math.ceil(len(drawn) / 2))
    title = headline(pairs, requested)
    meanings = "; ".join(f"{kind}: {meaning}" for kind, meaning in MEANINGS.items() if meaning)
    note = f"Bar: the cosine of the two words, 1 is the most. {meanings[:1].upper()}{meanings[1:]}." if drawn else ""
    top = head_height(title, note) + 2 * LINE
    figure, axes = canvas(top + (rows + 0.5) * LINE)
    head(figure, title, note, grow=False)
    x, y = EDGE, top - 1.6 * LINE
    for kind, colour in KINDS.items() if drawn else ():
        axes.barh(y, 16, left=x, height=8, color=colour, hatch=_hatch(kind), edgecolor="white", linewidth=0)
        text = f"{kind} ({sum(p.kind == kind for p in drawn)})"
        axes.text(x + 22, y, text, fontsize=FONT, color=SOFT, va="center_baseline")
        x += 40 + label_width(text)
    column = (WIDTH - 2 * EDGE + 12) / 2
    names, longest = 176.0, 48.0  # points: of the two words, and of the bar of a cosine of 1
    style: dict[str, Any] = {"fontsize": FONT, "va": "center_baseline", "parse_math": False}
    for i, p in enumerate(drawn):
        x, y = EDGE + i // rows * column, top + i % rows * LINE
        axes.text(x + 20, y, str(p.rank), ha="right", color=SOFT, **style)
        name = f"{p.left} – {p.right}"
        if text_width(name, FONT) > names:
            name = " – ".join(fitted(word, (names - 10) / 2, FONT) for word in (p.left, p.right))
        axes.text(x + 26, y, name, **style)
        x += names + 32
        width = longest * max(0.0, p.cosine)
        axes.barh(y, width, left=x, height=8, color=KINDS[p.kind], hatch=_hatch(p.kind), edgecolor="white", linewidth=0)
        axes.text(x + width + 4, y, f"{p.cosine:.3f}".replace("-", "−"), color=SOFT, **style)
    save(figure, path)


def draw_heatmap(
    path: str | Path, pairs: Sequence[Pair], words: Sequence[Word], vectors: NDArray[np.floating], requested: int
) -> None:
    """Write a heat map of the cosines between the words of the closest pairs, at most MAX_WORDS, as PNG.

    vectors: (n, d), one row a word. The words are in the order of `seriation`.
    """
    row_of = {word.word: row for row, word in enumerate(words)}
    shown = list(dict.fromkeys(word for pair in pairs for word in (pair.left, pair.right)))[:MAX_WORDS]
    if len(shown) < 2:
        figure, _ = canvas(head_height(headline(pairs, requested)))
        head(figure, headline(pairs, requested), grow=False)
        return save(figure, path)
    chosen = vectors[[row_of[word] for word in shown]].astype(np.float64)
    chosen /= np.linalg.norm(chosen, axis=1, keepdims=True)
    cosines = np.clip(chosen @ chosen.T, -1, 1)
    order = seriation(cosines)
    names = [fitted(shown[at], LONGEST_WORD, SMALL) for at in order]
    cells = np.ma.masked_array(cosines[np.ix_(order, order)], np.eye(len(shown), dtype=bool))
    figure = picture(max(260.0, WIDTH - 80))
    axes = figure.add_subplot()
    axes.imshow(cells, cmap=SHADES, vmin=0, vmax=1, interpolation="nearest")
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": SMALL}
    for i, j in zip(*np.nonzero((cells >= NUMBERED).filled(False)), strict=True):
        axes.text(j, i, f"{cells[i, j] * 100:.0f}", color=text_on(cells[i, j]), **style)
    axes.set_xticks(range(len(names)), names, rotation=90, parse_math=False)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    note = (
        "The darker, the more alike. In a cell: the cosine of the two words times 100, where it is "
        f"{NUMBERED * 100:.0f} or more; 100 is the most."
    )
    head(figure, f"How alike the {len(names)} words of the closest pairs are", note)
    return save(figure, path)


def seriation(cosines: NDArray[np.floating]) -> list[int]:
    """Return an order of at least 2 words in which similar ones are adjacent; cosines: (n, n), symmetric.

    The order of a dendrogram's leaves (average linkage of 1 - cosine) with the smallest sum of distances between
    adjacent leaves (Bar-Joseph et al. 2001; SciPy's).
    """
    distances = squareform(np.round(1 - cosines, 9), checks=False)  # rounded: no order depends on a last digit
    return leaves_list(linkage(distances, "average", optimal_ordering=True)).tolist()


def _legend(axes: Axes, y: float) -> None:
    """Draw the legend of the lines of the graph."""
    x = EDGE
    style: dict[str, Any] = {"fontsize": SMALL, "color": SOFT, "va": "center_baseline"}
    for kind, meaning in MEANINGS.items():
        text = f"{kind}: {meaning}" if meaning else kind
        if x + 25 + text_width(text, SMALL) > WIDTH - EDGE:
            x, y = EDGE, y + LINE
        axes.plot([x, x + 20], [y, y], color=_line_colour(kind), linewidth=2, linestyle=_dash(kind))
        axes.text(x + 25, y, text, **style)
        x += 37 + text_width(text, SMALL)


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
        colours[number] = min(DISTINCT, key=lambda colour: (colour in taken, used.count(colour)))
    return colours
