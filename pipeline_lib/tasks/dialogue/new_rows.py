"""Dialogues whose next turn is to be written."""

from pathlib import Path
from typing import Any

from pipeline_lib.core.dialogues import transcript
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.data.dialogue_files import dialogue_records, dialogues_of
from pipeline_lib.data.records import Records
from pipeline_lib.data.text_files import ending
from pipeline_lib.tasks.dialogue.data import turn_rows

INPUT, TARGET = "turns", ""


def read_records(path: str | Path, encoding: str = "auto") -> Records:
    """Return the rows of a file. Raises UserError for plain text, whose lines no answer could stand beside."""
    if ending(Path(path))[0] == ".txt":
        raise UserError(f"dialogues to be continued must be rows, {path} is plain text: bring JSON, a dialogue a row")
    return dialogue_records(Path(path), encoding)


def new_rows(records: Records, columns: dict[str, str], data: dict[str, Any]) -> list[Example]:
    """Return one row for each dialogue, to predict the turn after its last."""
    rows = []
    for number, one in enumerate(dialogues_of(records, columns).dialogues, start=1):
        turns = turn_rows(one.turns, f"{records.path} dialogue {number}")
        name = one.name or str(number)
        rows.append(
            {
                "id": name,
                "group": name,
                "source": transcript(turns),
                "target": "",
                "speaker": "",
                "turns": [{**turn, "learnt": False} for turn in turns],
            }
        )
    return rows
