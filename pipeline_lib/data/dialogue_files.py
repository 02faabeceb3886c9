"""The dialogues of a user's file, in whatever layout it holds them."""

import contextlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_lib.core.dialogues import LABEL
from pipeline_lib.core.errors import UserError
from pipeline_lib.data.chat_exports import (
    Chat,
    is_discord,
    is_whatsapp,
    read_discord,
    read_whatsapp,
    split_at_pauses,
)
from pipeline_lib.data.conversations import IN_TURN, KEYS, Turn, keys_of, not_read_in_turns, read_turns, turn_list
from pipeline_lib.data.headers import find_header, listed
from pipeline_lib.data.json_rows import DECODER, RepeatedKeys
from pipeline_lib.data.records import JSON_LINES, Records, read_records
from pipeline_lib.data.tables import check_names, match_columns, not_read
from pipeline_lib.data.text_files import ending, read_text

LAYOUTS = (
    "turns: a list of {speaker, text}",
    "messages: a list of {role, content}",
    "conversations: a list of {from, value}",
    "dialog: a list of texts",
    "an object of speakers and their texts, a speaker once for each turn",
)
# A dialogue is read from the first of these columns that it has.
_LISTS = ("turns", "messages", "conversations", "conversation", "dialog", "dialogue", "utterances")
_NAMES = ("turns", "speaker", "text", "id", "topic")  # what `columns` may name
_QUESTIONS = ("question", "instruction", "prompt", "completion")  # headers of questions and answers
_JSON = (".json", *JSON_LINES)
_ENDED = "__eou__"  # ends a turn in DailyDialog's own text files, which have a dialogue a line


@dataclass(frozen=True)
class Dialogue:
    """One dialogue of a file: its id and topic, "" where it has none, and its turns."""

    name: str
    topic: str
    turns: list[Turn]


@dataclass(frozen=True)
class DialogueFile:
    """The dialogues of a file, the layout they are in, and lines for the log."""

    dialogues: list[Dialogue]
    layout: str
    notes: list[str]


def read_dialogues(source: Path, columns: dict[str, str], encoding: str = "auto") -> DialogueFile:
    """Return the dialogues of a file; `columns` maps turns, speaker, text, id and topic to the file's names.

    Reads any of LAYOUTS in JSON, Parquet or a table's cells; .txt: lines "Name: text" with an empty line between
    dialogues, DailyDialog's lines, a chat exported from WhatsApp; and Discord's exports. A chat is divided at its
    pauses. Raises UserError for a missing, empty or broken file, another layout, a turn without speaker, and a line
    without a label.
    """
    check_names(columns, _NAMES)
    if ending(source)[0] == ".txt":
        text, notes = read_text(source, encoding)
        found = _plain(source, text)
    else:
        records = dialogue_records(source, encoding)
        notes, found = records.notes, dialogues_of(records, columns)
    if not found.dialogues:
        raise UserError(f"{source} holds no dialogues: it needs at least two")
    return DialogueFile(found.dialogues, found.layout, [*notes, *found.notes])


def _plain(source: Path, text: str) -> DialogueFile:
    """Return the dialogues of a text: an exported chat, DailyDialog's lines, or lines of NAME: TEXT."""
    if is_whatsapp(text):
        return _of_chat(read_whatsapp(source, text))
    if _ENDED in text:
        lists = [[part for part in line.split(_ENDED) if part.strip()] for line in text.split("\n") if line.strip()]
        layout = f"lines of texts that end in {_ENDED}, said by {' and '.join(IN_TURN)} in turn"
        return DialogueFile([Dialogue("", "", read_turns(entries, str(source))) for entries in lists], layout, [])
    dialogues: list[list[Turn]] = [[]]
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            dialogues.append([])
            continue
        found = LABEL.match(line.strip())
        if not found:
            raise UserError(
                f"each line must begin with its speaker, like Alex: Hello, {source} line {number} is "
                f"{line.strip()[:40]!r}: put the name before it, or join it to the line above"
            )
        dialogues[-1].append(Turn(found["speaker"].strip(), "", line.strip()[found.end() :]))
    return DialogueFile([Dialogue("", "", turns) for turns in dialogues if turns], "lines of NAME: TEXT", [])


def _of_chat(chat: Chat) -> DialogueFile:
    """Return the dialogues of an exported chat."""
    parts = split_at_pauses(chat.messages)
    dialogues = [Dialogue("", "", [Turn(one.speaker, "", one.text) for one in part]) for part in parts]
    return DialogueFile(dialogues, f"a chat exported from {chat.kind}", chat.notes(len(dialogues)))


