"""The user's table (any of records.FORMATS, with any headers) read into text columns with the task's names."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.data.cells import cell_text
from pipeline_lib.data.headers import find_header, header_key, listed
from pipeline_lib.data.json_rows import RepeatedKeys
from pipeline_lib.data.records import FORMATS, Records, read_records
from pipeline_lib.data.text_files import ending

FOLDER_FILES = (("train",), ("test", "eval"))  # the two files of a folder; eval is the older name of test

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")
_SENTENCE = re.compile(r"[.?!]$|^(\S+\s+){5}|.{60}")  # rather a cell than a header: six words, 60 characters


def read_table(
    path: str | Path,
    columns: dict[str, str],
    required: tuple[str, ...],
    optional: tuple[str, ...] = (),
    encoding: str = "auto",
) -> pd.DataFrame:
    """Return the `required` and `optional` columns of a file as table_of does; the arguments are its own.

    `encoding` is "auto" or the name of a Python codec. Raises UserError as read_records and table_of do.
    """
    check_names(columns, required + optional)
    return table_of(read_records(path, encoding), columns, required, optional)


def table_of(
    records: Records, columns: dict[str, str], required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return the `required` and `optional` columns of a file's rows as stripped text, "" where a cell is empty.

    `columns` maps the task's names to the file's headers; a name that it leaves out is its own header. A missing
    optional column comes back empty, unless `columns` gives it another header. The index is the row's number in the
    file, from 1, the header not counted. `attrs["notes"]` are lines for the log: how the file was read, and which
    columns were not.

    Raises UserError as match_columns and cell_text do, and for an object of JSON with a repeated key.
    """
    headers = match_columns(records, columns, required, optional)
    table = pd.DataFrame(index=pd.RangeIndex(1, len(records.rows) + 1))
    refuse_repeated_keys(records)
    for name in required + optional:
        header = headers.get(name)
        table[name] = "" if header is None else _texts(records, header)
    table.attrs["notes"] = [*records.notes, *not_read(records, headers.values())]
    return table


def refuse_repeated_keys(records: Records) -> None:
    """Raise UserError for an object of JSON that names a key more than once."""
    for number, row in enumerate(records.rows, start=1):
        if isinstance(row, RepeatedKeys):
            [(twice, _)] = Counter(key for key, _ in row.pairs).most_common(1)
            raise UserError(
                f"an object must name a key once, row {number} of {records.path} has {listed([twice])} more than once: "
                "rename or remove one"
            )


def check_names(columns: dict[str, str], known: tuple[str, ...]) -> None:
    """Raise UserError for a name in `columns` that is none of the task's."""
    for name in columns:
        if name not in known:
            raise UserError(
                f"columns.{name} is no column of this task{did_you_mean(name, known)}: it knows {', '.join(known)}"
            )


def match_columns(
    records: Records, columns: dict[str, str], required: Iterable[str], optional: Iterable[str] = ()
) -> dict[str, str]:
    """Return {the task's name: the file's header} of the columns that the file has; equal by headers.header_key.

    Raises UserError for a file without rows, for a missing column that is required or for which `columns` gives another
    header, for a header that is two of the task's columns, and for a first line that looks like a row and not like
    headers.
    """
    if not records.rows:
        raise UserError(f"{records.path} holds no rows: it needs a header and at least one row")
    found: dict[str, str] = {}
    for name in (*required, *optional):
        wanted = str(columns.get(name, name))  # YAML reads a header like 2023 as a number
        header = find_header(wanted, records.headers)
        if header is not None:
            found[name] = header
        elif name in required or wanted != name:
            raise _missing(records, name, wanted, tuple(required))
    for header, count in Counter(found.values()).items():
        if count > 1:
            both = [name for name in found if found[name] == header]
            raise UserError(
                f"a header can be one column of the task, {listed([header])} of {records.path} is {' and '.join(both)}"
                f": name another under columns.{both[-1]} in the params file"
            )
    named = [found[name] for name in columns if name in found and header_key(found[name]) != header_key(name)]
    if named and len(named) == len(found) and looks_like_row(records, named):
        raise _headless(records, tuple(required))
    return found


def not_read(records: Records, used: Iterable[str]) -> list[str]:
    """Return the line of the log that names the columns which are not in `used`; [] where all are."""
    read = set(used)
    rest = [header for header in records.headers if header not in read]
    return [f"not read: {listed(rest, 40)}"] if rest else []


def looks_like_row(records: Records, headers: Sequence[str]) -> bool:
    """Return whether the first line of a file may be a row: one of its cells is also a cell below it, or like those.

    A cell is like those below it if all are numbers. Keys of JSON and Parquet are headers.
    """
    if not records.first_line:
        return False
    for header in headers:
        cells = [str(row[header]).strip() for row in records.rows if row[header] not in (None, "")]
        if header in cells or (cells and all(_NUMBER.fullmatch(cell) for cell in [header, *cells])):
            return True
    return False


def data_files(path: str | Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Return the file of a user's data, or a folder's two: the one called train and the one called test (or eval).

    `formats` are the endings that those two may have, each also with .gz. Raises UserError for a folder without exactly
    one of each.
    """
    source = Path(path)
    if not source.is_dir():
        return [source]
    found = []
    for names in FOLDER_FILES:
        files = sorted(file for file in source.iterdir() if ending(file)[0] in formats and _stem(file) in names)
        if len(files) != 1:
            raise UserError(
                f"a folder of data must hold one file {' or '.join(names)} with the ending {', '.join(formats)}, "
                f"{path} has {listed(file.name for file in files) if files else 'none'}: rename or remove files, or "
                "name a single file under data"
            )
        found += files
    return found


def _stem(file: Path) -> str:
    return Path(file.stem).stem if ending(file)[1] else file.stem


def _texts(records: Records, header: str) -> list[str]:
    where = f"of {records.path}, column {listed([header])},"
    return [cell_text(row.get(header), f"row {at} {where}") for at, row in enumerate(records.rows, start=1)]


def _missing(records: Records, name: str, header: str, required: tuple[str, ...]) -> UserError:
    """Return the error for a header that the file lacks."""
    headers = records.headers
    if records.first_line and (any(map(_SENTENCE.search, headers)) or looks_like_row(records, headers)):
        return _headless(records, required)
    remedy = f"name the right one under columns.{name} in the params file"
    if name not in required:
        remedy += f", or take columns.{name} out there"
    return UserError(
        f"{records.path} has no column {header!r}{did_you_mean(header, headers[:1000])}: its columns are "
        f"{listed(headers)}; {remedy}"
    )


def _headless(records: Records, required: tuple[str, ...]) -> UserError:
    """Return the error for a file whose first line looks like a row."""
    width = len(records.headers)
    return UserError(
        f"{records.path} must begin with headers, its first line looks like a row ({listed(records.headers)}): put a "
        f"line before it that names its {width} column{'s' * (width > 1)}, among them {' and '.join(required)}; or, if "
        "it is a line of headers, rename those that are also cells and name the right ones under columns in the params "
        "file"
    )
