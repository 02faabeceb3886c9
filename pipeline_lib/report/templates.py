"""The Markdown templates beside this file, and how text is written into these and into pages."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline_lib.report.verdict import between, figure, percent
from pipeline_lib.report.word_marks import folded_after

FOLDER = Path(__file__).parent


def environment() -> Environment:
    """Return the Jinja environment of the Markdown templates here; pages have theirs (offline_page)."""
    made = Environment(  # Markdown: `cell` escapes what is put into it
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= FILTERS
    return made


def cell(text: object) -> str:
    """Return text as it may stand in a cell of a Markdown table: one line without any markup."""
    one_line = " ".join(str(text).split()).replace("&", "&amp;")
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", one_line)


def typeset(text: object) -> str:
    """Return a text as a page shows it: with real minus signs and ≤, and no line break within p = 0.02 or ROUGE-L."""
    shown = str(text).replace("<= ", "≤\u00a0")
    shown = re.sub(r"\bp (?:= )?(?=[≤\d])", lambda found: found[0].replace(" ", "\u00a0"), shown)
    shown = re.sub(r"(?<=[=≤]\u00a0)([\d.]+)e-(?=\d)", r"\1e−", shown)  # of p alone: "lr 1e-05" may be copied
    shown = re.sub(r"(?<![\w.])-(?=[\d.])", "−", shown)
    return re.sub(r"(?<=[A-Z])-(?=[A-Z\d])", "-\u2060", shown)  # a word joiner


FILTERS: dict[str, Callable[..., Any]] = {
    "figure": figure, "between": between, "percent": percent, "cell": cell, "typeset": typeset, "folded": folded_after,
}  # fmt: skip


def flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return nested settings as (name, text) lines: ("split.train", "300"), ("strata.test", "ct 10, mri 9")."""
    if isinstance(value, dict) and "." not in name:
        return [line for key, inner in value.items() for line in flat(inner, f"{name}.{key}" if name else str(key))]
    if isinstance(value, dict):  # the third level and below are one line
        return [(name, ", ".join(f"{key} {text}" for key, inner in value.items() for _, text in flat(inner)))]
    if isinstance(value, list):
        return [(name, ", ".join(text for inner in value for _, text in flat(inner)))]
    if value is None or isinstance(value, bool):
        return [(name, {None: "none", True: "yes", False: "no"}[value])]
    return [(name, f"{value:g}" if isinstance(value, float) else str(value))]
