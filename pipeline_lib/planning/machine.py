"""What is planned for: a model's configuration without its weights, and the memory and disk of this machine."""

import os
import shutil
from pathlib import Path

import torch

from pipeline_lib.models.parameter_count import find_config
from pipeline_lib.models.registry import CATALOG, cache_folder, kept_in

_CONFIGS = Path(__file__).with_name("catalog")
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")  # "max" where there is none


def config_file(name: str, revision: str | None) -> Path:
    """Return the config.json of a model, as find_config, but of the catalog without fetching: packages hold weights."""
    if name in CATALOG and not kept_in(name).is_dir():
        return _CONFIGS / name / "config.json"
    return find_config(name, revision)


def memory_bytes(device: torch.device) -> float:
    """Return the memory of the GPU, or of this machine or container for a CPU."""
    if device.type == "cuda":
        return float(torch.cuda.get_device_properties(device).total_memory)
    if not hasattr(os, "sysconf"):  # pragma: no cover (Windows)
        return float("inf")
    whole = float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    limit = _CONTAINER_LIMIT.read_text().strip() if _CONTAINER_LIMIT.is_file() else "max"
    return min(whole, float(limit)) if limit.isdigit() else whole


def free_disk() -> int:
    """Return the free bytes of the disk that models and checkpoints are kept on."""
    folder = cache_folder()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
