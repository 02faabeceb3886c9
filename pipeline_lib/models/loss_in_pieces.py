"""The cross-entropy of hidden states a few at a time, where the logits of all would take too much memory.

With a vocabulary of 262,144 tokens the logits of 1,000 targets take 1 GB in float32, and the loss with its gradient
needs that about three times. The gradients of a piece are computed right after its loss, and only those of the hidden
states are kept: no product is done twice (as in Liger-Kernel, Hsu et al. 2024, arXiv:2410.10989, section 3.2).
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy

MOST_LOGITS = 2**25  # values at once, 128 MiB in float32: 128 targets with a vocabulary of 262,144 tokens


def summed_nll(
    logits: Callable[[torch.Tensor], torch.Tensor],
    hidden: torch.Tensor,
    labels: torch.Tensor,
    vocabulary: int,
    weights: Sequence[torch.Tensor],
) -> torch.Tensor:
    """Return the cross-entropy in nats, summed over hidden states (N, D) with their labels (N,).

    `logits` returns the logits (n, V) of hidden states (n, D); `weights` are those of its weights that are trained.
    """
    size = max(1, MOST_LOGITS // vocabulary)
    if len(hidden) <= size:
        return cross_entropy(logits(hidden), labels, reduction="sum")
    if torch.is_grad_enabled():
        return _Pieces.apply(logits, labels, size, hidden, *weights)
    pairs = zip(hidden.split(size), labels.split(size), strict=True)
    return torch.stack([cross_entropy(logits(piece), own, reduction="sum") for piece, own in pairs]).sum()


class _Pieces(torch.autograd.Function):
    """The loss of pieces, and its gradients with respect to the hidden states and the trained weights."""

    @staticmethod
    def forward(
        ctx: Any,
        logits: Callable[[torch.Tensor], torch.Tensor],
        labels: torch.Tensor,
        size: int,
        hidden: torch.Tensor,
        *weights: torch.Tensor,
    ) -> torch.Tensor:
        losses = []
        of_hidden = torch.empty_like(hidden)
        of_weights = [torch.zeros_like(weight) for weight in weights]
        for start in range(0, len(hidden), size):
            part = slice(start, start + size)
            piece = hidden[part].detach().requires_grad_()
            with torch.enable_grad():
                loss = cross_entropy(logits(piece), labels[part], reduction="sum")
            of_hidden[part], *more = torch.autograd.grad(loss, [piece, *weights])
            for total, gradient in zip(of_weights, more, strict=True):
                total += gradient
            losses.append(loss.detach())
        ctx.save_for_backward(of_hidden, *of_weights)
        return torch.stack(losses).sum()

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return None, None, None, *(gradient * outer[0] for gradient in ctx.saved_tensors)
