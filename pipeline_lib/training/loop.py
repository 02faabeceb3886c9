"""The training loop: batches of like length, any number of devices, and a loss that is averaged over a whole step.

Our own loop on accelerate and not a general trainer: with a vocabulary of 49k to 262k the output layer is most of
the work, and a prompt needs none of it; and the loss is averaged over the targets of a whole optimizer step,
however that is cut into micro-batches and processes. What a target is, a token or a label, the objective says.
"""

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from pipeline_lib.core.batches import length_batches
from pipeline_lib.core.errors import UserError
from pipeline_lib.models.batching import epoch_batches
from pipeline_lib.training.checkpoints import State

try:
    import resource
except ImportError:  # pragma: no cover (Windows has no such module)
    resource = None  # type: ignore[assignment]

History = list[dict[str, Any]]


@dataclass(frozen=True)
class Objective:
    """What is minimised: the sum of `nats` over rows, divided by the sum of their `targets`.

    A row is anything with `ids`, its tokens; `targets` counts what the model has to predict of it.
    """

    nats: Callable[[Any, Sequence[Any]], torch.Tensor]  # (model, rows) -> summed cross-entropy, a scalar
    targets: Callable[[Any], int]
    # (model, rows) -> how many rows it has wrong. Where there is one it chooses the epoch, and the loss does not: a
    # classifier that grows surer of its few mistakes has a higher loss and is no worse.
    wrong: Callable[[Any, Sequence[Any]], int] | None = None


class CheckpointPolicy(Protocol):
    """Keeps a run's state, so that it can go on later."""

    def load(self) -> State | None:
        """Return the state to go on from; None starts from the beginning."""

    def due(self, step: int, epoch_end: bool) -> bool:
        """Return whether to save after `step`; an epoch ends with its validation. The same on all processes."""

    def save(self, state: State) -> None:
        """Keep the state; its tensors are the run's own and change with the next step. May raise to end the run."""


@dataclass(frozen=True)
class Trained:
    """What a run leaves: its history (one row a step and one an epoch), and the epoch whose weights were kept."""

    history: History
    best_epoch: int
    seconds: float


def mean_loss(
    model: Any, rows: Sequence[Any], objective: Objective, batch_size: int, accelerator: Accelerator
) -> float:
    """Return the cross-entropy in nats a target, over all rows of all processes, in eval mode."""
    return _held_out(model, rows, objective, batch_size, accelerator)["loss"]


def _held_out(
    model: Any, rows: Sequence[Any], objective: Objective, batch_size: int, accelerator: Accelerator
) -> dict[str, float]:
    """Return {loss}, and {wrong}, the share of rows that are wrong, where the objective counts them."""
    was_training = model.training
    model.eval()
    total = torch.zeros(4, dtype=torch.float64)  # nats, targets, wrong, rows
    mine = rows[accelerator.process_index :: accelerator.num_processes]
    with torch.no_grad(), accelerator.autocast():
        for batch in length_batches([len(row.ids) for row in mine], batch_size):
            these = [mine[row] for row in batch]
            nats = objective.nats(model, these).item()
            missed = objective.wrong(model, these) if objective.wrong else 0
            total += torch.tensor([nats, sum(map(objective.targets, these)), missed, len(these)], dtype=torch.float64)
    model.train(was_training)
    summed, targets, wrong, count = accelerator.reduce(total.float().to(accelerator.device), reduction="sum").tolist()
    return {"loss": summed / targets} | ({"wrong": wrong / count} if objective.wrong else {})


