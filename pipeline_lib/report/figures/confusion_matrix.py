"""The confusion matrices of a run that labels rows, as a table and a figure. The same input gives the same bytes."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from pipeline_lib.core.files import guarded, write_csv
from pipeline_lib.evaluation.metrics.classification import confusion
from pipeline_lib.report.figures.label_systems import System, shortened
from pipeline_lib.report.figures.loss import save

COUNTED = 20  # labels; with more, a cell is too small for its number
SHARED = 7  # labels; with more, a cell is too small for two numbers


def write_confusion_table(path: str | Path, truth: Sequence[str], predicted: Sequence[str]) -> None:
    """Write one row per test row for DVC's template `confusion`: actual, predicted."""
    rows: list[dict[str, object]] = [
        {"actual": guarded(a), "predicted": guarded(b)} for a, b in zip(truth, predicted, strict=True)
    ]
    write_csv(path, ["actual", "predicted"], rows)


def draw_confusion(path: str | Path, truth: Sequence[str], labels: Sequence[str], systems: Sequence[System]) -> None:
    """Draw a confusion matrix for each system, side by side, as PNG: a cell's colour is its share of the actual label.

    A cell holds its rows and their share; with more than SHARED labels its rows alone, with more than COUNTED nothing.
    """
    k, names = len(labels), shortened(labels)
    side = max(2.4, min(6.0, 1.5 + 0.3 * k))  # inches
    font = max(5.0, min(9.0, 0.8 * 72 * side / k))  # points
    every = math.ceil(5 * k / (0.8 * 72 * side))  # every so many labels are named, so that names do not overlap
    long = 0.6 * font / 72 * max(map(len, names))  # inches, about
    slanted = long > 0.95 * side / k
    size = (len(systems) * (side + 0.2) + long + 1.4, side + 1.3 + (0.75 * long if slanted else 0))
    figure = Figure(figsize=size, dpi=130, layout="compressed")
    colours = matplotlib.colormaps["Blues"].with_extremes(bad="#eeeeee")
    panels = figure.subplots(1, len(systems), squeeze=False)[0]
    for place, (axes, system) in enumerate(zip(panels, systems, strict=True)):
        table = confusion(truth, system.predicted, labels)
        counts = np.array([[table[label][guess] for guess in labels] for label in labels])  # (K, K)
        totals = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, totals, out=np.full((k, k), np.nan), where=totals > 0)
        image = axes.imshow(shares, cmap=colours, vmin=0, vmax=1)
        for i, j in np.ndindex(k, k) if k <= COUNTED else ():
            share = f"\n{shares[i, j]:.0%}" if k <= SHARED and totals[i] else ""
            shade = "white" if shares[i, j] > 0.55 else "black"
            axes.text(j, i, f"{counts[i, j]}{share}", ha="center", va="center", color=shade, fontsize=font)
        shown = range(0, k, every)
        turned: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
        style: dict[str, Any] = {"fontsize": font, "parse_math": False}
        axes.set_xticks(shown, [names[i] for i in shown], **style, **turned)
        axes.set_yticks(shown, [names[i] for i in shown] if place == 0 else [], **style)
        axes.set_title(f"{system.name}: {np.trace(counts)} of {len(truth)} right", fontsize=11, parse_math=False)
        axes.set_xlabel("predicted")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    panels[0].set_ylabel("actual")
    bar = figure.colorbar(image, cax=panels[-1].inset_axes((1.04, 0, 0.05, 1)), format="{x:.0%}")
    bar.set_label("share of the actual label")
    bar.outline.set_visible(False)
    save(figure, path)
