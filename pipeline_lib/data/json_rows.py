"""JSON and JSON Lines as rows, whichever of the two the file's name says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.cells import Number, shown
from pipeline_lib.data.headers import listed

_LINE = re.compile(r"[^\n]*\n?")  # not splitlines(): JSON strings may hold U+2028 and the like unescaped


class RepeatedKeys(dict[str, Any]):
    """A JSON object that names a key more than once; `pairs` are all its keys and values, in order."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        """Hold the last value of each key, and all pairs beside them."""
        super().__init__(pairs)
        self.pairs = pairs


def read_json_rows(source: Path, text: str, lines: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the objects of a JSON or JSON Lines text, and what the log should say of its form.

    `lines` is what the file's name says; the content decides. JSON is a list of objects, an object with one list of
    objects (the rest of it is not read), an object of columns as pandas writes it, or one object. Integers stay
    integers, other numbers are Number, an object with a repeated key is RepeatedKeys.

    Raises UserError for broken JSON, with its line, for other values than objects, and for JSON too deep or too large.
    """
    try:
        return _rows(source, text, lines)
    except RecursionError as error:
        raise UserError(f"{source} is nested too deeply for a table: bring a list of objects, one a row") from error
    except MemoryError as error:
        raise UserError(f"{source} does not fit into memory: bring fewer rows") from error


def _rows(source: Path, text: str, lines: bool) -> tuple[list[dict[str, Any]], list[str]]:
    try:
        if not lines or text.lstrip()[:1] == "[":
            rows, notes = _whole_rows(source, DECODER.decode(text))
            return rows, (["JSON, though its name says JSON Lines"] if lines else []) + notes
        return _line_rows(source, text), []
    except json.JSONDecodeError as error:
        several = error.msg == "Extra data" and text.lstrip()[:1] == "{"
        if several and not lines:
            return _line_rows(source, text), ["JSON Lines, though its name says JSON"]
        raise _broken(source, error, 0) from error
    except ValueError as error:  # an integer of more digits than Python reads
        why = str(error).partition(":")[0]
        raise UserError(f"{source} cannot be read as JSON ({why}): write that number as text") from error


def _line_rows(source: Path, text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(_lines(text), start=1):
        line = line.rstrip()
        if not line:
            continue
        try:
            row = DECODER.decode(line)
        except json.JSONDecodeError as error:
            if not rows and error.pos >= len(line):  # one object over several lines
                return _whole_rows(source, DECODER.decode(text))[0]
            raise _broken(source, error, number - 1) from error
        if not isinstance(row, dict):
            raise UserError(f"{source} line {number} must be an object like {{...}}, it is {shown(row)}: mend it")
        rows.append(row)
    return rows


def _lines(text: str) -> Iterator[str]:
    return (found[0] for found in _LINE.finditer(text) if found[0])


def _whole_rows(source: Path, value: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows in one JSON value."""
    if isinstance(value, dict):
        return _wrapped(source, value)
    if not isinstance(value, list):
        raise UserError(f"{source} must be a list of objects, one a row, it is {shown(value)}: put them in [ and ]")
    for number, row in enumerate(value, start=1):
        if not isinstance(row, dict):
            raise UserError(f"{source} row {number} must be an object like {{...}}, it is {shown(row)}: mend it")
    return value, []


def _wrapped(source: Path, value: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of an object: of its one list of objects, of its columns, or the object itself."""
    lists = [key for key, cell in value.items() if cell and _is_rows(cell)]
    if len(lists) > 1:
        raise UserError(
            f"{source} must hold one list of rows, it has {listed(lists)}: write one into a file of its own"
        )
    if lists:
        rest = [key for key in value if key != lists[0]]
        also = f"; not read: {listed(rest)}" if rest else ""
        return value[lists[0]], [f"the rows are the list under {shown(lists[0])}{also}"]
    return _columns(value)


def _is_rows(cell: Any) -> bool:
    return isinstance(cell, list) and all(isinstance(row, dict) for row in cell)


def _columns(value: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of {header: {"0": cell}} or {header: [cells]}, of {id: row}, or of an object that is a row."""
    cells = list(value.values())
    if cells and all(isinstance(column, dict) and column.keys() == cells[0].keys() for column in cells):
        if all(str(key).isdecimal() for key in cells[0]):
            return [{header: column[at] for header, column in value.items()} for at in cells[0]], ["columns of cells"]
        return cells, ["the rows are the values of one object; its keys are not read"]
    if cells and all(isinstance(column, list) and len(column) == len(cells[0]) for column in cells):
        return [dict(zip(value, row, strict=True)) for row in zip(*cells, strict=True)], ["columns of cells"]
    return ([value] if value else []), []


def _broken(source: Path, error: json.JSONDecodeError, before: int) -> UserError:
    """Return the error with its line in the file; `before` are the lines before the text that was decoded."""
    return UserError(
        f"{source} line {before + error.lineno} column {error.colno} is not JSON ({error.msg}): mend that place, or "
        "save it anew"
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else RepeatedKeys(pairs)


# A decoder made once: json.loads would make one a line. NaN and Infinity are not JSON, but Python writes them.
DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Number, parse_constant=Number)
