"""The memory of training and of generation by part, the disk, and the settings with which a run fits.

Bytes throughout. AdamW keeps two float32 numbers a trained weight (Kingma and Ba 2015, arXiv:1412.6980); 64 weights
in 4 bits share a scale of 8 bits, and 256 of these one of 32 (Dettmers et al. 2023, arXiv:2305.14314, section 3).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch

from pipeline_lib.models.checkpointing import checkpoint_layers
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.parameter_count import count, on_meta, with_lora
from pipeline_lib.planning.memory_trace import Nll, Trace, trace
from pipeline_lib.planning.planned_rows import MicroBatches
from pipeline_lib.training.gradients import most_parts

FLOAT = 4  # bytes of a float32: LoRA weights, gradients, moments and copies are float32
# On a CPU freed blocks stay with the process (models.device.keep_freed_memory), and later tensors of another size do
# not fit them. It keeps this share of what is alive at once, at least so many bytes in all, and at least so many for
# each shape that rows are computed in, for at most MOST_SHAPES of them; with autocast (True) more, as there are copies
# in both types and oneDNN keeps its program of each product's shape. From benchmarks.memory.
KEPT_OF_CPU = {False: (0.6, 0.8e9, 0.0), True: (0.9, 1.25e9, 28e6)}
MOST_SHAPES = 130
CARD_PROGRAM = 0.6e9  # CUDA's context and the workspaces of its libraries, before the first tensor
CARD_BLOCKS = 0.1  # of what is alive at once: torch rounds blocks up and cannot use all gaps between them
BITS = {"none": None, "int8": 8.0, "nf4": 4 + 8 / 64 + 32 / (64 * 256)}


@dataclass(frozen=True)
class MemorySettings:
    """The settings that memory depends on."""

    micro_batch_size: int
    gradient_checkpointing: bool = False
    quantization: str = "none"


@dataclass(frozen=True)
class Sizes:
    """Numbers of weights: all of the base model, those of its layers that can be quantized, and those trained."""

    base: int
    quantizable: int
    largest: int  # of the largest layer that can be quantized: it is restored whole for its product
    adapter: int
    trained: int


@dataclass(frozen=True, eq=False)  # one is equal to itself alone, so that `traced` knows it again
class Planned:
    """What is planned: `build` returns the model on meta with its trainable weights; the rest as training has it."""

    build: Callable[[], Any]
    nll: Nll
    micro_batches: MicroBatches
    dtype: torch.dtype  # of the frozen weights, or of all with method full
    autocast: torch.dtype | None
    device: torch.device
    epochs: int
    lengths: Sequence[int]  # tokens of the training rows


def model_builder(
    config: Any, kind: str, labels: int | None, dtype: torch.dtype, lora: Mapping[str, Any] | None
) -> Callable[[], Any]:
    """Return a function that makes the model on meta in `dtype`, with LoRA of {r, target_modules}, None trains all."""

    def build() -> Any:
        model = on_meta(config, kind, labels).to(dtype)
        if lora is None:
            return model.requires_grad_(True)
        return with_lora(model, kind, r=lora["r"], target_modules=lora["target_modules"])

    return build


def sizes_of(model: Any) -> Sizes:
    """Return the numbers of weights of a model of `model_builder`."""
    figures, output = count(model), model.get_output_embeddings()
    layers = [layer for name, layer in model.named_modules() if isinstance(layer, torch.nn.Linear)]
    frozen = [
        layer.weight.numel() for layer in layers if layer is not output and not layer.weight.requires_grad
    ]  # LoRA's own layers are trained
    base, trained = figures["untrained"]["total"], figures["tuned"]["trainable"]
    return Sizes(base, sum(frozen), max(frozen, default=0), figures["tuned"]["total"] - base, trained)


def weight_bytes(sizes: Sizes, dtype: torch.dtype, quantization: str) -> int:
    """Return the bytes of the base model's weights."""
    bits = BITS[quantization]
    if bits is None:
        return sizes.base * dtype.itemsize
    return int((sizes.base - sizes.quantizable) * dtype.itemsize + sizes.quantizable * bits / 8)


@cache
def traced(planned: Planned, settings: MemorySettings) -> Trace:
    """Return the trace of the widest micro-batch, which does not depend on quantization; made once for each."""
    model = planned.build()
    choose_attention(model, planned.lengths, planned.device)
    if settings.gradient_checkpointing:
        checkpoint_layers(model)
    rows = planned.micro_batches.widest(settings.micro_batch_size)
    return trace(model, planned.nll, rows, planned.autocast, training=True)


