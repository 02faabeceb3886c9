"""The task company: every schema gives the same rows, and faults are named."""

from pathlib import Path
from typing import Any

import pytest

from pipeline_lib.core.tasks import load
from pipeline_lib.data.tables import read_table
from pipeline_lib.tasks.company import data as company
from pipeline_lib.tasks.company import prompt as company_prompt
from tests.helpers.stages import error_of
from tests.helpers.tables import write_table


def read(folder: Path, rows: list[dict], kind: str = "jsonl", **columns: str) -> tuple[str, list[tuple[str, ...]]]:
    """Return the schema and (question, answer, topic, lead) of each row."""
    table = company.read(write_table(folder / f"own.{kind}", rows), columns)
    assert list(table.columns) == [*TEXTS, "history", "earlier"]
    assert list(table.index) == list(range(1, len(rows) + 1))
    return table.attrs["schema"], [tuple(row) for row in table[TEXTS].itertuples(index=False)]


def turns(*pairs: tuple[str, Any]) -> list[dict]:
    return [{"role": role, "content": content} for role, content in pairs]


TEXTS = ["question", "answer", "topic", "lead"]
LAST = {"answers": "last"}
PAIR = ("Where is the key?", "Under the mat.", "", "")


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv"])
@pytest.mark.parametrize(
    "columns", "question/answer instruction/response instruction/output prompt/completion input/output".split()
)
def test_a_schema_of_two_columns(tmp_path, kind, columns):
    question, answer = columns.split("/")
    rows = [
        {"id": "x", question: " Where is the key? ", answer: "Under the mat.", "topic": "keys"},
        {"id": "y", question: "", answer: "Ä\u2028ö", "topic": ""},
    ]
    found = [("Where is the key?", "Under the mat.", "keys", ""), ("", "Ä\u2028ö", "", "")]
    assert read(tmp_path, rows, kind) == (columns, found)


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv"])
def test_a_conversation(tmp_path, kind):
    user, assistant = (lambda text: ("user", text)), (lambda text: ("assistant", text))
    cases = [
        ((user("Where is the key?"), assistant("Under the mat.")), PAIR),
        ((("system", 'You work for "Acme".\nIt\'s kind.'), user("Who?"), assistant("It's I.")),
         ("Who?", "It's I.", "", 'You work for "Acme".\nIt\'s kind.')),
        ((user("Hi"), assistant("Hello."), user("Where?"), assistant("Here."), user("Thanks")),
         ("User: Hi\nAssistant: Hello.\nUser: Where?", "Here.", "", "")),
        ((assistant("Hello."),), ("", "Hello.", "", "")),
        ((user("Anybody?"),), ("Anybody?", "", "", "")),
        ((), ("", "", "", "")),
    ]  # fmt: skip
    rows = [{"messages": turns(*pairs)} for pairs, _ in cases]
    assert read(tmp_path, rows, kind) == ("messages", [row for _, row in cases])


def test_turns_without_content_and_in_two_columns(tmp_path):
    rows: list[dict] = [
        {"messages": [{"role": "user", "content": "Go"}, {"role": "assistant", "content": None}]},
        {"messages": None},
    ]
    assert read(tmp_path, rows)[1] == [("Go", "", "", ""), ("", "", "", "")]
    given = turns(("system", "Be brief."), ("user", "Where is the key?"))
    rows = [{"prompt": given, "completion": turns(("assistant", "Under the mat."))}]
    assert read(tmp_path, rows) == ("prompt/completion", [(*PAIR[:3], "Be brief.")])


def test_a_text_is_continued(tmp_path):
    schema, found = read(tmp_path, [{"text": "One two. Three four five. Six."}, {"text": "Too short."}, {"text": ""}])
    assert schema == "text"
    assert [row[:3] for row in found] == [("One two.", "Three four five. Six.", ""), ("Too short.", "", ""), ("",) * 3]
    assert {row[3] for row in found} == {"Continue this text."}


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
    assert (company.schema_of(columns), company.schema_of(reversed(columns))) == (schema, schema)


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_columns_name_the_headers(tmp_path, kind):
    rows = [{"Frage": PAIR[0], "Antwort": PAIR[1], "text": "One. Two.", "Thema": "keys"}]
    named = {"question": "Frage", "answer": "Antwort"}
    assert read(tmp_path, rows, kind, **named) == ("question/answer", [PAIR])
    assert read(tmp_path, rows, kind, **named, topic="Thema")[1] == [(*PAIR[:2], "keys", "")]
    assert read(tmp_path, rows, kind, topic="Thema")[0] == "text"


