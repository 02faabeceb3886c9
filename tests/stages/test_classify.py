"""The stage classify: labels of both models as scikit-learn and transformers give them, and what it refuses."""

import shutil

import numpy as np
import pytest
import torch
from peft import PeftModel
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

from pipeline_lib.core.files import read_json, read_jsonl, write_json, write_jsonl
from pipeline_lib.core.logistic import label_probabilities
from stages import classify, finetune_classifier
from tests.helpers import toys
from tests.helpers.classifier_runs import LABELS, SMALL, reviews, split_of
from tests.helpers.stages import refused, run_stage
from tests.helpers.training_outputs import listed, places


@pytest.fixture(scope="module")
def trained(tmp_path_factory, bert_folder):
    """A folder with a split and an adapter that was trained on it."""
    folder = tmp_path_factory.mktemp("classify")
    split_of(folder)
    toys.write_params(folder / "params.yaml", bert_folder, SMALL)
    finetune_classifier.main(places(folder))
    return folder


def label(folder, part: str = "test", changes: dict | None = None, tuned=None) -> list[dict]:
    """Run the stage on one part; return its answers."""
    params = folder / "params.yaml"
    if changes:
        params = toys.write_params(folder / "other.yaml", read_json(params)["model"], SMALL | changes)
    out = folder / "labels"
    shutil.rmtree(out, ignore_errors=True)
    printed = run_stage(classify, data=folder / "split", out=out, params=params, parts=part, tuned=tuned)
    assert listed(out) == [f"{part}.jsonl"]
    answers = read_jsonl(out / f"{part}.jsonl")
    right = sum(row["prediction"] == row["reference"] for row in answers)
    share = f", {right / len(answers):.1%} of them right" if answers else ""
    assert printed.endswith(f"{len(answers)} {part} rows labelled{share}\n")
    assert ("reading 26 texts with the frozen encoder\n" in printed) == (tuned is None and part == "test")
    return answers


def shape(answers: list[dict], rows: list[dict]) -> None:
    """Assert what every file of labels is."""
    assert [row["id"] for row in answers] == [row["id"] for row in rows]
    for answer, row in zip(answers, rows, strict=True):
        assert list(answer) == ["id", "prediction", "reference", "probabilities"]
        assert answer["reference"] == row["target"]
        assert list(answer["probabilities"]) == LABELS
        assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert answer["prediction"] == max(answer["probabilities"], key=answer["probabilities"].get)


def table(answers: list[dict]) -> np.ndarray:
    return np.array([list(row["probabilities"].values()) for row in answers])


