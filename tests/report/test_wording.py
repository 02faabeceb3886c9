"""The words of page, summary and card: what stands beside a baseline's name, and the figures of the split."""

import pytest

from pipeline_lib.report.template_values import template_values
from pipeline_lib.report.verdict import exact_chance
from pipeline_lib.report.wording import beside_name
from tests.helpers.report_run import read, write_run

# name, what it did, what is shown beside the name
MEANINGS = [
    ("most frequent training target", "the most frequent training target (7 of 300), always", "7 of 300, always"),
    ("nearest training row's target", "the target of the nearest training row (TF-IDF)", "TF-IDF"),
    ("first sentences of the input", "the first 4 sentences of the input", "4 of them"),
    ("training reply at random", "a training reply at random", ""),
    ("logistic regression on TF-IDF", "logistic regression on TF-IDF of words, learnt", "of words, learnt"),
    ("untrained, shown 3 rows", "the untrained model, shown the 3 most similar rows", "the 3 most similar rows"),
    ("typical target of similar rows", "the target most like others (TF-IDF)", "the target most like others (TF-IDF)"),
    (
        "unigram model",
        "an interpolated unigram over the model's tokens",
        "an interpolated unigram over the model's tokens",
    ),
    ("(own", "an (own", ""),  # of the user's, and no pattern
]


@pytest.mark.parametrize(("called", "meaning", "shown"), MEANINGS)
def test_nothing_is_said_twice_beside_a_name(called, meaning, shown):
    assert beside_name(called, meaning) == shown


def test_the_split_is_in_words(tmp_path):
    run = read(write_run(tmp_path))
    lengths = {"source": {"p5": 4.0, "p50": 8.5, "p95": 12.25, "p100": 17.0}, "target": {}}
    run.data.update(leaked=2, words=lengths)
    data = dict(template_values(run)["data"])
    assert data == {
        "rows": "50", "train": "30", "rows left over": "8", "strata, test": "x 3, y 5",
        "test rows that nearly equal a training row": "2",
        "words of an input": "median 8.5, 90% have 4 to 12.25, at most 17",
    }  # fmt: skip


def test_p_of_an_exact_test_has_an_exponent_only_where_it_is_small():
    assert [exact_chance(p, f"{p:.2e}") for p in (1.0, 0.0312, 0.00041)] == ["p = 1.000", "p = 0.031", "p = 4.10e-04"]
