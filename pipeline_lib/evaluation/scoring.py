"""How a task's answers are judged, one module a task; apart from the task, so that another rule retrains no model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.core.tasks import load
from pipeline_lib.evaluation.metrics.definitions import CorpusMetric, Metric


def _none(*args: Any, **settings: Any) -> dict[str, Any]:
    return {}


def _as_they_are(examples: Sequence[Example], answers: Sequence[Answer], asked: Sequence[Answer]) -> list[Answer]:
    return list(asked)


@dataclass(frozen=True)
class Scoring:
    """What a scoring module has, under these names; what it leaves out is as here. `settings` are its own PARAMS."""

    HEADLINE: str  # the metric that decides, a mean over rows: baselines, gain and slices are in it
    BASELINES: tuple[str, ...]  # names of pipeline_lib.evaluation.baselines.BASELINES
    # (answer, example, **learnt): the headline score of one answer; more is better.
    score: Callable[..., float]
    # (examples, **settings): the figures of these test rows that are sums over rows, in the order they are shown.
    metrics: Callable[..., dict[str, Metric]]
    # (example, answer, **settings): the per-row numbers that the metrics' columns name.
    measure: Callable[..., dict[str, float]]
    # (example): the categories a test row falls into, each a fixed word: never text of the row.
    facets: Callable[[Example], dict[str, str]]
    PARAMS: tuple[str, ...] = ()  # keys of the params file
    # (training rows): what judging has to learn of them, by name; score and measure take it beside `settings`.
    learn: Callable[[Sequence[Example]], dict[str, Any]] = _none
    WHOLE: dict[str, CorpusMetric] = field(default_factory=dict)  # the figures that `whole` gives
    # (examples, answers, seed): the figures of one system that are no sums over rows, each with _low and _high.
    whole: Callable[[Sequence[Example], Sequence[Answer], int], dict[str, float | None]] = _none
    # (examples, ours, theirs, seed): tests of one system against another beyond the gain, by name.
    paired: Callable[..., dict[str, dict[str, Any]]] = _none
    # (examples, answers, asked): answers to test rows with what the answers to validation rows decide about them.
    decide: Callable[[Sequence[Example], Sequence[Answer], Sequence[Answer]], list[Answer]] = _as_they_are


def load_scoring(task: str) -> Scoring:
    """Return how answers of `task` are judged; an unknown one raises UserError with the nearest known."""
    module = load(task, "scoring")
    return Scoring(**{one.name: getattr(module, one.name) for one in fields(Scoring) if hasattr(module, one.name)})
