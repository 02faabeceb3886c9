"""Answers and log-likelihoods from one pass over each prompt equal those of separate passes."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from pipeline_lib.inference import generation as asking
from pipeline_lib.inference.generation import generate, shared_batches
from pipeline_lib.inference.loglikelihood import choice_logprobs
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.prefix_sharing import shared_prefix_length
from tests.helpers import toys
from tests.helpers.stages import refused

PASSAGES = [list(range(40, 70)), list(range(84, 62, -1))]
PROMPTS = [
    [*PASSAGES[0], 90, 91], [7, 8, 9], [*PASSAGES[1], 95, 96, 97, 98], [*PASSAGES[0], 90, 92, 93, 94, 95],
    [*PASSAGES[1], 99], [*PASSAGES[0], 80], [11, 12, 13, 14],
]  # fmt: skip
ITEMS = [(prompt, [[50 + number, 51, 52], [60], [61, 62]]) for number, prompt in enumerate(PROMPTS)]


@pytest.fixture(scope="module", params=["llama", "gemma", "gemma2", "gemma3", "gpt2"])
def model_of(request):
    folder = request.getfixturevalue(f"{request.param}_folder")
    base = locate(str(folder))
    return load_causal(base, torch.float32).eval(), load_tokenizer(base)


def test_results_equal_those_of_each_prompt_alone(model_of, monkeypatch):
    model, tokenizer = model_of
    read: Any = []
    kept, counts = dict[int, Any](), list[int]()
    monkeypatch.setattr(asking, "READ_PER_GENERATED", 1)  # short as they are, passages are worth sharing
    real = asking.hidden_after
    monkeypatch.setattr(asking, "hidden_after", lambda *given: read.append(given[1].numel()) or real(*given))
    how: Any = {"eos_id": 2, "max_new_tokens": 5}

    def keep(number, batch):
        return kept.setdefault(number, batch())

    found = generate(model, tokenizer, ITEMS, **how, batch_size=3, keep=keep, on_batch=counts.append)
    assert sum(counts) == len(ITEMS)
    again = generate(model, tokenizer, ITEMS, **how, batch_size=3, keep=lambda number, batch: kept[number])
    assert again == found, "batches may be kept"
    if not getattr(model.config.get_text_config(), "sliding_window", None):
        assert sum(read) < sum(map(len, PROMPTS)), "a passage is read once"
    likely = choice_logprobs(model, ITEMS, pad_id=tokenizer.pad_token_id, batch_size=3)
    alone = [generate(model, tokenizer, [(prompt, [])], **how, batch_size=1) for prompt in PROMPTS]
    assert [completion for _, completion in found] == [completion for ((_, completion),) in alone]
    for (ours, _), theirs in zip(found, likely, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)
    refused("item 1 has an empty prompt", generate, model, tokenizer, [([], [[1]])], **how, batch_size=2)


@pytest.mark.parametrize("ending", ["eos_id", "end-of-text"])
def test_an_answer_ends_at_its_own_token_and_at_end_of_text(llama_folder, ending):
    model = load_causal(locate(str(llama_folder)), torch.float32).eval()

    def answered(eos_id: int, end_of_text: int) -> list[int]:
        spelled = lambda ids, **_: " ".join(map(str, ids))  # noqa: E731
        tokenizer = SimpleNamespace(pad_token_id=0, eos_token_id=end_of_text, decode=spelled)
        [(_, found)] = generate(model, tokenizer, ITEMS[:1], eos_id=eos_id, max_new_tokens=8, batch_size=1)
        assert found.ended == (len(found.text.split()) < 8)
        return [int(token) for token in found.text.split()]

    whole = answered(-1, -1)
    assert len(whole) == 8
    last = next(at for at in range(1, 8) if whole[at] not in whole[:at])
    found = answered(whole[last], -1) if ending == "eos_id" else answered(-1, whole[last])
    assert found == whole[:last]


def test_log_likelihoods_equal_the_models_own_loss(model_of):
    model, tokenizer = model_of
    found = generate(model, tokenizer, ITEMS, eos_id=2, max_new_tokens=1, batch_size=3)
    for (prompt, choices), (likely, _) in zip(ITEMS, found, strict=True):
        for choice, logp in zip(choices, likely, strict=True):
            ids = torch.tensor([[*prompt, *choice]])
            labels = ids.clone()
            labels[:, : len(prompt)] = -100
            with torch.no_grad():
                loss = model(input_ids=ids, labels=labels).loss.item()
            assert -logp == pytest.approx(loss * len(choice), rel=1e-4)


def test_a_uniform_model_has_the_perplexity_of_its_vocabulary(llama_folder):
    base = locate(str(llama_folder))
    model, tokenizer = load_causal(base, torch.float32).eval(), load_tokenizer(base)
    with torch.no_grad():
        model.get_output_embeddings().weight.zero_()
    for likely, _ in generate(model, tokenizer, ITEMS, eos_id=2, max_new_tokens=1, batch_size=4):
        assert likely == pytest.approx([-length * math.log(toys.VOCABULARY) for length in (3, 1, 2)], rel=1e-5)


def test_prompts_with_a_shared_prefix_form_batches_and_the_rest_by_length():
    assert shared_batches(PROMPTS, 3, 1) == [[5, 0, 3], [2, 4], [6, 1]]
    assert (shared_batches(PROMPTS, 2, 1), shared_batches([], 2, 1)) == ([[5, 0], [2, 4], [3, 6], [1]], [])
    # What saves too little goes by length: [5, 0, 3] share 30 tokens, which two of them need not read; [2, 4] share 22.
    assert shared_batches(PROMPTS, 3, 60) == [[5, 0, 3], [2, 4, 6], [1]]
    assert shared_batches(PROMPTS, 3, 61) == [[3, 0, 5], [2, 4, 6], [1]]
    assert shared_batches([[1, 2, 3]] * 5, 2, 1) == [[0, 1], [2, 3], [4]]
    # Each prompt keeps its last token.
    prompts = ([[1, 2, 3], [1, 2, 3]], [[1, 2, 3], [1, 2]], [[1, 2], [3, 2]], [[1]])
    assert [shared_prefix_length(one) for one in prompts] == [2, 1, 0, 0]


def test_each_of_two_processes_answers_its_share_of_the_batches_of_one(model_of, monkeypatch):
    model, tokenizer = model_of
    counted: dict[int, list[int]] = {}

    def answered(process: int, processes: int, others: list) -> tuple[list, list]:
        sent: list = []

        def gathered(own):
            sent.extend(own)
            return own + others

        def kept(number, compute):
            counted.setdefault(process, []).append(number)
            return compute()

        monkeypatch.setattr(asking, "gather_object", gathered)
        how: Any = {"eos_id": 2, "max_new_tokens": 3, "batch_size": 2, "keep": kept}
        found = generate(model, tokenizer, ITEMS, **how, process=process, processes=processes)
        return found, sent

    one, _ = answered(0, 1, [])
    batches = counted.pop(0)
    assert len(batches) == 4
    _, second = answered(1, 2, [])
    two, _ = answered(0, 2, second)
    assert two == one
    assert counted == {0: batches[::2], 1: batches[1::2]}
