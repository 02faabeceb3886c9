"""A company's answers: overlap with its own answer, perplexity, and whether it was refused."""

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
PARAMS = ("wordnet",)


def metrics(examples: Sequence[Example], *, wordnet: str) -> dict[str, Metric]:
    """Return ROUGE, METEOR, BLEU and perplexity."""
    name = meteor_name(_wordnet(wordnet))
    return {key: METRICS[key] for key in ("rougeL", "rouge1", "rouge2", name, "bleu", "perplexity", "bits_per_byte")}


def score(answer: str, example: Example) -> float:
    """Return ROUGE-L."""
    return rouge(answer, example["target"])["rougeL"]


def measure(example: Example, answer: Answer, *, wordnet: str) -> dict[str, float]:
    """Return overlap with the reference, whether the answer is empty, and nats where it has logp."""
    said, reference, known = answer["prediction"], example["target"], _wordnet(wordnet)
    nats = {"nats": -answer["logp"]} if "logp" in answer else {}
    overlap = {**rouge(said, reference), meteor_name(known): meteor(said, [reference], known), "has": 1.0}
    return {**nats, **overlap, **bleu.statistics(said, [reference]), "empty": float(not said.strip())}


def facets(example: Example) -> dict[str, str]:
    """Return the topic, where the data have one, and whether the reference refuses to answer."""
    refused = "refusal" if is_refusal(example["target"]) else "answer"
    return {"topic": example.get("topic", "none"), "reference": refused}


@cache
def _wordnet(where: str) -> WordNet | None:
    return load_wordnet(where)
