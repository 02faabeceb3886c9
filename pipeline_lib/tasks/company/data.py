"""The rows of the task company: questions and answers from a file in one of the common schemas."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import CONTINUE, Example
from pipeline_lib.core.text import normalised
from pipeline_lib.data.cells import cell_text, shown
from pipeline_lib.data.chat_exports import is_whatsapp
from pipeline_lib.data.conversations import Turn, not_read_in_turns, read_turns, turn_list
from pipeline_lib.data.exchanges import Conversation, Exchange, conversation, conversation_notes
from pipeline_lib.data.headers import find_header, header_key, listed
from pipeline_lib.data.near_duplicates import connected
from pipeline_lib.data.records import Records, read_records
from pipeline_lib.data.tables import check_names, match_columns, not_read, refuse_repeated_keys
from pipeline_lib.data.text_files import ending, read_text

PARAMS = ("split",)
DISTINCT = True  # rows of one group have the same question: a test row is one of them

# Schema -> its required columns and its optional columns. A file is in the first schema that matches.
SCHEMAS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "messages": (("messages",), ("system",)),  # OpenAI's
    "conversations": (("conversations",), ("system",)),  # ShareGPT's
    "question/answer": (("question", "answer"), ("context",)),
    "instruction/response": (("instruction", "response"), ("input", "context", "system", "history")),  # Dolly's
    "instruction/output": (("instruction", "output"), ("input", "system", "history")),  # Alpaca's
    "prompt/completion": (("prompt", "completion"), ("system",)),
    "input/output": (("input", "output"), ()),
    "text": (("text",), ()),
}

_LISTS = ("messages", "conversations")
_NAMES = (*dict.fromkeys(name for parts in SCHEMAS.values() for part in parts for name in part), "topic")
_DIALOGUES = ("turns", "conversation", "dialog", "dialogue", "utterances", "author")  # headers of dialogues
_BORDER = re.compile(r"(?<=[.!?])\s+|\n+")  # between two sentences
_MIN_WORDS = 6  # a single sentence of fewer words is too short to divide


def schema_of(
    columns: Iterable[str], named: Collection[str] = (), origin: str = "the data", answered: bool = True
) -> str:
    """Return the name of the schema that a table with these columns is in: the first with all its required columns.

    Schemas with the plainest names come first, and instruction before input, since an input beside an instruction is a
    part of it. `named` are columns that the user chose: only schemas that have all of them are considered, and the
    first of these is returned where none is complete. Where not `answered`, a schema needs no column of answers.
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
        if set(needed if answered else needed[:1]) <= set(found):
            return name
    if wanted:
        return next(iter(candidates))
    recipe = ""
    if any(header_key(name) in _DIALOGUES for name in found):
        recipe = "; for dialogues of any speakers use recipes/dialogue"
    if any(header_key(name) == "paragraphs" for name in found):
        recipe = "; for questions about passages, as in SQuAD, use recipes/qa"
    raise UserError(
        f"the columns must be those of one schema ({', '.join(SCHEMAS)}), {origin} has "
        f"{listed(found) if found else 'none'}: rename them, or say which is which in the params file, like columns: "
        f"{{question: header, answer: header}}{recipe}"
    )


def read(path: str | Path, columns: dict[str, str], encoding: str = "auto") -> pd.DataFrame:
    """Return a table with question, answer, topic and lead, all text, "" where there is none, and history and earlier.

    lead: the text before the question in its prompt: a system text, or CONTINUE for plain text.
    An instruction's input or context follows it as a paragraph, as a question's context does. Prompt and completion may
    be lists of turns, as messages are; Alpaca's history are turns before the question. Of a conversation the last
    assistant turn is the answer, and the turns before it are the question, `history` its lines; `earlier` are its other
    exchanges (exchanges.Exchange). A text is divided by `divided`.
    `attrs["schema"]` is the schema of the file (schema_of), `attrs["notes"]` are lines for the log.
    Raises UserError as read_records, match_columns and schema_of do, and for a conversation that is no list of turns of
    user, assistant, system and tools.
    """
    source = Path(path)
    check_names(columns, _NAMES)
    if ending(source)[0] == ".txt" and is_whatsapp(read_text(source, encoding)[0]):
        raise UserError(f"{source} is a chat, which has no questions and answers: use recipes/dialogue")
    return table_of(read_records(source, encoding), columns)


def table_of(records: Records, columns: dict[str, str], answered: bool = True) -> pd.DataFrame:
    """Return the table of the rows of a file as `read` does.

    Where not `answered`, a column of answers may be missing, a conversation may end with what is to be answered, and a
    plain text is not divided.
    """
    path = records.path
    refuse_repeated_keys(records)
    schema = schema_of(_task_names(records.headers, columns), columns, str(path), answered)
    needed, more = SCHEMAS[schema]
    if not answered:
        needed, more = needed[:1], (*needed[1:], *more)
    headers = match_columns(records, columns, needed, (*more, "topic"))
    rows: list[tuple[Conversation, str]] = []
    lists: list[list[Any]] = []
    for number, row in enumerate(records.rows, start=1):
        cells = Cells(row, headers, f"row {number} of {path}", lists)
        if schema == "text":
            question, answer = divided(cells.text("text")) if answered else (cells.text("text"), "")
            found = Conversation([Exchange(question, answer)], CONTINUE)
        else:
            found = conversation(_turns(schema, cells), cells.origin, answered)
        rows.append((found, cells.text("topic")))
    table = pd.DataFrame(
        [
            (found.last.question, found.last.answer, topic, found.lead, found.last.history, found.exchanges[:-1])
            for found, topic in rows
        ],
        columns=["question", "answer", "topic", "lead", "history", "earlier"],
        index=pd.RangeIndex(1, len(rows) + 1),
        dtype=object,
    )
    table.attrs["schema"] = schema
    unread = [*not_read(records, headers.values()), *not_read_in_turns(lists)]
    table.attrs["notes"] = [*records.notes, *unread, *conversation_notes([found for found, _ in rows])]
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


