"""A folder of the user's cache for each run, named by the hash of all that decides its result, and locked.

Runs alike in these facts end with the same bits and may go on with one another's files; a run with another setting,
another row or other code has another folder.
"""

import hashlib
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import remove, write_json
from pipeline_lib.models.registry import cache_folder, sha256

ABANDONED = 30 * 86400  # seconds after which a run that nobody went on with is cleared away

PACKAGES = ("torch", "transformers", "peft", "accelerate")

# What torch and the libraries below it read, beside the number of threads, and compute otherwise for it.
VARIABLES = ("ATEN_CPU_CAPABILITY", "CUBLAS_WORKSPACE_CONFIG", "DNNL_MAX_CPU_ISA", "MKL_CBWR", "NVIDIA_TF32_OVERRIDE")


def runs_folder() -> Path:
    """Return the folder of all runs, in the user's cache: DVC removes outs before it runs a stage again."""
    return cache_folder() / "runs"


@contextmanager
def lock(folder: Path, what: str, keeping: str = "*.safetensors") -> Iterator[None]:
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


def remove_abandoned(runs: Path, tell: Callable[[str], None]) -> None:
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


def code_hashes(*packages: str) -> dict[str, str]:
    """Return the SHA-256 of each module of our `packages` (models, training, ...), by its path in pipeline_lib."""
    library = Path(__file__).parents[1]
    files = sorted(file for package in packages for file in (library / package).rglob("*.py"))
    return {file.relative_to(library).as_posix(): sha256(file) for file in files}


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


def write_facts(folder: Path, facts: dict[str, Any]) -> None:
    """Write into a run's folder what its name is the hash of, for a person who looks."""
    write_json(folder / "run.json", facts)


def sync(path: Path) -> None:
    """Have the disk itself hold a file, or the names in a folder."""
    if path.is_dir() and os.name != "posix":
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
