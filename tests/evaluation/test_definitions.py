"""What a score is: by hand, against Google's ROUGE, against the model's own loss; and what is no score."""

import math

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.metrics.classification import metrics_of
from pipeline_lib.evaluation.metrics.definitions import METRICS, CorpusMetric, definition
from pipeline_lib.evaluation.metrics.rouge import rouge, rouge_l
from pipeline_lib.evaluation.predictions import check_predictions
from tests.helpers.stages import refused

PAIRS = [  # of ASCII letters, the only ones that Google's reads; others in test_metrics_of_scripts.py
    ("No acute fracture.", "No acute fracture."),
    ("", "No acute fracture."),
    ("No acute fracture.", ""),
    ("", ""),
    ("...", "No acute fracture."),
    ("?!", "--"),
    ("fracture", "No acute fracture."),
    ("Fractures of the left ribs", "Fractured left rib"),
    ("Small left pleural effusion. No pneumothorax.", "No pneumothorax. Small left pleural effusion."),
    ("Small right pleural effusion.", "Small left pleural effusion."),
    ("the the the the", "the cat"),
    ("the cat", "the the the the"),
    ("1. Lung nodule, 5 mm\n2. Emphysema", "5mm lung nodule\nemphysema"),
    ("L4–L5 disc herniation", "L4-L5 disc herniations"),
    ("Findings consistent with degenerating degenerative degeneration", "degenerate finding"),
    ("His gas was seen, has gone", "hi ga wa see ha go"),  # Porter would stem words of three letters, Google does not
    ("NORMAL", "normal"),
    ("a_b c-d", "a b c d"),
    ("word " * 200, "word " * 100 + "other " * 50),
    ("Cardiomegaly, mild; unchanged since 2019.", "Mild cardiomegaly unchanged compared with 2019 exam"),
]
EVERY = METRICS | metrics_of(("bad", "fair", "good"))


@pytest.mark.parametrize(("prediction", "reference"), PAIRS)
def test_rouge_is_googles(prediction, reference):
    google = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True).score(reference, prediction)
    expected = {key: score.fmeasure for key, score in google.items()}
    assert rouge(prediction, reference) == pytest.approx(expected, abs=1e-6)


def test_rouge_l_of_many_pairs_is_rouge_l_of_each():
    answers, references = [pair[0] for pair in PAIRS], [pair[1] for pair in PAIRS]
    found = rouge_l(answers, references)
    assert found.shape == (len(PAIRS), len(PAIRS))
    google = RougeScorer(["rougeL"], use_stemmer=True)
    expected = [[google.score(reference, answer)["rougeL"].fmeasure for reference in references] for answer in answers]
    assert found == pytest.approx(np.array(expected), abs=1e-12)
    assert rouge_l([], references).shape == (0, len(PAIRS))


def test_lower_is_better_of_surprise_and_of_faults_alone():
    lower = {name for name, metric in EVERY.items() if metric.better == "lower"}
    assert lower == {
        "loss", "perplexity", "bits_per_byte", "not_ended", "repeated", "negation_flip", "side_swap",
        "unsupported_number", "uncertainty_dropped",
    }  # fmt: skip
    assert {metric.better for metric in EVERY.values()} == {"lower", "higher"}


def test_perplexity_weighs_tokens_not_rows_and_bits_are_of_bytes():
    # Row one: 9 tokens of probability 1/2; row two: one token of 1/1000.
    perplexity = METRICS["perplexity"].value
    found = perplexity(np.array([9 * math.log(2) + math.log(1000)]), np.array([10.0]))
    assert found == pytest.approx([(2**9 * 1000) ** (1 / 10)])
    assert perplexity(np.array(0.0), np.array(3.0)) == 1
    assert METRICS["bits_per_byte"].value(np.array(16 * math.log(2)), np.array(8.0)) == pytest.approx(2)


