"""The state of a training run on disk, so that a run that was killed goes on where it was, bit for bit.

A checkpoint is one safetensors file, JSON in its header, named after its step and its SHA-256: written beside, synced
and renamed, and what is half-written or damaged does not fit its name. Those of a run lie in a folder of the user's
cache, named after all that decides the result: another setting, row or version never meets an old checkpoint.
"""

import hashlib
import importlib.metadata
import json
import math
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from pipeline_lib.catalog import cache_folder, sha256
from pipeline_lib.errors import UserError
from pipeline_lib.files import remove, write_json

KEPT = 2  # checkpoints of a run: should the newest be damaged, there is one before it
ABANDONED = 30 * 86400  # seconds after which a run that nobody went on with is cleared away
# The modules between a row in tokens and a trained weight: other code, another result.
CODE = ("adapters", "batching", "bundles", "checkpoints", "classifier", "forward", "models", "training")
PACKAGES = ("torch", "transformers", "peft", "accelerate")
# What torch and the libraries below it read, beside the number of threads, and compute otherwise for it.
VARIABLES = ("ATEN_CPU_CAPABILITY", "CUBLAS_WORKSPACE_CONFIG", "DNNL_MAX_CPU_ISA", "MKL_CBWR", "NVIDIA_TF32_OVERRIDE")


@dataclass
class State:
    """Where a run is: all that its next step depends on, but the model, the rows and the settings.

    Names are those of the model's weights; `random` holds the generators' states, (processes, bytes) each.
    """

    step: int = 0  # steps done
    epoch: int = 1  # the epoch under way, from 1
    place: int = 0  # batches done of it
    seconds: float = 0.0  # of training so far
    best_epoch: int = 0  # 0: no epoch is done yet, and `best` is empty
    best_loss: float = math.inf  # or what else chose it: the share of wrong rows
    history: list[dict[str, Any]] = field(default_factory=list)
    schedule: dict[str, Any] = field(default_factory=dict)
    scaler: dict[str, Any] = field(default_factory=dict)  # of fp16
    saved: float = 0.0  # seconds since 1970
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    optimizer: dict[str, torch.Tensor] = field(default_factory=dict)
    random: dict[str, torch.Tensor] = field(default_factory=dict)


FACTS = ("step", "epoch", "place", "seconds", "best_epoch", "best_loss", "history", "schedule", "scaler", "saved")
TENSORS = ("weights", "best", "optimizer", "random")


class Checkpoints:
    """The checkpoints in `folder`, which is one run's; `tell` hears of each that is damaged."""

    def __init__(self, folder: Path, tell: Callable[[str], None] = lambda line: None) -> None:
        """Take the folder; it need not be there yet."""
        self.folder, self.tell = folder, tell
        self._good: list[Path] = []

    def load(self) -> State | None:
        """Return the newest state that is whole; None where there is none."""
        found = sorted(self.folder.glob("*.safetensors"), reverse=True)
        self._good = []
        for path in found:
            try:
                state = _read(path)
            except (OSError, SafetensorError, ValueError, KeyError):
                self.tell(f"the checkpoint of step {int(path.name.split('-')[0])} is damaged: skipped")
            else:
                self._good = [path]
                return state
        if found:
            self.tell("no checkpoint is whole: training starts from the beginning")
        return None

    def save(self, state: State) -> None:
        """Write a state, and remove all but the last two that are whole.

        Raises UserError where it cannot be written; those before it are still there.
        """
        state.saved = time.time()
        facts = {name: getattr(state, name) for name in FACTS}
        if not state.best_epoch:
            del facts["best_loss"]  # infinity is no JSON
        tensors = {
            f"{group}.{name}": tensor.detach().cpu().contiguous()
            for group in TENSORS
            for name, tensor in getattr(state, group).items()
        }
        draft = self.folder / "draft"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_file(tensors, draft, {"state": json.dumps(facts, allow_nan=False)})
            _sync(draft)
            path = self.folder / f"{state.step:08}-{state.epoch:06}-{sha256(draft)}.safetensors"
            os.replace(draft, path)
            _sync(self.folder)
        except (OSError, SafetensorError) as error:
            with suppress(OSError):
                remove(draft)
            why = error.strerror if isinstance(error, OSError) else error
            raise UserError(
                f"cannot write the checkpoint of step {state.step} to {self.folder}: {why}: free some space, or set "
                "TARE_CACHE to another folder"
            ) from error
        self._good = [*(good for good in self._good if good != path), path][-KEPT:]
        for other in set(self.folder.glob("*.safetensors")) - set(self._good):
            with suppress(OSError):
                other.unlink()

    def remove(self) -> None:
        """Remove the folder: the run is done."""
        remove(self.folder)


