"""The rows of the task sentiment: reviews and their labels."""

import re
from pathlib import Path

import pandas as pd

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.data.containment import words
from pipeline_lib.data.tables import read_table

REQUIRED = ("text", "label")
OPTIONAL = ("phenomenon",)
DISTINCT = True  # reviews of one group are copies: a test row is one of them
LABELS = {"0": "negative", "1": "positive"}  # as in SST-2; not for a file with a third label
MOST_LABELS = 20  # a column with more distinct values does not hold labels


def read(path: str | Path, columns: dict[str, str], encoding: str = "auto") -> pd.DataFrame:
    """Return a table with text, label and phenomenon, all text; labels in lower case, "" where there is none.

    The labels 0 and 1 become negative and positive (LABELS) where a file has no others; all others are kept.
    Raises UserError as read_table does, and for a file of fewer than 2 or more than MOST_LABELS labels.
    """
    table = read_table(path, columns, REQUIRED, OPTIONAL, encoding)
    named = table["label"].map(_folded)
    labels = sorted({label for label in named if label})
    header = str(columns.get("label", "label"))
    if len(labels) < 2:
        found = f"{labels[0]!r} alone" if labels else "none"
        raise UserError(
            f"sentiment needs at least 2 labels, {path} has {found} in its column {header!r}: bring rows of the "
            "others, or name the right column under columns.label in the params file"
        )
    if len(labels) > MOST_LABELS:
        shown = labels[0] if len(labels[0]) <= 40 else f"{labels[0][:40]}..."
        raise UserError(
            f"sentiment takes at most {MOST_LABELS} labels, {path} has {len(labels)} in its column {header!r}, the "
            f"first is {shown!r}: name the right column under columns.label in the params file"
        )
    table["label"] = named.map(lambda label: LABELS[label] if label else "") if set(labels) == set(LABELS) else named
    return table


def documents(table: pd.DataFrame) -> list[str]:
    """Return the text of each distinct review."""
    return [text for text in dict.fromkeys(table["text"]) if text]


def examples(table: pd.DataFrame) -> list[Example]:
    """Return one example a review, with `labels` (all labels of the table) and, if there is one, `phenomenon`.

    The stratum is the label. Reviews of the same words (containment.words) share `group` (a row's id).
    """
    labels = sorted({label for label in table["label"] if label})
    first: dict[str, str] = {}
    made = []
    for number, row in zip(table.index, table.to_dict("records"), strict=True):
        example = {
            "id": str(number),
            "group": first.setdefault(" ".join(words(row["text"])), str(number)),
            "stratum": row["label"],
            "labels": labels,
            "source": row["text"],
            "target": row["label"],
        }
        made.append(example | ({"phenomenon": row["phenomenon"]} if row["phenomenon"] else {}))
    return made


def _folded(label: str) -> str:
    """Return a label in lower case, "1.0" as "1": pandas reads JSON numbers as floats where a cell is empty."""
    folded = " ".join(label.casefold().split())
    return re.sub(r"^([+-]?\d+)\.0+$", r"\1", folded)
