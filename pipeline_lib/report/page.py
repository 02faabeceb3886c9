"""A run told: one HTML page with every test row, and a summary in Markdown without any row's text."""

import base64
import hashlib
import os
import platform
import re
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_text
from pipeline_lib.report.advice import advice
from pipeline_lib.report.charts import curves, gains, systems
from pipeline_lib.report.classifier_section import confusion_tables, errors, label_rows, mcnemar_sentences, search_table
from pipeline_lib.report.forgetting_section import multiple_choice_sentences, multiple_choice_table, refusal_table
from pipeline_lib.report.results import Run, title
from pipeline_lib.report.score_tables import label_table, system_table
from pipeline_lib.report.training_history import effort
from pipeline_lib.report.verdict import between, caveats, figure, gain_over_untrained, percent, rows_in_words, verdict

HERE = Path(__file__).parent
PAGE, STYLE, SCRIPT, SUMMARY = "report.html", "report.css", "report.js", "report.md"
PACKAGES = ("torch", "transformers", "peft", "accelerate")


def write_page(path: str | Path, run: Run, pairs_figure: str | Path | None = None, reproducible: bool = False) -> None:
    """Write the page as one HTML file that fetches nothing.

    `pairs_figure` is a PNG that is put into it; the page of the pairs is looked for beside this page, under the same
    name. `reproducible` leaves out what differs between machines: speeds, and the builds of Python and torch.
    """
    write_text(path, page(run, pairs_figure, reproducible))


def page(run: Run, pairs_figure: str | Path | None = None, reproducible: bool = False) -> str:
    """Return the page. Whatever a row holds is text in it, never markup or script."""
    script = (HERE / SCRIPT).read_text(encoding="utf-8")
    return environment(html=True).get_template(PAGE).render(
        page_values(run),
        style=Markup((HERE / STYLE).read_text(encoding="utf-8")),
        script=Markup(script),
        # The page's own script and no other: text of a row that slipped through could still not run.
        allowed=base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
        systems=systems(run.scores, run.scores["headline"], run.words.untrained),
        gains=gains(run.scores, run.words.untrained),
        curves=curves(run.history, run.words.unit),
        facets=_facets(run),
        choices=_choices(run),
        labelled=label_rows(run),
        picture=_picture(pairs_figure),
        versions=versions(),
        effort=None if reproducible else effort(run.history),
        machine=None if reproducible else _machine(run),
    )  # fmt: skip


def write_summary(path: str | Path, run: Run, files: Sequence[str | Path]) -> None:
    """Write the Markdown summary, with links to `files`."""
    folder = Path(path).parent
    links = [(Path(file).as_posix(), Path(os.path.relpath(file, folder)).as_posix()) for file in files]
    write_text(path, summary(run, links))


def summary(run: Run, links: Sequence[tuple[str, str]]) -> str:
    """Return verdict, tables and advice in Markdown, with `links` (text, address); no text of any row."""
    return environment(html=False).get_template(SUMMARY).render(page_values(run), links=links)


def page_values(run: Run) -> dict[str, Any]:
    """Return what page, summary and card all tell, by the names the templates know."""
    best = run.scores["best_baseline"]["name"]
    figures, faults, by_label = system_table(run, False), system_table(run, True), label_table(run)
    return {
        "run": run,
        "task": run.settings["task"],
        "words": run.words,
        "verdict": verdict(run.scores, run.definitions),
        "outcome": run.scores["gain"]["baseline"]["verdict"],
        "gained": gain_over_untrained(run.scores, run.definitions, run.words.over),
        "caveats": caveats(run.scores, run.definitions, run.words.untrained),
        "headline": title(run.definitions, run.scores["headline"]),
        "best": best,
        "best_meaning": run.definitions["baselines"].get(best, best),
        "test_rows": rows_in_words(run.scores),
        "figures": figures,
        "faults": faults,
        "by_label": by_label,
        "meanings": [*figures.heads, *faults.heads, *(by_label.heads if by_label else ())],
        "mcnemar": mcnemar_sentences(run),
        "confusion": confusion_tables(run),
        "search": search_table(run),
        "errors": errors(run),
        "multiple_choice": multiple_choice_table(run),
        "exam_sentences": multiple_choice_sentences(run),
        "refusals": refusal_table(run),
        "advice": advice(run),
        "settings": flat(run.params),
        # What a search chose: no such line stands in the params file.
        "chosen": flat({name: value for name, value in run.settings.items() if run.params.get(name) != value}),
        "data": flat(run.data),
    }


