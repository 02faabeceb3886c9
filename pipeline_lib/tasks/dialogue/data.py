"""The rows of the task dialogue: dialogues of any number of speakers, from a file in one of several layouts."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline_lib.core.dialogues import LABEL, transcript, turns_to_predict
from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.core.rows import Example
from pipeline_lib.core.text import normalised
from pipeline_lib.data.cells import shown
from pipeline_lib.data.chat_exports import speakers_line
from pipeline_lib.data.conversations import Turn
from pipeline_lib.data.dialogue_files import read_dialogues

PARAMS = ("dialogue",)
DISTINCT = True  # dialogues of one group are copies: a test dialogue is one of them
ALL = "all"


def read(path: str | Path, columns: dict[str, str], encoding: str = "auto") -> pd.DataFrame:
    """Return a table of one dialogue a row with id, topic and turns, a list of {speaker, text}.

    Reads what dialogue_files.read_dialogues reads. A turn has `system` where it is a system text, and `learnt` False
    where the file gives it no weight. `attrs["schema"]` names the layout, `attrs["notes"]` are lines for the log. Line
    breaks and runs of space within a turn become one space, since a line break ends a turn in a transcript. The id is
    the file's, or the dialogue's number from 1; topic is "" where there is none.

    Raises UserError as read_dialogues does, and for an id that occurs twice.
    """
    found = read_dialogues(Path(path), columns, encoding)
    rows = [
        (one.name or str(number), one.topic, turn_rows(one.turns, f"{path} dialogue {number}"))
        for number, one in enumerate(found.dialogues, start=1)
    ]
    table = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1), columns=["id", "topic", "turns"])
    twice = [name for name, count in Counter(table["id"]).items() if count > 1]
    if twice:
        raise UserError(f"ids must be distinct, {path} has {twice[0]!r} more than once: give one of them another")
    spoken = [turn["speaker"] for turns in table["turns"] for turn in turns if "system" not in turn]
    table.attrs["schema"] = found.layout
    table.attrs["notes"] = [*found.notes, speakers_line(spoken)]
    return table


def documents(table: pd.DataFrame) -> list[str]:
    """Return the text of each distinct dialogue, without labels."""
    texts = ("\n".join(turn["text"] for turn in turns).strip() for turns in table["turns"])
    return [text for text in dict.fromkeys(texts) if text]


def faults(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the ids of unusable dialogues by kind: single_turn, which has no reply, and empty_turn."""
    found: dict[str, list[str]] = {"single_turn": [], "empty_turn": []}
    for name, turns in zip(table["id"], table["turns"], strict=True):
        if sum("system" not in turn for turn in turns) < 2:
            found["single_turn"].append(name)
        elif any(not turn["text"] for turn in turns):
            found["empty_turn"].append(name)
    return found


def examples(table: pd.DataFrame, dialogue: dict[str, Any]) -> list[Example]:
    """Return one example a dialogue, with `turns`, each {speaker, text, learnt}.

    dialogue: the settings; `train_on` is ALL, or the speaker whose turns are trained on and predicted (`learnt`); a
    system text never is, nor a turn to which the file gives no weight.
    `source` is the transcript of all turns, `target` the last turn. Equal transcripts, but for case, space and
    punctuation, share `group` (an id). Raises UserError for a speaker who is in no dialogue.
    """
    train_on = dialogue["train_on"]
    speakers = sorted({turn["speaker"] for turns in table["turns"] for turn in turns if "system" not in turn})
    if train_on != ALL and train_on not in speakers:
        known = [ALL, *speakers]
        raise UserError(
            f"dialogue.train_on must be all or a speaker, {train_on!r} is none of the data's"
            f"{did_you_mean(train_on, known)}: they are {', '.join(speakers[:10])}"
            f"{' and others' if len(speakers) > 10 else ''}"
        )
    first: dict[str, str] = {}
    made = []
    for name, topic, turns in zip(table["id"], table["topic"], table["turns"], strict=True):
        text = transcript(turns)
        made.append(
            {
                "id": name,
                "group": first.setdefault(normalised(text), name),
                "stratum": topic,
                "source": text,
                "target": turns[-1]["text"] if turns else "",
                "turns": [{**turn, "learnt": _learnt(turn, train_on)} for turn in turns],
            }
        )
    return made


def questions(rows: Sequence[Example], dialogue: dict[str, Any]) -> list[Example]:
    """Return the turns to predict of validation or test dialogues as rows (core.dialogues.turns_to_predict).

    Of each dialogue at most `dialogue["turns_asked"]`, evenly spread, its last learnt turn among them; none of a
    dialogue without a learnt reply.
    """
    selected: list[Example] = []
    for row in rows:
        turns = turns_to_predict(row)
        count = min(dialogue["turns_asked"], len(turns))
        selected += [turns[len(turns) - 1 - at * len(turns) // count] for at in reversed(range(count))]
    return selected


def _learnt(turn: dict[str, Any], train_on: str) -> bool:
    return "system" not in turn and turn.get("learnt", True) and train_on in (ALL, turn["speaker"])


def turn_rows(turns: Sequence[Turn], origin: str) -> list[dict[str, Any]]:
    """Return turns as rows of a transcript, an empty system text left out."""
    rows = []
    for at, turn in enumerate(turns, start=1):
        row: dict[str, Any] = {"speaker": _name(turn.speaker, f"{origin} turn {at}"), "text": _one_line(turn.text)}
        if turn.role == "system":
            row["system"] = True
        if not turn.learnt:
            row["learnt"] = False
        if row["text"] or turn.role != "system":
            rows.append(row)
    return rows


def _name(value: str, origin: str) -> str:
    name = _one_line(value)
    if not LABEL.fullmatch(f"{name}:"):
        raise UserError(
            f"a speaker must be a name of at most 60 letters without a colon, {origin} has {shown(value)}: mend it"
        )
    return name


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
