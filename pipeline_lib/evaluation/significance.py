"""Bootstrap intervals and permutation tests over groups of rows, and score intervals of rates.

A metric is `value` of the sums of a few columns over rows (a mean: total / rows; perplexity: exp(nats / tokens)), so
that every metric is resampled the same way: draw groups, add up their sums, apply `value` once to all draws.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline_lib.core.errors import UserError

DRAWS = 10_000
LEVEL = 0.95
POWER = 2.8  # standard errors: 1.96 for a two-sided test at 5%, 0.84 for 80% power
EXACT_UP_TO = 13  # groups; 2^13 sign flips are fewer than DRAWS
CELLS = 2_000_000  # numbers in memory at once while resampling
_ROUNDING = 1e-12  # a number nearer to 0 is 0 but for rounding

Value = Callable[..., NDArray[np.float64]]


@dataclass(frozen=True)
class Interval:
    """The value of a metric and its 95% interval; both ends are None where there is a single group to resample."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Gain:
    """The difference ours - theirs in one metric on the same rows, in the metric's own unit, and its tests."""

    difference: float
    low: float | None
    high: float | None
    p: float
    p_text: str
    verdict: str  # better | worse | no clear difference
    smallest_detectable: float | None  # the difference that a test on so many rows finds with 80% power
    rows_better: int
    rows_worse: int


def interval(columns: NDArray[np.float64], value: Value, groups: Sequence[str], seed: int) -> Interval:
    """Return `value` of the sums of `columns` (n, C) with its bootstrap interval; `groups` (n,) are resampled.

    The percentile interval, its percentiles widened for few groups: Hesterberg (2015), What Teachers Should Know
    About the Bootstrap, The American Statistician 69:371, section 4.5 (expanded percentile).
    Raises UserError for a number that is not finite.
    """
    sums = _group_sums(columns, groups)
    found = float(value(*sums.sum(axis=0)))
    drawn = [value(*np.moveaxis(counts @ sums, -1, 0)) for counts in draws(len(sums), seed)]
    low, high = ends(np.concatenate(drawn), len(sums)) if drawn else (None, None)
    return Interval(found, low, high)


def standard_error(columns: NDArray[np.float64], value: Value, groups: Sequence[str], seed: int) -> float | None:
    """Return the standard error of `value` of the sums of `columns` (n, C), by the bootstrap of `interval`.

    It is widened for few groups as in `gain`; None where there is a single group.
    """
    sums = _group_sums(columns, groups)
    drawn = [value(*np.moveaxis(counts @ sums, -1, 0)) for counts in draws(len(sums), seed)]
    return float(np.concatenate(drawn).std()) * math.sqrt(len(sums) / (len(sums) - 1)) if drawn else None


def gain(
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    value: Value,
    better: str,
    groups: Sequence[str],
    seed: int,
) -> Gain:
    """Return the difference of `value` between `ours` and `theirs` (n, C), on the same rows, and its tests.

    The interval is a paired bootstrap over groups, p a two-sided paired permutation test (ours and theirs swapped
    by group; all 2^G swaps where they are few, else DRAWS of them, counting the one observed: Phipson and Smyth 2010).
    `better` is "higher" or "lower". A verdict other than "no clear difference" needs an interval that excludes 0, and
    p below 0.05.
    """
    a, b = _group_sums(ours, groups), _group_sums(theirs, groups)
    difference = float(value(*a.sum(axis=0)) - value(*b.sum(axis=0)))
    drawn = [
        value(*np.moveaxis(counts @ a, -1, 0)) - value(*np.moveaxis(counts @ b, -1, 0))
        for counts in draws(len(a), seed)
    ]
    low, high, smallest_detectable = None, None, None
    if drawn:
        differences = np.concatenate(drawn)
        low, high = ends(differences, len(a))
        smallest_detectable = POWER * float(differences.std()) * math.sqrt(len(a) / (len(a) - 1))
    p = _permutation_p(a, b, value, difference, seed)
    sign = 1.0 if better == "higher" else -1.0
    verdict = "no clear difference"
    if low is not None and high is not None and p < 1 - LEVEL and (low > _ROUNDING or high < -_ROUNDING):
        verdict = "better" if sign * difference > 0 else "worse"
    rows = sign * (value(*ours.T) - value(*theirs.T))
    return Gain(
        difference, low, high, p, p_text(p), verdict, smallest_detectable, int((rows > 0).sum()), int((rows < 0).sum())
    )


