"""Quantized weights: one line where they cannot be, else an adapter that is trained on them."""

import sys
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
import torch

from pipeline_lib.models import quantization
from pipeline_lib.models.checkpointing import checkpoint_layers
from pipeline_lib.models.forward import target_nll
from pipeline_lib.models.loading import load_causal, locate
from pipeline_lib.models.lora import add_lora
from pipeline_lib.models.parameter_count import count, elements
from pipeline_lib.models.quantization import keep_trainable, quantization_options
from pipeline_lib.models.tokenization import Encoded
from tests.helpers.stages import refused

CPU = torch.device("cpu")
ROWS = [Encoded(str(number), [5, 6, 7, 8, *range(20 + number, 30)], 8, 0) for number in range(3)]
installed = pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="needs requirements-quantization.txt")


def options(kind: str):
    return quantization_options(kind, torch.float32, CPU)


def test_without_the_package_it_is_one_line(monkeypatch):
    monkeypatch.setattr(quantization, "find_spec", lambda name: None)
    assert options("none") == {}
    refused("memory.quantization nf4 needs the package bitsandbytes, which is not installed: pip install -r "
            "requirements-quantization.txt, or set it to none", options, "nf4")  # fmt: skip


@pytest.mark.parametrize(("kind", "layer"), [("nf4", "Linear4bit"), ("int8", "Linear8bitLt")])
def test_where_the_package_does_not_run_it_is_one_line(monkeypatch, kind, layer):
    def broken(*given, **named):
        raise RuntimeError("no kernel\n  for this processor")

    monkeypatch.setattr(quantization, "find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "bitsandbytes", SimpleNamespace(nn=SimpleNamespace(**{layer: broken})))
    refused(rf"memory.quantization {kind} does not run on this machine's cpu \(no kernel for this processor\): set it "
            "to none", options, kind)  # fmt: skip


def test_a_packed_weight_is_counted_as_what_it_stands_for():
    packed = torch.zeros(32, 1, dtype=torch.uint8)
    assert elements(packed) == 32
    setattr(packed, "quant_state", SimpleNamespace(shape=torch.Size([8, 8])))  # noqa: B010 (a tensor has none)
    assert elements(packed) == 64


@installed
@pytest.mark.parametrize(("kind", "near"), [("int8", 0.02), ("nf4", 0.2)])
def test_an_adapter_is_trained_on_rounded_weights(llama_folder, kind, near):
    base, losses, counts, sizes = locate(str(llama_folder)), [], [], []
    for each in ("none", kind):
        model = keep_trainable(load_causal(base, torch.float32, options=options(each)))
        model = add_lora(model, r=4, alpha=8, dropout=0.0, target_modules="all-linear", seed=1).train()
        checkpoint_layers(model)
        with torch.no_grad():  # as a training's first checks
            before = target_nll(model.eval(), ROWS, pad_id=2)
        loss = target_nll(model.train(), ROWS, pad_id=2)
        assert loss.item() == pytest.approx(before.item(), rel=2e-3)
        loss.backward()
        assert any(weight.grad.norm() > 0 for name, weight in model.named_parameters() if "lora_B" in name)
        assert all(weight.requires_grad == ("lora_" in name) for name, weight in model.named_parameters())
        losses.append(loss.item())
        counts.append(count(model))
        sizes.append(sum(weight.numel() * weight.element_size() for weight in model.parameters()))
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=near)
    assert counts[0] == counts[1]
    assert sizes[1] < sizes[0]
