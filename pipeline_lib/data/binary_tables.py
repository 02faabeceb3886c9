"""Excel workbooks and Parquet files as headers and rows."""

import datetime
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.cells import Number
from pipeline_lib.data.headers import listed
from pipeline_lib.data.text_files import most_unpacked, too_large

_FORMAT = re.compile(r"(#,##)?(0+)(?:\.(0+))?(%?)")  # formats of numbers that are written as Excel shows them
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_xlsx(source: Path, content: bytes) -> tuple[list[list[Any]], list[str]]:
    """Return the rows of a workbook's first sheet, the header first, and what the log should say.

    Empty rows are not rows. Numbers are as Excel shows them (3, 3.50, 25%), dates as 2024-01-31.
    Raises UserError for a file that is no workbook, that unpacks to more than most_unpacked allows, and for a formula
    without its result.
    """
    from openpyxl import load_workbook  # takes a while to import

    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > most_unpacked(len(content)):
                raise too_large(source)
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a file may state them wrongly
        rows = [[_shown(cell) for cell in row] for row in sheet.iter_rows()]
        _check_formulas(source, content, rows)
    except UserError:
        raise
    except Exception as error:  # openpyxl raises errors of many kinds for a damaged file
        raise UserError(
            f"{source} cannot be read as a workbook ({type(error).__name__}: {str(error)[:80]}): open it in Excel or "
            "LibreOffice and save it anew as .xlsx, or as CSV"
        ) from error
    others = [one.title for one in book.worksheets[1:]]
    notes = [f"sheet {listed([sheet.title])}, the first; not read: {listed(others)}"] if others else []
    full = [row for row in rows if any(cell not in (None, "") for cell in row)]
    width = max((at + 1 for row in full for at, cell in enumerate(row) if cell not in (None, "")), default=0)
    return [(row + [None] * width)[:width] for row in full], notes


def read_parquet(source: Path, content: bytes) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the headers and rows of a Parquet file; lists and structures become lists and dictionaries.

    Raises UserError for a damaged file, and for one that unpacks to more than most_unpacked allows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = []
    size = 0
    try:
        file = pq.ParquetFile(BytesIO(content))
        headers = list(file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=1024):
            # Columns by their place: two may have one name, and rows of it would hold the last alone.
            columns = [
                column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
                for column in batch.columns
            ]
            size += sum(column.nbytes for column in columns)
            if size > most_unpacked(len(content)):
                raise too_large(source)
            cells = [_short_floats(column) if _is_short(column.type) else column.to_pylist() for column in columns]
            rows += [dict(zip(headers, row, strict=True)) for row in zip(*cells, strict=True)]
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise UserError(
            f"{source} cannot be read as Parquet ({' '.join(str(error).split())[:100]}): write it anew, or as JSONL"
        ) from error
    return headers, rows


def _is_short(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_float32(kind) or pa.types.is_float16(kind)


def _short_floats(column: Any) -> list[Number | None]:
    """Return numbers of few digits as they were written: 0.1, which Python would write as 0.10000000149011612."""
    shown = (str(cell) for cell in column.to_numpy(zero_copy_only=False))
    return [Number(text) if cell.is_valid else None for cell, text in zip(column, shown, strict=True)]


def _check_formulas(source: Path, content: bytes, rows: list[list[Any]]) -> None:
    """Raise UserError for a formula whose result is not in the file: its cell would be read as empty."""
    from openpyxl import load_workbook

    with zipfile.ZipFile(BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(b"<f" in archive.read(name) for name in sheets):
            return
    sheet = load_workbook(BytesIO(content), read_only=True).worksheets[0]
    sheet.reset_dimensions()
    for row, cells in zip(rows, sheet.iter_rows(), strict=True):
        for value, cell in zip(row, cells, strict=True):
            if value is None and cell.data_type == "f":
                raise UserError(
                    f"a formula needs its result, cell {cell.coordinate} of {source} has none: open the file in Excel "
                    "or LibreOffice and save it, or write values in place of formulas"
                )


def _shown(cell: Any) -> Any:
    """Return a workbook's cell as Excel shows it: text, or None where it is empty."""
    value = cell.value
    if isinstance(value, str):
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format)
    if isinstance(value, datetime.datetime):
        date = value.time() == datetime.time() and "h" not in cell.number_format.lower()
        return str(value.date() if date else value.replace(microsecond=0))
    return None if value is None else str(value)


def _number(value: int | float, shape: str) -> str:
    """Return a number in the format of its cell: 3, 3.50, 25%, 00123; up to 15 digits where the format is another."""
    found = _FORMAT.fullmatch(shape)
    if found is None or (shape == "0" and value != int(value)):
        return str(value) if isinstance(value, int) else f"{value:.15g}"
    comma, whole, digits, percent = found[1], found[2], found[3] or "", found[4]
    if percent:
        value *= 100
    text = f"{value:{',' if comma else ''}.{len(digits)}f}"
    return text.zfill(len(whole) + bool(digits) + len(digits)) + percent
