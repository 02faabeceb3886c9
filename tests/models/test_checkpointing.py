"""Gradient checkpointing changes the memory of a step and nothing else."""

from typing import Any

import pytest
import torch
from torch.utils.checkpoint import checkpoint
from transformers import BertForSequenceClassification

from pipeline_lib.models.checkpointing import checkpoint_layers
from pipeline_lib.models.forward import target_nll
from pipeline_lib.models.loading import load_causal, load_classifier, locate
from pipeline_lib.models.lora import add_lora
from pipeline_lib.models.prefix_sharing import share_prefixes
from pipeline_lib.models.tokenization import Encoded
from tests.helpers.stages import refused

ROWS = [Encoded(str(number), [5, 6, 7, 8, *range(20 + number, 30)], 8, 0) for number in range(3)]
TOYS = ["llama_folder", "gemma_folder", "gemma2_folder", "gemma3_folder", "gpt2_folder"]


def gradients(folder, rows, *, checkpointing: bool, method: str, dropout: float = 0.0):
    """Return the loss of rows, and the gradients of the weights that are trained."""
    model = load_causal(locate(str(folder)), torch.float32)
    if method == "full":
        model.requires_grad_(True)
    else:
        model = add_lora(model, r=4, alpha=8, dropout=dropout, target_modules="all-linear", seed=1)
    if checkpointing:
        checkpoint_layers(model)
    torch.manual_seed(3)
    loss = target_nll(model.train(), rows, pad_id=2)
    loss.backward()
    return loss, {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}


def counted(monkeypatch) -> list:
    """Return a list that grows by one for each layer that is passed with checkpointing."""
    calls = []

    def count(*given, **named):
        calls.append(1)
        return checkpoint(*given, **named)

    monkeypatch.setattr("transformers.modeling_utils.checkpoint", count)
    return calls


@pytest.mark.parametrize("method", ["lora", "full"])
@pytest.mark.parametrize("toy", TOYS)
def test_loss_and_gradients_are_the_same_bits(request, monkeypatch, toy, method):
    folder, calls = request.getfixturevalue(toy), counted(monkeypatch)
    loss, kept = gradients(folder, ROWS, checkpointing=False, method=method)
    assert not calls
    again, recomputed = gradients(folder, ROWS, checkpointing=True, method=method)
    assert len(calls) == 2, "each of the two layers is computed again"
    assert kept
    assert torch.equal(loss, again)
    assert kept.keys() == recomputed.keys()
    assert all(torch.equal(kept[name], recomputed[name]) for name in kept)


def test_dropout_and_shared_prefixes_are_the_same_bits_too(llama_folder):
    shared = share_prefixes(ROWS, ["a"] * len(ROWS), 3)
    assert len(shared) == 1
    for rows, dropout in ((ROWS, 0.3), (shared, 0.0)):
        one, two = (
            gradients(llama_folder, rows, checkpointing=on, method="lora", dropout=dropout) for on in (False, True)
        )
        assert torch.equal(one[0], two[0])
        assert all(torch.equal(one[1][name], two[1][name]) for name in one[1])


def test_a_classifier_can_too_and_a_model_without_layers_is_refused(encoder_folder):
    model = load_classifier(locate(str(encoder_folder)), ["a", "b"], torch.float32, new_head=True)
    checkpoint_layers(model)
    assert model.is_activation_checkpointing
    assert not hasattr(torch.nn.Linear(2, 2), "activation_checkpointing_enable")

    class Plain(BertForSequenceClassification):
        def activation_checkpointing_enable(self, *settings: Any, **more: Any) -> Any:
            raise ValueError("no layers")

    model.__class__ = Plain
    refused(
        "memory.gradient_checkpointing needs layers that can be computed again, Plain has none",
        checkpoint_layers,
        model,
    )
