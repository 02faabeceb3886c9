"""The counted memory beside what torch really saves and holds, hand arithmetic, and the order of the changes."""

from functools import partial
from typing import Any

import pytest
import torch
from transformers import DynamicCache

from pipeline_lib.models.configuration import read_config
from pipeline_lib.models.forward import target_nll
from pipeline_lib.models.loading import Base, load_causal
from pipeline_lib.models.lora import add_lora
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.planning.duration import calibrated_seconds, training_seconds
from pipeline_lib.planning.memory_trace import Trace, trace
from pipeline_lib.planning.planned_memory import (
    MemorySettings,
    Planned,
    fitting,
    generation_memory,
    model_builder,
    sizes_of,
    traced,
    training_memory,
    weight_bytes,
)
from pipeline_lib.planning.planned_rows import MicroBatches
from tests.helpers.stages import refused
from tests.helpers.toys import ROOT

LORA: dict[str, Any] = {"r": 4, "target_modules": "all-linear"}
TOYS = ["llama_folder", "gemma_folder", "gemma2_folder", "gemma3_folder", "gpt2_folder"]
NLL = partial(target_nll, pad_id=0)


def rows(count: int, tokens: int = 48) -> list[Encoded]:
    return [Encoded(str(at), [3 + at] * tokens, tokens - 8, 0) for at in range(count)]


def builder(folder, dtype=torch.float32, lora=LORA):
    return model_builder(read_config(folder / "config.json", folder.name), "causal", None, dtype, lora)


def planned(folder, dtype=torch.float32, lora=LORA, device="cpu", **more) -> Planned:
    batches = MicroBatches(rows(8), batch_size=8, seed=42, epochs=2, context=None)
    made = {"epochs": 2, "autocast": None, "micro_batches": batches, "lengths": [48], **more}
    return Planned(build=builder(folder, dtype, lora), nll=NLL, dtype=dtype, device=torch.device(device), **made)


def saved_bytes(folder, count: int, bf16: bool, method: str) -> int:
    """Return what torch saves for the backward pass of a real model until its output layer begins."""
    model = load_causal(Base("toy", None, folder, ""), torch.bfloat16 if bf16 and method == "lora" else torch.float32)
    model = add_lora(model, **LORA, alpha=4, dropout=0.0, seed=0) if method == "lora" else model.requires_grad_(True)
    own = {weight.untyped_storage().data_ptr() for weight in [*model.parameters(), *model.buffers()]}
    saved: dict[int, int] = {}
    sums: list[int] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    model.get_output_embeddings().register_forward_pre_hook(lambda *_: sums.append(sum(saved.values())))
    hooks = torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor)
    with hooks, torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        NLL(model.train(), rows(count))
    return sums[0]


@pytest.mark.parametrize("toy", TOYS)
@pytest.mark.parametrize(("bf16", "method"), [(False, "lora"), (True, "lora"), (True, "full")])
def test_activations_are_what_torch_saves_of_a_real_model(toy, bf16, method, request):
    folder = request.getfixturevalue(toy)
    dtype = torch.bfloat16 if bf16 and method == "lora" else torch.float32
    model = builder(folder, dtype, LORA if method == "lora" else None)()
    found = trace(model, NLL, rows(3), torch.bfloat16 if bf16 else None, training=True)
    # Alive are also the last hidden states and the copies of weights that autocast keeps for its block.
    assert found.activations == pytest.approx(saved_bytes(folder, 3, bf16, method), rel=0.06)
    assert found.peak > found.activations


def test_twice_the_rows_take_twice_the_memory_and_checkpointing_less(llama_folder):
    one, two = (traced(planned(llama_folder), MemorySettings(size)) for size in (4, 8))
    assert two.activations == pytest.approx(2 * one.activations, rel=0.02)
    assert two.flops == 2 * one.flops
    less = traced(planned(llama_folder), MemorySettings(8, gradient_checkpointing=True))
    assert less.peak < 0.75 * two.peak


