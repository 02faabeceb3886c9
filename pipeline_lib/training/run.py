"""A training run of a stage: its command line, its progress, and how it is interrupted and continued.

A run that was killed, stopped (Ctrl-C, SIGTERM) or out of time continues from its last checkpoint when the same command
runs again, and ends with the same bits. Checkpoints are in the user's cache folder ($TARE_CACHE): one at each epoch's
end and every TARE_CHECKPOINT_SECONDS (300), all removed once the output is written. TARE_TIME_LIMIT_SECONDS stops a run
after that time. With several processes the first one writes and all read: they need the same cache folder.
"""

import argparse
import math
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import gather_object

from pipeline_lib.cli.command import CTRL_C, OUT_OF_TIME, TERMINATED, Stopped, fill_row, parser, say, stoppable
from pipeline_lib.cli.live import live_figures
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written
from pipeline_lib.core.run_files import IDENTITY
from pipeline_lib.models.parameter_count import elements
from pipeline_lib.models.run_cache import fingerprint, lock, remove_abandoned, runs_folder, write_facts
from pipeline_lib.models.unknown_tokens import unknown_line
from pipeline_lib.training.checkpoint_policy import CheckpointPolicy, Interrupted
from pipeline_lib.training.checkpoints import Checkpoints
from pipeline_lib.training.job import LOOP_SETTINGS, TrainingJob, check_alike
from pipeline_lib.training.loop import TrainingResult, train
from pipeline_lib.training.measurements import training_flops
from pipeline_lib.training.outputs import Outputs, epoch_folder
from pipeline_lib.training.state import State

FLOPS_ROWS = 4  # rows on which the operations of a token are counted
CHECKPOINT_SECONDS, TIME_LIMIT = "TARE_CHECKPOINT_SECONDS", "TARE_TIME_LIMIT_SECONDS"
_REASONS = {CTRL_C: "Ctrl-C", TERMINATED: "SIGTERM", OUT_OF_TIME: f"the time limit ({TIME_LIMIT})"}


