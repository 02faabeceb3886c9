"""The loss curve of a run as a table and a figure, and how figures are saved. The same input gives the same bytes."""

import logging
import math
import warnings
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.figure import Figure
from matplotlib.text import Text

from pipeline_lib.core.files import write_csv, written
from pipeline_lib.core.run_files import read_history_rows
from pipeline_lib.report.figures.fonts import families, report_missing

matplotlib.use("Agg")  # needs no display

logging.getLogger("matplotlib").setLevel(logging.ERROR)

# Okabe and Ito's colours, which colour-blind people can distinguish.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#6b6b6b"


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


def draw_loss(path: str | Path, history: list[Loss], unit: str = "token") -> None:
    """Write the loss curve as PNG: each step, the running mean, and the validation loss with the kept epoch marked.

    unit: what the loss is a mean over, "token" or "label".
    """
    figure = Figure(figsize=(8, 4.5), dpi=130, layout="constrained")
    axes = figure.add_subplot()
    train = [entry for entry in history if entry.split == "train"]
    validation = [entry for entry in history if entry.split == "validation"]
    if train:
        steps, losses = [entry.step for entry in train], [entry.loss for entry in train]
        axes.plot(steps, losses, color=BLUE, alpha=0.3, linewidth=0.8, label="training, each step")
        axes.plot(steps, smooth(losses), color=BLUE, linewidth=2, label="training, running mean")
    if validation:
        steps, losses = [entry.step for entry in validation], [entry.loss for entry in validation]
        axes.plot(steps, losses, color=ORANGE, linewidth=2, marker="o", linestyle="--", label="validation, each epoch")
        best = next((entry for entry in validation if entry.kept), min(validation, key=lambda entry: entry.loss))
        epoch = validation.index(best) + 1
        axes.plot(
            best.step, best.loss, "*", color=ORANGE, markersize=17, markeredgecolor="black",
            label=f"kept epoch: {epoch} of {len(validation)}, {best.loss:.3f}",
        )  # fmt: skip
    axes.set_title("Loss of the reference answers", loc="left", fontweight="bold")
    axes.set_xlabel("optimizer step")
    axes.set_ylabel(f"cross-entropy (nats per target {unit})")
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    if history:
        axes.legend(frameon=False)
    else:
        axes.text(0.5, 0.5, "no step was trained", transform=axes.transAxes, ha="center", color=GREY)
    save(figure, path)


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG or SVG, by the ending of `path`; the same figure gives the same bytes.

    Each text gets fonts that have its characters; those that none has are reported in one line.
    """
    vector = Path(path).suffix.lower() == ".svg"
    # Without matplotlib's version and the date; SVG's ids are hashes, with a random salt unless it is set.
    metadata = {"Date": None, "Creator": None} if vector else {"Software": None}
    texts = [text for text in figure.findobj(Text) if not text.get_text().isascii()]
    for text in texts:
        text.set_fontfamily(families(text.get_text()))
    report_missing(text.get_text() for text in texts)
    with written(path) as draft, warnings.catch_warnings(), matplotlib.rc_context({"svg.hashsalt": "tare"}):
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # report_missing has said so
        figure.savefig(draft, format="svg" if vector else "png", metadata=metadata)