def test_a_larger_vocabulary_takes_more_for_logits_alone(llama_folder):
    def found(vocabulary: int):
        config = read_config(llama_folder / "config.json", "toy")
        config.vocab_size = vocabulary
        build = model_builder(config, "causal", None, torch.float32, LORA)
        return trace(build(), NLL, rows(2), None, training=True)

    small, large = found(1000), found(51_000)
    assert large.activations == small.activations
    # 16 targets: logits, log-probabilities and their gradient in float32 at least
    assert large.peak - small.peak >= 2 * 16 * 50_000 * 4


def test_parts_of_full_training_by_hand(llama_folder):
    of_all = planned(llama_folder, lora=None)
    sizes = sizes_of(of_all.build())
    parts = training_memory(of_all, sizes, 100, MemorySettings(2))
    weights = sum(weight.numel() for weight in of_all.build().parameters())
    assert (sizes.base, sizes.trained, sizes.adapter) == (weights, weights, 0)
    assert [parts[name] for name in ("program", "weights", "adapter", "gradients", "optimizer", "copies")] == [
        100, 4 * weights, 0, 4 * weights, 8 * weights, 8 * weights,
    ]  # fmt: skip
    on_card = training_memory(planned(llama_folder, lora=None, device="cuda"), sizes, 100, MemorySettings(2))
    assert on_card["copies"] == 0
    assert on_card["freed, not returned"] < parts["freed, not returned"]


@pytest.mark.parametrize(
    ("autocast", "peak", "widths", "kept"),
    [
        (None, 1e9, 100, 0.8e9),
        (None, 3e9, 100, 1.8e9),
        (torch.bfloat16, 1e9, 1, 1.25e9),
        (torch.bfloat16, 3e9, 1, 2.7e9),
        (torch.bfloat16, 1e9, 60, 1.68e9),
        (torch.bfloat16, 1e9, 200, 3.64e9),
    ],
)
def test_a_cpu_keeps_freed_memory_by_what_is_alive_and_by_shapes(
    llama_folder, monkeypatch, autocast, peak, widths, kept
):
    monkeypatch.setattr("pipeline_lib.planning.planned_memory.traced", lambda *_: Trace(int(peak / 2), int(peak), 1.0))
    monkeypatch.setattr("torch.get_num_threads", lambda: 1)
    made = [Encoded(str(size), [0] * 32 * size, 1, 0) for size in range(1, 1 + widths)]  # widths of their own
    batches = MicroBatches(made, batch_size=1, seed=1, epochs=1, context=None)
    run = planned(llama_folder, autocast=autocast, micro_batches=batches)
    parts = training_memory(run, sizes_of(run.build()), 100, MemorySettings(2))
    assert parts["freed, not returned"] == kept
    assert parts["activations"] + parts["logits and working"] == peak


@pytest.mark.parametrize("threads", [1, 2])
def test_quantized_weights_are_restored_by_each_thread_forward_and_backward(llama_folder, monkeypatch, threads):
    monkeypatch.setattr("pipeline_lib.planning.planned_memory.most_parts", lambda *_: threads)
    run = planned(llama_folder, torch.bfloat16, autocast=torch.bfloat16)
    sizes = sizes_of(run.build())
    plain, restored = (
        training_memory(run, sizes, 100, MemorySettings(2, quantization=kind))["freed, not returned"]
        for kind in ("none", "nf4")
    )
    assert restored - plain == 2 * threads * sizes.quantizable * 2


def test_lora_and_four_bits_by_hand(llama_folder):
    sizes = sizes_of(builder(llama_folder, torch.bfloat16)())
    # Two layers of hidden 32, 4 heads, 2 key-value heads, intermediate 64: q and o, k and v, gate, up and down.
    linear = 2 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 64)
    sides = 2 * (2 * (32 + 32) + 2 * (32 + 16) + 3 * (32 + 64))
    assert (sizes.quantizable, sizes.largest, sizes.adapter) == (linear, 32 * 64, 4 * sides)
    assert sizes.trained == sizes.adapter
    assert weight_bytes(sizes, torch.bfloat16, "none") == 2 * sizes.base
    assert weight_bytes(sizes, torch.bfloat16, "nf4") == int(2 * (sizes.base - linear) + linear * (4.125 + 1 / 512) / 8)
    assert weight_bytes(sizes, torch.bfloat16, "int8") == 2 * (sizes.base - linear) + linear


