"""Intervals of metrics and of their differences, and permutation tests, over groups of rows.

A metric is `value` of the sums of a few columns over rows (a mean: total / rows; perplexity: exp(nats / tokens)), so
that every metric is resampled the same way: draw groups, add up their sums, apply `value` once to all draws.
A Ratio of 0 and 1 has a score interval (rates.py), any other Ratio a studentized bootstrap, the rest a percentile one.
How often each holds the truth: docs/intervals.md.
"""

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.metrics.definitions import Ratio
from pipeline_lib.evaluation.power import LEAST_WINS, losses_as_now, smallest_by_exact_test, smallest_by_normal
from pipeline_lib.evaluation.rates import LEVEL, alike_interval, paired_interval, paired_units, rate_interval

DRAWS = 10_000
SKEWED = 25  # times skewness squared: so many rows are needed for a 95% interval of a mean (Cochran 1977)
EXACT_UP_TO = 13  # groups; 2^13 sign flips are fewer than DRAWS
CELLS = 2_000_000  # numbers in memory at once while resampling
_ROUNDING = 1e-12  # a number nearer to 0 is 0 but for rounding

Value = Callable[..., NDArray[np.float64]]


@dataclass(frozen=True)
class Interval:
    """The value of a metric and its 95% interval; both ends are None where rows cannot tell it (see `interval`)."""

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
    detectable_by: str | None = None  # exact: McNemar's exact test; normal: the approximation; None: it is not known
    least_wins: int | None = None  # rows or groups that must be better, none being worse; None: there are fewer
    skewness: float | None = None  # of the rows' or groups' differences; None for a difference of 0 and 1
    warning: str | None = None  # where a few rows carry the difference


