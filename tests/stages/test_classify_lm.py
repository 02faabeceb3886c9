"""The stage classify_lm: the likeliest label, compared with plain forward passes over prompt and label."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from pipeline_lib.core.files import read_jsonl, write_jsonl
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.tasks.sentiment import prompt as sentiment_prompt
from stages import classify_lm, finetune
from tests.helpers import toys
from tests.helpers.classifier_runs import LABELS, reviews, split_of
from tests.helpers.stages import refused, run_stage
from tests.helpers.training_outputs import listed, places

SMALL = {"task": "sentiment", "prompt.few_shot": 0, "classify": {"batch_size": 5}}


@pytest.fixture
def project(tmp_path):
    """A folder with a split of 12 training, 3 validation and 5 test reviews."""
    split_of(tmp_path, train=reviews(12), validation=reviews(3, 13), test=reviews(5, 16))
    return tmp_path


def label(folder: Path, model: Path, changes: dict | None = None, tuned: Path | None = None) -> list[dict]:
    params, out = toys.write_params(folder / "params.yaml", model, SMALL | (changes or {})), folder / "labels"
    printed = run_stage(classify_lm, params=params, data=folder / "split", out=out, tuned=tuned)
    assert listed(out) == ["test.jsonl"]
    answers = read_jsonl(out / "test.jsonl")
    right = sum(row["prediction"] == row["reference"] for row in answers)
    share = f", {right / len(answers):.1%} of them right" if answers else ""
    assert printed == f"{len(answers)} test rows labelled{share}\n"
    assert json.dumps(answers, allow_nan=False)
    return answers


def plain(folder: Path) -> tuple:
    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def likely(model, prompt: list[int], labels: dict[str, list[int]]) -> dict[str, float]:
    """Return log p of each label's tokens after the prompt: one whole pass, no cache, no padding."""
    found = {}
    for label, ids in labels.items():
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([prompt + ids])).logits[0]
        logp = logits.double().log_softmax(-1)
        found[label] = sum(logp[len(prompt) + at - 1, token].item() for at, token in enumerate(ids))
    return found


def label_ids(tokenizer, labels) -> dict[str, list[int]]:
    return {label: tokenizer(label, add_special_tokens=False)["input_ids"] for label in labels}


