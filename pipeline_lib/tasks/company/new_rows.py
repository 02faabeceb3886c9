"""Questions and conversations that are to be answered."""

from typing import Any

from pipeline_lib.core.rows import Example
from pipeline_lib.data.records import Records
from pipeline_lib.tasks.company.data import examples, table_of

INPUT, TARGET = "question", "answer"


def new_rows(records: Records, columns: dict[str, str], data: dict[str, Any]) -> list[Example]:
    """Return one example a record, its target "" where it has none."""
    return examples(table_of(records, columns, answered=False), {"answers": "last"})
