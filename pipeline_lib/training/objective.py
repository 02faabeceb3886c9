"""What training minimises, and how it is evaluated on validation rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator

from pipeline_lib.core.batches import length_batches


@dataclass(frozen=True)
class Objective:
    """The loss: the sum of `nll` over rows, divided by the sum of their `targets`.

    A row is anything with `ids`, its tokens; `targets` returns how many tokens or labels of a row are predicted.
    """

    nll: Callable[[Any, Sequence[Any]], torch.Tensor]  # (model, rows) -> summed cross-entropy in nats, a scalar
    targets: Callable[[Any], int]
    # (model, rows) -> number of rows predicted wrongly. Where it is given it chooses the epoch instead of the loss: a
    # classifier that becomes surer of its few errors has a higher loss and is not worse.
    errors: Callable[[Any, Sequence[Any]], int] | None = None


def evaluate(
    model: Any, rows: Sequence[Any], objective: Objective, batch_size: int, accelerator: Accelerator
) -> dict[str, float]:
    """Return {"loss"} in nats a target; where the objective counts them also {"errors"}, the share of wrong rows.

    Over the rows of all processes, in eval mode.
    """
    was_training = model.training
    model.eval()
    total = torch.zeros(4, dtype=torch.float64)  # nats, targets, errors, rows
    mine = rows[accelerator.process_index :: accelerator.num_processes]
    with torch.no_grad(), accelerator.autocast():
        for numbers in length_batches([len(row.ids) for row in mine], batch_size):
            batch = [mine[number] for number in numbers]
            nll = objective.nll(model, batch).item()
            errors = objective.errors(model, batch) if objective.errors else 0
            total += torch.tensor([nll, sum(map(objective.targets, batch)), errors, len(batch)], dtype=torch.float64)
    model.train(was_training)
    nll, targets, errors, count = accelerator.reduce(total.float().to(accelerator.device), reduction="sum").tolist()
    return {"loss": nll / targets} | ({"errors": errors / count} if objective.errors else {})
