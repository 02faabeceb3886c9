"""The folders that a training run writes: the model, the record of the run, and the model of each epoch."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_csv, write_json, written
from pipeline_lib.core.run_files import IDENTITY
from pipeline_lib.models.parameter_count import count
from pipeline_lib.training.job import TrainingJob
from pipeline_lib.training.loop import History

HISTORY, PARAMETERS = "history.csv", "parameters.json"
COLUMNS = (
    "step", "epoch", "split", "loss", "targets", "lr", "tokens", "seconds", "tokens_per_second", "flops",
    "seconds_left", "memory_gb", "errors", "kept",
)  # fmt: skip
FORMATS = {"loss": ".6f", "lr": ".6g", "seconds": ".4f", "tokens_per_second": ".1f", "flops": ".4g"}
FORMATS |= {"seconds_left": ".1f", "memory_gb": ".3f", "errors": ".6f"}


@dataclass(frozen=True)
class Outputs:
    """The folders `out` for the model, `record` for history and parameters, `epochs` for the epochs' models or None."""

    out: Path
    record: Path
    epochs: Path | None

    def check(self) -> None:
        """Raise UserError where a folder lies in another or `record` holds other files: each folder is replaced."""
        for inner, outer in permutations(self._folders(), 2):
            if inner.resolve().is_relative_to(outer.resolve()):
                raise UserError(
                    f"--out, --record and --epochs must be folders beside one another, {inner} is in {outer}: "
                    "name another"
                )
        others = sorted(path.name for path in self.record.glob("*") if path.name not in (HISTORY, PARAMETERS))
        if others:
            raise UserError(
                f"the folder --record must hold {HISTORY} and {PARAMETERS} only, {self.record} also has "
                f"{', '.join(others[:3])}: name another folder, like models/training"
            )

    @contextmanager
    def drafts(self) -> Iterator["Outputs"]:
        """Yield the folders to write to, which take their names on success only."""
        with ExitStack() as stack:
            out = stack.enter_context(written(self.out, mark=IDENTITY))
            record = stack.enter_context(written(self.record, mark=HISTORY))
            epochs = stack.enter_context(written(self.epochs, mark=epoch_folder(1))) if self.epochs else None
            yield Outputs(out, record, epochs)

    def write(self, job: TrainingJob, history: History, epochs: Path) -> None:
        """Write the trained model, the record, and copies of the epochs' models, which are in the folder `epochs`."""
        self.out.mkdir()
        job.save(self.out)
        self.record.mkdir()
        write_csv(self.record / HISTORY, list(COLUMNS), [_cells(row) for row in history])
        lengths = {"lengths": job.lengths} if job.lengths else {}
        write_json(self.record / PARAMETERS, {**count(job.model), **lengths, **job.unknown_tokens()})
        if self.epochs:
            self.epochs.mkdir()
            for path in sorted(epochs.glob("epoch-*")):
                shutil.copytree(path, self.epochs / path.name)

    def _folders(self) -> list[Path]:
        return [self.out, self.record, *([self.epochs] if self.epochs else [])]


def epoch_folder(epoch: int) -> str:
    """Return the name of the folder of an epoch's model."""
    return f"epoch-{epoch}"


def _cells(row: dict[str, Any]) -> dict[str, object]:
    """Return a row of the history as text; a cell that the row does not have, like lr in validation, is empty."""
    return {name: format(row[name], FORMATS.get(name, "")) if name in row else "" for name in COLUMNS}
