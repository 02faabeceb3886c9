"""The task company: every schema gives the same rows, and faults are named."""

import csv
import json
from pathlib import Path

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.tasks import load
from pipeline_lib.data.tables import read_table
from pipeline_lib.tasks.company import data as company
from pipeline_lib.tasks.company import prompt as company_prompt


def write(folder: Path, rows: list[dict], kind: str = "jsonl") -> Path:
    path = folder / f"own.{kind}"
    if kind in ("csv", "tsv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter="," if kind == "csv" else "\t")
            writer.writeheader()
            writer.writerows(rows)
    else:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("\n".join(lines) if kind == "jsonl" else f"[{','.join(lines)}]", encoding="utf-8")
    return path


def read(folder: Path, rows: list[dict], kind: str = "jsonl", **columns: str) -> tuple[str, list[tuple[str, ...]]]:
    """Return the schema and (question, answer, topic, lead) of each row."""
    table = company.read(write(folder, rows, kind), columns)
    assert list(table.columns) == [*TEXTS, "history", "earlier"]
    assert list(table.index) == list(range(1, len(rows) + 1))
    return table.attrs["schema"], [tuple(row) for row in table[TEXTS].itertuples(index=False)]


def turns(*said: tuple[str, str]) -> list[dict]:
    return [{"role": role, "content": content} for role, content in said]


TEXTS = ["question", "answer", "topic", "lead"]
LAST = {"answers": "last"}
PAIR = ("Where is the key?", "Under the mat.", "", "")


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv"])
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("question", "answer"),
        ("instruction", "response"),
        ("instruction", "output"),
        ("prompt", "completion"),
        ("input", "output"),
    ],
)
def test_a_schema_of_two_columns(tmp_path, kind, question, answer):
    rows = [
        {"id": "x", question: " Where is the key? ", answer: "Under the mat.", "topic": "keys"},
        {"id": "y", question: "", answer: "Ä\u2028ö", "topic": ""},
    ]
    assert read(tmp_path, rows, kind) == (
        f"{question}/{answer}",
        [("Where is the key?", "Under the mat.", "keys", ""), ("", "Ä\u2028ö", "", "")],
    )


@pytest.mark.parametrize(
    ("needed", "more"),
    [
        (("instruction", "response"), "input"),
        (("instruction", "response"), "context"),
        (("instruction", "output"), "input"),
    ],
)
def test_the_input_of_an_instruction_follows_it(tmp_path, needed, more):
    rows = [
        {needed[0]: "Sum it up.", more: "A long tale.", needed[1]: "A tale."},
        {needed[0]: "Say hello.", more: "", needed[1]: "Hello."},
    ]
    assert read(tmp_path, rows) == (
        "/".join(needed),
        [("Sum it up.\n\nA long tale.", "A tale.", "", ""), ("Say hello.", "Hello.", "", "")],
    )


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv"])
def test_a_conversation(tmp_path, kind):
    said = [
        turns(("user", "Where is the key?"), ("assistant", "Under the mat.")),
        turns(("system", 'You work for "Acme".\nIt\'s kind.'), ("user", "Who?"), ("assistant", "It's I.")),
        turns(("user", "Hi"), ("assistant", "Hello."), ("user", "Where?"), ("assistant", "Here."), ("user", "Thanks")),
        turns(("assistant", "Hello.")),
        turns(("user", "Anybody?")),
        [],
    ]
    rows = [{"messages": json.dumps(turns) if kind in ("csv", "tsv") else turns} for turns in said]
    if kind == "tsv":  # it has no quoting
        path = tmp_path / "own.tsv"
        path.write_text("\n".join(["messages\ttopic", *(f"{row['messages']}\t" for row in rows)]), encoding="utf-8")
        table = company.read(path, {})
        found = table.attrs["schema"], [tuple(row) for row in table[TEXTS].itertuples(index=False)]
    else:
        found = read(tmp_path, rows, kind)
    assert found == (
        "messages",
        [
            PAIR,
            ("Who?", "It's I.", "", 'You work for "Acme".\nIt\'s kind.'),
            ("User: Hi\nAssistant: Hello.\nUser: Where?", "Here.", "", ""),
            ("", "Hello.", "", ""),
            ("Anybody?", "", "", ""),
            ("", "", "", ""),
        ],
    )


