"""The first optimizer steps of a training, which then ends: nothing is written."""

from contextlib import suppress
from typing import Any

from pipeline_lib.models.run_cache import fingerprint_tensors
from pipeline_lib.training.job import LOOP_SETTINGS, TrainingJob
from pipeline_lib.training.loop import train
from pipeline_lib.training.state import State


class _Done(Exception):
    """The steps are done."""


class _StopAfter:
    """A loop.Checkpointing that saves nothing and ends the run after `steps` steps, with the hash of the weights."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.weights = ""

    def load(self) -> State | None:
        return None

    def due(self, step: int, epoch_end: bool) -> bool:
        return step >= self.steps

    def save(self, state: State) -> None:
        self.weights = fingerprint_tensors(state.weights)
        raise _Done


def first_steps(job: TrainingJob, steps: int) -> tuple[list[dict[str, Any]], str]:
    """Return the training rows of the history of `steps` steps, at most a complete run, and the weights' SHA-256."""
    history: list[dict[str, Any]] = []
    end = _StopAfter(min(steps, job.params["epochs"] * -(-len(job.rows) // job.params["batch_size"])))

    def on_step(step: int, steps: int, row: dict[str, Any]) -> None:
        if row["split"] == "train":
            history.append(row)

    with suppress(_Done):
        train(
            job.model,
            job.rows,
            job.validation,
            job.objective,
            accelerator=job.accelerator,
            on_step=on_step,
            checkpoint=end,
            **{name: job.params[name] for name in LOOP_SETTINGS},
        )
    return history, end.weights
