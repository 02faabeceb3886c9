"""What a run that gives labels has beyond figures: mix-ups, McNemar's tests, the search, kinds of error, rows."""

from dataclasses import dataclass
from typing import Any

from pipeline_lib.report.results import Run, title
from pipeline_lib.report.row_details import PREDICTED, Row
from pipeline_lib.report.score_tables import Cell, Head, Line, Table
from pipeline_lib.report.verdict import between, figure, percent

_ALWAYS = ("lr", "epochs")  # shown of each setting, though all may have the same


@dataclass(frozen=True)
class LabelAnswer:
    """What one system says of a row: its label, how sure it is ("" where it does not say), and whether it is right."""

    kind: str
    name: str
    label: str
    sure: str
    right: bool


@dataclass(frozen=True)
class LabelRow:
    """A test row told by its labels. `mistake` is Row.mistake: the highest are the surest mistakes."""

    outcome: str
    said: list[LabelAnswer]
    about: list[tuple[str, str]]
    mistake: float


@dataclass(frozen=True)
class Errors:
    """The error analysis: a sentence on all rows, a table of kinds, what to know with it, and the suggestions."""

    summary: str
    table: Table
    kinds: list[tuple[str, str]]  # (name, what its rule looks for)
    suggestions: list[str]


def confusion_tables(run: Run) -> list[tuple[str, str, Table]]:
    """Return (caption, kind, table) of tuned and the best baseline: rows of each label by the label they were given."""
    if run.results is None:
        return []
    made = []
    best = run.scores["best_baseline"]["name"]
    for system, kind, name in (("tuned", "tuned", "Tuned"), (best, "best", f"The best baseline, {best}")):
        counts = run.results["confusion"][system]
        rows = [
            Line(label, "", "", [_share(n, sum(line.values()), guess == label) for guess, n in line.items()])
            for label, line in counts.items()
        ]
        shown = Table([Head(f"as {label}") for label in next(iter(counts.values()))], rows)
        made.append((f"{name}: rows by label, and by the label given", kind, shown))
    return made


def mcnemar_sentences(run: Run) -> list[str]:
    """Return a sentence for each of McNemar's tests, of tuned against the best baseline and against the base."""
    names = {"baseline": f"the best baseline ({run.scores['best_baseline']['name']})", "untrained": _the_untrained(run)}
    return [_mcnemar(run, names[kind], test) for kind, test in run.scores.get("mcnemar", {}).items()]


def search_table(run: Run) -> Table | None:
    """Return the settings that were tried, with their figures on validation rows; None where none were compared."""
    search = (run.results or {}).get("search")
    if search is None:
        return None
    settings, by = search["settings"], search["by"]
    varied = [
        name
        for name in search["grid_keys"]
        if any(name in row for row in settings.values())
        and (name in _ALWAYS or len({row.get(name) for row in settings.values()}) > 1)
    ]
    heads = [Head(title(run.definitions, by), "higher"), Head("validation loss", "lower"), Head("epoch kept")]
    return Table(
        [*map(Head, varied), *heads],
        [
            Line(
                name,
                "",
                "tuned" if name == search["chosen"] else "",
                [
                    *(Cell(f"{row[key]:g}") for key in varied),
                    Cell(figure(row[by]), between(row.get(f"{by}_low"), row.get(f"{by}_high"))),
                    Cell(figure(row["loss"])),
                    Cell(f"{row['best_epoch']}"),
                ],
                "kept" * (name == search["chosen"]),
            )
            for name, row in settings.items()
        ],
    )


def errors(run: Run) -> Errors | None:
    """Return the error analysis as text; None where there is none."""
    if run.results is None:
        return None
    found = run.results["error_analysis"]
    heads = ["rows", "wrong", "rate of errors", "rate of all rows", "over-represented"]
    heads += ["confidence where right", "confidence where wrong"]
    return Errors(
        _all_rows(found),
        Table(list(map(Head, heads)), [_kind(name, one, found) for name, one in found["categories"].items()]),
        [(_plain(name), one["looks_for"]) for name, one in found["categories"].items()],
        list(found["suggestions"]),
    )


