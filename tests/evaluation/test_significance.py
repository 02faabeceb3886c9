"""Intervals and p by simulation, against scipy and against plain loops: they hold what they promise."""

import math

import numpy as np
import pytest
from scipy import stats

from pipeline_lib.evaluation import significance
from pipeline_lib.evaluation.significance import against_all, gain, interval, p_text
from tests.helpers.stages import refused


def mean(total, rows):
    return total / rows


def perplexity(nats, tokens):
    return np.exp(nats / tokens)


def with_ones(values):
    """Return the columns (n, 2) of a mean: the value and 1 row."""
    return np.column_stack([values, np.ones(len(values))])


def apart(count):
    """Return groups of one row each."""
    return [str(number) for number in range(count)]


def skewed(random, shape):
    """Draw numbers like ROUGE of short answers, and return them with their true mean: a third 0, the rest skewed."""
    return np.where(random.random(shape) < 1 / 3, 0, random.beta(1.5, 4, shape)), 2 / 3 * 1.5 / 5.5


def covers(found, truth):
    return found.low <= truth <= found.high


def gain_of(pair, better="higher", groups=None, seed=0):
    """Return the gain of a mean: of ours over theirs."""
    ours, theirs = pair
    return gain(with_ones(ours), with_ones(theirs), mean, better, groups or apart(len(ours)), seed)


def interval_of(values, groups=None, seed=0):
    """Return the interval of a mean."""
    return interval(with_ones(values), mean, groups or apart(len(values)), seed)


# By simulation.
@pytest.fixture
def few_draws(monkeypatch):
    monkeypatch.setattr(significance, "DRAWS", 600)


def test_intervals_cover_the_truth(few_draws):
    random = np.random.default_rng(1)
    drawn = [skewed(random, 30) for _ in range(800)]
    hits = sum(covers(interval_of(values, seed=number), truth) for number, (values, truth) in enumerate(drawn))
    assert 0.92 <= hits / 800 <= 0.98
    random = np.random.default_rng(3)
    hits = 0
    for number in range(400):
        theirs, _ = skewed(random, 30)
        hits += covers(gain_of((theirs + 0.1 * random.exponential(1, 30), theirs), seed=number), 0.1)
    assert 0.92 <= hits / 400 <= 0.98


