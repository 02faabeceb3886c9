"""What the figures of a run that labels rows share: the systems they compare, line styles, and short names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline_lib.report.figures.palette import BEST, TUNED, UNTRAINED
from pipeline_lib.report.verdict import between

LONGEST = 24  # characters of a label in a figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class System:
    """The labels that one system gave the test rows. `probabilities` is (n, K), columns as labels, or None."""

    key: str  # untrained | tuned | a baseline's
    name: str  # as people call it
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


def line_style(key: str) -> dict[str, Any]:
    """Return the colour, dash and width of a system's line."""
    colour, dash = {"tuned": (TUNED, "-"), "untrained": (UNTRAINED, "--")}.get(key, (BEST, "-."))
    return {"color": colour, "linestyle": dash, "linewidth": 2}


def interval_text(figures: Mapping[str, Any], name: str) -> str:
    """Return a figure's interval as a legend shows it, " (0.250 to 1.000)"; "" where there is none."""
    ends = between(figures.get(f"{name}_low"), figures.get(f"{name}_high"))
    return f" ({ends})" if ends else ""
