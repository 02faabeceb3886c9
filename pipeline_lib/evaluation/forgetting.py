"""Forgetting: multiple-choice accuracy before and after training, and how often off-topic questions are refused.

The figures are lm-evaluation-harness's (acc, acc_norm, the standard error of a mean); untrained and tuned are compared
item by item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.metrics.choice_accuracy import pick, standard_error
from pipeline_lib.evaluation.metrics.classification import mcnemar
from pipeline_lib.evaluation.metrics.refusals import is_refusal
from pipeline_lib.evaluation.rates import wilson

RULES = ("acc", "acc_norm")


def multiple_choice_change(
    untrained: Sequence[Mapping[str, Any]], tuned: Sequence[Mapping[str, Any]], seed: int
) -> dict[str, Any]:
    """Return {n, acc, acc_norm}, each rule {untrained, untrained_stderr, tuned, tuned_stderr, mcnemar}.

    `untrained` and `tuned` are {id, logp, chars, answer} of the same items. mcnemar is classification.McNemar, tuned
    against untrained. Raises UserError where the items are not the same.
    """
    if [row["id"] for row in untrained] != [row["id"] for row in tuned]:
        raise UserError(
            "untrained and tuned must have answered the same questions in one order: run multiple_choice again for both"
        )
    found: dict[str, Any] = {"n": len(untrained)}
    for rule in RULES:
        right = [
            [pick(row["logp"], row["chars"])[rule] == row["answer"] for row in rows] for rows in (untrained, tuned)
        ]
        figures: dict[str, float] = {}
        for name, hits in zip(("untrained", "tuned"), right, strict=True):
            figures |= {name: sum(hits) / len(hits), f"{name}_stderr": standard_error(hits)}
        ids = [row["id"] for row in untrained]
        found[rule] = {**figures, "mcnemar": asdict(mcnemar(right[1], right[0], ids, seed))}
    return found


def refusals(off_topic: Mapping[str, Sequence[str]], on_topic: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return by system the share of off-topic questions refused and of on-topic questions answered, with 95% intervals.

    Both arguments are {system: answers}. refusals.is_refusal decides; an empty answer counts as neither. The intervals
    are Wilson's.
    """
    found = {}
    for system in off_topic:
        refused = sum(map(is_refusal, off_topic[system]))
        answered = sum(not is_refusal(answer) and bool(answer.strip()) for answer in on_topic[system])
        found[system] = {
            "off_topic": len(off_topic[system]),
            **_rate("refused", refused, len(off_topic[system])),
            "on_topic": len(on_topic[system]),
            **_rate("answered", answered, len(on_topic[system])),
        }
    return found


def _rate(name: str, hits: int, rows: int) -> dict[str, float | None]:
    low, high = wilson(hits, rows) if rows else (None, None)
    return {name: hits / rows if rows else None, f"{name}_low": low, f"{name}_high": high}
