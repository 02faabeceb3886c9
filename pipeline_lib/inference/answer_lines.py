"""The lines of files of answers: what a model wrote, how likely it held the reference, and how likely each label."""

from collections.abc import Sequence
from typing import Any

from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.inference.decoding import Completion
from pipeline_lib.inference.label_choices import label_shares
from pipeline_lib.models.tokenization import Encoded

DIGITS = 6


def answer_line(example: Example, row: Encoded, answer: tuple[Sequence[float], Completion]) -> Answer:
    """Return {id, prediction, reference, logp, tokens, bytes, ended} of an answer, and no_answer where there is one.

    answer: the log-likelihoods of the reference and, for a task that may decline, of declining, in nats; and the text.
    """
    logp, completion = answer
    return {
        "id": example["id"],
        "prediction": completion.text,
        "reference": example["target"],
        "logp": logp[0],
        **({"no_answer": logp[1]} if len(logp) > 1 else {}),
        "tokens": len(row.targets()),
        "bytes": len(example["target"].encode("utf-8")),
        "ended": completion.ended,
    }


def label_line(row: Example, logp: Sequence[float]) -> dict[str, Any]:
    """Return {id, prediction, reference, probabilities, choices} from the log-likelihood of each label of a row."""
    probabilities = {label: round(share, DIGITS) for label, share in label_shares(row["labels"], logp).items()}
    return {
        "id": row["id"],
        "prediction": row["labels"][logp.index(max(logp))],
        "reference": row["target"],
        "probabilities": probabilities,
        "choices": {label: round(value, DIGITS) for label, value in zip(row["labels"], logp, strict=True)},
    }
