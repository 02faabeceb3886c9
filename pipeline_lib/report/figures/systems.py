"""Figures of a run's scores: every system side by side, and the gain of the tuned model by kind of row."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from pipeline_lib.core.files import guarded, write_csv
from pipeline_lib.report.charts import Axis, axis
from pipeline_lib.report.compared_systems import compared_systems, compared_title
from pipeline_lib.report.figures.palette import BASELINE, BEST, LINE, SOFT, SYSTEMS, VERDICTS
from pipeline_lib.report.figures.picture import EDGE, PLAIN, SMALL, WIDTH, canvas, head, head_height, save
from pipeline_lib.report.figures.text_size import fitted, wrapped
from pipeline_lib.report.results import title
from pipeline_lib.report.row_details import Slice
from pipeline_lib.report.verdict import between, figure, rows_in_words
from pipeline_lib.report.wording import chart_name

COLUMNS = ("system", "kind", "value", "low", "high")
DRAWN = 40  # kinds of row; slices.csv has all
MARKS = {"better": "^", "worse": "v", "no clear difference": "o"}  # told apart without colours too
STRUCTURAL = "*: by construction, the baseline gives all rows one answer."
_SLICES = {"similarity": "similarity to the nearest training row"}
_SYSTEM, _LINE = 34.0, 15.0  # points: height of a system, and of a line of a kind of row
_NAMES, _VALUES = 222.0, 92.0  # points: widths of the columns beside the plot of the systems
_KINDS = 190.0  # points: width of the names of kinds of row


def write_systems_table(path: str | Path, scores: Mapping[str, Any], definitions: Mapping[str, Any]) -> None:
    """Write the systems for DVC, the best first: system (its name), kind, value, low, high (empty without interval).

    kind: baseline | best baseline | untrained | tuned.
    """
    rows = [
        [guarded(row.name), "best baseline" if row.best else row.kind, row.value, row.low, row.high]
        for row in compared_systems(scores, definitions)
    ]
    write_csv(path, list(COLUMNS), [dict(zip(COLUMNS, row, strict=True)) for row in rows])


def draw_systems(path: str | Path, scores: Mapping[str, Any], definitions: Mapping[str, Any]) -> None:
    """Draw the headline figure of each system with its 95% interval as PNG, the best on top."""
    rows = compared_systems(scores, definitions)
    name = compared_title(scores, definitions)
    note = "Dot: the figure. Line: its 95% interval. Dotted: the best baseline, which training has to beat."
    scale = axis([0.0, *(end for row in rows for end in (row.low, row.value, row.high) if end is not None)])
    top = head_height(name, note) + 4
    bottom = top + _SYSTEM * len(rows)
    drawn, axes = canvas(bottom + 46)
    head(drawn, name, note, grow=False)
    left, right = EDGE + _NAMES, WIDTH - EDGE - _VALUES
    what, better = title(dict(definitions), scores["headline"]), definitions["metrics"][scores["headline"]]["better"]
    _scale(axes, scale, left, right, top, bottom, f"{what} ({better} is better)")
    best = next(row.value for row in rows if row.best)
    _vertical(axes, _place(scale, best, left, right), top, bottom, BEST, ":")
    for number, row in enumerate(rows):
        y = top + _SYSTEM * (number + 0.5)
        weight = "bold" if row.kind == "tuned" or row.best else "normal"
        colour = SYSTEMS["best baseline" if row.best and row.kind == "baseline" else row.kind]
        _text(axes, EDGE, y - 7, fitted(row.name, _NAMES - 12, PLAIN, bold=True), fontweight=weight)
        _text(axes, EDGE, y + 6, row.note, fontsize=SMALL, color=VERDICTS.get(row.verdict, SOFT))
        _text(axes, WIDTH - EDGE, y - 7, row.text, ha="right", fontweight=weight)
        _text(axes, WIDTH - EDGE, y + 6, between(row.low, row.high), ha="right", fontsize=SMALL, color=SOFT)
        ends = [None if end is None else _place(scale, end, left, right) for end in (row.low, row.value, row.high)]
        _interval(axes, ends, y, colour)
    save(drawn, path)


def draw_slices(
    path: str | Path, slices: Sequence[Slice], scores: Mapping[str, Any], definitions: Mapping[str, Any]
) -> None:
    """Draw the gain of tuned over the best baseline by kind of row, with 95% intervals, as PNG.

    slices: the rows of slices.csv; of more than DRAWN the first.
    """
    rows = list(slices)[:DRAWN]
    headline, best = scores["headline"], scores["best_baseline"]["name"]
    what, better = title(dict(definitions), headline), definitions["metrics"][headline]["better"]
    name = f"{what[:1].upper()}{what[1:]} by kind of row: the tuned model minus the best baseline"
    note = (
        f"{rows_in_words(dict(scores))}. Best baseline: {chart_name(definitions, best)}. Line: the 95% interval. Grey: "
        "could be chance. In colour: interval and test agree; of many kinds some do so by chance, so choose no setting "
        "by these."
    )
    if any(row.structural for row in rows):
        note += f" {STRUCTURAL}"
    top = head_height(name, note) + 24
    lines = [wrapped(row.value, _KINDS - 12, PLAIN, most=3) or ["(empty)"] for row in rows]
    groups = sum(1 for _ in groupby(rows, key=lambda row: row.slice))
    bottom = top + sum(_LINE * (len(one) + 0.3) for one in lines) + groups * 1.4 * _LINE
    drawn, axes = canvas(bottom + 46)
    head(drawn, name, note, grow=False)
    ends = [end for row in rows for end in (row.low, row.difference, row.high) if end is not None]
    scale = axis([0.0, *ends])
    left, right = EDGE + _KINDS + 44, WIDTH - EDGE - 108
    _scale(axes, scale, left, right, top, bottom, f"difference in {what}", sign=True)
    zero = _place(scale, 0.0, left, right)
    _vertical(axes, zero, top - 4, bottom, BEST, "-")
    sides = ("worse", "better") if better == "higher" else ("better", "worse")
    _text(axes, EDGE + _KINDS + 28, top - 12, "rows", ha="right", fontsize=SMALL, color=SOFT)
    if zero - left > 80:  # else it would be over the numbers of rows
        _text(axes, zero - 8, top - 12, f"← tuned {sides[0]}", ha="right", fontsize=SMALL, color=VERDICTS[sides[0]])
    _text(axes, zero + 8, top - 12, f"tuned {sides[1]} →", fontsize=SMALL, color=VERDICTS[sides[1]])
    y = top
    for number, (row, words) in enumerate(zip(rows, lines, strict=True)):
        if number == 0 or rows[number - 1].slice != row.slice:
            y += 1.4 * _LINE
            kind = fitted(_SLICES.get(row.slice, row.slice), _KINDS + 40, PLAIN, bold=True)
            _text(axes, EDGE, y - 0.6 * _LINE, kind, fontweight="bold")
        height = _LINE * (len(words) + 0.3)
        _draw_slice(axes, row, words, y + height / 2, scale, (left, right))
        y += height
    if not rows:
        _text(axes, EDGE, top, "no kinds of row", color=SOFT)
    save(drawn, path)


def _draw_slice(
    axes: Axes, row: Slice, words: Sequence[str], middle: float, scale: Axis, span: tuple[float, float]
) -> None:
    """Draw a kind of row: its name in lines, its rows, the interval between the two ends of `span`, the difference."""
    for place, line in enumerate(words):
        _text(axes, EDGE + 8, middle + _LINE * (place - (len(words) - 1) / 2), line)
    _text(axes, EDGE + _KINDS + 28, middle, f"{row.n:,}", ha="right", color=SOFT)
    clear = row.verdict != "no clear difference"
    colour = VERDICTS[row.verdict] if clear else BASELINE
    ends = [end if end is None else _place(scale, end, *span) for end in (row.low, row.difference, row.high)]
    _interval(axes, ends, middle, colour, MARKS[row.verdict])
    value, weight = figure(row.difference, sign=True).replace("-", "−"), "bold" if clear else "normal"
    _text(axes, WIDTH - EDGE - 58, middle, value, ha="right", color=colour if clear else SOFT, fontweight=weight)
    if clear:
        said = row.verdict + "*" * row.structural
        _text(axes, WIDTH - EDGE - 50, middle, said, color=colour, fontweight=weight)


def _place(scale: Axis, value: float, left: float, right: float) -> float:
    return left + (right - left) * scale.place(value) / 100


def _text(axes: Axes, x: float, y: float, text: str, **style: Any) -> None:
    axes.text(x, y, text, va="center_baseline", parse_math=False, **({"fontsize": PLAIN} | style))


def _vertical(axes: Axes, x: float, top: float, bottom: float, colour: str, dash: str) -> None:
    axes.plot([x, x], [top, bottom], color=colour, linewidth=1.1, linestyle=dash, zorder=1)


def _scale(
    axes: Axes, scale: Axis, left: float, right: float, top: float, bottom: float, name: str, sign: bool = False
) -> None:
    """Draw the ticks of a scale below a plot, its grid, and its name."""
    for percent, tick in scale.ticks:
        x = left + (right - left) * percent / 100
        axes.plot([x, x], [top, bottom], color=LINE, linewidth=0.8, zorder=0)
        text = f"+{tick}" if sign and float(tick.replace(",", "")) > 0 else tick.replace("-", "−")
        _text(axes, x, bottom + 9, text, ha="center", fontsize=SMALL, color=SOFT)
    axes.plot([left, right], [bottom, bottom], color=SOFT, linewidth=0.8, zorder=0)
    _text(axes, (left + right) / 2, bottom + 26, name, ha="center", fontsize=SMALL)


def _interval(axes: Axes, ends: Sequence[Any], y: float, colour: str, mark: str = "o") -> None:
    """Draw a mark and its interval; ends: low, value, high in points, low and high None where there is no interval."""
    low, value, high = ends
    if low is not None and high is not None:
        axes.plot((low, high), (y, y), color=colour, linewidth=2.4, solid_capstyle="round", zorder=2)
    axes.plot(value, y, mark, color=colour, markersize=6.5, zorder=3)
