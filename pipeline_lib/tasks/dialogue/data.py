"""Dialogues: the turns so far in, the next one out; any number of speakers, in whichever layout the file is."""

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
DISTINCT = True  # test dialogues are one of each group, of those that repeat one another
ALL = "all"
FORMATS = (".json", ".jsonl", ".txt")
LAYOUTS = (
    "turns: a list of {speaker, text}",
    "messages: a list of {role, content}",
    "conversations: a list of {from, value}",
    "an object of speakers and what they say, a speaker as often as they speak",
)
# Column -> what its list's turns call speaker and text; the first that a dialogue has is the one.
_LISTS = {
    "turns": ("speaker", "text"),
    "messages": ("role", "content"),
    "conversations": ("from", "value"),
}
_NAMES = ("turns", "speaker", "text", "id", "topic")  # what `columns` may name


class _Said(list[tuple[str, Any]]):
    """The pairs of a JSON object in order, a repeated key as often as it stands there."""


def read(path: str | Path, columns: dict[str, str]) -> pd.DataFrame:
    """Return a table with id, topic and turns, a dialogue a row: turns is a list of {speaker, text}, text.

    Reads JSON and JSONL in any of LAYOUTS, and .txt: lines "Name: what is said", an empty line between dialogues.
    `attrs["schema"]` says which it was. Line breaks and runs of space within a turn become one space, as a line break
    ends a turn. The id is the file's, or the dialogue's number from 1; topic is "" where there is none.

    Raises UserError for a missing, empty or broken file, another ending, no layout of these, a turn without speaker, a
    line without a label, and an id that stands twice.
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
    """Return the ids of the dialogues at fault by kind: single_turn, to which nothing replies, and empty_turn."""
    single = [name for name, turns in zip(table["id"], table["turns"], strict=True) if len(turns) < 2]
    empty = [
        name
        for name, turns in zip(table["id"], table["turns"], strict=True)
        if any(not turn["text"] for turn in turns) and len(turns) > 1
    ]
    return {"single_turn": single, "empty_turn": empty}


def examples(table: pd.DataFrame, dialogue: dict[str, Any]) -> list[Example]:
    """Return one example a dialogue: what every task's has, and `turns`, each {speaker, text, learnt}.

    `dialogue` is the params file's: its `learn` is ALL, or the speaker whose turns are learnt and asked for. `source`
    is the whole transcript, `target` its last turn. Equal transcripts, but for case, space and punctuation, share
    `group` (an id). Raises UserError for a speaker whom no dialogue has.
    """
    learn = dialogue["train_on"]
    speakers = sorted({turn["speaker"] for turns in table["turns"] for turn in turns})
    if learn != ALL and learn not in speakers:
        known = [ALL, *speakers]
        raise UserError(
            f"dialogue.train_on must be all or a speaker, {learn!r} is none of the data's{did_you_mean(learn, known)}: they "
            f"are {', '.join(speakers[:10])}{' and others' if len(speakers) > 10 else ''}"
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
                "turns": [{**turn, "learnt": learn in (ALL, turn["speaker"])} for turn in turns],
            }
        )
    return made


def questions(rows: Sequence[Example], dialogue: dict[str, Any]) -> list[Example]:
    """Return what is asked of test dialogues: at most `dialogue["turns_asked"]` turns of each, evenly spread, its last
    learnt one among them (dialogues.replies). A dialogue without a learnt reply asks nothing.
    """
    asked = []
    for row in rows:
        turns = turns_to_predict(row)
        wanted = min(dialogue["turns_asked"], len(turns))
        asked += [turns[len(turns) - 1 - at * len(turns) // wanted] for at in reversed(range(wanted))]
    return asked


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
                f"each line must begin with who speaks, like Alex: Hello, {source} line {number} is "
                f"{row.strip()[:40]!r}: write the name before it, or join it to the line above"
            )
        dialogues[-1].append({"speaker": found["speaker"].strip(), "text": _folded(row.strip()[found.end() :])})
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
        # Not splitlines(): it also breaks at U+2028 and the like, which JSON strings may hold as they are.
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        return [(f"line {number}", _parsed(source, line, number)) for number, line in lines]
    if not text.strip():
        return []
    whole = _parsed(source, text, 1)
    if isinstance(whole, _Said) or not isinstance(whole, list):
        raise UserError(f"{source} must be a list of dialogues, it is one value: put it in [ and ]")
    return [(f"dialogue {number}", value) for number, value in enumerate(whole, start=1)]


def _parsed(source: Path, text: str, line: int) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_Said)
    except json.JSONDecodeError as error:
        hint = "name it .jsonl if it is one object a line" if error.msg == "Extra data" else "mend that place"
        raise UserError(
            f"{source} line {line + error.lineno - 1} column {error.colno} is not JSON ({error.msg}): {hint}"
        ) from error


def _dialogue(value: Any, columns: dict[str, str], origin: str) -> tuple[tuple[str, str, list[dict[str, str]]], str]:
    """Return (id, topic, turns) of one dialogue, and the layout it is in."""
    if not isinstance(value, _Said):
        if not isinstance(value, list):
            raise UserError(f"{origin} must be one of these: {'; '.join(LAYOUTS)}; it is {_short(value)}")
        value = _Said([("turns", value)])  # a bare list of turns
    cells = dict(value)
    name, topic = (_cell(cells.get(str(columns.get(key, key)))) for key in ("id", "topic"))
    for column, (speaker, said) in _LISTS.items():
        header = str(columns.get("turns", column))
        if isinstance(cells.get(header), list):
            keys = (str(columns.get("speaker", speaker)), str(columns.get("text", said)))
            turns = [_turn(turn, keys, f"{origin} turn {at}") for at, turn in enumerate(cells[header], start=1)]
            return (name, topic, turns), f"{header}: a list of {{{', '.join(keys)}}}"
    if any(set(keys) <= set(cells) for keys in _LISTS.values()):
        raise UserError(
            f"each entry must be a dialogue, {origin} is a single turn: put the turns of each dialogue in a list of "
            "their own"
        )
    pairs = [(who, said) for who, said in value if who not in [str(columns.get(key, key)) for key in ("id", "topic")]]
    if pairs and all(isinstance(said, str) for _, said in pairs):
        turns = [{"speaker": _name(who, origin), "text": _folded(said)} for who, said in pairs]
        return (name, topic, turns), LAYOUTS[-1]
    raise UserError(
        f"{origin} is in no layout that is known: {'; '.join(LAYOUTS)}; it has {', '.join(cells) or 'none'}"
    )


def _turn(turn: Any, keys: tuple[str, str], origin: str) -> dict[str, str]:
    cells = dict(turn) if isinstance(turn, _Said) else {}
    if not isinstance(turn, _Said) or not all(key in cells for key in keys):
        raise UserError(f"a turn must be {{{', '.join(keys)}}}, {origin} is {_short(turn)}: mend it")
    said = cells[keys[1]]
    if said is not None and not isinstance(said, str):
        raise UserError(f"what is said must be text, {origin} has {_short(said)}: mend it")
    return {"speaker": _name(cells[keys[0]], origin), "text": _folded(said or "")}


def _name(value: Any, origin: str) -> str:
    name = _folded(value) if isinstance(value, str) else ""
    if not name or not LABEL.fullmatch(f"{name}:"):
        raise UserError(
            f"a speaker must be a name of at most 60 letters without a colon, {origin} has {_short(value)}: mend it"
        )
    return name


def _cell(value: Any) -> str:
    """Return a cell as text; of a list its entries."""
    if isinstance(value, list) and not isinstance(value, _Said):
        return ", ".join(map(_cell, value))
    return "" if value is None else _folded(str(value))


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _short(value: Any) -> str:
    text = repr(dict(value) if isinstance(value, _Said) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
