"""The rows of the task company: questions and answers from a file in one of the common schemas."""

import ast
import csv
import json
import re
from collections.abc import Collection, Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import CONTINUE, Example
from pipeline_lib.core.text import normalised
from pipeline_lib.data.tables import read_table

DISTINCT = True  # rows of one group have the same question: a test row is one of them

# Schema -> its required columns and its optional columns. A file is in the first schema that matches.
SCHEMAS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "messages": (("messages",), ()),
    "question/answer": (("question", "answer"), ()),
    "instruction/response": (("instruction", "response"), ("input", "context")),  # Dolly's has a context
    "instruction/output": (("instruction", "output"), ("input",)),  # Alpaca's own
    "prompt/completion": (("prompt", "completion"), ()),
    "input/output": (("input", "output"), ()),
    "text": (("text",), ()),
}

_NAMES = (*dict.fromkeys(name for parts in SCHEMAS.values() for part in parts for name in part), "topic")
_SPEAKERS = {"user": "User", "assistant": "Assistant"}
_BORDER = re.compile(r"(?<=[.!?])\s+|\n+")  # between two sentences
_MIN_WORDS = 6  # a single sentence of fewer words is too short to divide


def schema_of(columns: Iterable[str], named: Collection[str] = (), origin: str = "the data") -> str:
    """Return the name of the schema that a table with these columns is in: the first with all its required columns.

    Schemas with the plainest names come first, and instruction before input, since an input beside an instruction is a
    part of it. `named` are columns that the user chose: only schemas that have all of them are considered, and the
    first of these is returned where none is complete.
    Raises UserError for columns of no schema, with the known schemas and the columns found.
    """
    found = list(columns)
    wanted = set(named) - {"topic"}
    candidates = {name: parts for name, parts in SCHEMAS.items() if wanted <= {*parts[0], *parts[1]}}
    if not candidates:
        raise UserError(
            f"columns names {', '.join(sorted(wanted))} together, which are parts of no one schema: the schemas are "
            f"{', '.join(SCHEMAS)}; name the columns of one of them in the params file"
        )
    for name, (needed, _) in candidates.items():
        if set(needed) <= set(found):
            return name
    if wanted:
        return next(iter(candidates))
    raise UserError(
        f"the columns must be those of one schema ({', '.join(SCHEMAS)}), {origin} has {', '.join(found) or 'none'}: "
        "rename them, or say which is which in the params file, like columns: {question: header, answer: header}"
    )


def read(path: str | Path, columns: dict[str, str], encoding: str = "auto") -> pd.DataFrame:
    """Return a table with question, answer, topic and lead, all text, "" where there is none.

    lead: the text before the question in its prompt: a conversation's system turns, or CONTINUE for plain text.
    `attrs["schema"]` is the schema of the file (schema_of). An instruction's input or context follows it as a
    paragraph. Prompt and completion may be lists of turns, as messages are. Of a conversation the last assistant turn
    is the answer, and the turns before it are the question; turns after it are ignored. A text is divided by
    `divided`.
    Raises UserError as read_table and schema_of do, and for a conversation that is not a list of {role, content}.
    """
    headers = _headers(path, columns)
    renamed = {str(header): name for name, header in columns.items()}
    schema = schema_of([renamed.get(header, header) for header in headers], columns, str(path))
    needed, more = SCHEMAS[schema]
    more += ("topic",)
    # A column that the user named is required.
    raw = read_table(path, columns, needed + tuple(name for name in more if name in columns), more)
    rows = [_parts(schema, row, f"row {number} of {path}") for number, row in _rows(raw)]
    table = pd.DataFrame(rows, columns=["question", "answer", "lead"], index=raw.index, dtype=object)
    table.insert(2, "topic", raw["topic"])
    table.attrs["schema"] = schema
    return table