def against_all(gains: Mapping[str, tuple[str, float]], best: str) -> str:
    """Return the verdict of the tuned model against all baselines, from the (verdict, p) over each.

    "better" where it is better than every one: an intersection-union test, whose error is at most that of one test
    (Berger 1982, Multiparameter hypothesis testing and acceptance sampling). "worse" where it is worse than the `best`
    one, which the test rows themselves chose, so that its p counts once for each baseline (Bonferroni).
    """
    verdict, p = gains[best]
    if all(each == "better" for each, _ in gains.values()):
        return "better"
    if verdict == "worse" and p * len(gains) < 1 - LEVEL:
        return "worse"
    return "no clear difference"


def p_text(p: float) -> str:
    """Return p with three decimals, below 0.001 with an exponent (DVC would show 0.0)."""
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"


def _group_sums(columns: NDArray[np.float64], groups: Sequence[str]) -> NDArray[np.float64]:
    """Return the sums (G, C) of the rows of each group, in order of first appearance."""
    if not len(columns):
        raise UserError("there are no rows to compare: run the score stage on a split with test rows")
    if not np.isfinite(columns).all():
        raise UserError(f"row {int(np.argwhere(~np.isfinite(columns))[0][0]) + 1} has a number that is not finite")
    places = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    sums = np.zeros((len(places), columns.shape[1]))
    np.add.at(sums, [places[name] for name in groups], columns)
    return sums


def draws(groups: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each group is drawn, (block, G), DRAWS rows in all; nothing where there is one group."""
    if groups < 2:
        return
    random = np.random.default_rng(seed)
    block = max(1, CELLS // groups)
    for start in range(0, DRAWS, block):
        rows = min(block, DRAWS - start)
        picked = random.integers(0, groups, (rows, groups)) + groups * np.arange(rows)[:, None]
        yield np.bincount(picked.ravel(), minlength=rows * groups).reshape(rows, groups).astype(np.float64)


def ends(drawn: NDArray[np.float64], groups: int) -> tuple[float, float]:
    """Return the ends of the expanded percentile interval of the `drawn` values, from so many groups (at least 2)."""
    tail = stats.norm.sf(math.sqrt(groups / (groups - 1)) * stats.t.isf((1 - LEVEL) / 2, groups - 1))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _permutation_p(a: NDArray[np.float64], b: NDArray[np.float64], value: Value, difference: float, seed: int) -> float:
    """Return p of `difference` between the group sums `a` and `b` (G, C) when their groups are swapped at random."""
    groups = len(a)
    exact = groups <= EXACT_UP_TO
    random = np.random.default_rng(seed)
    swaps = 2**groups if exact else DRAWS
    block = max(1, CELLS // groups)
    extreme = 0
    for start in range(0, swaps, block):
        rows = min(block, swaps - start)
        if exact:
            swap = (np.arange(start, start + rows)[:, None] >> np.arange(groups)) & 1
        else:
            swap = random.integers(0, 2, (rows, groups))
        moved = swap.astype(np.float64) @ (b - a)  # (block, C)
        left, right = a.sum(axis=0) + moved, b.sum(axis=0) - moved
        differences = np.abs(value(*left.T) - value(*right.T))
        extreme += int(
            (differences >= abs(difference) * (1 - 1e-9) - _ROUNDING).sum()
        )  # counts where equal but for rounding
    return extreme / swaps if exact else (extreme + 1) / (swaps + 1)


def wilson(successes: int, rows: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the ends of Wilson's score interval of `successes` of `rows` (1 or more), both within 0 and 1.

    (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n): the rates that a score test at `level` does not reject.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    rate = successes / rows
    centre = rate + z * z / (2 * rows)
    margin = z * math.sqrt(rate * (1 - rate) / rows + z * z / (4 * rows * rows))
    scale = 1 + z * z / rows
    # Rounding must not move the ends of 0 of n and n of n.
    low = 0.0 if successes == 0 else (centre - margin) / scale
    high = 1.0 if successes == rows else (centre + margin) / scale
    return low, high


def newcombe(inside: tuple[int, int], outside: tuple[int, int], level: float = LEVEL) -> tuple[float, float]:
    """Return the ends of Newcombe's hybrid score interval of a difference of rates, each (successes, rows).

    With (l, u) Wilson's interval of each rate p: from d - sqrt((p1-l1)² + (u2-p2)²) to d + sqrt((u1-p1)² + (p2-l2)²).
    """
    (l1, u1), (l2, u2) = wilson(*inside, level), wilson(*outside, level)
    p1, p2 = inside[0] / inside[1], outside[0] / outside[1]
    return p1 - p2 - math.hypot(p1 - l1, u2 - p2), p1 - p2 + math.hypot(u1 - p1, p2 - l2)
