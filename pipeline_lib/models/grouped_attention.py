"""Attention in which the query heads that share a key are one product, for short rows on a CPU.

transformers' eager attention copies keys and values for each query head, and computes the weights in float32. Here
nothing is copied, and the weights are kept in the type of the queries. Longer rows are better with sdpa, which keeps no
weights. Importing this module makes it known to transformers under NAME.
"""

import sys
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from pipeline_lib.models.device import product_dtype

NAME = "grouped"


def grouped_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return the output (B, T, H, D) of queries (B, H, T, D) for keys and values (B, K, S, D), and None.

    The mask (B or 1, 1, T, S) is added to the scores. What only some architectures have (dropout, capped scores,
    position biases, sinks) is computed by the architecture's own eager attention.
    """
    if dropout or options.get("softcap") or options.get("position_bias") is not None or hasattr(module, "sinks"):
        own = sys.modules[type(module).__module__].eager_attention_forward
        return own(module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **options)
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    return _Attention.apply(query, key, value, attention_mask, scale).transpose(1, 2), None


class _Attention(torch.autograd.Function):
    """softmax(scale Q K' + mask) V, its arguments as those of grouped_attention."""

    @staticmethod
    def forward(
        ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scale: float
    ) -> torch.Tensor:
        batch, heads, rows, size = query.shape
        keys, device = key.shape[1], query.device.type
        dtype = product_dtype(device, query.dtype)
        with torch.autocast(device, enabled=False):  # it does not reach the backward pass: what it casts is cast here
            query = query.to(dtype).reshape(batch * keys, heads // keys * rows, size)
            key, value = key.to(dtype).flatten(0, 1), value.to(dtype).flatten(0, 1)  # (batch * keys, columns, size)
            scores = torch.bmm(query, key.transpose(1, 2)).mul_(scale)
            if mask is not None:
                # The least number of a wider type would be infinite here, and a row of infinities has no softmax.
                scores.view(batch, heads, rows, -1).add_(mask.clamp_min(torch.finfo(dtype).min))
            weights = torch.softmax(scores, -1)
            ctx.save_for_backward(query, key, value, weights)
            ctx.scale = scale
            return torch.bmm(weights, value).view(batch, heads, rows, -1)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        query, key, value, weights = ctx.saved_tensors
        batch, heads, rows, size = gradients[0].shape
        gradient = gradients[0].reshape(*query.shape[:2], size)
        of_value = torch.bmm(weights.transpose(1, 2), gradient)
        of_weights = torch.bmm(gradient, value.transpose(1, 2))
        of_scores = torch._softmax_backward_data(of_weights, weights, -1, weights.dtype).mul_(ctx.scale)
        of_query = torch.bmm(of_scores, key).view(batch, heads, rows, -1)
        of_key = torch.bmm(of_scores.transpose(1, 2), query)
        shape = (batch, query.shape[0] // batch)
        return of_query, of_key.unflatten(0, shape), of_value.unflatten(0, shape), None, None


AttentionInterface.register(NAME, grouped_attention)
AttentionMaskInterface.register(NAME, eager_mask)
