"""Scoring of a company's answers: overlap with the reference and perplexity; test rows by topic and refusal."""

from collections.abc import Sequence
from functools import cache

from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics import bleu
from pipeline_lib.evaluation.metrics.definitions import METRICS, Metric
from pipeline_lib.evaluation.metrics.meteor import WordNet, load_wordnet, meteor, meteor_name
from pipeline_lib.evaluation.metrics.refusals import is_refusal
from pipeline_lib.evaluation.metrics.rouge import rouge

HEADLINE = "rougeL"
BASELINES = ("majority", "nearest_row", "minimum_bayes_risk")
SUMMARY = ("rouge1", "rouge2")
PARAMS = ("wordnet",)


def metrics(examples: Sequence[Example], *, wordnet: str) -> dict[str, Metric]:
    """Return ROUGE, METEOR, BLEU and perplexity."""
    name = meteor_name(_wordnet(wordnet))
    return {key: METRICS[key] for key in ("rougeL", "rouge1", "rouge2", name, "bleu", "perplexity", "bits_per_byte")}


def score(answer: str, example: Example) -> float:
    """Return ROUGE-L."""
    return rouge(answer, example["target"])["rougeL"]


def row_metrics(example: Example, answer: Answer, *, wordnet: str) -> dict[str, float]:
    """Return overlap with the reference, whether the answer is empty, and nats where it has logp."""
    prediction, reference, known = answer["prediction"], example["target"], _wordnet(wordnet)
    nats = {"nats": -answer["logp"]} if "logp" in answer else {}
    overlap = {**rouge(prediction, reference), meteor_name(known): meteor(prediction, [reference], known), "has": 1.0}
    return {**nats, **overlap, **bleu.statistics(prediction, [reference]), "empty": float(not prediction.strip())}


def slices(example: Example) -> dict[str, str]:
    """Return the topic, where the data have one, and whether the reference refuses to answer."""
    kind = "refusal" if is_refusal(example["target"]) else "answer"
    return {"topic": example.get("topic", "none"), "reference": kind}


@cache
def _wordnet(where: str) -> WordNet | None:
    return load_wordnet(where)
