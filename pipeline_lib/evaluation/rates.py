"""Intervals of rates: of one rate, and of the difference of two on the same rows or on different ones.

A rate is a number of units of one kind (right answers) over a number of units (rows). Score intervals hold near 0 and
1, where a bootstrap of rows that are all alike has no width. Units of a group may be alike: then they count as fewer,
by the design effect, the variance of the rate over that which it would have if all units were drawn apart (Kish 1965).
"""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

LEVEL = 0.95
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)

Floats = NDArray[np.float64]


def wilson(successes: float, units: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the ends of Wilson's score interval of `successes` of `units` (above 0), both within 0 and 1.

    (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n): the rates that a score test at `level` does not reject
    (Wilson 1927). `units` may be the fewer units that grouped ones count as.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    rate = successes / units
    centre = rate + z * z / (2 * units)
    margin = z * math.sqrt(max(0.0, rate * (1 - rate)) / units + z * z / (4 * units * units))
    scale = 1 + z * z / units
    # Rounding must not move the ends of 0 of n and n of n.
    low = 0.0 if rate <= 0 else (centre - margin) / scale
    high = 1.0 if rate >= 1 else (centre + margin) / scale
    return low, high


def newcombe(inside: tuple[int, int], outside: tuple[int, int], level: float = LEVEL) -> tuple[float, float]:
    """Return the ends of Newcombe's hybrid score interval of a difference of rates, each (successes, units).

    With (l, u) Wilson's interval of each rate p: from d - sqrt((p1-l1)² + (u2-p2)²) to d + sqrt((u1-p1)² + (p2-l2)²).
    The units of the two are different ones (Newcombe 1998, Statistics in Medicine 17:873, method 10).
    """
    (l1, u1), (l2, u2) = wilson(*inside, level), wilson(*outside, level)
    p1, p2 = inside[0] / inside[1], outside[0] / outside[1]
    return p1 - p2 - math.hypot(p1 - l1, u2 - p2), p1 - p2 + math.hypot(u1 - p1, p2 - l2)


def tango(wins: float, losses: float, rows: float) -> tuple[float, float]:
    """Return the ends of Tango's score interval of a difference of rates on the same rows, (wins - losses) / rows.

    `wins` are the rows that only ours has, `losses` those that only theirs has. The ends are the differences that a
    score test does not reject, McNemar's for 0 (Tango 1998, Statistics in Medicine 17:891). Numbers may be the fewer
    that grouped rows count as.
    """
    found = (wins - losses) / rows

    def score(difference: float, wanted: float) -> float:
        """Return how far the score of a difference is from `wanted`, times its standard error."""
        b = (2 * rows - wins + losses) * difference - wins - losses
        c = -losses * difference * (1 - difference)
        lost = (math.sqrt(max(0.0, b * b - 8 * rows * c)) - b) / (4 * rows)  # the likeliest share of losses
        variance = rows * max(0.0, 2 * lost + difference * (1 - difference))
        return wins - losses - rows * difference - wanted * math.sqrt(variance)

    near = 1e-9  # where all rows are alike the score is 0 at the difference found, too
    low = -1.0 if found <= -1 + near else optimize.brentq(score, -1, found - near, args=(Z,))
    high = 1.0 if found >= 1 - near else optimize.brentq(score, found + near, 1, args=(-Z,))
    return float(low), float(high)


def rate_interval(part: Floats, whole: Floats) -> tuple[float, float] | None:
    """Return the ends of Wilson's interval of the rate sum(part) / sum(whole); both are numbers of units by group (G,).

    None where there is a single group, no unit, or all units are in one group.
    """
    known = whole > 0
    if len(whole) < 2 or not known.any() or (known.sum() == 1 and whole[known][0] > 1):
        return None
    part, whole = part[known], whole[known]
    rate = float(part.sum() / whole.sum())
    units = effective_units(part - rate * whole, whole, rate * (1 - rate))
    return wilson(rate * units, units)


def alike_interval(value: float, least: float, units: Floats) -> tuple[float, float]:
    """Return the ends of the interval of a mean where all groups (G,) of `units` have `value`, of `least` to 1.

    Of units drawn apart at most the share u (Wilson's end of none of them) may have another value, any that there is.
    """
    other = wilson(0, float(units.sum()) ** 2 / float((units**2).sum()))[1]
    return value - (value - least) * other, value + (1 - value) * other


def paired_interval(wins: Floats, losses: Floats, rows: Floats) -> tuple[float, float]:
    """Return the ends of Tango's interval of the difference of two rates; the numbers of rows are by group (G,)."""
    units = paired_units(wins, losses, rows)
    share = units / rows.sum()
    return tango(float(wins.sum()) * share, float(losses.sum()) * share, units)


def paired_units(wins: Floats, losses: Floats, rows: Floats) -> float:
    """Return as how many rows apart the rows of groups count in the difference of two rates."""
    total = rows.sum()
    difference = (wins - losses).sum() / total
    variance = float((wins + losses).sum() / total - difference**2)
    return effective_units(wins - losses - difference * rows, rows, variance)


def effective_units(residuals: Floats, units: Floats, variance: float) -> float:
    """Return as how many units drawn apart the `units` of groups (G,) count, at most all of them.

    `residuals` (G,) are each group's sum of deviations from the mean, `variance` is that of one unit. Where it is 0,
    the units of a group count as one (Kish 1965). With few groups the design effect is uncertain, so that the number is
    lowered by (z / t)² (Korn and Graubard 1998, Survey Methodology 24:193).
    """
    total = float(units.sum())
    if (units <= 1).all():
        return total
    if variance <= 1e-12:
        return total**2 / float((units**2).sum())
    groups = len(units)
    effect = groups / (groups - 1) * float((residuals**2).sum()) / (total * variance)
    return total / max(1.0, effect) * (Z / float(stats.t.isf((1 - LEVEL) / 2, groups - 1))) ** 2