def label_rows(run: Run) -> dict[str, LabelRow]:
    """Return the test rows told by their labels, by id; none where the answers are no labels."""
    if not run.labels:
        return {}
    best = run.scores["best_baseline"]["name"]
    named = [
        ("tuned", "tuned", "Tuned"),
        ("best", best, "Baseline"),
        ("untrained", "untrained", run.words.untrained.capitalize()),
    ]
    return {row.id: _label_row(row, named) for row in run.rows}


def _label_row(row: Row, named: list[tuple[str, str, str]]) -> LabelRow:
    right = row.answers["tuned"] == row.reference
    ours, theirs = ("right", "wrong") if right else ("wrong", "right")
    said = [
        LabelAnswer(
            kind,
            name,
            row.answers[system] or "(empty)",
            f"{row.sure[system]:.1%}" if system in row.sure else "",
            row.answers[system] == row.reference,
        )
        for kind, system, name in named
    ]
    return LabelRow(
        outcome=f"{ours}, the baseline is {theirs}" if row.gain else f"{ours}, as the baseline is",
        said=said,
        # What the answers show, and "none", which is no kind of row, are left out.
        about=[
            (name, value)
            for name, value in row.facets.items()
            if name not in ("label", PREDICTED) and value not in ("", "none")
        ],
        mistake=row.mistake,
    )


def _share(count: int, of: int, right: bool) -> Cell:
    return Cell(f"{count:,}", percent(count / of) if of else "", "hit" * right)


def _the_untrained(run: Run) -> str:
    return f"the base ({run.words.over})" if run.words.untrained == "untrained" else run.words.over


def _mcnemar(run: Run, against: str, test: dict[str, Any]) -> str:
    rows, groups = run.scores["n"], run.scores["groups"]
    ours, theirs = test["ours_only"], test["theirs_only"]
    if not ours and not theirs:
        return f"Tuned and {against} are right on the same of {rows:,} rows: nothing tells them apart."
    if test["odds_ratio"] is None:
        odds = f"odds ratio of at least {_odds(test['odds_low'])}"
    else:
        odds = f"odds ratio {_odds(test['odds_ratio'])} [{_odds(test['odds_low'])}, {_odds(test['odds_high'])}]"
    shared = f"; by group, as rows share groups, p = {test['p_by_group']:.2g}" if groups != rows else ""
    return (
        f"Of {rows:,} rows {ours:,} {'is' if ours == 1 else 'are'} right only with tuned and {theirs:,} only with "
        f"{against}; exact p = {test['p_text']}, {odds}{shared}."
    )


def _odds(value: float) -> str:
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _all_rows(found: dict[str, Any]) -> str:
    ends = f"95% interval {_percents(found['low'], found['high'])}"
    said = f"{found['errors']:,} of {found['rows']:,} rows are wrong ({percent(found['rate'])}, {ends})."
    sure = [
        f"{figure(found[f'confidence_{how}'])} where it is {how}"
        for how in ("right", "wrong")
        if found[f"confidence_{how}"] is not None
    ]
    return f"{said} The mean probability that tuned gives its label is {' and '.join(sure)}."


def _kind(name: str, one: dict[str, Any], found: dict[str, Any]) -> Line:
    confident = name == "confident_and_wrong"  # its rows are the confident ones, right and wrong
    much = found["overconfident"] if confident else one["over_represented"]
    rate = Cell("") if one["rate"] is None else Cell(percent(one["rate"]), _percents(one["low"], one["high"]))
    return Line(
        _plain(name),
        "of all answers that are as sure" if confident else "",
        "worse" if much else "",
        [
            Cell(f"{one['rows']:,}"),
            Cell(f"{one['errors']:,}"),
            rate,
            Cell(percent(one["base_rate"])),
            Cell("yes" if much else "no"),
            Cell(figure(one["confidence_right"])),
            Cell(figure(one["confidence_wrong"])),
        ],
    )


def _percents(low: float, high: float) -> str:
    return f"{percent(low)} to {percent(high)}"


def _plain(name: str) -> str:
    return name.replace("_", " ")
