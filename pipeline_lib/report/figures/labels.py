"""Tables and pictures of a run that labels rows: confusion, ROC, calibration, settings. Same input, same bytes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from numpy.typing import NDArray
from sklearn.metrics import auc, roc_curve

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import guarded, read_json, write_csv
from pipeline_lib.evaluation.metrics.classification import BINS, confusion, reliability
from pipeline_lib.evaluation.significance import wilson
from pipeline_lib.report.figures.loss import BLUE, GREY, ORANGE, save

POINTS = 300  # of a ROC curve, at most
MACRO = "macro"  # the mean over labels; no label can be called so
LONGEST = 24  # characters of a label in a picture
COUNTED = 20  # labels; with more, a cell of the confusion matrix is too small for its number
SHARED = 7  # labels; with more, it is too small for two numbers
CURVES = 20  # labels with a curve of their own in the picture; the table has them all
# Okabe and Ito's colours, but yellow, which is too faint for a line on white; then the same ones dashed and dotted.
COLOURS = (BLUE, ORANGE, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES = ("-", "--", ":")
SETTING = ("lr", "epochs", "f1_macro", "f1_macro_low", "f1_macro_high", "accuracy", "loss")
SEARCH_HEADER = ["setting", "lr", "epochs", "f1_macro", "low", "high", "accuracy", "loss", "chosen"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class System:
    """What one system said of the test rows. `probabilities` is (n, K), columns as labels, or None."""

    name: str  # base | tuned | a baseline's
    predicted: Sequence[str]  # (n,)
    probabilities: Floats | None
    figures: Mapping[str, Any]  # of scores.json, for the intervals in legends


@dataclass(frozen=True)
class Curve:
    """A ROC curve: fpr and tpr (P,) from (0, 0) to (1, 1). `area` is of all its points, before any were left out."""

    system: str
    label: str  # or MACRO
    fpr: Floats
    tpr: Floats
    area: float


def write_confusion_table(path: str | Path, truth: Sequence[str], predicted: Sequence[str]) -> None:
    """Write one row a test row for DVC's template `confusion`: actual, predicted."""
    rows: list[dict[str, object]] = [
        {"actual": guarded(a), "predicted": guarded(b)} for a, b in zip(truth, predicted, strict=True)
    ]
    write_csv(path, ["actual", "predicted"], rows)


def draw_confusion(path: str | Path, truth: Sequence[str], labels: Sequence[str], systems: Sequence[System]) -> None:
    """Draw a confusion matrix for each system, side by side, as PNG: a cell's colour is its share of the actual label.

    A cell says its rows and their share; with more than SHARED labels its rows alone, with more than COUNTED nothing.
    """
    k, names = len(labels), shortened(labels)
    side = max(2.4, min(6.0, 1.5 + 0.3 * k))  # inches
    font = max(5.0, min(9.0, 0.8 * 72 * side / k))  # points
    every = math.ceil(5 * k / (0.8 * 72 * side))  # labels that are named, so that their names stay apart
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


