"""The shapes in which files hold conversations: what rows company and dialogue make of each, and what the log says."""

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline_lib.core.dialogues import opening, turns_to_predict
from pipeline_lib.core.errors import UserError
from pipeline_lib.data.splitting import split_rows
from pipeline_lib.tasks.company import data as company
from pipeline_lib.tasks.company import prompt as company_prompt
from pipeline_lib.tasks.dialogue import data as dialogue
from tests.helpers.stages import error_of

ASKED, SAID = "Where is the key?", "Under the mat."
CHAT = "User: Hi\nAssistant: Hello.\nUser: Where is the key?"
LONG = [("system", "Be brief."), ("user", "Hi"), ("assistant", "Yes."), ("user", "Key?"), ("assistant", "Yes."),
        ("user", "Bye"), ("assistant", "Bye.")]  # fmt: skip


def said(*turns: tuple[str, Any], keys: tuple[str, str] = ("role", "content"), **more: Any) -> list[dict]:
    return [{keys[0]: who, keys[1]: what} | more for who, what in turns]


def sharegpt(*turns: tuple[str, Any], **more: Any) -> list[dict]:
    return said(*turns, keys=("from", "value"), **more)


def write(path: Path, rows: Any) -> Path:
    """Write rows in the format that the file's name says; text as it is."""
    if isinstance(rows, str):
        path.write_text(rows, encoding="utf-8")
    elif path.suffix == ".parquet":
        pd.DataFrame(rows).to_parquet(path)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path


# Company: what one row becomes, as (source, target, lead), and what the log says of it.

