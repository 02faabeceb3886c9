"""What a score is. Pure functions of text and log-likelihoods; no model is loaded here."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pipeline_lib.errors import UserError

ROUGE = ("rouge1", "rouge2", "rougeL")
PREDICTION = ("id", "prediction", "reference", "logp", "tokens", "bytes")


def perplexity(logp: Sequence[float], tokens: Sequence[int]) -> float:
    """Return exp(-sum of log p / number of tokens), over target tokens and their closing token, given the prompt.

    `logp` in nats and `tokens`, one a row. Weighted by token, never averaged by row or batch; padding and
    prompt are not in it.
    """
    nats = -sum(logp) / sum(tokens)
    if nats > 700:
        raise UserError(f"perplexity of {nats:g} nats a token is beyond any number: the model has diverged, lower lr")
    return math.exp(nats)


def bits_per_byte(logp: Sequence[float], sizes: Sequence[int]) -> float:
    """Return -sum of log2 p / UTF-8 bytes of the targets: perplexity for models whose tokens differ.

    `logp` in nats, closing token included; `sizes` in bytes of the target text.
    """
    return -sum(logp) / math.log(2) / sum(sizes)


def rouge(prediction: str, reference: str) -> dict[str, float]:
    """Return rouge1, rouge2 and rougeL F-measures (0-1) of one pair, with the Porter stemmer.

    torchmetrics' definition, which follows Google's rouge_score. Without the Lsum variant nothing asks NLTK
    for data.
    """
    from torchmetrics.functional.text.rouge import rouge_score  # it loads torch, which only this needs

    found = rouge_score(prediction, reference, use_stemmer=True, rouge_keys=ROUGE)
    return {key: float(found[f"{key}_fmeasure"]) for key in ROUGE}


def score_generations(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return perplexity, bits_per_byte and the mean ROUGE of rows of predictions. An empty answer scores 0.

    Raises UserError as check_predictions does.
    """
    check_predictions(rows)
    logp = [row["logp"] for row in rows]
    scores = [rouge(row["prediction"], row["reference"]) for row in rows]
    return {
        "perplexity": perplexity(logp, [row["tokens"] for row in rows]),
        "bits_per_byte": bits_per_byte(logp, [row["bytes"] for row in rows]),
        **{key: sum(score[key] for score in scores) / len(scores) for key in ROUGE},
    }


def check_predictions(rows: Sequence[dict[str, Any]]) -> None:
    """Raise UserError for no rows, a repeated id, a missing field, or a number that is not finite."""
    if not rows:
        raise UserError("there are no predictions to score: run the generate stage")
    if any("id" not in row for row in rows):
        raise UserError("predictions must have an id in every row: run the generate stage again")
    repeated = [name for name, count in Counter(row["id"] for row in rows).items() if count > 1]
    if repeated:
        raise UserError(f"predictions must have one row an id, {', '.join(sorted(repeated))} stand there twice")
    for row in rows:
        absent = [key for key in PREDICTION if key not in row]
        if absent:
            raise UserError(f"row {row['id']} has no {', '.join(absent)}: run the generate stage again")
        if row["tokens"] < 1 or row["bytes"] < 1:
            raise UserError(f"row {row['id']}: its reference must have at least a token and a byte: mend the data")
        if not math.isfinite(row["logp"]) or row["logp"] > 0:
            raise UserError(f"row {row['id']}: logp must be a finite number of nats below 0, not {row['logp']}")
