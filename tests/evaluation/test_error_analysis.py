"""Hold the error categories against the generator's tags, their intervals against statsmodels, and bad input.

`pytest tests/evaluation/test_error_analysis.py -s` prints precision and recall of each rule. The rules were written
first and the reviews afterwards, both by the same author: the figures show that the rules do what they were meant to
do, not how they fare on reviews of others. Reviews tagged mixed count as contrast too, for a mixed feeling sets two
opinions against each other; most of them do so without a connective, which no rule on words can see.
"""

import csv
import json
import math
from pathlib import Path

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.error_analysis import CATEGORIES, analyse_errors, categories, row_categories
from pipeline_lib.evaluation.rates import newcombe, wilson
from tests.helpers.stages import refused

FILE = Path(__file__).resolve().parents[2] / "recipes" / "sentiment" / "data" / "reviews.csv"
COUNTS = [(0, 1), (1, 1), (0, 20), (20, 20), (1, 20), (7, 20), (31, 300), (299, 300)]


def row(text, label="positive", predicted="positive", confidence=0.8, **more):
    return {"id": "1", "text": text, "label": label, "predicted": predicted, "confidence": confidence, **more}


def rows_of(text, errors, right, confidence=0.8):
    """`errors` wrong rows and `right` right ones, all with the same text."""
    wrong = [row(text, predicted="negative", confidence=confidence) for _ in range(errors)]
    return wrong + [row(text, confidence=confidence) for _ in range(right)]


# The rules
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The plot is clever and the acting superb", set()),
        ("It isn't bad, as these films go", {"subtle_negation"}),
        ("It isn’t bad, as these films go", {"subtle_negation"}),
        ("Hardly a dull moment from first to last", {"subtle_negation"}),
        ("This was far from a waste of time", {"subtle_negation"}),
        ("No doubt the best film of the year", set()),
        ("Not only funny, moving too, all through", set()),
        ("Lovely pictures, but the plot is a mess", {"contrast"}),
        ("Nothing but praise for the whole team here", set()),
        ("The food was anything but bland that evening", {"subtle_negation"}),
        ("We waited a while and it is still warm", set()),
        ("It is slow. Still, the ending made up for it", {"contrast"}),
        ("While the sets are fine, the story drags", {"contrast"}),
        ("Great, another two hours of my life gone", {"irony_markers"}),
        ("A great film with a great cast in it", set()),
        ('They call this "entertainment" these days, it seems to me', {"irony_markers", "hedging"}),
        ("What could possibly go wrong with this one? Everything", {"irony_markers", "hedging"}),
        ("I suppose it is watchable, more or less", {"hedging"}),
        ("The film in May was the best one", set()),
        ("It may well be the best one yet", {"hedging"}),
        ("Not bad", {"subtle_negation", "short"}),
        ("word " * 5, {"short"}),
        ("word " * 6, set()),
        ("word " * 29, set()),
        ("word " * 30, {"long"}),
        ("", {"short"}),
    ],
)
def test_categories_of_a_text(text, expected):
    assert categories(text) == expected


def test_a_row_has_confident_and_wrong_only_where_it_is_both():
    assert row_categories(row("Not bad", confidence=0.9)) == ["subtle_negation", "short"]
    wrong = row("Not bad", predicted="negative", confidence=0.9)
    assert row_categories(wrong) == ["subtle_negation", "short", "confident_and_wrong"]
    assert row_categories({**wrong, "confidence": 0.89}) == ["subtle_negation", "short"]


# rule, tags that it should find, baselines of precision and recall a little under what was measured
BASELINES = [
    ("subtle_negation", ("negation",), 0.70, 0.96),
    ("contrast", ("contrast",), 0.73, 0.57),
    ("contrast", ("contrast", "mixed"), 0.81, 0.39),
    ("irony_markers", ("irony",), 0.36, 0.56),
    ("hedging", ("hedging",), 0.96, 0.96),
]


@pytest.mark.parametrize(("rule", "tags", "least_precision", "least_recall"), BASELINES)
def test_rules_find_the_generators_tags(rule, tags, least_precision, least_recall):
    with open(FILE, encoding="utf-8", newline="") as file:
        table = [(rule in categories(one["text"]), one["phenomenon"] in tags) for one in csv.DictReader(file)]
    found, true = (sum(column) for column in zip(*table, strict=True))
    both = sum(a and b for a, b in table)
    precision, recall, share = both / found, both / true, true / len(table)
    print(f"{rule} for {tags}: precision {precision:.3f}, recall {recall:.3f}, share of rows {share:.2f}")
    assert precision >= least_precision
    assert recall >= least_recall
    assert precision > 1.5 * share  # better than a rule that knows nothing


