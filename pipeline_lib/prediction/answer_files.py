"""The file of a prediction: the user's rows with an answer beside each."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import guarded, write_jsonl, written
from pipeline_lib.data.headers import find_header
from pipeline_lib.data.records import Records

SEPARATORS = {".csv": ",", ".tsv": "\t"}
ENDINGS = (*SEPARATORS, ".jsonl")


def check_ending(path: Path) -> None:
    """Raise UserError for a file that write_answers cannot write."""
    if path.suffix not in ENDINGS:
        raise UserError(
            f"--out must end in {', '.join(ENDINGS)}, {path} ends in {path.suffix or 'nothing'!r}: rename it"
        )


def columns_of(records: Records, answers: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the header of each key of the answers: its own, with "predicted_" before it where the file has that."""
    taken = records.headers
    return {
        key: key if find_header(key, taken) is None else f"predicted_{key}" for key in (answers[0] if answers else {})
    }


def write_answers(path: Path, records: Records, answers: Sequence[Mapping[str, Any]]) -> None:
    """Write the file's columns as they are, and after them those of the answers.

    In CSV and TSV an answer that a spreadsheet would run as a formula has an apostrophe before it (core.files.guarded),
    and a cell that is no text is written as JSON.
    """
    names = columns_of(records, answers)
    rows = [
        {**cells, **{names[key]: value for key, value in answer.items()}}
        for cells, answer in zip(records.rows, answers, strict=True)
    ]
    if path.suffix == ".jsonl":
        write_jsonl(path, rows)
        return
    header = [*records.headers, *names.values()]
    with written(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=SEPARATORS[path.suffix], lineterminator="\n")
        writer.writerow(header)
        own = set(names.values())
        for row in rows:
            writer.writerow([_cell(row.get(name), name in own) for name in header])


def _cell(value: Any, ours: bool) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return guarded(value) if ours else value
