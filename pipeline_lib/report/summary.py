"""The summary of a run in Markdown: verdict, tables and advice, without the text of any row."""

import os
from collections.abc import Sequence
from pathlib import Path

from pipeline_lib.core.files import write_text
from pipeline_lib.report.results import Run
from pipeline_lib.report.template_values import template_values
from pipeline_lib.report.templates import environment

TEMPLATE = "report.md"


def write_summary(path: str | Path, run: Run, files: Sequence[str | Path]) -> None:
    """Write the summary, with links to `files`."""
    folder = Path(path).parent
    links = [(Path(file).as_posix(), Path(os.path.relpath(file, folder)).as_posix()) for file in files]
    write_text(path, summary(run, links))


def summary(run: Run, links: Sequence[tuple[str, str]]) -> str:
    """Return the summary, with `links` as (text, address)."""
    return environment().get_template(TEMPLATE).render(template_values(run), links=links)
