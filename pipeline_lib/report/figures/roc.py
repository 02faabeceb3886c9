"""The ROC curves of a run that labels rows, as a table and a figure. The same input gives the same bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from sklearn.metrics import auc, roc_curve

from pipeline_lib.core.files import guarded, write_csv
from pipeline_lib.report.figures.label_systems import Floats, System, interval_text, line_style, shortened
from pipeline_lib.report.figures.palette import BASELINE, DISTINCT, SOFT
from pipeline_lib.report.figures.picture import SMALL, head, picture, plain_legend, save, tidy

POINTS = 300  # of a curve, at most
MACRO = "macro"  # the mean over labels; no label has this name
CURVES = 20  # labels, at most, with a curve of their own
DASHES = ("-", "--", ":", "-.")  # of more labels than there are colours


@dataclass(frozen=True)
class Curve:
    """A ROC curve: fpr and tpr (P,) from (0, 0) to (1, 1). `area` is of all its points, before any were left out."""

    system: str  # its key
    label: str  # or MACRO
    fpr: Floats
    tpr: Floats
    area: float


def roc_curves(truth: Sequence[str], labels: Sequence[str], systems: Sequence[System]) -> list[Curve]:
    """Return the ROC curves of the systems that give probabilities, with at most about POINTS points each.

    Two labels: one curve per system, of the second label. More: one curve per system, MACRO, and before it for the
    system `tuned` one per label against the rest, without labels that no test row has. MACRO is the mean true positive
    rate at each false positive rate, so its area is the mean area (vertical averaging: Fawcett 2006, An introduction to
    ROC analysis, Pattern Recognition Letters 27:861, section 8.1). At least two labels must occur.
    """
    found = []
    for system in systems:
        if system.probabilities is None:
            continue
        own = []
        for column, label in [(1, labels[1])] if len(labels) == 2 else enumerate(labels):
            member = np.array([name == label for name in truth])
            if member.any() and not member.all():
                fpr, tpr, _ = roc_curve(member, system.probabilities[:, column])
                own.append(Curve(system.key, label, fpr, tpr, float(auc(fpr, tpr))))
        if len(labels) > 2:
            own = (own if system.key == "tuned" else []) + [_mean_curve(own)]
        found += [Curve(c.system, c.label, *_thinned(c.fpr, c.tpr), c.area) for c in own]
    return found


def write_roc_table(path: str | Path, curves: Sequence[Curve], systems: Sequence[System]) -> None:
    """Write one row per point for DVC: system (its name), label, fpr, tpr; of labels the CURVES of smallest areas."""
    names = {system.key: system.name for system in systems}
    by_area = sorted((curve for curve in curves if curve.label != MACRO), key=lambda curve: curve.area)
    left_out = {id(curve) for curve in by_area[CURVES:]}
    rows: list[dict[str, object]] = [
        {"system": guarded(names[curve.system]), "label": guarded(curve.label), "fpr": f"{x:.6f}", "tpr": f"{y:.6f}"}
        for curve in curves
        if id(curve) not in left_out
        for x, y in zip(curve.fpr, curve.tpr, strict=True)
    ]
    write_csv(path, ["system", "label", "fpr", "tpr"], rows)


def draw_roc(path: str | Path, curves: Sequence[Curve], labels: Sequence[str], systems: Sequence[System]) -> None:
    """Draw roc_curves as PNG with the areas beside them; with more than two labels, a second panel has one per label.

    Of more than CURVES labels the ones with the smallest areas are drawn.
    """
    two = len(labels) == 2
    figure = picture(350 if two else 700)
    panels = figure.subplots(1 if two else 2, 1, squeeze=False)[:, 0]
    for axes in panels:
        axes.plot([0, 1], [0, 1], color=BASELINE, linewidth=1, linestyle=":")
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal", anchor="W")
        axes.set_xlabel("false positive rate: share of the other\nlabels' rows that get this label")
        axes.set_ylabel("true positive rate: share of the\nlabel's rows that get it")
        tidy(axes)
    names = dict(zip(labels, shortened(labels), strict=True))
    of = f"the label {names[labels[1]]}" if two else "each label against the rest, the mean over labels"
    rows = len(systems[0].predicted) if systems else 0
    note = (
        f"ROC curves of {of}, on {rows:,} test rows. The nearer to the top left the better: an area of 1 is perfect, "
        "0.5 is chance."
    )
    head(figure, "How well the probabilities tell the labels apart", note)
    _draw_systems(panels[0], [curve for curve in curves if two or curve.label == MACRO], systems)
    if not two:
        _draw_labels(panels[1], [curve for curve in curves if curve.label != MACRO], names)
    save(figure, path)


def _draw_systems(axes: Axes, curves: Sequence[Curve], systems: Sequence[System]) -> None:
    """Draw one curve per system, the one with the largest area first."""
    by_key = {system.key: system for system in systems}
    handles, texts = [], []
    for curve in sorted(curves, key=lambda curve: -curve.area):
        system = by_key[curve.system]
        handles += axes.plot(curve.fpr, curve.tpr, **line_style(curve.system))
        texts.append(f"{system.name}\narea {curve.area:.3f}{interval_text(system.figures, 'roc_auc')}")
    if not handles:
        axes.text(0.5, 0.52, "no system gives probabilities", ha="center", color=SOFT)
    _beside(axes, [*handles, axes.lines[0]], [*texts, "chance, area 0.500"], "with 95% intervals" if texts else "")


def _draw_labels(axes: Axes, curves: Sequence[Curve], names: Mapping[str, str]) -> None:
    """Draw the tuned model's curve of each label, the CURVES with the smallest areas."""
    ordered = sorted(curves, key=lambda curve: curve.area)
    drawn = ordered[:CURVES]
    which = "each label against the rest" if drawn == ordered else f"the {CURVES} hardest of {len(ordered)} labels"
    axes.set_title(f"Tuned model, {which}")
    handles, texts = [], []
    for place, curve in enumerate(drawn):
        dash, colour = DASHES[place // len(DISTINCT)], DISTINCT[place % len(DISTINCT)]
        handles += axes.plot(curve.fpr, curve.tpr, color=colour, linestyle=dash, linewidth=1.6)
        texts.append(f"{curve.area:.3f} {names[curve.label]}")
    if drawn:
        _beside(axes, handles, texts, "area, smallest first")
    else:
        axes.text(0.5, 0.52, "tuned gives no probabilities", ha="center", color=SOFT)


def _beside(axes: Axes, handles: Sequence[Artist], texts: Sequence[str], title: str) -> None:
    """Put a legend to the right of a plot."""
    legend = axes.legend(
        handles, texts, title=title, title_fontsize=SMALL, alignment="left", loc="upper left", bbox_to_anchor=(1.03, 1),
        borderaxespad=0, labelspacing=0.6 if len(texts) < 8 else 0.25,
    )  # fmt: skip
    plain_legend(legend)


def _mean_curve(curves: Sequence[Curve]) -> Curve:
    """Return the mean of `curves` at each false positive rate, with both ends of a vertical step."""
    at = np.unique(np.concatenate([curve.fpr for curve in curves]))
    # Where a curve rises straight up, interp gives the upper end; read from the other side it gives the lower one.
    upper = np.mean([np.interp(at, curve.fpr, curve.tpr) for curve in curves], axis=0)
    lower = np.mean([np.interp(-at, -curve.fpr[::-1], curve.tpr[::-1]) for curve in curves], axis=0)
    points = np.unique(np.column_stack([np.repeat(at, 2), np.column_stack([lower, upper]).ravel()]), axis=0)
    return Curve(curves[0].system, MACRO, points[:, 0], points[:, 1], float(auc(points[:, 0], points[:, 1])))


def _thinned(fpr: Floats, tpr: Floats) -> tuple[Floats, Floats]:
    """Return at most POINTS points of a curve with both its ends: all of its own, or interpolated ones.

    Interpolated points stand at equal steps of fpr + tpr, which grows from 0 to 2, so that the curve between two of
    them is within 1 / (POINTS - 1) / sqrt(2) = 0.0024 of the line between them: two dots of the figure.
    """
    if len(fpr) <= POINTS:
        return fpr, tpr
    steps = np.linspace(0, 2, POINTS)
    return np.interp(steps, fpr + tpr, fpr), np.interp(steps, fpr + tpr, tpr)
