"""Rows with a shared prefix have the losses and gradients that they have one by one."""

import pytest
import torch

from pipeline_lib.models.forward import target_count, target_nll
from pipeline_lib.models.loading import load_causal, locate
from pipeline_lib.models.loss_checks import check_shared_prefixes
from pipeline_lib.models.prefix_sharing import share_prefixes, shared_prefix_inputs
from pipeline_lib.models.tokenization import Encoded
from tests.helpers.stages import refused

PASSAGE = list(range(20, 45))


def row(name: str, question: list[int], answer: list[int], passage: list[int] = PASSAGE) -> Encoded:
    return Encoded(name, [*passage, *question, *answer, 2], len(passage) + len(question), cut=0)


ROWS = [
    row("a", [50, 51, 52], [30, 31]),
    row("b", [50, 53], [33]),
    row("c", [60, 61, 62, 63], [25, 26, 27]),
    row("d", [50, 51], [40], passage=[70, 71, 72]),
]
KEYS = ["one", "one", "one", "two"]


def test_a_combined_row_is_the_shared_prefix_and_the_rest_of_each_row():
    together, alone = share_prefixes(ROWS, KEYS, max_rows=3)
    assert alone is ROWS[3]
    assert together.id == "a and 2 more"
    assert together.ids == [*PASSAGE, 50, 51, 52, 30, 31, 2, 50, 53, 33, 2, 60, 61, 62, 63, 25, 26, 27, 2]
    assert together.start == 28
    assert together.suffixes == (range(25, 31), range(31, 35), range(35, 43))
    assert together.context == (range(31, 33), range(35, 39))
    assert [together.ids[place] for place in together.targets()] == [30, 31, 2, 33, 2, 25, 26, 27, 2]
    assert target_count(together) == sum(map(target_count, ROWS[:3]))
    assert [len(combined.suffixes) for combined in share_prefixes(ROWS, KEYS, max_rows=2)] == [2, 0, 0]
    assert share_prefixes(ROWS, KEYS, max_rows=1) == ROWS
    assert shared_prefix_inputs(ROWS, 32, torch.float32) == {}, "rows alone need no further inputs"
    # Each row keeps a token of its prompt.
    (combined,) = share_prefixes([row("a", [50], [30]), row("b", [50], [31])], ["one", "one"], max_rows=2)
    assert (combined.suffixes, combined.start) == ((range(25, 28), range(28, 31)), 26)


@pytest.mark.parametrize("attention", ["eager", "grouped", "sdpa"])
@pytest.mark.parametrize("kind", ["llama", "gemma", "gpt2"])
def test_losses_and_gradients_are_those_of_the_rows(kind, attention, request):
    base = locate(str(request.getfixturevalue(f"{kind}_folder")), None)
    model = load_causal(base, torch.float32)
    model.set_attn_implementation(attention)
    model.requires_grad_(True)
    alone = target_nll(model, ROWS, pad_id=0)
    alone.backward()
    wanted = {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}
    model.zero_grad()
    together = target_nll(model, share_prefixes(ROWS, KEYS, max_rows=3), pad_id=0)
    together.backward()
    assert together.item() == pytest.approx(alone.item(), rel=1e-5)
    for name, weight in model.named_parameters():
        if name in wanted:
            torch.testing.assert_close(weight.grad, wanted[name], rtol=1e-3, atol=1e-4)


def test_a_window_that_is_too_short_or_attention_across_rows_is_refused(gemma3_folder, llama_folder, monkeypatch):
    gemma, llama = (load_causal(locate(str(folder), None), torch.float32) for folder in (gemma3_folder, llama_folder))
    (combined,) = share_prefixes(ROWS[:3], KEYS[:3], max_rows=3)
    message = r"attends to the last \d+ tokens, 3 rows with a shared prefix have 43: lower prompt.share_prefix"
    refused(message, check_shared_prefixes, gemma, ROWS[:3], combined)
    check_shared_prefixes(llama, ROWS[:3], combined)
    monkeypatch.setattr("pipeline_lib.models.forward.shared_prefix_inputs", lambda rows, longest, dtype: {})
    message = r"3 rows with a shared prefix have a loss of .*; set prompt.share_prefix to 1"
    refused(message, check_shared_prefixes, llama, ROWS[:3], combined)