def train(
    model: Any,
    rows: Sequence[Any],
    validation: Sequence[Any],
    objective: Objective,
    *,
    accelerator: Accelerator,
    lr: float,
    epochs: int,
    batch_size: int,
    micro_batch_size: int,
    warmup_ratio: float,
    weight_decay: float,
    max_grad_norm: float,
    seed: int,
    patience: int | None = None,
    flops_per_token: float = 0.0,
    on_step: Callable[[int, int, dict[str, Any]], None] = lambda step, steps, row: None,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    checkpoint: CheckpointPolicy | None = None,
) -> Trained:
    """Train the model's trainable weights in place, and leave it with those of the best epoch.

    `batch_size` examples make an optimizer step, over all processes; at most `micro_batch_size` of them are in memory at
    once. The best epoch is the one with the lowest validation loss, or the fewest wrong validation rows where the
    objective counts them; without validation rows it is the last. After `patience` epochs in a row that are no better
    than the best training stops; None never does. Its row of the history has `kept`.
    `on_step(step, steps, row)` hears of each row of the history as it is made, `on_epoch(epoch)` of the end of each
    epoch, with the epoch's weights in the model. A training row has the targets and the tokens read in the step, its
    seconds, its floating-point operations (from training_flops), an estimate of the seconds left, and the
    most memory held so far, in GB.

    With a `checkpoint` the run goes on from the state it loads, which must be one of a run of the same model, rows,
    settings and number of processes: it ends with the same bits as one that was never interrupted.

    Raises UserError when the loss is not finite, or when training changed nothing.
    """
    device = accelerator.device
    model.to(device).train()
    weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    start = _snapshot(weights)
    plans = [epoch_batches([len(row.ids) for row in rows], batch_size, seed, epoch) for epoch in range(epochs)]
    steps = sum(len(plan) for plan in plans)
    plain = torch.optim.AdamW(_decayed(weights, weight_decay), lr=lr, fused=device.type in ("cpu", "cuda"))
    schedule = LambdaLR(plain, partial(_rate, steps=steps, warm=min(math.ceil(warmup_ratio * steps), steps - 1)))
    optimizer = accelerator.prepare(plain)
    loaded = checkpoint.load() if checkpoint else None
    if loaded:
        _restore(loaded, weights, plain, schedule, accelerator)
    now = loaded or State()
    history = now.history
    began = time.monotonic() - now.seconds

    def save_if_due(epoch_end: bool) -> None:
        if checkpoint and checkpoint.due(now.step, epoch_end):
            now.seconds = time.monotonic() - began
            _capture(now, weights, plain, schedule, accelerator)
            checkpoint.save(now)

    for epoch, plan in enumerate(plans[now.epoch - 1 :], start=now.epoch):
        if patience is not None and now.best_epoch and epoch - 1 - now.best_epoch >= patience:
            break
        if not now.place:  # within an epoch the random numbers go on where they were
            # Dropout restarts from the seed each epoch, and differs between processes.
            torch.manual_seed(seed * 1_000_003 + epoch * 1_009 + accelerator.process_index)
        for batch in plan[now.place :]:
            step_began = time.monotonic()
            rate = schedule.get_last_lr()[0]
            these = [rows[row] for row in batch]
            loss = _step(model, these, objective, accelerator, optimizer, weights, micro_batch_size, max_grad_norm)
            schedule.step()
            now.step, now.place = now.step + 1, now.place + 1
            ended = time.monotonic()
            tokens, seconds = sum(len(row.ids) for row in these), ended - step_began
            history.append(
                {
                    "step": now.step,
                    "epoch": epoch,
                    "split": "train",
                    "loss": loss,
                    "targets": sum(map(objective.targets, these)),
                    "lr": rate,
                    "tokens": tokens,
                    "seconds": seconds,
                    "tokens_per_second": tokens / max(seconds, 1e-9),
                    "flops": tokens * flops_per_token,
                    "seconds_left": (ended - began) / now.step * (steps - now.step),
                    "memory_gb": peak_memory(device),
                }
            )
            if not math.isfinite(loss):
                raise UserError(
                    f"the loss is {loss} at step {now.step} of {steps}: lower lr ({lr:g}), or set precision: fp32"
                )
            on_step(now.step, steps, history[-1])
            save_if_due(epoch_end=False)
        if validation:
            found = _held_out(model, validation, objective, micro_batch_size, accelerator)
            if not math.isfinite(found["loss"]):
                raise UserError(f"the validation loss of epoch {epoch} is {found['loss']}: lower lr ({lr:g})")
            history.append({"step": now.step, "epoch": epoch, "split": "validation", **found})
            on_step(now.step, steps, history[-1])
            held = found.get("wrong", found["loss"])
        else:
            held = -float(epoch)  # the last epoch is kept
        if held < now.best_loss:
            now.best, now.best_loss, now.best_epoch = _snapshot(weights), held, epoch
        now.epoch, now.place = epoch + 1, 0
        on_epoch(epoch)
        save_if_due(epoch_end=True)

    if not all(torch.isfinite(weight).all() for weight in now.best.values()):
        raise UserError(f"the trained weights are not finite after {steps} steps: lower lr ({lr:g})")
    if all(torch.equal(now.best[name], start[name]) for name in weights):
        raise UserError(f"training changed no weight in {steps} steps: raise lr ({lr:g}) or epochs ({epochs})")
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(now.best[name])
    for row in history:
        if row["split"] == "validation" and row["epoch"] == now.best_epoch:
            row["kept"] = 1
    return Trained(history, now.best_epoch, time.monotonic() - began)


