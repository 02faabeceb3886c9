"""The rows of the task dialogue: dialogues of any number of speakers, from a file in one of several layouts."""

import json
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

PARAMS = ("dialogue",)
DISTINCT = True  # dialogues of one group are copies: a test dialogue is one of them
ALL = "all"
FORMATS = (".json", ".jsonl", ".txt")
LAYOUTS = (
    "turns: a list of {speaker, text}",
    "messages: a list of {role, content}",
    "conversations: a list of {from, value}",
    "an object of speakers and their texts, a speaker once for each turn",
)
# Column -> the keys of speaker and text in its turns. A dialogue is read from the first of these columns that it has.
_LISTS = {
    "turns": ("speaker", "text"),
    "messages": ("role", "content"),
    "conversations": ("from", "value"),
}
_NAMES = ("turns", "speaker", "text", "id", "topic")  # what `columns` may name


class _Pairs(list[tuple[str, Any]]):
    """The (key, value) pairs of a JSON object in order, repeated keys included."""


def read(path: str | Path, columns: dict[str, str], encoding: str = "auto") -> pd.DataFrame:
    """Return a table of one dialogue a row with id, topic and turns, a list of {speaker, text}.

    Reads JSON and JSONL in any of LAYOUTS, and .txt: lines "Name: text", an empty line between dialogues.
    `attrs["schema"]` names the layout. Line breaks and runs of space within a turn become one space, since a line
    break ends a turn in a transcript. The id is the file's, or the dialogue's number from 1; topic is "" where there
    is none.

    Raises UserError for a missing, empty or broken file, another ending, another layout, a turn without speaker, a
    line without a label, and an id that occurs twice.
    """
    source = Path(path)
    for name in columns:
        if name not in _NAMES:
            raise UserError(
                f"columns.{name} is no column of this task{did_you_mean(name, _NAMES)}: it knows {', '.join(_NAMES)}"
            )
    text = _text(source)
    if source.suffix.lower() == ".txt":
        found, schema = _plain(source, text), "lines of NAME: TEXT"
    else:
        found, schema = _listed(source, text, columns)
    if not found:
        raise UserError(f"{path} holds no dialogues: it needs at least two")
    table = pd.DataFrame(found, index=pd.RangeIndex(1, len(found) + 1), columns=["id", "topic", "turns"])
    table["id"] = [name or str(number) for number, name in table["id"].items()]
    twice = [name for name, count in Counter(table["id"]).items() if count > 1]
    if twice:
        raise UserError(f"ids must be distinct, {path} has {twice[0]!r} more than once: give one of them another")
    table.attrs["schema"] = schema
    return table


def documents(table: pd.DataFrame) -> list[str]:
    """Return the text of each distinct dialogue, without labels."""
    texts = ("\n".join(turn["text"] for turn in turns).strip() for turns in table["turns"])
    return [text for text in dict.fromkeys(texts) if text]


