"""The rows of a user's file, of any of the formats, as the file has them: nothing is renamed, dropped or converted."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.binary_tables import read_parquet, read_xlsx
from pipeline_lib.data.cells import check_signs
from pipeline_lib.data.delimited import read_delimited
from pipeline_lib.data.encodings import check_encoding
from pipeline_lib.data.headers import clean_header, header_key, listed
from pipeline_lib.data.json_rows import RepeatedKeys, read_json_rows
from pipeline_lib.data.text_files import ending, read_bytes, read_text

DELIMITED = (".csv", ".tsv", ".txt")
JSON_LINES = (".jsonl", ".ndjson")
FORMATS = (*DELIMITED, ".json", *JSON_LINES, ".parquet", ".xlsx")  # each also with .gz after it
# What may stand for NUL or half a surrogate pair in JSON; where it does not, no cell needs to be looked at.
_SUSPECT = re.compile(r"\x00|\\u(?:0000|[dD][89a-fA-F])")


@dataclass(frozen=True)
class Records:
    """The rows of a file. A cell that a row lacks is missing from its dictionary (JSON) or None."""

    path: Path
    headers: list[str]  # without outer spaces and zero-width signs, each once (headers.header_key)
    # Cells as the file has them: text from CSV and TSV; from .xlsx text as Excel shows it; from JSON and Parquet any
    # value. Numbers of JSON with a point are cells.Number, which knows how they were written; an object of JSON with
    # a repeated key is json_rows.RepeatedKeys, a dictionary with all its pairs. cells.cell_text makes text of a cell.
    rows: list[dict[str, Any]]
    notes: list[str]  # lines for the log: separator, encoding, sheet, ...
    first_line: bool  # whether the headers are the file's first line (and not keys of JSON or Parquet)


def read_records(path: str | Path, encoding: str = "auto") -> Records:
    """Return the headers and rows of a file in any of FORMATS, each also packed as .gz.

    `encoding` is "auto" or the name of a Python codec. Raises UserError for a missing, damaged or empty file, another
    ending, an encoding that is not sure, a broken row, headers that are equal but for case and outer spaces, and text
    with NUL or half a surrogate pair.
    """
    source = Path(path)
    check_encoding(encoding)
    kind, _ = ending(source)
    if kind not in FORMATS and not source.is_dir():
        raise UserError(
            f"data must end in {', '.join(FORMATS)}, or in one of these and .gz; {source} ends in "
            f"{kind or 'nothing'!r}: convert it"
        )
    notes: list[str] = []
    rows: list[dict[str, Any]]
    checked = False
    if kind == ".parquet":
        headers, rows = read_parquet(source, read_bytes(source))
    elif kind == ".xlsx":
        cells, notes = read_xlsx(source, read_bytes(source))
        headers, rows = _named(source, cells)
    else:
        text, notes = read_text(source, encoding)
        checked = not _SUSPECT.search(text)
        if kind in DELIMITED:
            cells, more = read_delimited(source, text, kind)
            headers, rows = _named(source, cells)
        else:
            rows, more = read_json_rows(source, text, kind in JSON_LINES)
            headers = list(dict.fromkeys(header for row in rows for header in row))
        notes += more
    headers, rows = _cleaned(source, headers, rows)
    records = Records(source, headers, rows, notes, kind in (*DELIMITED, ".xlsx"))
    if not checked:
        _check_text(records)
    return records


def _named(source: Path, cells: list[list[Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return headers and rows of cells whose first row is the header; columns without header and cells are left out."""
    if not cells:
        raise UserError(f"{source} is empty: it needs a header and at least one row")
    first, body = [clean_header(header) for header in cells[0]], cells[1:]
    kept = [at for at, header in enumerate(first) if header or any(row[at] not in (None, "") for row in body)]
    if len(kept) < len(first):
        first, body = [first[at] for at in kept], [[row[at] for at in kept] for row in body]
    _check_headers(source, first)
    return first, [dict(zip(first, row, strict=True)) for row in body]


def _cleaned(source: Path, headers: list[str], rows: list[dict[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return headers and rows with the headers cleaned (clean_header)."""
    _check_headers(source, headers)
    names = {header: clean_header(header) for header in headers}
    if all(header == name for header, name in names.items()):
        return headers, rows
    for at, row in enumerate(rows):
        if isinstance(row, RepeatedKeys):
            rows[at] = RepeatedKeys([(names[key], cell) for key, cell in row.pairs])
        else:
            rows[at] = {names[key]: cell for key, cell in row.items()}
    return list(names.values()), rows


def _check_headers(source: Path, headers: list[str]) -> None:
    twice = [header for header, count in Counter(map(header_key, headers)).items() if count > 1]
    if not twice:
        return
    if not twice[0]:
        raise UserError(
            f"a column must have a header, {source} has {headers.count('')} without one: name or remove them; if the "
            "first line is a row and no header, put a line of headers before it"
        )
    same = [header for header in headers if header_key(header) == twice[0]]
    raise UserError(
        f"headers must differ by more than case and spaces, {source} has {listed(map(repr, same))}: rename or remove "
        "one; if the first line is a row and no header, put a line of headers before it"
    )


def _check_text(records: Records) -> None:
    """Raise UserError with the place of NUL or half a surrogate pair."""
    for header in records.headers:
        check_signs(header, f"a header of {records.path}")
    for number, row in enumerate(records.rows, start=1):
        for header, cell in row.items():
            for text in _texts(cell):
                check_signs(text, f"column {listed([header])} of row {number} of {records.path}")


def _texts(cell: Any) -> Iterator[str]:
    """Yield the texts in a cell, those within lists and objects too."""
    waiting = [cell]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple)):
            waiting += value
