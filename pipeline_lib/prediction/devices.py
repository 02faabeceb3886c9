"""The device that a trained model runs on, by name."""

import torch

from pipeline_lib.core.errors import UserError


def device_named(name: str | None) -> torch.device:
    """Return the device of that name, by default the accelerator or the CPU. Raises UserError where torch lacks it."""
    if name is None:
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # AssertionError: torch was built without that device
        reason = str(error).splitlines()[0]
        raise UserError(f"device must be one that torch has here, like cpu, not {name!r} ({reason})") from error