def _step(
    model: Any,
    batch: list[Any],
    objective: Objective,
    accelerator: Accelerator,
    optimizer: Any,
    weights: dict[str, torch.Tensor],
    micro_batch_size: int,
    max_grad_norm: float,
) -> float:
    """Take one optimizer step; return the batch's loss in nats a target, over all processes."""
    # Every process knows the whole batch, so the targets to divide by need no communication.
    targets = sum(map(objective.targets, batch))
    mine = batch[accelerator.process_index :: accelerator.num_processes]
    nats = torch.zeros((), device=accelerator.device)
    for at in range(0, len(mine), micro_batch_size):
        with accelerator.autocast():
            loss = objective.nats(model, mine[at : at + micro_batch_size])
        accelerator.backward(loss / targets)
        nats += loss.detach()
    if accelerator.num_processes > 1:
        for weight in weights.values():  # a process without rows of this batch adds nothing
            weight.grad = accelerator.reduce(
                torch.zeros_like(weight) if weight.grad is None else weight.grad, reduction="sum"
            )
    accelerator.clip_grad_norm_(list(weights.values()), max_grad_norm)
    optimizer.step()
    optimizer.zero_grad()
    return (accelerator.reduce(nats, reduction="sum") / targets).item()


def _capture(
    state: State,
    weights: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
    schedule: LambdaLR,
    accelerator: Accelerator,
) -> None:
    """Put into `state` what changes with a step, as it is now."""
    state.weights = weights
    moments = optimizer.state_dict()["state"]
    state.optimizer = {f"{weight}.{key}": value for weight, kept in moments.items() for key, value in kept.items()}
    state.schedule = schedule.state_dict()
    state.scaler = accelerator.scaler.state_dict() if accelerator.scaler else {}
    state.random = {"cpu": torch.get_rng_state()}
    if accelerator.device.type != "cpu":
        state.random["device"] = torch.get_device_module(accelerator.device).get_rng_state()
    for name, one in state.random.items():  # every process has its own, and one of them writes
        state.random[name] = accelerator.gather(one.to(accelerator.device)[None]).cpu()


def _restore(
    state: State,
    weights: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
    schedule: LambdaLR,
    accelerator: Accelerator,
) -> None:
    """Bring weights, optimizer, schedule and random numbers to what they were when `state` was captured."""
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(state.weights[name])
    schedule.load_state_dict(state.schedule)
    kept = optimizer.state_dict()
    for group, rate in zip(kept["param_groups"], schedule.get_last_lr(), strict=True):
        group["lr"] = rate
    for name, value in state.optimizer.items():
        weight_number, key = name.split(".")
        kept["state"].setdefault(int(weight_number), {})[key] = value
    optimizer.load_state_dict(kept)
    if accelerator.scaler:
        accelerator.scaler.load_state_dict(state.scaler)
    torch.set_rng_state(state.random["cpu"][accelerator.process_index])
    if "device" in state.random:
        torch.get_device_module(accelerator.device).set_rng_state(state.random["device"][accelerator.process_index])


def training_flops(model: Any, rows: Sequence[Any], objective: Objective) -> float:
    """Return about how many floating-point operations training on a token takes, measured on `rows`.

    torch counts those of a forward pass. The backward pass takes as many again for the gradients of what is passed on,
    and as many for the gradients of the weights, of which only the trainable share is computed.
    """
    weights = list(model.parameters())
    share = sum(w.numel() for w in weights if w.requires_grad) / sum(w.numel() for w in weights)
    with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=_PROCESSORS) as counter:
        objective.nats(model, rows)
    return counter.get_total_flops() * (2 + share) / sum(len(row.ids) for row in rows)


def _sdpa_flops(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(query, key, value)


# torch knows how to count the attention kernels of GPUs alone.
_PROCESSORS = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _sdpa_flops}


def peak_memory(device: torch.device) -> float:
    """Return the most memory held so far, in GB (10^9 bytes): of the GPU, or of this process on a processor."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    if resource is None:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def _rate(step: int, steps: int, warm: int) -> float:
    """Return the share of the peak rate at `step` (from 0): up over `warm` steps, then down; never 0, a step lost."""
    return min((step + 1) / (warm + 1), (steps - step) / (steps - warm))


def _snapshot(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: weight.detach().to("cpu", copy=True) for name, weight in weights.items()}


def _decayed(weights: dict[str, torch.Tensor], weight_decay: float) -> list[dict[str, Any]]:
    """Return AdamW's groups: matrices decay; biases, norms and scales do not."""
    return [
        {"params": [weight for weight in weights.values() if weight.ndim >= 2], "weight_decay": weight_decay},
        {"params": [weight for weight in weights.values() if weight.ndim < 2], "weight_decay": 0.0},
    ]
