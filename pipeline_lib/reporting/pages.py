"""A run told: one HTML page with every held-out row, and a summary in Markdown without any row's text."""

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

from pipeline_lib.errors import UserError
from pipeline_lib.files import write_text
from pipeline_lib.reporting.advice import advice
from pipeline_lib.reporting.charts import curves, lifts, systems
from pipeline_lib.reporting.run import Run, is_fault, title
from pipeline_lib.reporting.verdict import between, caveats, figure, gained, held_out, percent, verdict

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
        told(run),
        style=Markup((HERE / STYLE).read_text(encoding="utf-8")),
        script=Markup(script),
        # The page's own script and no other: text of a row that slipped through could still not run.
        allowed=base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
        systems=systems(run.scores, run.scores["headline"]),
        lifts=lifts(run.scores),
        curves=curves(run.history),
        facets=_facets(run),
        picture=_picture(pairs_figure),
        versions=versions(),
        machine=None if reproducible else _machine(run),
    )  # fmt: skip


def write_summary(path: str | Path, run: Run, files: Sequence[str | Path]) -> None:
    """Write the Markdown summary, with links to `files`."""
    folder = Path(path).parent
    links = [(Path(file).as_posix(), Path(os.path.relpath(file, folder)).as_posix()) for file in files]
    write_text(path, summary(run, links))


def summary(run: Run, links: Sequence[tuple[str, str]]) -> str:
    """Return verdict, tables and advice in Markdown, with `links` (text, address); no text of any row."""
    return environment(html=False).get_template(SUMMARY).render(told(run), links=links)


def system_table(run: Run, wanted_faults: bool) -> dict[str, Any]:
    """Return the floors, untrained and tuned as rows, and as columns the metrics, or the shares of faults."""
    scores = run.scores
    names = [key for key in scores["tuned"] if not key.endswith(("_low", "_high"))]
    faulty = [key for key in names if is_fault(run.definitions, key) or f"{key}_low" not in scores["tuned"]]
    others = sorted((key for key in names if key not in faulty), key=lambda key: key != scores["headline"])
    shown = faulty if wanted_faults else others  # the headline first: a phone shows one column or two
    best = scores["best_floor"]["name"]
    systems = [
        (name, run.definitions["floors"].get(name, ""), "best" if name == best else "floor", figures)
        for name, figures in scores["floor"].items()
    ]
    systems.append(("untrained", "the model before training", "base", scores["base"]))
    systems.append(("tuned", "the model after training", "tuned", scores["tuned"]))
    defined = run.definitions["metrics"]
    return {
        "heads": [
            {
                "name": key,
                "title": title(run.definitions, key),
                "better": defined.get(key, {}).get("better", "lower"),
                "meaning": defined.get(key, {}).get("meaning", ""),
            }
            for key in shown
        ],
        "rows": [
            {"name": name, "meaning": meaning, "kind": kind, "cells": [_cell(run, figures, key) for key in shown]}
            for name, meaning, kind, figures in systems
        ],
    }


def told(run: Run) -> dict[str, Any]:
    """Return what page, summary and card all tell, by the names the templates know."""
    best = run.scores["best_floor"]["name"]
    return {
        "run": run,
        "verdict": verdict(run.scores, run.definitions),
        "outcome": run.scores["lift"]["floor"]["verdict"],
        "gained": gained(run.scores, run.definitions),
        "caveats": caveats(run.scores, run.definitions),
        "headline": title(run.definitions, run.scores["headline"]),
        "best": best,
        "best_meaning": run.definitions["floors"].get(best, best),
        "held_out": held_out(run.scores),
        "figures": system_table(run, wanted_faults=False),
        "faults": system_table(run, wanted_faults=True),
        "advice": advice(run),
        "settings": flat(run.params),
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


def _cell(run: Run, figures: dict[str, Any], key: str) -> dict[str, str]:
    value = figures.get(key)
    low, high = figures.get(f"{key}_low"), figures.get(f"{key}_high")
    if value is None:
        return {"value": "", "interval": ""}
    if low == high:  # rows without any fault, drawn again, have none again: that is no certainty
        low = high = None
    if is_fault(run.definitions, key):
        ends = "" if low is None or high is None else f"{percent(low)} to {percent(high)}"
        return {"value": percent(value), "interval": ends}
    if key not in run.definitions["metrics"]:  # a count, of empty answers
        return {"value": f"{value:,}", "interval": ""}
    return {"value": figure(value), "interval": between(low, high)}


def _picture(path: str | Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): run the stage that draws it (dvc repro)") from error
    return {"data": base64.b64encode(content).decode("ascii"), "link": Path(path).with_suffix(".html").name}


def _facets(run: Run) -> list[tuple[str, list[str]]]:
    names = list(run.rows[0].facets) if run.rows else []
    return [(name, sorted({row.facets[name] for row in run.rows})) for name in names]


def _machine(run: Run) -> list[tuple[str, str]]:
    lines = [("python", platform.python_version()), ("torch", version("torch"))]
    if run.history.speeds:
        speed = statistics.median(run.history.speeds)
        lines.append(("training speed", f"{speed:,.0f} tokens/s (the middle one of {len(run.history.speeds):,} steps)"))
    return lines