def test_which_columns_are_read(tmp_path):
    row = {"messages": turns(("user", "a"), ("assistant", "b")), "q": PAIR[0], "answer": PAIR[1], "prompt": "p"}
    assert read(tmp_path, [row], question="q") == ("question/answer", [PAIR])
    assert read(tmp_path, [row])[0] == "messages"
    swapped = {"question": PAIR[1], "answer": PAIR[0]}
    assert read(tmp_path, [swapped], question="answer", answer="question") == ("question/answer", [PAIR])
    path = write_table(tmp_path / "own.jsonl", [{"Frage": "Wo?", "Antwort": "Hier."}])
    assert error_of(company.read, path, {}) == (
        "the columns must be those of one schema (messages, conversations, question/answer, instruction/response, "
        f"instruction/output, prompt/completion, input/output, text), {path} has Frage, Antwort: rename them, or say "
        "which is which in the params file, like columns: {question: header, answer: header}"
    )


@pytest.mark.parametrize(("named", "message"), [
    ({"question": "Frage"}, "has no column 'answer' (did you mean Answers?): its columns are Frage, Answers"),
    ({"question": "Frage", "answer": "Answer"}, "has no column 'Answer' (did you mean Answers?)"),
    ({"question": "Frage", "answer": "Answers", "topic": "Thema"}, "has no column 'Thema': its columns are"),
    ({"qestion": "Frage"}, "columns.qestion is no column of this task (did you mean question?): it knows messages, "),
    ({"question": "Frage", "completion": "Answers"}, "columns names completion, question together, which are parts"),
])  # fmt: skip
def test_a_wrong_name_is_one_line(tmp_path, named, message):
    path = write_table(tmp_path / "own.jsonl", [{"Frage": "Wo?", "Answers": "Hier."}])
    assert message in error_of(company.read, path, named)


@pytest.mark.parametrize(("messages", "message"), [
    ("hello", "a conversation must be a list of {role, content}, row 2 of PATH has 'hello': mend that row"),
    ({"role": "a"}, "a conversation must be a list of {role, content}, row 2 of PATH has {'role': 'a'}: mend that"),
    (["hello"], "a turn must be of a user, an assistant, a system or a tool, row 2 of PATH has one of 'A': use"),
    (turns(("Ann", "x")), "a turn must be of a user, an assistant, a system or a tool, row 2 of PATH has one of"),
    ([*turns(("user", "x")), {"role": "user"}], "a turn must be {role, content}, row 2 of PATH turn 2 is {'role'"),
    ([*turns(("user", "x")), "y"], "a turn must be {role, content}, row 2 of PATH turn 2 is 'y': mend it"),
    (turns((" ", "x")), "a turn must have a speaker, row 2 of PATH turn 1 has ' ': name one"),
    (turns(("user", [1])), "a turn must be text, row 2 of PATH turn 1 has 1: the models here read text alone"),
    (turns(("user", [{"type": "image_url", "image_url": {"url": "x"}}])),
     "a turn must be text, row 2 of PATH turn 1 has a part of the type 'image_url': the models here read text "
     "alone, so take the rows that have such parts out, or write what they show as text"),
    ([{"role": "assistant", "content": None, "tool_calls": [{"id": "a"}]}],
     "a call of a tool must have a name, row 2 of PATH turn 1 has {'id': 'a'}: mend it"),
])  # fmt: skip
def test_a_broken_conversation_is_one_line(tmp_path, messages, message):
    path = write_table(
        tmp_path / "own.jsonl", [{"messages": turns(("user", "a"), ("assistant", "b"))}, {"messages": messages}]
    )
    assert error_of(company.read, path, {}).startswith(message.replace("PATH", str(path)))


