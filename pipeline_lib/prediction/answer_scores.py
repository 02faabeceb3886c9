"""How good predictions are, where the file has answers to compare with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example, check_labels
from pipeline_lib.evaluation.score_table import row_table, system_metrics
from pipeline_lib.evaluation.scoring import Scoring

SYSTEM, SEED = "tuned", 0


def check_comparable(examples: Sequence[Example], has_answers: bool, origin: str) -> None:
    """Raise UserError where the file `origin` has no answers to compare with, or one that is no label of the model."""
    answered = [row for row in examples if row["target"]]
    if not has_answers or not answered:
        raise UserError(f"--score needs answers to compare with, {origin} has none: leave --score out")
    if "labels" in answered[0]:
        check_labels(answered, answered[0]["labels"], origin)


def score_lines(scoring: Scoring, examples: Sequence[Example], answers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each metric of the rows that have an answer to compare with, with its 95% interval.

    A single row, or rows of one group, have none.
    """
    rows = [(row, answer) for row, answer in zip(examples, answers, strict=True) if row["target"]]
    settings = dict.fromkeys(scoring.PARAMS, "none")  # METEOR's word list: without synonyms
    given = [
        {
            "id": row["id"],
            "prediction": answer.get("answer", answer.get("sentiment")),
            "reference": row["target"],
            **{key: answer[key] for key in ("ended", "probabilities") if key in answer},
        }
        for row, answer in rows
    ]
    compared = [row for row, _ in rows]
    metrics = scoring.metrics(compared, **settings)
    table = row_table(compared, [0.0] * len(compared), {SYSTEM: given}, scoring, settings)
    found = system_metrics(table, SYSTEM, metrics, SEED)
    yield f"compared with the answers of {len(compared)} of {len(examples)} rows; 95% intervals in brackets"
    for name, metric in metrics.items():
        if name in found:
            low, high = found[f"{name}_low"], found[f"{name}_high"]
            ends = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
            yield f"  {metric.title}: {found[name]:.3f}{ends}"
