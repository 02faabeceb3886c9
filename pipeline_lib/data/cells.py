"""One cell of a row as text, as it is written in the file; what is not text is refused with its place."""

import ast
import datetime
import json
import re
import reprlib
from decimal import Decimal
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.headers import ZERO_WIDTH

_NOTHING = re.compile(rf"[\s{ZERO_WIDTH}]*")
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
_KINDS = {list: "a list", tuple: "a list", dict: "an object", bytes: "bytes"}
_SHORT = reprlib.Repr()  # of a list its beginning, and not its depth
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 3, 40, 40


class Number(float):
    """A number that is not whole, which remembers how the file writes it."""

    written: str

    def __new__(cls, written: str) -> "Number":
        """Return the number that `written` says."""
        made = super().__new__(cls, written)
        made.written = written
        return made


def cell_text(cell: Any, place: str) -> str:
    """Return a cell as stripped text; "" for null, NaN, and for spaces and zero-width signs alone.

    Numbers are written as in the file, true and false as in JSON. `place` names the cell in messages, like
    "column answer of row 3 of data.csv". Raises UserError for a list, an object and bytes.
    """
    if isinstance(cell, str):
        return "" if _NOTHING.fullmatch(cell) else cell.strip()
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Number):
        return cell.written
    if isinstance(cell, (int, float, Decimal, datetime.date, datetime.time, datetime.timedelta)):
        return str(cell)
    kind = next((name for types, name in _KINDS.items() if isinstance(cell, types)), type(cell).__name__)
    raise UserError(
        f"a cell must be text, {place} has {kind}: {shown(cell)}; write one text there, or name another column under "
        "columns in the params file"
    )


def parsed(text: str) -> Any:
    """Return the value that a cell of a table holds as JSON, or as Python writes it; None where it is neither."""
    for read in (json.loads, ast.literal_eval):  # the latter reads literals and runs no code
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def check_signs(text: str, place: str) -> None:
    """Raise UserError where a text holds NUL or half a surrogate pair."""
    found = _FORBIDDEN.search(text)
    if found:
        name = "a NUL" if found[0] == "\x00" else "half a surrogate pair"
        raise UserError(f"text must be whole Unicode, {place} has {name} (U+{ord(found[0]):04X}): take it out there")


def shown(value: object) -> str:
    """Return a value for a message, in at most 60 signs."""
    text = _SHORT.repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
