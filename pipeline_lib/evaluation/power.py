"""The smallest difference that a test on so many rows finds: exactly for 0 and 1, else by the normal approximation."""

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

from pipeline_lib.evaluation.rates import LEVEL

CORRELATION = 0.5  # of two systems' rows, where it is not known
SHARE = 0.8  # of the tests that find the difference
LEAST_WINS = math.floor(math.log2(2 / (1 - LEVEL))) + 1  # 2 of 2^n swaps are as extreme as n wins: 6 for p below 0.05


def smallest_by_normal(error: float, groups: int) -> float:
    """Return the smallest difference that is found with 80% power, of its standard `error` over so many groups.

    It is 2.8 errors, 1.96 for a two-sided test at 5% and 0.84 for the power; more of few groups, by Student's t (Bloom
    1995, Minimum Detectable Effects, Evaluation Review 19:547). It assumes that the mean of so many rows is normal, and
    that rows differ as much as in the rows at hand.
    """
    return float(stats.t.isf((1 - LEVEL) / 2, groups - 1) + stats.t.isf(1 - SHARE, groups - 1)) * error


def smallest_by_exact_test(rows: float, losses: Callable[[float], float], most: float) -> float | None:
    """Return the smallest difference of two rates that McNemar's exact test finds on `rows` rows with 80% power.

    `losses` is the share of rows that only the other system has right, where the difference is so large, which is at
    most `most`. None where no difference is found so often.
    """
    count = math.floor(rows + 1e-6)

    def short(difference: float) -> float:
        return exact_power(count, losses(difference), difference) - SHARE

    if count < LEAST_WINS or most <= 0 or short(most) < 0:
        return None
    return float(optimize.brentq(short, 0, most, xtol=1e-6))


def losses_as_now(share: float) -> tuple[Callable[[float], float], float]:
    """Return `losses` and `most` of smallest_by_exact_test where `share` is lost, whatever the difference."""
    return lambda difference: share, 1 - 2 * share


def losses_of_correlated(rate: float) -> tuple[Callable[[float], float], float]:
    """Return `losses` and `most` of smallest_by_exact_test where the other system has `rate` of the rows right, and the
    rows that the two have right correlate by CORRELATION.
    """

    def losses(difference: float) -> float:
        ours = rate + difference
        spread = math.sqrt(max(0.0, rate * (1 - rate) * ours * (1 - ours)))
        return max(0.0, rate * (1 - ours) - CORRELATION * spread)

    return losses, 1 - rate


def exact_power(rows: int, losses: float, difference: float) -> float:
    """Return how often McNemar's exact test of `rows` rows says better, where theirs alone is right in the share
    `losses` and ours alone in `losses` + `difference`.
    """
    apart = 2 * losses + difference
    if apart <= 0:
        return 0.0
    discordant = np.arange(rows + 1)
    needed = stats.binom.isf((1 - LEVEL) / 2, discordant, 0.5) + 1  # wins, for p below 1 - LEVEL
    found = stats.binom.sf(needed - 1, discordant, (losses + difference) / apart)
    return float(stats.binom.pmf(discordant, rows, min(1.0, apart)) @ found)
