"""Differences over seeds and rows: the formula by hand, at least as careful as rows alone, and how often they hold."""

import numpy as np
import pytest
from scipy import stats

from pipeline_lib.evaluation import significance
from pipeline_lib.evaluation.metrics.definitions import MEAN, METRICS
from pipeline_lib.evaluation.significance import gain
from pipeline_lib.study.two_level import difference, level
from tests.helpers.studies import names, seeds_apart

ZERO = seeds_apart(3, 0.0, 0.0)


def ends(found):
    """Return the ends of an interval."""
    return found.low, found.high


def drawn(random: np.random.Generator, seeds: int, rows: int, of_seed: float, of_row: float, rest: float) -> np.ndarray:
    """Return figures around 0.5 (S, n, 2) whose seeds, rows and cells vary by these standard deviations."""
    cells = 0.5 + of_seed * random.normal(size=(seeds, 1)) + of_row * random.normal(size=(1, rows))
    cells = cells + rest * random.normal(size=(seeds, rows))
    return np.stack([cells, np.ones((seeds, rows))], axis=2)


def test_fewer_than_three_seeds_are_the_test_of_their_mean():
    random = np.random.default_rng(1)
    ours, theirs = drawn(random, 2, 30, 0.0, 0.1, 0.05), drawn(random, 2, 30, 0.0, 0.1, 0.05)
    found = difference(ours, theirs, MEAN, "higher", names(30), 3)
    wanted = gain(ours.mean(axis=0), theirs.mean(axis=0), MEAN, "higher", names(30), 3)
    assert found.by == "rows"
    for key in ("difference", "low", "high", "p", "p_text", "verdict"):
        assert getattr(found, key) == getattr(wanted, key)


def test_seeds_that_are_apart_widen_the_interval_by_students_t_of_the_seeds():
    ours = seeds_apart(3, 0.4, 0.1)
    found = difference(ours, ZERO, MEAN, "higher", names(30), 0)
    half = stats.t.isf(0.025, 2) * 0.1 / np.sqrt(3)
    assert found.difference == pytest.approx(0.4)
    assert (found.low, found.high) == pytest.approx((0.4 - half, 0.4 + half))
    assert found.p == pytest.approx(2 * stats.t.sf(0.4 / (0.1 / np.sqrt(3)), 2))
    assert (found.verdict, found.by) == ("better", "seeds and rows")
    assert level(ours, MEAN, names(30), 0) == pytest.approx((0.4, 0.4 - half, 0.4 + half))
    # Clear of each row, and not of seeds that are further apart than their mean.
    apart = difference(seeds_apart(3, 0.2, 0.2), ZERO, MEAN, "higher", names(30), 0)
    assert gain(seeds_apart(3, 0.2, 0.2).mean(axis=0), ZERO[0], MEAN, "higher", names(30), 0).verdict == "better"
    assert (apart.verdict, ends(apart)[0] < 0) == ("no clear difference", True)


def test_a_lower_figure_is_better_where_lower_is():
    ours = seeds_apart(3, 0.1, 0.01)
    found = [difference(ours, seeds_apart(3, 0.5, 0.0), MEAN, better, names(30), 0) for better in ("lower", "higher")]
    assert [one.verdict for one in found] == ["better", "worse"]


def test_it_is_never_narrower_than_rows_alone_and_needs_six_rows_as_they_do():
    ours = np.stack([np.column_stack([np.arange(30) < 5, np.ones(30)]).astype(float)] * 3)
    found = difference(ours, ZERO, MEAN, "higher", names(30), 0)
    rows = gain(ours[0], ZERO[0], MEAN, "higher", names(30), 0)
    assert ends(found)[0] <= ends(rows)[0]
    assert (found.high, found.p) == (rows.high, rows.p)
    assert found.verdict == rows.verdict == "no clear difference"  # five wins and no loss


def test_rows_of_a_group_are_drawn_together_and_one_group_has_no_interval():
    random = np.random.default_rng(2)
    ours = np.repeat(drawn(random, 3, 6, 0.0, 0.2, 0.0), 5, axis=1)
    groups = [str(row // 5) for row in range(30)]
    apart, together = (difference(ours, ZERO, MEAN, "higher", given, 0) for given in (names(30), groups))
    widths = [float(np.ptp(ends(one))) for one in (apart, together)]
    assert widths[0] * 1.5 < widths[1]
    alone = difference(ours, ZERO, MEAN, "higher", ["g"] * 30, 0)
    assert (alone.low, alone.high, alone.verdict) == (None, None, "no clear difference")
    assert level(ours, MEAN, ["g"] * 30, 0)[1:] == (None, None)


def test_a_share_stays_between_0_and_1_and_a_perplexity_may_leave_it():
    assert level(seeds_apart(3, 0.9, 0.2), MEAN, names(30), 0)[2] == 1.0
    value, _, high = level(seeds_apart(3, 2.0, 0.2), METRICS["perplexity"].value, names(30), 0)
    assert value == pytest.approx(np.exp([1.8, 2.0, 2.2]).mean())
    assert high is not None
    assert high > value


@pytest.mark.parametrize("spread", [(0.05, 0.1, 0.05), (0.0, 0.2, 0.1)])
def test_it_holds_the_truth_where_rows_alone_do_not(spread, monkeypatch):
    monkeypatch.setattr(significance, "DRAWS", 200)
    random, both, rows = np.random.default_rng(5), 0, 0
    for run in range(150):
        ours, theirs = drawn(random, 3, 30, *spread), np.full((3, 30, 2), [0.5, 1.0])
        found = difference(ours, theirs, MEAN, "higher", names(30), run)
        alone = gain(ours.mean(axis=0), theirs[0], MEAN, "higher", names(30), run)
        both += ends(found)[0] <= 0 <= ends(found)[1]
        rows += ends(alone)[0] <= 0 <= ends(alone)[1]
    assert both / 150 >= 0.92
    if spread[0]:
        assert rows / 150 < 0.85
