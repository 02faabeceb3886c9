"""Scoring of replies: each column by hand, the metrics of a system, and the slices."""

import math

import pytest
from rouge_score.rouge_scorer import RougeScorer

from pipeline_lib.core.dialogues import split_label, turns_to_predict
from pipeline_lib.evaluation.metrics.replies import distinct_n, fit_relevance, relevance, self_bleu
from pipeline_lib.evaluation.score_table import row_table, system_metrics
from pipeline_lib.evaluation.scoring import load_scoring
from tests.helpers.dialogues import talk

SCORING = load_scoring("dialogue")
TRAIN = [
    talk([("Mia", "Shall we have tea?"), ("Tom", "Yes, with milk.")]),
    talk([("Mia", "Coffee?"), ("Tom", "No, tea.")]),
]
TURNS = [("Mia", "Tea?"), ("Tom", "Yes, tea with milk."), ("Tom", "Please: now."), ("Mia", "Here."), ("Tom", "Thanks.")]
TEST_ROWS = turns_to_predict(talk(TURNS, name="h"))
FITTED = SCORING.fit(TRAIN)


def answer(prediction: str, **more) -> dict:
    return {"id": "h.2", "prediction": prediction, "reference": TEST_ROWS[0]["target"], **more}


def test_headline_baselines_and_what_relevance_is_fitted_to():
    assert (SCORING.HEADLINE, SCORING.BASELINES) == ("relevance", ("reply", "shuffled"))
    assert list(SCORING.metrics(TEST_ROWS, **FITTED)) == [
        "relevance", "bits_per_byte", "perplexity", "speaker", "ended", "repeated", "rougeL",
    ]  # fmt: skip
    assert list(SCORING.CORPUS_METRICS) == ["distinct_1", "distinct_2", "self_bleu"]
    vectorizer = fit_relevance(["Shall we have tea?", "Yes, with milk.", "Coffee?", "No, tea."])
    assert FITTED["vectorizer"].vocabulary_ == vectorizer.vocabulary_
    assert FITTED["vectorizer"].idf_.tolist() == vectorizer.idf_.tolist()
    assert "tom" not in vectorizer.vocabulary_


def test_the_columns_of_an_answer():
    found = SCORING.row_metrics(
        TEST_ROWS[0], answer("Tom: Tea with tea with tea with milk", logp=-2.5, ended=True), **FITTED
    )
    rouge = RougeScorer(["rougeL"], use_stemmer=True).score("Yes, tea with milk.", "Tea with tea with tea with milk")
    assert found == {
        "nats": 2.5,
        "ended": 1.0,
        "relevance": relevance("Tea with tea with tea with milk", "Yes, tea with milk.", FITTED["vectorizer"]),
        "speaker": 1.0,
        "again": 2.0,
        "runs": 5.0,
        "rougeL": pytest.approx(rouge["rougeL"].fmeasure),
        "empty": 0.0,
    }


@pytest.mark.parametrize(
    ("reply", "speaker", "empty", "relevant"),
    [
        ("Tom: Yes, tea with milk.", 1, 0, 1),
        ("Mia: Yes, tea with milk.", 0, 0, 1),  # the text is scored apart from the label
        ("Yes, tea with milk.", 0, 0, 1),
        ("tom: Yes, tea with milk.", 0, 0, 1),
        ("Tom:", 1, 1, 0),
        ("", 0, 1, 0),
        ("Tom: Coffee", 1, 0, 0),
        ("Tomorrow: Coffee", 0, 0, 0),
    ],
)
def test_label_and_text_are_scored_apart(reply, speaker, empty, relevant):
    found = SCORING.row_metrics(TEST_ROWS[0], answer(reply), **FITTED)
    assert {"nats", "ended"}.isdisjoint(found), "an answer without logp and ended"
    assert (found["speaker"], found["empty"], found["relevance"]) == (speaker, empty, pytest.approx(relevant))
    assert found["relevance"] == SCORING.score(reply, TEST_ROWS[0], **FITTED)