def test_an_interval_by_row_is_too_narrow_where_rows_share_a_group(few_draws):
    """Five rows of one group are nearly one row: a row-wise interval is far too narrow."""
    random = np.random.default_rng(2)
    groups = [str(number // 5) for number in range(150)]
    by_group, by_row = 0, 0
    for number in range(400):
        shared, truth = skewed(random, 30)
        values = np.repeat(shared, 5) + random.normal(0, 0.02, 150)
        by_group += covers(interval_of(values, groups, number), truth)
        by_row += covers(interval_of(values, seed=number), truth)
    assert 0.92 <= by_group / 400 <= 0.98
    assert by_row / 400 < 0.75


@pytest.mark.parametrize("groups", [8, 13, 14, 30])  # all 2^8 and 2^13 swaps; sampled
def test_p_rejects_a_true_null_hypothesis_at_most_at_the_level(few_draws, groups):
    random = np.random.default_rng(groups)
    pairs = [[skewed(random, groups)[0] for _ in range(2)] for _ in range(300)]
    found = np.array([gain_of(pair, seed=number).p for number, pair in enumerate(pairs)])
    for level in (0.05, 0.2, 0.5):
        allowed = stats.binom(300, level).ppf([0.001, 0.999])
        assert allowed[0] <= (found < level).sum() <= allowed[1], level


def test_p_by_row_is_wrong_where_rows_share_a_group(few_draws):
    random = np.random.default_rng(4)
    groups = [str(number // 5) for number in range(100)]
    by_group, by_row = 0, 0
    for number in range(200):
        ours, theirs = (np.repeat(skewed(random, 20)[0], 5) for _ in range(2))
        by_group += gain_of((ours, theirs), groups=groups, seed=number).p < 0.05
        by_row += gain_of((ours, theirs), seed=number).p < 0.05
    assert by_group <= stats.binom(200, 0.05).ppf(0.999)
    assert by_row > 50


def test_the_detectable_difference_is_found_four_times_in_five(few_draws):
    random = np.random.default_rng(5)
    effect = 2.8 * 0.1 / math.sqrt(40)  # 2.8 standard errors, were the spread of 0.1 known
    found = 0
    for number in range(300):
        theirs = random.normal(0.4, 0.1, 40)
        ours = theirs + random.normal(effect, 0.1, 40)
        found += gain_of((ours, theirs), seed=number).verdict == "better"
    assert 0.7 <= found / 300 <= 0.88


# Against scipy and by hand.
@pytest.fixture
def pair():
    """Return ours and theirs of 12 rows, apart by about two standard errors."""
    random = np.random.default_rng(6)
    theirs, _ = skewed(random, 12)
    return theirs + random.normal(0.06, 0.1, 12), theirs


def test_p_is_scipys_and_sampled_p_is_near_it(pair, monkeypatch):
    reference = stats.permutation_test(
        pair, lambda x, y, axis: (x - y).mean(axis), permutation_type="samples", vectorized=True
    )
    exact = gain_of(pair).p
    assert 0.01 < exact < 0.5
    assert exact == pytest.approx(reference.pvalue, abs=1e-12)
    monkeypatch.setattr(significance, "EXACT_UP_TO", 1)
    sampled = gain_of(pair).p
    assert sampled != exact
    assert sampled == pytest.approx(exact, abs=4 * math.sqrt(exact / 10_000))
    assert gain_of((np.full(40, 0.9), np.zeros(40))).p == 1 / (significance.DRAWS + 1), "never 0"


def test_the_interval_is_scipys_percentile_interval_at_the_level_widened_for_few_rows(pair):
    ours, theirs = pair
    tail = stats.norm.cdf(-math.sqrt(12 / 11) * stats.t.ppf(0.975, 11))
    assert tail < 0.02
    for values, found in ((ours, interval_of(ours)), (ours - theirs, gain_of((ours, theirs)))):
        reference = stats.bootstrap(
            (values,), np.mean, confidence_level=1 - 2 * tail, method="percentile", n_resamples=40_000, rng=1
        ).confidence_interval
        wide = reference.high - reference.low
        assert (found.low, found.high) == pytest.approx((reference.low, reference.high), abs=0.03 * wide)
    assert gain_of((ours, theirs)).smallest_detectable == pytest.approx(2.8 * stats.sem(ours - theirs), rel=0.03)


def test_a_ratio_is_resampled_as_a_ratio():
    """Perplexity of drawn rows: tokens and nats add up first. A loop over draws gives the same interval."""
    random = np.random.default_rng(7)
    tokens = random.integers(3, 60, 20).astype(float)
    nats = tokens * random.gamma(4, 0.4, 20)
    found = interval(np.column_stack([nats, tokens]), perplexity, apart(20), 0)
    assert found.value == pytest.approx(math.exp(nats.sum() / tokens.sum()))
    picked = [random.integers(0, 20, 20) for _ in range(10_000)]
    drawn = [math.exp(nats[rows].sum() / tokens[rows].sum()) for rows in picked]
    tail = stats.norm.cdf(-math.sqrt(20 / 19) * stats.t.ppf(0.975, 19))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03 * (high - low))


def test_p_of_a_ratio_swaps_all_columns_of_a_row():
    random = np.random.default_rng(8)
    tokens = random.integers(3, 60, 6).astype(float)
    ours, theirs = (np.column_stack([tokens * random.gamma(4, 0.4, 6), tokens]) for _ in range(2))
    found = gain(ours, theirs, perplexity, "lower", apart(6), 0)
    extreme = 0
    for swap in range(64):
        nats = [0.0, 0.0]
        for row in range(6):
            side = swap >> row & 1
            nats[side] += ours[row, 0]
            nats[1 - side] += theirs[row, 0]
        one, other = (math.exp(total / tokens.sum()) for total in nats)
        extreme += abs(one - other) >= abs(found.difference) * (1 - 1e-9)
    assert found.p == extreme / 64
    assert 2 / 64 <= found.p < 1


# Verdicts.
def test_groups_are_summed_and_one_alone_has_no_interval(pair):
    groups = ["b", "a", "c"] * 4
    found = gain_of(pair, groups=groups)
    order = np.argsort(groups, kind="stable")
    again = gain_of([side[order] for side in pair], groups=sorted(groups))
    assert (found.p, found.difference) == (again.p, pytest.approx(again.difference))
    assert found.p in {swaps / 8 for swaps in range(2, 9)}  # three groups: no p below 2/8, however many the rows
    found = gain_of((pair[0], pair[0]))
    assert (found.difference, found.low, found.high, found.p, found.smallest_detectable) == (0, 0, 0, 1, 0)
    assert (found.verdict, found.rows_better, found.rows_worse) == ("no clear difference", 0, 0)
    assert interval_of(pair[0], ["a"] * 12) == significance.Interval(pair[0].mean(), None, None)
    found = gain_of(pair, groups=["a"] * 12)
    assert (found.low, found.high, found.smallest_detectable) == (None, None, None)
    assert (found.p, found.verdict) == (1, "no clear difference")
    assert found.rows_better + found.rows_worse > 0


@pytest.mark.parametrize(("better", "verdict"), [("higher", "worse"), ("lower", "better")])
def test_the_verdict_depends_on_the_better_direction(better, verdict):
    theirs = np.linspace(0.3, 0.6, 20)
    ours = theirs - np.linspace(0.05, 0.15, 20)
    ours[0], ours[1] = theirs[0] + 0.1, theirs[1]
    found = gain_of((ours, theirs), better)
    assert (found.verdict, found.difference < 0, found.high < 0) == (verdict, True, True)
    assert (found.rows_better, found.rows_worse) == ((1, 18) if better == "higher" else (18, 1))


@pytest.mark.parametrize(
    ("differences", "significant", "clear"),
    [
        ([0.3, 0.9, 1.2, 0.9, 0.7, -0.8, 0.2, 1.3], True, False),
        ([2.9, 2.1, -0.2, -0.2, 2.3, 0.3, -0.3, -0.2, -0.1, 3.8, 3.8, -0.3], False, True),
        # This interval ends at 0 but for rounding: -9e-18.
        ([-0.3, 0.5, -0.2, -0.3, -0.3, -0.2, -0.2, -0.2, -0.4, -0.3, -0.1, -0.1], True, False),
        ([1, 1, 1, 1, 1], False, True),  # 2 of 2^5 swaps are as extreme as the best result there is: p is 2 / 32
    ],
)
def test_the_verdict_needs_both_p_and_the_interval(monkeypatch, differences, significant, clear):
    monkeypatch.setattr(significance, "DRAWS", 2000)
    found = gain_of((np.array(differences), np.zeros(len(differences))))
    assert (found.p < 0.05, found.low > 1e-12 or found.high < -1e-12) == (significant, clear)
    assert found.verdict == "no clear difference"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(pair, number):
    ours, theirs = pair
    broken = np.where(np.arange(12) == 3, number, ours)
    for call, given in ((interval_of, broken), (gain_of, (broken, theirs)), (gain_of, (ours, broken))):
        refused("row 4 has a number that is not finite", call, given)
    refused("no rows", interval, np.zeros((0, 2)), mean, [], 0)


def test_the_same_seed_gives_the_same_numbers(monkeypatch):
    random = np.random.default_rng(9)
    pair = [skewed(random, 40)[0] for _ in range(2)]
    first, again, other = (gain_of(pair, seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first.p != other.p
    assert first.low != other.low
    monkeypatch.setattr(significance, "CELLS", 1000)  # many rows are drawn in many blocks
    blocks = gain_of(pair)
    assert (blocks.p, blocks.low) == (pytest.approx(first.p, abs=0.03), pytest.approx(first.low, abs=0.02))


@pytest.mark.parametrize(
    ("p", "text"),
    [(1, "1.000"), (0.0804, "0.080"), (0.05, "0.050"), (0.001, "0.001"), (0.00099, "9.9e-04"), (1e-4, "1.0e-04")],
)
def test_p_text(p, text):
    assert p_text(p) == text


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        ({"a": ("better", 0.01), "b": ("better", 0.04)}, "better"),
        ({"a": ("better", 0.01), "b": ("no clear difference", 0.06)}, "no clear difference"),
        ({"a": ("no clear difference", 0.4), "b": ("better", 0.001)}, "no clear difference"),
        ({"a": ("worse", 0.02), "b": ("better", 0.01)}, "worse"),
        ({"a": ("worse", 0.03), "b": ("better", 0.01)}, "no clear difference"),
        ({"a": ("better", 0.01), "b": ("worse", 0.001)}, "no clear difference"),
        ({"a": ("worse", 0.04)}, "worse"),
    ],
)
def test_the_verdict_over_all_baselines(gains, expected):
    assert against_all(gains, "a") == expected
