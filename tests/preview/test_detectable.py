"""What so many test rows can show: the formula, groups, large parts, and rows that all score alike."""

import math

import numpy as np
import pytest

from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.preview import detectable as module
from pipeline_lib.preview.detectable import detectable

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


def test_it_is_2_8_standard_errors_of_the_best_baseline():
    power = found(rows(200, 4))
    assert (power.baseline, power.score, power.fitted, power.scored) == ("majority", 0.75, 30, 200)
    assert power.smallest == pytest.approx(2.8 * math.sqrt(0.75 * 0.25 / 199), rel=0.03)


def test_rows_of_one_group_count_as_one():
    test = rows(200, 4, groups=4)
    for row in test:  # all rows of a group are alike
        row["target"] = "no" if int(row["group"]) % 4 == 0 else "yes"
    score = np.mean([row["target"] == "yes" for row in test])
    assert found(test).smallest == pytest.approx(2.8 * math.sqrt(score * (1 - score) / 49), rel=0.05)


def test_a_large_part_is_sampled_and_scaled(monkeypatch):
    whole = found(rows(400, 4)).smallest
    monkeypatch.setattr(module, "TEST_ROWS", 100)
    power = found(rows(400, 4))
    assert (power.scored, power.smallest) == (100, pytest.approx(whole, rel=0.15))


def test_rows_that_all_score_alike_tell_nothing():
    assert found(rows(40, 41)[1:]).smallest is None