def test_the_target_itself_has_perfect_scores():
    for row in TEST_ROWS:
        found = SCORING.row_metrics(row, answer(row["target"], ended=False), **FITTED)
        assert (found["speaker"], found["rougeL"], found["ended"], found["empty"]) == (1, 1, 0, 0)
    assert split_label(TEST_ROWS[1]["target"]) == ("Tom", "Please: now.")
    answers = [{"id": row["id"], "prediction": "Tom: Yes", "reference": row["target"]} for row in TEST_ROWS]
    table = row_table(TEST_ROWS, [0.5] * 4, {"tuned": answers}, SCORING, FITTED)
    assert system_metrics(table, "tuned", SCORING.metrics(TEST_ROWS), 1)["repeated"] == 0


def test_slices():
    assert [SCORING.slices(row) for row in TEST_ROWS] == [
        {"topic": "none", "place": "second turn", "speaker": "another than before"},
        {"topic": "none", "place": "third or fourth", "speaker": "speaks on"},
        {"topic": "none", "place": "third or fourth", "speaker": "another than before"},
        {"topic": "none", "place": "later", "speaker": "another than before"},
    ]
    assert SCORING.slices({**TEST_ROWS[0], "stratum": "tea"})["topic"] == "tea"


def test_the_metrics_of_a_system():
    replies = ["Tom: Yes, tea with milk.", "Tom: no no no no", "Tom: Here.", "Mia: Thanks."]
    tuned = [
        {"id": row["id"], "prediction": one, "reference": row["target"], "logp": -4.0, "tokens": 8, "bytes": 16}
        | {"ended": row["id"] != "h.2"}
        for row, one in zip(TEST_ROWS, replies, strict=True)
    ]
    baseline = [{key: row[key] for key in ("id", "prediction", "reference")} for row in tuned]
    table = row_table(TEST_ROWS, [0.5] * 4, {"tuned": tuned, "reply": baseline}, SCORING, FITTED)
    metrics = SCORING.metrics(TEST_ROWS, **FITTED)
    found = system_metrics(table, "tuned", metrics, 1)
    relevant = [
        relevance(split_label(one)[1], split_label(row["target"])[1], FITTED["vectorizer"])
        for row, one in zip(TEST_ROWS, replies, strict=True)
    ]
    assert found["relevance"] == pytest.approx(sum(relevant) / 4, abs=1e-5)
    assert found["bits_per_byte"] == pytest.approx(4 / math.log(2) / 16, abs=1e-5)
    assert found["perplexity"] == pytest.approx(math.exp(0.5), abs=1e-5)
    assert (found["speaker"], found["ended"]) == (0.5, 0.75)
    assert found["repeated"] == pytest.approx(1 / 4), (
        "1 of 4 runs of three words: the first reply has two, the second two"
    )
    assert found["empty"] == 0
    bare = system_metrics(table, "reply", metrics, 1)
    assert {"bits_per_byte", "perplexity", "ended"}.isdisjoint(bare), "a baseline without logp and ended"
    assert bare["relevance"] == found["relevance"]
    assert system_metrics(table, "reply", metrics, 1).keys() >= {"relevance_low", "speaker_high", "repeated_low"}


def test_corpus_metrics_are_of_texts_without_labels_and_have_no_intervals():
    texts = ["I like tea", "I like milk", "Shall we go?", ""]
    found = SCORING.corpus_metrics(TEST_ROWS, [answer(f"Tom: {one}") for one in texts], 1)
    names = ("distinct_1", "distinct_2", "self_bleu")
    assert found == dict(zip(names, (distinct_n(texts, 1), distinct_n(texts, 2), self_bleu(texts)), strict=True)) | {
        f"{name}_{end}": None for name in names for end in ("low", "high")
    }
    assert SCORING.corpus_metrics(TEST_ROWS, [answer("")], 1)["distinct_1"] is None
