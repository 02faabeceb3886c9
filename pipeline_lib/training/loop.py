"""The training loop: batches of similar length, any number of devices, and a loss averaged over a complete step.

Our own loop on accelerate and not a general trainer: with a vocabulary of 49k to 262k the output layer is most of the
work, and it is not needed on the prompt; and the loss is averaged over the targets of a complete optimizer step,
however it is divided into micro-batches and processes. The objective says what a target is, a token or a label.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from torch.optim.lr_scheduler import LambdaLR

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.batching import epoch_batches
from pipeline_lib.models.device import return_freed_memory
from pipeline_lib.training.gradients import Gradients
from pipeline_lib.training.measurements import peak_memory
from pipeline_lib.training.objective import Objective, evaluate
from pipeline_lib.training.state import State, capture, restore

STEPS_TO_TRIM = 30  # steps after which freed memory is returned; new pages for the next ones take up to 7 s in all

History = list[dict[str, Any]]


class Checkpointing(Protocol):
    """Saves the state of a run, so that the run can continue later."""

    def load(self) -> State | None:
        """Return the state to continue from; None starts from the beginning."""

    def due(self, step: int, epoch_end: bool) -> bool:
        """Return whether to save after `step`; an epoch ends with its validation. The same in all processes."""

    def save(self, state: State) -> None:
        """Save the state, whose tensors change with the next step. May raise to end the run."""


@dataclass(frozen=True)
class TrainingResult:
    """The history of a run (a row for each step and each epoch), and the epoch whose weights were kept."""

    history: History
    best_epoch: int
    seconds: float


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
    checkpoint: Checkpointing | None = None,
) -> TrainingResult:
    """Train the model's trainable weights in place, and set them to those of the best epoch at the end.

    `batch_size` rows make an optimizer step, over all processes; at most `micro_batch_size` of them are in memory at
    once. The best epoch is the one with the lowest validation loss, or the fewest errors where the objective counts
    them; without validation rows it is the last. Its row of the history has `kept`. Training stops after `patience`
    epochs in a row that are not better than the best; None never stops early.

    `on_step(step, steps, row)` gets each row of the history, `on_epoch(epoch)` is called at the end of each epoch with
    the epoch's weights in the model. A training row has the targets and the tokens of the step, its seconds, its
    floating-point operations (tokens times `flops_per_token`), an estimate of the seconds left, and the most memory
    used so far, in GB.

    With a `checkpoint` the run continues from the state it loads, which must be one of a run with the same model, rows,
    settings and number of processes: it ends with the same bits as a run without interruption.

    Raises UserError when the loss is not finite, or when training changed nothing.
    """
    model.to(accelerator.device).train()
    weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    start = _copies(weights)
    plans = [epoch_batches([len(row.ids) for row in rows], batch_size, seed, epoch) for epoch in range(epochs)]
    steps = sum(len(plan) for plan in plans)
    optimizer = _Optimizer.create(weights, accelerator, lr, weight_decay, warmup_ratio, steps)
    state = _restored(checkpoint, weights, optimizer, accelerator)
    gradients = Gradients(model, list(weights.values()), objective, accelerator)
    run = _Run(
        model, weights, objective, accelerator, gradients, optimizer, state, steps, lr, micro_batch_size, max_grad_norm,
        flops_per_token, on_step, checkpoint, began=time.monotonic() - state.seconds,
    )  # fmt: skip
    for epoch, plan in enumerate(plans[state.epoch - 1 :], start=state.epoch):
        if patience is not None and state.best_epoch and epoch - 1 - state.best_epoch >= patience:
            break
        run.epoch(epoch, [[rows[number] for number in numbers] for numbers in plan], seed)
        run.end_epoch(epoch, validation)
        on_epoch(epoch)
        run.save_if_due(epoch_end=True)
    _keep_best(state, weights, start, steps, lr, epochs)
    return TrainingResult(state.history, state.best_epoch, time.monotonic() - run.began)


@dataclass(frozen=True)
class _Optimizer:
    """AdamW, as it is and as accelerate wraps it for its devices, and the schedule of its learning rate."""

    plain: torch.optim.Optimizer
    prepared: Any
    schedule: LambdaLR

    @classmethod
    def create(
        cls,
        weights: dict[str, torch.Tensor],
        accelerator: Accelerator,
        lr: float,
        weight_decay: float,
        warmup_ratio: float,
        steps: int,
    ) -> "_Optimizer":
        """Return a new one for a run of `steps`."""
        fused = accelerator.device.type in ("cpu", "cuda")
        plain = torch.optim.AdamW(_parameter_groups(weights, weight_decay), lr=lr, fused=fused)
        warmup_steps = min(math.ceil(warmup_ratio * steps), steps - 1)
        schedule = LambdaLR(plain, partial(_rate, steps=steps, warmup_steps=warmup_steps))
        return cls(plain, accelerator.prepare(plain), schedule)


def _restored(
    checkpoint: Checkpointing | None, weights: dict[str, torch.Tensor], optimizer: _Optimizer, accelerator: Accelerator
) -> State:
    """Return the state that `checkpoint` loads, with weights, optimizer and random states set to it, or a new one."""
    loaded = checkpoint.load() if checkpoint else None
    if loaded:
        restore(loaded, weights, optimizer.plain, optimizer.schedule, accelerator)
    return loaded or State()


@dataclass(frozen=True)
class _Run:
    """A run between two steps; arguments as those of train."""

    model: Any
    weights: dict[str, torch.Tensor]
    objective: Objective
    accelerator: Accelerator
    gradients: Gradients
    optimizer: _Optimizer
    state: State
    steps: int
    lr: float
    micro_batch_size: int
    max_grad_norm: float
    flops_per_token: float
    on_step: Callable[[int, int, dict[str, Any]], None]
    checkpoint: Checkpointing | None
    began: float  # the time of step 0, without the time between two starts

    def epoch(self, epoch: int, batches: list[list[Any]], seed: int) -> None:
        """Take the optimizer steps of an epoch that are not taken yet. Raises UserError when the loss is not finite."""
        if not self.state.place:  # within an epoch the restored random state counts
            # Dropout starts from the seed each epoch, and differs between processes.
            torch.manual_seed(seed * 1_000_003 + epoch * 1_009 + self.accelerator.process_index)
        for batch in batches[self.state.place :]:
            self._step(epoch, batch)

    def _step(self, epoch: int, batch: list[Any]) -> None:
        """Take one optimizer step and save the state where that is due."""
        state, began = self.state, time.monotonic()
        rate = self.optimizer.schedule.get_last_lr()[0]
        prepared = self.optimizer.prepared
        loss = _optimize(self.gradients, batch, prepared, self.micro_batch_size, self.max_grad_norm)
        self.optimizer.schedule.step()
        state.step, state.place = state.step + 1, state.place + 1
        row = {"step": state.step, "epoch": epoch, "split": "train", "loss": loss}
        row |= {"targets": sum(map(self.objective.targets, batch)), "lr": rate}
        state.history.append(row | self._measured(sum(len(row.ids) for row in batch), began))
        if not math.isfinite(loss):
            raise UserError(
                f"the loss is {loss} at step {state.step} of {self.steps}: lower lr ({self.lr:g}), or set precision: "
                "fp32"
            )
        self.on_step(state.step, self.steps, state.history[-1])
        if state.step % STEPS_TO_TRIM == 0 and self.accelerator.device.type == "cpu":
            return_freed_memory()
        self.save_if_due(epoch_end=False)

    def _measured(self, tokens: int, step_began: float) -> dict[str, Any]:
        """Return what a step of `tokens` took, and how long the others will take."""
        ended = time.monotonic()
        return {
            "tokens": tokens,
            "seconds": ended - step_began,
            "tokens_per_second": tokens / max(ended - step_began, 1e-9),
            "flops": tokens * self.flops_per_token,
            "seconds_left": (ended - self.began) / self.state.step * (self.steps - self.state.step),
            "memory_gb": peak_memory(self.accelerator.device),
        }

    def end_epoch(self, epoch: int, validation: Sequence[Any]) -> None:
        """Evaluate on the validation rows, and keep a copy of the weights where they are the best so far.

        Raises UserError when the loss is not finite.
        """
        state = self.state
        result = -float(epoch)  # without validation rows the last epoch is kept
        if validation:
            found = evaluate(self.model, validation, self.objective, self.micro_batch_size, self.accelerator)
            if not math.isfinite(found["loss"]):
                raise UserError(f"the validation loss of epoch {epoch} is {found['loss']}: lower lr ({self.lr:g})")
            state.history.append({"step": state.step, "epoch": epoch, "split": "validation", **found})
            self.on_step(state.step, self.steps, state.history[-1])
            result = found.get("errors", found["loss"])
        if result < state.best_loss:
            state.best, state.best_loss, state.best_epoch = _copies(self.weights), result, epoch
        state.epoch, state.place = epoch + 1, 0

    def save_if_due(self, epoch_end: bool) -> None:
        """Save the state where the checkpoints want it now."""
        if self.checkpoint and self.checkpoint.due(self.state.step, epoch_end):
            self.state.seconds = time.monotonic() - self.began
            capture(self.state, self.weights, self.optimizer.plain, self.optimizer.schedule, self.accelerator)
            self.checkpoint.save(self.state)


def _keep_best(
    state: State, weights: dict[str, torch.Tensor], start: dict[str, torch.Tensor], steps: int, lr: float, epochs: int
) -> None:
    """Set the weights to those of the best epoch, and mark its row of the history.

    Raises UserError where they are not finite, or equal those at the `start`.
    """
    if not all(torch.isfinite(weight).all() for weight in state.best.values()):
        raise UserError(f"the trained weights are not finite after {steps} steps: lower lr ({lr:g})")
    if all(torch.equal(state.best[name], start[name]) for name in weights):
        raise UserError(f"training changed no weight in {steps} steps: raise lr ({lr:g}) or epochs ({epochs})")
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(state.best[name])
    for row in state.history:
        if row["split"] == "validation" and row["epoch"] == state.best_epoch:
            row["kept"] = 1


def _optimize(
    gradients: Gradients, batch: list[Any], optimizer: Any, micro_batch_size: int, max_grad_norm: float
) -> float:
    """Take one optimizer step; return the batch's loss in nats a target, over all processes."""
    accelerator, weights = gradients.accelerator, gradients.weights
    # Each process has the complete batch, so the number of targets to divide by needs no communication.
    targets = sum(map(gradients.objective.targets, batch))
    mine = batch[accelerator.process_index :: accelerator.num_processes]
    total = torch.zeros((), device=accelerator.device)  # nats
    for at in range(0, len(mine), micro_batch_size):
        total += gradients.add(mine[at : at + micro_batch_size], targets)
    if accelerator.num_processes > 1:
        for weight in weights:  # a process without rows of this batch adds zeros
            weight.grad = accelerator.reduce(
                torch.zeros_like(weight) if weight.grad is None else weight.grad, reduction="sum"
            )
    accelerator.clip_grad_norm_(weights, max_grad_norm)
    optimizer.step()
    optimizer.zero_grad()
    return (accelerator.reduce(total, reduction="sum") / targets).item()


def _rate(step: int, steps: int, warmup_steps: int) -> float:
    """Return the share of the peak rate at `step` (from 0): linear warm-up, then linear decay.

    It is never 0, which would waste a step.
    """
    return min((step + 1) / (warmup_steps + 1), (steps - step) / (steps - warmup_steps))


def _copies(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: weight.detach().to("cpu", copy=True) for name, weight in weights.items()}


def _parameter_groups(weights: dict[str, torch.Tensor], weight_decay: float) -> list[dict[str, Any]]:
    """Return AdamW's groups: matrices have weight decay; biases, norms and scales do not."""
    return [
        {"params": [weight for weight in weights.values() if weight.ndim >= 2], "weight_decay": weight_decay},
        {"params": [weight for weight in weights.values() if weight.ndim < 2], "weight_decay": 0.0},
    ]
