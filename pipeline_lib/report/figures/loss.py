"""The loss curve of a run, as a table and a figure. The same input gives the same bytes."""

import math
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes

from pipeline_lib.core.files import write_csv
from pipeline_lib.core.run_files import read_history_rows
from pipeline_lib.report.figures.palette import SOFT, TUNED, UNTRAINED
from pipeline_lib.report.figures.picture import SMALL, head, picture, save, tidy

EPOCHS = 8  # at most, that are named


class Loss(NamedTuple):
    """A loss in nats per target token or per label, after an optimizer step; split: "train" | "validation"."""

    step: int
    split: str
    loss: float
    kept: bool = False  # whether the weights of this epoch were kept


def read_history(path: str | Path) -> list[Loss]:
    """Return the losses of finetune's history.csv; raises UserError for a missing or broken file."""
    rows = read_history_rows(Path(path), ["step", "split", "loss", "kept"])
    return [Loss(int(row["step"]), row["split"], float(row["loss"]), bool(row["kept"])) for row in rows]


def smooth(losses: list[float]) -> list[float]:
    """Return the running mean over a tenth of the curve around each value, over fewer values at both ends."""
    half = len(losses) // 20
    return [
        math.fsum(part) / len(part) for i in range(len(losses)) if (part := losses[max(0, i - half) : i + half + 1])
    ]


def loss_table(history: list[Loss]) -> list[dict[str, object]]:
    """Return one row a training step for DVC: step, train, train_smoothed, and the last validation loss until then.

    DVC draws an empty cell as 0 and needs a value in each row, so `validation` repeats the last one, and is "nan",
    which is not drawn, before the first.
    """
    train = [entry for entry in history if entry.split == "train"]
    validation = {entry.step: entry.loss for entry in history if entry.split == "validation"}
    rows: list[dict[str, object]] = []
    last = "nan"
    for entry, mean in zip(train, smooth([entry.loss for entry in train]), strict=True):
        if entry.step in validation:
            last = f"{validation[entry.step]:.6f}"
        row = {"step": entry.step, "train": f"{entry.loss:.6f}", "train_smoothed": f"{mean:.6f}"}
        rows.append({**row, "validation": last})
    return rows


def write_loss_table(path: str | Path, history: list[Loss]) -> None:
    """Write loss_table as CSV."""
    write_csv(path, ["step", "train", "train_smoothed", "validation"], loss_table(history))


def draw_loss(path: str | Path, history: list[Loss], unit: str = "token", targets: str = "reference answers") -> None:
    """Write the loss curve as PNG: each step, the running mean, and the validation loss with the kept epoch marked.

    unit: what the loss is a mean over, "token" or "label". targets: what the loss is computed on.
    """
    figure = picture(300)
    axes = figure.add_subplot()
    train = [entry for entry in history if entry.split == "train"]
    validation = [entry for entry in history if entry.split == "validation"]
    names: list[tuple[float, str, str]] = []  # of the lines at their ends: loss, text, colour
    if train:
        steps, losses = [entry.step for entry in train], [entry.loss for entry in train]
        means = smooth(losses)
        axes.plot(steps, losses, color=TUNED, alpha=0.3, linewidth=0.8)
        axes.plot(steps, means, color=TUNED, linewidth=2.2)
        names.append((means[-1], f"training {means[-1]:.3f}", TUNED))
    note = f"Cross-entropy of the {targets}, nats per {unit}; lower is better. Thin: each step, thick: running mean."
    if validation:
        steps, losses = [entry.step for entry in validation], [entry.loss for entry in validation]
        axes.plot(steps, losses, color=UNTRAINED, linewidth=2.2, marker="o", linestyle="--", clip_on=False)
        best = next((entry for entry in validation if entry.kept), min(validation, key=lambda entry: entry.loss))
        epoch = validation.index(best) + 1
        axes.plot(best.step, best.loss, "*", color=UNTRAINED, markersize=17, markeredgecolor="black", clip_on=False)
        axes.annotate(
            "kept", (best.step, best.loss), (0, 13), textcoords="offset points", ha="center", fontsize=SMALL,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )  # fmt: skip
        note += f" Star: epoch {epoch} of {len(validation)}, whose weights were kept, {best.loss:.3f}."
        names.append((losses[-1], f"validation {losses[-1]:.3f}", UNTRAINED))
    head(figure, "Loss during training, on training and validation rows", note)
    axes.set_ylabel(f"loss (nats per {unit})")
    tidy(axes)
    if not history:
        axes.text(0.5, 0.5, "no step was trained", transform=axes.transAxes, ha="center", color=SOFT)
        return save(figure, path)
    axes.set_ylim(0, 1.05 * max(entry.loss for entry in history) or 1)
    axes.set_xlim(0, max(entry.step for entry in history) or 1)
    _name_epochs(axes, validation)
    _name_lines(axes, names)
    return save(figure, path)


def _name_epochs(axes: Axes, validation: list[Loss]) -> None:
    """Name the ends of at most EPOCHS epochs below the plot; without validation rows the axis has steps alone."""
    if not validation:
        axes.set_xlabel("optimizer step")
        return
    every = math.ceil(len(validation) / EPOCHS)
    shown = [(place + 1, entry.step) for place, entry in enumerate(validation) if (place + 1) % every == 0]
    axes.set_xticks([step for _, step in shown], [f"epoch {epoch}\nstep {step:,}" for epoch, step in shown])


def _name_lines(axes: Axes, names: list[tuple[float, str, str]]) -> None:
    """Write (loss, text, colour) to the right of the plot at the lines' ends, apart from one another."""
    gap = 0.07 * axes.get_ylim()[1]
    names = sorted(names)
    places = [loss for loss, _, _ in names]
    if len(places) == 2 and places[1] - places[0] < gap:
        middle = max(sum(places) / 2, gap / 2)
        places = [middle - gap / 2, middle + gap / 2]
    for place, (_, text, colour) in zip(places, names, strict=True):
        axes.annotate(
            text, (1, place), (12, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
            color=colour, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