def test_a_turn_without_content_is_empty(tmp_path):
    rows: list[dict] = [
        {"messages": [{"role": "user", "content": "Go"}, {"role": "assistant", "content": None}]},
        {"messages": None},
    ]
    assert read(tmp_path, rows)[1] == [("Go", "", "", ""), ("", "", "", "")]


def test_prompt_and_completion_may_be_turns(tmp_path):
    asked = turns(("system", "Be brief."), ("user", "Where is the key?"))
    rows = [{"prompt": asked, "completion": turns(("assistant", "Under the mat."))}]
    assert read(tmp_path, rows) == ("prompt/completion", [(*PAIR[:3], "Be brief.")])


def test_a_text_is_continued(tmp_path):
    rows = [{"text": "One two. Three four five. Six."}, {"text": "Too short."}, {"text": ""}]
    schema, found = read(tmp_path, rows)
    assert (schema, found) == (
        "text",
        [
            ("One two.", "Three four five. Six.", "", "Continue this text."),
            ("Too short.", "", "", "Continue this text."),
            ("", "", "", "Continue this text."),
        ],
    )


@pytest.mark.parametrize(
    ("text", "beginning", "rest"),
    [
        ("", "", ""),
        ("One two three four five", "One two three four five", ""),
        ("One two three four five six", "One two", "three four five six"),
        ("One two three four five six seven.", "One two three", "four five six seven."),
        ("One two three. Four", "One two three.", "Four"),  # the sentence ends later
        ("One. Two three four five six seven eight nine.", "One. Two three", "four five six seven eight nine."),
        ("Title\nOne two.", "Title", "One two."),
        ("  Yes! No.  ", "Yes!", "No."),
        ("It costs 3.50 euros today. Not more.", "It costs 3.50 euros today.", "Not more."),
    ],
)
def test_where_a_text_is_divided(text, beginning, rest):
    assert company.divided(text) == (beginning, rest)


# Which schema.


@pytest.mark.parametrize(
    ("columns", "schema"),
    [
        (["text", "question", "answer"], "question/answer"),
        (["messages", "text", "prompt", "completion"], "messages"),
        (["instruction", "input", "output", "text"], "instruction/output"),  # Alpaca
        (["instruction", "context", "response", "category"], "instruction/response"),  # Dolly
        (["input", "output", "prompt", "completion"], "prompt/completion"),
        (["question", "answer", "instruction", "response"], "question/answer"),
        (["question", "input", "output", "text"], "input/output"),
        (["question", "text"], "text"),
    ],
)
def test_the_first_schema_that_matches_is_used(columns, schema):
    assert company.schema_of(columns) == schema
    assert company.schema_of(reversed(columns)) == schema


def test_a_file_of_no_schema_is_refused_with_its_columns(tmp_path):
    path = write(tmp_path, [{"Frage": "Wo?", "Antwort": "Hier."}])
    with pytest.raises(UserError) as caught:
        company.read(path, {})
    assert str(caught.value) == (
        "the columns must be those of one schema (messages, conversations, question/answer, instruction/response, "
        f"instruction/output, prompt/completion, input/output, text), {path} has Frage, Antwort: rename them, or say "
        "which is which in the params file, like columns: {question: header, answer: header}"
    )


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_columns_name_the_headers(tmp_path, kind):
    rows = [{"Frage": PAIR[0], "Antwort": PAIR[1], "text": "One. Two.", "Thema": "keys"}]
    named = {"question": "Frage", "answer": "Antwort"}
    assert read(tmp_path, rows, kind, **named) == ("question/answer", [PAIR])
    assert read(tmp_path, rows, kind, **named, topic="Thema")[1] == [(*PAIR[:2], "keys", "")]
    assert read(tmp_path, rows, kind, topic="Thema")[0] == "text"


