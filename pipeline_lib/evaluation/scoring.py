"""What a task's scoring module provides. It is apart from the task's prompt, so that a new metric retrains no model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.core.tasks import load
from pipeline_lib.evaluation.metrics.definitions import CorpusMetric, Metric


def _nothing(*args: Any, **settings: Any) -> dict[str, Any]:
    return {}


def _unchanged(
    validation: Sequence[Example], validation_answers: Sequence[Answer], test_answers: Sequence[Answer]
) -> list[Answer]:
    return list(test_answers)


@dataclass(frozen=True)
class Scoring:
    """The names of a scoring module; those it leaves out have the defaults here. `settings` are those of its PARAMS."""

    HEADLINE: str  # the metric that decides, a mean over rows: baselines are chosen, gains and slices given in it
    BASELINES: tuple[str, ...]  # names of pipeline_lib.evaluation.baselines.BASELINES
    # (answer, example, **fitted): the headline metric of one answer; more is better.
    score: Callable[..., float]
    # (examples, **settings): the metrics of these test rows that are computed from sums over rows, in display order.
    metrics: Callable[..., dict[str, Metric]]
    # (example, answer, **settings, **fitted): the per-row numbers that the columns of `metrics` name.
    row_metrics: Callable[..., dict[str, float]]
    # (example): the slices of the test set that the row is in, each a fixed word: never text of the row.
    slices: Callable[[Example], dict[str, str]]
    PARAMS: tuple[str, ...] = ()  # keys of the params file
    SUMMARY: tuple[str, ...] = ()  # metrics that summary.json has beside headline and perplexity: at most four
    # (training rows): what has to be fitted to them, by name, such as TF-IDF weights; row_metrics and score take it.
    fit: Callable[[Sequence[Example]], dict[str, Any]] = _nothing
    CORPUS_METRICS: dict[str, CorpusMetric] = field(default_factory=dict)  # what `corpus_metrics` returns
    # (examples, answers, seed): the metrics of one system that are not sums over rows, each with _low and _high.
    corpus_metrics: Callable[[Sequence[Example], Sequence[Answer], int], dict[str, float | None]] = _nothing
    # (examples, ours, theirs, seed): tests of one system against another beside the gain, by name.
    paired: Callable[..., dict[str, dict[str, Any]]] = _nothing
    # (validation rows, answers to them, answers to test rows): the test answers with what a threshold that is chosen on
    # the validation rows makes of them.
    apply_threshold: Callable[[Sequence[Example], Sequence[Answer], Sequence[Answer]], list[Answer]] = _unchanged


def load_scoring(task: str) -> Scoring:
    """Return the scoring of `task`. Raises UserError for an unknown task, with the nearest known."""
    module = load(task, "scoring")
    return Scoring(**{one.name: getattr(module, one.name) for one in fields(Scoring) if hasattr(module, one.name)})
