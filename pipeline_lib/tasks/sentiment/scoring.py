"""Scoring of labels: accuracy, precision, recall, F1, ROC-AUC, calibration, and McNemar's exact test."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics import classification
from pipeline_lib.evaluation.metrics.classification import (
    CALIBRATION,
    ROC_AUC,
    calibration,
    check_probabilities,
    labelled,
    mcnemar,
    metrics_of,
    roc_auc,
)
from pipeline_lib.evaluation.metrics.definitions import CorpusMetric, Metric

HEADLINE = "accuracy"
BASELINES = ("majority", "regression")
SUMMARY = ("f1_macro", "roc_auc")
CORPUS_METRICS = {
    "roc_auc": CorpusMetric("higher", "ROC-AUC", ROC_AUC),
    "calibration_error": CorpusMetric("lower", "calibration error", CALIBRATION),
}


def metrics(examples: Sequence[Example]) -> dict[str, Metric]:
    """Return accuracy, and precision, recall and F1: macro, weighted and of each label."""
    return metrics_of(examples[0]["labels"])


def score(answer: str, example: Example) -> float:
    """Return 1 for the right label, 0 for another."""
    return float(answer == example["target"])


def row_metrics(example: Example, answer: Answer) -> dict[str, float]:
    """Return whether the label is right, and its true and false positives and false negatives by label."""
    return classification.label_columns(example["target"], answer["prediction"], example["labels"])


def corpus_metrics(examples: Sequence[Example], answers: Sequence[Answer], seed: int) -> dict[str, float | None]:
    """Return ROC-AUC and calibration error; {} where a system gives no probabilities.

    Raises UserError as classification.check_probabilities does, and where some answers have probabilities and others
    have none.
    """
    labels, groups = examples[0]["labels"], [row["group"] for row in examples]
    by_id = {row["id"]: row for row in answers}
    given = [by_id[row["id"]] for row in examples]
    check_probabilities([labelled(*pair) for pair in zip(examples, given, strict=True)], labels)
    without = [row["id"] for row in given if "probabilities" not in row]
    if len(without) == len(given):
        return {}
    if without:
        raise UserError(
            f"all answers of a system must have probabilities, or none, row {without[0]} has none ({len(without)} of "
            f"{len(given)}): run the stage that writes them again (dvc repro)"
        )
    table = np.array([[row["probabilities"][label] for label in labels] for row in given])  # (n, K)
    truth = [row["target"] for row in examples]
    confidence = [row["probabilities"][row["prediction"]] for row in given]
    right = [row["prediction"] == label for row, label in zip(given, truth, strict=True)]
    found = {
        "roc_auc": roc_auc(truth, table, labels, groups, seed),
        "calibration_error": calibration(confidence, right, groups, seed),
    }
    flat: dict[str, float | None] = {}
    for name, figure in found.items():
        if figure is not None:
            flat |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
    return flat


def paired(
    examples: Sequence[Example], ours: Sequence[Answer], theirs: Sequence[Answer], seed: int
) -> dict[str, dict[str, Any]]:
    """Return McNemar's exact test, ours against theirs."""
    groups = [row["group"] for row in examples]
    return {"mcnemar": asdict(mcnemar(_right(examples, ours), _right(examples, theirs), groups, seed))}


def slices(example: Example) -> dict[str, str]:
    """Return the label, and the phenomenon that the row was written to show, where the data name one."""
    return {"label": example["target"], "phenomenon": example.get("phenomenon", "none")}


def _right(examples: Sequence[Example], answers: Sequence[Answer]) -> list[bool]:
    """Return of each example whether its label was predicted."""
    predicted = {row["id"]: row["prediction"] for row in answers}
    return [predicted[row["id"]] == row["target"] for row in examples]
