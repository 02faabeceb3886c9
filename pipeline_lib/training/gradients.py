"""The gradients of the loss on rows; on a CPU in parts of the rows, each on a core of its own.

torch shares every operation among all cores, and at its end each core waits for the others: thousands of times a step,
and each time as long as another program has one of them. Parts of the rows wait for one another once.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from accelerate import Accelerator
from torch.nn import Dropout

from pipeline_lib.training.objective import Objective


def most_parts(weights: int, trained: int) -> int:
    """Return in how many parts a CPU computes rows at most, for a model with so many weights, so many of them trained.

    Each part has gradients of its own, together at most as many as the model has weights.
    """
    return min(torch.get_num_threads(), weights // trained)


@dataclass(frozen=True)
class Gradients:
    """Adds gradients to the trained `weights` of `model`; the same bits for the same rows and the same threads."""

    model: Any
    weights: Sequence[torch.Tensor]
    objective: Objective
    accelerator: Accelerator

    def add(self, rows: Sequence[Any], targets: int) -> torch.Tensor:
        """Add the gradients of the mean loss, over `targets`, of rows in memory at once; return their loss in nats."""
        parts = min(self._most_parts, len(rows))
        if parts < 2:
            with self.accelerator.autocast():
                nll = self.objective.nll(self.model, rows)
            self.accelerator.backward(nll / targets)
            return nll.detach()
        return self._add_in_parts(rows, targets, parts)

    @cached_property
    def _most_parts(self) -> int:
        """In how many parts rows are computed at most: one where more would not do the same."""
        if self.accelerator.device.type != "cpu" or _draws_random_numbers(self.model):  # threads would share them
            return 1
        trained = sum(weight.numel() for weight in self.weights)
        return most_parts(sum(weight.numel() for weight in self.model.parameters()), trained)

    def _add_in_parts(self, rows: Sequence[Any], targets: int, parts: int) -> torch.Tensor:
        by_length = sorted(rows, key=lambda row: len(row.ids))
        all_cores = torch.get_num_threads()
        torch.set_num_threads(all_cores // parts)  # MKL has one number for all threads
        try:
            asked = partial(self._of_part, targets=targets, cores=all_cores // parts)
            found = list(self._pool.map(asked, [by_length[part::parts] for part in range(parts)]))
        finally:
            torch.set_num_threads(all_cores)
        for _, gradients in found:  # in the order of the parts: a sum in another order has other bits
            for weight, gradient in zip(self.weights, gradients, strict=True):
                if gradient is not None:
                    weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)
        return torch.stack([nll for nll, _ in found]).sum()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._most_parts, "rows")

    def _of_part(
        self, rows: Sequence[Any], targets: int, cores: int
    ) -> tuple[torch.Tensor, tuple[torch.Tensor | None, ...]]:
        """Return the loss of rows in nats and the gradients of the weights, None where a weight has none."""
        torch.set_num_threads(cores)  # of this thread
        with self.accelerator.autocast():
            nll = self.objective.nll(self.model, rows)
        return nll.detach(), torch.autograd.grad(nll / targets, self.weights, allow_unused=True)


def _draws_random_numbers(model: Any) -> bool:
    """Return whether a step of training draws any: whether a layer of the model, or its configuration, has dropout."""
    held = [vars(layer) | ({"dropout": layer.p} if isinstance(layer, Dropout) else {}) for layer in model.modules()]
    if hasattr(model, "config"):
        held.append(model.config.to_dict())
    return any(
        "drop" in name and isinstance(value, float) and value > 0 for values in held for name, value in values.items()
    )