def training_memory(planned: Planned, sizes: Sizes, program: int, settings: MemorySettings) -> dict[str, int]:
    """Return the bytes of each part at the moment of the most memory; together they are the total.

    `program` is what Python and its libraries take on this machine, or CARD_PROGRAM.
    """
    on_cpu, trained = planned.device.type == "cpu", sizes.trained * FLOAT
    restored = 0 if settings.quantization == "none" else sizes.largest * planned.dtype.itemsize
    found = traced(planned, replace(settings, quantization="none"))
    alive = found.peak + restored
    parts_of_rows = min(most_parts(sizes.base + sizes.adapter, sizes.trained), settings.micro_batch_size)
    parts_of_rows = parts_of_rows if on_cpu and parts_of_rows > 1 else 0
    parts = {
        "program": int(program),
        "weights": weight_bytes(sizes, planned.dtype, settings.quantization),
        "adapter": sizes.adapter * FLOAT,
        "gradients": trained * (1 + parts_of_rows),
        "optimizer": 2 * trained,
        # The first weights, and from the second epoch on the best so far. Of a card they are not on the card.
        "copies": (1 + (planned.epochs > 1)) * trained if on_cpu else 0,
        "activations": found.activations,
        "logits and working": alive - found.activations,
    }
    kept = _kept(planned, sizes, settings, alive, max(parts_of_rows, 1)) if on_cpu else CARD_BLOCKS * alive
    return parts | {"freed, not returned": int(kept)}


def _kept(planned: Planned, sizes: Sizes, settings: MemorySettings, alive: int, threads: int) -> float:
    """Return the bytes of freed memory that the process keeps on a CPU, `alive` being the most that lives at once."""
    share, least, of_shape = KEPT_OF_CPU[planned.autocast is not None]
    shapes = min(planned.micro_batches.shapes(settings.micro_batch_size, threads), MOST_SHAPES)
    # Each thread restores each layer's weights, forward and backward.
    restored = 0 if settings.quantization == "none" else 2 * threads * sizes.quantizable * planned.dtype.itemsize
    return max(share * alive, least, of_shape * shapes) + restored


def generation_memory(
    config: Any, sizes: Sizes, dtype: torch.dtype, reading: Trace, program: int, *, rows: int, tokens: int
) -> dict[str, int]:
    """Return the bytes of each part while `rows` answers are written together, of `tokens` each with their prompts."""
    return {
        "program": int(program),
        "weights": (sizes.base + sizes.adapter) * dtype.itemsize,
        "KV cache": cache_bytes(config, dtype) * rows * tokens,
        "reading the prompts": reading.peak,
    }


def cache_bytes(config: Any, dtype: torch.dtype) -> int:
    """Return the bytes of a token's keys and values: 2 * layers * key-value heads * size, in `dtype`."""
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return 2 * text.num_hidden_layers * heads * size * dtype.itemsize


def disk_bytes(sizes: Sizes, stored: torch.dtype, method: str) -> dict[str, int]:
    """Return what lies on the disk: the base model, the trained one, and checkpoints while training.

    Two checkpoints are kept and a third is written beside them, of weights, best weights and two moments.
    """
    return {
        "base model": sizes.base * stored.itemsize,
        "trained": (sizes.adapter or sizes.base) * FLOAT,
        "checkpoints": 3 * 4 * sizes.trained * FLOAT,
    }


def fitting(
    need: Callable[[MemorySettings], int], limit: float, now: MemorySettings, method: str
) -> tuple[MemorySettings, int] | None:
    """Return the first settings that need at most `limit` bytes, and how much; None where none of these do.

    In the order of what they cost: smaller micro-batches give the same result at nearly the same speed, checkpointing
    computes the forward pass twice, 4 bits change the result.
    """
    micro = [now.micro_batch_size]
    while micro[-1] > 1:
        micro.append(micro[-1] // 2)
    pairs = [(now.gradient_checkpointing, now.quantization), (True, now.quantization)]
    pairs += [(True, "nf4")] if method == "lora" else []
    for checkpointing, quantization in dict.fromkeys(pairs):
        for rows in micro:
            settings = MemorySettings(rows, checkpointing, quantization)
            if (bytes_needed := need(settings)) <= limit:
                return settings, bytes_needed
    return None