def dialogue_records(source: Path, encoding: str) -> Records:
    """Return the rows of a file; a JSON list of lists of turns as rows with the one column `turns`."""
    kind = ending(source)[0]
    if kind in _JSON:
        text, notes = read_text(source, encoding)
        lists = _lists(text) if re.match(r"\s*\[\s*\[" if kind == ".json" else r"\s*\[", text) else None
        if lists:
            return Records(source, ["turns"], [{"turns": turns} for turns in lists], notes, first_line=False)
    return read_records(source, encoding)


def _lists(text: str) -> list[Any] | None:
    """Return the lists in a JSON list, or one a line; None for anything else."""
    lines = [line for line in text.split("\n") if line.strip()]
    for read in (lambda: DECODER.decode(text), lambda: [DECODER.decode(line) for line in lines]):
        with contextlib.suppress(ValueError, RecursionError):
            found = read()
            if isinstance(found, list) and all(isinstance(one, list) for one in found):
                return found
    return None


def dialogues_of(records: Records, columns: dict[str, str]) -> DialogueFile:
    """Return the dialogues of rows, each of one dialogue, or of an export of Discord; raises as read_dialogues."""
    if is_discord(records):
        return _of_chat(read_discord(records))
    own = {name: header for name, header in columns.items() if name in ("id", "topic", "turns")}
    headers = match_columns(records, own, [name for name in own if name == "turns"], ("id", "topic", "system"))
    named = {headers[name] for name in ("id", "topic") if name in headers}
    lists = [headers["turns"]] if "turns" in headers else [find_header(name, records.headers) for name in _LISTS]
    keys = columns.get("speaker"), columns.get("text")
    dialogues, layouts, used, entries = [], Counter[str](), set(named), []
    for number, row in enumerate(records.rows, start=1):
        origin = f"{records.path} dialogue {number}"
        name, topic = (_cell(row.get(headers[key])) if key in headers else "" for key in ("id", "topic"))
        header = next((one for one in lists if one and _is_list(row.get(one))), None)
        if header is None:
            turns, layout = _speakers_as_keys(records, row, named, origin), LAYOUTS[-1]
            used |= set(row)
        else:
            found = turn_list(row[header], origin)
            turns, layout = _turns(found, keys, origin), f"{header}: {_form(found, keys)}"
            system = _cell(row.get(headers.get("system", "")))
            turns = [Turn("system", "system", system)] * bool(system) + turns
            used |= {header, headers.get("system", header)}
            entries.append(found)
        dialogues.append(Dialogue(name, topic, turns))
        layouts[layout] += 1
    return DialogueFile(dialogues, " and ".join(layouts), [*not_read(records, used), *not_read_in_turns(entries)])


def _is_list(cell: Any) -> bool:
    return isinstance(cell, list) or (isinstance(cell, str) and cell.lstrip().startswith("["))


def _turns(entries: list[Any], keys: tuple[str | None, str | None], origin: str) -> list[Turn]:
    """Return the turns of a list, `keys` being the names that the user gives speaker and text."""
    return read_turns(entries, origin, _own(entries, keys) if any(keys) else None)


def _own(entries: list[Any], keys: tuple[str | None, str | None]) -> tuple[str, str]:
    """Return the keys of speaker and text: the user's, or those of the list."""
    usual = keys_of(entries) or KEYS[0]
    return keys[0] or usual[0], keys[1] or usual[1]


def _form(entries: list[Any], keys: tuple[str | None, str | None]) -> str:
    """Return what a list holds, in words."""
    if entries and isinstance(entries[0], str):
        return f"a list of texts, said by {' and '.join(IN_TURN)} in turn"
    return f"a list of {{{', '.join(_own(entries, keys))}}}"


def _speakers_as_keys(records: Records, row: dict[str, Any], named: set[str], origin: str) -> list[Turn]:
    """Return the turns of a JSON object of speakers and their texts."""
    if keys_of([row]):
        raise UserError(
            f"each entry must be a dialogue, {origin} is a single turn: put the turns of each dialogue in a list of "
            "their own"
        )
    every = row.pairs if isinstance(row, RepeatedKeys) else list(row.items())
    pairs = [(who, text) for who, text in every if who not in named]
    if ending(records.path)[0] in _JSON and pairs and all(isinstance(text, str) for _, text in pairs):
        return [Turn(who, "", text) for who, text in pairs]
    single = any(find_header(name, records.headers) for name in _QUESTIONS)
    raise UserError(
        f"{origin} is in no known layout: {'; '.join(LAYOUTS)}; it has {listed(row) if row else 'none'}"
        + (": use recipes/company for questions and answers" if single else "")
    )


def _cell(value: Any) -> str:
    """Return a cell as text; a list as its entries, separated by commas."""
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return "" if value is None or value != value else " ".join(str(value).split())
