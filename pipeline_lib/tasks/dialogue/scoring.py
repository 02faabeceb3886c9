"""Next turns: how well they fit the true one, who speaks, whether they end, how varied they are, and likelihood."""

from collections.abc import Sequence
from typing import Any

from pipeline_lib.core.dialogues import split_label
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics.definitions import METRICS, CorpusMetric, Metric
from pipeline_lib.evaluation.metrics.replies import distinct_n, fit_relevance, relevance, repetition, self_bleu
from pipeline_lib.evaluation.metrics.rouge import rouge

HEADLINE = "relevance"
BASELINES = ("reply", "shuffled")
_DISTINCT = "different runs of {} words over all such runs, of all replies together (Li et al. 2016)"
WHOLE = {
    "distinct_1": CorpusMetric("higher", "distinct-1", _DISTINCT.format(1)),
    "distinct_2": CorpusMetric("higher", "distinct-2", _DISTINCT.format(2)),
    "self_bleu": CorpusMetric(
        "lower", "self-BLEU", "mean BLEU of each reply with all others as references (Zhu et al. 2018)"
    ),
}


def learn(train: Sequence[Example]) -> dict[str, Any]:
    """Return what TF-IDF weighs words by: the training turns."""
    return {"words": fit_relevance([turn["text"] for row in train for turn in row["turns"]])}


def metrics(examples: Sequence[Example], **learnt: Any) -> dict[str, Metric]:
    """Return relevance, likelihood, and whether a reply is a turn at all."""
    names = ("relevance", "bits_per_byte", "perplexity", "speaker", "ended", "repeated", "rougeL")
    return {name: METRICS[name] for name in names}


def score(answer: str, example: Example, *, words: Any) -> float:
    """Return the TF-IDF cosine of what is said with the true next turn."""
    return relevance(split_label(answer)[1], split_label(example["target"])[1], words)


def measure(example: Example, answer: Answer, *, words: Any) -> dict[str, float]:
    """Return relevance, repetition, whether the right one speaks; and nats and the turn's end where it has them."""
    speaker, said = split_label(answer["prediction"])
    again, runs = repetition(said)
    return {
        **({"nats": -answer["logp"]} if "logp" in answer else {}),
        **({"ended": float(answer["ended"])} if "ended" in answer else {}),
        "relevance": score(answer["prediction"], example, words=words),
        "speaker": float(speaker == example["speaker"]),
        "again": float(again),
        "runs": float(runs),
        "rougeL": rouge(said, split_label(example["target"])[1])["rougeL"],
        "empty": float(not said.strip()),
    }


def facets(example: Example) -> dict[str, str]:
    """Return how far into the dialogue the turn is, its topic, and whether the one who spoke last speaks on."""
    before = len(example["turns"])
    return {
        "topic": example["stratum"] or "none",
        "place": "second turn" if before == 1 else "third or fourth" if before < 4 else "later",
        "speaker": "speaks on" if example["turns"][-1]["speaker"] == example["speaker"] else "another than before",
    }


def whole(examples: Sequence[Example], answers: Sequence[Answer], seed: int) -> dict[str, float | None]:
    """Return how varied the replies are. No intervals: a row drawn twice would be no variety lost."""
    said = [split_label(answer["prediction"])[1] for answer in answers]
    found = {"distinct_1": distinct_n(said, 1), "distinct_2": distinct_n(said, 2), "self_bleu": self_bleu(said)}
    return {
        f"{name}{end}": value if not end else None for name, value in found.items() for end in ("", "_low", "_high")
    }
