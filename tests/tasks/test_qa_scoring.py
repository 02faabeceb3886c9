"""Scoring of answers from a passage, with its threshold for no answer, and of a company's answers."""

import json
import math
from typing import Any

import numpy as np
import pytest
import sacrebleu

from pipeline_lib.evaluation.baselines import answer_baseline
from pipeline_lib.evaluation.metrics.squad import exact, f1
from pipeline_lib.evaluation.scoring import load_scoring

QA, COMPANY = load_scoring("qa"), load_scoring("company")


def example(number, answers, question="Who built it?", source="It was built by Ada Berg in 1907.", position=0.5):
    return {
        "id": str(number), "group": "tower", "stratum": "", "source": source, "question": question,
        "target": answers[0] if answers else "no answer", "answers": answers, "position": position if answers else None,
    }  # fmt: skip


def answer(number, prediction, no_answer=-3.0, logp=-4.0):
    return {
        "id": str(number), "prediction": prediction, "reference": "", "logp": logp, "tokens": 4, "bytes": 8,
        "no_answer": no_answer,
    }  # fmt: skip


ROWS = [
    example(1, ["Ada Berg", "Berg"]),
    example(2, [], "How many rooms has it?"),
    example(3, ["1907"], "In which year was it built?"),
    example(4, [], "Why was it sold?"),
]


def test_no_answer_is_recognised_whatever_its_case_and_marks():
    for given in ("no answer", "No answer.", " NO ANSWER ", "no  answer!"):
        assert QA.row_metrics(ROWS[1], answer(2, given), wordnet="none")["exact"] == 1.0
        assert QA.row_metrics(ROWS[0], answer(1, given), wordnet="none")["f1"] == 0.0
    found = QA.row_metrics(ROWS[1], answer(2, "four"), wordnet="none")
    assert (found["exact_no"], found["has"], found["no"]) == (0.0, 0.0, 1.0)


def test_the_metrics_are_squads_over_all_and_by_kind():
    given = ["the Berg", "four rooms", "1907", "no answer"]
    columns = [
        QA.row_metrics(row, answer(row["id"], text), wordnet="none") | {"rows": 1.0, "tokens": 4.0, "bytes": 8.0}
        for row, text in zip(ROWS, given, strict=True)
    ]
    sums = {name: np.array(sum(one[name] for one in columns)) for name in columns[0]}
    metrics = QA.metrics(ROWS, wordnet="none")
    found = {name: float(made.value(*(sums[column] for column in made.columns))) for name, made in metrics.items()
             if all(column in sums for column in made.columns)}  # fmt: skip
    plain = ["the Berg", "four rooms", "1907", ""]
    golds = [row["answers"] for row in ROWS]
    assert found["exact"] == np.mean([exact(*pair) for pair in zip(plain, golds, strict=True)]) == 0.75
    assert found["f1"] == np.mean([f1(*pair) for pair in zip(plain, golds, strict=True)])
    assert (found["exact_has"], found["exact_no"]) == (1.0, 0.5)
    references: list[list[Any]] = [["Ada Berg", "1907"], ["Berg", None]]
    theirs = sacrebleu.corpus_bleu(["the Berg", "1907"], references).score / 100
    assert found["bleu"] == pytest.approx(theirs, abs=1e-9)
    assert found["perplexity"] == pytest.approx(math.exp(1))
    assert "meteor_no_synonyms" in found
    assert "f1_threshold" not in found  # no threshold was applied


def test_kinds_of_question_that_do_not_occur_have_no_metric():
    assert not {"f1_no", "exact_no"} & set(QA.metrics([ROWS[0]], wordnet="none"))
    assert not {"f1_has", "exact_has"} & set(QA.metrics([ROWS[1]], wordnet="none"))


def test_the_threshold_is_chosen_on_validation_rows_and_rejects_above_it():
    validation = [answer(1, "Ada Berg", math.log(0.1)), answer(2, "four", math.log(0.6)),
                  answer(3, "1907", math.log(0.3)), answer(4, "money", math.log(0.9))]  # fmt: skip
    test_rows = [answer(1, "Ada Berg", math.log(0.2)), answer(2, "six", math.log(0.7))]
    found = QA.apply_threshold(ROWS, validation, test_rows)
    assert [row["rejected"] for row in found] == [False, True]
    assert QA.row_metrics(ROWS[1], found[1], wordnet="none")["f1_threshold"] == 1.0
    assert QA.row_metrics(ROWS[1], found[1], wordnet="none")["f1"] == 0.0
    assert "rejected" not in test_rows[0]  # a copy


@pytest.mark.parametrize(
    ("question", "kind"),
    [("Who built it?", "who"), ("In which year?", "which"), ("How many rooms?", "how much"), ("How was it?", "how"),
     ("Name its builder.", "other"), ("What's it called?", "what")],
)  # fmt: skip
def test_slices(question, kind):
    found = QA.slices(example(1, ["Ada Berg"], question, position=0.9))
    assert found == {"question": kind, "kind": "answerable", "answer": "two or three words", "place": "end"}
    assert QA.slices(example(1, [], question))["answer"] == "none"


def test_the_baselines():
    train = [example(9, [])]
    given = answer_baseline("no_answer", train, ROWS, QA.score)
    assert given.answers == ["no answer"] * 4
    assert [QA.score(text, row) for text, row in zip(given.answers, ROWS, strict=True)] == [0, 1, 0, 1]
    passage = "The tower stands in Holm. It was built by Ada Berg in 1907. It has nine rooms."
    questions = [example(5, ["nine"], "How many rooms has the building?", passage)]
    assert answer_baseline("best_sentence", train, questions, QA.score).answers == ["It has nine rooms."]


def test_a_companys_answers():
    row = {"id": "1", "source": "What is a baseline?", "target": "A baseline needs no model.", "topic": "evaluation"}
    given = {"id": "1", "prediction": "A baseline needs no model.", "logp": -2.0, "tokens": 6, "bytes": 23}
    found = COMPANY.row_metrics(row, given, wordnet="none")
    assert (found["rougeL"], found["empty"], found["nats"]) == (1.0, 0.0, 2.0)
    assert found["meteor_no_synonyms"] > 0.99
    assert COMPANY.slices(row) == {"topic": "evaluation", "reference": "answer"}
    assert COMPANY.slices({**row, "target": "Sorry, I can only help with Tare."})["reference"] == "refusal"
    assert json.dumps(sorted(COMPANY.metrics([row], wordnet="none")))