def examples(table: pd.DataFrame, split: Mapping[str, Any]) -> list[Example]:
    """Return one example a row, with `topic`, `lead` and `history` where there are any.

    split: the settings; where its `answers` is "all", each earlier answer of a conversation is a row to train on, with
    `turn`, its number. The stratum is the topic. Equal questions, but for case, space and punctuation, share `group`
    (a row's id), and so do the rows of a conversation.
    """
    made = []
    for number, row in _rows(table):
        last = Exchange(row["question"], row["answer"], row["history"])
        exchanges = [*row["earlier"], last] if split["answers"] == "all" else [last]
        for turn, one in enumerate(exchanges, start=1):
            example = {
                "id": number if one is last else f"{number}.{turn}",
                "group": number,
                "stratum": row["topic"],
                "source": one.question,
                "target": one.answer,
            }
            more = {"topic": row["topic"], "lead": row["lead"], "history": one.history}
            more["turn"] = 0 if one is last else turn
            made.append(example | {name: value for name, value in more.items() if value})
    return [{**example, "group": group} for example, group in zip(made, _groups(made), strict=True)]


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


def _groups(rows: Sequence[Example]) -> list[str]:
    """Return the group of each row, the id of its first.

    An earlier answer is never a test row, so that two conversations which only begin alike may be in two parts.
    """
    whole = {_key(row["source"]) for row in rows if row["id"] == row["group"]}
    firsts: dict[tuple[str, str], int] = {}
    links = []
    for at, row in enumerate(rows):
        links.append((firsts.setdefault(("conversation", row["group"]), at), at, 1.0))
        if (question := _key(row["source"])) in whole:
            links.append((firsts.setdefault(("question", question), at), at, 1.0))
    return [rows[first]["id"] for first in connected(links, len(rows))]


@dataclass(frozen=True)
class Cells:
    """The cells of one row by the task's names."""

    row: Mapping[str, Any]
    headers: Mapping[str, str]  # the task's name -> the file's header
    origin: str  # names the row in messages
    lists: list[list[Any]]  # the lists of turns that were read

    def text(self, name: str) -> str:
        """Return a cell as text, "" where the file has no such column."""
        header = self.headers.get(name)
        return "" if header is None else cell_text(self.row.get(header), f"{self.origin}, column {listed([header])},")

    def list(self, name: str) -> list[Any]:
        """Return the list in a cell, [] where the file has no such column."""
        header = self.headers.get(name)
        found = [] if header is None else turn_list(self.row.get(header), self.origin)
        self.lists.append(found)
        return found

    def is_list(self, name: str) -> bool:
        """Return whether a cell holds a list of turns, or one as text."""
        cell = self.row.get(self.headers[name])
        return isinstance(cell, list) or (isinstance(cell, str) and cell.lstrip().startswith("[{"))


def _turns(schema: str, cells: Cells) -> list[Turn]:
    """Return one row as the turns of a conversation."""
    lead = cells.text("system")
    turns = [Turn("system", "system", lead)] * bool(lead)
    if schema in _LISTS:
        return turns + read_turns(cells.list(schema), cells.origin)
    needed, more = SCHEMAS[schema]
    if schema == "prompt/completion" and all(map(cells.is_list, needed)):
        return turns + [turn for name in needed for turn in read_turns(cells.list(name), cells.origin)]
    question = [cells.text(name) for name in (needed[0], *more) if name in (needed[0], "input", "context")]
    asked, answer = "\n\n".join(filter(None, question)), cells.text(needed[1])
    return [*turns, *_history(cells), Turn("user", "user", asked), Turn("assistant", "assistant", answer)]


def _history(cells: Cells) -> list[Turn]:
    """Return the turns before an instruction: a list of [question, answer], or of turns."""
    entries = cells.list("history")
    if entries and all(isinstance(entry, dict) for entry in entries):
        return read_turns(entries, cells.origin)
    turns = []
    for entry in entries:
        if not isinstance(entry, list) or len(entry) != 2 or not all(isinstance(text, str) for text in entry):
            raise UserError(
                f"history must be a list of [question, answer], {cells.origin} has {shown(entry)}: mend that row"
            )
        turns += [Turn(role, role, text.strip()) for role, text in zip(("user", "assistant"), entry, strict=True)]
    return turns


def _task_names(headers: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """Return the headers of a file, by the task's names where it has them."""
    names = {find_header(name, headers): name for name in _NAMES if name not in columns}
    names |= {find_header(header, headers): name for name, header in columns.items()}
    return [names.get(header, header) for header in headers]


def _rows(table: pd.DataFrame) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return each row's id and cells."""
    return [(str(number), row) for number, row in zip(table.index, table.to_dict("records"), strict=True)]


def _key(text: str) -> str:
    """Return a key that equal texts share; a text without words ("???") equals only itself."""
    return normalised(text) or text