def training_arguments(module_docstring: str | None, argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line of a stage that trains, read, with {row} filled in."""
    arguments = parser(module_docstring)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train and validation .jsonl")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the adapter or model")
    arguments.add_argument("--record", required=True, type=Path, help="folder for history.csv and parameters.json")
    arguments.add_argument("--epochs", type=Path, help="folder for the model of each epoch: epoch-1, epoch-2, ...")
    arguments.add_argument("--row", help="the row of grid whose settings are used; its name replaces {row} in a path")
    args = arguments.parse_args(argv)
    fill_row(args)
    return args


def log_job(job: TrainingJob, dtype: torch.dtype, lines: Sequence[str]) -> None:
    """Print the model, the devices and how many weights are trained, then `lines`; in the first process only.

    Last comes a warning where the tokenizer does not know much of the training rows.
    """
    if not job.accelerator.is_main_process:
        return
    total = sum(map(elements, job.model.parameters()))
    trained = sum(elements(weight) for weight in job.model.parameters() if weight.requires_grad)
    devices = f"{job.accelerator.num_processes} x {job.accelerator.device.type}"
    say(
        f"{job.base.name} on {devices}, {str(dtype)[6:]}, {job.params['method']}: "
        f"{trained:,} of {total:,} weights are trained"
    )
    idle = job.accelerator.num_processes - job.params["batch_size"]
    if idle > 0:
        say(
            f"{idle} of {job.accelerator.num_processes} processes have no row of a step, it has batch_size "
            f"({job.params['batch_size']}) rows: fewer processes take as long"
        )
    if job.params["memory"]["quantization"] != "none":
        say(
            f"memory.quantization {job.params['memory']['quantization']}: the frozen weights are quantized while the "
            "adapter is trained; it is used, scored and merged on the weights as they were"
        )
    for line in lines:
        say(line)
    kind = "encoder" if job.labels else "language model"
    texts = [row.ids for row in job.rows]
    if warning := unknown_line(job.tokenizer, job.base.name, texts, "the training rows", kind):
        say(warning)


def run_training(job: TrainingJob, *, out: Path, record: Path, epochs: Path | None = None) -> None:
    """Train and write the result, or continue a run with the same facts that was interrupted.

    Writes the model to `out`, history.csv and parameters.json to `record`, and where `epochs` is given the model after
    each epoch to epoch-1, epoch-2, ... in it.
    """
    first, outputs = job.accelerator.is_main_process, Outputs(out, record, epochs)
    every = _seconds(os.environ, CHECKPOINT_SECONDS, 300.0, least=0.0)
    limit = _seconds(os.environ, TIME_LIMIT, math.inf, least=1.0)
    if job.params["patience"] is not None and not job.validation:
        raise UserError(
            "patience needs validation rows to see whether an epoch is better, there are none: set it to null"
        )
    outputs.check()
    # A run that keeps no epochs has none for a run that does.
    facts = job.facts() | ({"epochs": "kept"} if epochs else {})
    if job.accelerator.num_processes > 1:
        check_alike(gather_object([facts]))
    runs = runs_folder()
    checkpoints = Checkpoints(runs / fingerprint(facts)[:32], say if first else lambda line: None)
    with ExitStack() as stack:
        if first:
            stack.enter_context(lock(_lock_folder(out), f"{out} is being made"))
            stack.enter_context(lock(checkpoints.folder, "the same training is being done"))
            remove_abandoned(runs, say)
            write_facts(checkpoints.folder, facts)
        with ExitStack() as drafts:
            # Opened before the first step: a folder that cannot be written to is an error now.
            opened = drafts.enter_context(outputs.drafts()) if first else None
            result = _train(job, checkpoints, record, keep_epochs=bool(epochs), every=every, limit=limit)
            if opened:
                opened.write(job, result.history, checkpoints.folder)
        if first:
            checkpoints.remove()
    if first:
        _log_result(job, result)
    job.accelerator.end_training()


def _train(
    job: TrainingJob, checkpoints: Checkpoints, record: Path, *, keep_epochs: bool, every: float, limit: float
) -> TrainingResult:
    """Train from the last checkpoint on. Models of epochs that are kept are saved beside the checkpoints.

    Live figures are those of the run that `record` is to hold. Raises Stopped after a signal or `limit` seconds.
    """
    accelerator = job.accelerator
    first = accelerator.is_main_process
    checkpointing = job.params["memory"]["gradient_checkpointing"]
    with accelerator.autocast():
        flops = training_flops(job.model.to(accelerator.device), job.rows[:FLOPS_ROWS], job.objective, checkpointing)
    steps = job.params["epochs"] * -(-len(job.rows) // job.params["batch_size"])

    def stop_code(seconds: float) -> int:
        return signals[0] if signals else OUT_OF_TIME if seconds >= limit else 0

    def on_resume(state: State) -> None:
        progress.began -= state.seconds
        progress.advance(state.step)
        for row in state.history:
            write_live(row)
        if first:
            say(f"continuing from step {state.step} of {steps}, saved {_in_words(time.time() - state.saved)} ago")

    def on_step(step: int, steps: int, row: dict[str, Any]) -> None:
        write_live(row)
        if row["split"] == "train":
            progress.advance(1, f"loss {row['loss']:.3f}, {row['tokens_per_second']:.0f} tokens/s")
        elif first:
            errors = f", {row['errors']:.1%} errors" if "errors" in row else ""
            say(f"epoch {row['epoch']}: validation loss {row['loss']:.4f} nats a {job.unit}{errors}")

    def on_epoch(epoch: int) -> None:
        if first and keep_epochs:
            try:
                # Beside the checkpoints, so that a run that continues has the earlier epochs.
                with written(checkpoints.folder / epoch_folder(epoch), mark=IDENTITY) as draft:
                    draft.mkdir()
                    job.save(draft)
            except UserError as error:  # the checkpoints are still usable
                raise Stopped(f"error: {error}; {policy.how_to_continue()}", 1) from error

    with (
        live_figures(record, quiet=not first) as write_live,
        Progress(steps, "train", "step", quiet=not first) as progress,
        stoppable(quiet=not first) as signals,
    ):
        policy = CheckpointPolicy(
            checkpoints, accelerator, steps, every=every, stop_code=stop_code, log=say, on_resume=on_resume
        )
        try:
            result = train(
                job.model,
                job.rows,
                job.validation,
                job.objective,
                accelerator=accelerator,
                flops_per_token=flops,
                on_step=on_step,
                on_epoch=on_epoch,
                checkpoint=policy,
                **{name: job.params[name] for name in LOOP_SETTINGS},
            )
            policy.stop(max(signals, default=0))  # a signal after the last step: writing the output may take long
        except Interrupted as stop:
            raise Stopped(f"stopped by {_REASONS[stop.code]}: {stop}" if first else "", stop.code) from None
        except UserError:  # such as a loss that is not finite: there is nothing to continue from
            if first and policy.loaded:
                checkpoints.remove()
            raise
    return result


def _log_result(job: TrainingJob, result: TrainingResult) -> None:
    best = "fewest validation errors" if job.objective.errors else "lowest validation loss"
    why = best if job.validation else "the last: there are no validation rows to choose by"
    flops = sum(row.get("flops", 0.0) for row in result.history)
    say(f"kept epoch {result.best_epoch} ({why}); trained {result.seconds:.0f} s, about {flops:.2g} operations")


def _seconds(variables: Mapping[str, str], name: str, default: float, least: float) -> float:
    text = variables.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value < math.inf:
        raise UserError(
            f"{name} must be a number of seconds, at least {least:g}, it is {text!r}: set it to 300, or unset it"
        )
    return value


def _lock_folder(out: Path) -> Path:
    """Return the folder that is locked while `out` is made: a run goes on when the dvc that started it is killed."""
    return runs_folder() / f"out-{fingerprint({'out': str(out.resolve())})[:32]}"


def _in_words(seconds: float) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return f"{max(round(seconds), 0)} seconds"
