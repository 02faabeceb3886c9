"""Scoring of impressions: ROUGE, perplexity, findings, clinical consistency; test rows by modality and finding."""

import re
from collections.abc import Sequence

from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics.clinical_consistency import KINDS, inconsistencies
from pipeline_lib.evaluation.metrics.definitions import METRICS, Metric
from pipeline_lib.evaluation.metrics.finding_overlap import finding_counts
from pipeline_lib.evaluation.metrics.rouge import rouge

HEADLINE = "rougeL"
BASELINES = ("majority", "nearest_row", "minimum_bayes_risk", "lead")
SUMMARY = ("rouge1", "rouge2")

# An impression that says nothing is wrong: each of its sentences denies, or calls something normal, clear or unchanged.
_NORMAL = re.compile(
    r"^(no|without|negative|normal|unremarkable|clear|stable|unchanged)\b|\b(is|are|appears?|within) (normal|clear"
    r"|unremarkable|intact)\b|\b(normal|unremarkable|negative) \w+\W*$|\bno (acute|evidence|active|significant)\b"
)


def metrics(examples: Sequence[Example]) -> dict[str, Metric]:
    """Return perplexity, bits per byte, ROUGE, F1 of findings, and the shares of answers with an inconsistency."""
    names = ("perplexity", "bits_per_byte", "rouge1", "rouge2", "rougeL")
    findings = ("finding_f1", "finding_precision", "finding_recall")
    return {name: METRICS[name] for name in (*names, *findings, *KINDS)}


def score(answer: str, example: Example) -> float:
    """Return ROUGE-L."""
    return rouge(answer, example["target"])["rougeL"]


def row_metrics(example: Example, answer: Answer) -> dict[str, float]:
    """Return ROUGE, whether the answer is empty, findings, inconsistencies (0 or 1 a kind), and nats if it has logp."""
    # What the model was shown: all of it supports a number.
    shown = "\n".join(filter(None, (example.get("title"), example.get("history"), example["source"])))
    found = inconsistencies(answer["prediction"], example["target"], shown)
    return {
        **({"nats": -answer["logp"]} if "logp" in answer else {}),
        **rouge(answer["prediction"], example["target"]),
        "empty": float(not answer["prediction"].strip()),
        **finding_counts(answer["prediction"], example["target"]),
        **{kind: float(bool(phrases)) for kind, phrases in found.items()},
    }


def slices(example: Example) -> dict[str, str]:
    """Return the modality of the exam, and whether the reference names a finding."""
    sentences = [part for part in re.split(r"[.;\n]+", example["target"].casefold()) if re.search(r"[^\W\d_]", part)]
    # A list numeral before a sentence is no part of it.
    plain = all(_NORMAL.search(re.sub(r"^\W*(\d+\W+)?", "", part)) for part in sentences)
    return {"modality": example.get("stratum") or "none", "finding": "normal" if plain else "abnormal"}
