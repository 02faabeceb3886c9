"""The confusion matrices of a run that labels rows, as a table and a figure. The same input gives the same bytes."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_lib.core.files import guarded, write_csv
from pipeline_lib.evaluation.metrics.classification import confusion
from pipeline_lib.report.figures.label_systems import System, shortened
from pipeline_lib.report.figures.picture import EDGE, PLAIN, SMALL, WIDTH, head, picture, save
from pipeline_lib.report.figures.shades import SHADES, text_on
from pipeline_lib.report.figures.text_size import text_width, wrapped

COUNTED = 20  # labels; with more, a cell is too small for its number
SHARED = 4  # labels; with more, a cell is too small for two numbers
_CELL = 24.0  # points, of a cell with a number of three digits


def write_confusion_table(path: str | Path, truth: Sequence[str], predicted: Sequence[str]) -> None:
    """Write one row per test row for DVC's template `confusion`: actual, predicted."""
    rows: list[dict[str, object]] = [
        {"actual": guarded(a), "predicted": guarded(b)} for a, b in zip(truth, predicted, strict=True)
    ]
    write_csv(path, ["actual", "predicted"], rows)


def draw_confusion(path: str | Path, truth: Sequence[str], labels: Sequence[str], systems: Sequence[System]) -> None:
    """Draw a confusion matrix for each system as PNG: a cell's colour is its share of the actual label.

    A cell holds its rows and their share; with more than SHARED labels its rows alone, with more than COUNTED nothing.
    The matrices stand side by side where they fit.
    """
    k, names = len(labels), shortened(labels)
    widest = max(text_width(name, SMALL) for name in names) + 8
    room = WIDTH - 2 * EDGE - widest - (30 if k <= SHARED else 100)  # points, beside the names and the scale
    side = min(max(120.0, _CELL * k, (room - 26) / 3 if k <= SHARED else 0.0), room)
    every = math.ceil(1.4 * SMALL * k / side)  # every so many labels are named, so that names do not overlap
    slanted = widest > 0.95 * side / k
    below = 0.75 * widest if slanted else SMALL
    columns = max(1, min(len(systems), int((room + 12) // (side + 12))))
    lines = math.ceil(len(systems) / columns)
    figure = picture(lines * (side + below + 76), "compressed")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for place, (axes, system) in enumerate(zip(panels, systems, strict=False)):
        table = confusion(truth, system.predicted, labels)
        counts = np.array([[table[label][guess] for guess in labels] for label in labels])  # (K, K)
        totals = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, totals, out=np.full((k, k), np.nan), where=totals > 0)
        image = axes.imshow(shares, cmap=SHADES, vmin=0, vmax=1)
        for i, j in np.ndindex(k, k) if k <= COUNTED else ():
            share = f"\n{shares[i, j]:.0%}" if k <= SHARED and totals[i] else ""
            shade = text_on(shares[i, j]) if totals[i] else "black"
            axes.text(j, i, f"{counts[i, j]}{share}", ha="center", va="center", color=shade, fontsize=SMALL)
        shown = range(0, k, every)
        turned: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
        axes.set_xticks(shown, [names[i] for i in shown], parse_math=False, **turned)
        axes.set_yticks(shown, [names[i] for i in shown] if place % columns == 0 else [], parse_math=False)
        right = int(np.trace(counts))
        title = [*wrapped(system.name, side, PLAIN, bold=True), f"{right:,} of {len(truth):,} right"]
        axes.set_title("\n".join(title), parse_math=False)
        axes.set_xlabel("predicted label")
        if place % columns == 0:
            axes.set_ylabel("actual label")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    for axes in panels[len(systems) :]:
        axes.remove()
    note = "On the diagonal, from the top left, the label is right: the darker it is, the better."
    if k <= SHARED:
        note += " In a cell: the rows, and their share of the actual label."
    else:
        bar = figure.colorbar(image, cax=panels[columns - 1].inset_axes((1.06, 0, 0.05, 1)), format="{x:.0%}")
        bar.set_label("share of the actual label")
        bar.outline.set_visible(False)
    if every > 1:
        note += f" One label in {every} is named."
    head(figure, f"Which label the {len(truth):,} test rows got", note)
    save(figure, path)
