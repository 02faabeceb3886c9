"""The state of a training run between two steps: everything its next step depends on, captured and restored."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from accelerate import Accelerator
from torch.optim.lr_scheduler import LambdaLR


@dataclass
class State:
    """Everything the next step depends on, except the model's frozen weights, the rows and the settings.

    Tensors have the names of the model's weights; `random` holds the random states, (processes, bytes) each.
    """

    step: int = 0  # steps done
    epoch: int = 1  # the current epoch, from 1
    place: int = 0  # batches done of it
    seconds: float = 0.0  # of training so far
    best_epoch: int = 0  # 0: no epoch is done yet, and `best` is empty
    best_loss: float = math.inf  # or the share of errors, where that chooses the epoch
    history: list[dict[str, Any]] = field(default_factory=list)
    schedule: dict[str, Any] = field(default_factory=dict)
    scaler: dict[str, Any] = field(default_factory=dict)  # of fp16
    saved: float = 0.0  # seconds since 1970
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    optimizer: dict[str, torch.Tensor] = field(default_factory=dict)
    random: dict[str, torch.Tensor] = field(default_factory=dict)


def capture(
    state: State,
    weights: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
    schedule: LambdaLR,
    accelerator: Accelerator,
) -> None:
    """Put into `state` what changes with a step, as it is now. Tensors are not copied."""
    state.weights = weights
    moments = optimizer.state_dict()["state"]
    state.optimizer = {f"{weight}.{key}": value for weight, values in moments.items() for key, value in values.items()}
    state.schedule = schedule.state_dict()
    state.scaler = accelerator.scaler.state_dict() if accelerator.scaler else {}
    state.random = {"cpu": torch.get_rng_state()}
    if accelerator.device.type != "cpu":
        state.random["device"] = torch.get_device_module(accelerator.device).get_rng_state()
    for name, own in state.random.items():  # each process has its own, and one process writes all
        state.random[name] = accelerator.gather(own.to(accelerator.device)[None]).cpu()


def restore(
    state: State,
    weights: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
    schedule: LambdaLR,
    accelerator: Accelerator,
) -> None:
    """Set weights, optimizer, schedule and random states to those that `state` captured."""
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(state.weights[name])
    schedule.load_state_dict(state.schedule)
    loaded = optimizer.state_dict()
    for group, rate in zip(loaded["param_groups"], schedule.get_last_lr(), strict=True):
        group["lr"] = rate
    for name, value in state.optimizer.items():
        weight_number, key = name.split(".")
        loaded["state"].setdefault(int(weight_number), {})[key] = value
    optimizer.load_state_dict(loaded)
    if accelerator.scaler:
        accelerator.scaler.load_state_dict(state.scaler)
    # A copy: of a row that does not stand first in its tensor torch reads other memory.
    own = {name: states[accelerator.process_index].clone() for name, states in state.random.items()}
    torch.set_rng_state(own["cpu"])
    if "device" in own:
        torch.get_device_module(accelerator.device).set_rng_state(own["device"])
