"""The report of a run as one HTML page, with every test row."""

import base64
import platform
import statistics
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_text
from pipeline_lib.report.charts import curves, gains
from pipeline_lib.report.compared_systems import compared_title
from pipeline_lib.report.figures.verdict_chart import STYLE as CHART_STYLE
from pipeline_lib.report.figures.verdict_chart import verdict_chart
from pipeline_lib.report.label_rows import label_rows
from pipeline_lib.report.offline_page import FOLDER, offline_page
from pipeline_lib.report.planned import beside_plan
from pipeline_lib.report.results import Run
from pipeline_lib.report.row_details import Row
from pipeline_lib.report.row_faults import fault_counts, first_rows, row_faults, weight
from pipeline_lib.report.template_values import template_values, versions
from pipeline_lib.report.templates import FILTERS
from pipeline_lib.report.training_history import effort
from pipeline_lib.report.word_marks import LONG, Piece, closest, marked

PAGE, STYLE, SCRIPT = (FOLDER / f"report.{kind}" for kind in ("html", "css", "js"))
WORDS = "words.html"  # the page of the words, beside this one


def write_page(
    path: str | Path,
    run: Run,
    pairs_figure: str | Path | None = None,
    words_page: str = WORDS,
    reproducible: bool = False,
) -> None:
    """Write the page as one HTML file that loads nothing from elsewhere.

    `pairs_figure` is a PNG that is put into the page with a link to `words_page`. `reproducible` leaves out what
    differs between machines: speeds, and the builds of Python and torch.
    """
    write_text(path, page(run, pairs_figure, words_page, reproducible))


def page(run: Run, pairs_figure: str | Path | None = None, words_page: str = WORDS, reproducible: bool = False) -> str:
    """Return the page. Text of a row is escaped: it is never markup or script."""
    faults, untrained = row_faults(run), run.wording.untrained_name
    weights = {row.id: weight(faults[row.id]) for row in run.rows}
    values = template_values(run) | {
        "chart": Markup(verdict_chart(run.scores, run.definitions, untrained)),
        "chart_title": compared_title(run.scores, run.definitions),
        "gains": gains(run.scores, run.definitions, untrained),
        "curves": curves(run.history, run.wording.unit),
        "facets": _facets(run),
        "choices": _choices(run, any(weights.values())),
        "rows": sorted(run.rows, key=lambda row: -weights[row.id]),
        "least_wins": run.scores["gain"]["baseline"].get("least_wins"),
        "best_key": run.scores["best_baseline"]["name"],
        "row_faults": faults,
        "weights": weights,
        "any_fault": any(weights.values()),
        "fault_counts": fault_counts(faults),
        "first_rows": first_rows(run, faults),
        "marks": {} if run.labels else {row.id: _marks(row) for row in run.rows},
        "label_rows": label_rows(run),
        "picture": _picture(pairs_figure),
        "words_page": words_page,
        "versions": versions(),
        "effort": None if reproducible else effort(run.history),
        "planned": None if reproducible or not run.plan else _planned(run, run.plan),
        "machine": None if reproducible else _machine(run),
    }
    script = SCRIPT.read_text(encoding="utf-8")
    return offline_page(PAGE, values, sheets=(CHART_STYLE, STYLE), scripts=(script,), filters=FILTERS)


def _picture(path: str | Path | None) -> str | None:
    """Return a picture's bytes in base64."""
    if path is None:
        return None
    try:
        return base64.b64encode(Path(path).read_bytes()).decode("ascii")
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): run the stage that draws it (dvc repro)") from error


def _facets(run: Run) -> list[tuple[int, str, list[str]]]:
    """Return (place, name, values) of the facets to filter by: those in which rows differ."""
    names = list(run.rows[0].facets) if run.rows else []
    found = [(place, name, sorted({row.facets[name] for row in run.rows})) for place, name in enumerate(names)]
    return [(place, name, values) for place, name, values in found if len(values) > 1]


def _marks(row: Row) -> tuple[list[Piece], list[Piece]]:
    """Return all right answers, a line each, and the tuned one, in pieces: where it differs from the closest of them.

    Long texts are folded and not marked: ([], []).
    """
    if max(len("\n".join(row.accepted)), len(row.answers["tuned"])) > LONG:
        return [], []
    place = closest(row.accepted, row.answers["tuned"])
    ours, theirs = marked(row.accepted[place], row.answers["tuned"])
    before = [(f"{text}\n", False) for text in row.accepted[:place]]
    return [*before, *ours, *((f"\n{text}", False) for text in row.accepted[place + 1 :])], theirs


def _choices(run: Run, any_fault: bool) -> dict[str, list[tuple[str, str]]]:
    """Return what rows can be filtered and ordered by, as (value, text); an order with "-" is descending.

    any_fault: rows are ordered by their faults at first.
    """
    first = [("-weight", "faults first")] if any_fault else []
    nearest = [("similarity", "least similar to training first"), ("-similarity", "most similar to training first")]
    if run.labels:
        outcomes = [
            ("better", "right, the baseline wrong"),
            ("worse", "wrong, the baseline right"),
            ("equal", "as the baseline"),
        ]
        orders = [("gain", "only tuned wrong first"), ("-gain", "only tuned right first")]
        mistakes = [("-mistake", "most confident mistakes first")] if any(row.confidence for row in run.rows) else []
        return {"outcomes": outcomes, "orders": [*first, *orders, *mistakes, *nearest]}
    outcomes = [
        ("better", "ahead of the baseline"),
        ("worse", "behind the baseline"),
        ("equal", "level with it"),
    ]
    orders = [("gain", "worst difference first"), ("-gain", "best difference first")]
    orders += [("tuned", "lowest score first"), ("-tuned", "highest score first")]
    return {"outcomes": outcomes, "orders": [*first, *orders, *nearest]}


def _planned(run: Run, plan: dict[str, Any]) -> list[tuple[str, str]]:
    settings = run.settings | {"model": run.params.get("model", run.base["name"])}
    return beside_plan(plan, run.history, run.trained_weights, settings)


def _machine(run: Run) -> list[tuple[str, str]]:
    lines = [("python", platform.python_version()), ("torch", version("torch"))]
    if run.history.speeds:
        speed = statistics.median(run.history.speeds)
        lines.append(("training speed", f"{speed:,.0f} tokens/s (median of {len(run.history.speeds):,} steps)"))
    return lines
