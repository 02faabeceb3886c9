"""What the stages that train share: arguments, the loop with its progress, the adapter and the history it leaves.

A run that was killed, stopped (Ctrl-C, SIGTERM) or out of time goes on from its last checkpoint when it is started
again, and ends with the same bits. Checkpoints lie in the user's cache folder ($TARE_CACHE), one is written at the end
of each epoch and every TARE_CHECKPOINT_SECONDS (300), and all are removed when the outs are there.
TARE_TIME_LIMIT_SECONDS stops a run in time. With several processes the first writes and all read: they have to see the
same cache folder.
"""

import argparse
import math
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed

from pipeline_lib.cli.command import CTRL_C, OUT_OF_TIME, TERMINATED, Stopped, parser, say, stoppable
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import remove, write_csv, written
from pipeline_lib.models.device import device_and_dtype, return_freed_memory
from pipeline_lib.models.loading import Base
from pipeline_lib.models.lora import IDENTITY
from pipeline_lib.models.run_cache import (
    code_hashes,
    environment,
    fingerprint,
    fingerprint_files,
    fingerprint_rows,
    lock,
    remove_abandoned,
    runs_folder,
    write_facts,
)
from pipeline_lib.training.checkpoints import Checkpoints, State
from pipeline_lib.training.loop import Objective, train, training_flops

COLUMNS = (
    "step", "epoch", "split", "loss", "targets", "lr", "tokens", "seconds", "tokens_per_second", "flops",
    "seconds_left", "memory_gb", "wrong", "kept",
)  # fmt: skip
DIGITS = {"loss": ".6f", "lr": ".6g", "seconds": ".4f", "tokens_per_second": ".1f", "flops": ".4g"}
DIGITS |= {"seconds_left": ".1f", "memory_gb": ".3f", "wrong": ".6f"}
SAMPLE = 4  # rows on which the operations of a token are counted
OF_THE_LOOP = (
    "lr",
    "epochs",
    "batch_size",
    "micro_batch_size",
    "warmup_ratio",
    "weight_decay",
    "max_grad_norm",
    "patience",
    "seed",
)
OF_THE_MODEL = ("model", "revision", "trust_remote_code")
CHECKPOINT_SECONDS, TIME_LIMIT = "TARE_CHECKPOINT_SECONDS", "TARE_TIME_LIMIT_SECONDS"
STEPS_KEPT = 30  # after so many steps freed memory is returned; the next ones then need fresh pages: up to 7 s in all
SHARE = 0.05  # of the time, at most, goes into checkpoints that take longer than a second
_BY = {CTRL_C: "Ctrl-C", TERMINATED: "SIGTERM", OUT_OF_TIME: f"the time limit ({TIME_LIMIT})"}


@dataclass(frozen=True)
class TrainingJob:
    """A model with the rows it is to learn, as a stage prepares them; `unit` is what a target is called: token, row."""

    accelerator: Accelerator
    base: Base
    model: Any
    rows: Sequence[Any]
    validation: Sequence[Any]
    objective: Objective
    unit: str
    save: Callable[[Path, dict[str, Any]], None]  # (folder, settings) writes what was trained


def training_parser(module_docstring: str | None) -> argparse.ArgumentParser:
    """Return the command line of a stage that trains."""
    arguments = parser(module_docstring)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train and validation .jsonl")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the adapter")
    arguments.add_argument("--history", required=True, type=Path, help="CSV file for the loss of each step")
    arguments.add_argument("--epochs", type=Path, help="folder for what each epoch leaves: epoch-1, epoch-2, ...")
    arguments.add_argument("--row", help="the row of grid in the params file whose settings count")
    return arguments


def start_accelerator(params: dict[str, Any]) -> tuple[Accelerator, torch.dtype]:
    """Return the devices and what the parameters' precision means on them, with all random numbers seeded."""
    _, dtype = device_and_dtype(params["precision"])
    mixed = {torch.bfloat16: "bf16", torch.float16: "fp16"}.get(dtype, "no")
    accelerator = Accelerator(mixed_precision=mixed)
    set_seed(params["seed"])
    return accelerator, dtype


