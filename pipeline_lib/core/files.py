"""Files and folders written under a temporary name and then renamed: each is there completely or not at all."""

import csv
import errno
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.links import check_link

# Of reading JSON. ValueError: also text that is not UTF-8, and a number of more digits than Python reads.
_BROKEN = (ValueError, RecursionError)
_OLD = ".old"  # ends the name of a folder that is being replaced


@contextmanager
def written(path: str | Path, mark: str = "") -> Iterator[Path]:
    """Yield a temporary path in the folder of `path` for a file or a folder, which is renamed to `path` on success.

    An existing folder is replaced only if it is empty or holds `mark`, a file that each folder of this kind has. The
    content is on the disk before it gets its name. What a process that was killed left is removed first: its draft, or
    the old folder where it was killed while it replaced that one.

    Raises UserError, before the body runs, when `path` is a folder that may not be replaced; and when the disk is
    full or `path` cannot be written. Nothing half-written is left.
    """
    target = Path(path)
    draft = target.parent / f".{target.name}.{os.getpid()}.tmp{target.suffix}"
    try:
        clean_up(target)
        _check_target(target, mark)
        target.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        _sync(draft)
        if target.is_dir() and not target.is_symlink():
            old = draft.with_name(f"{draft.name}{_OLD}")
            os.replace(target, old)
            os.replace(draft, target)
            remove(old)
        else:
            os.replace(draft, target)
        _sync_one(target.parent)
    except OSError as error:
        ours = str(error.filename or "").startswith(str(target.parent))
        if ours or error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
            raise UserError(
                f"cannot write {target}: {error.strerror or error}; nothing was left behind, "
                "free some space or choose another path"
            ) from error
        raise
    except Exception as error:
        if "(os error " not in str(error):  # how safetensors and tokenizers, written in Rust, report a full disk
            raise
        raise UserError(
            f"cannot write {target}: {error}; nothing was left behind, free some space or choose another path"
        ) from error
    finally:
        remove(draft)


def clean_up(target: Path) -> None:
    """Remove the drafts that killed processes left of `target`, and put back a folder that one of them replaced."""
    # Several endings: of a draft that was written to by way of a draft of its own.
    draft = re.compile(rf"\.+{re.escape(target.name)}(?:\.(\d+)\.tmp{re.escape(target.suffix)})+({re.escape(_OLD)})?")
    if not target.parent.is_dir():
        return
    for path in sorted(target.parent.iterdir()):
        found = draft.fullmatch(path.name)
        if not found or _runs(int(found[1])):
            continue
        if found[2] and not target.exists():  # killed between the two renames
            os.replace(path, target)
        else:
            remove(path)


def _runs(process: int) -> bool:
    """Return whether a process of this number runs on this machine, and is another one."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True


def _sync(path: Path) -> None:
    """Wait until a file, or every file of a folder, is on the disk: a rename may get there first."""
    for place in [*sorted(path.rglob("*")), path] if path.is_dir() else [path]:
        if not place.is_symlink():
            _sync_one(place)


def _sync_one(path: Path) -> None:
    with suppress(OSError) if path.is_dir() else nullcontext():  # not every file system can sync a folder
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _check_target(target: Path, mark: str) -> None:
    check_link(target, folder=bool(mark))
    if not target.is_dir() or target.is_symlink():
        return
    if not mark:
        raise UserError(f"cannot write the file {target}: it is a folder: name a file in it")
    others = sorted(entry.name for entry in target.iterdir())
    if others and mark not in others:
        raise UserError(
            f"cannot write the folder {target}: it holds other things ({', '.join(others[:3])}); "
            "name another folder, or move them"
        )


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    elif path.exists() or path.is_symlink():
        path.unlink()


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text with \\n line ends, completely or not at all."""
    with written(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, value: Any) -> None:
    """Write indented JSON. NaN and infinity are not JSON and raise ValueError."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> Any:
    """Return the content of a JSON file; a missing or broken one raises UserError."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing: run the stage that makes it (dvc repro)") from error
    except _BROKEN as error:
        raise _not_json(str(path), error) from error


def write_jsonl(path: str | Path, rows: list[dict[str, Any]]) -> None:
    """Write one JSON object a line, non-ASCII characters unescaped."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows))


def read_jsonl(path: str | Path) -> list[dict[str, Any]]:
    """Return the objects of a file of one JSON object a line; a broken line raises UserError with its number."""
    source = Path(path)
    if not source.is_file():
        raise UserError(f"{path} is missing: run the stage that makes it (dvc repro)")
    rows = []
    # Not splitlines(): it also breaks at U+2028 and the like, which JSON strings may hold unescaped.
    try:
        lines = source.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 ({error}): run the stage that makes it (dvc repro)") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except _BROKEN as error:
            raise _not_json(f"{path} line {number}", error) from error
        if not isinstance(row, dict):
            raise UserError(
                f"{path} line {number} must be an object like {{...}}, it is a {type(row).__name__}: run the stage "
                "that makes the file (dvc repro)"
            )
        rows.append(row)
    return rows


def _not_json(place: str, error: Exception) -> UserError:
    reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return UserError(f"{place} is not JSON ({reason}): run the stage that makes the file (dvc repro)")


def write_csv(path: str | Path, header: list[str], rows: Iterable[dict[str, object]]) -> None:
    """Write a CSV file in UTF-8 with \\n line ends, completely or not at all."""
    with written(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def guarded(cell: object) -> str:
    """Return a cell as text that no spreadsheet runs as a formula (OWASP, CSV Injection)."""
    text = str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def read_csv(path: str | Path, header: list[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file that a stage wrote; UserError unless it has the columns `header`."""
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = [name for name in header if name not in (reader.fieldnames or [])]
            if missing:
                raise UserError(f"{path} has no column {', '.join(missing)}: run the stage that makes it (dvc repro)")
            return list(reader)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UserError(f"{path} is missing: run the stage that makes it (dvc repro)") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not CSV in UTF-8 ({error}): run the stage that makes it (dvc repro)") from error
