"""The test rows of a run that gives labels: each row's label, and the label that each system gave it."""

from dataclasses import dataclass

from pipeline_lib.report.results import Run
from pipeline_lib.report.row_details import PREDICTED, Row


@dataclass(frozen=True)
class LabelAnswer:
    """The label that one system gave a row, its probability ("" where there is none), and whether it is right."""

    kind: str  # tuned | best | untrained: its colour
    name: str
    label: str
    confidence: str
    right: bool


@dataclass(frozen=True)
class LabelRow:
    """A test row as its labels. `mistake` is Row.mistake: the highest are the surest mistakes."""

    outcome: str
    answers: list[LabelAnswer]
    facets: list[tuple[str, str]]
    mistake: float


def label_rows(run: Run) -> dict[str, LabelRow]:
    """Return the test rows as their labels, by id; none where the answers are no labels."""
    if not run.labels:
        return {}
    best = run.scores["best_baseline"]["name"]
    systems = [("tuned", "tuned", "Tuned"), ("best", best, "Baseline"), ("untrained", "untrained", "Untrained")]
    return {row.id: _label_row(row, systems) for row in run.rows}


def _label_row(row: Row, systems: list[tuple[str, str, str]]) -> LabelRow:
    tuned, other = ("right", "wrong") if row.answers["tuned"] == row.reference else ("wrong", "right")
    return LabelRow(
        outcome=f"{tuned}, the baseline is {other}" if row.gain else f"{tuned}, as the baseline is",
        answers=[
            LabelAnswer(
                kind,
                name,
                row.answers[system] or "(empty)",
                f"{row.confidence[system]:.1%}" if system in row.confidence else "",
                row.answers[system] == row.reference,
            )
            for kind, system, name in systems
        ],
        # Not the labels, which the answers show, and not "none", which is no kind of row.
        facets=[
            (name, value)
            for name, value in row.facets.items()
            if name not in ("label", PREDICTED) and value not in ("", "none")
        ],
        mistake=row.mistake,
    )
