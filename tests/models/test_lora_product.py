"""One operation for a layer and its LoRA weights computes what peft computes, forward and backward."""

from typing import Any

import pytest
import torch
from peft.tuners.lora.layer import Linear

from pipeline_lib.models import lora
from pipeline_lib.models.loading import load_causal, load_classifier, locate
from pipeline_lib.models.lora_product import FusedLinear, _Product
from tests.helpers import toys

IDS = torch.tensor([[5, 77, 130, 42, 9, 11], [8, 8, 21, 90, 3, 60]])
ADAPTER: dict[str, Any] = {"r": 4, "alpha": 8, "target_modules": "all-linear", "seed": 1}
LABELS = ["no", "yes"]


def adapted(folder, *, fused: bool, monkeypatch, dtype=torch.float32, labels=None, dropout=0.0):
    """Return a toy with changed LoRA weights, its layers FusedLinear or peft's own."""
    base = locate(str(folder))
    torch.manual_seed(3)
    model = load_classifier(base, labels, dtype, new_head=True) if labels else load_causal(base, dtype)
    with monkeypatch.context() as patch:
        if not fused:
            patch.setattr(lora, "fuse_lora", lambda model: None)
        model = lora.add_lora(model, **ADAPTER, dropout=dropout, head=["classifier"] if labels else ())
    toys.change_adapter(model, std=0.1)
    return model.train()


def kinds(model) -> set[type]:
    return {type(layer) for layer in model.modules() if isinstance(layer, Linear)}


def learnt_from(model, autocast: bool = False) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Return the logits, and the gradients of the sum of their squares."""
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        logits = model(input_ids=IDS).logits.float()
        (logits**2).sum().backward()
    gradients = {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}
    return logits.detach(), gradients


@pytest.mark.parametrize("kind", ["llama", "gemma3", "encoder"])
def test_outputs_and_gradients_are_pefts(kind, request, monkeypatch):
    folder, labels = request.getfixturevalue(f"{kind}_folder"), LABELS if kind == "encoder" else None
    ours, theirs = (adapted(folder, fused=fused, monkeypatch=monkeypatch, labels=labels) for fused in (True, False))
    assert kinds(ours) == {FusedLinear}
    assert kinds(theirs) == {Linear}
    (logits, gradients), (expected, wanted) = learnt_from(ours), learnt_from(theirs)
    assert torch.allclose(logits, expected, rtol=1e-4, atol=1e-5)
    assert gradients.keys() == wanted.keys()
    for name, gradient in gradients.items():
        assert (gradient - wanted[name]).norm() <= 1e-5 * wanted[name].norm(), name


def test_in_bf16_it_is_as_near_to_float32_as_peft(llama_folder, monkeypatch):
    exact = learnt_from(adapted(llama_folder, fused=False, monkeypatch=monkeypatch))[1]
    found = {}
    for fused in (True, False):
        model = adapted(llama_folder, fused=fused, monkeypatch=monkeypatch, dtype=torch.bfloat16)
        _, gradients = learnt_from(model, autocast=True)
        assert {gradient.dtype for gradient in gradients.values()} == {torch.float32}
        found[fused] = sum((gradients[name] - exact[name]).norm() / exact[name].norm() for name in exact) / len(exact)
    assert found[True] < 1.2 * found[False] < 0.1


def test_the_derivatives_of_the_product():
    def drawn(*shape: int, learns: bool = True) -> torch.Tensor:
        return torch.randn(*shape, dtype=torch.float64, requires_grad=learns)

    torch.manual_seed(1)
    x, a, b = drawn(2, 3, 5), drawn(2, 5), drawn(4, 2)
    weight, bias = drawn(4, 5, learns=False), drawn(4, learns=False)
    product = lambda x, a, b: _Product.apply(x, weight, bias, a, b, 0.5)  # noqa: E731
    assert torch.autograd.gradcheck(product, (x, a, b))
    assert torch.autograd.gradcheck(product, (x.detach(), a, b)), "below the first layer nothing is trained"


def test_what_is_not_plain_stays_pefts(llama_folder, gpt2_folder, monkeypatch):
    with_dropout = adapted(llama_folder, fused=True, monkeypatch=monkeypatch, dropout=0.1)
    assert kinds(with_dropout) == {Linear}
    of_gpt2 = adapted(gpt2_folder, fused=True, monkeypatch=monkeypatch)  # its layers are Conv1D
    assert kinds(of_gpt2) == {Linear}
    # Without the adapter, and merged, a layer is what it is in peft.
    ours, theirs = (adapted(llama_folder, fused=fused, monkeypatch=monkeypatch).eval() for fused in (True, False))
    with torch.no_grad(), ours.disable_adapter(), theirs.disable_adapter():
        assert torch.equal(ours(IDS).logits, theirs(IDS).logits)
    with torch.no_grad():
        adapted_logits = ours(IDS).logits
        ours.merge_adapter()
        theirs.merge_adapter()
        assert torch.equal(ours(IDS).logits, theirs(IDS).logits)
        assert torch.allclose(ours(IDS).logits, adapted_logits, atol=1e-4)
