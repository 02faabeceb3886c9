"""How a task's answers are judged, one module a task; apart from the task, so that another rule retrains no model."""

import importlib
from pathlib import Path
from typing import Protocol, cast

from pipeline_lib.errors import UserError, nearest
from pipeline_lib.records import Answer, Example


class Scoring(Protocol):
    """What a scoring module has. A new task is a new module beside this file."""

    HEADLINE: str  # the metric that decides: floors, lift and slices are in it
    METRICS: tuple[str, ...]  # names of pipeline_lib.metrics.METRICS
    FLOORS: tuple[str, ...]  # names of pipeline_lib.floors.FLOORS

    def score(self, answer: str, reference: str) -> float:
        """Return the headline score of one answer; more is better."""

    def measure(self, example: Example, answer: Answer) -> dict[str, float]:
        """Return the per-row numbers that the metrics' columns name, for one answer to `example`."""

    def facets(self, example: Example) -> dict[str, str]:
        """Return the categories a held-out row falls into, each a fixed word: never text of the row."""


def load_scoring(task: str) -> Scoring:
    """Return the scoring module of `task`; an unknown one raises UserError with the nearest known."""
    known = sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem != "__init__")
    if task not in known:
        raise UserError(f"task must be one of {', '.join(known)}, not {task!r}{nearest(task, known)}")
    return cast(Scoring, importlib.import_module(f"pipeline_lib.scoring.{task}"))
