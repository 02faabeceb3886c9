"""The training loop: loss on target tokens only, logits only there, batches of like length, any number of devices.

Our own loop on accelerate and not a general trainer: with a vocabulary of 49k to 262k the output layer is most of
the work, and a prompt needs none of it; and the loss is averaged over the target tokens of a whole optimizer step,
however that is cut into micro-batches and processes.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from accelerate import Accelerator
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LambdaLR

from pipeline_lib.batching import collate, epoch_batches, length_batches
from pipeline_lib.encoding import Encoded
from pipeline_lib.errors import UserError
from pipeline_lib.forward import target_logits

History = list[dict[str, Any]]


@dataclass(frozen=True)
class Trained:
    """What a run leaves: its history (one row a step and one an epoch), and the epoch whose weights were kept."""

    history: History
    best_epoch: int
    seconds: float


def mean_loss(model: Any, rows: Sequence[Encoded], batch_size: int, accelerator: Accelerator, pad_id: int) -> float:
    """Return the cross-entropy in nats a target token, over all rows of all processes, in eval mode."""
    was_training = model.training
    model.eval()
    total = torch.zeros(2, dtype=torch.float64)  # nats, tokens
    mine = rows[accelerator.process_index :: accelerator.num_processes]
    with torch.no_grad(), accelerator.autocast():
        for batch in length_batches([len(row.ids) for row in mine], batch_size):
            ids, places, labels = _placed(collate([mine[row] for row in batch], pad_id), accelerator.device)
            loss = cross_entropy(target_logits(model, ids, places), labels, reduction="sum")
            total += torch.tensor([loss.item(), len(labels)], dtype=torch.float64)
    model.train(was_training)
    nats, tokens = accelerator.reduce(total.float().to(accelerator.device), reduction="sum").tolist()
    return nats / tokens


def train(
    model: Any,
    rows: Sequence[Encoded],
    validation: Sequence[Encoded],
    *,
    accelerator: Accelerator,
    pad_id: int,
    lr: float,
    epochs: int,
    batch_size: int,
    micro_batch: int,
    warmup: float,
    weight_decay: float,
    clip: float,
    seed: int,
    on_step: Callable[[int, int, dict[str, Any]], None] = lambda step, steps, row: None,
) -> Trained:
    """Train the model's trainable weights in place, and leave it with those of the best epoch.

    `batch_size` examples make an optimizer step, over all processes; at most `micro_batch` of them are in memory at
    once. The best epoch is the one with the lowest validation loss; without validation rows it is the last.
    `on_step(step, steps, row)` hears of each row of the history as it is made.

    Raises UserError when the loss is not finite, or when training changed nothing.
    """
    device = accelerator.device
    model.to(device).train()
    weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    start = _snapshot(weights)
    plans = [epoch_batches([len(row.ids) for row in rows], batch_size, seed, epoch) for epoch in range(epochs)]
    steps = sum(len(plan) for plan in plans)
    plain = torch.optim.AdamW(_decayed(weights, weight_decay), lr=lr, fused=device.type in ("cpu", "cuda"))
    schedule = LambdaLR(plain, partial(_rate, steps=steps, warm=min(math.ceil(warmup * steps), steps - 1)))
    optimizer = accelerator.prepare(plain)
    history: History = []
    best, best_loss, best_epoch = start, math.inf, 0
    began = time.monotonic()
    step = 0

    for epoch, plan in enumerate(plans, start=1):
        # Dropout restarts from the seed each epoch, and differs between processes.
        torch.manual_seed(seed * 1_000_003 + epoch * 1_009 + accelerator.process_index)
        for batch in plan:
            step += 1
            step_began = time.monotonic()
            rate = schedule.get_last_lr()[0]
            loss = _step(
                model, [rows[row] for row in batch], accelerator, optimizer, weights, micro_batch, clip, pad_id
            )
            schedule.step()
            tokens = sum(len(rows[row].ids) for row in batch)
            history.append(
                {
                    "step": step,
                    "epoch": epoch,
                    "split": "train",
                    "loss": loss,
                    "lr": rate,
                    "tokens_per_second": tokens / max(time.monotonic() - step_began, 1e-9),
                }
            )
            if not math.isfinite(loss):
                raise UserError(
                    f"the loss is {loss} at step {step} of {steps}: lower lr ({lr:g}), or set precision: fp32"
                )
            on_step(step, steps, history[-1])
        if validation:
            held = mean_loss(model, validation, micro_batch, accelerator, pad_id)
            if not math.isfinite(held):
                raise UserError(f"the validation loss of epoch {epoch} is {held}: lower lr ({lr:g})")
            history.append(
                {
                    "step": step,
                    "epoch": epoch,
                    "split": "validation",
                    "loss": held,
                    "lr": None,
                    "tokens_per_second": None,
                }
            )
            on_step(step, steps, history[-1])
        else:
            held = -float(epoch)  # the last epoch is kept
        if held < best_loss:
            best, best_loss, best_epoch = _snapshot(weights), held, epoch

    if not all(torch.isfinite(weight).all() for weight in best.values()):
        raise UserError(f"the trained weights are not finite after {steps} steps: lower lr ({lr:g})")
    if all(torch.equal(best[name], start[name]) for name in weights):
        raise UserError(f"training changed no weight in {steps} steps: raise lr ({lr:g}) or epochs ({epochs})")
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(best[name])
    return Trained(history, best_epoch, time.monotonic() - began)


def _step(
    model: Any,
    batch: list[Encoded],
    accelerator: Accelerator,
    optimizer: Any,
    weights: dict[str, torch.Tensor],
    micro_batch: int,
    clip: float,
    pad_id: int,
) -> float:
    """Take one optimizer step; return the batch's loss in nats a target token, over all processes."""
    # Every process knows the whole batch, so the tokens to divide by need no communication.
    tokens = sum(len(row.ids) - row.start for row in batch)
    mine = batch[accelerator.process_index :: accelerator.num_processes]
    nats = torch.zeros((), device=accelerator.device)
    for at in range(0, len(mine), micro_batch):
        ids, places, labels = _placed(collate(mine[at : at + micro_batch], pad_id), accelerator.device)
        with accelerator.autocast():
            loss = cross_entropy(target_logits(model, ids, places), labels, reduction="sum")
        accelerator.backward(loss / tokens)
        nats += loss.detach()
    if accelerator.num_processes > 1:
        for weight in weights.values():  # a process without rows of this batch adds nothing
            weight.grad = accelerator.reduce(
                torch.zeros_like(weight) if weight.grad is None else weight.grad, reduction="sum"
            )
    accelerator.clip_grad_norm_(list(weights.values()), clip)
    optimizer.step()
    optimizer.zero_grad()
    return (accelerator.reduce(nats, reduction="sum") / tokens).item()


def _rate(step: int, steps: int, warm: int) -> float:
    """Return the share of the peak rate at `step` (from 0): up over `warm` steps, then down; never 0, a step lost."""
    return min((step + 1) / (warm + 1), (steps - step) / (steps - warm))


def _placed(tensors: tuple[torch.Tensor, ...], device: torch.device) -> tuple[torch.Tensor, ...]:
    return tuple(tensor.to(device) for tensor in tensors)


def _snapshot(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: weight.detach().to("cpu", copy=True) for name, weight in weights.items()}


def _decayed(weights: dict[str, torch.Tensor], weight_decay: float) -> list[dict[str, Any]]:
    """Return AdamW's groups: matrices decay; biases, norms and scales do not."""
    return [
        {"params": [weight for weight in weights.values() if weight.ndim >= 2], "weight_decay": weight_decay},
        {"params": [weight for weight in weights.values() if weight.ndim < 2], "weight_decay": 0.0},
    ]
