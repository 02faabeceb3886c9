"""What so many test rows can show: the formula, groups, large parts, and rows that all score alike."""

import math

import numpy as np
import pytest

from pipeline_lib.evaluation.power import losses_of_correlated, smallest_by_exact_test
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.preview import detectable as module
from pipeline_lib.preview.detectable import EXACT, NORMAL, detectable
from pipeline_lib.preview.preview_page import power_lines

SCORING = load_scoring("sentiment")


def rows(count, wrong, groups=0):
    """Return labelled rows of which every `wrong`-th has the rarer label; `groups` rows share a group, if any."""
    return [
        {"id": str(at), "group": str(at // groups if groups else at), "source": f"text {at}", "labels": ["no", "yes"],
         "stratum": "", "target": "no" if at % wrong == 0 else "yes"}
        for at in range(count)
    ]  # fmt: skip


def found(test, train=None):
    parts = {"train": train or rows(30, 5), "validation": rows(20, 5), "test": test}
    return detectable(parts, SCORING, {}, seed=1)


def test_of_labels_it_is_that_of_the_exact_test():
    power = found(rows(200, 4))
    assert (power.baseline, power.score, power.fitted, power.scored) == ("majority", 0.75, 30, 200)
    assert (power.formula, power.groups, power.least_wins) == (EXACT, 200, 6)
    assert power.smallest == smallest_by_exact_test(200, *losses_of_correlated(0.75))
    assert power.smallest == pytest.approx(2.8 * math.sqrt(0.75 * 0.25 / 199), rel=0.1)  # which many rows approach


def test_of_other_metrics_it_is_2_8_standard_errors_of_the_best_baseline():
    test = [row | {"target": f"a b c {row['id']}", "source": row["source"] * 2} for row in rows(60, 5)]
    train = [row | {"target": "a b c"} for row in rows(30, 5)]
    parts = {"train": train, "validation": train, "test": [*test, *({**row, "target": "a b c"} for row in test[:20])]}
    parts["test"] = [row | {"id": str(at), "group": str(at)} for at, row in enumerate(parts["test"])]
    power = detectable(parts, load_scoring("impression"), {}, seed=1)
    scores = [1.0 if row["target"] == "a b c" else 6 / 7 for row in parts["test"]]  # ROUGE-L
    assert power.score == pytest.approx(np.mean(scores))
    assert power.formula == NORMAL
    assert power.smallest == pytest.approx(2.8 * np.std(scores, ddof=1) / math.sqrt(80), rel=0.04)
    copies = [
        row | {"id": f"{row['id']}.{copy}", "group": f"of {row['id']}"} for row in parts["test"] for copy in range(4)
    ]
    grouped = detectable(parts | {"test": copies}, load_scoring("impression"), {}, seed=1)
    assert grouped.smallest == pytest.approx(power.smallest, rel=0.04), "four rows of a group are no more than one"
    parts["test"] = parts["test"][:20]  # all score alike: no error to go by
    alike = detectable(parts, load_scoring("impression"), {}, seed=1)
    assert (alike.smallest, alike.least_wins) == (None, 6)
    assert (
        "cannot be told from it: it scores alike on all of them. A test says better only where at least 6 rows are"
        in (power_lines(alike, 20)[1])
    )


def test_rows_of_one_group_count_as_one():
    test = rows(200, 4, groups=4)
    for row in test:  # all rows of a group are alike
        row["target"] = "no" if int(row["group"]) % 4 == 0 else "yes"
    score = np.mean([row["target"] == "yes" for row in test])
    one_each = [row | {"group": row["id"]} for row in test]
    assert found(test).smallest > 1.7 * found(one_each).smallest
    assert found(test).smallest == pytest.approx(2.8 * math.sqrt(score * (1 - score) / 49), rel=0.15)
    assert "at least 6 groups of rows are better and none is worse." in power_lines(found(test), 200)[0]


def test_a_large_part_is_sampled_and_scaled(monkeypatch):
    whole = found(rows(400, 4)).smallest
    monkeypatch.setattr(module, "TEST_ROWS", 100)
    power = found(rows(400, 4))
    assert (power.scored, power.groups, power.smallest) == (100, 400, pytest.approx(whole, rel=0.15))


def test_rows_that_all_score_alike_tell_nothing():
    power = found(rows(40, 41)[1:])  # all have the label that the baseline gives
    assert (power.score, power.smallest, power.least_wins) == (1, None, 6)
    assert power_lines(power, 39)[1].startswith("Were a trained model perfect, a test would still find it better less")


def test_few_rows_can_show_nothing():
    power = found(rows(5, 2))
    assert (power.smallest, power.least_wins) == (None, None)
    assert power_lines(power, 5)[1] == "5 rows can show no difference, however large: bring more test rows."


def test_the_best_baseline_is_the_one_with_the_highest_score():
    answers = {
        name: [{"prediction": text}] * 4 for name, text in (("worse", "no"), ("best", "yes"), ("as good", "yes"))
    }
    assert module._best(answers, rows(4, 4), SCORING.score) == "best"
