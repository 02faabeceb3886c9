"""Intervals of rates: against scipy, against plain searches, at the edges, and of rows that share groups."""

import itertools
import math

import numpy as np
import pytest
from scipy import optimize, stats

from pipeline_lib.evaluation.rates import (
    alike_interval,
    effective_units,
    paired_interval,
    rate_interval,
    tango,
    wilson,
)

Z = stats.norm.ppf(0.975)


@pytest.mark.parametrize("rows", [1, 2, 30, 200])
def test_wilson_is_scipys(rows):
    for count in range(rows + 1):
        reference = stats.binomtest(count, rows).proportion_ci(method="wilson")
        assert wilson(count, rows) == pytest.approx((reference.low, reference.high), abs=1e-12)
    assert wilson(0, rows)[0] == 0
    assert wilson(rows, rows)[1] == 1


def statistic(difference, wins, losses, rows):
    """Return the score statistic of a difference: its share of losses is found by a search, not by a formula."""

    def unlikely(share):
        cells = (share + difference, share, 1 - 2 * share - difference)
        counts = (wins, losses, rows - wins - losses)
        return -sum(count * math.log(max(cell, 1e-300)) for cell, count in zip(cells, counts, strict=True) if count)

    least, most = max(0.0, -difference), (1 - difference) / 2
    share = optimize.minimize_scalar(unlikely, bounds=(least, most), method="bounded", options={"xatol": 1e-12}).x
    return (wins - losses - rows * difference) / math.sqrt(rows * (2 * share + difference * (1 - difference)))


@pytest.mark.parametrize("counts", [(2, 0, 30), (5, 1, 30), (40, 20, 160), (3, 9, 12), (0, 4, 25), (8, 8, 16)])
def test_tango_is_where_the_score_test_stops_rejecting(counts):
    low, high = tango(*counts)
    assert statistic(low, *counts) == pytest.approx(Z, abs=2e-3)
    assert statistic(high, *counts) == pytest.approx(-Z, abs=2e-3)
    wins, losses, rows = counts
    assert tango(losses, wins, rows) == pytest.approx((-high, -low), abs=1e-9)


def test_tango_at_the_edges():
    # Without a row that only one has right, or with all of them: z² / (n + z²), as Wilson's.
    end = Z**2 / (30 + Z**2)
    assert tango(0, 0, 30) == pytest.approx((-end, end), abs=1e-8)
    assert tango(30, 0, 30) == pytest.approx((1 - 2 * end, 1), abs=1e-8)
    assert tango(0, 30, 30) == pytest.approx((-1, 2 * end - 1), abs=1e-8)
    for wins, losses in itertools.product(range(4), range(4)):
        if wins + losses <= 3:
            low, high = tango(wins, losses, 3)
            assert -1 <= low <= (wins - losses) / 3 <= high <= 1
    assert tango(0, 0, 1)[1] < 1


@pytest.mark.parametrize(("wins", "losses"), [(6, 0), (8, 1), (12, 3), (5, 0), (9, 3), (30, 15)])
def test_tango_excludes_0_where_the_exact_test_does_or_more_often(wins, losses):
    """McNemar's score test is the interval's; the exact test says no more often, so that both are needed."""
    low, _ = tango(wins, losses, 60)
    assert (low > 0) == ((wins - losses) / math.sqrt(wins + losses) > Z)
    if stats.binomtest(wins, wins + losses).pvalue < 0.05:
        assert low > 0


def test_rows_that_are_groups_of_their_own_count_as_they_are():
    ones = np.ones(30)
    right = np.array([1.0] * 12 + [0.0] * 18)
    assert rate_interval(right, ones) == wilson(12, 30)
    assert paired_interval(right, 1 - right, ones) == tango(12, 18, 30)
    # Rows that are not counted, such as those that a label is not predicted for, are none.
    assert rate_interval(np.append(right, [0.0] * 5), np.append(ones, [0.0] * 5)) == wilson(12, 30)


def test_rows_of_groups_count_as_fewer():
    rows = np.full(10, 3.0)
    alike = np.array([3.0] * 6 + [0.0] * 4)  # a group is right as a whole: 10 rows
    factor = (Z / stats.t.ppf(0.975, 9)) ** 2
    residuals = alike - 0.6 * rows
    assert effective_units(residuals, rows, 0.24) == pytest.approx(9 * factor)  # 10 / 9 for the unknown mean
    low, high = rate_interval(alike, rows) or (0.0, 0.0)
    assert (low, high) == pytest.approx(wilson(0.6 * 9 * factor, 9 * factor))
    assert low < wilson(18, 30)[0]
    # Groups that differ less than rows drawn apart would are not counted as more rows.
    assert effective_units(np.zeros(10), rows, 0.24) == pytest.approx(30 * factor)
    # All right: nothing shows how alike rows of a group are, so that they are taken as one row.
    assert rate_interval(rows, rows) == wilson(10, 10)
    assert rate_interval(np.zeros(3), np.array([4.0, 1.0, 1.0])) == wilson(0, 2)


def test_what_has_no_interval():
    assert rate_interval(np.array([2.0]), np.array([3.0])) is None
    assert rate_interval(np.zeros(4), np.zeros(4)) is None
    assert rate_interval(np.array([2.0, 0.0]), np.array([3.0, 0.0])) is None
    assert rate_interval(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == wilson(1, 1)


def test_a_mean_of_rows_that_are_all_alike_is_bounded_by_what_other_rows_could_be():
    most = wilson(0, 30)[1]
    assert alike_interval(0.5, 0.0, np.ones(30)) == pytest.approx((0.5 - 0.5 * most, 0.5 + 0.5 * most))
    assert alike_interval(0.0, -1.0, np.ones(30)) == pytest.approx((-most, most))
    assert alike_interval(1.0, 0.0, np.ones(30)) == pytest.approx(wilson(30, 30))
