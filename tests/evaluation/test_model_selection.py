"""Model selection: macro F1 against scikit-learn, the first of equals, an interval over groups."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from pipeline_lib.evaluation.model_selection import BY, best_setting, validation_metrics
from tests.helpers.stages import refused

LABELS = ["negative", "neutral", "positive"]


def examples(rows: int, groups: int) -> list[dict]:
    return [
        {"id": str(at), "group": str(at % groups), "labels": LABELS, "target": LABELS[at * at % 3]}
        for at in range(rows)
    ]


def answers_of(rows: list[dict], wrong: int) -> list[dict]:
    """Return answers of which every `wrong`-th is another label."""
    return [
        {"id": row["id"], "prediction": LABELS[(LABELS.index(row["target"]) + (at % wrong == 0)) % 3]}
        for at, row in enumerate(rows)
    ]


@pytest.mark.parametrize("wrong", [3, None])
def test_the_figures_are_scikit_learns(wrong):
    rows = examples(40, 40)
    answers = answers_of(rows, wrong) if wrong else [{"id": row["id"], "prediction": "negative"} for row in rows]
    truth, predicted = [row["target"] for row in rows], [row["prediction"] for row in answers]
    found: dict[str, Any] = dict(validation_metrics(rows, answers[::-1], seed=1))  # matched by id and not by place
    assert list(found) == ["f1_macro", "f1_macro_low", "f1_macro_high", "accuracy", "accuracy_low", "accuracy_high"]
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    f1 = f1_score(truth, predicted, labels=LABELS, average="macro", zero_division=0)
    assert found["f1_macro"] == pytest.approx(f1)
    for name in ("f1_macro", "accuracy"):
        low, value, high = (found[f"{name}{end}"] for end in ("_low", "", "_high"))
        assert not np.isnan([low, value, high]).any()
        assert sorted({low, value, high}) == [low, value, high]


def test_rows_of_a_group_are_drawn_together_and_no_setting_is_refused():
    answers = answers_of(examples(40, 40), 3)
    one, few, many = (dict[str, Any](validation_metrics(examples(40, of), answers, seed=1)) for of in (1, 4, 40))
    assert (one["accuracy_low"], one["accuracy_high"]) == (None, None)
    assert one["accuracy"] == few["accuracy"] == many["accuracy"]
    widths = [found["accuracy_high"] - found["accuracy_low"] for found in (few, many)]
    assert widths[0] != pytest.approx(widths[1])
    refused(r"no setting to choose from: name some under grid in the params file", best_setting, {})


@pytest.mark.parametrize("order", [("gentle", "steady", "brisk"), ("brisk", "steady", "gentle")])
def test_the_best_has_the_highest_macro_f1_and_of_equals_it_is_the_first(order):
    scores: dict = {name: {BY: 0.5 if name == "steady" else 0.75, "accuracy": 0.8} for name in order}
    scores["steady"]["accuracy"] = 0.9
    assert best_setting(scores) == order[0]
