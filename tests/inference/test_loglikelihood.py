"""Log-likelihoods of choices equal those of a full pass over each choice, in any batch."""

import random
from itertools import chain, product
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from pipeline_lib.inference import loglikelihood
from pipeline_lib.inference.loglikelihood import choice_logprobs, continuation_ids, crosses_border
from pipeline_lib.inference.multiple_choice import choice_lengths
from pipeline_lib.models.forward import decoder, target_nll
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.lora import add_lora
from pipeline_lib.models.tokenization import PromptTemplate, encode
from pipeline_lib.tasks.impression import prompt as impression_prompt
from tests.helpers import toys
from tests.helpers.stages import refused

KINDS = ["llama", "gemma", "gemma2", "gemma3", "gpt2"]
PAD = 3


@pytest.fixture
def model(llama_folder):
    return load_causal(locate(str(llama_folder)), torch.float32)


def draw(length, seed):
    return random.Random(seed).choices(range(10, 300), k=length)


def questions():
    """Prompts around the window of 16, one of them a single token; choices short, long, equal, and within another."""
    long = draw(30, "long")
    return [
        (draw(15, 1), [draw(1, 2), draw(4, 3), draw(18, 4)]),
        (draw(41, 5), [long, long[:1], long[:7], [*long[:7], 9], long[:7]]),
        (draw(1, 6), [draw(2, 7)]),
        (draw(16, 8), [[20], [21], [20]]),
        (draw(17, 9), [draw(3, number) for number in range(10, 14)]),
        (draw(60, 15), [draw(2, 16), [22]]),
    ]


def by_hand(model, items):
    """Return the same with a full pass for each choice, without cache and padding."""

    def one(prompt, choice):
        with torch.no_grad():
            logp = model(input_ids=torch.tensor([prompt + choice[:-1]])).logits[0].double().log_softmax(-1)
        return sum(logp[len(prompt) - 1 + at, token].item() for at, token in enumerate(choice))

    return [[one(prompt, choice) for choice in choices] for prompt, choices in items]


def choose(model, items, batch_size=4, **more):
    return choice_logprobs(model, items, pad_id=PAD, batch_size=batch_size, **more)


def same(found, wanted):
    assert [len(row) for row in found] == [len(row) for row in wanted]
    assert [*chain(*found)] == pytest.approx([*chain(*wanted)], abs=1e-4)


def test_kept_batches_are_not_computed_again(model):
    items, store = questions(), dict[int, Any]()

    def keep(number, compute):
        return store[number] if number in store else store.setdefault(number, compute())

    plain = choose(model, items)
    assert choose(model, items, keep=keep) == plain
    assert list(store) == list(range(len(store)))
    assert len(store) > 2
    del store[1]
    store[0] = [[7.0] * len(logp) for logp in store[0]]
    counts: list[int] = []
    found = choose(model, items, keep=keep, on_batch=counts.append)
    assert sum(counts) == len(items), "kept batches are counted too"
    changed = [one for one, other in zip(found, plain, strict=True) if one != other]
    assert changed == store[0]
    assert choose(model, [], on_batch=counts.append) == []


# Gemma 2 has eager attention only.
@pytest.mark.parametrize(
    ("kind", "attention"), [*product(KINDS, ["eager"]), *product(["llama", "gemma3", "gpt2"], ["sdpa"])]
)
def test_a_choice_has_the_log_likelihood_of_one_full_pass(kind, attention, request):
    model = load_causal(locate(str(request.getfixturevalue(f"{kind}_folder"))), torch.float32)
    wanted = by_hand(model, questions())
    model.set_attn_implementation(attention)
    for batch_size in (1, 2, 4, 100):
        same(choose(model, questions(), batch_size), wanted)
    backwards = choose(model, questions()[::-1])
    same(backwards[::-1], wanted)