def interval(columns: NDArray[np.float64], value: Value, groups: Sequence[str], seed: int) -> Interval:
    """Return `value` of the sums of `columns` (n, C) with its 95% interval over `groups` (n,).

    A rate of units that are 0 or 1: Wilson's score interval, with the design effect of groups (rates.py). Any other
    Ratio: the studentized bootstrap, which follows the skewness of the rows (Davison and Hinkley 1997, 5.2.1), at each
    end at least as wide as Student's interval. The rest: the percentile bootstrap, widened for few groups (Hesterberg
    2015, What Teachers Should Know About the Bootstrap, The American Statistician 69:371, section 4.5).
    Both ends are None for a single group, and where all groups are alike in a metric without an upper bound.
    Raises UserError for a number that is not finite.
    """
    sums = _group_sums(columns, groups)
    found = float(value(*sums.sum(axis=0)))
    if isinstance(value, Ratio):
        sides = value.sides(columns)
        by_group = _group_sums(sides, groups)
        if value.most == 1 and _counted(sides):
            ends_of_rate = rate_interval(*by_group.T)
        else:
            ends_of_rate = _studentized([by_group], lambda ratio: ratio, value.most, seed)[0]
        if ends_of_rate is None:
            return Interval(found, None, None)
        low, high = value.of(np.array(ends_of_rate)).tolist()
        return Interval(found, low, high)
    drawn = [value(*np.moveaxis(counts @ sums, -1, 0)) for counts in draws(len(sums), seed)]
    return Interval(found, *(_percentile(np.concatenate(drawn), len(sums)) if drawn else None) or (None, None))


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

    The interval of a difference of rows that are 0 or 1 is Tango's, any other that of `interval`, paired: both systems
    are resampled together. p is a two-sided paired permutation test (ours and theirs swapped by group): the exact
    binomial for rows of 0 and 1 (McNemar's), all 2^G swaps where there are few groups, else DRAWS of them, counting the
    one observed (Phipson and Smyth 2010).
    `better` is "higher" or "lower". A verdict other than "no clear difference" needs an interval that excludes 0, and
    p below 0.05.
    """
    a, b = _group_sums(ours, groups), _group_sums(theirs, groups)
    difference = float(value(*a.sum(axis=0)) - value(*b.sum(axis=0)))
    paired = _paired_rates(_sides_of_rate(ours, value), _sides_of_rate(theirs, value), groups)
    found_ends, error, skewness = None, None, None
    if paired is not None and len(a) > 1:
        found_ends = paired_interval(*paired.T)
    elif isinstance(value, Ratio):
        by_group = [_group_sums(value.sides(side), groups) for side in (ours, theirs)]
        most = value.most if value.then is None else math.inf
        found_ends, error, skewness = _studentized(by_group, value.of, most, seed)
    elif len(a) > 1:
        drawn = np.concatenate(
            [
                value(*np.moveaxis(counts @ a, -1, 0)) - value(*np.moveaxis(counts @ b, -1, 0))
                for counts in draws(len(a), seed)
            ]
        )
        found_ends = _percentile(drawn, len(a))
        error = float(drawn.std()) * math.sqrt(len(a) / (len(a) - 1))
    low, high = found_ends or (None, None)
    p, resolution = _paired_p(a, b, value, paired, difference, seed)
    sign = 1.0 if better == "higher" else -1.0
    verdict = "no clear difference"
    if low is not None and high is not None and p < 1 - LEVEL and (low > _ROUNDING or high < -_ROUNDING):
        verdict = "better" if sign * difference > 0 else "worse"
    smallest, how = _smallest_detectable(a, b, paired, error)
    rows = sign * (value(*ours.T) - value(*theirs.T))
    return Gain(
        difference,
        low,
        high,
        p,
        p_text(p, resolution),
        verdict,
        smallest,
        int((rows > 0).sum()),
        int((rows < 0).sum()),
        how,
        LEAST_WINS if len(a) >= LEAST_WINS else None,
        skewness,
        _skewed(skewness, len(a), len(a) == len(ours)),
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


def p_text(p: float, resolution: float = 0.0) -> str:
    """Return p with three decimals, below 0.001 with an exponent (DVC would show 0.0).

    `resolution` is the smallest p that a test by random swaps can have: there it is "<= 1e-4", for it may be smaller.
    """
    if p <= resolution:
        exponent = math.floor(math.log10(resolution) + 1e-3)  # 1 of 10,001 is nearly 1e-4, and below it
        return f"<= {math.ceil(resolution / 10**exponent - 1e-9)}e{exponent}"
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"


def rate_of_rows(columns: NDArray[np.float64], value: Value, groups: Sequence[str]) -> tuple[float, float] | None:
    """Return the rate of rows that are 0 or 1, and as how many rows apart they count; None where it is no such rate."""
    sides = _sides_of_rate(columns, value)
    paired = None if sides is None else _paired_rates(sides, sides * np.array([0.0, 1.0]), groups)
    if paired is None:
        return None
    return float(paired[:, 0].sum() / paired[:, 2].sum()), paired_units(*paired.T)


def _counted(sides: NDArray[np.float64]) -> bool:
    """Return whether each row's two numbers (n, 2) are a number of units of a kind and the number of units."""
    return bool((sides == sides.round()).all() and (sides[:, 0] >= 0).all() and (sides[:, 0] <= sides[:, 1]).all())


def _sides_of_rate(columns: NDArray[np.float64], value: Value) -> NDArray[np.float64] | None:
    """Return the two numbers (n, 2) of each row whose sums are divided; None where `value` is no rate of units."""
    if not isinstance(value, Ratio) or value.then is not None or value.most != 1:
        return None
    sides = value.sides(columns)
    return sides if _counted(sides) else None


def _paired_rates(
    ours: NDArray[np.float64] | None, theirs: NDArray[np.float64] | None, groups: Sequence[str]
) -> NDArray[np.float64] | None:
    """Return by group the rows that only ours has, those that only theirs has, and all rows, (G, 3).

    None where `ours` and `theirs`, of _sides_of_rate, are no rates of the same rows, each 0 or 1.
    """
    if ours is None or theirs is None:
        return None
    (one, of), (other, of_other) = ours.T, theirs.T
    if (of != of_other).any() or of.max() > 1 or not of.any():
        return None
    found = _group_sums(np.stack([one > other, other > one, of], axis=1).astype(np.float64), groups)
    return found[found[:, 2] > 0]


def _studentized(
    sides: Sequence[NDArray[np.float64]], of: Value, most: float, seed: int
) -> tuple[tuple[float, float] | None, float | None, float | None]:
    """Return ends, standard error and skewness of `of` of a ratio, or of the difference of two.

    `sides` are one or two arrays (G, 2), whose sums are divided; `most` is the largest value there can be. The ends are
    found - t x error, with t of the draws (drawn - found) / the draw's own error, but at least Student's: where many
    groups are alike, draws have too small a t, or none. All three are None for a single group; where all groups are
    alike there is no skewness, and an interval only of values that have a bound (rates.alike_interval).
    """
    groups = len(sides[0])
    if groups < 2 or not all(side[:, 1].sum() > 0 for side in sides):
        return None, None, None
    ratios = [side[:, 0].sum() / side[:, 1].sum() for side in sides]
    # Deviations from the ratio instead of the first number: their squares lose fewer digits.
    table = np.concatenate(
        [np.stack([side[:, 0] - at * side[:, 1], side[:, 1]], axis=1) for side, at in zip(sides, ratios, strict=True)],
        1,
    )
    width = table.shape[1]
    first, second = np.triu_indices(width)
    products = np.concatenate([table, table[:, first] * table[:, second]], axis=1)
    twice = np.where(first == second, 1.0, 2.0)

    def estimate(sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return value (B,), its error (B,) and the weights (B, width) of a group's numbers in it."""
        total, weights = np.zeros(len(sums)), np.zeros((len(sums), width))
        for place, (at, sign) in enumerate(zip(ratios, (1.0, -1.0), strict=False)):
            deviation, whole = sums[:, 2 * place], sums[:, 2 * place + 1]
            moved = np.divide(deviation, whole, out=np.zeros(len(sums)), where=whole > 0)
            ratio, step = at + moved, 1e-6 * max(abs(at), 1e-3)
            slope = (of(ratio + step) - of(ratio - step)) / (2 * step)
            total += sign * of(ratio)
            weights[:, 2 * place] = sign * np.divide(slope, whole, out=np.zeros(len(sums)), where=whole > 0)
            weights[:, 2 * place + 1] = -moved * weights[:, 2 * place]
        squares = ((weights[:, first] * weights[:, second] * twice) * sums[:, width:]).sum(axis=1)
        return total, np.sqrt(np.maximum(0.0, squares)), weights

    values, errors, weights = estimate(products.sum(axis=0)[None])
    found, error = float(values[0]), float(errors[0])
    tiny = 1e-7 * max(abs(float(of(np.float64(at)))) for at in ratios)
    least = -most if len(sides) > 1 else 0.0
    if error <= tiny + _ROUNDING:
        return (alike_interval(found, least, sides[0][:, 1]) if most == 1 else None), 0.0, None
    influence = table @ weights[0]
    skewness = float((influence**3).mean() / (influence**2).mean() ** 1.5)
    all_drawn, all_errors = [], []
    for counts in draws(groups, seed):
        drawn, drawn_errors, _ = estimate(counts @ products)
        all_drawn.append(drawn)
        all_errors.append(drawn_errors)
    drawn, drawn_errors = np.concatenate(all_drawn), np.concatenate(all_errors)
    moved, certain = drawn - found, drawn_errors <= tiny + _ROUNDING
    t = np.where(certain, np.copysign(np.inf, moved), moved / np.where(certain, 1.0, drawn_errors))
    t[certain & (np.abs(moved) <= tiny + _ROUNDING)] = 0.0
    tail = (1 - LEVEL) / 2
    low, high = np.sort(t)[[math.floor(tail * (len(t) - 1)), math.ceil((1 - tail) * (len(t) - 1))]]
    widened = error * math.sqrt(groups / (groups - 1))
    students = float(stats.t.isf(tail, groups - 1)) * math.sqrt(groups / (groups - 1))
    if not (math.isfinite(low) and math.isfinite(high)):
        low = high = 0.0
    low, high = min(float(low), -students), max(float(high), students)
    found_ends = (max(least, found - high * error), min(most, found - low * error))
    return found_ends, widened, skewness


def _smallest_detectable(
    a: NDArray[np.float64], b: NDArray[np.float64], paired: NDArray[np.float64] | None, error: float | None
) -> tuple[float | None, str | None]:
    """Return the difference that a test on so many rows finds with 80% power, and how it was found.

    The exact test counts the rows that only one system has right: as many as now are expected for the worse one. The
    normal approximation needs at least as many differing groups as a test needs; where fewer differ, it is not known.
    """
    if len(a) < LEAST_WINS:
        return None, None
    if paired is not None:
        units = paired_units(*paired.T)
        losses = float(paired[:, :2].sum(axis=0).min() / paired[:, 2].sum())
        smallest = smallest_by_exact_test(units, *losses_as_now(losses))
        return smallest, None if smallest is None else "exact"
    if not error or (np.abs(a - b) > _ROUNDING).any(axis=1).sum() < LEAST_WINS:
        return None, None
    return smallest_by_normal(error, len(a)), "normal"


def _skewed(skewness: float | None, groups: int, apart: bool) -> str | None:
    """Return the warning that a few rows carry a difference; None where the rule of Cochran holds."""
    if skewness is None or groups > SKEWED * skewness**2:
        return None
    needed, unit = math.floor(SKEWED * skewness**2) + 1, "rows" if apart else "groups"
    return (
        f"a few {unit} carry the difference: their differences have a skewness of {skewness:.1f}, and a 95% interval "
        f"of a mean needs more than {SKEWED} times its square, {needed:,} {unit} (Cochran 1977, Sampling Techniques, "
        f"2.15); there are {groups:,}"
    )


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


def _percentile(drawn: NDArray[np.float64], groups: int) -> tuple[float, float] | None:
    """Return the ends of the interval of the `drawn` values; None where all are alike, which is no certainty."""
    return None if float(np.ptp(drawn)) <= _ROUNDING else ends(drawn, groups)


def ends(drawn: NDArray[np.float64], groups: int) -> tuple[float, float]:
    """Return the ends of the expanded percentile interval of the `drawn` values, from so many groups (at least 2)."""
    tail = stats.norm.sf(math.sqrt(groups / (groups - 1)) * stats.t.isf((1 - LEVEL) / 2, groups - 1))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _paired_p(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    value: Value,
    paired: NDArray[np.float64] | None,
    difference: float,
    seed: int,
) -> tuple[float, float]:
    """Return p of `difference` and the smallest p that the test can have, 0 of an exact one."""
    if paired is None or paired[:, 2].max() > 1:
        return _permutation_p(a, b, value, difference, seed), 1 / (DRAWS + 1) if len(a) > EXACT_UP_TO else 0.0
    wins, losses = (int(side) for side in paired[:, :2].sum(axis=0))
    if not wins + losses:
        return 1.0, 0.0
    return max(sys.float_info.min, float(stats.binomtest(wins, wins + losses).pvalue)), 0.0


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
