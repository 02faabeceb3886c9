"""How long a training will take: from its operations and this machine's speed, or from real steps."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch

PRODUCTS = 0.5  # of training's time that is products at full speed; the rest is small products, sums and norms


def product_speed(dtype: torch.dtype, device: torch.device, hidden: int, wide: int, seconds: float = 0.3) -> float:
    """Return floating-point operations a second of products of 512 tokens with a layer of this size."""
    left = torch.ones(512, hidden, dtype=dtype, device=device)
    right = torch.ones(hidden, wide, dtype=dtype, device=device)
    _ = left @ right  # the first one is slower
    began, products = time.perf_counter(), 0
    while time.perf_counter() - began < seconds or not products:
        (left @ right)[0, 0].item()  # waits for the device
        products += 1
    return products * 2 * 512 * hidden * wide / (time.perf_counter() - began)


def training_seconds(
    forward_flops: float, trained_share: float, train_tokens: int, validation_tokens: int, epochs: int, speed: float
) -> float:
    """Return a rough estimate; `forward_flops` is of one token.

    A backward pass computes as much as the forward pass for the activations, and again for the share of the weights
    that is trained, as in training.measurements. Validation has forward passes only.
    """
    once = forward_flops * ((2 + trained_share) * train_tokens + validation_tokens)
    return once * epochs / (speed * PRODUCTS)


def calibrated_seconds(
    steps: Sequence[Mapping[str, Any]], trained_share: float, train_tokens: int, validation_tokens: int, epochs: int
) -> float:
    """Return the time by rows of the history of some steps; the first of several is left out, it is slower."""
    counted = steps[1:] or steps
    a_token = sum(row["seconds"] for row in counted) / sum(row["tokens"] for row in counted)
    return a_token * epochs * (train_tokens + validation_tokens / (2 + trained_share))
