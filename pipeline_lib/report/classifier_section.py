"""What the report of a run that gives labels adds: confusion, McNemar's tests, error analysis."""

from dataclasses import dataclass
from typing import Any

from pipeline_lib.core.rows import MANY_LABELS
from pipeline_lib.report.results import Run
from pipeline_lib.report.score_tables import Cell, Head, Line, Table
from pipeline_lib.report.verdict import exact_chance, figure, percent
from pipeline_lib.report.wording import system_name


@dataclass(frozen=True)
class Errors:
    """The error analysis: a sentence on all rows, a table of kinds of row, what each looks for, and suggestions."""

    summary: str
    table: Table
    kinds: list[tuple[str, str]]  # (name, what its rule looks for)
    suggestions: list[str]


def confusion_tables(run: Run) -> list[tuple[str, str, Table]]:
    """Return (caption, kind, table) of tuned and the best baseline: rows of each label by the label they were given.

    [] of more than MANY_LABELS labels.
    """
    if run.results is None or len(run.labels) > MANY_LABELS:
        return []
    best = run.scores["best_baseline"]["name"]
    tables = []
    for system, kind, name in (
        ("tuned", "tuned", "Tuned"),
        (best, "best", f"The best baseline, {system_name(run.definitions, best)}"),
    ):
        counts = run.results["confusion"][system]
        rows = [
            Line(label, "", "", [_count(n, sum(line.values()), guess == label) for guess, n in line.items()])
            for label, line in counts.items()
        ]
        table = Table([Head(f"as {label}") for label in next(iter(counts.values()))], rows)
        tables.append((f"{name}: rows by label, and by the label given", kind, table))
    return tables


def mcnemar_sentences(run: Run) -> list[str]:
    """Return a sentence for each of McNemar's tests: tuned against the best baseline, and against untrained."""
    names = {
        "baseline": f"the best baseline ({system_name(run.definitions, run.scores['best_baseline']['name'])})",
        "untrained": run.wording.untrained_model,
    }
    prompted = run.scores["gain"]["untrained"]["against"]
    if prompted != "untrained":
        names["untrained"] = (
            f"{names['untrained']} with the best of its prompts ({system_name(run.definitions, prompted)})"
        )
    return [_mcnemar(run, names[kind], test) for kind, test in run.scores.get("mcnemar", {}).items()]


def error_analysis(run: Run) -> Errors | None:
    """Return the error analysis as text; None where there is none."""
    if run.results is None:
        return None
    analysis = run.results["error_analysis"]
    heads = ["rows", "wrong", "error rate", "error rate of all rows", "over-represented"]
    heads += ["confidence where right", "confidence where wrong"]
    return Errors(
        _all_rows(analysis),
        Table(list(map(Head, heads)), [_kind(name, kind, analysis) for name, kind in analysis["categories"].items()]),
        [(_spaced(name), kind["looks_for"]) for name, kind in analysis["categories"].items()],
        list(analysis["suggestions"]),
    )


def _count(count: int, of: int, right: bool) -> Cell:
    return Cell(f"{count:,}", percent(count / of) if of else "", "hit" * right)


def _mcnemar(run: Run, other: str, test: dict[str, Any]) -> str:
    rows, groups = run.scores["n"], run.scores["groups"]
    ours, theirs = test["ours_only"], test["theirs_only"]
    if not ours and not theirs:
        return f"Tuned and {other} are right on the same of {rows:,} rows: no difference to test."
    if test["odds_ratio"] is None:
        odds = f"odds ratio of at least {_odds(test['odds_low'])}"
    else:
        odds = f"odds ratio {_odds(test['odds_ratio'])} ({_odds(test['odds_low'])} to {_odds(test['odds_high'])})"
    by_group = exact_chance(test["p_by_group"], f"{test['p_by_group']:.1e}")
    shared = f"; by group, as rows share groups, {by_group}" if groups != rows else ""
    return (
        f"Of {rows:,} rows {ours:,} {'is' if ours == 1 else 'are'} right only with tuned and {theirs:,} only with "
        f"{other}; exact {exact_chance(test['p'], test['p_text'])}, {odds}{shared}."
    )


def _odds(value: float) -> str:
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _all_rows(analysis: dict[str, Any]) -> str:
    ends = f"95% interval {_percents(analysis['low'], analysis['high'])}"
    confidence = [
        f"{figure(analysis[f'confidence_{outcome}'])} where it is {outcome}"
        for outcome in ("right", "wrong")
        if analysis[f"confidence_{outcome}"] is not None
    ]
    return (
        f"{analysis['errors']:,} of {analysis['rows']:,} rows are wrong ({percent(analysis['rate'])}, {ends}). The "
        f"mean probability that tuned gives its label is {' and '.join(confidence)}."
    )


def _kind(name: str, kind: dict[str, Any], analysis: dict[str, Any]) -> Line:
    confident = name == "confident_and_wrong"  # its rows are the confident ones, right and wrong
    too_many = analysis["overconfident"] if confident else kind["over_represented"]
    rate = Cell("") if kind["rate"] is None else Cell(percent(kind["rate"]), _percents(kind["low"], kind["high"]))
    return Line(
        _spaced(name),
        "of all answers as confident" if confident else "",
        "worse" if too_many else "",
        [
            Cell(f"{kind['rows']:,}"),
            Cell(f"{kind['errors']:,}"),
            rate,
            Cell(percent(kind["base_rate"])),
            Cell("yes" if too_many else "no"),
            Cell(figure(kind["confidence_right"])),
            Cell(figure(kind["confidence_wrong"])),
        ],
    )


def _percents(low: float, high: float) -> str:
    return f"{percent(low)} to {percent(high)}"


def _spaced(name: str) -> str:
    return name.replace("_", " ")
