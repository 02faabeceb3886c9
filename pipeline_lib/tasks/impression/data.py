"""The rows of the task impression: radiology reports."""

import re
from pathlib import Path

import pandas as pd

from pipeline_lib.core.rows import Example
from pipeline_lib.core.text import normalised
from pipeline_lib.data.tables import read_table

REQUIRED = ("observation", "impression")
OPTIONAL = ("title", "history")
DISTINCT = True  # reports of one group are copies: a test row is one of them

# Searched for in the title, in this order: "PET/CT" is PET, "CT guided ultrasound" is CT.
_MODALITIES = {
    "pet": r"\bpet\b",
    "ct": r"\b(hr)?ct(a)?\b|\bcomputed tomograph",
    "mri": r"\bmr(i|a|cp|v)?\b|\bmagnetic resonance",
    "mammography": r"\bmammo",
    "ultrasound": r"\bus(g)?\b|\bultraso|\bsonogra|\bdoppler",
    "radiograph": r"\bx[ -]?ray|\bxr\b|\bcxr\b|\bradiogra|\bplain film|\bpa and lateral|\bview",
    "nuclear": r"\bscintigra|\bbone scan|\bspect\b",
    "fluoroscopy": r"\bfluoro|\bbarium|\bswallow",
}


def read(path: str | Path, columns: dict[str, str], encoding: str = "auto") -> pd.DataFrame:
    """Return a table with observation, impression, title and history, all text."""
    return read_table(path, columns, REQUIRED, OPTIONAL, encoding)


def documents(table: pd.DataFrame) -> list[str]:
    """Return observation and impression of each distinct report."""
    texts = (table["observation"] + "\n" + table["impression"]).str.strip()
    return [text for text in dict.fromkeys(texts) if text]


def examples(table: pd.DataFrame) -> list[Example]:
    """Return one example a report; the stratum is the modality.

    Reports with equal normalised observations share `group` (a row's id).
    """
    first: dict[str, str] = {}
    made = []
    for number, row in zip(table.index, table.to_dict("records"), strict=True):
        group = first.setdefault(normalised(row["observation"]), str(number))
        made.append(
            {
                "id": str(number),
                "group": group,
                "stratum": modality(row["title"]),
                "title": row["title"],
                "history": row["history"],
                "source": row["observation"],
                "target": row["impression"],
            }
        )
    return made


def modality(title: str) -> str:
    """Return the imaging modality that a title names, "other" where it names none, "" where there is no title."""
    lowered = title.casefold()
    for name, pattern in _MODALITIES.items():
        if re.search(pattern, lowered):
            return name
    return "other" if lowered else ""