def environment(html: bool) -> Environment:
    """Return Jinja2 for the templates beside this file; `html` escapes all that is put into one."""
    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"figure": figure, "between": between, "percent": percent, "cell": cell, "typeset": typeset}
    return made


def versions() -> list[tuple[str, str]]:
    """Return the packages that trained and wrote, without the build ("+cpu"), which differs between machines."""
    found = []
    for name in PACKAGES:
        try:
            found.append((name, version(name).split("+")[0]))
        except PackageNotFoundError:  # pragma: no cover (a report of another environment's run)
            found.append((name, "not installed"))
    return found


def flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return nested settings as (name, text) lines: ("split.train", "300"), ("strata.eval", "ct 10, mri 9")."""
    if isinstance(value, dict) and "." not in name:
        return [line for key, inner in value.items() for line in flat(inner, f"{name}.{key}" if name else str(key))]
    if isinstance(value, dict):  # two levels down the rest is one line
        return [(name, ", ".join(f"{key} {text}" for key, inner in value.items() for _, text in flat(inner)))]
    if isinstance(value, list):
        return [(name, ", ".join(text for inner in value for _, text in flat(inner)))]
    if value is None or isinstance(value, bool):
        return [(name, {None: "none", True: "yes", False: "no"}[value])]
    return [(name, f"{value:g}" if isinstance(value, float) else str(value))]


def cell(text: object) -> str:
    """Return text as it may stand in a cell of a Markdown table: one line, nothing in it marks up."""
    one_line = " ".join(str(text).split()).replace("&", "&amp;")
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", one_line)


def typeset(text: object) -> str:
    """Return our own numbers with a minus sign as wide as the plus sign."""
    return re.sub(r"(?<![\w.])-(?=[\d.])", "−", str(text))


def _picture(path: str | Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): run the stage that draws it (dvc repro)") from error
    return {"data": base64.b64encode(content).decode("ascii"), "link": Path(path).with_suffix(".html").name}


def _facets(run: Run) -> list[tuple[int, str, list[str]]]:
    """Return (place, name, values) of the kinds of row that not all rows share: those to filter by."""
    names = list(run.rows[0].facets) if run.rows else []
    found = [(place, name, sorted({row.facets[name] for row in run.rows})) for place, name in enumerate(names)]
    return [(place, name, values) for place, name, values in found if len(values) > 1]


def _choices(run: Run) -> dict[str, list[tuple[str, str]]]:
    """Return what rows can be filtered and ordered by, as (value, text): "-" before an order turns it round."""
    nearest = [("similarity", "least like training first"), ("-similarity", "most like training first")]
    if run.labels:
        outcomes = [
            ("better", "right, the baseline wrong"),
            ("worse", "wrong, the baseline right"),
            ("level", "as the baseline"),
        ]
        orders = [("gain", "tuned alone wrong first"), ("-gain", "tuned alone right first")]
        sure = [("-mistake", "surest mistakes first")] if any(row.sure for row in run.rows) else []
        return {"outcomes": outcomes, "orders": [*orders, *sure, *nearest]}
    outcomes = [
        ("better", "better than the baseline"),
        ("worse", "worse than the baseline"),
        ("level", "level with it"),
    ]
    orders = [("gain", "worst difference first"), ("-gain", "best difference first")]
    orders += [("tuned", "lowest score first"), ("-tuned", "highest score first")]
    return {"outcomes": outcomes, "orders": [*orders, *nearest]}


def _machine(run: Run) -> list[tuple[str, str]]:
    lines = [("python", platform.python_version()), ("torch", version("torch"))]
    if run.history.speeds:
        speed = statistics.median(run.history.speeds)
        lines.append(("training speed", f"{speed:,.0f} tokens/s (the middle one of {len(run.history.speeds):,} steps)"))
    return lines
