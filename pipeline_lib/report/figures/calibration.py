"""The reliability diagram of a run that labels rows. The same input gives the same bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from pipeline_lib.evaluation.metrics.classification import BINS, reliability
from pipeline_lib.evaluation.rates import wilson
from pipeline_lib.report.figures.label_systems import System, interval_text, line_style, plain_legend, tidy
from pipeline_lib.report.figures.loss import GREY, save


def draw_calibration(path: str | Path, truth: Sequence[str], labels: Sequence[str], systems: Sequence[System]) -> None:
    """Draw the reliability diagram of the systems that give probabilities as PNG, and below it the rows of each bin.

    A point is a bin's mean confidence and accuracy with Wilson's 95% interval; the bins are those of
    classification.reliability.
    """
    given = [system for system in systems if system.probabilities is not None]
    figure = Figure(figsize=(7.2, 5 + 1.1 * len(given)), dpi=130, layout="constrained")
    grid = figure.add_gridspec(1 + len(given), 1, height_ratios=[4.2] + [1] * len(given))
    top = figure.add_subplot(grid[0])
    (diagonal,) = top.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle=":")
    handles, texts, start = [diagonal], ["perfectly calibrated"], 1.0
    for place, system in enumerate(given):
        bins = [one for one in _bins(truth, labels, system) if one["rows"]]
        start = min(start, bins[0]["above"])
        x, y = ([one[key] for one in bins] for key in ("confidence", "accuracy"))
        ends = [wilson(round(one["accuracy"] * one["rows"]), one["rows"]) for one in bins]
        reach = [
            [at - low for at, (low, _) in zip(y, ends, strict=True)],
            [high - at for at, (_, high) in zip(y, ends, strict=True)],
        ]
        style = line_style(system.name)
        handles += top.plot(x, y, **style, marker="o", markersize=5)
        top.errorbar(x, y, yerr=reach, fmt="none", ecolor=style["color"], elinewidth=1, alpha=0.6, capsize=2)
        error = sum(one["rows"] * abs(one["accuracy"] - one["confidence"]) for one in bins) / len(truth)
        texts.append(
            f"{system.name}: calibration error {error:.3f}{interval_text(system.figures, 'calibration_error')}"
        )
        below = figure.add_subplot(grid[1 + place], sharex=top)
        middles = [one["above"] + 0.5 / BINS for one in bins]
        bars = below.bar(middles, [one["rows"] for one in bins], width=0.9 / BINS, color=style["color"])
        below.bar_label(bars, fontsize=8, padding=1)
        below.margins(y=0.3)
        below.set_ylabel(f"rows\n({system.name})", fontsize=9, parse_math=False)
        tidy(below, "y")
    start = start if given else 0.0
    top.set(xlim=(start - 0.01, 1.01), ylim=(-0.02, 1.02))
    figure.suptitle("Reliability of the probabilities", x=0.01, ha="left", fontweight="bold")
    top.set_ylabel("accuracy in the bin (95% interval)")
    figure.axes[-1].set_xlabel(f"probability of the predicted label ({BINS} bins of equal width)")
    tidy(top)
    if not given:
        top.text(0.5, 0.52, "no system gives probabilities", ha="center", color=GREY)
    plain_legend(top.legend(handles, texts, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.3))
    for axes in figure.axes:
        axes.label_outer()
    save(figure, path)


def _bins(truth: Sequence[str], labels: Sequence[str], system: System) -> list[dict[str, Any]]:
    """Return the bins of a system's confidence in the labels it gave."""
    places = {label: place for place, label in enumerate(labels)}
    assert system.probabilities is not None
    confidence = [float(row[places[guess]]) for row, guess in zip(system.probabilities, system.predicted, strict=True)]
    return reliability(confidence, [label == guess for label, guess in zip(truth, system.predicted, strict=True)])
