"""Reports whose impression is to be written."""

from typing import Any

from pipeline_lib.core.rows import Example
from pipeline_lib.data.records import Records
from pipeline_lib.data.tables import table_of
from pipeline_lib.tasks.impression.data import OPTIONAL, REQUIRED, examples

INPUT, TARGET = REQUIRED


def new_rows(records: Records, columns: dict[str, str], data: dict[str, Any]) -> list[Example]:
    """Return one example a record, its target "" where it has none."""
    return examples(table_of(records, columns, (INPUT,), (TARGET, *OPTIONAL)))
