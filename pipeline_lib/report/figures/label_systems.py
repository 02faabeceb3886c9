"""What the figures of a run that labels rows share: the systems they compare, line styles, and legible texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from numpy.typing import NDArray

from pipeline_lib.report.figures.loss import BLUE, GREY, ORANGE

LONGEST = 24  # characters of a label in a figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class System:
    """The labels that one system gave the test rows. `probabilities` is (n, K), columns as labels, or None."""

    name: str  # untrained | tuned | a baseline's
    predicted: Sequence[str]  # (n,)
    probabilities: Floats | None
    figures: Mapping[str, Any]  # of scores.json, for the intervals in legends


def shortened(names: Sequence[str], longest: int = LONGEST) -> list[str]:
    """Return the names on one line each, none longer than `longest` characters; names that differ stay different."""
    found: list[str] = []
    for name in (" ".join(name.split()) for name in names):
        short, number = name if len(name) <= longest else f"{name[: longest - 1]}…", 1
        while short in found:
            number += 1
            short = f"{name[: longest - 1 - len(str(number))]}…{number}"
        found.append(short)
    return found


def line_style(system: str) -> dict[str, Any]:
    """Return the colour, dash and width of a system's line."""
    colour, dash = {"tuned": (BLUE, "-"), "untrained": (ORANGE, "--")}.get(system, (GREY, "-."))
    return {"color": colour, "linestyle": dash, "linewidth": 2}


def interval_text(figures: Mapping[str, Any], name: str) -> str:
    """Return a figure's interval as a legend shows it, " [0.25, 1.00]"; "" where there is none."""
    low, high = figures.get(f"{name}_low"), figures.get(f"{name}_high")
    return "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"


def tidy(axes: Axes, grid: Any = "both") -> None:
    """Give axes a light grid behind the marks, and no frame at the top and the right."""
    axes.grid(axis=grid, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def plain_legend(legend: Legend) -> None:
    """Show a legend's texts as they are: a label may hold $."""
    legend.get_frame().set(facecolor="white", edgecolor="none", alpha=0.85)
    for text in legend.get_texts():
        text.set_parse_math(False)
