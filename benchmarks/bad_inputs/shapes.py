"""Conversations, questions and passages in the shapes in which people have them, whole and broken."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.bad_inputs.case import Case, as_csv, as_jsonl, read_lines, table

COUNT = 9
QA = [(f"What is rule number {n}?", f"Rule {n} says that {n * 7} is enough.") for n in range(COUNT)]
CHATS = [[("Ann", f"Hello number {n}, how is {n * 3}?"), ("Ben", f"Fine, {n}: thanks.")] for n in range(COUNT)]
ARTICLES = [
    (f"The bridge number {n} was built in {1800 + n} by Mary Smith.", f"When was bridge {n} built?", str(1800 + n))
    for n in range(COUNT)
]


def _turns(question: str, answer: str, who: str = "role", what: str = "content", *, user: str = "user", bot: str = "assistant") -> list[dict]:  # fmt: skip
    return [{who: user, what: question}, {who: bot, what: answer}]


def company() -> list[Case]:
    """Return questions and answers."""

    def rows(make: Any) -> str:
        return as_jsonl(make(q, a) for q, a in QA)

    good = {
        "Alpaca": rows(lambda q, a: {"instruction": q, "input": "", "output": a}),
        "Alpaca as JSON": json.dumps([{"instruction": q, "input": "", "output": a} for q, a in QA]),
        "Dolly": rows(lambda q, a: {"instruction": q, "context": "", "response": a, "category": "open_qa"}),
        "prompt and completion": rows(lambda q, a: {"prompt": q, "completion": a}),
        "prompt and completion as turns": rows(lambda q, a: {"prompt": _turns(q, a)[:1], "completion": _turns(q, a)[1:]}),
        "question and answer": rows(lambda q, a: {"question": q, "answer": a}),
        "input and output": rows(lambda q, a: {"input": q, "output": a}),
        "messages": rows(lambda q, a: {"messages": _turns(q, a)}),
        "messages with content parts": rows(lambda q, a: {"messages": _turns([{"type": "text", "text": q}], a)}),  # type: ignore[arg-type]
        "messages as text in a cell": rows(lambda q, a: {"messages": json.dumps(_turns(q, a))}),
        "ShareGPT": rows(lambda q, a: {"conversations": _turns(q, a, "from", "value", user="human", bot="gpt")}),
        "ShareGPT with an id": rows(lambda q, a: {"id": "x", "conversations": _turns(q, a, "from", "value", user="human", bot="gpt")}),
    }  # fmt: skip
    system, tool = {"role": "system", "content": "Be short."}, {"role": "tool", "content": "42", "tool_call_id": "1"}
    call = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"type": "function", "function": {"name": "look", "arguments": "{}"}}],
    }
    image = [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]
    led = [(q, a, "Be short.") for q, a in QA]

    def turns(*more: Any, at: int = 0) -> str:
        return rows(lambda q, a: {"messages": [*_turns(q, a)[:at], *more, *_turns(q, a)[at:]]})

    bad = {
        "a turn without content": (turns({"role": "user"}), "row 1"),
        "a turn without a role": (turns({"content": "a"}), "row 1"),
        "a turn that is a number": (turns(7), "row 1"),
        "an image in a turn": (turns({"role": "user", "content": image}), "image_url"),
        "a role that nobody knows": (turns({"role": "wizard", "content": "a"}), "wizard"),
        "a role that is null": (turns({"role": None, "content": "a"}), "row 1"),
        "two roles in one turn": (rows(lambda q, a: {"messages": _turns(q, a)}).replace('{"role": "user"', '{"role": "user", "role": "system"', 1), "row 1"),
        "messages that are a text": (rows(lambda q, a: {"messages": q}), "row 1"),
        "messages that are an object": (rows(lambda q, a: {"messages": {"role": "user"}}), "row 1"),
        "messages that are empty": (rows(lambda q, a: {"messages": []}), ""),
        "the user's turn alone": (rows(lambda q, a: {"messages": _turns(q, a)[:1]}), ""),
        "the assistant's turn alone": (rows(lambda q, a: {"messages": _turns(q, a)[1:]}), ""),
        "history that is no list of pairs": (rows(lambda q, a: {"instruction": q, "output": a, "history": [["a"]]}), "history"),
        "a question without an answer": (rows(lambda q, a: {"question": q}), "schema"),
        "an answer that is a list": (rows(lambda q, a: {"question": q, "answer": [a]}), "list"),
        "preferences": (rows(lambda q, a: {"prompt": q, "chosen": a, "rejected": "no"}), "schema"),
        "a tool that is called without a name": (turns({"role": "assistant", "content": "", "tool_calls": [{"id": 1}]}, at=1), "name"),
    }  # fmt: skip
    as_task: dict[str, Any] = {"task": "company", "file": "mine.jsonl"}
    return [
        *(table(name, text, QA, **as_task | ({"file": "mine.json"} if text[0] == "[" else {})) for name, text in good.items()),
        *(table(name, text, says=says, **as_task) for name, (text, says) in bad.items()),
        table("messages with a system turn", turns(system), led, keys=("source", "target", "lead"), **as_task),
        table("messages with a developer turn", turns(system | {"role": "developer"}), led, keys=("source", "target", "lead"), **as_task),
        table("Alpaca with a system text", rows(lambda q, a: {"system": "Be short.", "instruction": q, "output": a}), led, keys=("source", "target", "lead"), **as_task),
        table("messages with a tool", turns(call, tool, at=1), [(a,) for _, a in QA], keys=("target",), **as_task),
        table("a question with commas in CSV", as_csv(QA, ("question", "answer")), QA, task="company"),
        table("a turn that is not to be learnt", rows(lambda q, a: {"messages": [*_turns(q, a), {"role": "user", "content": "ok"}, {"role": "assistant", "content": "bye", "weight": 0}]}), [(a,) for _, a in QA], says="", keys=("target",), **as_task),
        table("an answer that is empty is left out, and said", as_jsonl([{"question": q, "answer": a} for q, a in [*QA, ("More?", "")]]), QA, **as_task),
        table("a chat of WhatsApp as questions", "31/01/2024, 08:01 - Ben: Hello\n", says="recipes/dialogue", file="mine.txt", task="company"),
    ]  # fmt: skip


def same_dialogues(wanted: list[str], folder: Path) -> str:
    """Return the first dialogue that was written and is not in the split; one to be asked ends with its target."""
    parts = [read_lines(folder / f"out/split/{part}.jsonl") for part in ("train", "validation", "test")]
    found = [row["source"] for row in parts[0]]
    found += [f"{row['source']}\n{row['target']}" for row in [*parts[1], *parts[2]]]
    missing = [text for text in wanted if text not in found]
    return f"written, and not read: {missing[:1]}" if missing or len(found) != len(wanted) else ""


def dialogues() -> list[Case]:
    """Return dialogues of any speakers."""
    lines = ["\n".join(f"{who}: {text}" for who, text in chat) for chat in CHATS]
    wanted = lines
    hours = [f"{2 * n:02}" for n in range(12)]

    def chat(head: str) -> str:
        said = [
            head.format(day=n + 1, hour=hours[n], who=who, text=text)
            for n, one in enumerate(CHATS)
            for who, text in one
        ]
        return "\n".join(said) + "\n"

    android, ios = chat("{day}/01/24, {hour}:01 - {who}: {text}"), chat("[{day}.01.24, {hour}:01:22] {who}: {text}")
    discord = [
        {"type": "Default", "timestamp": f"2024-01-{n + 1:02}T10:00:00+00:00", "author": {"name": who}, "content": text}
        for n, one in enumerate(CHATS) for who, text in one
    ]  # fmt: skip
    objects = [[{"speaker": who, "text": text} for who, text in one] for one in CHATS]
    daily = "".join("__eou__".join(f" {text} " for _, text in one) + "__eou__\n" for one in CHATS)
    ab = ["\n".join(f"{who}: {text}" for who, (_, text) in zip("AB", one, strict=True)) for one in CHATS]
    good: dict[str, tuple[str, str, list]] = {
        "turns": ("mine.jsonl", as_jsonl({"turns": one} for one in objects), wanted),
        "turns as JSON": ("mine.json", json.dumps([{"turns": one} for one in objects]), wanted),
        "a list of lists": ("mine.json", json.dumps(objects), wanted),
        "lines of NAME: TEXT": ("mine.txt", "\n\n".join(lines), wanted),
        "lines of NAME: TEXT with \\r\\n": ("mine.txt", "\r\n\r\n".join(lines).replace("\n", "\r\n").replace("\r\r", "\r"), wanted),
        "speakers as keys": ("mine.jsonl", as_jsonl(dict(one) for one in CHATS), wanted),
        "WhatsApp on Android": ("mine.txt", android, wanted),
        "WhatsApp on iOS": ("mine.txt", ios, wanted),
        "WhatsApp with lines of the app and media": ("mine.txt", "1/01/24, 00:00 - Messages are end-to-end encrypted.\n" + android + "9/01/24, 16:02 - Ann: <Media omitted>\n", wanted),
        "Discord": ("mine.json", json.dumps({"guild": {"id": "1"}, "messages": discord}), wanted),
        "DailyDialog": ("mine.txt", daily, ab),
        "DailyDialog of the Hub": ("mine.jsonl", as_jsonl({"dialog": [text for _, text in one], "act": [1, 2]} for one in CHATS), ab),
        "dialogues in Excel's CSV": ("mine.csv", as_csv([(json.dumps(one),) for one in objects], ("turns",)), wanted),
    }  # fmt: skip
    bad: dict[str, tuple[str, str, str]] = {
        "a line without a speaker": ("mine.txt", lines[0] + "\nno name here\n", "line 3"),
        "WhatsApp with a date that is none": ("mine.txt", android + "45/45/24, 10:00 - Ann: a\n", "45/45/24"),
        "WhatsApp with lines of the app alone": ("mine.txt", "1/01/24, 00:00 - Messages are end-to-end encrypted.\n", "mine.txt"),
        "Discord with a time that is none": ("mine.json", json.dumps({"messages": [{**discord[0], "timestamp": "soon"}]}), "soon"),
        "a turn without a speaker": ("mine.jsonl", as_jsonl([{"turns": [{"text": "a"}]}]), "turn 1"),
        "a speaker with a colon": ("mine.jsonl", as_jsonl([{"turns": [{"speaker": "a: b", "text": "c"}] * 2}]), "colon"),
        "a speaker of 100 letters": ("mine.jsonl", as_jsonl([{"turns": [{"speaker": "a" * 100, "text": "c"}] * 2}]), "60 letters"),
        "an id twice": ("mine.jsonl", as_jsonl({"id": "x", "turns": one} for one in objects), "'x'"),
        "each row one turn": ("mine.jsonl", as_jsonl(objects[0]), "single turn"),
        "questions and answers": ("mine.jsonl", as_jsonl({"question": q, "answer": a} for q, a in QA) + '{"a": 1}', "recipes/company"),
        "dialogues of one turn": ("mine.jsonl", as_jsonl({"turns": one[:1]} for one in objects), "single turn"),
        "no dialogue": ("mine.txt", "\n\n", "mine.txt"),
    }  # fmt: skip
    return [
        *(
            replace(table(name, text, [()] * COUNT, file=file, task="dialogue"), check=partial(same_dialogues, rows))
            for name, (file, text, rows) in good.items()
        ),
        *(table(name, text, says=says, file=file, task="dialogue") for name, (file, text, says) in bad.items()),
        table("a speaker to learn who is in no dialogue", "\n\n".join(lines), says="Cid", file="mine.txt", task="dialogue", dialogue={"train_on": "Cid"}),
    ]  # fmt: skip


def passages() -> list[Case]:
    """Return questions about passages."""
    keys = ("source", "question", "answers")
    wanted = [(context, question, [answer]) for context, question, answer in ARTICLES]

    def squad(**change: Any) -> str:
        data = []
        for n, (context, question, answer) in enumerate(ARTICLES):
            qas = {
                "id": str(n),
                "question": question,
                "answers": [{"text": answer, "answer_start": context.index(answer)}],
            }
            data.append(
                {"title": f"T{n}", "paragraphs": [{"context": context, "qas": [qas | (change if n == 0 else {})]}]}
            )
        return json.dumps({"version": "1.1", "data": data})

    hub: list[dict[str, Any]] = [
        {"id": f"i{n}", "title": f"T{n}", "context": c, "question": q, "answers": {"text": [a], "answer_start": [c.index(a)]}}
        for n, (c, q, a) in enumerate(ARTICLES)
    ]  # fmt: skip
    plain = [{"context": c, "question": q, "answer": a} for c, q, a in ARTICLES]
    bad: dict[str, tuple[str, str, str]] = {
        "paragraphs that are no list": ("mine.json", '{"data": [{"title": "a", "paragraphs": {}}]}', "paragraphs"),
        "qas are missing": ("mine.json", '{"data": [{"title": "a", "paragraphs": [{"context": "a"}]}]}', "qas"),
        "articles without paragraphs": ("mine.json", '{"data": [{"title": "a", "paragraphs": []}]}', "no questions"),
        "a question without its passage": ("mine.jsonl", as_jsonl([*plain, plain[0] | {"context": ""}]), "row 10"),
        "answers and is_impossible": ("mine.json", squad(is_impossible=True), "is_impossible"),
        "answer_start that is text": ("mine.json", squad(answers=[{"text": "1800", "answer_start": "5"}]), "answer_start"),
        "an answer that is a list": ("mine.json", squad(answers=[{"text": ["1800"], "answer_start": 5}]), "list"),
        "more starts than answers": ("mine.jsonl", as_jsonl([hub[0] | {"answers": {"text": ["a"], "answer_start": [1, 2]}}]), "answer_start"),
        "answers as plain text": ("mine.csv", as_csv([(c, q, a + " or so") for c, q, a in ARTICLES], ("context", "question", "answers")), "row 1"),
        "an id twice": ("mine.jsonl", as_jsonl([*hub, hub[0]]), "i0"),
        "an id that is missing": ("mine.jsonl", as_jsonl([*hub[:8], hub[8] | {"id": None}]), "row 9"),
        "no question has an answer": ("mine.jsonl", as_jsonl(row | {"answer": ""} for row in plain), "answer"),
        "both kinds of answers": ("mine.jsonl", as_jsonl(row | {"answer": "x"} for row in hub), "both"),
        "the words for no answer": ("mine.jsonl", as_jsonl(row | {"answer": "no answer"} for row in plain), "empty"),
    }  # fmt: skip
    return [
        *(table(name, text, says=says, file=file, task="qa") for name, (file, text, says) in bad.items()),
        table("SQuAD", squad(), wanted, file="mine.json", keys=keys, task="qa"),
        table("SQuAD with a wrong answer_start", squad(answers=[{"text": "1800", "answer_start": 0}]), wanted, file="mine.json", keys=keys, task="qa"),
        table("SQuAD 2 with a question without an answer", squad(answers=[], is_impossible=True), [(*wanted[0][:2], []), *wanted[1:]], file="mine.json", keys=keys, task="qa"),
        table("rows of the Hub", as_jsonl(hub), wanted, file="mine.jsonl", keys=keys, task="qa"),
        table("rows of the Hub as Python writes them in CSV", as_csv([(r["context"], r["question"], str(r["answers"])) for r in hub], ("context", "question", "answers")), wanted, keys=keys, task="qa"),
        table("a table of context, question, answer", as_csv(ARTICLES, ("context", "question", "answer")), wanted, keys=keys, task="qa"),
    ]  # fmt: skip
