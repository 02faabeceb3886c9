"""Intervals and p by simulation, against scipy and against plain loops: they hold what they promise."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pipeline_lib.evaluation import significance
from pipeline_lib.evaluation.metrics.classification import metrics_of
from pipeline_lib.evaluation.metrics.definitions import MEAN, METRICS, Ratio
from pipeline_lib.evaluation.power import losses_as_now, smallest_by_exact_test, smallest_by_normal
from pipeline_lib.evaluation.rates import tango, wilson
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


def gain_by(ours, theirs, value, better, groups, seed):
    return gain(ours, theirs, value, better, groups, seed)


def interval_by(columns, value, groups, seed):
    return interval(columns, value, groups, seed)


def gain_of(pair, better="higher", groups=None, seed=0, value=MEAN):
    """Return the gain of a mean: of ours over theirs."""
    ours, theirs = pair
    return gain(with_ones(ours), with_ones(theirs), value, better, groups or apart(len(ours)), seed)


def interval_of(values, groups=None, seed=0, value=MEAN):
    """Return the interval of a mean."""
    return interval(with_ones(values), value, groups or apart(len(values)), seed)


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
    for values, found in ((ours, interval_of(ours, value=mean)), (ours - theirs, gain_of((ours, theirs), value=mean))):
        reference = stats.bootstrap(
            (values,), np.mean, confidence_level=1 - 2 * tail, method="percentile", n_resamples=40_000, rng=1
        ).confidence_interval
        wide = reference.high - reference.low
        assert (found.low, found.high) == pytest.approx((reference.low, reference.high), abs=0.03 * wide)
    for value in (mean, MEAN):
        found = gain_of((ours, theirs), value=value)
        assert found.smallest_detectable == pytest.approx(smallest_by_normal(stats.sem(ours - theirs), 12), rel=0.03)


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
    found = gain_of((pair[0], pair[0]), value=mean)
    assert (found.difference, found.low, found.high, found.p, found.smallest_detectable) == (0, None, None, 1, None)
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
        # 2 of 2^5 swaps are as extreme as the best result there is: p is 2 / 32.
        ([1.0, 0.9, 1.1, 1.2, 0.8], False, True),
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


def test_the_smallest_p_of_random_swaps_is_a_bound():
    assert p_text(1 / 10_001, 1 / 10_001) == "<= 1e-4"
    assert p_text(2 / 10_001, 1 / 10_001) == "2.0e-04"
    assert p_text(1 / 401, 1 / 401) == "<= 3e-3"  # rounded up, so that it holds
    assert p_text(1 / 1001, 1 / 1001) == "<= 1e-3"
    random = np.random.default_rng(0)
    theirs = random.random(40)
    apart = gain_of((theirs + 0.5 + random.random(40), theirs))
    assert (apart.p, apart.p_text) == (1 / (significance.DRAWS + 1), "<= 1e-4")
    assert gain_of((theirs[:13] + 0.5 + random.random(13), theirs[:13])).p_text == "2.4e-04"  # all 2^13 swaps
    assert gain_of((np.ones(40), np.zeros(40))).p_text == "1.8e-12"  # the exact binomial


# Rows of 0 and 1.
def zeros_and_ones(wins, losses, rows):
    """Return ours and theirs of so many rows."""
    ours, theirs = np.zeros(rows), np.zeros(rows)
    ours[:wins], theirs[wins : wins + losses] = 1, 1
    return ours, theirs


def test_shares_have_score_intervals_and_the_exact_test():
    found = gain_of(zeros_and_ones(9, 2, 30))
    assert (found.low, found.high) == tango(9, 2, 30)
    assert (found.p, found.detectable_by, found.skewness) == (stats.binomtest(9, 11).pvalue, "exact", None)
    assert found.smallest_detectable == smallest_by_exact_test(30, *losses_as_now(2 / 30))
    for count in (0, 1, 17, 30):
        values = np.arange(30) < count
        assert interval_of(values) == significance.Interval(count / 30, *wilson(count, 30))


def test_six_wins_without_a_loss_are_the_least_that_is_better():
    for wins in range(8):
        found = gain_of(zeros_and_ones(wins, 0, 30))
        assert found.verdict == ("better" if wins >= found.least_wins else "no clear difference")
        assert found.smallest_detectable > 0
    agreeing = gain_of((np.ones(30), np.ones(30)))
    assert (agreeing.difference, agreeing.low, agreeing.high) == (0, *tango(0, 0, 30))
    assert agreeing.smallest_detectable == pytest.approx(0.251, abs=1e-3)
    few = gain_of(zeros_and_ones(5, 0, 5))
    assert (few.least_wins, few.smallest_detectable, few.verdict) == (None, None, "no clear difference")


def test_shares_of_grouped_rows_have_wider_intervals():
    random = np.random.default_rng(10)
    ours, theirs = (np.repeat(random.random(40) < share, 5).astype(float) for share in (0.8, 0.4))
    groups = [str(row // 5) for row in range(200)]
    by_row, by_group = gain_of((ours, theirs)), gain_of((ours, theirs), groups=groups)
    assert by_group.low < by_row.low < by_row.high < by_group.high
    assert by_group.smallest_detectable > 1.5 * by_row.smallest_detectable
    assert by_group.p > by_row.p
    row, group = interval_of(ours), interval_of(ours, groups)
    assert group.low < row.low < row.high < group.high
    together = interval_of(np.ones(200), groups)
    assert (together.low, together.high) == pytest.approx(wilson(40, 40))


def test_f1_of_a_label_is_a_rate_too():
    metric = metrics_of(("no", "yes"))["f1_yes"]
    columns = np.array([[1, 0, 0]] * 9 + [[0, 1, 0]] * 2 + [[0, 0, 1]] + [[0, 0, 0]] * 18, dtype=float)
    low, high = wilson(9, 12)
    found = interval_by(columns, metric.value, apart(30), 0)
    assert (found.value, found.low, found.high) == pytest.approx((18 / 21, 2 * low / (1 + low), 2 * high / (1 + high)))
    never = interval_by(columns[12:], metric.value, apart(18), 0)
    assert (never.value, never.low, never.high) == (0, None, None)


def test_runs_of_words_in_a_row_count_as_a_group():
    """The share of repeated runs: each row is a group of its runs."""
    metric = METRICS["repeated"]
    none = interval_by(np.column_stack([np.zeros(20), np.full(20, 12.0)]), metric.value, apart(20), 0)
    assert (none.low, none.high) == pytest.approx(wilson(0, 20))
    some = interval_by(np.column_stack([np.arange(20) % 3, np.full(20, 12.0)]), metric.value, apart(20), 0)
    assert 0 < some.low < some.value < some.high < 1


# Few rows and rows that are alike.
@pytest.mark.parametrize("values", [[0.4], [1.0], [0.4, 0.4], [0.2, 0.9], [0, 1], [0, 0, 0.5]])
@pytest.mark.parametrize("value", [mean, MEAN, METRICS["perplexity"].value, METRICS["bits_per_byte"].value])
def test_few_rows_have_a_correct_interval_or_none(few_draws, values, value):
    columns = with_ones(np.array(values))
    found = interval_by(columns, value, apart(len(values)), 0)
    over = gain_by(columns, columns[::-1] * 0.5 + 0.25, value, "higher", apart(len(values)), 0)
    for low, at, high in ((found.low, found.value, found.high), (over.low, over.difference, over.high)):
        assert (low is None) == (high is None)
        assert low is None or low - 1e-9 <= at <= high + 1e-9
        assert low is None or high > low
    assert over.verdict == "no clear difference"
    assert (over.least_wins, over.smallest_detectable) == (None, None)


def test_rows_that_all_differ_alike_are_not_certain():
    for by, verdict in ((0.02, "no clear difference"), (0.4, "better")):
        theirs = np.linspace(0.1, 0.5, 30)
        found = gain_by((with_ones(theirs + by)), with_ones(theirs), MEAN, "higher", apart(30), 0)
        assert found.low < by < found.high
        assert (found.verdict, found.smallest_detectable) == (verdict, None)
    found = interval_by(with_ones(np.full(30, 0.5)), MEAN, apart(30), 0)
    assert 0.4 < found.low < 0.5 < found.high < 0.6
    assert interval_by(with_ones(np.full(30, 0.5)), METRICS["perplexity"].value, apart(30), 0).low is None


# A few rows that carry the difference.
def test_the_warning_is_cochrans_rule():
    random = np.random.default_rng(11)
    for count in (30, 60, 200):
        for losses in (random.normal(0, 1, count), random.lognormal(0, 1.5, count)):
            ratio = Ratio((1, 0), (0, 1), most=math.inf)
            found = gain_by(with_ones(-losses), with_ones(np.zeros(count)), ratio, "higher", apart(count), 0)
            assert found.skewness == pytest.approx(-stats.skew(losses), rel=1e-6)
            assert (found.warning is not None) == (count <= 25 * stats.skew(losses) ** 2)
    assert found.warning.startswith("a few rows carry the difference: ")
    assert found.warning.endswith("there are 200")
    groups = [str(row // 2) for row in range(200)]
    found = gain_by(with_ones(-np.repeat(losses[:100], 2)), with_ones(np.zeros(200)), ratio, "higher", groups, 0)
    assert "a few groups carry" in found.warning


def test_a_studentized_interval_is_that_of_a_plain_loop():
    random = np.random.default_rng(12)
    values = random.lognormal(0, 1, 25)
    ratio = Ratio((1, 0), (0, 1), most=math.inf)
    found = interval_by(with_ones(values), ratio, apart(25), 0)
    drawn = [random.choice(values, 25) for _ in range(20_000)]
    t = [(one.mean() - values.mean()) / one.std() for one in drawn]
    low, high = (values.mean() - end * values.std() for end in np.quantile(t, [0.975, 0.025]))
    low = min(low, values.mean() - stats.t.ppf(0.975, 24) * stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.05)
    assert found.high - found.value > 1.2 * (found.value - found.low)  # it follows the skew


def test_the_error_of_a_difference_of_ratios_is_that_of_the_bootstrap():
    """Perplexity: exp of nats by tokens, and a label's F1, whose two systems count different rows."""
    random = np.random.default_rng(13)
    tokens = random.integers(5, 50, 60).astype(float)
    ours, theirs = (np.column_stack([tokens * random.gamma(9, 0.2, 60), tokens]) for _ in range(2))
    hits = [(random.random((60, 3)) < (0.4, 0.15, 0.15)).astype(float) for _ in range(2)]
    kinds: list[Any] = [(ours, theirs, METRICS["perplexity"].value), (*hits, metrics_of(("a", "b"))["f1_b"].value)]
    for one, other, value in kinds:
        found = gain_by(one, other, value, "lower", apart(60), 0)
        picked = [random.integers(0, 60, 60) for _ in range(4000)]
        drawn = [float(value(*one[rows].sum(axis=0)) - value(*other[rows].sum(axis=0))) for rows in picked]
        assert found.smallest_detectable == pytest.approx(smallest_by_normal(float(np.std(drawn)), 60), rel=0.07)
        assert found.low < found.difference < found.high


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
