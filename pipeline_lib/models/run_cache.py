"""A folder of the user's cache for each run, named by the hash of everything that decides its result, and locked.

Its files can hold what rows say, answers in tokens for one: no other user of the machine may read them.

Runs with equal facts end with the same bits, so that one may continue from the files of another; a run with another
setting, another row or other code has another folder.
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

ABANDONED = 30 * 86400  # seconds after which a run that was not continued is removed

PACKAGES = ("torch", "transformers", "peft", "accelerate")

# Environment variables that change the results of torch and its libraries, besides the number of threads.
VARIABLES = (
    "ATEN_CPU_CAPABILITY", "CUBLAS_WORKSPACE_CONFIG", "DNNL_MAX_CPU_ISA", "GOMP_SPINCOUNT", "MKL_CBWR",
    "NVIDIA_TF32_OVERRIDE", "OMP_WAIT_POLICY",
)  # fmt: skip


def runs_folder() -> Path:
    """Return the folder of all runs. It is in the user's cache because DVC removes outs before it repeats a stage."""
    return cache_folder() / "runs"


@contextmanager
def lock(folder: Path, what: str, keeping: str = "*.safetensors") -> Iterator[None]:
    """Lock `folder` for this process, with a lock of the system, which is released even by kill -9.

    At the end the folder is removed unless it has files of the pattern `keeping`, which a later run can continue from.
    Raises UserError where another process has the lock: "`what` by process 123 on NODE".
    """
    file_lock = FileLock(folder / "lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        file_lock.acquire(timeout=1)
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
            remove(folder)  # before the release: a process that waits for the lock then sees that its file is gone
        file_lock.release()


def remove_abandoned(runs: Path, log: Callable[[str], None]) -> None:
    """Remove the runs that were not continued for 30 days and that no process has locked."""
    for folder in sorted(path for path in runs.glob("*") if path.is_dir()):
        file_lock = FileLock(folder / "lock")
        with suppress(OSError):  # removed meanwhile, or locked by another process (Timeout is an OSError too)
            if time.time() - folder.stat().st_mtime > ABANDONED:
                with file_lock.acquire(timeout=0):
                    remove(folder)
                log(f"removed the checkpoints of a run that was not continued for 30 days ({folder.name})")


def fingerprint(facts: dict[str, Any]) -> str:
    """Return the SHA-256 of `facts` as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, allow_nan=False).encode()).hexdigest()


def fingerprint_rows(rows: Iterable[Any]) -> str:
    """Return the SHA-256 of rows in tokens: it covers the data and the code that read and encoded it."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row).encode())
    return digest.hexdigest()


def fingerprint_tensors(tensors: dict[str, torch.Tensor]) -> str:
    """Return the SHA-256 of tensors: names, types, shapes and bits."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def fingerprint_files(folder: Path, *endings: str) -> dict[str, str]:
    """Return the SHA-256 of each file in `folder` whose name has one of `endings`, by its name."""
    return {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name.endswith(endings)}


def code_hashes(*packages: str) -> dict[str, str]:
    """Return the SHA-256 of each module of our `packages` (models, training, ...), by its path in pipeline_lib."""
    library = Path(__file__).parents[1]
    files = sorted(file for package in packages for file in (library / package).rglob("*.py"))
    return {file.relative_to(library).as_posix(): sha256(file) for file in files}


def environment(device: torch.device, precision: str, processes: int = 1) -> dict[str, Any]:
    """Return what else decides the bits or the speed of a run: versions, device, threads, flags, variables."""
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
    """Write the facts that a run's folder is named by into it, for a person to read."""
    write_json(folder / "run.json", facts)


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk (fsync)."""
    if path.is_dir() and os.name != "posix":
        return  # Windows cannot open folders
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
