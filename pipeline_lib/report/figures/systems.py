"""Figures of a run's scores: baselines, untrained and tuned side by side, and the gain of tuned by kind of row."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline_lib.core.files import guarded, write_csv
from pipeline_lib.report.figures.loss import BLUE, GREY, ORANGE, save

COLUMNS = ("system", "kind", "value", "low", "high")
DRAWN = 40  # kinds of row; slices.csv has all
_ROW = 0.34  # height of a row, inches


def system_rows(scores: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return {system, kind, value, low, high} of the headline figure: baselines, then untrained, then tuned.

    kind: baseline | best baseline | untrained | tuned; low and high are None where there is no interval.
    """
    name, best = scores["headline"], scores["best_baseline"]["name"]
    found = [
        (baseline, "best baseline" if baseline == best else "baseline", figures)
        for baseline, figures in scores["baselines"].items()
    ]
    found += [("untrained", "untrained", scores["untrained"]), ("tuned", "tuned", scores["tuned"])]
    return [
        {
            "system": system,
            "kind": kind,
            "value": figures[name],
            "low": figures[f"{name}_low"],
            "high": figures[f"{name}_high"],
        }
        for system, kind, figures in found
    ]


def write_systems_table(path: str | Path, scores: Mapping[str, Any]) -> None:
    """Write system_rows as CSV for DVC."""
    write_csv(path, list(COLUMNS), [{**row, "system": guarded(row["system"])} for row in system_rows(scores)])


def draw_systems(path: str | Path, scores: Mapping[str, Any], title: str) -> None:
    """Draw the headline figure of each system with its 95% interval as PNG; `title` is the figure's title."""
    rows = system_rows(scores)
    figure = Figure(figsize=(8, 1.3 + _ROW * len(rows)), dpi=130, layout="constrained")
    axes = figure.add_subplot()
    colours = {"baseline": GREY, "best baseline": "black", "untrained": ORANGE, "tuned": BLUE}
    for place, row in enumerate(rows):
        mark(axes, place, row["value"], row["low"], row["high"], colours[row["kind"]])
    best = next(row["value"] for row in rows if row["kind"] == "best baseline")
    axes.axvline(best, color="black", linewidth=0.8, linestyle=":", zorder=0)
    names = [row["system"] + (" (best baseline)" if row["kind"] == "best baseline" else "") for row in rows]
    frame(axes, names, f"{title} on {scores['n']} test rows, with 95% intervals")
    save(figure, path)


def draw_slices(path: str | Path, slices: Sequence[Mapping[str, str]], title: str) -> None:
    """Draw the gain of tuned over the best baseline by kind of row, with 95% intervals, as PNG.

    slices: the rows of slices.csv; of more than DRAWN the first.
    """
    rows = list(slices)[:DRAWN]
    figure = Figure(figsize=(8, 1.4 + _ROW * max(1, len(rows))), dpi=130, layout="constrained")
    axes = figure.add_subplot()
    for place, row in enumerate(rows):
        low, high = (float(row[end]) if row[end] else None for end in ("low", "high"))
        mark(axes, place, float(row["difference"]), low, high, BLUE)
    axes.axvline(0, color="black", linewidth=0.8, zorder=0)
    names = [f"{row['slice']}: {row['value']} ({row['n']})" for row in rows]
    frame(axes, names, f"{title}: tuned minus the best baseline, by kind of row")
    save(figure, path)


def mark(
    axes: Axes, place: int, value: float, low: float | None, high: float | None, colour: str, sign: bool = False
) -> None:
    """Draw a value with its interval, None where there is none, in the row `place`; `sign` writes + before it."""
    if low is not None and high is not None:
        axes.plot([low, high], [place, place], color=colour, linewidth=2.5, solid_capstyle="round")
    axes.plot(value, place, "o", color=colour, markersize=7)
    text = f"{value:+.3f}" if sign else f"{value:.3f}"
    axes.annotate(
        text, (value, place), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8, color=colour
    )


def frame(axes: Axes, names: Sequence[str], title: str) -> None:
    """Name the rows, the first on top, and give the axes a title and a light grid."""
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.8)  # the first on top
    axes.set_title(title, loc="left", fontweight="bold", fontsize=11, parse_math=False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
