"""The preview of a params file before anything is trained: lines for the terminal, and a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_lib.core.files import write_text
from pipeline_lib.preview.detectable import EXACT, Detectable
from pipeline_lib.report.offline_page import FOLDER, offline_page
from pipeline_lib.report.score_tables import Cell, Head, Line, Table
from pipeline_lib.report.templates import FILTERS
from pipeline_lib.report.verdict import figure, percent

PAGE = Path(__file__).with_name("preview_page.html")
STYLES = (FOLDER / "report.css", Path(__file__).with_name("preview_page.css"))
PARTS = ("train", "validation", "test")
STRATA = 12  # strata, at most, in the terminal
HEAD, TAIL = 60, 140  # characters of a row's beginning and end in the terminal
CUT = 0.05  # a larger share of inputs that are cut is said
LONGER = 0.02  # and of targets that are longer than an answer may be
RUNS = 6  # runs of what is read and learnt, at most, of a row in the terminal


@dataclass(frozen=True)
class Lengths:
    """How long the prompts or the targets are."""

    name: str
    median: float
    p90: float
    p99: float
    longest: int
    cut: str  # how many are cut, in words; "" where none can be


@dataclass(frozen=True)
class Preview:
    """What is known of a run before it."""

    params: str  # the params file
    data: str
    task: str
    model: str  # "" where the preview is without it
    read: Sequence[str]  # what was read and how it is split, as the split stage logs it
    figures: Mapping[str, Any]  # of the split, as in split.json
    strata: str  # what the strata are: labels, topics, ...
    unit: str  # tokens | words
    lengths: Sequence[Lengths]
    power: Detectable
    advice: Sequence[str]
    rows: Sequence[Mapping[str, Any]]  # preview.row_view.RowView as plain values


def lengths(name: str, numbers: Sequence[int], cut: str) -> list[Lengths]:
    """Return the figures of some lengths; [] for none."""
    if not numbers:
        return []
    median, p90, p99 = (float(value) for value in np.percentile(numbers, (50, 90, 99)))
    return [Lengths(name, median, p90, p99, max(numbers), cut)]


def power_lines(power: Detectable, test_rows: int) -> list[str]:
    """Return sentences that say what so many test rows can show."""
    meaning = power.meaning.replace(" (", ", ").replace(")", "")  # it stands in brackets
    best = f"The best baseline ({meaning}) has {figure(power.score)} in {power.metric}."
    unit = "rows" if power.groups == test_rows else "groups of rows"
    if power.least_wins is None:
        return [best, f"{power.groups} {unit} can show no difference, however large: bring more test rows."]
    least = f"A test says better only where at least {power.least_wins} {unit} are better and none is worse."
    if power.smallest is None:
        why = (
            "Were a trained model perfect, a test would still find it better less often than four times in five."
            if power.formula == EXACT
            else f"What {test_rows:,} test rows can show cannot be told from it: it scores alike on all of them."
        )
        return [best, f"{why} {least}"]
    needed = power.score + power.smallest if power.better == "higher" else power.score - power.smallest
    reach = f"A trained model must reach about {figure(needed)}."
    if power.better == "higher" and needed > 1:  # every headline metric is a share
        reach = "No score can be that much higher: bring more test rows."
    return [
        f"{test_rows:,} test rows can show a difference of about {figure(power.smallest)} in {power.metric}, hardly a "
        f"smaller one ({'exact test' if power.formula == EXACT else '2.8 standard errors'}: 80% power). {least}",
        f"{best} {reach}",
    ]


def advice(rows: Any) -> list[str]:
    """Return what stands out and what to do about it; `rows` are preview.preview_rows.PreviewRows."""
    found = [f"A stage would stop: {fault}" for fault in rows.faults]
    if rows.cut > CUT * len(rows.prompts):
        limit = "prompt.max_tokens" if rows.targets else "max_tokens"
        found.append(f"{percent(rows.cut / len(rows.prompts))} of the inputs are cut: raise {limit} ({rows.limit}).")
    if rows.target_cut:
        found.append(f"{rows.target_cut} inputs lose their target when they are cut.")
    if rows.unknown:
        found.append(rows.unknown)
    longer = sum(length > rows.answer_limit for length in rows.targets) if rows.answer_limit else 0
    if longer > LONGER * len(rows.targets):
        found.append(
            f"{longer:,} of {len(rows.targets):,} targets are longer than generate.max_new_tokens "
            f"({rows.answer_limit}): raise it, or such answers are cut."
        )
    return found


def lines(preview: Preview) -> Iterator[tuple[str, str]]:
    """Yield the preview for a terminal as (kind, line); kind is read or learnt for the text of a row, else "".

    The lines hold text of the data, line breaks too: who prints them writes control characters as escapes.
    """
    yield from (("", line) for line in preview.read)
    table = strata(preview.figures)
    if len(table) > 1:
        counts = [f"{name} {' / '.join(f'{count:,}' for count in row)}" for name, row in table[:STRATA]]
        more = f" and {len(table) - STRATA} others" if len(table) > STRATA else ""
        yield "", f"{preview.strata}, {' / '.join(PARTS)}: {', '.join(counts)}{more}"
    yield "", f"{f'lengths in {preview.unit}':<20} median     90%     99%     max"
    for one in preview.lengths:
        numbers = "".join(f"{value:8,.0f}" for value in (one.median, one.p90, one.p99, one.longest))
        yield "", f"  {one.name:<17}{numbers}{f'   {one.cut}' if one.cut else ''}"
    yield from (("", line) for line in power_lines(preview.power, preview.figures["test"]))
    yield from (("", line) for line in preview.advice)
    for row in preview.rows:
        yield from _row_lines(row, preview.unit)


def _row_lines(row: Mapping[str, Any], unit: str) -> Iterator[tuple[str, str]]:
    cut = f", {row['cut']} more cut" if row["cut"] else ""
    learns = f"{row['learnt']} of them learnt" if not row["label"] else f"its label learnt: {row['label']}"
    yield "", f"row {row['id']}: {row['read']} {unit}{cut}, {learns}"
    runs: list[tuple[bool, str]] = []  # neighbours of one kind are one run
    for span in row["spans"]:
        if runs and runs[-1][0] == span["learnt"]:
            runs[-1] = (span["learnt"], runs[-1][1] + span["text"])
        else:
            runs.append((span["learnt"], span["text"]))
    for learnt, text in runs[:RUNS]:
        shown = f"{text[:HEAD]} ... {text[-TAIL:]}" if len(text) > HEAD + TAIL else text
        yield ("learnt", f"  learns {shown}") if learnt else ("read", f"  reads  {shown}")
    if len(runs) > RUNS:
        yield "", f"  ... and {len(runs) - RUNS} more"


def strata(figures: Mapping[str, Any]) -> list[tuple[str, list[int]]]:
    """Return the name of each stratum and its rows in each of PARTS, the largest first."""
    given = figures["strata"]
    names = sorted(
        {name for part in PARTS for name in given[part]}, key=lambda name: (-given["train"].get(name, 0), name)
    )
    return [(name, [given[part].get(name, 0) for part in PARTS]) for name in names]


def _table(heads: Sequence[str], rows: Sequence[tuple[str, str, Sequence[float]]]) -> Table:
    """Return a table of rows of (name, note, numbers)."""
    return Table(
        [Head(head) for head in heads],
        [Line(name, note, "", [Cell(f"{value:,.0f}") for value in numbers]) for name, note, numbers in rows],
    )


def write_page(path: str | Path, preview: Preview) -> None:
    """Write the preview as one HTML file that loads nothing and runs no script. Text of a row is escaped."""
    values = {
        "preview": preview,
        "power": power_lines(preview.power, preview.figures["test"]),
        "formula": preview.power.formula,
        "lengths": _table(
            ("median", "90%", "99%", "longest"),
            [(one.name, one.cut, (one.median, one.p90, one.p99, one.longest)) for one in preview.lengths],
        ),
        "strata": _table(PARTS, [(name, "", counts) for name, counts in strata(preview.figures)]),
        "parts": PARTS,
    }
    write_text(path, offline_page(PAGE, values, sheets=STYLES, filters=FILTERS))
