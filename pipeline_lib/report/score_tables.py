"""A run's figures as tables of text, which page, summary and card lay out."""

from dataclasses import dataclass
from typing import Any

from pipeline_lib.core.rows import MANY_LABELS
from pipeline_lib.report.results import Run, is_fault, title
from pipeline_lib.report.verdict import between, figure, percent
from pipeline_lib.report.wording import beside_name, system_name

_OF_A_LABEL = ("precision", "recall", "f1")  # of each label, and averaged: a table of their own
_AVERAGES = {"macro": "the plain mean over labels", "weighted": "the mean over labels weighted by their rows"}
IN_BOTH = "f1_macro"  # where labels are uneven, accuracy alone misleads: it stands in the first table too


@dataclass(frozen=True)
class Head:
    """A column's title, which way it is better (higher | lower, "" where neither is), and what it is."""

    title: str
    better: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Cell:
    """A value as text, "" for none, with its interval or a note; kind: its looks."""

    value: str
    interval: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Line:
    """A row: its name and what that means; kind: baseline | best | untrained | tuned | "", its colour; tag: a note."""

    name: str
    meaning: str
    kind: str
    cells: list[Cell]
    tag: str = ""


@dataclass(frozen=True)
class Table:
    """Columns after the first, which names the rows."""

    heads: list[Head]
    rows: list[Line]


def systems(run: Run) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return (name, what it is beside that, kind, figures) of each baseline, the untrained and the tuned model."""
    best = run.scores["best_baseline"]["name"]
    baselines = []
    for name, figures in run.scores["baselines"].items():
        called, meaning = system_name(run.definitions, name), run.definitions["baselines"].get(name, "")
        baselines.append((called, beside_name(called, meaning), "best" if name == best else "baseline", figures))
    return [
        *baselines,
        ("untrained", run.wording.untrained_meaning, "untrained", run.scores["untrained"]),
        ("tuned", "the model after training", "tuned", run.scores["tuned"]),
    ]


def system_table(run: Run, faults: bool) -> Table:
    """Return a row a system, and as columns the figures, or the shares of faults; those of one label in neither."""
    tuned, headline = run.scores["tuned"], run.scores["headline"]
    by_label = _label_figures(run) - {IN_BOTH, headline}
    names = [key for key in tuned if not key.endswith(("_low", "_high")) and key not in by_label]
    faulty = [key for key in names if is_fault(run.definitions, key) or f"{key}_low" not in tuned]
    others = sorted((key for key in names if key not in faulty), key=lambda key: key != headline)
    shown = faulty if faults else others  # the headline first: a phone shows one column or two
    metrics = run.definitions["metrics"]
    return Table(
        heads=[
            Head(
                title(run.definitions, key),
                metrics.get(key, {}).get("better", "lower"),
                metrics.get(key, {}).get("meaning", ""),
            )
            for key in shown
        ],
        rows=[
            Line(name, meaning, kind, [cell_of(run, figures, key) for key in shown], "best baseline" * (kind == "best"))
            for name, meaning, kind, figures in systems(run)
        ],
    )


def label_table(run: Run) -> Table | None:
    """Return precision, recall and F1 of tuned by label and averaged, and F1 of the best baseline and of untrained.

    Of more than MANY_LABELS labels the averages alone.
    None where the answers are no labels, or their figures are not by label.
    """
    scores, metrics = run.scores, run.definitions["metrics"]
    if not _label_figures(run) <= set(metrics) or not run.labels:
        return None
    best = scores["best_baseline"]["name"]
    columns = [(kind, scores["tuned"]) for kind in _OF_A_LABEL]
    columns += [("f1", scores["baselines"][best]), ("f1", scores["untrained"])]
    titles = {kind: metrics[f"{kind}_macro"]["title"].split(",")[0] for kind in _OF_A_LABEL}
    labels = _labels_shown(run)
    first = labels[0] if labels else "macro"
    heads = [Head(titles[kind], "higher", metrics[f"{kind}_{first}"]["meaning"]) for kind in _OF_A_LABEL]
    heads += [Head(f"{titles['f1']}, {name}", "higher") for name in (system_name(run.definitions, best), "untrained")]
    counts = {label: sum(row.reference == label for row in run.rows) for label in labels}
    names = [(label, f"{count:,} row{'s' * (count != 1)}") for label, count in counts.items()]
    return Table(
        heads,
        [
            Line(name, meaning, "", [cell_of(run, figures, f"{kind}_{name}") for kind, figures in columns])
            for name, meaning in (*names, *_AVERAGES.items())
        ],
    )


def left_out(run: Run) -> str:
    """Return the sentence that says what a run of more than MANY_LABELS labels lacks; "" of any other."""
    if len(run.labels) <= MANY_LABELS:
        return ""
    return (
        f"There are {len(run.labels)} labels. With more than {MANY_LABELS} the figures of each label, the tables of "
        "labels and the interval of ROC-AUC are left out: plots/confusion.csv has the label of each test row beside "
        "that of tuned, metrics/slices.csv the accuracy by label. Intervals of macro averages reach too low: a draw of "
        "the rows that lacks a label counts it as 0."
    )


def cell_of(run: Run, figures: dict[str, Any], key: str) -> Cell:
    """Return a figure of one system as text with its interval."""
    value = figures.get(key)
    low, high = figures.get(f"{key}_low"), figures.get(f"{key}_high")
    if value is None:
        return Cell("")
    if low == high:  # a bootstrap of rows without any fault has no width, which is no certainty
        low = high = None
    if is_fault(run.definitions, key):
        ends = "" if low is None or high is None else f"{percent(low)} to {percent(high)}"
        return Cell(percent(value), ends)
    if key not in run.definitions["metrics"]:  # a count, of empty answers
        return Cell(f"{value:,}")
    return Cell(figure(value), between(low, high))


def _label_figures(run: Run) -> set[str]:
    """Return the names of the figures that label_table shows."""
    return {f"{kind}_{name}" for kind in _OF_A_LABEL for name in (*_labels_shown(run), *_AVERAGES) if run.labels}


def _labels_shown(run: Run) -> list[str]:
    return run.labels if len(run.labels) <= MANY_LABELS else []
