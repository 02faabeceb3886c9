"""Figures of the tuned model on validation rows: what settings are chosen by, so that test rows choose nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics.definitions import METRICS
from pipeline_lib.evaluation.score_table import row_table, system_metrics
from pipeline_lib.evaluation.scoring import Scoring

LIKELIHOOD = ("loss", "perplexity")  # where the answers have the likelihood of their references


def validation_figures(
    validation: Sequence[Example],
    answers: Sequence[Answer],
    scoring: Scoring,
    settings: Mapping[str, Any],
    fitted: Mapping[str, Any],
    seed: int,
) -> dict[str, float | int | None]:
    """Return {n, the headline figure, those of SUMMARY, loss, perplexity} of the tuned model's answers, with intervals.

    Of SUMMARY those that are computed from sums over rows. loss: nats per token of the reference; it and perplexity are
    left out where answers have no log-likelihood.
    `answers` are in the order of the rows, at least one; `settings` are the scoring's own, `fitted` is what scoring.fit
    returns. The figures are optimistic: the epoch that was kept, and a threshold that the task applies, were chosen on
    these same rows. They are for comparing settings; how good the chosen one is, test rows tell.
    """
    given = scoring.apply_threshold(validation, answers, answers)
    table = row_table(validation, [0.0] * len(validation), {"tuned": given}, scoring, {**settings, **fitted})
    known = scoring.metrics(validation, **settings)
    metrics = {name: known[name] for name in (scoring.HEADLINE, *scoring.SUMMARY) if name in known}
    metrics |= {name: METRICS[name] for name in LIKELIHOOD}
    return {"n": len(validation), **system_metrics(table, "tuned", metrics, seed)}