def test_the_cache_is_as_large_as_that_of_a_real_model(gemma_folder):
    of_all = planned(gemma_folder)
    reading = trace(of_all.build(), NLL, rows(2), None, training=False)
    config, sizes = of_all.build().config, sizes_of(of_all.build())
    parts = generation_memory(config, sizes, torch.float32, reading, 0, rows=3, tokens=20)
    cache = DynamicCache()
    model = load_causal(Base("toy", None, gemma_folder, ""), torch.float32)
    with torch.no_grad():
        model(torch.ones(3, 20, dtype=torch.int64), past_key_values=cache)
    layers: list[Any] = cache.layers
    real = sum(part.nbytes for layer in layers for part in (layer.keys, layer.values))
    assert parts["KV cache"] == real


def test_changes_come_in_the_order_of_what_they_cost():
    def need(settings: MemorySettings) -> int:
        size = 100 * settings.micro_batch_size // (4 if settings.gradient_checkpointing else 1)
        return size + (10 if settings.quantization == "nf4" else 100)

    now = MemorySettings(8)
    assert fitting(need, 1000, now, "lora") == (now, 900)
    assert fitting(need, 350, now, "lora") == (MemorySettings(2), 300)
    assert fitting(need, 150, now, "lora") == (MemorySettings(2, True), 150)
    assert fitting(need, 40, now, "lora") == (MemorySettings(1, True, "nf4"), 35)
    assert fitting(need, 40, now, "full") is None
    assert fitting(need, 30, now, "lora") is None


def test_the_widest_micro_batch_is_one_that_training_makes():
    made = [Encoded(str(size), [0] * size, 1, 0) for size in (5, 90, 7, 8, 6, 9, 10)]
    found = MicroBatches(made, batch_size=4, seed=1, epochs=1, context=None).widest(2)
    assert 90 in [len(row.ids) for row in found]
    assert len(found) <= 2


def test_shapes_are_those_of_the_parts_of_all_micro_batches():
    made = [Encoded(str(size), [0] * size, 1, 0) for size in (5, 5, 90, 90, 300, 310, 290)]

    def shapes(size: int, parts: int) -> int:
        return MicroBatches(made, batch_size=7, seed=1, epochs=2, context=None).shapes(size, parts)

    assert shapes(1, 1) == shapes(1, 2) == 3  # 5, 90, and 320 for the three long ones
    assert shapes(7, 1) == 1  # all rows, as wide as the longest
    assert shapes(7, 7) == 3
    # In order of length 5, 90, 290, 310 and 5, 90, 300.
    assert shapes(7, 2) == 2


def test_an_architecture_without_such_code_is_not_known(llama_folder):
    def reads_a_value(model, batch):
        return torch.ones(()) * float(torch.zeros(()).item())

    model = builder(llama_folder)()
    refused("memory of a llama model is not known", trace, model, reads_a_value, rows(1), None, training=True)


def test_seconds_by_hand():
    steps = [{"seconds": 99.0, "tokens": 10}, {"seconds": 2.0, "tokens": 10}, {"seconds": 4.0, "tokens": 20}]
    # 0.2 s a token; a validation token takes 1 of the 2.5 passes of a training token
    assert calibrated_seconds(steps, 0.5, 100, 25, epochs=2) == pytest.approx(2 * 0.2 * (100 + 10))
    assert training_seconds(10.0, 0.5, 100, 25, 2, speed=100.0) == pytest.approx(10 * (250 + 25) * 2 / 50)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("gemma-2b-it", 2_506_172_416),
        ("Llama-3.2-1B", 1_235_814_400),
        ("Llama-3.2-3B", 3_212_749_824),
        ("Qwen3-0.6B", 596_049_920),
    ],
)
def test_configurations_have_the_published_number_of_parameters(name, parameters):
    config = read_config(ROOT / "benchmarks" / "model_configs" / name / "config.json", name)
    assert sizes_of(model_builder(config, "causal", None, torch.bfloat16, LORA)()).base == parameters
