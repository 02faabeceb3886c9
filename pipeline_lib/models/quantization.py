"""The frozen weights of a base model in 8 or 4 bits while an adapter is trained on them (QLoRA, arXiv:2305.14314).

The adapter belongs to the weights as they were: it is answered with, scored, merged and exported on those.
"""

import logging
from importlib.util import find_spec
from typing import Any

import torch
from transformers import BitsAndBytesConfig

from pipeline_lib.core.errors import UserError

PACKAGE = "bitsandbytes"
_OTHER_LAYOUT = "support_avx512bf16_for_cpu"  # of its Linear4bit: whether it has one for answers on this processor


def quantization_options(kind: str, dtype: torch.dtype, device: torch.device) -> dict[str, Any]:
    """Return the options of from_pretrained that load a model on `device` with its linear layers in `kind`.

    kind: none, int8 (8 bits, a scale a row) or nf4 (4 bits, 64 weights a block, the scales themselves quantized).
    dtype: that of the other weights and of what is computed. Embeddings and output layer stay as they are. Raises
    UserError without the package bitsandbytes, and where it does not run on the device.
    """
    if kind == "none":
        return {}
    if find_spec(PACKAGE) is None:
        raise UserError(
            f"memory.quantization {kind} needs the package {PACKAGE}, which is not installed: pip install -r "
            "requirements-quantization.txt, or set it to none"
        )
    try:
        _try_layer(kind, dtype, device)
    except Exception as error:  # what is missing differs by backend: a kernel, a library, a type
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(
            f"memory.quantization {kind} does not run on this machine's {device.type} ({why}): set it to none, or use "
            "a GPU that bitsandbytes supports"
        ) from error
    if kind == "int8":
        config = BitsAndBytesConfig(load_in_8bit=True)
    else:
        config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        )
    return {"quantization_config": config, "device_map": {"": device}}


def keep_trainable(model: Any) -> Any:
    """Return the model, whose quantized layers keep the layout that gradients can pass.

    On a CPU with bf16, bitsandbytes would give 4-bit weights another one, for answers alone, at the first pass in eval
    mode, which a training begins with.
    """
    layer: Any
    for layer in model.modules():
        if hasattr(layer, _OTHER_LAYOUT):
            setattr(layer, _OTHER_LAYOUT, False)
    return model


def _try_layer(kind: str, dtype: torch.dtype, device: torch.device) -> None:
    """Pass values and gradients through a small layer of this kind."""
    logging.getLogger(PACKAGE).setLevel(logging.ERROR)  # it says which faster kernels could be fetched
    import bitsandbytes

    if kind == "int8":
        layer = bitsandbytes.nn.Linear8bitLt(64, 64, bias=False, has_fp16_weights=False)
    else:
        layer = bitsandbytes.nn.Linear4bit(64, 64, bias=False, compute_dtype=dtype, quant_type="nf4")
    inputs = torch.ones(2, 64, dtype=dtype, device=device, requires_grad=True)
    layer.to(device)(inputs).sum().backward()
