"""Answers to test rows as files have them: one for each row, and every number one that can be."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl
from pipeline_lib.core.rows import Answer, Example

_OVERFLOW = 700  # nats a token: exp of more is no number


def read_predictions(path: Path, examples: Sequence[Example]) -> list[Answer]:
    """Return the answers of a JSONL file in the order of `examples`; UserError of check_answers, with the file."""
    rows = read_jsonl(path)
    try:
        check_predictions(rows, examples)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    by_id = {row["id"]: row for row in rows}
    return [by_id[row["id"]] for row in examples]


def check_predictions(answers: Sequence[Answer], examples: Sequence[Example]) -> None:
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
        "of no test row": [name for name in counts if name not in targets],
        "of another reference": [row["id"] for row in answers if row["reference"] != targets.get(row["id"])],
    }
    for what, names in faults.items():
        if names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            raise UserError(
                f"there must be one answer for each test row, {', '.join(names[:5])}{more} {_is(names)} {what}: "
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
