"""The language model's objective, and the weights that were trained, for tests of the training loop."""

from functools import partial

import torch

from pipeline_lib.models.forward import target_count, target_nll
from pipeline_lib.training.objective import Objective


def objective(pad_id: int = 2) -> Objective:
    return Objective(partial(target_nll, pad_id=pad_id), target_count)


def learnt(model) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in model.named_parameters() if weight.requires_grad}
