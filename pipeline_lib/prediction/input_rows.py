"""The rows that a trained model is to answer, of a file or of Python, read as its training rows were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.core.tasks import load
from pipeline_lib.data.headers import find_header, listed
from pipeline_lib.data.records import Records, read_records

Row = str | Mapping[str, Any]  # a text alone, or cells by the file's headers or the task's names


@dataclass(frozen=True)
class RowsToAnswer:
    """Rows, each as an example and as the file has it."""

    examples: list[Example]  # `target` is "" where a row has none
    records: Records
    target: str | None  # the header of the answers that the file has
    notes: list[str]  # lines for the log


def rows_of_file(task: str, path: str | Path, encoding: str, data: Mapping[str, Any]) -> RowsToAnswer:
    """Return the rows of a file in any format of the training data. Raises UserError as reading that does."""
    part = load(task, "new_rows")
    return _rows(part, getattr(part, "read_records", read_records)(path, encoding), data)


def rows_of_python(task: str, rows: Sequence[Row], data: Mapping[str, Any]) -> RowsToAnswer:
    """Return texts, or dictionaries of cells, as rows; a text alone is the task's main column.

    Raises TypeError for anything else.
    """
    part, columns = load(task, "new_rows"), data["columns"]
    main = str(columns.get(part.INPUT, part.INPUT))
    cells: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        if not isinstance(row, (str, Mapping)):
            raise TypeError(f"a row must be a str or a dict, rows[{place}] is {type(row).__name__}")
        cells.append({main: row} if isinstance(row, str) else {str(name): cell for name, cell in row.items()})
    headers = list(dict.fromkeys(name for row in cells for name in row))
    return _rows(part, Records(Path("rows"), headers, cells, [], first_line=False), data)


def _rows(part: Any, records: Records, data: Mapping[str, Any]) -> RowsToAnswer:
    columns, notes = _columns(records, data["columns"], part)
    examples = part.new_rows(records, columns, data)
    empty = next((number for number, example in enumerate(examples, start=1) if not example["source"]), None)
    if empty:
        name = columns.get(part.INPUT, part.INPUT)
        raise UserError(
            f"every row needs an input, row {empty} of {records.path} has an empty {name}: fill it in, or take that "
            "row out"
        )
    target = find_header(columns.get(part.TARGET, part.TARGET), records.headers) if part.TARGET else None
    return RowsToAnswer(examples, records, target, [*records.notes, *notes])


def _columns(records: Records, columns: Mapping[str, str], part: Any) -> tuple[dict[str, str], list[str]]:
    """Return the user's headers by the task's names, and lines for the log.

    A column has its header of the training, or where the file lacks that the task's own name. One that the file has
    under neither is left out, which the log says of all but the answers.
    """
    found, absent = {}, []
    for name, header in columns.items():
        has_name = find_header(name, records.headers) is not None
        if find_header(header, records.headers) is not None or (name == part.INPUT and not has_name):
            found[name] = header
        elif not has_name and name != part.TARGET:
            absent.append(str(header))
    return found, [f"not in {records.path}, left empty: {listed(absent)}"] if absent else []