@pytest.mark.parametrize("name", EVERY)
def test_a_metric_takes_sums_of_any_shape_and_has_a_title_and_meaning(name):
    metric = EVERY[name]
    many = np.random.default_rng(1).uniform(1, 6, (len(metric.columns), 3, 2))
    expected = np.array([[metric.value(*many[:, draw, row]) for row in range(2)] for draw in range(3)])
    assert metric.value(*many) == pytest.approx(expected)
    assert metric.better in ("higher", "lower")
    assert len(metric.columns) >= 2
    assert np.isfinite(expected).all()
    assert metric.title
    assert metric.meaning


def test_a_definition_is_what_json_holds():
    title, meaning = "ROUGE-1", METRICS["rouge1"].meaning
    assert definition(METRICS["rouge1"]) == {
        "columns": ["rouge1", "rows"], "better": "higher", "title": title, "meaning": meaning,
    }  # fmt: skip
    # A figure of all rows at once is a sum of no columns.
    found = definition(CorpusMetric("lower", "calibration", "how far off"))
    assert found == {"columns": [], "better": "lower", "title": "calibration", "meaning": "how far off"}


def example(number, target="a b"):
    return {"id": str(number), "target": target}


def answer(number, prediction="a b", reference="a b", **more):
    return {"id": str(number), "prediction": prediction, "reference": reference, **more}


def probable(number, logp=-2.0, tokens=2, bytes=3):
    return answer(number, logp=logp, tokens=tokens, bytes=bytes)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([], "there are no answers to score"),
        ([answer(1), answer(2), answer(1)], "one answer for each test row, 1 is twice: run"),
        ([answer(1)], "2 is missing"),
        ([answer(1), answer(2), answer(7)], "7 is of no test row"),
        ([answer(1), answer(2, reference="other")], "2 is of another reference"),
        ([answer(1), {"id": "2", "reference": "a b"}], "every answer must have prediction"),
        ([answer(1), {"prediction": "", "reference": "a b"}], "every answer must have id"),
        ([answer(1), answer(2) | {"prediction": None}], "every answer must have prediction as text, number 2 has None"),
        ([answer(1), answer(2) | {"id": ["2"]}], r"every answer must have id as text, number 2 has \['2'\]: run the"),
        ([answer(1), probable(2, logp="x")], "row 2: logp must be a finite number of nats below 0, not 'x': run"),
        ([answer(1), probable(2, tokens="3")], "row 2: its reference must have at least a token and a byte: mend"),
        ([answer(1), answer(2) | {"no_answer": True}], "row 2: no_answer must be a finite number, not True: run the"),
        ([answer(1), answer(2) | {"ended": "no"}], "row 2: ended must be true or false, not 'no': run the stage that"),
        ([answer(1), answer(2) | {"probabilities": [1]}], r"row 2: probabilities must be those of the labels, not .1."),
        ([answer(1), probable(2, logp=math.nan)], "row 2: logp must be a finite number of nats below 0, not nan"),
        ([answer(1), probable(2, logp=-math.inf)], "row 2: logp must be a finite number of nats below 0, not -inf"),
        ([answer(1), probable(2, logp=0.5)], "row 2: logp must be a finite number of nats below 0, not 0.5"),
        ([answer(1), probable(2, tokens=0)], "row 2: its reference must have at least a token"),
        ([answer(1), probable(2, bytes=0)], "row 2: its reference must have at least a token and a byte"),
        ([answer(1), probable(2, logp=-1e6)], "500000 nats a token has no perplexity: the model has diverged"),
    ],
)
def test_answers_that_cannot_be_scored_are_refused(answers, message):
    refused(message, check_predictions, answers, [example(1), example(2)])


def test_many_missing_answers_are_counted_and_an_empty_answer_is_one():
    with pytest.raises(UserError, match="2, 3, 4, 5, 6 and 3 more are missing"):
        check_predictions([answer(1)], [example(number) for number in range(1, 10)])
    check_predictions([answer(1, prediction=""), probable(2, logp=0.0)], [example(1), example(2)])