def test_named_columns_decide_the_schema(tmp_path):
    row = {"messages": turns(("user", "a"), ("assistant", "b")), "q": PAIR[0], "answer": PAIR[1], "prompt": "p"}
    assert read(tmp_path, [row], question="q") == ("question/answer", [PAIR])
    assert read(tmp_path, [row])[0] == "messages"
    swapped = {"question": PAIR[1], "answer": PAIR[0]}
    assert read(tmp_path, [swapped], question="answer", answer="question") == ("question/answer", [PAIR])


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"question": "Frage"}, "has no column 'answer' (did you mean Answers?): its columns are Frage, Answers"),
        ({"question": "Frage", "answer": "Answer"}, "has no column 'Answer' (did you mean Answers?)"),
        ({"question": "Frage", "answer": "Answers", "topic": "Thema"}, "has no column 'Thema': its columns are"),
        (
            {"qestion": "Frage"},
            "columns.qestion is no column of this task (did you mean question?): it knows messages, ",
        ),
        (
            {"question": "Frage", "completion": "Answers"},
            "columns names completion, question together, which are parts",
        ),
    ],
)
def test_a_wrong_name_is_one_line(tmp_path, named, message):
    path = write(tmp_path, [{"Frage": "Wo?", "Answers": "Hier."}])
    with pytest.raises(UserError) as caught:
        company.read(path, named)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ("hello", "a conversation must be a list of {role, content}, row 2 of PATH has 'hello': mend that row"),
        (
            {"role": "user"},
            "a conversation must be a list of {role, content}, row 2 of PATH has {'role': 'user'}: mend",
        ),
        (["hello"], "a turn must be of a user, an assistant, a system or a tool, row 2 of PATH has one of 'A': use"),
        (
            turns(("Ann", "x")),
            "a turn must be of a user, an assistant, a system or a tool, row 2 of PATH has one of 'Ann'",
        ),
        ([*turns(("user", "x")), {"role": "user"}], "a turn must be {role, content}, row 2 of PATH turn 2 is {'role'"),
        ([*turns(("user", "x")), "y"], "a turn must be {role, content}, row 2 of PATH turn 2 is 'y': mend it"),
        (turns((" ", "x")), "a turn must have a speaker, row 2 of PATH turn 1 has ' ': name one"),
        (turns(("user", [1])), "a turn must be text, row 2 of PATH turn 1 has 1: the models here read text alone"),
        (
            turns(("user", [{"type": "image_url", "image_url": {"url": "x"}}])),
            "a turn must be text, row 2 of PATH turn 1 has a part of the type 'image_url': the models here read text "
            "alone, so take the rows that have such parts out, or write what they show as text",
        ),
        (
            [{"role": "assistant", "content": None, "tool_calls": [{"id": "a"}]}],
            "a call of a tool must have a name, row 2 of PATH turn 1 has {'id': 'a'}: mend it",
        ),
    ],
)
def test_a_broken_conversation_is_one_line(tmp_path, messages, message):
    path = write(tmp_path, [{"messages": turns(("user", "a"), ("assistant", "b"))}, {"messages": messages}])
    with pytest.raises(UserError) as caught:
        company.read(path, {})
    assert str(caught.value).startswith(message.replace("PATH", str(path)))