def faults(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the ids of the rows at fault by kind: duplicate, empty_question, empty_answer.

    A duplicate has the question, the answer and the lead of an earlier row, but for case, space and punctuation
    (core.text.normalised). A row may be of several kinds.
    """
    found: dict[str, list[str]] = {"duplicate": [], "empty_question": [], "empty_answer": []}
    seen: set[tuple[str, ...]] = set()
    for number, row in _rows(table):
        key = tuple(_key(row[name]) for name in ("lead", "question", "answer"))
        if key in seen:
            found["duplicate"].append(number)
        seen.add(key)
        for name in ("question", "answer"):
            if not row[name]:
                found[f"empty_{name}"].append(number)
    return found


def documents(table: pd.DataFrame) -> list[str]:
    """Return question and answer of each distinct row."""
    texts = (table["question"] + "\n" + table["answer"]).str.strip()
    return [text for text in dict.fromkeys(texts) if text]


def examples(table: pd.DataFrame) -> list[Example]:
    """Return one example a row, with `topic` and `lead` where there are any.

    The stratum is the topic. Equal questions, but for case, space and punctuation, share `group` (a row's id).
    """
    first: dict[str, str] = {}
    made = []
    for number, row in _rows(table):
        example = {
            "id": number,
            "group": first.setdefault(_key(row["question"]), number),
            "stratum": row["topic"],
            "source": row["question"],
            "target": row["answer"],
        }
        made.append(example | {name: row[name] for name in ("topic", "lead") if row[name]})
    return made


def divided(text: str) -> tuple[str, str]:
    """Return a text's beginning and its rest, "" where the text is too short to divide.

    The beginning is the first sentence, or the first third of the words where that is longer. A text of one sentence
    is divided after a third of its words, and is too short if it has fewer than 6 words.
    """
    text = text.strip()
    ends = [found.end() for found in re.finditer(r"\S+", text)]
    border = _BORDER.search(text)
    if border is None and len(ends) < _MIN_WORDS:
        return text, ""
    cut = max(border.start() if border else 0, ends[(len(ends) + 2) // 3 - 1])
    return text[:cut].strip(), text[cut:].strip()


def _parts(schema: str, row: dict[str, str], origin: str) -> tuple[str, str, str]:
    """Return question, answer and lead of one row."""
    if schema == "messages":
        return _conversation(_messages(row["messages"], origin), origin)
    if schema == "prompt/completion" and all(row[name].startswith("[{") for name in ("prompt", "completion")):
        return _conversation(_messages(row["prompt"], origin) + _messages(row["completion"], origin), origin)
    if schema == "text":
        return *divided(row["text"]), CONTINUE
    needed, more = SCHEMAS[schema]
    question = "\n\n".join(filter(None, [row[needed[0]], *(row[name] for name in more)]))
    return question, row[needed[1]], ""


def _conversation(messages: list[Any], origin: str) -> tuple[str, str, str]:
    """Return question, answer and lead of a list of turns."""
    turns = [_turn(turn, origin) for turn in messages]
    lead = "\n\n".join(content for role, content in turns if role == "system" and content)
    spoken = [(role, content) for role, content in turns if role != "system"]
    last = max((at for at, (role, _) in enumerate(spoken) if role == "assistant"), default=len(spoken))
    before, answer = spoken[:last], "".join(content for _, content in spoken[last : last + 1])
    if len(before) == 1 and before[0][0] == "user":
        return before[0][1], answer, lead
    return "\n".join(f"{_SPEAKERS[role]}: {content}" for role, content in before), answer, lead


def _messages(cell: str, origin: str) -> list[Any]:
    """Return the turns in a cell: JSON from a CSV, or the repr that read_table makes of a list in JSON."""
    if not cell:
        return []
    try:
        turns = json.loads(cell)
    except ValueError:
        try:
            turns = ast.literal_eval(cell)  # reads literals, runs no code
        except (ValueError, SyntaxError):
            turns = None
    if not isinstance(turns, list):
        raise UserError(f"messages must be a list of {{role, content}}, {origin} has {_short(cell)}: mend that row")
    return turns


def _turn(turn: Any, origin: str) -> tuple[str, str]:
    """Return role and content of one turn."""
    if not isinstance(turn, dict) or "role" not in turn or "content" not in turn:
        raise UserError(f"each of messages must be {{role, content}}, {origin} has {_short(turn)}: mend that row")
    role, content = turn["role"], turn["content"]
    if role not in ("system", *_SPEAKERS):
        raise UserError(f"a role must be one of system, user, assistant, {origin} has {role!r}: take that turn out")
    if not isinstance(content, str | None):
        raise UserError(f"a turn's content must be text, {origin} has {_short(content)}: write it as text")
    return role, (content or "").strip()


def _headers(path: str | Path, columns: dict[str, str]) -> list[str]:
    """Return the headers of a file; UserError where read_table cannot read it."""
    read_table(path, columns, (), _NAMES)
    text = Path(path).read_text(encoding="utf-8-sig")
    kind = Path(path).suffix.lower()
    if kind in (".csv", ".tsv"):
        how: dict[str, Any] = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if kind == ".tsv" else {}
        return next(filter(None, csv.reader(StringIO(text, newline=""), **how)))
    return [str(header) for header in pd.read_json(StringIO(text), lines=kind == ".jsonl", dtype=False).columns]


def _rows(table: pd.DataFrame) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return each row's id and cells."""
    return [(str(number), row) for number, row in zip(table.index, table.to_dict("records"), strict=True)]


def _key(text: str) -> str:
    """Return a key that equal texts share; a text without words ("???") equals only itself."""
    return normalised(text) or text


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."
