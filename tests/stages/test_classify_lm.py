"""The stage classify_lm: the likeliest label, compared with plain forward passes over prompt and label."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl, write_jsonl
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.tasks.sentiment import prompt as sentiment_prompt
from stages import classify_lm, finetune
from tests.helpers import toys
from tests.helpers.classifier_runs import LABELS, listed, reviews, split_of
from tests.helpers.stages import refused

SMALL = {"task": "sentiment", "prompt.few_shot": 0, "classify": {"batch_size": 5}}


@pytest.fixture
def project(tmp_path):
    """A folder with a split of 12 training, 3 validation and 5 test reviews."""
    split_of(tmp_path, train=reviews(12), validation=reviews(3, 13), test=reviews(5, 16))
    return tmp_path


def label(folder: Path, model: Path, changes: dict | None = None, *more: str) -> list[dict]:
    params = toys.write_params(folder / "params.yaml", model, SMALL | (changes or {}))
    out = folder / "labels"
    classify_lm.main([f"--params={params}", f"--data={folder / 'split'}", f"--out={out}", *more])
    assert listed(out) == ["test.jsonl"]
    return read_jsonl(out / "test.jsonl")


def plain(folder: Path) -> tuple:
    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def log_p(model, prompt: list[int], label: list[int]) -> float:
    """Return log p of the label's tokens after the prompt: one whole pass, no cache, no padding."""
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([prompt + label])).logits[0]
    logp = logits.double().log_softmax(-1)
    return sum(logp[len(prompt) + at - 1, token].item() for at, token in enumerate(label))


