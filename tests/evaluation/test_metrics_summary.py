"""summary.json: its figures and their order for each kind of task, and what is left out."""

import pytest

from pipeline_lib.core.tasks import TASKS
from pipeline_lib.evaluation.metrics_summary import metrics_summary
from pipeline_lib.evaluation.scoring import load_scoring

GAIN = {"difference": 0.05, "low": -0.06, "high": 0.16, "p": 0.4}
TEXT = {
    "headline": "rougeL",
    "validation": {"n": 30, "rougeL": 0.4, "rougeL_low": 0.3, "loss": 1.2, "perplexity": 3.3, "empty": 0},
    "tuned": {"perplexity": 3.0, "bits_per_byte": 0.4, "rouge1": 0.44, "rouge2": 0.28, "rougeL": 0.39, "empty": 1},
    "gain": {"baseline": GAIN},
}
LABELS = {
    "headline": "accuracy",
    "validation": {"n": 60, "accuracy": 0.9, "accuracy_low": 0.8, "accuracy_high": 0.95},
    "tuned": {"accuracy": 0.93, "f1_macro": 0.92, "f1_weighted": 0.93, "roc_auc": 0.98},
    "gain": {"baseline": GAIN},
}
KINDS = pytest.mark.parametrize("task", sorted(folder.parent.name for folder in TASKS.glob("*/scoring.py")))


def test_a_text_task_has_likelihood_and_rouge():
    found = metrics_summary(TEXT, load_scoring("impression").SUMMARY)
    assert list(found.items()) == [
        ("validation_rougeL", 0.4), ("validation_loss", 1.2), ("validation_perplexity", 3.3), ("rougeL", 0.39),
        ("perplexity", 3.0), ("rouge1", 0.44), ("rouge2", 0.28), ("gain", 0.05), ("gain_low", -0.06),
        ("gain_high", 0.16),
    ]  # fmt: skip


def test_a_label_task_has_accuracy_f1_and_area():
    found = metrics_summary(LABELS, load_scoring("sentiment").SUMMARY)
    assert list(found.items()) == [
        ("validation_accuracy", 0.9), ("accuracy", 0.93), ("f1_macro", 0.92), ("roc_auc", 0.98), ("gain", 0.05),
        ("gain_low", -0.06), ("gain_high", 0.16),
    ]  # fmt: skip


def test_what_a_run_has_not_is_left_out():
    alone = {name: value for name, value in LABELS.items() if name != "validation"}
    alone["gain"] = {"baseline": GAIN | {"low": None, "high": None}}
    alone["tuned"] = {"accuracy": 0.5, "f1_macro": 0.4}  # one label alone has no area
    assert metrics_summary(alone, ("f1_macro", "roc_auc")) == {"accuracy": 0.5, "f1_macro": 0.4, "gain": 0.05}


def test_a_headline_that_is_the_perplexity_stands_once():
    scores = TEXT | {"headline": "perplexity"}
    names = "validation_perplexity validation_loss perplexity gain gain_low gain_high".split()
    assert list(metrics_summary(scores, ())) == names


@KINDS
def test_a_task_names_metrics_of_its_own_and_at_most_four(task):
    scoring = load_scoring(task)
    rows = [{"labels": ["bad", "good"], "answers": answers} for answers in (["a"], [])]
    known = {*scoring.metrics(rows, **dict.fromkeys(scoring.PARAMS, "none")), *scoring.CORPUS_METRICS}
    assert set(scoring.SUMMARY) <= known - {scoring.HEADLINE, "perplexity"}
    assert 1 <= len(scoring.SUMMARY) <= 4