# The intervals


@pytest.mark.parametrize("count", COUNTS)
def test_wilson_and_newcombe_are_those_of_statsmodels(count: tuple[int, int]):
    assert wilson(*count) == pytest.approx(proportion_confint(*count, method="wilson"), abs=1e-12)
    assert wilson(*count, 0.9) == pytest.approx(proportion_confint(*count, alpha=0.1, method="wilson"), abs=1e-12)
    for outside in COUNTS:
        reference = confint_proportions_2indep(*count, *outside, method="newcomb", compare="diff")
        assert newcombe(count, outside) == pytest.approx(reference, abs=1e-9)
    # Newcombe (1998), Table II, contrast (a): 56/70 - 48/80, method 10.
    assert newcombe((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


# The analysis

PLAIN = "The plot is clever and the acting superb"
NEGATED = "It isn't bad, as these films go"


def test_counts_rates_and_differences():
    rows = rows_of(NEGATED, 20, 30, 0.7) + rows_of(PLAIN, 10, 140, 0.95)
    found = analyse_errors(rows)
    assert (found["rows"], found["errors"], found["rate"]) == (200, 30, 0.15)
    assert (found["low"], found["high"]) == wilson(30, 200)
    one = found["categories"]["subtle_negation"]
    assert (one["rows"], one["errors"], one["rate"], one["base_rate"]) == (50, 20, 0.4, 0.15)
    assert (one["outside_rate"], one["difference"]) == (10 / 150, pytest.approx(0.4 - 10 / 150))
    assert (one["difference_low"], one["difference_high"]) == newcombe((20, 50), (10, 150))
    assert (one["confidence_right"], one["confidence_wrong"]) == (pytest.approx(0.7), pytest.approx(0.7))
    assert found["confidence_right"] == pytest.approx((30 * 0.7 + 140 * 0.95) / 170)
    assert found["confidence_wrong"] == pytest.approx((20 * 0.7 + 10 * 0.95) / 30)
    sure = found["categories"]["confident_and_wrong"]
    assert (sure["rows"], sure["errors"]) == (150, 10)
    assert (one["over_represented"], sure["over_represented"], found["overconfident"]) == (True, False, False)
    assert found["errors_in_no_category"] == 0  # the ten wrong plain ones are confident
    (sentence,) = found["suggestions"]
    assert sentence.startswith("20 of 50 rows with subtle_negation are wrong (40.0%), against 6.7% of the others")
    back = analyse_errors(rows[::-1])
    assert back["suggestions"] == found["suggestions"]
    assert back["categories"]["subtle_negation"]["errors"] == 20


def test_suggestions_need_an_over_represented_category_of_enough_rows():
    found = analyse_errors(rows_of(NEGATED, 5, 45) + rows_of(PLAIN, 15, 135))
    assert (found["suggestions"], found["errors_in_no_category"]) == ([], 15)
    found = analyse_errors(rows_of(NEGATED, 4, 0) + rows_of(PLAIN, 0, 200))
    assert found["categories"]["subtle_negation"]["over_represented"]
    assert found["suggestions"] == []
    found = analyse_errors(rows_of(PLAIN, 40, 60, 0.97))
    assert found["overconfident"]
    (sentence,) = found["suggestions"]
    assert sentence.startswith("40 of 100 answers with a probability of 0.9 or more are wrong (40.0%")
    refused("no rows to analyse", analyse_errors, [])


@pytest.mark.parametrize("of", [(PLAIN, 0, 3), (PLAIN, 3, 0), (NEGATED, 1, 0), ("", 1, 1)])
def test_json_holds_what_is_undefined_as_null(of):
    rows = rows_of(*of)
    found = analyse_errors(rows)
    assert json.loads(json.dumps(found, allow_nan=False)) == found == analyse_errors(rows)
    assert list(found["categories"]) == list(CATEGORIES)
    empty = found["categories"]["contrast"]
    undefined = {key: empty[key] for key in ("rows", "rate", "low", "difference", "over_represented")}
    assert undefined == {"rows": 0, "rate": None, "low": None, "difference": None, "over_represented": False}


@pytest.mark.parametrize("confidence", [-0.1, 1.5, math.nan, math.inf, None, "0.9"])
def test_a_confidence_that_is_no_probability(confidence):
    with pytest.raises(UserError, match="row 1: confidence must be the probability of the predicted label, 0 to 1"):
        analyse_errors([row(PLAIN, confidence=confidence)])