PAIR = (ASKED, SAID, "")
SEVERAL = "1 conversations have several answers, 1 before the last: split.answers says whether these are trained on too"
CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"what": "key"}'}}
TOOLS = ('User: Where is the key?\nTool call: find {"what": "key"}\nTool: mat', SAID, "Be brief.")
HOUSE = (f"{ASKED}\n\nA house.", SAID, "")
SHAPES: dict[str, tuple[dict, tuple[str, str, str], list[str]]] = {
    "Alpaca": (
        {"instruction": "Sum it up.", "input": "A tale.", "output": "It."}, ("Sum it up.\n\nA tale.", "It.", ""), []),
    "Alpaca with system and history": ({"instruction": ASKED, "input": "", "output": SAID, "system": "Be brief.",
                                        "history": [["Hi", "Hello."]]}, (CHAT, SAID, "Be brief."), [SEVERAL]),
    "Alpaca with empty system and history": (
        {"instruction": ASKED, "output": SAID, "system": None, "history": [], "id": 7}, PAIR, ["not read: id"]),
    "Dolly": ({"instruction": ASKED, "context": "A house.", "response": SAID, "category": "qa"}, HOUSE,
     ["not read: category"]),
    "question/answer with context": ({"question": ASKED, "context": "A house.", "answer": SAID}, HOUSE, []),
    "prompt/completion": ({"prompt": ASKED, "completion": SAID}, PAIR, []),
    "prompt/completion of turns": ({"prompt": said(("system", "Be brief."), ("user", ASKED)),
                                    "completion": said(("assistant", SAID))}, (ASKED, SAID, "Be brief."), []),
    "ShareGPT": ({"conversations": sharegpt(("human", ASKED), ("gpt", SAID))}, PAIR, []),
    "ShareGPT with system and tools": (
        {"conversations": sharegpt(("human", ASKED), ("function_call", 'find {"what": "key"}'), ("observation", "mat"),
                                   ("gpt", SAID)), "system": "Be brief.", "tools": "[]"},
        TOOLS, ["not read: tools"]),
    "ShareGPT with roles": ({"conversations": said(("user", ASKED), ("assistant", SAID))}, PAIR, []),
    "OpenAI with tools": ({"messages": [*said(("developer", "Be brief."), ("user", ASKED), name="Ann"),
                            {"role": "assistant", "content": None, "tool_calls": [CALL]},
                            {"role": "tool", "content": "mat", "tool_call_id": "c1"},
                            *said(("assistant", SAID), refusal=None)]}, TOOLS,
     ["not read in the turns: name, tool_call_id"]),
    "OpenAI's content parts": (
        {"messages": [
            *said(("user", [{"type": "text", "text": "Where is"}, {"type": "input_text", "text": "the key?"}])),
            *said(("assistant", [{"type": "output_text", "text": SAID}]))]},
        ("Where is\nthe key?", SAID, ""), []),
    "turns after the answer": ({"messages": said(("user", ASKED), ("assistant", SAID), ("user", "Thanks"))}, PAIR,
     ["not read: 1 turns after the last answer of a conversation"]),
    "an answer without weight": (
        {"messages": said(("user", ASKED), ("assistant", SAID)) + said(("assistant", "Or not."), weight=0)}, PAIR,
        ["not read: 1 turns after the last answer of a conversation",
         "1 answers have the weight 0: they are read, and never learnt"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["json", "parquet", "csv"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_of_questions_and_answers(tmp_path, shape, kind):
    row, (source, target, lead), notes = SHAPES[shape]
    if kind == "parquet":  # all entries of a list have the same keys there
        row = json.loads(json.dumps(row))
    if kind == "csv":
        row = {name: json.dumps(cell) if isinstance(cell, list) else cell for name, cell in row.items()}
    table = company.read(write(tmp_path / f"own.{kind}", [row]), {})
    (made,) = company.examples(table, {"answers": "last"})
    assert (made["id"], made["group"], made["source"], made["target"]) == ("1", "1", source, target)
    assert made.get("lead", "") == lead
    assert "\n".join(made.get("history", [source])) == source
    assert table.attrs["notes"] == notes
    assert company.faults(table) == {"duplicate": [], "empty_question": [], "empty_answer": []}


@pytest.mark.parametrize(("name", "rows", "message"), [
    ("a.txt", "1/3/24, 8:01 - Ben: Hi\n", "is a chat, which has no questions and answers: use recipes/dialogue"),
    ("a.json", [{"dialog": ["Hi", "Ho"]}], "has dialog: rename them, or say which is which in the params file, "
     "like columns: {question: header, answer: header}; for dialogues of any speakers use recipes/dialogue"),
    ("a.json", {"data": [{"title": "A", "paragraphs": []}]}, "; for questions about passages, as in SQuAD, use "
     "recipes/qa"),
    ("a.json", [{"messages": said(("Ann", "Hi"))}], "has one of 'Ann': use recipes/dialogue, where anybody may "
     "speak, or take that turn out"),
    ("a.json", [{"instruction": "a", "output": "b", "history": ["x"]}], "history must be a list of [question, "
     "answer], row 1 of FILE has 'x': mend that row"),
])  # fmt: skip
def test_what_company_cannot_read_names_the_recipe_that_can(tmp_path, name, rows, message):
    path = write(tmp_path / name, rows)
    assert error_of(company.read, path, {}).replace(str(path), "FILE").endswith(message)


# Company: all answers of a conversation as rows.
def conversations(*rows: list[tuple[str, str]]) -> list[dict]:
    return [{"messages": said(*turns)} for turns in rows]


def test_all_answers_of_a_conversation_are_rows_of_one_group(tmp_path):
    other = [("user", "Hi"), ("assistant", "Ho."), ("user", "Rain?"), ("assistant", "No.")]
    single = [("user", "bye"), ("assistant", "B.")]
    table = company.read(write(tmp_path / "own.json", conversations(LONG, other, single)), {})
    lines = ["User: Hi", "Assistant: Yes.", "User: Key?", "Assistant: Yes.", "User: Bye"]
    common = {"group": "1.1", "stratum": "", "lead": "Be brief."}
    made = company.examples(table, {"answers": "all"})
    assert made[:3] == [
        {**common, "id": "1.1", "source": "Hi", "target": "Yes.", "turn": 1},
        {**common, "id": "1.2", "source": "\n".join(lines[:3]), "target": "Yes.", "history": lines[:3], "turn": 2},
        {**common, "id": "1", "source": "\n".join(lines), "target": "Bye.", "history": lines},
    ]
    assert [(row["id"], row["group"]) for row in made[3:]] == [("2.1", "2.1"), ("2", "2.1"), ("3", "3")]
    assert [row["id"] for row in company.examples(table, {"answers": "last"})] == ["1", "2", "3"]
    # A test row is a whole conversation, and equal answers of two turns are no duplicates.
    parts = split_rows(made, train=3, validation=0, test=2, duplicates="drop", seed=1)
    assert parts.duplicates == 0
    assert {row["id"] for row in parts.test} <= {"1", "2", "3"}


def test_conversations_share_a_group_where_one_is_what_the_other_begins_with(tmp_path):
    short = [("user", "hi!"), ("assistant", "Hm.")]
    table = company.read(write(tmp_path / "own.json", conversations(LONG, short)), {})
    assert {row["group"] for row in company.examples(table, {"answers": "all"})} == {"1.1"}
    assert [row["group"] for row in company.examples(table, {"answers": "last"})] == ["1", "2"]


@pytest.mark.parametrize(
    ("tokens", "shown"),
    [(9, "User: Hi\nAssistant: Yes.\nUser: Key?"), (5, "Assistant: Yes.\nUser: Key?"), (2, "User: Key?"), (1, None)],
)
def test_a_conversation_that_is_too_long_loses_its_first_turns(tokens, shown):
    lines = ["User: Ho", "User: Hi", "Assistant: Yes.", "User: Key?"]
    row = {"source": "\n".join(lines), "history": lines}
    assert company_prompt.shorten(row, tokens, lambda text: len(text.split())) == shown
    assert company_prompt.shorten({"source": "Key?"}, tokens, lambda text: 9) is None


# Dialogue: what a file becomes, as a list of dialogues of (speaker, text), its layout and the other lines of the log.

ANDROID = (
    "31/01/2024, 08:00 - Messages and calls are end-to-end encrypted.\n"
    '31/01/2024, 08:00 - Ben created group "Trip: Rome"\n'
    "31/01/2024, 08:01 - Ben: Hello: all\n"
    "31/01/2024, 08:02 - Ana 🌻: Hi\r\n"
    "with a second line\n"
    "\n"
    "and a third\n"
    "31/01/2024, 08:03 - Ben: <Media omitted>\n"
    "31/01/2024, 08:03 - Ben: IMG-1.jpg (file attached)\n"
    "a caption\n"
    "31/01/2024, 08:04 - +49 170 1: This message was deleted\n"
    "31/01/2024, 20:05 - Ana 🌻: Later <This message was edited>\n"
    "01/02/2024, 08:06 - Ben: No\n"
    "01/02/2024, 08:07 - Ben left\n"
)
IOS = (
    "\u200e[1/31/24, 11:58:00 PM] Trip: \u200eMessages and calls are end-to-end encrypted.\n"
    "[1/31/24, 11:59:30\u202fPM] ~ Ana: Hi\n"
    "\u200e[2/1/24, 12:00:10\u202fAM] Ben: \u200eimage omitted\n"
    "[2/1/24, 12:01:00\u202fAM] Ben: Ho\n"
)
DISCORD = [
    {"id": "1", "type": "ChannelPinnedMessage", "timestamp": "2024-03-01T08:00:00+00:00", "content": "Pinned.",
     "author": {"id": "9", "name": "ben"}},
    {"id": "2", "type": "Default", "timestamp": "2024-03-01T08:01:00.123+01:00", "content": "Hi",
     "author": {"id": "9", "name": "ben", "nickname": "Benny"}},
    {"id": "3", "type": "Reply", "timestamp": "2024-03-01T08:02:00+01:00", "content": "Ho\nho",
     "author": {"id": "8", "name": "ana"}},
    {"id": "4", "type": "Default", "timestamp": "2024-03-01T09:02:00+01:00", "content": "",
     "author": {"id": "8", "name": "ana"}},
    {"id": "5", "type": "Default", "timestamp": "2024-03-02T09:02:00+01:00", "content": "New day",
     "author": {"id": "8", "name": "ana"}},
]  # fmt: skip
DISCORD_CSV = (
    "AuthorID,Author,Date,Content,Attachments,Reactions\n"
    "9,ben,01-Mar-24 08:01 AM,Hi,,\n"
    "8,ana,2024-03-01T08:02:00.0000000+00:00,,x.png,\n"
    '8,ana,2024-03-01T12:02:00.0000000+00:00,"Ho\nho",,1\n'
)
AB = [("A", "Hi"), ("B", "Ho")]
PAUSE = "a pause of 3 hours begins a new one"
FILES: dict[str, tuple[str, Any, list[list[tuple[str, str]]], str, list[str]]] = {
    "WhatsApp of Android": ("own.txt", ANDROID,
        [[("Ben", "Hello: all"), ("Ana 🌻", "Hi with a second line and a third"), ("Ben", "a caption")],
         [("Ana 🌻", "Later")], [("Ben", "No")]], "a chat exported from WhatsApp",
        [f"5 messages in 3 dialogues: {PAUSE}", "not read: 3 lines of the app and 2 messages without text",
         "2 speakers by their turns: Ben (3), Ana 🌻 (2)"]),
    "WhatsApp of iOS": ("own.txt", IOS, [[("~ Ana", "Hi"), ("Ben", "Ho")]], "a chat exported from WhatsApp",
        [f"2 messages in 1 dialogues: {PAUSE}", "not read: 2 messages without text",
         "2 speakers by their turns: ~ Ana (1), Ben (1)"]),
    "WhatsApp of a year first": ("own.txt", "2024-03-01, 8:01 a. m. - Ben: Hi\n2024-03-01, 12:02 p. m. - Ana: Ho\n",
        [[("Ben", "Hi")], [("Ana", "Ho")]], "a chat exported from WhatsApp",
        [f"2 messages in 2 dialogues: {PAUSE}", "2 speakers by their turns: Ben (1), Ana (1)"]),
    "Discord as JSON": ("own.json", {"guild": {"name": "G"}, "messages": DISCORD, "messageCount": 5},
        [[("ben", "Hi"), ("ana", "Ho ho")], [("ana", "New day")]], "a chat exported from Discord",
        ["the rows are the list under 'messages'; not read: guild, messageCount", f"3 messages in 2 dialogues: {PAUSE}",
         "not read: 1 lines of the app and 1 messages without text", "2 speakers by their turns: ana (2), ben (1)"]),
    "Discord as CSV": ("own.csv", DISCORD_CSV, [[("ben", "Hi")], [("ana", "Ho ho")]], "a chat exported from Discord",
        [f"2 messages in 2 dialogues: {PAUSE}", "not read: 1 messages without text",
         "2 speakers by their turns: ben (1), ana (1)"]),
    "DailyDialog of the Hub": ("own.json",
        [{"dialog": ["Hi ", " Ho"], "act": [1, 2], "emotion": [0, 0]}, {"dialog": ["Hi", "Ho"], "act": [1, 2]}],
        [AB, AB], "dialog: a list of texts, said by A and B in turn",
        ["not read: act, emotion", "2 speakers by their turns: A (2), B (2)"]),
    "DailyDialog as Parquet": ("own.parquet", [{"utterances": ["Hi", "Ho"], "acts": [1, 2]}], [AB],
        "utterances: a list of texts, said by A and B in turn",
        ["not read: acts", "2 speakers by their turns: A (1), B (1)"]),
    "DailyDialog as CSV": ("own.csv", [{"dialog": "['Hi', 'Ho']"}], [AB],
        "dialog: a list of texts, said by A and B in turn", ["2 speakers by their turns: A (1), B (1)"]),
    "DailyDialog's own lines": ("own.txt", "Hi __eou__ Ho __eou__\n\nHi __eou__ Ho __eou__ \n", [AB, AB],
        "lines of texts that end in __eou__, said by A and B in turn", ["2 speakers by their turns: A (2), B (2)"]),
    "lists of texts": ("own.jsonl", '["Hi", "Ho"]\n["Hi", "Ho"]\n', [AB, AB],
        "turns: a list of texts, said by A and B in turn", ["2 speakers by their turns: A (2), B (2)"]),
    "ShareGPT": ("own.json",
        [{"conversations": sharegpt(("system", "Be brief."), ("human", "Hi"), ("gpt", "Ho"), weight=1), "tools": "[]"}],
        [[("system", "Be brief."), ("human", "Hi"), ("gpt", "Ho")]], "conversations: a list of {from, value}",
        ["not read: tools", "2 speakers by their turns: human (1), gpt (1)"]),
    "OpenAI with tools": ("own.json",
        [{"messages": [*said(("user", [{"type": "text", "text": "Key?"}])), {"role": "assistant", "tool_calls": [CALL]},
           *said(("tool", "mat"), ("assistant", "Mat."))]}],
        [[("user", "Key?"), ("assistant", 'find {"what": "key"}'), ("tool", "mat"), ("assistant", "Mat.")]],
        "messages: a list of {role, content}", ["3 speakers by their turns: assistant (2), user (1), tool (1)"]),
    "a speaker called SYSTEM": ("own.json",
        [{"turns": said(("USER", "Hi"), ("SYSTEM", "Ho"), keys=("speaker", "text")), "services": ["x"]}],
        [[("USER", "Hi"), ("SYSTEM", "Ho")]], "turns: a list of {speaker, text}",
        ["not read: services", "2 speakers by their turns: USER (1), SYSTEM (1)"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_dialogues(tmp_path, name):
    file, content, dialogues, layout, notes = FILES[name]
    table = dialogue.read(write(tmp_path / file, content), {})
    assert [[(turn["speaker"], turn["text"]) for turn in turns] for turns in table["turns"]] == dialogues
    assert table.attrs == {"schema": layout, "notes": notes}


def test_a_chat_of_many_speakers_says_how_many_and_who_speaks_most(tmp_path):
    lines = [f"1/2/24, 8:{at % 60:02} - Speaker {at % 80}: Hello {at}" for at in [*range(200), 7]]
    table = dialogue.read(write(tmp_path / "own.txt", "\n".join(lines)), {})
    names = ", ".join(f"Speaker {at} (3)" for at in (0, 1, 2, 3, 4, 5, 6, 8, 9))
    assert table.attrs["notes"][-1] == f"80 speakers by their turns: Speaker 7 (4), {names}, ... (80 in all)"


def test_a_system_text_and_a_turn_without_weight_are_read_and_never_learnt(tmp_path):
    turns = said(("system", "Be brief."), ("user", "Hi"), ("assistant", "Ho"))
    turns += said(("assistant", "Hm"), weight=0) + said(("user", "Bye"))
    rows = [{"messages": turns}, {"messages": said(("system", "Alone."), ("user", "Hi"))}]
    table = dialogue.read(write(tmp_path / "own.json", rows), {})
    assert dialogue.faults(table) == {"single_turn": ["2"], "empty_turn": []}
    made = dialogue.examples(table, {"train_on": "all"})[0]
    assert made["turns"] == [
        {"speaker": "system", "text": "Be brief.", "system": True, "learnt": False},
        {"speaker": "user", "text": "Hi", "learnt": True},
        {"speaker": "assistant", "text": "Ho", "learnt": True},
        {"speaker": "assistant", "text": "Hm", "learnt": False},
        {"speaker": "user", "text": "Bye", "learnt": True},
    ]
    assert opening(made["turns"]) == made["turns"][:2]
    assert [row["id"] for row in turns_to_predict(made)] == ["1.3", "1.5"], "nobody spoke before 1.2"
    with pytest.raises(UserError, match=r"'system' is none of the data's: they are assistant, user"):
        dialogue.examples(table, {"train_on": "system"})
