"""Model selection: macro F1 against scikit-learn, the first of equals, an interval over groups."""

# A figure may be None; where it is, these tests fail without mypy too.
# mypy: disable-error-code="operator,arg-type"

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.model_selection import BY, best_setting, validation_metrics

LABELS = ["negative", "neutral", "positive"]


def examples(rows: int, groups: int | None = None) -> list[dict]:
    return [
        {
            "id": str(number),
            "group": str(number % (groups or rows)),
            "labels": LABELS,
            "target": LABELS[number * number % 3],
        }
        for number in range(rows)
    ]


def answers_of(rows: list[dict], wrong: int) -> list[dict]:
    """Return answers of which every `wrong`-th is another label."""
    return [
        {"id": row["id"], "prediction": LABELS[(LABELS.index(row["target"]) + (at % wrong == 0)) % 3]}
        for at, row in enumerate(rows)
    ]


def test_the_figures_are_scikit_learns():
    rows = examples(40)
    answers = answers_of(rows, 3)
    truth, predicted = [row["target"] for row in rows], [row["prediction"] for row in answers]
    found = validation_metrics(rows, answers, seed=1)
    assert list(found) == ["f1_macro", "f1_macro_low", "f1_macro_high", "accuracy", "accuracy_low", "accuracy_high"]
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    assert found["f1_macro"] == pytest.approx(
        f1_score(truth, predicted, labels=LABELS, average="macro", zero_division=0)
    )
    for name in ("f1_macro", "accuracy"):
        assert found[f"{name}_low"] < found[name] < found[f"{name}_high"]


def test_answers_are_matched_by_id_and_not_by_place():
    rows = examples(20)
    answers = answers_of(rows, 4)
    assert validation_metrics(rows, answers[::-1], seed=1) == validation_metrics(rows, answers, seed=1)


def test_rows_of_a_group_are_drawn_together():
    rows = examples(40, groups=1)
    found = validation_metrics(rows, answers_of(rows, 3), seed=1)
    assert (found["accuracy_low"], found["accuracy_high"]) == (None, None)
    few, many = (validation_metrics(examples(40, groups), answers_of(examples(40), 3), seed=1) for groups in (4, 40))
    assert few["accuracy"] == many["accuracy"]
    assert few["accuracy_high"] - few["accuracy_low"] != pytest.approx(many["accuracy_high"] - many["accuracy_low"])


def test_the_best_has_the_highest_macro_f1_and_not_the_highest_accuracy():
    rows = {"gentle": {BY: 0.6, "accuracy": 0.9}, "steady": {BY: 0.7, "accuracy": 0.8}}
    assert best_setting(rows) == "steady"


@pytest.mark.parametrize("order", [("gentle", "steady", "brisk"), ("brisk", "steady", "gentle")])
def test_of_equals_the_first_is_kept(order):
    assert best_setting({name: {BY: 0.5 if name == "steady" else 0.75} for name in order}) == order[0]


def test_no_setting_is_refused():
    with pytest.raises(UserError, match=r"no setting to choose from: name some under grid in the params file"):
        best_setting({})


def test_a_label_that_is_never_predicted_has_f1_0():
    rows = examples(30)
    answers = [{"id": row["id"], "prediction": "negative"} for row in rows]
    truth = [row["target"] for row in rows]
    found = validation_metrics(rows, answers, seed=1)
    expected = f1_score(truth, ["negative"] * 30, labels=LABELS, average="macro", zero_division=0)
    assert found["f1_macro"] == pytest.approx(expected)
    assert np.isfinite(list(found.values())).all()
