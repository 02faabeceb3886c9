"""The user's table (CSV, TSV, JSON or JSONL, with any headers) read into text columns with the task's names."""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline_lib.core.errors import UserError, did_you_mean

FORMATS = (".csv", ".tsv", ".json", ".jsonl")
FOLDER_FILES = (("train",), ("test", "eval"))  # the two files of a folder; eval is the older name of test


def read_table(
    path: str | Path, columns: dict[str, str], required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return the `required` and `optional` columns of a file as stripped text, "" where a cell is empty.

    `columns` maps the task's names to the file's headers; a name that it leaves out is its own header. A missing
    optional column comes back empty. The index is the row's number in the file, from 1, the header not counted.
    A TSV has no quoting (IANA text/tab-separated-values): a quote is a character like any other.

    Raises UserError for a missing or empty file, an unknown format, bytes that are not UTF-8, a broken row,
    a missing required column, or a name in `columns` that the task does not have.
    """
    source = Path(path)
    for name in columns:
        if name not in required + optional:
            known = required + optional
            raise UserError(
                f"columns.{name} is no column of this task{did_you_mean(name, known)}: it knows {', '.join(known)}"
            )
    raw = _read(source)
    if raw.empty:
        raise UserError(f"{path} holds no rows: it needs a header and at least one row")
    headers = [str(header) for header in raw.columns]
    table = pd.DataFrame(index=pd.RangeIndex(1, len(raw) + 1))
    for name in required + optional:
        header = str(columns.get(name, name))  # YAML reads a header like 2023 as a number
        if header in headers:
            cells = raw.iloc[:, headers.index(header)]
            table[name] = ["" if _is_missing(cell) else str(cell).strip() for cell in cells]
        elif name in required:
            raise UserError(
                f"{path} has no column {header!r}{did_you_mean(header, headers)}: its columns are "
                f"{', '.join(headers)}; name the right one under columns.{name} in the params file"
            )
        else:
            table[name] = ""
    return table


def data_files(path: str | Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Return the file of a user's data, or a folder's two: the one called train and the one called test (or eval).

    `formats` are the endings that those two may have. Raises UserError for a folder without exactly one of each.
    """
    source = Path(path)
    if not source.is_dir():
        return [source]
    found = []
    for names in FOLDER_FILES:
        files = sorted(file for file in source.iterdir() if file.stem in names and file.suffix.lower() in formats)
        if len(files) != 1:
            raise UserError(
                f"a folder of data must hold one file {' or '.join(names)} with the ending {', '.join(formats)}, "
                f"{path} has {', '.join(file.name for file in files) or 'none'}: rename or remove files, or name a "
                "single file under data"
            )
        found += files
    return found


def _read(source: Path) -> pd.DataFrame:
    kind = source.suffix.lower()
    if not source.exists():
        raise UserError(f"data file {source} is missing: put it there, or name another under data in the params file")
    if source.is_dir():
        raise UserError(f"data must be a file, {source} is a folder: name the file in it")
    if kind not in FORMATS:
        raise UserError(f"data must end in {', '.join(FORMATS)}; {source} ends in {kind or 'nothing'!r}: convert it")
    if source.stat().st_size == 0:
        raise UserError(f"{source} is empty: it needs a header and at least one row")
    try:
        # Decoded in one piece, so that the position of a wrong byte is its position in the file.
        text = source.read_bytes().decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{source} is not UTF-8 (byte {error.object[error.start]:#04x} at {error.start}): "
            f"save it as UTF-8, for example iconv -f WINDOWS-1252 -t UTF-8 {source.name} > utf8{kind}"
        ) from error
    try:
        if kind in (".csv", ".tsv"):
            how: dict[str, Any] = {"sep": "\t", "quoting": csv.QUOTE_NONE} if kind == ".tsv" else {}
            _check_widths(source, text, how)
            # Cells are text: no number is guessed, and "NA" or "None" is a word.
            return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False, **how)
        return pd.read_json(
            StringIO(text), lines=kind == ".jsonl", dtype=False, convert_dates=False, convert_axes=False
        )
    except pd.errors.EmptyDataError as error:
        raise UserError(f"{source} is empty: it needs a header and at least one row") from error
    except (ValueError, AttributeError, csv.Error, pd.errors.ParserError) as error:
        raise UserError(
            f"{source} cannot be read as {kind[1:].upper()} ({error}): mend that place, or save it anew"
        ) from error


def _check_widths(source: Path, text: str, how: dict[str, Any]) -> None:
    """Raise UserError for the first row with more or fewer cells than the header: pandas shifts or fills them."""
    csv.field_size_limit(2**31 - 1)  # a cell may hold a long document
    reader = csv.reader(
        StringIO(text, newline=""), delimiter=how.get("sep", ","), quoting=how.get("quoting", csv.QUOTE_MINIMAL)
    )
    width = len(next(filter(None, reader), []))  # blank lines are not rows, also before the header
    for row in reader:
        if row and len(row) != width:
            raise UserError(
                f"{source} line {reader.line_num} has {len(row)} cells, its header has {width}: "
                "quote a cell that holds the separator or a line break, or use another format"
            )


def _is_missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell)
