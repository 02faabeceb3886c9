"""Hold a classifier's figures against scikit-learn and statsmodels, their intervals against simulation; bad input."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score
from statsmodels.stats import contingency_tables
from statsmodels.stats.proportion import proportion_confint

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation import significance
from pipeline_lib.evaluation.metrics.classification import (
    calibration,
    check_probabilities,
    confusion,
    confusion_rows,
    label_columns,
    mcnemar,
    metrics_of,
    reliability,
    roc_auc,
)
from pipeline_lib.evaluation.rates import tango
from pipeline_lib.evaluation.significance import gain
from tests.helpers.stages import refused

TWO = ("negative", "positive")
THREE = ("bad", "fair", "good")
ONE_OF = "must be one of negative, positive, not"


@pytest.fixture
def few_draws(monkeypatch):
    monkeypatch.setattr(significance, "DRAWS", 400)


def apart(count):
    """Return groups of one row each."""
    return [str(number) for number in range(count)]


def increasing(*numbers):
    return all(one < other for one, other in itertools.pairwise(numbers))


def coverage(found, truth):
    """Return the share of the intervals that hold the truth."""
    return sum(one.low <= truth <= one.high for one in found) / len(found)


def resampled(statistic, groups, draws, random):
    """Return the ends of a plain bootstrap interval: a loop over draws of whole groups, widened for few of them."""
    names = np.array(groups)
    rows_of = [np.flatnonzero(names == name) for name in dict.fromkeys(groups)]
    count = len(rows_of)
    drawn = [
        statistic(np.concatenate([rows_of[place] for place in random.integers(0, count, count)])) for _ in range(draws)
    ]
    tail = stats.norm.cdf(-math.sqrt(count / (count - 1)) * stats.t.ppf(0.975, count - 1))
    return np.quantile(drawn, [tail, 1 - tail])


def columns_of(truth, predicted, labels, metric):
    """Return the (n, C) numbers that `metric` sums up."""
    rows = [{"rows": 1.0, **label_columns(*pair, labels)} for pair in zip(truth, predicted, strict=True)]
    return np.array([[row[name] for name in metric.columns] for row in rows])


def figure(truth, predicted, labels, name):
    metric = metrics_of(labels)[name]
    return float(metric.value(*columns_of(truth, predicted, labels, metric).sum(axis=0)))


def answers(random, labels, rows, right=0.7):
    """Draw labels and predictions that are the label in `right` of the rows, and any label in the others."""
    truth = random.choice(labels, rows)
    return list(truth), list(np.where(random.random(rows) < right, truth, random.choice(labels, rows)))


def scores(random, labels, rows, decimals=8):
    """Draw labels and the probabilities of a classifier that knows something; few decimals make ties."""
    place = random.integers(0, len(labels), rows)
    logits = random.normal(0, 1, (rows, len(labels))) + 1.2 * np.eye(len(labels))[place]
    odds = np.exp(logits).round(decimals) + 10.0**-decimals
    return [labels[number] for number in place], odds / odds.sum(axis=1, keepdims=True)


# Accuracy, precision, recall, F1.
@pytest.mark.parametrize("labels", [TWO, THREE])
@pytest.mark.parametrize("drawn", ["all", "one label is never predicted", "one label has no row", "one label alone"])
def test_the_figures_are_scikit_learns(labels, drawn):
    truth, predicted = answers(np.random.default_rng(1), labels, 60)
    if drawn == "one label is never predicted":
        predicted = [labels[0] if name == labels[1] else name for name in predicted]
    if drawn == "one label has no row":
        truth = [labels[0] if name == labels[1] else name for name in truth]
    if drawn == "one label alone":
        truth = predicted = [labels[0]] * 60
    assert figure(truth, predicted, labels, "accuracy") == pytest.approx(accuracy_score(truth, predicted))
    for average in ("macro", "weighted", None):
        reference = precision_recall_fscore_support(truth, predicted, labels=labels, average=average, zero_division=0)
        for kind, expected in zip(("precision", "recall", "f1"), reference, strict=False):
            names = [average] if average else labels
            found = [figure(truth, predicted, labels, f"{kind}_{name}") for name in names]
            assert found == pytest.approx([expected] if average else list(expected)), kind


def test_the_names_of_the_figures_and_a_prediction_outside_the_labels():
    kinds = [f"{kind}_{of}" for kind in ("precision", "recall", "f1") for of in (*TWO, "macro", "weighted")]
    assert sorted(metrics_of(TWO)) == sorted(["accuracy", *kinds])
    outside = label_columns("positive", "neutral", TWO)  # a false negative, and no false positive
    assert {name for name, number in outside.items() if number} == {"fn_positive"}
    for metric in metrics_of(THREE).values():
        assert metric.better == "higher"
        assert not metric.value(*np.zeros((len(metric.columns), 3, 2))).any()


# ROC-AUC.
def area(truth, positive, groups=None, seed=0):
    """Return ROC-AUC of two labels, from the probabilities of the second."""
    given = np.array(positive)
    return roc_auc(truth, np.column_stack([1 - given, given]), TWO, groups or apart(len(truth)), seed)


@pytest.mark.parametrize("labels", [TWO, THREE])
@pytest.mark.parametrize("decimals", [0, 1, 8])  # 0 and 1: most are tied
def test_roc_auc_is_scikit_learns(few_draws, labels, decimals):
    truth, given = scores(np.random.default_rng(4), labels, 80, decimals)
    if len(labels) == 2:
        expected = roc_auc_score([name == labels[1] for name in truth], given[:, 1])
    else:
        expected = roc_auc_score(truth, given, multi_class="ovr", average="macro", labels=labels)
    found = roc_auc(truth, given, labels, apart(80), 0)
    assert found is not None
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert increasing(found.low, found.value, found.high)
    assert np.clip([found.low, found.high], 0, 1).tolist() == [found.low, found.high]


def test_roc_auc_by_hand_and_without_rows_of_a_label(few_draws):
    # Of 4 pairs two are in order, one is tied and one is not in order.
    assert area(["negative", "negative", "positive", "positive"], [0.2, 0.5, 0.5, 0.3]).value == (2 + 0.5) / 4
    assert area(["negative", "positive"] * 4, np.full(8, 0.5)).value == 0.5
    given = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.35, 0.65, 0.95]
    found = area(["negative"] * 9 + ["positive"] * 3, given)
    assert found.value == (3 + 6 + 9) / 27
    assert 0 < found.low < found.value < found.high < 1
    assert roc_auc(["positive"] * 5, np.full((5, 2), 0.5), TWO, apart(5), 0) is None
    assert roc_auc(["bad", "good", "bad"], np.full((3, 3), 1 / 3), THREE, apart(3), 0) is None
    with pytest.raises(UserError, match="every probability must be a finite number: the model has diverged"):
        roc_auc(["negative", "positive"], np.array([[0.5, 0.5], [math.nan, math.nan]]), TWO, apart(2), 0)


def delong(truth, given):
    """Return area and DeLong's variance, every pair of rows compared (DeLong et al. 1988, equations 4 and 5)."""
    member = np.array(truth) == "positive"
    above = given[member][:, None] - given[~member]
    pairs = (above > 0) + (above == 0) / 2
    placed = pairs.mean(axis=1), pairs.mean(axis=0)
    return pairs.mean(), [np.var(side, ddof=1) / len(side) for side in placed], [len(side) - 1 for side in placed]


