"""Texts whose label is to be found."""

from typing import Any

from pipeline_lib.core.rows import Example
from pipeline_lib.data.records import Records
from pipeline_lib.data.tables import table_of
from pipeline_lib.tasks.sentiment.data import REQUIRED, folded

INPUT, TARGET = REQUIRED


def new_rows(records: Records, columns: dict[str, str], data: dict[str, Any]) -> list[Example]:
    """Return one example a record, its target "" where it has none; data: {labels} of the model."""
    table = table_of(records, columns, (INPUT,), (TARGET,))
    cells = zip(table.index, table[INPUT], table[TARGET], strict=True)
    return [
        {"id": str(number), "group": str(number), "labels": data["labels"], "source": text, "target": folded(label)}
        for number, text, label in cells
    ]
