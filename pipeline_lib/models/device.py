"""Where a stage computes and in what type, with the memory of its process set up for tensors that come and go."""

import ctypes
import sys
from typing import Any

import torch
from accelerate import PartialState

from pipeline_lib.models.loading import weights_dtype

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of glibc's malloc.h


def device_and_dtype(precision: str) -> tuple[torch.device, torch.dtype]:
    """Return the device and what `precision` means on it. Raises UserError for a precision the device has not."""
    device = PartialState().device
    if device.type == "cpu":
        keep_freed_memory()
    return device, weights_dtype(precision, device)


def keep_freed_memory() -> bool:
    """Let this process use freed memory again instead of returning it; return whether it could be asked for.

    glibc gives large blocks back to the system at once. Where rows differ in length every tensor then comes as new
    pages, which the system fills with zeros first: a third of the time of training on dialogues. Elsewhere (musl,
    macOS, Windows) nothing changes.
    """
    mallopt = _of_glibc("mallopt")
    return bool(mallopt and mallopt(_M_MMAP_MAX, 0) and mallopt(_M_TRIM_THRESHOLD, -1))


def return_freed_memory() -> bool:
    """Give back to the system what keep_freed_memory has kept; return whether there was any.

    The next tensors do not fit all the pieces that are kept. Now and then returned, they are no more than what a few
    steps need; without this 260 steps on dialogues came to hold 20 GB, of which the first had needed 8.
    """
    trim = _of_glibc("malloc_trim")
    return bool(trim and trim(0))


def _of_glibc(name: str) -> Any:
    """Return a function of glibc's own; None elsewhere."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