def chat_ids(tokenizer, row: dict) -> list[int]:
    turns = [{"role": "user", "content": sentiment_prompt.prompt(row)}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def check_answers(answers: list[dict], rows: list[dict], expected: list[dict[str, float]]) -> None:
    """Assert that the file has the `expected` log-likelihoods, and what follows from them."""
    assert [row["id"] for row in answers] == [row["id"] for row in rows]
    for answer, row, logp in zip(answers, rows, expected, strict=True):
        assert list(answer) == ["id", "prediction", "reference", "probabilities", "choices"]
        assert answer["reference"] == row["target"]
        assert answer["choices"] == pytest.approx(logp, abs=1e-3)
        weights = np.exp(np.array(list(logp.values())) - max(logp.values()))
        assert list(answer["probabilities"]) == list(logp)
        assert list(answer["probabilities"].values()) == pytest.approx((weights / weights.sum()).tolist(), abs=1e-3)
        assert answer["prediction"] == max(logp, key=logp.__getitem__)


@pytest.mark.parametrize(("kind", "few_shot"), [("llama", 0), ("llama", 2), ("gemma", 0), ("gemma2", 0)])
def test_labels_are_as_likely_as_a_plain_pass_says(kind, few_shot, project, request, capsys):
    folder = request.getfixturevalue(f"{kind}_folder")
    answers = label(project, folder, {"prompt.few_shot": few_shot})
    model, tokenizer = plain(folder)
    rows = with_few_shot(reviews(5, 16), reviews(12), few_shot)
    assert all(("Labels of similar reviews: " in sentiment_prompt.prompt(row)) == (few_shot > 0) for row in rows)
    labels = {label: tokenizer(label, add_special_tokens=False)["input_ids"] for label in LABELS}
    assert all(len(ids) > 1 for ids in labels.values()), "of several tokens"
    expected = [{label: log_p(model, chat_ids(tokenizer, row), ids) for label, ids in labels.items()} for row in rows]
    check_answers(answers, rows, expected)
    right = sum(row["prediction"] == row["reference"] for row in answers)
    assert capsys.readouterr().out == f"5 rows labelled, {right / 5:.1%} of them right\n"


def test_without_a_chat_template_a_space_stands_before_the_label(project, gpt2_folder):
    answers = label(project, gpt2_folder)
    model, tokenizer = plain(gpt2_folder)
    rows = reviews(5, 16)
    expected = [
        {
            label: log_p(
                model,
                tokenizer(f"{sentiment_prompt.prompt(row)}\n\nSentiment:")["input_ids"],
                tokenizer(f" {label}")["input_ids"],
            )
            for label in LABELS
        }
        for row in rows
    ]
    check_answers(answers, rows, expected)


def relabelled(rows: list[dict], labels: list[str]) -> list[dict]:
    return [{**row, "labels": labels, "target": labels[at % len(labels)]} for at, row in enumerate(rows)]


def test_where_one_label_begins_another_both_get_their_end_of_text(project, llama_folder):
    # "good" begins "good enough": without its end it would be the likelier whatever the text says.
    named = ["good", "good enough", "bad"]
    rows = relabelled(reviews(5, 16), named)
    write_jsonl(project / "split" / "test.jsonl", rows)
    answers = label(project, llama_folder)
    model, tokenizer = plain(llama_folder)
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    labels = {label: tokenizer(label, add_special_tokens=False)["input_ids"] for label in named}
    assert labels["good enough"][: len(labels["good"])] == labels["good"]
    closed = [
        {label: log_p(model, chat_ids(tokenizer, row), [*ids, end]) for label, ids in labels.items()} for row in rows
    ]
    check_answers(answers, rows, closed)
    open_ones = [log_p(model, chat_ids(tokenizer, row), labels["good"]) for row in rows]
    assert all(row["choices"]["good"] < value - 0.1 for row, value in zip(answers, open_ones, strict=True))


def test_labels_of_one_token_can_be_chosen(project, llama_folder):
    # None of them is read, only predicted.
    rows = relabelled(reviews(5, 16), ["+", "-"])
    write_jsonl(project / "split" / "test.jsonl", rows)
    answers = label(project, llama_folder)
    model, tokenizer = plain(llama_folder)
    labels = {label: tokenizer(label, add_special_tokens=False)["input_ids"] for label in "+-"}
    assert [len(ids) for ids in labels.values()] == [1, 1]
    check_answers(answers, rows, [
        {label: log_p(model, chat_ids(tokenizer, row), ids) for label, ids in labels.items()} for row in rows
    ])  # fmt: skip


def test_batches_change_nothing(project, llama_folder):
    found = [label(project, llama_folder, {"classify": {"batch_size": size}}) for size in (1, 3, 64)]
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert one["prediction"] == two["prediction"]
            assert one["choices"] == pytest.approx(two["choices"], abs=1e-3)
    assert label(project, llama_folder, {"classify": {"batch_size": 64}}) == found[2], "the same every time"


def test_an_adapter_changes_the_answer_for_the_better(project, llama_folder):
    params = toys.write_params(project / "params.yaml", llama_folder, SMALL | {"epochs": 8, "lr": 0.03})
    where = {"--data": "split", "--out": "tuned", "--record": "training"}
    finetune.main([f"--params={params}", *(f"{name}={project / place}" for name, place in where.items())])
    untrained = label(project, llama_folder)
    tuned = label(project, llama_folder, None, f"--tuned={project / 'tuned'}")
    assert [row["id"] for row in tuned] == [row["id"] for row in untrained]

    def right(answers: list[dict]) -> float:
        return sum(row["probabilities"][row["reference"]] for row in answers)

    assert right(tuned) > right(untrained) + 0.5
    assert all(one["choices"] != two["choices"] for one, two in zip(untrained, tuned, strict=True))


def test_a_prompt_that_is_too_long_is_cut_as_in_training(project, llama_folder):
    tokenizer = AutoTokenizer.from_pretrained(llama_folder)
    write_jsonl(project / "split" / "test.jsonl", [{**row, "source": row["source"] * 12} for row in reviews(5, 16)])
    cut = label(project, llama_folder, {"prompt.max_tokens": 200})
    whole = label(project, llama_folder, {"prompt.max_tokens": 2000})
    assert all(one["choices"] != two["choices"] for one, two in zip(cut, whole, strict=True))
    assert min(len(chat_ids(tokenizer, row)) for row in read_jsonl(project / "split" / "test.jsonl")) > 200
    with pytest.raises(
        UserError, match=r"row 16: the prompt without its input has more than prompt\.max_tokens \(16\)"
    ):
        label(project, llama_folder, {"prompt.max_tokens": 16})


def test_the_order_of_the_labels_decides_between_equals(project, llama_folder):
    # One text twice would be one label; so two labels of equal likelihood cannot be made, but the file keeps the order.
    answers = label(project, llama_folder)
    assert all(list(row["probabilities"]) == LABELS == list(row["choices"]) for row in answers)
    assert json.dumps(answers, allow_nan=False)


def test_no_rows_are_labelled_as_none(project, llama_folder, capsys):
    write_jsonl(project / "split" / "test.jsonl", [])
    assert label(project, llama_folder) == []
    assert capsys.readouterr().out == "0 rows labelled\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "sentimnt"}, r"task must be one of .* \(did you mean sentiment\?\)"),
        ({"classify": {"batch_size": 0}}, "classify.batch_size must be at least 1"),
        ({"model": "nowhere/at all"}, "no folder, no Hub id"),
        ({"precision": "fp16"}, "precision fp16 needs a CUDA device"),
    ],
)
def test_a_mistake_leaves_no_output(project, llama_folder, changes, message):
    refused(message, label, project, llama_folder, changes)
    assert listed(project) == ["params.yaml", "split"]


def test_help_is_the_docstring(capsys):
    with pytest.raises(SystemExit) as stopped:
        classify_lm.main(["--help"])
    assert stopped.value.code == 0
    assert classify_lm.__doc__.strip() in capsys.readouterr().out
