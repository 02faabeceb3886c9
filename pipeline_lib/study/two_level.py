"""Differences between runs of several seeds on the same test rows, with intervals that count seeds and rows together.

Seeds and rows are crossed: every seed answers the same rows. The variance of the mean over both is that over rows (of
the seeds' mean) plus that over seeds (of their figures): the sum is a little too large, by the part that belongs to
neither, and so on the careful side (Owen 2007, The pigeonhole bootstrap, Annals of Applied Statistics 1:386, shows the
same of resampling both together). Its degrees of freedom are Welch and Satterthwaite's. Resampling three seeds
themselves was tried: it draws one seed alone in every ninth draw, and held the truth in 87% where seeds differ most.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from pipeline_lib.evaluation.metrics.definitions import Ratio
from pipeline_lib.evaluation.rates import LEVEL
from pipeline_lib.evaluation.significance import Value, draws, gain, interval, p_text

LEAST_SEEDS = 3
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """A figure, or a difference of two, as the mean over seeds: its interval, its p against 0, and its verdict."""

    difference: float
    low: float | None
    high: float | None
    p: float
    p_text: str
    verdict: str  # better | worse | no clear difference
    by: str  # seeds and rows | rows


def difference(ours: Floats, theirs: Floats, value: Value, better: str, groups: Sequence[str], seed: int) -> Difference:
    """Return the mean over seeds of `value` of `ours` minus that of `theirs`, both (S, n, C): one seed, one row of S.

    Of LEAST_SEEDS or more the interval counts seeds and rows, and is at least as wide as that over rows alone, which is
    significance.gain of the seeds' mean; p is the larger of both. Of fewer it is that alone. `groups` (n,) are
    resampled, not rows. A verdict needs an interval that excludes 0, and p below 0.05.
    """
    rows = gain(ours.mean(axis=0), theirs.mean(axis=0), value, better, groups, seed)
    if len(ours) < LEAST_SEEDS:
        return Difference(rows.difference, rows.low, rows.high, rows.p, rows.p_text, rows.verdict, "rows")
    first, second = _by_group(ours, groups), _by_group(theirs, groups)
    by_seed = _of_seeds(first, value) - _of_seeds(second, value)
    drawn = [
        np.mean([_of(counts, a, value) - _of(counts, b, value) for a, b in zip(first, second, strict=True)], axis=0)
        for counts in draws(first.shape[1], seed)
    ]
    mean, error, freedom = _combined(by_seed, drawn, first.shape[1])
    if error is None or rows.low is None or rows.high is None:
        return Difference(mean, None, None, rows.p, rows.p_text, "no clear difference", "seeds and rows")
    half_width = float(stats.t.isf((1 - LEVEL) / 2, freedom)) * error
    low, high = min(mean - half_width, rows.low), max(mean + half_width, rows.high)
    p = max(2 * float(stats.t.sf(abs(mean) / error, freedom)), rows.p)
    verdict = "no clear difference"
    if rows.verdict != verdict and p < 1 - LEVEL and not low <= 0 <= high:
        verdict = "better" if (mean > 0) == (better == "higher") else "worse"
    text = rows.p_text if p == rows.p else p_text(p)
    return Difference(mean, low, high, p, text, verdict, "seeds and rows")


def level(ours: Floats, value: Value, groups: Sequence[str], seed: int) -> tuple[float, float | None, float | None]:
    """Return the mean over seeds of `value` of `ours` (S, n, C), and the ends of its 95% interval, None for no end."""
    if len(ours) < LEAST_SEEDS:
        found = interval(ours.mean(axis=0), value, groups, seed)
        return found.value, found.low, found.high
    sums = _by_group(ours, groups)
    drawn = [np.mean([_of(counts, one, value) for one in sums], axis=0) for counts in draws(sums.shape[1], seed)]
    mean, error, freedom = _combined(_of_seeds(sums, value), drawn, sums.shape[1])
    if error is None:
        return mean, None, None
    half_width = float(stats.t.isf((1 - LEVEL) / 2, freedom)) * error
    least, most = (0.0, value.most) if isinstance(value, Ratio) and value.then is None else (-math.inf, math.inf)
    return mean, max(least, mean - half_width), min(most, mean + half_width)


def _combined(by_seed: Floats, drawn: list[Floats], groups: int) -> tuple[float, float | None, float]:
    """Return the mean over seeds, its standard error (None: there is none) and the degrees of freedom."""
    mean = float(by_seed.mean())
    if not drawn:  # a single group
        return mean, None, 0.0
    over_rows = float(np.concatenate(drawn).var()) * groups / (groups - 1)
    over_seeds = float(by_seed.var(ddof=1)) / len(by_seed)
    total = over_rows + over_seeds
    if total <= 1e-24:
        return mean, None, 0.0
    freedom = total**2 / (over_rows**2 / (groups - 1) + over_seeds**2 / (len(by_seed) - 1))
    return mean, math.sqrt(total), freedom


def _by_group(runs: Floats, groups: Sequence[str]) -> Floats:
    """Return the sums (S, G, C) of the rows (S, n, C) of each group."""
    places = pd.factorize(np.array(groups))[0]
    sums = np.zeros((len(runs), places.max() + 1, runs.shape[2]))
    for run, table in zip(sums, runs, strict=True):
        np.add.at(run, places, table)
    return sums


def _of_seeds(sums: Floats, value: Value) -> Floats:
    """Return `value` (S,) of all groups (S, G, C) of each seed."""
    return np.array([float(value(*one.sum(axis=0))) for one in sums])


def _of(counts: Floats, sums: Floats, value: Value) -> Floats:
    """Return `value` (B,) of the groups' sums (G, C), each group taken as often as counts (B, G) says."""
    return np.asarray(value(*np.moveaxis(counts @ sums, -1, 0)))
