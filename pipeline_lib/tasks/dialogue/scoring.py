"""Scoring of replies: relevance to the true next turn, right speaker, ended turn, variety and likelihood."""

from collections.abc import Sequence
from typing import Any

from pipeline_lib.core.dialogues import split_label
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics.definitions import METRICS, CorpusMetric, Metric
from pipeline_lib.evaluation.metrics.replies import distinct_n, fit_relevance, relevance, repetition, self_bleu
from pipeline_lib.evaluation.metrics.rouge import rouge

HEADLINE = "relevance"
BASELINES = ("reply", "shuffled")
SUMMARY = ("speaker", "ended", "repeated", "rougeL")
_DISTINCT = (
    "different runs of {} words over all such runs, of all replies together (after Li et al. 2016, who divide by the "
    "number of words)"
)
CORPUS_METRICS = {
    "distinct_1": CorpusMetric("higher", "distinct-1", _DISTINCT.format(1)),
    "distinct_2": CorpusMetric("higher", "distinct-2", _DISTINCT.format(2)),
    "self_bleu": CorpusMetric(
        "lower", "self-BLEU", "mean BLEU of each reply with all others as references (Zhu et al. 2018)"
    ),
}


def fit(train: Sequence[Example]) -> dict[str, Any]:
    """Return TF-IDF weights fitted to the training turns."""
    return {"vectorizer": fit_relevance([turn["text"] for row in train for turn in row["turns"]])}


def metrics(examples: Sequence[Example], **fitted: Any) -> dict[str, Metric]:
    """Return relevance, likelihood, and how a reply is formed: speaker, end, repetition, ROUGE-L."""
    names = ("relevance", "bits_per_byte", "perplexity", "speaker", "ended", "repeated", "rougeL")
    return {name: METRICS[name] for name in names}


def score(answer: str, example: Example, *, vectorizer: Any) -> float:
    """Return the TF-IDF cosine of the reply with the true next turn, both without their speaker label."""
    return relevance(split_label(answer)[1], split_label(example["target"])[1], vectorizer)


def row_metrics(example: Example, answer: Answer, *, vectorizer: Any) -> dict[str, float]:
    """Return relevance, repetition and whether the speaker is right; nats and whether the turn ended where known."""
    speaker, reply = split_label(answer["prediction"])
    repeated, runs = repetition(reply)
    return {
        **({"nats": -answer["logp"]} if "logp" in answer else {}),
        **({"ended": float(answer["ended"])} if "ended" in answer else {}),
        "relevance": score(answer["prediction"], example, vectorizer=vectorizer),
        "speaker": float(speaker == example["speaker"]),
        "again": float(repeated),
        "runs": float(runs),
        "rougeL": rouge(reply, split_label(example["target"])[1])["rougeL"],
        "empty": float(not reply.strip()),
    }


def slices(example: Example) -> dict[str, str]:
    """Return the topic, how far into the dialogue the turn is, and whether it has the speaker of the turn before."""
    before = len(example["turns"])
    return {
        "topic": example["stratum"] or "none",
        "place": "second turn" if before == 1 else "third or fourth" if before < 4 else "later",
        "speaker": "speaks on" if example["turns"][-1]["speaker"] == example["speaker"] else "another than before",
    }


def corpus_metrics(examples: Sequence[Example], answers: Sequence[Answer], seed: int) -> dict[str, float | None]:
    """Return distinct-1, distinct-2 and self-BLEU; no intervals: a row drawn twice would count as repetition."""
    replies = [split_label(answer["prediction"])[1] for answer in answers]
    found = {
        "distinct_1": distinct_n(replies, 1),
        "distinct_2": distinct_n(replies, 2),
        "self_bleu": self_bleu(replies),
    }
    return {
        f"{name}{end}": value if not end else None for name, value in found.items() for end in ("", "_low", "_high")
    }
