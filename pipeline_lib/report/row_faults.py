"""The faults of the tuned model's answers, row by row, and the rows that a reader is to look at first."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from pipeline_lib.report.results import Run, is_fault, title
from pipeline_lib.report.row_details import Row

FIRST = 3  # rows of a kind that are shown first
# A fault of one answer in words; of another metric its title.
_LABELS = {
    "negation_flip": "negation flipped",
    "side_swap": "side swapped",
    "unsupported_number": "unsupported number",
    "uncertainty_dropped": "uncertainty dropped",
    "not_ended": "answer cut",
}
_FORM = ("not_ended",)  # faults that make nothing false


@dataclass(frozen=True)
class Fault:
    """A fault of an answer, or what else weighs on its row. kind: danger (it may be false) | form | row."""

    key: str
    label: str
    kind: str


ANSWERED = Fault("answered", "answered, though the passage does not say", "danger")
MISSED = Fault("finding_missed", "finding missed", "form")
EMPTY = Fault("empty", "empty answer", "form")
LEAKED = Fault("leaked", "nearly equal to a training row", "row")
KNOWN = Fault("known_target", "target is that of a training row", "row")


@dataclass(frozen=True)
class FirstRows:
    """Rows to look at first: what they are, how they were chosen, and which; key: best | worst | dangerous."""

    key: str
    title: str
    about: str
    rows: list[Row]


def row_faults(run: Run) -> dict[str, list[Fault]]:
    """Return the faults of each row's tuned answer by id, the dangerous first, then what weighs on the row itself."""
    metrics = {name: metric["columns"][0] for name, metric in _fault_metrics(run.definitions).items()}
    known = run.scores.get("known_targets", 0)
    return {row.id: _faults(row, metrics, run.definitions, bool(known)) for row in run.rows}


def weight(faults: list[Fault]) -> int:
    """Return how much an answer's faults weigh: a dangerous one more than all others, of the row nothing."""
    return sum({"danger": 100, "form": 1, "row": 0}[fault.kind] for fault in faults)


def fault_counts(faults: dict[str, list[Fault]]) -> list[tuple[Fault, int]]:
    """Return the faults that occur, with the number of their rows, in the order of `row_faults`."""
    counts = Counter(fault for found in faults.values() for fault in found)
    return sorted(counts.items(), key=lambda one: -weight([one[0]]))


def first_rows(run: Run, faults: dict[str, list[Fault]]) -> list[FirstRows]:
    """Return the best, the worst and the dangerous rows, FIRST of each at most; no dangerous ones of a task that does
    not look for them.
    """
    ahead = sorted((row for row in run.rows if row.gain > 0), key=lambda row: (-row.gain, row.mistake))
    behind = [row for row in run.rows if row.gain < 0]  # run.rows has the worst first
    score = title(run.definitions, run.scores["headline"])
    if run.labels:
        found = [
            FirstRows("best", "Best", "Tuned is right and the baseline wrong.", ahead[:FIRST]),
            FirstRows("worst", "Worst", "Tuned is wrong and the baseline right.", behind[:FIRST]),
        ]
    else:
        found = [
            FirstRows("best", "Best", f"The {score} of tuned is furthest ahead of the baseline's.", ahead[:FIRST]),
            FirstRows("worst", "Worst", f"The {score} of tuned is furthest behind the baseline's.", behind[:FIRST]),
        ]
    kinds = _dangers(run)
    if not kinds:
        return found
    weights = {row.id: sum(fault.kind == "danger" for fault in faults[row.id]) for row in run.rows}
    dangerous = sorted((row for row in run.rows if weights[row.id]), key=lambda row: (-weights[row.id], row.gain))
    about = (
        f"Rules look for: {', '.join(kinds)}. They found {len(dangerous):,} of {len(run.rows):,} answers of tuned, "
        "those with the most faults first."
        if dangerous
        else f"Rules looked for: {', '.join(kinds)}. They found none in {len(run.rows):,} answers of tuned."
    )
    return [*found, FirstRows("dangerous", "Dangerous", f"{about} They miss some.", dangerous[:FIRST])]


def _fault_metrics(definitions: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: metric for name, metric in definitions["metrics"].items() if is_fault(definitions, name)}


def _dangers(run: Run) -> list[str]:
    """Return the labels of the dangerous faults that this run's rows have columns for."""
    numbers = run.rows[0].numbers if run.rows else {}
    kinds = [
        _LABELS.get(name, title(run.definitions, name))
        for name, metric in _fault_metrics(run.definitions).items()
        if name not in _FORM and metric["columns"][0] in numbers
    ]
    return [*kinds, *[ANSWERED.label] * ("exact_no" in numbers)]


def _faults(row: Row, columns: dict[str, str], definitions: dict[str, Any], known: bool) -> list[Fault]:
    faults = [
        Fault(name, _LABELS.get(name, title(definitions, name)), "form" if name in _FORM else "danger")
        for name, column in columns.items()
        if row.numbers.get(column)
    ]
    if row.numbers.get("no") and not row.numbers.get("exact_no", 1.0):
        faults.append(ANSWERED)
    if row.numbers.get("reference_findings", 0.0) > row.numbers.get("shared_findings", 0.0):
        faults.append(MISSED)
    if row.numbers.get("empty"):
        faults.append(EMPTY)
    faults += [LEAKED] * row.leaked + [KNOWN] * (row.known and known)
    return sorted(faults, key=lambda fault: ("danger", "form", "row").index(fault.kind))
