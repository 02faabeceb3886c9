"""Multiple-choice accuracy before and after training against statsmodels, and rates of refusal."""

import math

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from pipeline_lib.evaluation.forgetting import multiple_choice_change, refusals
from tests.helpers.stages import refused


def item(number, best, answer):
    return {"id": str(number), "logp": [-1.0 if place == best else -3.0 for place in range(4)], "chars": [4] * 4,
            "answer": answer}  # fmt: skip


UNTRAINED = [item(n, n % 4, 0) for n in range(20)]  # 5 right
TUNED = [item(n, 0 if n < 12 else 1, 0) for n in range(20)]  # 12 right


def test_accuracies_standard_errors_and_mcnemar():
    found = multiple_choice_change(UNTRAINED, TUNED, seed=1)
    assert found["n"] == 20
    before, after = ({row["id"] for row in rows if row["logp"][0] == max(row["logp"])} for rows in (UNTRAINED, TUNED))
    only = len(after - before), len(before - after)
    for one in (found["acc"], found["acc_norm"]):
        assert (one["untrained"], one["tuned"]) == (0.25, 0.6)
        # The sample's standard deviation over the root of n.
        assert one["untrained_stderr"] == pytest.approx(math.sqrt(0.25 * 0.75 * 20 / 19 / 20))
        assert (one["mcnemar"]["ours_only"], one["mcnemar"]["theirs_only"]) == only
        assert one["mcnemar"]["p"] == pytest.approx(mcnemar([[0, only[0]], [only[1], 0]], exact=True).pvalue)
    refused("same questions", multiple_choice_change, UNTRAINED, TUNED[:-1], seed=1)
    rows = [{"id": "a", "logp": [-4.0, -5.0], "chars": [2, 10], "answer": 1}, {**UNTRAINED[0], "id": "b"}]
    found = multiple_choice_change(rows, rows, seed=1)
    assert (found["acc"]["untrained"], found["acc_norm"]["untrained"]) == (0.5, 1.0)


def test_refusals_are_counted_of_off_topic_and_answers_of_on_topic_questions():
    no = "Sorry, I can only answer questions about Tare."
    found = refusals(
        {"untrained": ["It rains.", no], "tuned": [no, no]}, {"untrained": ["Yes.", ""], "tuned": [no, "Run dvc."]}
    )
    assert {name: (one["refused"], one["answered"]) for name, one in found.items()} == {
        "untrained": (0.5, 0.5), "tuned": (1.0, 0.5),
    }  # fmt: skip
    assert found["tuned"]["refused_high"] == 1.0
    assert 0 < found["tuned"]["refused_low"] < 1