@pytest.mark.parametrize("decimals", [1, 8])
def test_the_interval_of_roc_auc_is_delongs_on_the_logit_scale(decimals):
    truth, given = scores(np.random.default_rng(5), TWO, 60, decimals)
    found = area(truth, given[:, 1])
    value, parts, freedoms = delong(truth, given[:, 1])
    freedom = sum(parts) ** 2 / sum(part**2 / one for part, one in zip(parts, freedoms, strict=True))
    margin = stats.t.ppf(0.975, freedom) * math.sqrt(sum(parts)) / (value * (1 - value))
    ends = [1 / (1 + (1 - value) / value * math.exp(-sign * margin)) for sign in (-1, 1)]
    assert (found.low, found.high) == pytest.approx(tuple(ends), abs=1e-9)
    assert area(truth, given[:, 1], seed=1) == found, "nothing is drawn"


def test_rows_of_a_group_count_together_in_the_interval_of_roc_auc():
    """Each row three times is no more than each row once; a bootstrap of groups gives about the same error."""
    random = np.random.default_rng(5)
    truth, given = scores(random, TWO, 60, 1)
    once = area(truth, given[:, 1])
    groups = [str(number // 3) for number in range(180)]
    thrice = area(np.repeat(truth, 3), np.repeat(given[:, 1], 3), groups)
    assert (thrice.value, thrice.low, thrice.high) == pytest.approx((once.value, once.low, once.high))
    apart_again = area(np.repeat(truth, 3), np.repeat(given[:, 1], 3))
    assert apart_again.low > once.low
    groups, member = [str(number // 3) for number in range(60)], np.array(truth) == "positive"

    def all_pairs(rows):
        inside, outside = (given[rows[member[rows] == side], 1] for side in (True, False))
        above = inside[:, None] - outside
        return ((above > 0) + (above == 0) / 2).mean()

    found = area(truth, given[:, 1], groups)
    low, high = resampled(all_pairs, groups, 3000, random)
    assert found.high - found.low == pytest.approx(high - low, rel=0.25)


@pytest.mark.parametrize(("rows", "low"), [(10, 0.64), (30, 0.87), (200, 0.98)])
def test_an_area_without_a_misplaced_row_is_not_certain(rows, low):
    truth = ["negative"] * (rows // 2) + ["positive"] * (rows // 2)
    found = area(truth, np.linspace(0.1, 0.9, rows))
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(low, abs=0.03)
    backwards = area(truth[::-1], np.linspace(0.1, 0.9, rows))
    assert (backwards.value, backwards.low, backwards.high) == (0, 0, pytest.approx(1 - found.low))
    several = roc_auc(["bad", "fair", "good"] * 4, np.tile(np.eye(3), (4, 1)), THREE, apart(12), 0)
    assert several is not None
    assert several.low is not None
    assert several.low < several.value == several.high == 1
    equal = area(truth, np.full(rows, 0.5))
    assert equal.low < 0.5 < equal.high


def test_the_interval_of_roc_auc_covers_the_truth(few_draws):
    """Of two normal distributions 1.2 apart the area is Phi(1.2 / sqrt 2)."""
    random = np.random.default_rng(6)
    labels, shift = ["negative", "positive"] * 30, 1.2 * np.tile([0, 1], 30)
    drawn = [stats.norm.cdf(random.normal(0, 1, 60) + shift) for _ in range(300)]
    found = [area(labels, given, None, number) for number, given in enumerate(drawn)]
    assert 0.9 <= coverage(found, stats.norm.cdf(1.2 / math.sqrt(2))) <= 0.98


@pytest.mark.parametrize(
    ("truth", "groups"),
    [
        (["positive"] + ["negative"] * 9, apart(10)),  # one row of a label
        (["positive"] * 5 + ["negative"] * 5, ["a"] * 5 + ["b"] * 5),
        (["positive", "negative"] * 5, ["a"] * 10),
    ],
)
def test_roc_auc_of_a_label_in_one_group_has_no_interval(few_draws, truth, groups):
    found = area(truth, np.linspace(0.1, 0.9, 10), groups)
    assert 0 <= found.value <= 1
    assert (found.low, found.high) == (None, None)


# Calibration.
def calibrated(random, rows, over):
    """Draw confidences of 0.5 to 1, and whether the answer is right: less often by up to `over` than they claim."""
    confidence = 1 - 0.5 * random.beta(0.6, 3, rows)
    return confidence, random.random(rows) < confidence - over * (2 * confidence - 1)


def calibration_of(drawn, seed=0):
    """Return the calibration error of rows that are groups of their own."""
    confidence, right = drawn
    return calibration(confidence, right, apart(len(right)), seed)


def test_the_reliability_table_is_scikit_learns_and_the_error_its_weighted_gap(few_draws):
    random = np.random.default_rng(7)
    confidence = np.concatenate([random.random(300), [0, 1, 1 / 15, 0.2, 0.6, 1 - 1e-12]])
    right = random.random(306) < confidence
    table = [row for row in reliability(confidence.tolist(), right.tolist()) if row["rows"]]
    accuracy, mean = calibration_curve(right, confidence, n_bins=15, strategy="uniform")
    assert [row["accuracy"] for row in table] == pytest.approx(list(accuracy))
    assert [row["confidence"] for row in table] == pytest.approx(list(mean))
    rows = np.array([row["rows"] for row in table])
    assert calibration_of((confidence, right)).value == pytest.approx(rows @ abs(accuracy - mean) / 306)
    found = calibration_of(calibrated(np.random.default_rng(8), 400, 0.2))
    assert increasing(found.chance, found.low, found.value, found.high)


def test_calibration_by_hand(few_draws):
    # Bin 10 (0.6 to 0.667): 0.65 and right in 1 of 2; bin 15: 0.95, 0.95, 1 and right in 2 of 3; an edge is below.
    confidence, right = [0.65, 0.65, 0.95, 0.95, 1.0], [True, False, True, False, True]
    assert calibration(confidence, right, apart(5), 0).value == pytest.approx((abs(1.3 - 1) + abs(2.9 - 2)) / 5)
    table = reliability(confidence, right)
    assert len(table) == 15
    assert [(row["bin"], row["rows"]) for row in table if row["rows"]] == [(10, 2), (15, 3)]
    assert table[9] == pytest.approx(
        {"bin": 10, "above": 0.6, "up_to": 10 / 15, "rows": 2, "confidence": 0.65, "accuracy": 0.5}
    )
    assert table[0] == {"bin": 1, "above": 0, "up_to": 1 / 15, "rows": 0, "confidence": None, "accuracy": None}
    assert [row["bin"] for row in reliability([0, 0.2, 3 / 15 + 1e-9], [True] * 3) if row["rows"]] == [1, 3, 4]
    found = calibration([0.9, 0.8], [True, False], ["a", "a"], 0)
    assert (found.low, found.high) == (None, None), "one group has no interval"
    assert found.value == pytest.approx((0.1 + 0.8) / 2)


@pytest.mark.parametrize("over", [0, 0.02, 0.1, 0.2])
def test_the_interval_of_the_calibration_error_covers_the_truth(few_draws, over):
    """9 in 10 is what it keeps; of perfect probabilities the percentile interval would hold the truth never."""
    random = np.random.default_rng(9)
    confidence, _ = calibrated(random, 400_000, over)
    truth = (over * (2 * confidence - 1)).mean()  # all bins are off to the same side
    found = [calibration_of(calibrated(random, 300, over), number) for number in range(150)]
    assert coverage(found, truth) >= 0.83


def test_perfect_probabilities_seldom_exceed_chance(few_draws):
    random = np.random.default_rng(10)
    found = [calibration_of(calibrated(random, 200, 0), number) for number in range(200)]
    beyond = sum(increasing(one.chance, one.value) for one in found)
    assert beyond == sum(increasing(0, one.low) for one in found)
    assert beyond <= stats.binom(200, 0.06).ppf(0.999)


@pytest.mark.parametrize("number", [math.nan, -0.1, 1.5])
def test_a_confidence_outside_0_to_1_is_refused(number):
    message = "confidence must be the probability of the predicted label, 0 to 1"
    refused(message, calibration, [0.5, number], [True, True], apart(2), 0)
    refused(message, reliability, [0.5, number], [True, True])


# Confusion.
def test_the_confusion_table_is_scikit_learns():
    truth, predicted = answers(np.random.default_rng(11), THREE, 70)
    table = confusion(truth, predicted, THREE)
    assert [list(line.values()) for line in table.values()] == confusion_matrix(truth, predicted, labels=THREE).tolist()
    rows = confusion_rows(table)
    assert [(row["label"], row["predicted"]) for row in rows] == list(itertools.product(THREE, THREE))
    assert sum(row["rows"] for row in rows) == 70
    assert confusion(["bad"], ["good"], THREE)["bad"] == {"bad": 0, "fair": 0, "good": 1}


# McNemar.
def disagree(ours_only, theirs_only, both=20, neither=5):
    """Return whether ours and theirs are right, so many rows a kind."""
    ours = [True] * ours_only + [False] * theirs_only + [True] * both + [False] * neither
    theirs = [False] * ours_only + [True] * theirs_only + [True] * both + [False] * neither
    return ours, theirs


def compared(*counts, seed=0):
    """Return McNemar's test of rows that are groups of their own."""
    ours, theirs = disagree(*counts)
    return mcnemar(ours, theirs, apart(len(ours)), seed)


@pytest.mark.parametrize("counts", [(0, 0), (1, 0), (0, 7), (3, 3), (4, 5), (12, 3), (40, 11), (90, 160), (400, 3)])
def test_mcnemar_is_statsmodels(few_draws, counts):
    found = compared(*counts)
    b, c = counts
    reference = contingency_tables.mcnemar([[20, b], [c, 5]], exact=True)
    assert (found.ours_only, found.theirs_only) == counts
    assert found.p == pytest.approx(reference.pvalue if b + c else 1, rel=1e-9)
    assert float(found.p_text) == pytest.approx(found.p, rel=0.005)
    low, high = proportion_confint(b, b + c, method="beta") if b + c else (0, 1)
    assert found.odds_low == pytest.approx(low / (1 - low))
    assert found.odds_high == (pytest.approx(high / (1 - high)) if c else None)
    assert found.odds_ratio == (pytest.approx(b / c) if c else None)
    assert found.difference == pytest.approx((b - c) / (25 + b + c))


def test_mcnemar_by_hand_without_rows_and_with_many(few_draws, monkeypatch):
    found = compared(5, 0)
    assert (found.p, found.p_text) == (2 / 32, "6.25e-02")
    # Without a row of theirs the lower end is (tail)^(1/5): Clopper and Pearson in closed form.
    end = 0.025 ** (1 / 5)
    assert found.odds_low == pytest.approx(end / (1 - end))
    found = compared(0, 0)
    assert (found.p, found.p_text, found.odds_ratio, found.odds_low) == (1, "1.00e+00", None, 0)
    assert (found.odds_high, found.difference, found.low, found.high) == (None, 0, *tango(0, 0, 25))
    found = compared(12, 4, seed=3)
    ours, theirs = (np.column_stack([np.array(side, dtype=float), np.ones(41)]) for side in disagree(12, 4))
    expected = gain(ours, theirs, metrics_of(TWO)["accuracy"].value, "higher", apart(41), 3)
    assert (found.difference, found.low, found.high) == (expected.difference, expected.low, expected.high)
    for call in (lambda: mcnemar([], [], [], 0), lambda: calibration([], [], [], 0)):
        refused("no rows", call)
    monkeypatch.setattr(significance, "DRAWS", 20)
    found = compared(2000, 0)
    assert found.p > 0
    assert found.p_text == "1.74e-602"  # 2^-1999: 1999 log10(2) = 601.76
    assert compared(800, 0).p_text == f"{2.0**-799:.2e}"


def test_p_is_that_of_all_swaps_of_single_rows():
    """With a row a group the permutation test of accuracy is McNemar's; where rows share a group it is not."""
    ours, theirs = disagree(7, 2, both=3, neither=1)
    found = mcnemar(ours, theirs, apart(13), 0)
    assert found.p == pytest.approx(found.p_by_group, abs=1e-12) == 2 * (1 + 9 + 36) / 2**9
    grouped = mcnemar(ours, theirs, ["a"] * 7 + ["b"] * 2 + ["c"] * 4, 0)
    assert grouped.p == found.p
    assert grouped.p_by_group == 1  # 7 and -2: however they are swapped, they are 5 or 9 apart


# Bad input.
def row(number, label="positive", **more):
    return {"id": f"r{number}", "text": "a fine film", "label": label, **more}


def shared(negative, positive):
    return row(2, probabilities={"negative": negative, "positive": positive})


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (row(2, "postive"), rf"row r2: label {ONE_OF} 'postive' \(did you mean positive\?\)"),
        (row(2, 1), f"row r2: label {ONE_OF} 1: mend the row"),
        (row(2, predicted="neutral"), f"row r2: predicted {ONE_OF} 'neutral'"),
        (row(2, None), "row r2 has no label, every row needs one: fill it in"),
        (row(2, math.nan), "row r2 has no label"),
        ({"id": "r2", "text": "a"}, "row r2 has no label"),
        (row(2, text=" \n"), "row r2 has no text, every row needs one: fill it in or take the row out"),
        (row(2, text=math.nan), "row r2 has no text"),
        ({"id": "r2", "label": "positive"}, "row r2 has no text"),
        (shared(0.5, 0.4), r"row r2: probabilities must sum to 1 \(within 0.0001\), not 0.9: apply softmax"),
        (shared(0.5, 0.5002), "must sum to 1"),
        (shared(math.nan, 0.5), "row r2: the probability of negative must be from 0 to 1, not nan: .* lower lr"),
        (shared(-0.1, 1.1), "row r2: the probability of negative must be from 0 to 1, not -0.1"),
        (shared("0.5", 0.5), "the probability of negative must be from 0 to 1"),
        (row(2, probabilities={"positive": 1.0}), "a probability of each of negative, positive, not of positive"),
    ],
)
def test_rows_that_cannot_be_scored_are_refused(broken, message):
    with pytest.raises(UserError, match=message) as raised:
        check_probabilities([row(1), row(3, "negative"), broken], TWO)
    assert "\n" not in str(raised.value)


def test_valid_rows_are_accepted():
    check_probabilities([row(1), row(2, "negative")], TWO)
    rounded = {"negative": np.float32(0.33333), "positive": 0.66668}
    check_probabilities([row(1, predicted="positive", probabilities=rounded), row(2, "negative")], TWO)
    with pytest.raises(UserError, match="at least two labels must occur, all 2 rows are good: add rows of bad, fair"):
        check_probabilities([row(1, "good"), row(2, "good")], THREE)
    refused("there are no rows to classify", check_probabilities, [], TWO)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ((), "labels must be two or more, all different and none empty, not none"),
        (("good",), "not 'good': name each once"),
        (("good", "bad", "good"), "two or more, all different"),
        (("good", " "), "none empty, not 'good', ' '"),
        (("good", "macro"), "a label cannot be called macro: f1_macro is another figure's name, rename the label"),
        (("good", "good_low"), "a label cannot be called good_low"),
    ],
)
def test_ambiguous_labels_are_refused(labels, message):
    for call in (metrics_of, lambda names: check_probabilities([row(1, "good")], names)):
        refused(message, call, labels)
