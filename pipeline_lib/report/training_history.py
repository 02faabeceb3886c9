"""How the training went: losses, and what it took in time, tokens, operations and memory."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv

_HEADER = ["step", "split", "loss", "kept", "tokens", "seconds", "tokens_per_second", "flops", "memory_gb"]


@dataclass(frozen=True)
class History:
    """The loss in nats a target as (step, loss): training by step, validation by epoch; and what each step took.

    `speeds` are tokens a second, `seconds` those of each step, `tokens` and `flops` sums over all steps, `memory` the
    most that was held, in GB; `kept` is the place among the validation losses of the epoch that was kept.
    """

    train: list[tuple[int, float]]
    validation: list[tuple[int, float]]
    speeds: list[float]
    seconds: list[float] = field(default_factory=list)
    tokens: int = 0
    flops: float = 0.0
    memory: float = 0.0
    kept: int | None = None


def read_history(path: str | Path) -> History:
    """Read what a stage that trains writes of each step; UserError for a missing or broken file."""
    losses: dict[str, list[tuple[int, float]]] = {"train": [], "validation": []}
    taken: dict[str, list[float]] = {name: [] for name in _HEADER[4:]}
    kept = None
    for row in read_csv(path, _HEADER):
        try:
            if row["kept"]:
                kept = len(losses["validation"])
            losses[row["split"]].append((int(row["step"]), float(row["loss"])))
            for name, cells in taken.items():
                cells += [float(row[name])] if row[name] else []
        except (ValueError, KeyError) as error:
            raise UserError(f"{path} has a cell that is none of ours ({error}): run finetune again") from error
    return History(
        train=losses["train"],
        validation=losses["validation"],
        speeds=taken["tokens_per_second"],
        seconds=taken["seconds"],
        tokens=round(sum(taken["tokens"])),
        flops=sum(taken["flops"]),
        memory=max(taken["memory_gb"], default=0.0),
        kept=kept,
    )


def effort(history: History) -> list[tuple[str, str]]:
    """Return what the training took as (name, text) lines, without those that nobody measured."""
    taken: list[tuple[str, float, Callable[[float], str]]] = [
        ("steps", len(history.train), "{:,}".format),
        ("median time of a step", statistics.median(history.seconds or [0.0]), lambda number: f"{number:.3g} s"),
        ("tokens in all", history.tokens, "{:,}".format),
        ("floating-point operations in all, about", history.flops, powers),
        ("peak memory", history.memory, "{:.2f} GB".format),
    ]
    return [(name, written(number)) for name, number, written in taken if number]


def powers(number: float) -> str:
    """Return a large number as people write it: 1.2e15."""
    digits, power = f"{number:.1e}".split("e")
    return f"{digits}e{int(power)}"
