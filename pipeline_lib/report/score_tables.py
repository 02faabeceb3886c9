"""A run's figures as tables of text: what page, summary and card lay out and do not compute."""

from dataclasses import dataclass
from typing import Any

from pipeline_lib.report.results import Run, is_fault, title
from pipeline_lib.report.verdict import between, figure, percent

_OF_A_LABEL = ("precision", "recall", "f1")  # of each label, and averaged: a table of their own
_AVERAGES = {"macro": "the plain mean over labels", "weighted": "the mean over labels weighted by their rows"}
IN_BOTH = "f1_macro"  # the average that settings are chosen by stands beside the headline, too


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
    """A row: its name and what that means; kind: baseline | best | base | tuned, its colour, or ""; tag: a word beside."""

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
    """Return (name, meaning, kind, figures) of each baseline, the base and the tuned model."""
    best = run.scores["best_baseline"]["name"]
    baselines = [
        (name, run.definitions["baselines"].get(name, ""), "best" if name == best else "baseline", figures)
        for name, figures in run.scores["baselines"].items()
    ]
    return [
        *baselines,
        (run.words.untrained, run.words.untrained_meaning, "untrained", run.scores["untrained"]),
        ("tuned", "the model after training", "tuned", run.scores["tuned"]),
    ]


def system_table(run: Run, wanted_faults: bool) -> Table:
    """Return the systems as rows, and as columns the figures, or the shares of faults; those of a label in neither."""
    tuned, headline = run.scores["tuned"], run.scores["headline"]
    apart = _of_labels(run) - {IN_BOTH, headline}
    names = [key for key in tuned if not key.endswith(("_low", "_high")) and key not in apart]
    faulty = [key for key in names if is_fault(run.definitions, key) or f"{key}_low" not in tuned]
    others = sorted((key for key in names if key not in faulty), key=lambda key: key != headline)
    shown = faulty if wanted_faults else others  # the headline first: a phone shows one column or two
    defined = run.definitions["metrics"]
    return Table(
        heads=[
            Head(
                title(run.definitions, key),
                defined.get(key, {}).get("better", "lower"),
                defined.get(key, {}).get("meaning", ""),
            )
            for key in shown
        ],
        rows=[
            Line(name, meaning, kind, [cell_of(run, figures, key) for key in shown], "best baseline" * (kind == "best"))
            for name, meaning, kind, figures in systems(run)
        ],
    )


def label_table(run: Run) -> Table | None:
    """Return precision, recall and F1 of tuned by label and averaged, with F1 of the best baseline and the base beside.

    None where the answers are no labels, or their figures are not by label.
    """
    scores, defined = run.scores, run.definitions["metrics"]
    if not _of_labels(run) <= set(defined) or not run.labels:
        return None
    best = scores["best_baseline"]["name"]
    shown = [(kind, scores["tuned"]) for kind in _OF_A_LABEL]
    shown += [("f1", scores["baselines"][best]), ("f1", scores["untrained"])]
    titles = {kind: defined[f"{kind}_macro"]["title"].split(",")[0] for kind in _OF_A_LABEL}
    heads = [Head(titles[kind], "higher", defined[f"{kind}_{run.labels[0]}"]["meaning"]) for kind in _OF_A_LABEL]
    heads += [Head(f"{titles['f1']}, {name}", "higher") for name in (best, run.words.untrained)]
    rows = {label: sum(row.reference == label for row in run.rows) for label in run.labels}
    names = [(label, f"{count:,} row{'s' * (count != 1)}") for label, count in rows.items()]
    return Table(
        heads,
        [
            Line(name, meaning, "", [cell_of(run, figures, f"{kind}_{name}") for kind, figures in shown])
            for name, meaning in (*names, *_AVERAGES.items())
        ],
    )


def cell_of(run: Run, figures: dict[str, Any], key: str) -> Cell:
    """Return a figure of one system as text with its interval."""
    value = figures.get(key)
    low, high = figures.get(f"{key}_low"), figures.get(f"{key}_high")
    if value is None:
        return Cell("")
    if low == high:  # rows without any fault, drawn again, have none again: that is no certainty
        low = high = None
    if is_fault(run.definitions, key):
        ends = "" if low is None or high is None else f"{percent(low)} to {percent(high)}"
        return Cell(percent(value), ends)
    if key not in run.definitions["metrics"]:  # a count, of empty answers
        return Cell(f"{value:,}")
    return Cell(figure(value), between(low, high))


def _of_labels(run: Run) -> set[str]:
    """Return the names of the figures that label_table shows."""
    return {f"{kind}_{name}" for kind in _OF_A_LABEL for name in (*run.labels, *_AVERAGES) if run.labels}
