"""The losses of a training run, and what it took in time, tokens, operations and memory."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_lib.core.run_files import read_history_rows

_HEADER = ["step", "split", "loss", "kept", "tokens", "seconds", "tokens_per_second", "flops", "memory_gb"]


@dataclass(frozen=True)
class History:
    """The loss in nats per target as (step, loss): training by step, validation by epoch; and what the steps took."""

    train: list[tuple[int, float]]
    validation: list[tuple[int, float]]
    speeds: list[float]  # tokens a second, of each step
    seconds: list[float] = field(default_factory=list)  # of each step
    tokens: int = 0  # of all steps
    flops: float = 0.0  # of all steps
    memory: float = 0.0  # the peak, in GB
    kept: int | None = None  # the place among the validation losses of the epoch that was kept


def read_history(path: str | Path) -> History:
    """Read the history.csv of a training stage; UserError for a missing or broken file."""
    losses: dict[str, list[tuple[int, float]]] = {"train": [], "validation": []}
    measured: dict[str, list[float]] = {name: [] for name in _HEADER[4:]}
    kept = None
    for row in read_history_rows(Path(path), _HEADER):
        if row["kept"]:
            kept = len(losses["validation"])
        losses[row["split"]].append((int(row["step"]), float(row["loss"])))
        for name, cells in measured.items():
            cells += [float(row[name])] if row[name] else []
    return History(
        train=losses["train"],
        validation=losses["validation"],
        speeds=measured["tokens_per_second"],
        seconds=measured["seconds"],
        tokens=round(sum(measured["tokens"])),
        flops=sum(measured["flops"]),
        memory=max(measured["memory_gb"], default=0.0),
        kept=kept,
    )


def effort(history: History) -> list[tuple[str, str]]:
    """Return what the training took as (name, text), without what was not measured."""
    measured: list[tuple[str, float, Callable[[float], str]]] = [
        ("steps", len(history.train), "{:,}".format),
        ("median time of a step", statistics.median(history.seconds or [0.0]), lambda number: f"{number:.3g} s"),
        ("tokens in all", history.tokens, "{:,}".format),
        ("floating-point operations in all, about", history.flops, scientific),
        ("peak memory", history.memory, "{:.2f} GB".format),
    ]
    return [(name, as_text(number)) for name, number, as_text in measured if number]


def scientific(number: float) -> str:
    """Return a number with two digits in scientific notation: 1.2e15."""
    digits, power = f"{number:.1e}".split("e")
    return f"{digits}e{int(power)}"
