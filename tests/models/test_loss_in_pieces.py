"""The loss in pieces is the loss of all at once, with the same gradients and less memory."""

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig

from pipeline_lib.models import forward, loss_in_pieces
from pipeline_lib.models.loss_in_pieces import summed_nll
from pipeline_lib.models.parameter_count import on_meta
from pipeline_lib.planning.memory_trace import trace
from tests.models.test_checkpointing import ROWS, TOYS, gradients


def logits_at_once(monkeypatch, most: int) -> list[int]:
    """Hold at most so many logits at once; return a list that gets how many hidden states each call had."""
    calls = []
    plain = forward.logits
    monkeypatch.setattr(loss_in_pieces, "MOST_LOGITS", most)

    def counted(model, hidden):
        calls.append(len(hidden))
        return plain(model, hidden)

    monkeypatch.setattr(forward, "logits", counted)
    return calls


@pytest.mark.parametrize("method", ["lora", "full"])
@pytest.mark.parametrize("toy", TOYS)
def test_loss_and_gradients_are_those_of_all_at_once(request, monkeypatch, toy, method):
    folder = request.getfixturevalue(toy)
    whole, expected = gradients(folder, ROWS, checkpointing=False, method=method)
    calls = logits_at_once(monkeypatch, 1)
    loss, found = gradients(folder, ROWS, checkpointing=False, method=method)
    assert len(calls) > len(ROWS)
    assert set(calls) == {1}
    assert expected.keys() == found.keys()
    torch.testing.assert_close(loss, whole, rtol=1e-6, atol=0)
    for name, gradient in expected.items():
        assert torch.allclose(found[name], gradient, rtol=1e-4, atol=1e-5), name


@pytest.mark.parametrize("trained", [True, False])
def test_one_piece_is_torchs_own_and_a_later_factor_reaches_every_gradient(monkeypatch, trained):
    torch.manual_seed(0)
    hidden = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    output = torch.nn.Linear(3, 5, dtype=torch.float64).requires_grad_(trained)
    labels = torch.tensor([0, 4, 2, 2, 1, 0, 3])
    weights = [*output.parameters()] if trained else []
    plain = cross_entropy(output(hidden), labels, reduction="sum")
    expected = torch.autograd.grad(plain / 7, [hidden, *weights])
    assert torch.equal(summed_nll(output, hidden, labels, 5, weights), plain)
    monkeypatch.setattr(loss_in_pieces, "MOST_LOGITS", 10)  # two rows a piece, one in the last
    loss = summed_nll(output, hidden, labels, 5, weights)
    torch.testing.assert_close(loss, plain)
    torch.testing.assert_close(torch.autograd.grad(loss / 7, [hidden, *weights]), expected)
    with torch.no_grad():
        without = summed_nll(output, hidden, labels, 5, weights)
    assert not without.requires_grad
    torch.testing.assert_close(without, plain)


def test_it_needs_less_memory_and_the_plan_sees_it(monkeypatch):
    rows = [row for row in ROWS for _ in range(30)]
    config = LlamaConfig(
        vocab_size=20_000, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2
    )

    def peak() -> int:
        return trace(on_meta(config).requires_grad_(True), nll, rows, None, training=True).peak

    def nll(model, rows):
        return forward.target_nll(model, rows, pad_id=2)

    whole = peak()
    logits_at_once(monkeypatch, 20_000 * 32)
    assert peak() < whole / 3