def faults(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the ids of unusable dialogues by kind: single_turn, which has no reply, and empty_turn."""
    single = [name for name, turns in zip(table["id"], table["turns"], strict=True) if len(turns) < 2]
    empty = [
        name
        for name, turns in zip(table["id"], table["turns"], strict=True)
        if any(not turn["text"] for turn in turns) and len(turns) > 1
    ]
    return {"single_turn": single, "empty_turn": empty}


def examples(table: pd.DataFrame, dialogue: dict[str, Any]) -> list[Example]:
    """Return one example a dialogue, with `turns`, each {speaker, text, learnt}.

    dialogue: the settings; `train_on` is ALL, or the speaker whose turns are trained on and predicted (`learnt`).
    `source` is the transcript of all turns, `target` the last turn. Equal transcripts, but for case, space and
    punctuation, share `group` (an id). Raises UserError for a speaker who is in no dialogue.
    """
    train_on = dialogue["train_on"]
    speakers = sorted({turn["speaker"] for turns in table["turns"] for turn in turns})
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
                "turns": [{**turn, "learnt": train_on in (ALL, turn["speaker"])} for turn in turns],
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


def _text(source: Path) -> str:
    if source.suffix.lower() not in FORMATS:
        raise UserError(
            f"dialogues must be in a file that ends in {', '.join(FORMATS)}, {source} ends in "
            f"{source.suffix or 'nothing'!r}: convert it"
        )
    if not source.is_file():
        raise UserError(f"data file {source} is missing: put it there, or name another under data in the params file")
    try:
        return source.read_bytes().decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{source} is not UTF-8 (byte {error.object[error.start]:#04x} at {error.start}): save it as UTF-8"
        ) from error


def _plain(source: Path, text: str) -> list[tuple[str, str, list[dict[str, str]]]]:
    """Return the dialogues of a transcript."""
    dialogues: list[list[dict[str, str]]] = [[]]
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            dialogues.append([])
            continue
        found = LABEL.match(row.strip())
        if not found:
            raise UserError(
                f"each line must begin with its speaker, like Alex: Hello, {source} line {number} is "
                f"{row.strip()[:40]!r}: put the name before it, or join it to the line above"
            )
        dialogues[-1].append({"speaker": found["speaker"].strip(), "text": _one_line(row.strip()[found.end() :])})
    return [("", "", turns) for turns in dialogues if turns]


def _listed(
    source: Path, text: str, columns: dict[str, str]
) -> tuple[list[tuple[str, str, list[dict[str, str]]]], str]:
    """Return the dialogues of JSON or JSONL, and the layout they are in."""
    found, schemas = [], Counter[str]()
    for where, value in _values(source, text):
        one, schema = _dialogue(value, columns, f"{source} {where}")
        found.append(one)
        schemas[schema] += 1
    return found, " and ".join(schemas)


def _values(source: Path, text: str) -> list[tuple[str, Any]]:
    if source.suffix.lower() == ".jsonl":
        # Not splitlines(): it also breaks at U+2028 and the like, which JSON strings may hold unescaped.
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        return [(f"line {number}", _parsed(source, line, number)) for number, line in lines]
    if not text.strip():
        return []
    whole = _parsed(source, text, 1)
    if isinstance(whole, _Pairs) or not isinstance(whole, list):
        raise UserError(f"{source} must be a list of dialogues, it is one value: put it in [ and ]")
    return [(f"dialogue {number}", value) for number, value in enumerate(whole, start=1)]


def _parsed(source: Path, text: str, line: int) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        hint = "name it .jsonl if it is one object a line" if error.msg == "Extra data" else "mend that place"
        raise UserError(
            f"{source} line {line + error.lineno - 1} column {error.colno} is not JSON ({error.msg}): {hint}"
        ) from error


def _dialogue(value: Any, columns: dict[str, str], origin: str) -> tuple[tuple[str, str, list[dict[str, str]]], str]:
    """Return (id, topic, turns) of one dialogue, and the layout it is in."""
    if not isinstance(value, _Pairs):
        if not isinstance(value, list):
            raise UserError(f"{origin} must be one of these: {'; '.join(LAYOUTS)}; it is {_short(value)}")
        value = _Pairs([("turns", value)])  # a bare list of turns
    cells = dict(value)
    name, topic = (_cell(cells.get(str(columns.get(key, key)))) for key in ("id", "topic"))
    for column, (speaker, text) in _LISTS.items():
        header = str(columns.get("turns", column))
        if isinstance(cells.get(header), list):
            keys = (str(columns.get("speaker", speaker)), str(columns.get("text", text)))
            turns = [_turn(turn, keys, f"{origin} turn {at}") for at, turn in enumerate(cells[header], start=1)]
            return (name, topic, turns), f"{header}: a list of {{{', '.join(keys)}}}"
    if any(set(keys) <= set(cells) for keys in _LISTS.values()):
        raise UserError(
            f"each entry must be a dialogue, {origin} is a single turn: put the turns of each dialogue in a list of "
            "their own"
        )
    pairs = [(who, text) for who, text in value if who not in [str(columns.get(key, key)) for key in ("id", "topic")]]
    if pairs and all(isinstance(text, str) for _, text in pairs):
        turns = [{"speaker": _name(who, origin), "text": _one_line(text)} for who, text in pairs]
        return (name, topic, turns), LAYOUTS[-1]
    raise UserError(f"{origin} is in no known layout: {'; '.join(LAYOUTS)}; it has {', '.join(cells) or 'none'}")


def _turn(turn: Any, keys: tuple[str, str], origin: str) -> dict[str, str]:
    cells = dict(turn) if isinstance(turn, _Pairs) else {}
    if not isinstance(turn, _Pairs) or not all(key in cells for key in keys):
        raise UserError(f"a turn must be {{{', '.join(keys)}}}, {origin} is {_short(turn)}: mend it")
    text = cells[keys[1]]
    if text is not None and not isinstance(text, str):
        raise UserError(f"a turn's text must be text, {origin} has {_short(text)}: mend it")
    return {"speaker": _name(cells[keys[0]], origin), "text": _one_line(text or "")}


def _name(value: Any, origin: str) -> str:
    name = _one_line(value) if isinstance(value, str) else ""
    if not name or not LABEL.fullmatch(f"{name}:"):
        raise UserError(
            f"a speaker must be a name of at most 60 letters without a colon, {origin} has {_short(value)}: mend it"
        )
    return name


def _cell(value: Any) -> str:
    """Return a cell as text; a list as its entries, separated by commas."""
    if isinstance(value, list) and not isinstance(value, _Pairs):
        return ", ".join(map(_cell, value))
    return "" if value is None else _one_line(str(value))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _short(value: Any) -> str:
    text = repr(dict(value) if isinstance(value, _Pairs) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
