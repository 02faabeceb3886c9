"""The user's file, or a folder's training and test file, read into rows; rows that cannot be used are left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example, check_labels
from pipeline_lib.core.tasks import TaskData
from pipeline_lib.data.tables import FORMATS, data_files


@dataclass(frozen=True)
class UserRows:
    """The rows of the user's data that can be used, and which were left out."""

    origin: str  # the file or folder, for messages
    train: list[Example]  # of the only file, or of the training file
    test: list[Example]  # of the test file; [] where there is none
    count: int  # rows read, without those in `faults`
    incomplete: int  # rows left out for an empty input or target
    faults: dict[str, list[str]]  # kind -> ids of rows left out, as the task finds them
    unsupported: list[str]  # ids of rows whose answer is not in their passage; left out only if the user wants that
    schemas: list[str]  # lines for the log, each after its file's name: its layout, how it was read, what was not read


def read_user_rows(
    task: TaskData,
    path: str | Path,
    columns: dict[str, str],
    split: Mapping[str, Any],
    task_params: Mapping[str, Any],
    encoding: str = "auto",
) -> UserRows:
    """Return the usable rows of a file or of a folder's two files; ids and groups of the second begin with "test-".

    split: the settings `incomplete` and `unsupported`; task_params: what the task's PARAMS names.
    Raises UserError as the task's `read` does, for incomplete rows where they are not to be dropped, for a file
    without any complete row, and for a label of a test row that no training row has.
    """
    faults: dict[str, list[str]] = {}
    schemas: list[str] = []
    files: list[list[Example]] = []
    count = incomplete = 0
    # Both files number their rows from 1, so the second needs a prefix.
    for file, prefix in zip(data_files(path, getattr(task, "FORMATS", FORMATS)), ("", "test-"), strict=False):
        table = task.read(file, columns, encoding)
        said = [table.attrs["schema"]] if "schema" in table.attrs else []
        schemas += [f"{file}: {line}" for line in said + table.attrs.get("notes", [])]
        rows = task.examples(table, **task_params)
        found: dict[str, list[str]] = task.faults(table) if hasattr(task, "faults") else {}
        at_fault = {name for ids in found.values() for name in ids}
        for kind, ids in found.items():
            if ids:
                faults.setdefault(kind, []).extend(prefix + name for name in ids)
        rows = [
            {**row, "id": prefix + row["id"], "group": prefix + row["group"]}
            for row in rows
            if row["id"] not in at_fault
        ]
        if not rows:
            kinds = ", ".join(f"{kind.replace('_', ' ')} ({len(ids)})" for kind, ids in found.items() if ids)
            raise UserError(f"no row of {file} can be used, all are left out: {kinds}; bring others, or mend them")
        complete = _complete(rows, file, split["incomplete"])
        count += len(rows)
        incomplete += len(rows) - len(complete)
        files.append(complete)
    train, test = files if len(files) == 2 else (files[0], [])
    test = [row for row in test if "turn" not in row]  # a conversation is tested once, on its last answer
    unsupported = [row["id"] for row in train + test if row.get("unsupported")]
    test = _with_labels_of(train, test)
    if split["unsupported"] == "drop":
        train, test = ([row for row in rows if not row.get("unsupported")] for rows in (train, test))
    return UserRows(str(path), train, test, count, incomplete, faults, unsupported, schemas)


def _complete(rows: list[Example], path: Path, incomplete: str) -> list[Example]:
    """Return the rows with an input and a target; UserError where `incomplete` is "fail" and some lack one."""
    blank = [row for row in rows if not (row["source"] and row["target"])]
    if blank and incomplete == "fail":
        part = "target" if blank[0]["source"] else "input"
        raise UserError(
            f"every row needs an input and a target, row {blank[0]['id']} of {path} has an empty {part} "
            f"({len(blank)} such rows in all): fill it in, or set split.incomplete: drop in the params file"
        )
    if len(blank) == len(rows):
        raise UserError(f"all {len(rows)} rows of {path} are incomplete: check columns in the params file")
    return [row for row in rows if row["source"] and row["target"]]


def _with_labels_of(train: list[Example], test: list[Example]) -> list[Example]:
    """Return the test rows with the training rows' `labels`; UserError for a target that is none of these."""
    if not test or "labels" not in train[0]:
        return test
    labels = train[0]["labels"]
    check_labels(test, labels, "the test table")
    return [{**row, "labels": labels} for row in test]
