"""What a figure is: named columns of per-row numbers, and what their sums over rows make of them.

Every figure here is `value` of sums over rows, so that intervals and tests resample it as it is defined, ratios
included. No model is loaded here.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline_lib.errors import UserError
from pipeline_lib.records import Answer, Example

_OVERFLOW = 700  # nats a token: exp of more is no number


@dataclass(frozen=True)
class Metric:
    """A figure: `value` of the sums of `columns` over rows (arrays of any one shape), and how to read it."""

    columns: tuple[str, ...]
    value: Callable[..., NDArray[np.float64]]
    better: str  # higher | lower
    title: str
    meaning: str


def _ratio(total: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    return total / size


def _mean(column: str, better: str, title: str, meaning: str) -> Metric:
    return Metric((column, "rows"), _ratio, better, title, meaning)


_ROUGE = "F-measure of {}, Porter stemmer, as torchmetrics and Google's rouge_score define it; the mean over rows"
METRICS = {
    "perplexity": Metric(
        ("nats", "tokens"),
        lambda nats, tokens: np.exp(nats / tokens),
        "lower",
        "perplexity of the reference",
        "exp(-sum of log p / tokens) over the tokens of the reference and the one that closes it, given the prompt",
    ),
    "bits_per_byte": Metric(
        ("nats", "bytes"),
        lambda nats, size: nats / math.log(2) / size,
        "lower",
        "bits per byte",
        "-sum of log2 p over the reference's UTF-8 bytes: compares models whose tokens differ",
    ),
    "rouge1": _mean("rouge1", "higher", "ROUGE-1", _ROUGE.format("single words")),
    "rouge2": _mean("rouge2", "higher", "ROUGE-2", _ROUGE.format("word pairs")),
    "rougeL": _mean("rougeL", "higher", "ROUGE-L", _ROUGE.format("the longest common subsequence")),
    "negation_flip": _mean(
        "negation_flip",
        "lower",
        "negation flips",
        "share of answers that assert a finding which the reference (or else the input) denies, or the reverse",
    ),
    "side_swap": _mean(
        "side_swap",
        "lower",
        "side swaps",
        "share of answers that put a finding on the other side than the reference (or else the input) does",
    ),
    "unsupported_number": _mean(
        "unsupported_number",
        "lower",
        "unsupported numbers",
        "share of answers with a number or measure that the input does not contain",
    ),
}


def check_answers(answers: Sequence[Answer], examples: Sequence[Example]) -> None:
    """Raise UserError unless there is exactly one answer for each example, with its reference.

    An empty answer is an answer. Where an answer has a log-likelihood it must be a finite number of nats, not
    above 0, and its reference must have tokens and bytes.
    """
    if not answers:
        raise UserError("there are no answers to score: run the stage that writes them")
    for key in ("id", "prediction", "reference"):
        if any(key not in row for row in answers):
            raise UserError(f"every answer must have {key}: run the stage that writes them again")
    counts = Counter(row["id"] for row in answers)
    targets = {row["id"]: row["target"] for row in examples}
    faults = {
        "twice": [name for name, count in counts.items() if count > 1],
        "missing": [name for name in targets if name not in counts],
        "of no held-out row": [name for name in counts if name not in targets],
        "of another reference": [row["id"] for row in answers if row["reference"] != targets.get(row["id"])],
    }
    for what, names in faults.items():
        if names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            raise UserError(
                f"there must be one answer for each held-out row, {', '.join(names[:5])}{more} {_is(names)} {what}: "
                "run the stages that write them again (dvc repro)"
            )
    for row in answers:
        if "logp" in row:
            if not (row.get("tokens", 0) >= 1 and row.get("bytes", 0) >= 1):
                raise UserError(f"row {row['id']}: its reference must have at least a token and a byte: mend the data")
            if not math.isfinite(row["logp"]) or row["logp"] > 0:
                raise UserError(f"row {row['id']}: logp must be a finite number of nats below 0, not {row['logp']}")
    nats = [-row["logp"] / row["tokens"] for row in answers if "logp" in row]
    if nats and max(nats) > _OVERFLOW:
        raise UserError(f"{max(nats):g} nats a token has no perplexity: the model has diverged, lower lr")


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
