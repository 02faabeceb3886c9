"""Answers are put in the order of their rows, and those that cannot be scored are refused."""

import pytest

from pipeline_lib.core.files import write_json, write_jsonl
from pipeline_lib.evaluation.predictions import check_predictions, read_meanings, read_predictions
from tests.helpers.stages import refused

ROWS = [{"id": name, "target": f"target of {name}"} for name in "abc"]
ANSWERS = [{"id": row["id"], "prediction": f"of {row['id']}", "reference": row["target"]} for row in ROWS]


def test_answers_come_in_the_order_of_the_rows(tmp_path):
    write_jsonl(tmp_path / "test.jsonl", ANSWERS[::-1])
    assert read_predictions(tmp_path / "test.jsonl", ROWS) == ANSWERS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"logp": 0.5, "tokens": 3, "bytes": 9}, "row b: logp must be a finite number of nats below 0, not 0.5"),
        ({"logp": -800.0, "tokens": 1, "bytes": 9}, "800 nats a token has no perplexity: the model has diverged"),
        ({"logp": -1.0, "tokens": 0, "bytes": 9}, "row b: its reference must have at least a token and a byte"),
        ({"no_answer": float("nan")}, "row b: no_answer must be a finite number, not nan"),
        ({"ended": 1}, "row b: ended must be true or false, not 1"),
        ({"probabilities": [1.0]}, "row b: probabilities must be those of the labels"),
        ({"reference": "target of c"}, "b is of another reference"),
        ({"id": "d"}, "b is missing"),
        ({"id": "a", "reference": "target of a"}, "a is twice"),
    ],
)
def test_an_answer_that_cannot_be_scored_is_refused(changes, message):
    refused(message, check_predictions, [ANSWERS[0], ANSWERS[1] | changes, ANSWERS[2]], ROWS)


def test_answers_of_baselines_without_meanings_are_refused(tmp_path):
    write_jsonl(tmp_path / "prompted" / "test" / "prompted_3.jsonl", ANSWERS)
    write_json(tmp_path / "baselines" / "meanings.json", {"majority": "the label that most training rows have, always"})
    write_jsonl(tmp_path / "grid" / "test" / "validation.jsonl", ANSWERS)  # a setting of a grid that is called test
    refused(r"prompted/meanings.json is missing: run the prompted stage again \(dvc repro\)", read_meanings, tmp_path)
    write_json(tmp_path / "prompted" / "meanings.json", {"prompted_3": "the untrained model"})
    assert list(read_meanings(tmp_path)) == ["majority", "prompted_3"]
