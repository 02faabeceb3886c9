"""Answers and likelihoods from one reading of each prompt: those of reading it for each by itself."""

import math

import pytest
import torch

from pipeline_lib.core.errors import UserError
from pipeline_lib.inference import generation as asking
from pipeline_lib.inference.generation import generate, shared_batches
from pipeline_lib.inference.loglikelihood import choice_logprobs
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.prefix_sharing import shared_prefix_length
from tests.helpers import toys

PASSAGES = [list(range(40, 70)), list(range(84, 62, -1))]
PROMPTS = [
    [*PASSAGES[0], 90, 91],
    [7, 8, 9],
    [*PASSAGES[1], 95, 96, 97, 98],
    [*PASSAGES[0], 90, 92, 93, 94, 95],
    [*PASSAGES[1], 99],
    [*PASSAGES[0], 80],
    [11, 12, 13, 14],
]
ITEMS = [(prompt, [[50 + number, 51, 52], [60], [61, 62]]) for number, prompt in enumerate(PROMPTS)]


@pytest.fixture(scope="module", params=["llama", "gemma", "gemma2", "gemma3", "gpt2"])
def model_of(request):
    folder = request.getfixturevalue(f"{request.param}_folder")
    base = locate(str(folder))
    return load_causal(base, torch.float32).eval(), load_tokenizer(base)


def test_it_is_what_reading_each_prompt_for_itself_says(model_of, monkeypatch):
    model, tokenizer = model_of
    read = []
    monkeypatch.setattr(asking, "READ_PER_WRITTEN", 1)  # short as they are, passages are worth sharing
    real = asking.hidden_after
    monkeypatch.setattr(asking, "hidden_after", lambda *given: read.append(given[1].numel()) or real(*given))
    found = generate(model, tokenizer, ITEMS, eos_id=2, max_new_tokens=5, batch_size=3)
    tokens = sum(read)
    likely = choice_logprobs(model, ITEMS, pad_id=tokenizer.pad_token_id, batch_size=3)
    alone = [generate(model, tokenizer, [(prompt, [])], eos_id=2, max_new_tokens=5, batch_size=1) for prompt in PROMPTS]
    assert [said for _, said in found] == [said for ((_, said),) in alone]
    for (ours, _), theirs in zip(found, likely, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)
    window = getattr(model.config.get_text_config(), "sliding_window", None)
    if not window:
        assert tokens < sum(map(len, PROMPTS)), "a passage is read once"


def test_the_likelihood_is_the_models_own_loss(model_of):
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


def test_what_begins_alike_is_read_together_and_the_rest_by_length():
    assert shared_batches(PROMPTS, 3, 1) == [[5, 0, 3], [2, 4], [6, 1]]
    assert shared_batches(PROMPTS, 2, 1) == [[5, 0], [2, 4], [3, 6], [1]]
    assert shared_batches([], 2, 1) == []
    # What saves too little goes by length: [5, 0, 3] share 30 tokens, which two of them need not read; [2, 4] share 22.
    assert shared_batches(PROMPTS, 3, 60) == [[5, 0, 3], [2, 4, 6], [1]]
    assert shared_batches(PROMPTS, 3, 61) == [[3, 0, 5], [2, 4, 6], [1]]
    assert shared_batches([[1, 2, 3]] * 5, 2, 1) == [[0, 1], [2, 3], [4]]


def test_each_prompt_keeps_a_token_of_its_own():
    assert shared_prefix_length([[1, 2, 3], [1, 2, 3]]) == 2
    assert shared_prefix_length([[1, 2, 3], [1, 2]]) == 1
    assert shared_prefix_length([[1, 2], [3, 2]]) == 0
    assert shared_prefix_length([[1]]) == 0


def test_batches_are_kept(model_of):
    model, tokenizer = model_of
    kept: dict[int, list] = {}

    def keep(number, batch):
        return kept.setdefault(number, batch() if number not in kept else kept[number])

    how = {"eos_id": 2, "max_new_tokens": 3, "batch_size": 3}
    heard: list[int] = []
    first = generate(model, tokenizer, ITEMS, **how, keep=keep, on_batch=heard.append)
    assert heard == [3, 3, 1]
    assert generate(model, tokenizer, ITEMS, **how, keep=lambda number, batch: kept[number]) == first


def test_an_empty_prompt_is_refused(model_of):
    model, tokenizer = model_of
    with pytest.raises(UserError, match="item 1 has an empty prompt"):
        generate(model, tokenizer, [([], [[1]])], eos_id=2, max_new_tokens=3, batch_size=2)