def runs_folder() -> Path:
    """Return the folder of all runs, in the user's cache: DVC removes outs before it runs a stage again."""
    return cache_folder() / "runs"


@contextmanager
def held(folder: Path, what: str, keeping: str = "*.safetensors") -> Iterator[None]:
    """Hold `folder` for this process, however it ends: a lock of the system's, which kill -9 frees too.

    A folder without files of the pattern `keeping`, which a later run goes on from, is removed at the end.
    Raises UserError where another process holds it, with its number: "`what` by process 123 on NODE".
    """
    lock = FileLock(folder / "lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=1)
        (folder / "pid").write_text(f"{os.getpid()} on {platform.node()}", encoding="utf-8")
    except Timeout as error:
        owner = (folder / "pid").read_text(encoding="utf-8") if (folder / "pid").is_file() else "PID"
        raise UserError(
            f"{what} by process {owner}: wait for it, or stop it (kill {owner.split()[0]}) and run this again"
        ) from error
    except OSError as error:
        raise UserError(
            f"cannot use the folder of checkpoints {folder}: {error.strerror}: set TARE_CACHE to another folder"
        ) from error
    try:
        yield
    finally:
        if not any(folder.glob(keeping)):
            remove(folder)  # while it is held: whoever waits for the lock sees that its file is gone
        lock.release()


def clear_abandoned(runs: Path, tell: Callable[[str], None]) -> None:
    """Remove the runs that nobody went on with for 30 days and no process holds."""
    for folder in sorted(path for path in runs.glob("*") if path.is_dir()):
        lock = FileLock(folder / "lock")
        with suppress(OSError):  # gone meanwhile, or another process's (Timeout is an OSError too)
            if time.time() - folder.stat().st_mtime > ABANDONED:
                with lock.acquire(timeout=0):
                    remove(folder)
                tell(f"removed the checkpoints of a run that nobody went on with for 30 days ({folder.name})")


def fingerprint(facts: dict[str, Any]) -> str:
    """Return the SHA-256 of anything that JSON can hold, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, allow_nan=False).encode()).hexdigest()


def fingerprint_rows(rows: Iterable[Any]) -> str:
    """Return the SHA-256 of rows in tokens: of the data, and of all that was done to it."""
    whole = hashlib.sha256()
    for row in rows:
        whole.update(repr(row).encode())
    return whole.hexdigest()


def fingerprint_tensors(tensors: dict[str, torch.Tensor]) -> str:
    """Return the SHA-256 of tensors: names, types, shapes and bits."""
    whole = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        whole.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return whole.hexdigest()


def fingerprint_files(folder: Path, *endings: str) -> dict[str, str]:
    """Return the SHA-256 of each file in `folder` whose name ends so."""
    return {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name.endswith(endings)}


def code(modules: Iterable[str] = CODE) -> dict[str, str]:
    """Return the SHA-256 of each of our `modules`, by default those that decide what is trained."""
    return {name: sha256(Path(__file__).with_name(f"{name}.py")) for name in modules}


def environment(device: torch.device, precision: str, processes: int = 1) -> dict[str, Any]:
    """Return what decides the bits beside code, rows and settings: versions, device, threads, flags, variables."""
    cuda = device.type == "cuda"
    return {
        **{package: importlib.metadata.version(package) for package in PACKAGES},
        "device": torch.cuda.get_device_name(device) if cuda else device.type,
        "processor": f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
        "precision": precision,
        "processes": processes,
        "threads": torch.get_num_threads(),
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        "cudnn.deterministic": torch.backends.cudnn.deterministic,
        "cudnn.benchmark": torch.backends.cudnn.benchmark,
        "float32_matmul_precision": torch.get_float32_matmul_precision(),
        **{name: os.environ[name] for name in VARIABLES if name in os.environ},
    }


def describe(folder: Path, facts: dict[str, Any]) -> None:
    """Write into a run's folder what its name is the hash of, for a person who looks."""
    write_json(folder / "run.json", facts)


def _read(path: Path) -> State:
    if sha256(path) != path.stem.split("-")[-1]:
        raise ValueError(f"{path} is not what was written")
    groups: dict[str, Any] = {group: {} for group in TENSORS}
    with safe_open(path, framework="pt") as file:
        facts = json.loads(file.metadata()["state"])
        for key in file.keys():  # noqa: SIM118 (it is no dict)
            group, name = key.split(".", 1)
            groups[group][name] = file.get_tensor(key).clone()  # the file may go
    return State(**facts, **groups)


def _sync(path: Path) -> None:
    """Have the disk itself hold a file, or the names in a folder."""
    if path.is_dir() and os.name != "posix":
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
