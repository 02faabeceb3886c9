"""The product of a layer and that of its LoRA weights as one operation, with fewer passes over the activations.

peft casts and scales the second product and adds it to the first, each into new memory, forward and backward. Here it
is added to the first where that lies, with the scale in LoRA's own small weights.
"""

from typing import Any

import torch
from peft.tuners.lora.layer import Linear
from torch import nn

from pipeline_lib.models.device import product_dtype


def fuse_lora(model: Any) -> None:
    """Make the LoRA layers in `model`, which have no dropout, FusedLinear.

    Those on anything but nn.Linear (GPT-2's Conv1D, quantized layers) stay as they are.
    """
    for layer in model.modules():
        if type(layer) is Linear and type(layer.base_layer) is nn.Linear:
            layer.__class__ = FusedLinear  # its weights and their names stay


class FusedLinear(Linear):
    """A LoRA layer of peft, with one operation for both products: the same weights, the same result."""

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Return the output (..., out) for `x` (..., in), with the update of the active adapter."""
        if self.disable_adapters or self.merged or len(self.active_adapters) != 1 or args or kwargs:
            return super().forward(x, *args, **kwargs)
        name, base = self.active_adapters[0], self.base_layer
        a, b = self.lora_A[name].weight, self.lora_B[name].weight
        return _Product.apply(x, base.weight, base.bias, a, b, self.scaling[name])


class _Product(torch.autograd.Function):
    """x W' + bias + scale x A' B' for x (..., in), W (out, in), A (r, in), B (out, r); W and bias are not trained."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        a: torch.Tensor,
        b: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        device = x.device.type
        dtype = product_dtype(device, weight.dtype)
        with torch.autocast(device, enabled=False):  # it does not reach the backward pass: what it casts is cast here
            flat = x.flatten(0, -2).to(dtype)  # (tokens, in)
            weight, a, b = weight.to(dtype), a.to(dtype), (b * scale).to(dtype)
            inner = flat @ a.T  # (tokens, r)
            out = nn.functional.linear(flat, weight, None if bias is None else bias.to(dtype))
            out.addmm_(inner, b.T)
        ctx.save_for_backward(flat, weight, a, b, inner)
        ctx.scale, ctx.shape = scale, x.shape
        return out.unflatten(0, x.shape[:-1])

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        flat, weight, a, b, inner = ctx.saved_tensors
        gradient = gradients[0].flatten(0, -2)  # (tokens, out)
        of_inner = gradient @ b
        of_a, of_b = of_inner.T @ flat, (gradient.T @ inner).mul_(ctx.scale)
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = (gradient @ weight).addmm_(of_inner, a).view(ctx.shape)
        return of_x, None, None, of_a, of_b, None