@pytest.mark.parametrize(
    ("name", "content"), [("own.jsonl", '{"question": "a"'), ("own.csv", "a,b\n1\n"), ("own.txt", "a")]
)
def test_a_broken_file_has_the_message_of_every_task(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert error_of(company.read, path, {}) == error_of(read_table, path, {}, ())


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
    table = company.read(write_table(tmp_path / "own.jsonl", [{"question": q, "answer": a} for q, a in pairs]), {})
    assert company.faults(table) == {
        "duplicate": ["2", "5", "10"], "empty_question": ["4", "5", "9"], "empty_answer": ["8", "9"],
    }  # fmt: skip
    assert company.faults(table.loc[[1, 3]]) == {"duplicate": [], "empty_question": [], "empty_answer": []}
    # An equal question under another lead is another row.
    rows = [{"messages": turns(("system", lead), ("user", "Who?"), ("assistant", "I."))} for lead in ("A.", "B.", "a")]
    assert company.faults(company.read(write_table(tmp_path / "own.jsonl", rows), {}))["duplicate"] == ["3"]
    # A text too short to divide is an empty answer.
    table = company.read(
        write_table(tmp_path / "own.jsonl", [{"text": "Hello there."}, {"text": "One. Two."}, {"text": ""}]), {}
    )
    assert company.faults(table) == {"duplicate": [], "empty_question": ["3"], "empty_answer": ["1", "3"]}


def test_examples_and_documents(tmp_path):
    rows = [
        {"question": "Where is it?", "answer": "Here.", "topic": "place"},
        {"question": "where is it", "answer": "There.", "topic": ""},
        {"question": "??", "answer": "Yes.", "topic": ""},
        {"question": "!!", "answer": "No.", "topic": ""},
    ]
    made = company.examples(company.read(write_table(tmp_path / "own.jsonl", rows), {}), LAST)
    assert made == [
        {"id": "1", "group": "1", "stratum": "place", "source": "Where is it?", "target": "Here.", "topic": "place"},
        {"id": "2", "group": "1", "stratum": "", "source": "where is it", "target": "There."},
        {"id": "3", "group": "3", "stratum": "", "source": "??", "target": "Yes."},
        {"id": "4", "group": "4", "stratum": "", "source": "!!", "target": "No."},
    ]
    rows = [{"question": q, "answer": a} for q, a in [("A?", "a"), ("A?", "a"), ("A?", ""), ("", "")]]
    assert company.documents(company.read(write_table(tmp_path / "own.jsonl", rows), {})) == ["A?\na", "A?"]
    assert load("company", "data") is company
    assert company_prompt.CUE == "Answer:"
    assert company.DISTINCT is True


def test_the_prompt_is_the_question_unchanged(tmp_path):
    given = {"id": "I", "group": "G", "stratum": "S", "topic": "S", "source": "Where is it?\nNow.", "target": "T"}
    assert company_prompt.prompt(given) == "Where is it?\nNow."
    assert company_prompt.prompt({**given, "few_shot": []}) == "Where is it?\nNow."
    assert company_prompt.prompt({**given, "few_shot": ["Here.", "There."]}) == (
        "Answers to similar questions:\n- Here.\n- There.\n\nWhere is it?\nNow."
    )
    assert company_prompt.prompt({**given, "lead": "Be brief."}) == "Be brief.\n\nWhere is it?\nNow."
    # The prompt of a text asks to continue it.
    (made,) = company.examples(
        company.read(write_table(tmp_path / "own.jsonl", [{"text": "It rained. We stayed in."}]), {}), LAST
    )
    assert (made["source"], made["target"]) == ("It rained.", "We stayed in.")
    assert company_prompt.prompt(made) == "Continue this text.\n\nIt rained."
    assert company_prompt.prompt({**made, "few_shot": ["It snowed."]}) == (
        "Continue this text.\n\nHow similar texts go on:\n- It snowed.\n\nIt rained."
    )
