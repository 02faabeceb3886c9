"""The bytes of a user's file, unpacked where it is gzipped, and its text, decoded."""

import errno
import gzip
import zlib
from pathlib import Path

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.encodings import decode

PACKED = ".gz"
_MIB = 2**20


def ending(source: Path) -> tuple[str, bool]:
    """Return a file's ending in lower case without .gz, and whether it ends in .gz: (".csv", True)."""
    kind = source.suffix.lower()
    return (Path(source.stem).suffix.lower(), True) if kind == PACKED else (kind, False)


def most_unpacked(packed: int) -> int:
    """Return how many bytes a packed file of this size may hold: 100 times as many, or 100 MiB where that is more."""
    return max(100 * packed, 100 * _MIB)


def too_large(source: Path) -> UserError:
    """Return the error for a file that breaks the rule of most_unpacked."""
    return UserError(
        f"a packed file may hold 100 times its own size, or 100 MiB where that is more, {source} holds more: "
        "unpack it yourself, look at it, and name the unpacked file (a table as CSV) under data"
    )


def read_bytes(source: Path) -> bytes:
    """Return the file's bytes, unpacked; UserError for a file that is missing, unreadable, damaged or empty."""
    try:
        if not source.exists():
            raise UserError(
                f"data file {source} is missing: put it there, or name another under data in the params file"
            )
        if source.is_dir():
            raise UserError(f"data must be a file, {source} is a folder: name the file in it")
        if not source.is_file():  # to read a pipe that nobody writes to would take for ever
            raise UserError(f"data must be a file, {source} is a device or a pipe: write its content into a file")
        content = _unpacked(source) if ending(source)[1] else source.read_bytes()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{source} is not whole gzip ({error}): fetch or pack it again") from error
    except OSError as error:
        shown = str(source) if len(str(source)) <= 200 else f"{str(source)[:200]}..."
        why = error.strerror or type(error).__name__
        remedy = "shorten its path" if error.errno == errno.ENAMETOOLONG else "check the path and your rights to it"
        raise UserError(f"data file {shown} cannot be read ({why}): {remedy}") from error
    except MemoryError as error:
        raise UserError(f"{source} does not fit into memory: bring fewer rows") from error
    if not content:
        raise UserError(f"{source} is empty: it needs a header and at least one row")
    return content


def read_text(source: Path, encoding: str = "auto") -> tuple[str, list[str]]:
    """Return the file's text without a byte order mark, and a line for the log where the encoding had to be guessed.

    `encoding` is "auto" or the name of a Python codec. Raises UserError as read_bytes and decode do.
    """
    return decode(read_bytes(source), encoding, str(source))


def _unpacked(source: Path) -> bytes:
    most = most_unpacked(source.stat().st_size)
    with gzip.open(source) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise too_large(source)
    return content