@pytest.mark.parametrize(
    ("name", "content"), [("own.jsonl", '{"question": "a"'), ("own.csv", "a,b\n1\n"), ("own.txt", "a")]
)
def test_a_broken_file_has_the_message_of_every_task(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    messages = []
    for reading in (lambda: company.read(path, {}), lambda: read_table(path, {}, ())):
        with pytest.raises(UserError) as caught:
            reading()
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


# Faults.


def test_faults_are_counted_by_kind(tmp_path):
    pairs = [
        ("Where is it?", "Here."),  # 1
        ("where IS it", "here"),  # 2: as 1
        ("Where is it?", "There."),
        ("", "Here."),  # 4
        (" ", "Here."),  # 5: as 4
        ("???", "Here."),
        ("!!!", "Here."),  # other punctuation, no words: not a duplicate
        ("Who?", ""),  # 8
        ("", ""),  # 9
        ("Where is it?", "Here."),  # 10: as 1
    ]
    table = company.read(write(tmp_path, [{"question": q, "answer": a} for q, a in pairs]), {})
    assert company.faults(table) == {
        "duplicate": ["2", "5", "10"],
        "empty_question": ["4", "5", "9"],
        "empty_answer": ["8", "9"],
    }
    assert company.faults(table.loc[[1, 3]]) == {"duplicate": [], "empty_question": [], "empty_answer": []}


def test_an_equal_question_under_another_lead_is_another_row(tmp_path):
    rows = [{"messages": turns(("system", lead), ("user", "Who?"), ("assistant", "I."))} for lead in ("A.", "B.", "a")]
    assert company.faults(company.read(write(tmp_path, rows), {}))["duplicate"] == ["3"]


def test_a_text_too_short_to_divide_is_an_empty_answer(tmp_path):
    table = company.read(write(tmp_path, [{"text": "Hello there."}, {"text": "One. Two."}, {"text": ""}]), {})
    assert company.faults(table) == {"duplicate": [], "empty_question": ["3"], "empty_answer": ["1", "3"]}


# Rows and prompts.


def test_examples(tmp_path):
    rows = [
        {"question": "Where is it?", "answer": "Here.", "topic": "place"},
        {"question": "where is it", "answer": "There.", "topic": ""},
        {"question": "??", "answer": "Yes.", "topic": ""},
        {"question": "!!", "answer": "No.", "topic": ""},
    ]
    made = company.examples(company.read(write(tmp_path, rows), {}), LAST)
    assert made == [
        {"id": "1", "group": "1", "stratum": "place", "source": "Where is it?", "target": "Here.", "topic": "place"},
        {"id": "2", "group": "1", "stratum": "", "source": "where is it", "target": "There."},
        {"id": "3", "group": "3", "stratum": "", "source": "??", "target": "Yes."},
        {"id": "4", "group": "4", "stratum": "", "source": "!!", "target": "No."},
    ]


def test_documents_are_the_distinct_rows(tmp_path):
    rows = [{"question": q, "answer": a} for q, a in [("A?", "a"), ("A?", "a"), ("A?", ""), ("", "")]]
    assert company.documents(company.read(write(tmp_path, rows), {})) == ["A?\na", "A?"]


def test_the_prompt_is_the_question_unchanged():
    asked = {"id": "I", "group": "G", "stratum": "S", "topic": "S", "source": "Where is it?\nNow.", "target": "T"}
    assert company_prompt.prompt(asked) == "Where is it?\nNow."
    assert company_prompt.prompt({**asked, "few_shot": []}) == "Where is it?\nNow."
    assert company_prompt.prompt({**asked, "few_shot": ["Here.", "There."]}) == (
        "Answers to similar questions:\n- Here.\n- There.\n\nWhere is it?\nNow."
    )
    assert company_prompt.prompt({**asked, "lead": "Be brief."}) == "Be brief.\n\nWhere is it?\nNow."


def test_the_prompt_of_a_text_asks_to_continue_it(tmp_path):
    (made,) = company.examples(company.read(write(tmp_path, [{"text": "It rained. We stayed in."}]), {}), LAST)
    assert (made["source"], made["target"]) == ("It rained.", "We stayed in.")
    assert company_prompt.prompt(made) == "Continue this text.\n\nIt rained."
    assert company_prompt.prompt({**made, "few_shot": ["It snowed."]}) == (
        "Continue this text.\n\nHow similar texts go on:\n- It snowed.\n\nIt rained."
    )


def test_it_is_a_task():
    assert load("company", "data") is company
    assert company_prompt.CUE == "Answer:"
    assert company.DISTINCT is True
