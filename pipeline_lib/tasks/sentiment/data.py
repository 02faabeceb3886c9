"""The rows of the task sentiment: texts and their labels."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.data.containment import words
from pipeline_lib.data.tables import read_table

PARAMS = ("labels",)
REQUIRED = ("text", "label")
OPTIONAL = ("phenomenon",)
DISTINCT = True  # texts of one group are copies: a test row is one of them
MOST_LABELS = 200  # a column with more distinct values does not hold labels
SHOWN = 10  # values that a message names

_NO_WORD = re.compile(r"[+-]?\d+([.,]\d+)?|true|false")  # says nothing of what it means


def read(path: str | Path, columns: dict[str, str], encoding: str = "auto") -> pd.DataFrame:
    """Return a table with text, label and phenomenon, all text; labels in lower case, "" where there is none."""
    table = read_table(path, columns, REQUIRED, OPTIONAL, encoding)
    table["label"] = table["label"].map(folded)
    table.attrs["labels of"] = f"{path} in its column {str(columns.get('label', 'label'))!r}"
    return table


def documents(table: pd.DataFrame) -> list[str]:
    """Return the text of each distinct row."""
    return [text for text in dict.fromkeys(table["text"]) if text]


def examples(table: pd.DataFrame, labels: Mapping[bool | float | str, str]) -> list[Example]:
    """Return one example a row, with `labels` (all labels of the table) and, if there is one, `phenomenon`.

    labels: what values of the label column mean, in words. A value that it leaves out is its own label; a number, true
    or false is none, since nothing says what it means. The stratum is the label. Texts of the same words
    (containment.words) share `group` (a row's id).
    Raises UserError for such a value, and for fewer than 2 or more than MOST_LABELS labels.
    """
    targets = _in_words(table, labels)
    known = sorted(set(targets) - {""})
    _check_number(known, table.attrs["labels of"])
    first: dict[str, str] = {}
    made = []
    for number, row, target in zip(table.index, table.to_dict("records"), targets, strict=True):
        example = {
            "id": str(number),
            "group": first.setdefault(" ".join(words(row["text"])), str(number)),
            "stratum": target,
            "labels": known,
            "source": row["text"],
            "target": target,
        }
        made.append(example | ({"phenomenon": row["phenomenon"]} if row["phenomenon"] else {}))
    return made


def _in_words(table: pd.DataFrame, labels: Mapping[bool | float | str, str]) -> list[str]:
    """Return each row's label."""
    meanings = {folded(str(value)): folded(label) for value, label in labels.items()}
    if len(meanings) < len(labels):
        raise UserError(f"labels must name each value once, it has {', '.join(map(repr, labels))}: leave one out")
    unknown = Counter(value for value in table["label"] if value not in meanings and _NO_WORD.fullmatch(value))
    if unknown:
        values = sorted(unknown, key=lambda value: (len(value), value))
        found = [f"{value} ({unknown[value]:,} row{'s' * (unknown[value] != 1)})" for value in values]
        wanted = ", ".join([f"{value}: WORD" for value in values[:SHOWN]] + ["..."] * (len(values) > SHOWN))
        raise UserError(
            f"labels must be words, {table.attrs['labels of']} has {_listed(found)}: say what they mean in the params "
            f"file, labels: {{{wanted}}}, or name a column of words under columns.label"
        )
    return [meanings.get(value, value) for value in table["label"]]


def _check_number(known: list[str], origin: str) -> None:
    """Raise UserError for fewer than 2 or more than MOST_LABELS labels."""
    if len(known) < 2:
        found = f"{known[0]!r} alone" if known else "none"
        raise UserError(
            f"sentiment needs at least 2 labels, {origin} has {found}: bring rows of the others, or name the right "
            "column under columns.label in the params file"
        )
    if len(known) > MOST_LABELS:
        shown = known[0] if len(known[0]) <= 40 else f"{known[0][:40]}..."
        raise UserError(
            f"sentiment takes at most {MOST_LABELS} labels, {origin} has {len(known)}, the first is {shown!r}: name "
            "the right column under columns.label in the params file"
        )


def _listed(found: list[str]) -> str:
    rest = len(found) - SHOWN
    return ", ".join(found[:SHOWN]) + (f" and {rest} other values" if rest > 0 else "")


def folded(label: str) -> str:
    """Return a label in lower case, "1.0" as "1": a column of whole numbers with an empty cell may be read so."""
    folded = " ".join(label.casefold().split())
    return re.sub(r"^([+-]?\d+)\.0+$", r"\1", folded)
