"""Rows of a picture: a name, and on one scale a figure with its 95% interval."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from pipeline_lib.report.figures.picture import SMALL, tidy
from pipeline_lib.report.verdict import figure


def mark(
    axes: Axes, place: int, value: float, low: float | None, high: float | None, colour: str, sign: bool = False
) -> None:
    """Draw a value with its interval, None where there is none, in the row `place`; `sign` writes + before it."""
    if low is not None and high is not None:
        axes.plot([low, high], [place, place], color=colour, linewidth=2.4, solid_capstyle="round")
    axes.plot(value, place, "o", color=colour, markersize=6.5)
    text = figure(value, sign).replace("-", "−")
    axes.annotate(text, (value, place), (0, 6), textcoords="offset points", ha="center", fontsize=SMALL)


def frame(axes: Axes, names: Sequence[str], what: str) -> None:
    """Name the rows, the first on top, and the axis."""
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.9)
    axes.set_xlabel(what, parse_math=False)
    axes.margins(x=0.08)
    tidy(axes, "x")
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False)
