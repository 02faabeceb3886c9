"""A stage starts itself in several processes: with torch's launcher, or with accelerate's by a file of its settings.

So the command in dvc.yaml is the same for any number of processes. Arguments are passed on as a list, never through a
shell. Ctrl-C and SIGTERM reach every process, and the stage ends when they have ended, with their exit code.
"""

import logging
import os
import signal
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import Stopped
from pipeline_lib.cli.launched_process import LAUNCHER, LOST, MESSAGES, is_launched, join, message_file
from pipeline_lib.core.errors import UserError

TIME_TO_STOP = 600  # seconds that processes have for their last step and its checkpoint after a signal
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_ONE_PROCESS = ("NO", "MULTI_CPU")  # what accelerate's launcher starts one process for, without MPI
# What divides a model over processes. Ours each hold a complete one and add up gradients themselves.
_DIVIDING = ("FSDP", "DEEPSPEED", "MEGATRON_LM")


def launch(stage: str, argv: Sequence[str] | None, processes: int, config: str | None) -> bool:
    """Run `stage` in several processes and return True, or return False where this process has to do the work.

    stage: its module, as stages.finetune. argv: its arguments; None: those of this process. processes: how many, on
    this machine. config: an accelerate config file that says how to start them, or None. A process that a launcher has
    started does the work.

    Raises UserError for settings that do not fit this machine and where a process is killed, Stopped with the exit
    code where the processes say themselves why they ended.
    """
    if is_launched():
        join()
        return False
    if processes == 1 and config is None:
        return False
    words = ["-m", stage, *(sys.argv[1:] if argv is None else argv)]
    words = [word.replace("$", "$$") for word in words]  # torch fills in ${local_rank}
    start = _torch_start(processes, words) if config is None else _accelerate_start(config, processes, words)
    _started(start)
    return True


def _torch_start(processes: int, words: list[str]) -> Callable[[str], None]:
    """Return what starts so many processes of `python words` on this machine and waits for them."""
    import torch

    available = torch.accelerator.device_count() if torch.accelerator.is_available() else None
    if available is not None and processes > available:
        raise UserError(
            f"launch.processes is {processes}, this machine shows {available} devices to this run: each process needs "
            f"one of its own; set it to {available}, or correct CUDA_VISIBLE_DEVICES"
        )
    threads = max(torch.get_num_threads() // processes, 1)

    def start(folder: str) -> None:
        from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
        from torch.distributed.launcher.api import LaunchConfig, elastic_launch

        how = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=processes, run_id=uuid.uuid4().hex, rdzv_backend="c10d",
            rdzv_endpoint="localhost:0", local_addr="localhost", max_restarts=0, shutdown_timeout=TIME_TO_STOP,
            logs_specs=DefaultLogsSpecs(log_dir=folder),
        )  # fmt: skip
        with _environment({} if "OMP_NUM_THREADS" in os.environ else {"OMP_NUM_THREADS": str(threads)}):
            elastic_launch(how, sys.executable)(*words)

    return start


def _accelerate_start(config: str, processes: int, words: list[str]) -> Callable[[str], None]:
    """Return what starts `python words` as the accelerate config file says and waits for it."""
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import launch_command, launch_command_parser

    if processes != 1:
        raise UserError(
            f"launch takes processes or config, it has processes: {processes} and config: {config}: remove one of them"
        )
    if not Path(config).is_file():
        raise UserError(f"launch.config must be an accelerate config file, {config} is none: correct its path")
    try:
        content = load_config_from_file(config)
        kind, number = str(content.distributed_type).rpartition(".")[2], content.num_processes
    except Exception as error:  # YAML's, JSON's and accelerate's own
        why = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"launch.config {config} is no accelerate config file ({why}): correct it") from error
    if kind in _DIVIDING:
        raise UserError(
            f"launch.config {config} divides the model over processes ({kind}), here each process holds a complete "
            "one: set distributed_type: MULTI_GPU, and save memory by the settings of memory and micro_batch_size"
        )
    if kind in _ONE_PROCESS and number > 1:
        raise UserError(
            f"launch.config {config} asks for {number} processes with distributed_type {kind}, accelerate would start "
            f"one: set launch: {{processes: {number}}} in place of it"
        )
    args = launch_command_parser().parse_args(["--config_file", config, *words])

    def start(folder: str) -> None:
        try:
            launch_command(args)
        except ValueError as error:  # settings that contradict one another
            raise UserError(f"launch.config {config} cannot be used ({error}): correct it") from error

    return start


def _started(start: Callable[[str], None]) -> None:
    """Call `start` with a folder for the processes' messages, and turn how they end into our own exceptions."""
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    with (
        tempfile.TemporaryDirectory(prefix="tare-") as folder,
        _environment({LAUNCHER: str(os.getpid()), MESSAGES: folder}),
        _without_its_log(),
        _signals_restored(),
    ):
        try:
            start(folder)
        except SignalException as error:
            raise Stopped("", 128 + error.sigval) from None
        except ChildFailedError as error:
            codes = {rank: failure.exitcode for rank, failure in error.failures.items()}
            raise _end(codes, folder) from None


def _end(codes: Mapping[int, int], folder: str) -> Exception:
    """Return the exception for processes that ended with these exit codes by their number, negative for a signal."""
    # The others were stopped because of these.
    causes = {rank: code for rank, code in codes.items() if code not in (LOST, -signal.SIGTERM, 128 + signal.SIGTERM)}
    rank, code = min((causes or codes).items())
    if code < 0:
        name = signal.Signals(-code).name
        memory = ", which the system does where memory runs out" if -code == signal.SIGKILL else ""
        return UserError(
            f"process {rank + 1} of this run was ended by {name}{memory}: run the same command again, it continues "
            "from the last checkpoint"
        )
    if rank == 0 and code != LOST:
        return Stopped("", code)  # it has said why
    file = message_file(folder, rank)
    said = file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""
    return Stopped(said or f"error: process {rank + 1} of this run ended with exit code {code} and said nothing", code)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables in the body."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _without_its_log() -> Iterator[None]:
    """Print nothing of what torch and accelerate log of the start and the end of processes, in the body."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def _signals_restored() -> Iterator[None]:
    """Give signals the handlers back that they had before the body."""
    before: dict[signal.Signals, Any] = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