def chat_ids(tokenizer, row: dict) -> list[int]:
    turns = [{"role": "user", "content": sentiment_prompt.prompt(row)}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def check_answers(answers: list[dict], rows: list[dict], expected: list[dict[str, float]]) -> None:
    """Assert that the file has the `expected` log-likelihoods, and what follows from them."""
    assert [row["id"] for row in answers] == [row["id"] for row in rows]
    for answer, row, logp in zip(answers, rows, expected, strict=True):
        assert list(answer) == ["id", "prediction", "reference", "probabilities", "choices"]
        assert (answer["reference"], answer["choices"]) == (row["target"], pytest.approx(logp, abs=1e-3))
        weights = np.exp(np.array(list(logp.values())) - max(logp.values()))
        assert list(answer["probabilities"]) == list(logp)
        assert list(answer["probabilities"].values()) == pytest.approx((weights / weights.sum()).tolist(), abs=1e-3)
        assert answer["prediction"] == max(logp, key=logp.__getitem__)


@pytest.mark.parametrize(("kind", "few_shot"), [("llama", 0), ("llama", 2), ("gemma", 0), ("gemma2", 0)])
def test_labels_are_as_likely_as_a_plain_pass_says(kind, few_shot, project, request):
    folder = request.getfixturevalue(f"{kind}_folder")
    answers = label(project, folder, {"prompt.few_shot": few_shot})
    model, tokenizer = plain(folder)
    rows = with_few_shot(reviews(5, 16), reviews(12), few_shot)
    assert all(("Labels of similar reviews: " in sentiment_prompt.prompt(row)) == (few_shot > 0) for row in rows)
    labels = label_ids(tokenizer, LABELS)
    assert all(len(ids) > 1 for ids in labels.values()), "of several tokens"
    check_answers(answers, rows, [likely(model, chat_ids(tokenizer, row), labels) for row in rows])
    assert all(list(row["choices"]) == LABELS for row in answers), "in the order that decides between equals"


def test_without_a_chat_template_a_space_stands_before_the_label(project, gpt2_folder):
    answers = label(project, gpt2_folder)
    model, tokenizer = plain(gpt2_folder)
    rows, labels = reviews(5, 16), {label: tokenizer(f" {label}")["input_ids"] for label in LABELS}
    prompts = [tokenizer(f"{sentiment_prompt.prompt(row)}\n\nSentiment:")["input_ids"] for row in rows]
    check_answers(answers, rows, [likely(model, prompt, labels) for prompt in prompts])


def relabelled(rows: list[dict], labels: list[str]) -> list[dict]:
    return [{**row, "labels": labels, "target": labels[at % len(labels)]} for at, row in enumerate(rows)]


def test_where_one_label_begins_another_both_get_their_end_of_text(project, llama_folder):
    # "good" begins "good enough": without its end it would be the likelier whatever the text says.
    named = ["good", "good enough", "bad"]
    rows = relabelled(reviews(5, 16), named)
    write_jsonl(project / "split" / "test.jsonl", rows)
    answers = label(project, llama_folder)
    model, tokenizer = plain(llama_folder)
    labels = label_ids(tokenizer, named)
    assert labels["good enough"][: len(labels["good"])] == labels["good"]
    closed = {label: [*ids, tokenizer.convert_tokens_to_ids("<|im_end|>")] for label, ids in labels.items()}
    check_answers(answers, rows, [likely(model, chat_ids(tokenizer, row), closed) for row in rows])
    open_ones = [likely(model, chat_ids(tokenizer, row), labels)["good"] for row in rows]
    assert all(row["choices"]["good"] < value - 0.1 for row, value in zip(answers, open_ones, strict=True))


def test_labels_of_one_token_can_be_chosen(project, llama_folder):
    # None of them is read, only predicted.
    rows = relabelled(reviews(5, 16), ["+", "-"])
    write_jsonl(project / "split" / "test.jsonl", rows)
    answers = label(project, llama_folder)
    model, tokenizer = plain(llama_folder)
    labels = label_ids(tokenizer, "+-")
    assert [len(ids) for ids in labels.values()] == [1, 1]
    check_answers(answers, rows, [likely(model, chat_ids(tokenizer, row), labels) for row in rows])


def test_batches_change_nothing(project, llama_folder):
    found = [label(project, llama_folder, {"classify": {"batch_size": size}}) for size in (1, 3, 64)]
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert one["prediction"] == two["prediction"]
            assert one["choices"] == pytest.approx(two["choices"], abs=1e-3)
    assert label(project, llama_folder, {"classify": {"batch_size": 64}}) == found[2], "the same every time"
    write_jsonl(project / "split" / "test.jsonl", [])
    assert label(project, llama_folder) == []


def test_an_adapter_changes_the_answer_for_the_better(project, llama_folder):
    toys.write_params(project / "params.yaml", llama_folder, SMALL | {"epochs": 8, "lr": 0.03})
    finetune.main(places(project))
    untrained, tuned = label(project, llama_folder), label(project, llama_folder, tuned=project / "tuned")
    assert [row["id"] for row in tuned] == [row["id"] for row in untrained]
    right = [sum(row["probabilities"][row["reference"]] for row in answers) for answers in (tuned, untrained)]
    assert right[0] > right[1] + 0.5
    assert all(one["choices"] != two["choices"] for one, two in zip(untrained, tuned, strict=True))


def test_a_prompt_that_is_too_long_is_cut_as_in_training(project, llama_folder):
    tokenizer = AutoTokenizer.from_pretrained(llama_folder)
    long = [{**row, "source": row["source"] * 12} for row in reviews(5, 16)]
    write_jsonl(project / "split" / "test.jsonl", long)
    cut, whole = (label(project, llama_folder, {"prompt.max_tokens": most}) for most in (200, 2000))
    assert all(one["choices"] != two["choices"] for one, two in zip(cut, whole, strict=True))
    assert min(len(chat_ids(tokenizer, row)) for row in long) > 200
    message = r"row 16: the prompt without its input has more than prompt\.max_tokens \(16\)"
    refused(message, label, project, llama_folder, {"prompt.max_tokens": 16})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "nowhere/at all"}, "no folder, no Hub id"),
        ({"precision": "fp16"}, "precision fp16 needs a CUDA device"),
    ],
)
def test_a_mistake_leaves_no_output(project, llama_folder, changes, message):
    refused(message, label, project, llama_folder, changes)
    assert listed(project) == ["params.yaml", "split"]
