"""Grouped attention: the outputs and gradients of transformers' eager attention, for every architecture."""

from functools import partial

import pytest
import torch

from pipeline_lib.models import grouped_attention
from pipeline_lib.models.grouped_attention import _Attention
from pipeline_lib.models.loading import load_causal, locate

IDS = torch.tensor([[5, 77, 130, 42, 9, 11, 23], [8, 8, 21, 90, 3, 60, 2]])
PADDED = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])


def loaded(folder, attention: str, dtype=torch.float32):
    model = load_causal(locate(str(folder)), dtype)
    model.set_attn_implementation(attention)
    assert model.config._attn_implementation == attention
    return model


@pytest.mark.parametrize("kind", ["llama", "gemma", "gemma2", "gemma3", "gpt2"])
def test_outputs_and_gradients_are_those_of_eager_attention(kind, request):
    folder, found = request.getfixturevalue(f"{kind}_folder"), {}
    for attention in ("eager", grouped_attention.NAME):
        model = loaded(folder, attention)
        logits = model(input_ids=IDS, attention_mask=PADDED).logits[PADDED.bool()]
        (logits**2).sum().backward()
        found[attention] = logits.detach(), {name: weight.grad for name, weight in model.named_parameters()}
    (expected, wanted), (logits, gradients) = found.values()
    assert torch.allclose(logits, expected, rtol=1e-4, atol=1e-5)
    for name, gradient in wanted.items():
        if gradient is not None:
            assert (gradients[name] - gradient).norm() <= 1e-5 * gradient.norm() + 1e-7, name


def test_tokens_one_by_one_with_a_cache_are_those_at_once(llama_folder):
    model = loaded(llama_folder, grouped_attention.NAME)
    with torch.no_grad():
        at_once, cache, one_by_one = model(input_ids=IDS).logits, None, []
        for place in range(IDS.shape[1]):
            out = model(input_ids=IDS[:, place : place + 1], past_key_values=cache, use_cache=True)
            cache = out.past_key_values
            one_by_one.append(out.logits)
    assert torch.allclose(torch.cat(one_by_one, 1), at_once, atol=1e-4)


def test_dropout_and_capped_scores_are_the_architectures_own(llama_folder, gemma2_folder):
    # Gemma 2 caps its scores: near 1 the cap of the toy changes them.
    model = loaded(gemma2_folder, grouped_attention.NAME)
    with torch.no_grad():
        capped = model(input_ids=IDS).logits
        for layer in model.model.layers:
            layer.self_attn.attn_logit_softcapping = None
        assert not torch.equal(model(input_ids=IDS).logits, capped)
    model = loaded(llama_folder, grouped_attention.NAME).train()
    for layer in model.model.layers:
        layer.self_attn.attention_dropout = 0.5
    with torch.no_grad():
        assert not torch.equal(model(input_ids=IDS).logits, model(input_ids=IDS).logits)


def attended(query, key, value, mask):
    return _Attention.apply(query, key, value, mask, 0.7)


def test_the_derivatives_of_attention():
    torch.manual_seed(1)
    query, key, value = (torch.randn(2, heads, 3, 2, dtype=torch.float64, requires_grad=True) for heads in (4, 2, 2))
    mask = torch.triu(torch.full((3, 3), -1e9, dtype=torch.float64), 1)[None, None]
    for added in (mask, None):
        assert torch.autograd.gradcheck(partial(attended, mask=added), (query, key, value))


def test_of_two_types_it_takes_that_of_autocast(llama_folder):
    # All weights are trained in float32 with products in bf16: rotated queries are float32, values bf16.
    found = {}
    for attention in ("eager", grouped_attention.NAME):
        model = loaded(llama_folder, attention)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(input_ids=IDS, attention_mask=PADDED.flip(1)).logits[PADDED.flip(1).bool()].float()
        (logits**2).sum().backward()
        found[attention] = logits.detach(), {name: weight.grad for name, weight in model.named_parameters()}
    (expected, wanted), (logits, gradients) = found.values()
    assert torch.allclose(logits, expected, atol=0.02)
    for name, gradient in wanted.items():
        assert (gradients[name] - gradient).norm() <= 0.05 * gradient.norm(), name