def test_windows_and_the_last_position(gemma3_folder, gpt2_folder):
    # Without a window the same weights say something else: the test above would notice one that is not kept.
    model = load_causal(locate(str(gemma3_folder)), torch.float32)
    found = choose(model, questions())
    model.config.sliding_window = 1000
    for layer in model.model.layers:
        layer.self_attn.sliding_window = 1000 if layer.self_attn.is_sliding else None
    assert abs(by_hand(model, questions())[1][0] - found[1][0]) > 0.01
    model = load_causal(locate(str(gpt2_folder)), torch.float32)
    items = [(draw(500, 1), [draw(1, 2), draw(13, 3)])]
    same(choose(model, items), by_hand(model, items))


def test_other_models(llama_folder, model):
    settings: Any = {"r": 4, "alpha": 8, "dropout": 0.0, "target_modules": "all-linear", "seed": 1}
    model = add_lora(load_causal(locate(str(llama_folder)), torch.float32), **settings).eval()
    plain = choose(model, questions())
    toys.change_adapter(model)
    found = choose(model, questions())
    same(found, by_hand(model, questions()))
    assert abs(found[0][0] - plain[0][0]) > 0.01
    words = PromptTemplate(load_tokenizer(locate(str(llama_folder))), impression_prompt.prompt, impression_prompt.CUE)
    rows = [encode(example, words, words.eos_id(), 400) for example in toys.examples(5)]
    found = choose(model, [(row.ids[: row.start], [row.ids[row.start :]]) for row in rows])
    same(found, [[-target_nll(model, [row], pad_id=PAD).item()] for row in rows])


def test_the_choices_of_one_token_are_a_distribution(model):
    vocabulary = [[token] for token in range(toys.VOCABULARY)]
    (found,) = choose(model, [(draw(9, 1), vocabulary)], batch_size=2)
    assert np.exp(found).sum() == pytest.approx(1, abs=1e-5)
    follow = [[50, token] for token in range(toys.VOCABULARY)]
    (found,) = choose(model, [(draw(9, 1), follow)], batch_size=100)
    same([[np.log(np.exp(found).sum())]], choose(model, [(draw(9, 1), [[50]])]))
    (found,) = choose(model.bfloat16(), [(draw(9, 1), vocabulary)])
    assert np.exp(found).sum() == pytest.approx(1, abs=1e-5)


def test_how_often_the_model_is_run(model):
    shapes = []
    decoder(model).register_forward_pre_hook(
        lambda module, args, kwargs: shapes.append(tuple(kwargs["input_ids"].shape)), with_kwargs=True
    )
    choose(model, [(draw(5 + number, number), [[20], [21], [22]]) for number in range(8)], batch_size=4)
    assert shapes == [(4, 12), (4, 8)]
    # A prompt is read once for all its choices.
    items = [(draw(40, 1), [draw(length, length) for length in (1, 2, 4, 6, 3, 5)]), (draw(30, 2), [draw(3, 9)] * 2)]
    shapes.clear()
    choose(model, items, batch_size=8)
    assert shapes == [(2, 40), (7, 5)]
    shapes.clear()
    choose(model, items, batch_size=2)  # five rows of one prompt: three parts, and the prompt still once
    assert shapes == [(1, 40), (2, 3), (2, 5), (1, 4), (1, 30), (2, 2)]


def test_logits_are_computed_in_parts(model, monkeypatch):
    wanted = choose(model, questions())
    monkeypatch.setattr(loglikelihood, "LOGITS_AT_ONCE", 3 * toys.VOCABULARY)
    rows = []
    model.get_output_embeddings().register_forward_hook(lambda module, args, out: rows.append(out.shape[0]))
    same(choose(model, questions()), wanted)
    assert max(rows) == 3


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (([], [[5]]), "item 2 has an empty prompt"),
        (([5], []), "item 2 has no choices"),
        (([5], [[6], []]), "choice 2 of item 2 is empty"),
        (([5] * 500, [[6], [7] * 14]), "item 2 has 513 tokens, the model reads 512"),
    ],
)
def test_wrong_items_are_an_error(gpt2_folder, item, says):
    model = load_causal(locate(str(gpt2_folder)), torch.float32)
    refused(says, choose, model, [([5], [[6]]), item])


