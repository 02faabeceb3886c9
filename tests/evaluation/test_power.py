"""The smallest difference a test finds: exactly, against a plain sum over all outcomes, and where there is none."""

import math

import numpy as np
import pytest
from scipy import stats

from pipeline_lib.evaluation.power import (
    LEAST_WINS,
    exact_power,
    losses_as_now,
    losses_of_correlated,
    smallest_by_normal,
)
from pipeline_lib.evaluation.power import smallest_by_exact_test as exact_test


def smallest_by_exact_test(rows, losses, most):
    return exact_test(rows, losses, most)


def plain_power(rows, losses, wins):
    """Return how often McNemar's exact test says better: the sum over all numbers of wins and losses."""
    found = 0.0
    for won in range(rows + 1):
        for lost in range(rows - won + 1):
            if won > lost and stats.binomtest(won, won + lost).pvalue < 0.05:
                ways = math.comb(rows, won) * math.comb(rows - won, lost)
                found += ways * wins**won * losses**lost * (1 - wins - losses) ** (rows - won - lost)
    return found


@pytest.mark.parametrize(("rows", "losses", "difference"), [(12, 0.1, 0.4), (30, 0.0, 0.2), (25, 0.05, 0.3), (6, 0, 1)])
def test_exact_power_is_the_sum_over_all_outcomes(rows, losses, difference):
    assert exact_power(rows, losses, difference) == pytest.approx(plain_power(rows, losses, losses + difference))


def test_the_smallest_difference_is_found_four_times_in_five():
    for rows, losses in ((30, 0.0), (30, 0.1), (200, 0.05), (3000, 0.2)):
        smallest = smallest_by_exact_test(rows, *losses_as_now(losses))
        assert exact_power(rows, losses, smallest) == pytest.approx(0.8, abs=1e-3)
    # Two wins and no loss of 30 rows: 2.8 standard errors were 0.13, which is found in a fifth of all tests.
    assert exact_power(30, 0.0, 0.13) == pytest.approx(0.2, abs=0.02)
    assert smallest_by_exact_test(30, *losses_as_now(0.0)) == pytest.approx(0.251, abs=1e-3)


def test_of_many_rows_it_is_that_of_the_normal_approximation():
    rows, losses = 5000, 0.1
    smallest = smallest_by_exact_test(rows, *losses_as_now(losses))
    assert smallest == pytest.approx(smallest_by_normal(math.sqrt((2 * losses + smallest) / rows), rows), rel=0.03)
    smallest = smallest_by_exact_test(rows, *losses_of_correlated(0.6))
    assert smallest == pytest.approx(smallest_by_normal(math.sqrt(0.6 * 0.4 / rows), rows), rel=0.05)


def test_the_normal_approximation_is_blooms_multiple():
    assert smallest_by_normal(1.0, 10**6) == pytest.approx(1.96 + 0.84, abs=2e-3)
    assert smallest_by_normal(0.1, 6) == pytest.approx(0.1 * (2.571 + 0.920), abs=1e-4)  # t of 5 degrees of freedom


def test_fewer_rows_than_six_show_nothing():
    assert LEAST_WINS == 6
    assert [stats.binomtest(wins, wins).pvalue < 0.05 for wins in (5, 6)] == [False, True]
    assert smallest_by_exact_test(5, *losses_as_now(0.0)) is None
    assert smallest_by_exact_test(6, *losses_as_now(0.0)) == pytest.approx(0.8 ** (1 / 6), abs=1e-4)
    assert smallest_by_exact_test(30, *losses_as_now(0.5)) is None  # half of the rows are lost already
    assert smallest_by_exact_test(2.7, *losses_as_now(0.0)) is None


def test_a_baseline_near_1_leaves_nothing_to_find():
    found = [smallest_by_exact_test(200, *losses_of_correlated(rate)) for rate in (0.0, 0.3, 0.75, 0.9)]
    assert None not in found
    assert found[0] == smallest_by_exact_test(200, *losses_as_now(0.0))
    for rate in (0.99, 1.0):
        assert smallest_by_exact_test(200, *losses_of_correlated(rate)) is None


def test_correlated_rows_are_those_of_a_simulation():
    """Of two systems with right rows that correlate by 0.5: the share that only the first has."""
    losses, most = losses_of_correlated(0.6)
    assert most == 0.4
    one, other = losses(0.1), losses(0.1) + 0.1
    both = 0.6 - one
    random = np.random.default_rng(0)
    kind = random.choice(4, 200_000, p=[both, one, other, 1 - both - one - other])
    theirs, ours = np.isin(kind, (0, 1)), np.isin(kind, (0, 2))
    assert (theirs.mean(), ours.mean()) == pytest.approx((0.6, 0.7), abs=0.005)
    assert np.corrcoef(theirs, ours)[0, 1] == pytest.approx(0.5, abs=0.01)
