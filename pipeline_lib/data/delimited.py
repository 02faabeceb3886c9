"""Tables of text with a separator: which one separates, whether the file quotes, and its rows."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pipeline_lib.core.errors import UserError

_OWN = {".csv": ",", ".tsv": "\t"}  # what a file's ending says
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")

Rows = list[list[str]]


class _UnreadableError(Exception):
    """The text is not a table with this separator; the message says where."""


def read_delimited(source: Path, text: str, kind: str) -> tuple[Rows, list[str]]:
    """Return the rows of a table, the header first, and what the log should say of its form.

    `kind` is the file's ending. Its separator (comma for .csv, tab for .tsv) is tried first; another is taken where all
    rows have as many cells as the header, more than one, and with the own separator they have not. Blank lines are not
    rows. Quotes enclose cells; in a table with tabs only where the file as a whole is written so (_quotes).

    Raises UserError with the line of a row of more or fewer cells than the header, and of a quote that is not closed.
    """
    csv.field_size_limit(2**31 - 1)  # a cell may hold a long document
    own = _OWN.get(kind)
    fault = f"is no table: its first line has no {', '.join(_NAMES.values())}; name it .csv if it is one column"
    single: tuple[Rows, list[str]] | None = None
    if own:
        try:
            rows, notes = _rows(text, own)
            if not rows or len(rows[0]) > 1:
                return rows, notes
            single = rows, notes
        except _UnreadableError as error:
            fault = str(error)
    found: list[tuple[Rows, list[str]]] = []
    for separator in _NAMES:
        if separator != own and len(next(_plain(text, separator), [])) > 1:
            try:
                rows, notes = _rows(text, separator)
                found.append((rows, [f"separator {_NAMES[separator]}", *notes]))
            except _UnreadableError as error:
                fault = fault if own else str(error)
    if found:
        return max(found, key=lambda one: len(one[0][0]))  # the first of those with the most columns
    if single:
        return single
    raise UserError(f"{source} {fault}")


def _rows(text: str, separator: str) -> tuple[Rows, list[str]]:
    """Return the rows with this separator, and a note where quotes or spaces had to be judged."""
    if separator == "\t":
        return _tab_rows(text)
    if not re.search(re.escape(separator) + ' +"', text):
        return _parsed(text, separator), []
    try:
        spaced = _parsed(text, separator, skip=True)
    except _UnreadableError:
        return _parsed(text, separator), []
    plain: Rows | None = None
    with suppress(_UnreadableError):
        plain = _parsed(text, separator)
    if plain and all(_stripped(a) == _stripped(b) for a, b in zip(plain, spaced, strict=False)):
        return plain, []
    return spaced, [f"cells in quotes after {_NAMES[separator]} and space: the quotes are taken off"]


def _stripped(row: list[str]) -> list[str]:
    return [cell.strip() for cell in row]


def _tab_rows(text: str) -> tuple[Rows, list[str]]:
    """Return the rows of a table with tabs, with the quotes taken off where the file quotes."""
    if not re.search(r'(?:^|[\t\r\n])"', text):
        return _parsed(text, "\t", quoting=csv.QUOTE_NONE), []
    try:
        quoted: Rows | None = _parsed(text, "\t")
    except _UnreadableError:
        quoted = None
    try:
        plain = _parsed(text, "\t", quoting=csv.QUOTE_NONE)
    except _UnreadableError:
        if quoted is None:
            raise
        return quoted, ["cells in quotes: the quotes are taken off"]
    if quoted is not None and _quotes(text, quoted):
        return quoted, ["cells in quotes: the quotes are taken off"]
    return plain, ["a quote is a character like any other: the file does not quote its cells throughout"]


def _quotes(text: str, rows: Rows) -> bool:
    """Return whether a writer of tables made this text of `rows`: one rule says which of all cells are in quotes.

    The rules: every cell; every cell that is no number; cells that hold a quote, a tab or a line break; those and
    cells with a comma, as Excel (only where several are quoted, since one line of speech is quoted too).
    """
    lines = [line for line in re.split(r"\r\n?|\n", text) if line]

    def written(rule: Callable[[str], bool]) -> bool:
        made = ("\t".join(_quoted(cell) if rule(cell) else cell for cell in row) for row in rows)
        return lines == [line for row in made for line in re.split(r"\r\n?|\n", row) if line]

    def needs(cell: str) -> bool:
        return any(sign in cell for sign in '"\t\r\n')

    def excel(cell: str) -> bool:
        return needs(cell) or "," in cell

    return (
        written(lambda cell: True)
        or written(lambda cell: bool(cell) and not _NUMBER.fullmatch(cell))
        or written(needs)
        or (sum(excel(cell) for row in rows for cell in row) > 2 and written(excel))
    )


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _parsed(text: str, separator: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL, skip: bool = False) -> Rows:
    """Return the rows, all as wide as the header; _UnreadableError for another row and for a quote without an end."""
    reader = csv.reader(_lines(text), delimiter=separator, quoting=quoting, skipinitialspace=skip, strict=True)
    rows: Rows = []
    begins = 1
    try:
        for row in reader:
            if row and (len(row) > 1 or not row[0] or row[0].strip()):  # blank lines are not rows
                if rows and len(row) != len(rows[0]):
                    raise _UnreadableError(
                        f"line {reader.line_num} has {len(row)} cells, its header has {len(rows[0])}: quote a cell "
                        "that holds the separator or a line break, or use another format"
                    )
                rows.append(row)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _UnreadableError(
            f"line {begins} begins a cell with a quote that is not closed before a separator ({error} in line "
            f'{reader.line_num}): close it, write a quote inside as "", or save the table as .tsv if its quotes are '
            "characters like any other"
        ) from error
    return rows


def _plain(text: str, separator: str) -> Iterator[list[str]]:
    """Yield the rows that are not blank, not strictly: enough to count the cells of the header."""
    return filter(None, csv.reader(_lines(text), delimiter=separator))


def _lines(text: str) -> Iterator[str]:
    """Yield the lines with their ends. Not StringIO: it holds four bytes for each character."""
    return (found[0] for found in _LINE.finditer(text))
