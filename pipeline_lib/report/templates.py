"""The templates beside this file, and how text is written into them."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline_lib.report.verdict import between, figure, percent
from pipeline_lib.report.word_marks import folded_after

FOLDER = Path(__file__).parent


def environment(html: bool, *folders: Path) -> Environment:
    """Return the Jinja environment of the templates here and in `folders`; `html` escapes every value put into one."""
    made = Environment(
        loader=FileSystemLoader([FOLDER, *folders]),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "figure": figure,
        "between": between,
        "percent": percent,
        "cell": cell,
        "typeset": typeset,
        "folded": folded_after,
    }
    return made


def cell(text: object) -> str:
    """Return text as it may stand in a cell of a Markdown table: one line without any markup."""
    one_line = " ".join(str(text).split()).replace("&", "&amp;")
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", one_line)


def typeset(text: object) -> str:
    """Return a text with a real minus sign, as wide as the plus sign, before its numbers."""
    return re.sub(r"(?<![\w.])-(?=[\d.])", "−", str(text))


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