def run_training(
    prepared: TrainingJob, params: dict[str, Any], *, out: Path, history: Path, epochs: Path | None = None
) -> None:
    """Train, and write what came of it; or go on with a run of the same that did not come to its end.

    With a folder for `epochs` the model as it is after each of them is kept there, under epoch-1 and so on.
    """
    accelerator, rows = prepared.accelerator, prepared.rows
    first = accelerator.is_main_process
    every = _seconds(os.environ, CHECKPOINT_SECONDS, 300.0, least=0.0)
    limit = _seconds(os.environ, TIME_LIMIT, math.inf, least=1.0)
    if params["patience"] is not None and not prepared.validation:
        raise UserError(
            "patience needs validation rows to see whether an epoch is better, there are none: set it to null"
        )
    with accelerator.autocast():
        flops = training_flops(prepared.model.to(accelerator.device), rows[:SAMPLE], prepared.objective)
    steps = params["epochs"] * -(-len(rows) // params["batch_size"])
    # A run that keeps no epochs has none for one that does.
    facts = run_facts(prepared, params) | ({"epochs": "kept"} if epochs else {})
    runs = runs_folder()
    kept = Checkpoints(runs / fingerprint(facts)[:32], say if first else lambda line: None)
    with ExitStack() as locks:
        if first:
            locks.enter_context(lock(_lock_of(out), f"{out} is being made"))
            locks.enter_context(lock(kept.folder, "the same training is being done"))
            remove_abandoned(runs, say)
            write_facts(kept.folder, facts)
        with ExitStack() as stack:
            if first:  # before the first step: a place that cannot be written to is told now
                for place in (out, history, *filter(None, [epochs])):
                    _remove_drafts(place)
                folder = stack.enter_context(written(out, mark=IDENTITY))
                table = stack.enter_context(written(history))
                gallery = stack.enter_context(written(epochs, mark=epoch_folder(1))) if epochs else None
            progress = stack.enter_context(Progress(steps, "train", "step", quiet=not first))

            def on_step(step: int, steps: int, row: dict[str, Any]) -> None:
                if row["split"] == "train":
                    progress.advance(1, f"loss {row['loss']:.3f}, {row['tokens_per_second']:.0f} tokens/s")
                    if step % STEPS_KEPT == 0 and accelerator.device.type == "cpu":
                        return_freed_memory()
                elif first:
                    wrong = f", {row['wrong']:.1%} wrong" if "wrong" in row else ""
                    say(f"epoch {row['epoch']}: validation loss {row['loss']:.4f} nats a {prepared.unit}{wrong}")

            def on_epoch(epoch: int) -> None:
                # Beside the checkpoints: a run that goes on finds the epochs before it.
                if first and epochs:
                    try:
                        with written(kept.folder / epoch_folder(epoch), mark=IDENTITY) as draft:
                            draft.mkdir()
                            prepared.save(draft, training_settings(params))
                    except UserError as error:  # the checkpoints are still good
                        raise Stopped(f"error: {error}; {survival.again()}", 1) from error

            with stoppable(quiet=not first) as asked:
                survival = CheckpointPolicy(kept, accelerator, progress, asked, every=every, limit=limit)
                try:
                    trained = train(
                        prepared.model,
                        rows,
                        prepared.validation,
                        prepared.objective,
                        accelerator=accelerator,
                        flops_per_token=flops,
                        on_step=on_step,
                        on_epoch=on_epoch,
                        checkpoint=survival,
                        **{name: params[name] for name in OF_THE_LOOP},
                    )
                except UserError:  # a loss that is not finite, say: there is nothing to go on with
                    if first and survival.loaded:
                        kept.remove()
                    raise
            survival.stop_if_asked()
            if first:
                folder.mkdir()
                prepared.save(folder, training_settings(params))
                write_csv(table, list(COLUMNS), [_written(row) for row in trained.history])
                if gallery:
                    gallery.mkdir()
                    for path in sorted(kept.folder.glob(epoch_folder(0).replace("0", "*"))):
                        shutil.copytree(path, gallery / path.name)
        if first:
            kept.remove()
    if first:
        chosen = "fewest validation rows wrong" if prepared.objective.wrong else "lowest validation loss"
        why = chosen if prepared.validation else "the last: there are no validation rows to choose by"
        done = sum(row.get("flops", 0.0) for row in trained.history)
        say(f"kept epoch {trained.best_epoch} ({why}); trained {trained.seconds:.0f} s, about {done:.2g} operations")
    accelerator.end_training()


class CheckpointPolicy:
    """When a run's state is kept and when the run ends for now: training.Checkpoint, for a stage."""

    def __init__(
        self,
        kept: Checkpoints,
        accelerator: Accelerator,
        progress: Progress,
        asked: list[int],
        *,
        every: float,
        limit: float,
    ) -> None:
        """Save `every` so many seconds and at an epoch's end; stop after `limit` seconds, or when `asked` to."""
        self.kept, self.accelerator, self.progress, self.asked = kept, accelerator, progress, asked
        self.every, self.limit = every, limit
        self.began = self.last = time.monotonic()
        self.took = 0.0  # seconds, the last save
        self.stop = 0  # the exit code, once it is time to stop
        self.safe = 0  # the step from which the run can go on
        self.loaded = False

    def load(self) -> State | None:
        """Return the last state that is whole, and say so. Raises UserError where processes do not find the same."""
        state = self.kept.load()
        found = self._gathered([state.step, state.epoch] if state else [0, 0])
        if not bool((found == found[0]).all()):
            raise UserError(
                "the processes of a run must see the same checkpoints, they found other steps: set TARE_CACHE to a "
                "folder that all machines share"
            )
        self.loaded = True
        if state:
            self.safe = state.step
            self.progress.began -= state.seconds
            self.progress.advance(state.step)
            if self.accelerator.is_main_process:
                ago = _in_words(time.time() - state.saved)
                say(f"going on from step {state.step} of {self.progress.total}, saved {ago} ago")
        return state

    def due(self, step: int, epoch_end: bool) -> bool:
        """Return whether it is time to save, or to stop: the first process's clock counts, and any one's signal."""
        now = time.monotonic()
        late = now - self.last >= self.every or epoch_end
        dear = self.took > 1 and now - self.last < self.took / SHARE
        stop = self.asked[0] if self.asked else OUT_OF_TIME if now - self.began >= self.limit else 0
        save, self.stop = (int(value) for value in self._gathered([int(late and not dear), stop]).amax(0))
        return bool(save or self.stop)

    def save(self, state: State) -> None:
        """Keep the state; where the disk is full training goes on without. Raises Stopped when it is time to stop."""
        began = time.monotonic()
        if self.accelerator.is_main_process:
            try:
                self.kept.save(state)
                self.safe = state.step
            except UserError as error:
                say(f"warning: {error}")
        self.accelerator.wait_for_everyone()
        self.last = time.monotonic()
        self.took = self.last - began
        self._stop(self.stop)

    def stop_if_asked(self) -> None:
        """Raise Stopped where a signal came after the last step: what comes next may take long."""
        self._stop(max(self.asked, default=0))

    def again(self) -> str:
        """Return how the run is gone on with."""
        if not self.safe:
            return "no checkpoint could be written, the same command starts from the beginning"
        return f"run the same command again to go on from step {self.safe} of {self.progress.total}"

    def _stop(self, code: int) -> None:
        if code:
            raise Stopped(f"stopped by {_BY[code]}: {self.again()}" if self.accelerator.is_main_process else "", code)

    def _gathered(self, numbers: list[int]) -> torch.Tensor:
        """Return every process's numbers, a row each."""
        return self.accelerator.gather(torch.tensor([numbers], device=self.accelerator.device)).cpu()


def epoch_folder(epoch: int) -> str:
    """Return the name of the folder that an epoch leaves its model in."""
    return f"epoch-{epoch}"


def training_settings(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that say how, not on what, was trained."""
    return {name: value for name, value in params.items() if name not in OF_THE_MODEL}


def run_facts(prepared: TrainingJob, params: dict[str, Any]) -> dict[str, Any]:
    """Return all that decides what is trained. Runs alike in it end with the same bits, and may go on with one another.

    The rows are those in tokens: data files, tokenizer and the code that reads them in one.
    """
    return {
        "base": prepared.base.sha256,
        "base_files": fingerprint_files(prepared.base.folder, ".json", ".py"),
        "rows": fingerprint_rows(prepared.rows),
        "validation": fingerprint_rows(prepared.validation),
        "settings": training_settings(params),
        "code": code_hashes("models", "training"),
        "environment": environment_of(prepared.accelerator),
    }


def environment_of(accelerator: Accelerator) -> dict[str, Any]:
    """Return checkpoints.environment of the devices that train."""
    return environment(accelerator.device, accelerator.mixed_precision, accelerator.num_processes)


def log_model(prepared: TrainingJob, dtype: torch.dtype, method: str) -> None:
    """Print what learns, on what."""
    total = sum(weight.numel() for weight in prepared.model.parameters())
    learnt = sum(weight.numel() for weight in prepared.model.parameters() if weight.requires_grad)
    accelerator = prepared.accelerator
    say(
        f"{prepared.base.name} on {accelerator.num_processes} x {accelerator.device.type}, {str(dtype)[6:]}, {method}: "
        f"{learnt:,} of {total:,} weights learn"
    )


def _seconds(variables: Mapping[str, str], name: str, otherwise: float, least: float) -> float:
    text = variables.get(name, "")
    if not text:
        return otherwise
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value < math.inf:
        raise UserError(
            f"{name} must be a number of seconds, at least {least:g}, it is {text!r}: set it to 300 say, or unset it"
        )
    return value


def _lock_of(out: Path) -> Path:
    """Return the folder that whoever writes `out` holds: killing dvc leaves its child training."""
    return runs_folder() / f"out-{fingerprint({'out': str(out.resolve())})[:32]}"


def _remove_drafts(place: Path) -> None:
    """Remove what a run that was killed while it wrote left beside `place`; nobody else writes it now."""
    pattern = re.compile(rf"\.{re.escape(place.name)}\.\d+\.tmp{re.escape(place.suffix)}")
    if place.parent.is_dir():
        for draft in place.parent.iterdir():
            if pattern.fullmatch(draft.name):
                remove(draft)


def _in_words(seconds: float) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return f"{max(round(seconds), 0)} seconds"


def _written(row: dict[str, Any]) -> dict[str, object]:
    """Return a row of the history as it stands in the file; a validation row has neither lr nor speed."""
    return {name: format(row[name], DIGITS.get(name, "")) if name in row else "" for name in COLUMNS}
