"""The reliability diagram of a run that labels rows. The same input gives the same bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline_lib.evaluation.metrics.classification import BINS, reliability
from pipeline_lib.evaluation.rates import wilson
from pipeline_lib.report.figures.label_systems import System, interval_text, line_style
from pipeline_lib.report.figures.palette import SOFT
from pipeline_lib.report.figures.picture import PLAIN, SMALL, head, picture, save, tidy
from pipeline_lib.report.figures.text_size import wrapped

_PANEL = 230.0  # points: width of a diagram


def draw_calibration(path: str | Path, truth: Sequence[str], labels: Sequence[str], systems: Sequence[System]) -> None:
    """Draw the reliability diagram of the systems that give probabilities as PNG, side by side, and each bin's rows.

    A point is a bin's mean confidence and accuracy with Wilson's 95% interval; the bins are those of
    classification.reliability. A bin without rows has no point.
    """
    given = [system for system in systems if system.probabilities is not None]
    figure = picture(330)
    panels = figure.subplots(2, max(1, len(given)), height_ratios=[3, 1], squeeze=False, sharex=True, sharey="row")
    bins = [[one for one in _bins(truth, labels, system) if one["rows"]] for system in given]
    start = min((found[0]["above"] for found in bins), default=0.0)
    for (top, below), system, found in zip(panels.T, given, bins, strict=False):
        colour = line_style(system.key)["color"]
        x, y = ([one[key] for one in found] for key in ("confidence", "accuracy"))
        ends = [wilson(round(one["accuracy"] * one["rows"]), one["rows"]) for one in found]
        reach = [
            [at - low for at, (low, _) in zip(y, ends, strict=True)],
            [high - at for at, (_, high) in zip(y, ends, strict=True)],
        ]
        top.errorbar(x, y, yerr=reach, fmt="o", color=colour, markersize=6, elinewidth=1.6, capsize=2.5, clip_on=False)
        error = sum(one["rows"] * abs(one["accuracy"] - one["confidence"]) for one in found) / len(truth)
        name = "\n".join(wrapped(system.name, _PANEL, PLAIN, bold=True, most=2))
        error_text = f"calibration error {error:.3f}{interval_text(system.figures, 'calibration_error')}"
        top.set_title(f"{name}\n{error_text}", parse_math=False)
        middles = [one["above"] + 0.5 / BINS for one in found]
        bars = below.bar(middles, [one["rows"] for one in found], width=0.9 / BINS, color=colour)
        turn = 90 if (1 - start) * BINS > 9 else 0  # numbers of so many bins would overlap
        below.bar_label(bars, [f"{one['rows']:,}" for one in found], fontsize=SMALL, padding=1.5, rotation=turn)
        below.margins(y=0.6 if turn else 0.35)
        below.set_xlabel("probability that it gave its label")
    for top, below in panels.T:
        top.plot([0, 1], [0, 1], color=SOFT, linewidth=1.2, linestyle=":", zorder=1)
        at = start + 0.03 * (1 - start)
        top.text(
            at, at + 0.02, "well calibrated", fontsize=SMALL, color=SOFT, rotation=45, rotation_mode="anchor",
            transform_rotates_text=True, zorder=1,
        )  # fmt: skip
        top.set(xlim=(start - 0.01, 1.01), ylim=(-0.02, 1.02))
        tidy(top)
        tidy(below, "y")
    panels[0, 0].set_ylabel("share that is right\n(95% interval)")
    panels[1, 0].set_ylabel("rows")
    if not given:
        panels[0, 0].text(0.5, 0.52, "no system gives probabilities", ha="center", color=SOFT)
    note = (
        f"{len(truth):,} test rows in up to {BINS} bins by probability; bins without rows have no point. On the dotted "
        "diagonal probabilities hold; below it the model is too sure of itself, above it not sure enough."
    )
    head(figure, "Do the probabilities hold? How often a label is right, by its probability", note)
    save(figure, path)


def _bins(truth: Sequence[str], labels: Sequence[str], system: System) -> list[dict[str, Any]]:
    """Return the bins of a system's confidence in the labels it gave."""
    places = {label: place for place, label in enumerate(labels)}
    assert system.probabilities is not None
    confidence = [float(row[places[guess]]) for row, guess in zip(system.probabilities, system.predicted, strict=True)]
    return reliability(confidence, [label == guess for label, guess in zip(truth, system.predicted, strict=True)])
