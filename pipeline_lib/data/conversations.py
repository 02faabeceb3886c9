"""The turns of a conversation in any of the shapes in which files hold them: lists of objects, or of texts."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.cells import cell_text, parsed, shown
from pipeline_lib.data.headers import listed
from pipeline_lib.data.json_rows import RepeatedKeys

# The keys of speaker and text: this project's, OpenAI's messages, ShareGPT's conversations.
KEYS = (("speaker", "text"), ("role", "content"), ("from", "value"))
Keys = tuple[str, str]
IN_TURN = ("A", "B")  # the speakers of a list of texts

_ROLES = {  # what files call a role, and what it is; another name is a person's
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bot", "model"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("tool", "function", "observation", "ipython"), "tool"),
    "function_call": "call",
}
_TEXTS = ("text", "input_text", "output_text", "refusal")  # types of a content part that are text
_CALLS = ("tool_calls", "function_call")
_READ = {key for pair in KEYS for key in pair} | {"weight", *_CALLS}


@dataclass(frozen=True)
class Turn:
    """What one speaker said. `role`: user | assistant | system | tool | call (of a tool), "" for a person by name."""

    speaker: str  # as the file names it
    role: str
    text: str
    learnt: bool = True  # False where the file gives it the weight 0


def turn_list(cell: Any, origin: str) -> list[Any]:
    """Return the turns in a cell as the file has them: a list, or a list as text; [] where the cell is empty."""
    if cell is None or cell != cell or (isinstance(cell, str) and not cell.strip()):
        return []
    turns = parsed(cell) if isinstance(cell, str) else cell
    if not isinstance(turns, list):
        raise UserError(
            f"a conversation must be a list of {{role, content}}, {origin} has {shown(cell)}: mend that row"
        )
    return turns


def read_turns(entries: Sequence[Any], origin: str, keys: Keys | None = None) -> list[Turn]:
    """Return the turns in a list of objects, or of texts, which are said by A and B in turn.

    An object has a pair of KEYS, or `keys`. Text may be a list of content parts (OpenAI's), whose texts are joined by
    line breaks; calls of tools follow the text. `origin` names the list in messages. Raises UserError for another turn,
    for one without a speaker, and for content that is not text, such as an image.
    """
    if entries and all(isinstance(entry, str) for entry in entries):
        return [Turn(IN_TURN[at % 2], "", entry.strip()) for at, entry in enumerate(entries)]
    pair = keys or keys_of(entries)
    return [_turn(entry, f"{origin} turn {at}", keys, pair) for at, entry in enumerate(entries, start=1)]


def not_read_in_turns(lists: Iterable[Sequence[Any]]) -> list[str]:
    """Return the line of the log that names the keys of turns which read_turns does not read; [] where there are none.

    Keys without a value are not named.
    """
    turns = (turn for entries in lists for turn in entries if isinstance(turn, dict))
    names = dict.fromkeys(key for turn in turns for key, value in turn.items() if key not in _READ and value)
    return [f"not read in the turns: {listed(names, 40)}"] if names else []


def keys_of(entries: Sequence[Any]) -> Keys | None:
    """Return the pair of KEYS that the first turn has; None where it is no object with one."""
    first = entries[0] if entries else None
    return next((pair for pair in KEYS if isinstance(first, dict) and _has(first, pair)), None)


def _has(turn: dict[str, Any], keys: Keys) -> bool:
    """Return whether a turn has these keys; OpenAI's may call a tool instead of having content."""
    return keys[0] in turn and (keys[1] in turn or any(turn.get(key) for key in _CALLS))


def _turn(turn: Any, origin: str, keys: Keys | None, expected: Keys | None) -> Turn:
    """Return one turn, read by `keys` or the pair of KEYS that it has; `expected` is the pair of the first turn."""
    if isinstance(turn, RepeatedKeys):
        raise UserError(f"a turn must name each key once, {origin} is {shown(turn.pairs)}: mend it")
    keys = keys or keys_of([turn])
    if not isinstance(turn, dict) or keys is None or not _has(turn, keys):
        forms = " or ".join(f"{{{', '.join(pair)}}}" for pair in ([expected] if expected else KEYS))
        raise UserError(f"a turn must be {forms}, {origin} is {shown(turn)}: mend it")
    speaker = turn[keys[0]]
    if not isinstance(speaker, str) or not speaker.strip():
        raise UserError(f"a turn must have a speaker, {origin} has {shown(speaker)}: name one")
    speaker = " ".join(speaker.split())
    # A speaker called SYSTEM may be a person's partner: only a role says what a turn is.
    role = _ROLES.get(speaker.casefold(), "") if keys != KEYS[0] else ""
    calls = [text for key in _CALLS for text in _calls(turn.get(key), origin)]
    text = "\n".join(filter(None, [content_text(turn.get(keys[1]), origin), *calls]))
    return Turn(speaker, "call" if calls else role, text, turn.get("weight") != 0)


def content_text(content: Any, origin: str) -> str:
    """Return the text of a turn's content, a cell or a list of parts; UserError for parts that are no text."""
    if not isinstance(content, list | dict):
        return cell_text(content, origin)
    parts = content if isinstance(content, list) else [content]
    texts = []
    for part in parts:
        kind = part.get("type", "text") if isinstance(part, dict) else None
        text = part.get(kind, part.get("text")) if kind in _TEXTS else part
        if not isinstance(text, str):
            what = f"a part of the type {shown(kind)}" if isinstance(kind, str) and kind not in _TEXTS else shown(part)
            raise UserError(
                f"a turn must be text, {origin} has {what}: the models here read text alone, so take the rows that "
                "have such parts out, or write what they show as text"
            )
        texts.append(text.strip())
    return "\n".join(filter(None, texts))


def _calls(calls: Any, origin: str) -> list[str]:
    """Return each call of a tool as its name and arguments."""
    found = []
    for call in calls if isinstance(calls, list) else [calls] if calls else []:
        inner = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
            raise UserError(f"a call of a tool must have a name, {origin} has {shown(call)}: mend it")
        arguments = inner.get("arguments")
        text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
        found.append(f"{inner['name']} {text}".strip())
    return found
