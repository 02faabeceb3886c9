"""The device and number format of a stage, and how its process keeps freed memory."""

import ctypes
import os
import sys
from datetime import timedelta
from typing import Any

import torch
from accelerate import PartialState

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.loading import weights_dtype

# How long a process waits for the others: one may fetch a model, or answer rows, much longer than the rest.
PATIENCE = timedelta(hours=12)
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of glibc's malloc.h


def device_and_dtype(precision: str) -> tuple[torch.device, torch.dtype]:
    """Return the device and the type `precision` stands for on it. Raises UserError as weights_dtype does.

    Processes that a launcher started together are connected. Raises UserError where they do not find one another, or
    were started to hold a part of the model each.
    """
    for name in ("FSDP", "DEEPSPEED", "MEGATRON_LM"):
        if os.environ.get(f"ACCELERATE_USE_{name}", "").lower() == "true":
            raise UserError(
                f"the launcher's settings divide the model over processes ({name}), here each process holds a complete "
                "one: set distributed_type: MULTI_GPU, and save memory by the settings of memory and micro_batch_size"
            )
    # With cpu=True processes started together are several; without it each of them takes itself for the only one.
    state = PartialState(cpu=not torch.accelerator.is_available(), timeout=PATIENCE)
    started = int(os.environ.get("WORLD_SIZE", 1)) if "RANK" in os.environ else 1
    if state.num_processes != started:
        raise UserError(
            f"{started} processes were started and each must find the others, this one found {state.num_processes}: "
            "start them by launch.processes, or unset WORLD_SIZE"
        )
    device = state.device
    if device.type == "cpu":
        keep_freed_memory()
    return device, weights_dtype(precision, device)


def product_dtype(device: str, otherwise: torch.dtype) -> torch.dtype:
    """Return the type in which `device` computes products now: autocast's, and without autocast `otherwise`."""
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else otherwise


def copied(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return a CPU's `tensor` on `device`; for a GPU from memory that it reads itself, so that nothing waits for it."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def keep_freed_memory() -> bool:
    """Make this process reuse freed memory instead of returning it to the system; return whether that is supported.

    glibc returns large blocks at once. Where rows differ in length every tensor then needs new pages, which the system
    fills with zeros first: a third of the time of training on dialogues. Without glibc (musl, macOS, Windows) nothing
    changes.
    """
    mallopt = _of_glibc("mallopt")
    return bool(mallopt and mallopt(_M_MMAP_MAX, 0) and mallopt(_M_TRIM_THRESHOLD, -1))


def return_freed_memory() -> bool:
    """Return to the system the memory that keep_freed_memory kept; return whether there was any.

    Kept blocks do not fit all later tensors, so that they add up: without this, 260 steps on dialogues held 20 GB in
    the end and 8 GB at first. Called every few steps, it bounds them by what those steps need.
    """
    trim = _of_glibc("malloc_trim")
    return bool(trim and trim(0))


def _of_glibc(name: str) -> Any:
    """Return a function of glibc; None on a system without it."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