@pytest.mark.parametrize("make", [toys.chatml_tokenizer, toys.gemma_tokenizer, toys.gpt2_tokenizer])
def test_prompt_and_choice_are_the_tokens_of_the_joined_text(make):
    tokenizer = make()
    prompt, choice = "Findings: the lungs are clear.\nImpression:", " No acute fracture."
    start, rest = continuation_ids(tokenizer, prompt, choice)
    assert start == tokenizer(prompt)["input_ids"]
    assert start + rest == tokenizer(prompt + choice)["input_ids"]
    assert tokenizer.decode(rest) == choice
    assert not crosses_border(tokenizer, prompt, choice)
    # A space at the prompt's end is the choice's.
    assert continuation_ids(tokenizer, prompt + " ", choice.strip()) == (start, rest)


def test_the_border_of_special_tokens():
    tokenizer = toys.gemma_tokenizer()
    start, rest = continuation_ids(tokenizer, "<bos><start_of_turn>user\nWhy?", " So")
    assert start.count(tokenizer.bos_token_id) == 1
    assert tokenizer.bos_token_id not in rest
    for tokenizer in (toys.gemma_tokenizer(), toys.gpt2_tokenizer()):
        start, rest = continuation_ids(tokenizer, "", "No fracture")
        assert (start, tokenizer.decode(rest)) == ([tokenizer.bos_token_id], "No fracture")
        assert continuation_ids(tokenizer, "  ", "No")[0] == start
    refused("no token to begin a text", continuation_ids, letters(), "", "abc")
    # An end of text that the tokenizer adds is left out.
    tokenizer = toys.gemma_tokenizer()
    plain = continuation_ids(tokenizer, "No acute", " fracture")
    template = toys.processors.TemplateProcessing(
        single="<bos> $A <eos>", special_tokens=[("<bos>", tokenizer.bos_token_id), ("<eos>", tokenizer.eos_token_id)]
    )
    tokenizer.backend_tokenizer.post_processor = template
    assert tokenizer("No")["input_ids"][-1] == tokenizer.eos_token_id
    assert continuation_ids(tokenizer, "No acute", " fracture") == plain


def letters(*merges):
    """Return a tokenizer of a, b and c, and of what `merges` makes of them, the first merge first."""
    vocabulary = {token: number for number, token in enumerate(["a", "b", "c", *("".join(pair) for pair in merges)])}
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges))))


def named(tokenizer, prompt, choice):
    return tuple(tokenizer.convert_ids_to_tokens(ids) for ids in continuation_ids(tokenizer, prompt, choice))


def test_a_merge_across_the_border_is_cut_as_lm_eval_cuts_it():
    plain, doubles, swallows = letters(), letters(("b", "c"), ("a", "b")), letters(("b", "c"))
    assert named(plain, "ab", "ca") == (["a", "b"], ["c", "a"])
    assert not crosses_border(plain, "ab", "ca")
    # The whole is a, bc, a; the prompt alone is ab, one token: b is read twice.
    assert named(doubles, "ab", "ca") == (["ab"], ["bc", "a"])
    assert crosses_border(doubles, "ab", "ca")
    # The whole is a, bc, a; the prompt alone is a, b: the choice's c is lost.
    assert named(swallows, "ab", "ca") == (["a", "b"], ["a"])
    assert crosses_border(swallows, "ab", "ca")
    # The same with nothing after it: no token is left for the choice.
    refused("choice 'c' has no token of its own after 'ab'", continuation_ids, swallows, "ab", "c")
    refused("no token of its own", continuation_ids, plain, "ab", "")


def test_the_length_of_a_choice_is_in_characters():
    assert choice_lengths({"choices": ["é", "ab", "胸部"]}) == [1, 2, 2]
