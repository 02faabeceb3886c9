"""The report of a run as one HTML page, with every test row."""

import base64
import hashlib
import platform
import statistics
from importlib.metadata import version
from pathlib import Path

from markupsafe import Markup

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_text
from pipeline_lib.report.charts import curves, gains, systems
from pipeline_lib.report.label_rows import label_rows
from pipeline_lib.report.results import Run
from pipeline_lib.report.template_values import template_values, versions
from pipeline_lib.report.templates import FOLDER, environment
from pipeline_lib.report.training_history import effort

PAGE, STYLE, SCRIPT = "report.html", "report.css", "report.js"
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
    script = (FOLDER / SCRIPT).read_text(encoding="utf-8")
    return environment(html=True).get_template(PAGE).render(
        template_values(run),
        style=Markup((FOLDER / STYLE).read_text(encoding="utf-8")),
        script=Markup(script),
        # The browser runs the page's own script and no other, whatever text a row holds.
        script_hash=base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
        systems=systems(run.scores, run.scores["headline"]),
        gains=gains(run.scores),
        curves=curves(run.history, run.wording.unit),
        facets=_facets(run),
        choices=_choices(run),
        label_rows=label_rows(run),
        picture=_picture(pairs_figure),
        words_page=words_page,
        versions=versions(),
        effort=None if reproducible else effort(run.history),
        machine=None if reproducible else _machine(run),
    )  # fmt: skip


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


def _choices(run: Run) -> dict[str, list[tuple[str, str]]]:
    """Return what rows can be filtered and ordered by, as (value, text); an order with "-" is descending."""
    nearest = [("similarity", "least similar to training first"), ("-similarity", "most similar to training first")]
    if run.labels:
        outcomes = [
            ("better", "right, the baseline wrong"),
            ("worse", "wrong, the baseline right"),
            ("equal", "as the baseline"),
        ]
        orders = [("gain", "only tuned wrong first"), ("-gain", "only tuned right first")]
        mistakes = [("-mistake", "most confident mistakes first")] if any(row.confidence for row in run.rows) else []
        return {"outcomes": outcomes, "orders": [*orders, *mistakes, *nearest]}
    outcomes = [
        ("better", "better than the baseline"),
        ("worse", "worse than the baseline"),
        ("equal", "equal to it"),
    ]
    orders = [("gain", "worst difference first"), ("-gain", "best difference first")]
    orders += [("tuned", "lowest score first"), ("-tuned", "highest score first")]
    return {"outcomes": outcomes, "orders": [*orders, *nearest]}


def _machine(run: Run) -> list[tuple[str, str]]:
    lines = [("python", platform.python_version()), ("torch", version("torch"))]
    if run.history.speeds:
        speed = statistics.median(run.history.speeds)
        lines.append(("training speed", f"{speed:,.0f} tokens/s (median of {len(run.history.speeds):,} steps)"))
    return lines