def roc_curves(truth: Sequence[str], labels: Sequence[str], systems: Sequence[System]) -> list[Curve]:
    """Return the ROC curves of the systems that give probabilities, with at most about POINTS points each.

    Two labels: one a system, of the second label. More: one a system, MACRO, and before it for the system `tuned` one
    of each label against the rest; a label that no test row has has none. MACRO is the mean true positive rate at
    each false positive rate, so its area is the mean area (vertical averaging: Fawcett 2006, An introduction to ROC
    analysis, Pattern Recognition Letters 27:861, section 8.1). At least two labels must occur.
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
                own.append(Curve(system.name, label, fpr, tpr, float(auc(fpr, tpr))))
        if len(labels) > 2:
            own = (own if system.name == "tuned" else []) + [_mean_curve(own)]
        found += [Curve(c.system, c.label, *_thinned(c.fpr, c.tpr), c.area) for c in own]
    return found


def write_roc_table(path: str | Path, curves: Sequence[Curve]) -> None:
    """Write a row a point for DVC: system, label, fpr, tpr."""
    rows: list[dict[str, object]] = [
        {"system": guarded(curve.system), "label": guarded(curve.label), "fpr": f"{x:.6f}", "tpr": f"{y:.6f}"}
        for curve in curves
        for x, y in zip(curve.fpr, curve.tpr, strict=True)
    ]
    write_csv(path, ["system", "label", "fpr", "tpr"], rows)


def draw_roc(path: str | Path, curves: Sequence[Curve], labels: Sequence[str], systems: Sequence[System]) -> None:
    """Draw roc_curves as PNG, the areas in the legend; beside them those of each label where there are more than two.

    Of more than CURVES labels the ones with the smallest areas are drawn.
    """
    two = len(labels) == 2
    figure = Figure(figsize=(6.4, 6.4) if two else (13, 5.6), dpi=130, layout="compressed")
    panels = figure.subplots(1, 1 if two else 2, squeeze=False)[0]
    for axes in panels:
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle=":")
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.set_xlabel("false positive rate")
        _tidy(axes)
    panels[0].set_ylabel("true positive rate")
    names = dict(zip(labels, shortened(labels), strict=True))
    title = f"ROC curve of the label {names[labels[1]]}" if two else "ROC curve, mean over labels"
    panels[0].set_title(title, loc="left", fontweight="bold", parse_math=False)
    figures = {system.name: system.figures for system in systems}
    handles, texts = [], []
    for curve in curves:
        if two or curve.label == MACRO:
            handles += panels[0].plot(curve.fpr, curve.tpr, **_style(curve.system))
            texts.append(f"{curve.system}: AUC {curve.area:.3f}{_ends(figures[curve.system], 'roc_auc')}")
    if not handles:
        panels[0].text(0.5, 0.52, "no system gives probabilities", ha="center", color=GREY)
    _plain(panels[0].legend([*handles, panels[0].lines[0]], [*texts, "chance: 0.500"], loc="lower right"))
    if two:
        return save(figure, path)
    own = sorted((curve for curve in curves if curve.label != MACRO), key=lambda curve: curve.area)
    drawn = own[:CURVES]
    which = "each label against the rest" if drawn == own else f"the {CURVES} hardest of {len(own)} labels"
    panels[1].set_title(f"tuned, {which}", loc="left", fontweight="bold")
    handles, texts = [], []
    for place, curve in enumerate(drawn):
        dash = DASHES[place // len(COLOURS)]
        colour = COLOURS[place % len(COLOURS)]
        handles += panels[1].plot(curve.fpr, curve.tpr, color=colour, linestyle=dash, linewidth=1.6)
        texts.append(f"{curve.area:.3f} {names[curve.label]}")
    if drawn:
        _plain(
            panels[1].legend(handles, texts, title="AUC, smallest first", loc="upper left", bbox_to_anchor=(1.01, 1))
        )
    else:
        panels[1].text(0.5, 0.52, "tuned gives no probabilities", ha="center", color=GREY)
    return save(figure, path)


def draw_calibration(path: str | Path, truth: Sequence[str], labels: Sequence[str], systems: Sequence[System]) -> None:
    """Draw the reliability diagram of the systems that give probabilities as PNG, and below it the rows of each bin.

    A point is a bin's mean confidence and accuracy with Wilson's 95% interval; the bins are classification's.
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
        style = _style(system.name)
        handles += top.plot(x, y, **style, marker="o", markersize=5)
        top.errorbar(x, y, yerr=reach, fmt="none", ecolor=style["color"], elinewidth=1, alpha=0.6, capsize=2)
        error = sum(one["rows"] * abs(one["accuracy"] - one["confidence"]) for one in bins) / len(truth)
        texts.append(f"{system.name}: calibration error {error:.3f}{_ends(system.figures, 'calibration_error')}")
        below = figure.add_subplot(grid[1 + place], sharex=top)
        middles = [one["above"] + 0.5 / BINS for one in bins]
        bars = below.bar(middles, [one["rows"] for one in bins], width=0.9 / BINS, color=style["color"])
        below.bar_label(bars, fontsize=8, padding=1)
        below.margins(y=0.3)
        below.set_ylabel(f"rows\n({system.name})", fontsize=9, parse_math=False)
        _tidy(below, "y")
    start = start if given else 0.0
    top.set(xlim=(start - 0.01, 1.01), ylim=(-0.02, 1.02))
    figure.suptitle("Reliability of the probabilities", x=0.01, ha="left", fontweight="bold")
    top.set_ylabel("accuracy in the bin (95% interval)")
    figure.axes[-1].set_xlabel(f"probability of the predicted label ({BINS} bins of equal width)")
    _tidy(top)
    if not given:
        top.text(0.5, 0.52, "no system gives probabilities", ha="center", color=GREY)
    _plain(top.legend(handles, texts, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.3))
    for axes in figure.axes:
        axes.label_outer()
    save(figure, path)


def read_search(path: str | Path) -> dict[str, Any]:
    """Read the comparison of settings that select writes; UserError for one that lacks something."""
    search = read_json(path)
    try:
        whole = search["chosen"] in search["settings"]
        whole &= all(name in row for row in search["settings"].values() for name in SETTING)
    except (AttributeError, KeyError, TypeError):
        whole = False
    if not whole:
        raise UserError(f"{path} must hold settings with {', '.join(SETTING)}, one of them chosen: run select again")
    return search


def write_search_table(path: str | Path, search: Mapping[str, Any]) -> None:
    """Write a row a setting for DVC, figures of the validation rows; "nan" for an end that is not known."""
    rows = []
    for name, row in search["settings"].items():
        numbers = ["nan" if row[key] is None else f"{row[key]:.6f}" for key in SETTING[2:]]
        cells = [guarded(name), f"{row['lr']:g}", row["epochs"], *numbers, "yes" if name == search["chosen"] else "no"]
        rows.append(dict(zip(SEARCH_HEADER, cells, strict=True)))
    write_csv(path, SEARCH_HEADER, rows)