def by_transformers(model, folder, rows) -> np.ndarray:
    """Return the probabilities of a model that transformers loaded, a text at a time."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        scores = [model.eval()(**tokenizer(row["source"], return_tensors="pt")).logits[0] for row in rows]
    return torch.stack(scores).softmax(-1).numpy()


def test_tuned_labels_are_what_transformers_says(trained, bert_folder):
    rows = reviews(8, 25)
    found = label(trained, tuned=trained / "tuned")
    shape(found, rows)
    bare = AutoModelForSequenceClassification.from_pretrained(bert_folder, num_labels=2)
    plain = PeftModel.from_pretrained(bare, trained / "tuned")
    assert table(found) == pytest.approx(by_transformers(plain, trained / "tuned", rows), abs=2e-5)
    assert sum(row["prediction"] == row["reference"] for row in found) >= 7


def test_batches_and_the_precision_of_training_change_nothing(trained):
    found = label(trained, tuned=trained / "tuned")
    for size in (1, 3, 64):
        other = label(trained, tuned=trained / "tuned", changes={"classify": {"batch_size": size}})
        assert table(other) == pytest.approx(table(found), abs=2e-6)
        untrained = label(trained, changes={"classify": {"batch_size": size}})
        assert table(untrained) == pytest.approx(table(label(trained)), abs=1e-2)  # the regression stops at a tolerance
    # Precision is that of the file whatever training was.
    # Any other program that loads the folder must say the same.
    found = label(trained, tuned=trained / "tuned", changes={"precision": "bf16"})
    assert found == label(trained, tuned=trained / "tuned")


def test_untrained_labels_are_a_regression_on_the_encoder_as_it_is(trained, bert_folder):
    rows, known = reviews(8, 25), reviews(18)
    found = label(trained)
    shape(found, rows)
    shape(label(trained, "validation"), reviews(6, 19))
    tokenizer, model = AutoTokenizer.from_pretrained(bert_folder), AutoModel.from_pretrained(bert_folder).eval()
    read = [tokenizer(row["source"], return_tensors="pt") for row in [*known, *rows]]
    with torch.no_grad():
        features = torch.cat([model(**one).last_hidden_state.mean(1) for one in read]).numpy()
    expected = label_probabilities(features[:18], [row["target"] for row in known], features[18:])
    assert table(found) == pytest.approx(np.array([list(row.values()) for row in expected]), abs=1e-2)


def test_the_labels_of_the_rows_to_label_are_not_learnt(trained, tmp_path):
    first = label(trained)
    blind = [{**row, "target": "positive"} for row in reviews(8, 25)]
    split_of(tmp_path, test=blind)
    (tmp_path / "params.yaml").write_bytes((trained / "params.yaml").read_bytes())
    assert table(label(tmp_path)) == pytest.approx(table(first))
    assert {row["reference"] for row in label(tmp_path)} == {"positive"}


def test_several_parts_are_a_file_each(trained, tmp_path):
    where = {"data": trained / "split", "params": trained / "params.yaml", "tuned": trained / "tuned"}
    run_stage(classify, **where, out=tmp_path / "out", parts=["validation", "test"])
    assert listed(tmp_path / "out") == ["test.jsonl", "validation.jsonl"]
    for part, rows in (("validation", reviews(6, 19)), ("test", reviews(8, 25))):
        both = read_jsonl(tmp_path / "out" / f"{part}.jsonl")
        shape(both, rows)
        assert table(both) == pytest.approx(table(label(trained, part, tuned=trained / "tuned")), abs=2e-6)


def test_no_rows_are_labelled_as_none(tmp_path, trained):
    split_of(tmp_path, validation=[])
    (tmp_path / "params.yaml").write_bytes((trained / "params.yaml").read_bytes())
    for tuned in (trained / "tuned", None):
        assert label(tmp_path, "validation", tuned=tuned) == []


def test_a_wholly_trained_model_labels(tmp_path, bert_folder):
    split_of(tmp_path)
    toys.write_params(tmp_path / "params.yaml", bert_folder, SMALL | {"method": "full", "lr": 0.01, "epochs": 3})
    finetune_classifier.main(places(tmp_path, "whole"))
    rows, whole = reviews(8, 25), tmp_path / "whole"
    found = label(tmp_path, tuned=whole)
    shape(found, rows)
    model = AutoModelForSequenceClassification.from_pretrained(whole)
    assert table(found) == pytest.approx(by_transformers(model, whole, rows), abs=2e-5)
    assert model.config.id2label == {0: "negative", 1: "positive"}


def test_what_does_not_fit_is_cut_as_in_training(trained):
    long = [{**row, "source": row["source"] + " and then the heart" * 40} for row in reviews(8, 25)]
    short = label(trained, tuned=trained / "tuned", changes={"max_tokens": 12})
    write_jsonl(trained / "split" / "test.jsonl", long)
    try:
        assert label(trained, tuned=trained / "tuned", changes={"max_tokens": 12}) != short
        first = [label(trained, tuned=trained / "tuned", changes={"max_tokens": many}) for many in (16, 16, 20)]
    finally:
        write_jsonl(trained / "split" / "test.jsonl", reviews(8, 25))
    assert first[0] == first[1] != first[2]


def test_an_adapter_without_labels_is_refused(trained, tmp_path):
    identity = read_json(trained / "tuned" / "base.json")
    del identity["labels"]
    write_json(tmp_path / "causal" / "base.json", identity)
    message = r"causal is no classifier, it has no labels: name a folder of finetune_class"
    refused(message, label, trained, tuned=tmp_path / "causal")
    refused(r"base\.json is missing: run the stage that makes it", label, trained, tuned=tmp_path)
    assert "labels" not in listed(trained)


def test_a_mistake_is_one_line(trained, tmp_path, capsys):
    split_of(tmp_path, train=[row for row in reviews(18) if row["target"] == "positive"])
    (tmp_path / "params.yaml").write_bytes((trained / "params.yaml").read_bytes())
    refused(r"training rows must have two labels at least, all 9 are positive", label, tmp_path)
    assert "labels.jsonl" not in listed(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        label(trained, "train")
    assert "invalid choice: 'train'" in capsys.readouterr().err
