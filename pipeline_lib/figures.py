"""Tables and pictures of a run: its loss curve, its word pairs. The same input gives the same bytes."""

import logging
import math
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
from matplotlib.figure import Figure

from pipeline_lib.errors import UserError
from pipeline_lib.files import guarded, read_csv, write_csv, written
from pipeline_lib.layout import FONT, LINE, label_width, layout
from pipeline_lib.pairs import Pair

matplotlib.use("Agg")  # no window, whatever the machine

logging.getLogger("matplotlib").setLevel(logging.ERROR)

# A picture of more pairs than this is one that nobody reads; the tables and the page have them all.
DRAWN = 100
# Okabe and Ito's colours, told apart by colour-blind people too.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#6b6b6b"
WIDTH, MARGIN, COLUMNS = 860.0, 18.0, 3  # points, points, columns of the ranked list


class Loss(NamedTuple):
    """A loss in nats per target token or per label, after an optimizer step; split: "train" | "validation"."""

    step: int
    split: str
    loss: float
    kept: bool = False  # of the epochs, the one whose weights were kept


def read_history(path: str | Path) -> list[Loss]:
    """Read the loss curve that finetune writes; UserError for a missing or broken one."""
    try:
        rows = read_csv(path, ["step", "split", "loss", "kept"])
        return [Loss(int(row["step"]), row["split"], float(row["loss"]), bool(row["kept"])) for row in rows]
    except ValueError as error:
        raise UserError(f"{path} has a cell that is no number ({error}): run finetune again") from error


def smooth(losses: list[float]) -> list[float]:
    """Return the mean over the tenth of the curve around each value, over less of it at both ends."""
    half = len(losses) // 20
    return [
        math.fsum(part) / len(part) for i in range(len(losses)) if (part := losses[max(0, i - half) : i + half + 1])
    ]


def loss_table(history: list[Loss]) -> list[dict[str, object]]:
    """Return a row a training step for DVC: step, train, train_smoothed, and the validation loss known by then.

    DVC draws an empty cell as 0 and needs a value in each row, so `validation` holds the last one measured, and
    "nan", which is not drawn, before the first.
    """
    train = [entry for entry in history if entry.split == "train"]
    validation = {entry.step: entry.loss for entry in history if entry.split == "validation"}
    rows: list[dict[str, object]] = []
    known = "nan"
    for entry, mean in zip(train, smooth([entry.loss for entry in train]), strict=True):
        if entry.step in validation:
            known = f"{validation[entry.step]:.6f}"
        row = {"step": entry.step, "train": f"{entry.loss:.6f}", "train_smoothed": f"{mean:.6f}"}
        rows.append({**row, "validation": known})
    return rows


def write_loss_table(path: str | Path, history: list[Loss]) -> None:
    """Write loss_table as CSV."""
    write_csv(path, ["step", "train", "train_smoothed", "validation"], loss_table(history))


def write_pairs_table(path: str | Path, pairs: list[Pair]) -> None:
    """Write a row a pair for DVC, named by its two words, as CSV that is safe to open as a spreadsheet."""
    header = ["pair", "cosine", "rank", "left_documents", "right_documents"]
    rows = [(f"{p.left} – {p.right}", f"{p.cosine:.6f}", p.rank, p.left_documents, p.right_documents) for p in pairs]
    write_csv(path, header, [dict(zip(header, (guarded(row[0]), *row[1:]), strict=True)) for row in rows])


def draw_loss(path: str | Path, history: list[Loss], unit: str = "token") -> None:
    """Draw the loss curve as PNG: each step, its running mean, and validation with the best epoch marked.

    unit: what a loss is the mean over, "token" or "label".
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


def draw_pairs(path: str | Path, pairs: list[Pair]) -> None:
    """Draw the pairs as PNG: above, the graph of the words; below, the pairs ranked, with their cosines."""
    drawn = pairs[:DRAWN]
    places, bottom = layout([(p.left, p.right, p.cosine) for p in drawn], label_width, WIDTH - 2 * MARGIN)
    rows = max(1, math.ceil(len(drawn) / COLUMNS))
    top, table = 3.2 * LINE, bottom + 5.2 * LINE
    height = table + (rows + 1) * LINE
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=130)
    axes = figure.add_axes((0, 0, 1, 1))  # one unit is one point, y goes down
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    shown = f"The {len(drawn)} closest pairs of words" if drawn else "No two words to compare"
    axes.text(MARGIN, 1.4 * LINE, shown, fontsize=15, fontweight="bold", va="center")
    axes.text(MARGIN, 2.4 * LINE, "thicker and darker: more alike (cosine)", fontsize=FONT, color=GREY, va="center")
    low, high = (drawn[-1].cosine, drawn[0].cosine) if drawn else (0.0, 1.0)
    shades = matplotlib.colormaps["cividis_r"]
    for p in reversed(drawn):
        share = (p.cosine - low) / ((high - low) or 1)
        (x, y), (u, v) = places[p.left], places[p.right]
        axes.plot(
            [x + MARGIN, u + MARGIN], [y + top, v + top],
            color=shades(0.25 + 0.75 * share), linewidth=1.2 + 3.8 * share, solid_capstyle="round", zorder=1,
        )  # fmt: skip
    frame = {"boxstyle": "round,pad=0.18", "facecolor": "white", "edgecolor": "#b8b8b8", "linewidth": 0.6}
    for word, (x, y) in places.items():
        axes.text(
            x + MARGIN, y + top, word, fontsize=FONT, ha="center", va="center_baseline",
            bbox=frame, zorder=2, parse_math=False,
        )  # fmt: skip
    column = (WIDTH - 2 * MARGIN) / COLUMNS
    for i, p in enumerate(drawn):
        x, y = MARGIN + i // rows * column, table + i % rows * LINE
        style: dict[str, Any] = {"fontsize": FONT, "va": "center_baseline", "parse_math": False}
        axes.text(x + 20, y, str(p.rank), ha="right", color=GREY, **style)
        text = axes.text(x + 27, y, f"{p.left} – {p.right}", **style)
        text.set_fontsize(FONT * min(1.0, (column - 121) / label_width(text.get_text())))
        axes.barh(y, 45 * max(0.0, p.cosine), left=x + column - 85, height=7, color=BLUE)
        axes.text(x + column - 14, y, f"{p.cosine:.2f}", ha="right", color=GREY, **style)
    save(figure, path)


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG, whole or not at all; the same figure gives the same bytes."""
    with written(path) as draft, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # drawn as a box, the page has the word
        # Without the version of matplotlib in it, and no date: the same run gives the same file.
        figure.savefig(draft, format="png", metadata={"Software": None})