def draw_search(path: str | Path, search: Mapping[str, Any]) -> None:
    """Draw each setting's validation macro F1 with its 95% interval, and its validation loss beside it, as PNG."""
    settings = search["settings"]
    names = shortened(list(settings))
    figure = Figure(figsize=(10, 1.7 + 0.65 * len(settings)), dpi=130, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
    for place, (name, row) in enumerate(settings.items()):
        chosen = name == search["chosen"]
        colour, mark, size = (ORANGE, "*", 15) if chosen else (BLUE, "o", 7)
        if row["f1_macro_low"] is not None and row["f1_macro_high"] is not None:
            left.plot([row["f1_macro_low"], row["f1_macro_high"]], [place, place], color=colour, linewidth=2.2)
        for axes, key in ((left, "f1_macro"), (right, "loss")):
            axes.plot(row[key], place, mark, color=colour, markersize=size, markeredgecolor="white", zorder=3)
            note = " (kept)" if chosen and key == "f1_macro" else ""
            axes.annotate(
                f"{row[key]:.3f}{note}", (row[key], place), (0, 8), textcoords="offset points", ha="center", fontsize=9
            )
    ticks = [
        f"{short}\nlr {row['lr']:g}, epochs {row['epochs']}"
        for short, row in zip(names, settings.values(), strict=True)
    ]
    left.set_yticks(range(len(settings)), ticks, parse_math=False)
    left.set_ylim(len(settings) - 0.5, -0.65)
    for axes in (left, right):
        axes.margins(x=0.12)
        _tidy(axes, "x")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    rows = f"{search['validation']} validation rows" if "validation" in search else "validation rows"
    left.set_title(f"Settings on {rows}", loc="left", fontweight="bold")
    left.set_xlabel("macro F1 (95% interval)")
    right.set_xlabel("loss (nats per target label)")
    save(figure, path)


def shortened(names: Sequence[str], longest: int = LONGEST) -> list[str]:
    """Return the names on one line each, none longer than `longest` characters, and different ones still different."""
    found: list[str] = []
    for name in (" ".join(name.split()) for name in names):
        short, number = name if len(name) <= longest else f"{name[: longest - 1]}…", 1
        while short in found:
            number += 1
            short = f"{name[: longest - 1 - len(str(number))]}…{number}"
        found.append(short)
    return found


def _mean_curve(curves: Sequence[Curve]) -> Curve:
    """Return the mean of `curves` at each false positive rate, both ends of a vertical step kept."""
    at = np.unique(np.concatenate([curve.fpr for curve in curves]))
    # Where a curve rises straight up, interp gives the upper end; read from the other side it gives the lower one.
    upper = np.mean([np.interp(at, curve.fpr, curve.tpr) for curve in curves], axis=0)
    lower = np.mean([np.interp(-at, -curve.fpr[::-1], curve.tpr[::-1]) for curve in curves], axis=0)
    points = np.unique(np.column_stack([np.repeat(at, 2), np.column_stack([lower, upper]).ravel()]), axis=0)
    return Curve(curves[0].system, MACRO, points[:, 0], points[:, 1], float(auc(points[:, 0], points[:, 1])))


def _thinned(fpr: Floats, tpr: Floats) -> tuple[Floats, Floats]:
    """Return at most POINTS points of a curve, its ends among them: all of them, or others that lie on it too.

    Those stand at equal steps of fpr + tpr, which grows from 0 to 2, so that what lies between two of them is within
    1 / (POINTS - 1) / sqrt(2) of the line between them, 0.0024: two dots of the picture.
    """
    if len(fpr) <= POINTS:
        return fpr, tpr
    steps = np.linspace(0, 2, POINTS)
    return np.interp(steps, fpr + tpr, fpr), np.interp(steps, fpr + tpr, tpr)


def _bins(truth: Sequence[str], labels: Sequence[str], system: System) -> list[dict[str, Any]]:
    places = {label: place for place, label in enumerate(labels)}
    assert system.probabilities is not None
    sure = [float(row[places[guess]]) for row, guess in zip(system.probabilities, system.predicted, strict=True)]
    return reliability(sure, [label == guess for label, guess in zip(truth, system.predicted, strict=True)])


def _style(system: str) -> dict[str, Any]:
    colour, dash = {"tuned": (BLUE, "-"), "untrained": (ORANGE, "--")}.get(system, (GREY, "-."))
    return {"color": colour, "linestyle": dash, "linewidth": 2}


def _ends(figures: Mapping[str, Any], name: str) -> str:
    low, high = figures.get(f"{name}_low"), figures.get(f"{name}_high")
    return "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"


def _tidy(axes: Axes, grid: Any = "both") -> None:
    axes.grid(axis=grid, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _plain(legend: Legend) -> None:
    """Take a legend's texts as they are: a label may hold $."""
    legend.get_frame().set(facecolor="white", edgecolor="none", alpha=0.85)
    for text in legend.get_texts():
        text.set_parse_math(False)
