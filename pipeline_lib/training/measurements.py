"""What training takes: floating-point operations and memory."""

import sys
from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from pipeline_lib.models.parameter_count import elements
from pipeline_lib.training.objective import Objective

try:
    import resource
except ImportError:  # pragma: no cover (Windows has no such module)
    resource = None  # type: ignore[assignment]


def training_flops(model: Any, rows: Sequence[Any], objective: Objective, checkpointing: bool = False) -> float:
    """Return an estimate of the floating-point operations of training on one token, measured on `rows`.

    torch counts those of a forward pass. The backward pass takes as many again for the gradients of the activations,
    and as many for the gradients of the weights, of which only the trainable share is computed. With gradient
    `checkpointing` the forward pass is done twice.
    """
    weights = list(model.parameters())
    share = sum(elements(w) for w in weights if w.requires_grad) / sum(map(elements, weights))
    with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=_CPU_KERNELS) as counter:
        objective.nll(model, rows)
    return counter.get_total_flops() * (2 + checkpointing + share) / sum(len(row.ids) for row in rows)


def _sdpa_flops(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(query, key, value)


# torch itself counts the attention kernels of GPUs only.
_CPU_KERNELS = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _sdpa_flops}


def peak_memory(device: torch.device) -> float:
    """Return the most memory used so far, in GB (10^9 bytes): of the GPU, or on a CPU of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    if resource is None:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
