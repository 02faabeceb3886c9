"""The task qa: SQuAD's files and flat ones give one table, what a row is, and what is said of a wrong file."""

import json
from pathlib import Path

import pandas as pd
import pytest

from pipeline_lib.core.tasks import load
from pipeline_lib.tasks.qa import data as qa
from pipeline_lib.tasks.qa import prompt as qa_prompt
from tests.helpers.stages import error_of
from tests.helpers.tables import write_table

LIGHT = "The lighthouse of Marn was built in 1871. Its keeper, Ada Holm, lit it by hand until 1932."
FERRY = "Since 1932 a ferry has crossed to Marn (twice a day). It carries cars."
MISSPELT = "its columns are question, context, answer; name the right one under columns."


def question(name: str, text: str, answers: list[tuple[str, int]], **more) -> dict:
    """Return a question as SQuAD has it."""
    listed = [{"text": answer, "answer_start": start} for answer, start in answers]
    return {"question": text, "id": name, "answers": listed, "is_impossible": not answers, **more}


KEEPER = question("a1", " Who kept the light? ", [("Ada Holm", 56), (" Ada", 55)])
PLAUSIBLE = [{"text": "Ada Holm", "answer_start": 56}]
HARBOUR = question("a2", "Who built the harbour?", [], plausible_answers=PLAUSIBLE)
OFTEN = question("b1", "How often does it cross?", [("twice a day", 40)])
MARN = [{"context": f" \n{LIGHT}", "qas": [KEEPER, HARBOUR]}, {"context": "No question about this.", "qas": []}]
SQUAD = {
    "version": "v2.0",
    "data": [{"title": "Marn", "paragraphs": MARN},
        {"title": "Ferries", "paragraphs": [{"context": FERRY, "qas": [OFTEN]}]}],
}  # fmt: skip
COLUMNS = ["id", "article", "context", "question", "answers", "starts"]
TABLE = [
    dict(zip(COLUMNS, cells, strict=True))
    for cells in [
        ("a1", "Marn", LIGHT, "Who kept the light?", ["Ada Holm", "Ada"], [54, 54]),
        ("a2", "Marn", LIGHT, "Who built the harbour?", [], []),
        ("b1", "Ferries", FERRY, "How often does it cross?", ["twice a day"], [40]),
    ]
]
FLAT = [
    {name: row[name] for name in ("id", "context", "question")}
    | {"title": row["article"], "answers": {"text": row["answers"], "answer_start": row["starts"]}}
    for row in TABLE
]


def made(path: Path, columns: dict[str, str] | None = None) -> list[dict]:
    return qa.examples(qa.read(path, columns or {}))


def row(question="Who?", context=LIGHT, **more) -> dict:
    return {"question": question, "context": context, **more}


def test_squads_formats_become_a_table(tmp_path):
    path = write_table(tmp_path / "dev.json", SQUAD)
    table = qa.read(path, {})
    assert (table.to_dict("records"), list(table.columns), list(table.index)) == (TABLE, COLUMNS, [1, 2, 3])
    assert qa.read(path, {"question": "question", "context": "context"}).to_dict("records") == TABLE
    first = {"context": f" \n{LIGHT}", "qas": [{key: value for key, value in KEEPER.items() if key != "is_impossible"}]}
    squad_1 = {"version": "1.1", "data": [{"title": "Marn", "paragraphs": [first]}]}
    assert qa.read(write_table(tmp_path / "dev.json", squad_1), {}).to_dict("records") == TABLE[:1]
    for name in ("dev.json", "dev.jsonl", "dev.csv", "dev.tsv"):
        assert qa.read(write_table(tmp_path / name, FLAT), {}).to_dict("records") == TABLE
    pd.DataFrame(FLAT).to_parquet(tmp_path / "dev.parquet")
    assert qa.read(tmp_path / "dev.parquet", {}).to_dict("records") == TABLE


def test_what_is_not_read_is_said(tmp_path):
    assert qa.read(write_table(tmp_path / "dev.json", SQUAD), {}).attrs["notes"] == [
        "the rows are the list under 'data'; not read: version",
        "not read of the questions: plausible_answers",
    ]
    path = write_table(tmp_path / "own.jsonl", [row(answer="Ada", level="easy")])
    assert qa.read(path, {}).attrs["notes"] == ["not read: level"]


@pytest.mark.parametrize("name", ["own.json", "own.jsonl", "own.csv"])
def test_columns_map_names_and_numbers_are_ids(tmp_path, name):
    rows = [{"Frage": "Wann?", "Text": LIGHT, "Antwort": "1871"}, {"Frage": "Wo?", "Text": FERRY, "Antwort": ""}]
    columns = {"question": "Frage", "context": "Text", "answer": "Antwort"}
    assert qa.read(write_table(tmp_path / name, rows), columns).to_dict("records") == [
        {"id": "1", "article": "", "context": LIGHT, "question": "Wann?", "answers": ["1871"], "starts": [-1]},
        {"id": "2", "article": "", "context": FERRY, "question": "Wo?", "answers": [], "starts": []},
    ]


@pytest.mark.parametrize(
    ("cell", "answers", "starts"),
    [
        (["Ada Holm", "Ada"], ["Ada Holm", "Ada"], [-1, -1]),
        ([{"text": "Ada", "answer_start": 54}], ["Ada"], [54]),
        ([{"text": "Ada"}], ["Ada"], [-1]),
        ({"text": ["Ada"]}, ["Ada"], [-1]),
        ({"text": ["Ada"], "answer_start": [None]}, ["Ada"], [-1]),
        ({"text": [], "answer_start": []}, [], []),
        ([1871, 1932], ["1871", "1932"], [-1, -1]),
        (None, [], []),
        ('["Ada"]', ["Ada"], [-1]),  # a cell of a table, in JSON
        ("{'text': ['Ada'], 'answer_start': [54]}", ["Ada"], [54]),  # as pandas writes it
        (" ", [], []),
    ],
)
def test_the_forms_of_answers(tmp_path, cell, answers, starts):
    path = write_table(tmp_path / "own.jsonl", [row(answers=cell), row("When?", answers=["1871"])])
    table = qa.read(path, {})
    assert (table["answers"][1], table["starts"][1]) == (answers, starts)


BUILT = "The lighthouse of Marn was built in 1871. Its keeper, Ada Holm, lit it by hand from 1871."
STARTS = {36: 36, 0: 36, 59: 36, 60: 36, 61: 84, 84: 84, 900: 84, -1: -1, -5: -1}


@pytest.mark.parametrize(
    ("context", "text", "given", "found"),
    [
        *((BUILT, "1871", given, found) for given, found in STARTS.items()),  # the nearest occurrence
        ("  121212", "12", 2, 0),  # a start moves with the space that is stripped
        ("121  1", "  1", 3, 5),
        ("12\n ", "2\n", 1, 1),
    ],
)
def test_a_start_is_that_of_the_nearest_occurrence(tmp_path, context, text, given, found):
    answers = {"text": [text], "answer_start": [given]}
    path = write_table(tmp_path / "own.jsonl", [row(context=context, answers=answers)])
    assert list(qa.read(path, {})["starts"]) == [[found]]


@pytest.mark.parametrize(
    ("flag", "answer"),
    [(True, ""), ("True", ""), (1, ""), ("0", "Ada"), (False, "Ada"), (None, "Ada"), ("", ""), (float("nan"), "")],
)
def test_the_forms_of_is_impossible(tmp_path, flag, answer):
    path = write_table(tmp_path / "own.jsonl", [row(answer=answer, is_impossible=flag), row(answer="Ada")])
    assert qa.read(path, {})["answers"][1] == ([answer] if answer else [])


def test_examples_and_documents_of_squad(tmp_path):
    keys = ["id", "group", "stratum", "source", "question", "target", "answers", "position"]
    assert made(write_table(tmp_path / "dev.json", SQUAD)) == [
        dict(zip(keys, values, strict=True))
        for values in [
            ("a1", "Marn", "answerable", LIGHT, "Who kept the light?", "Ada Holm", ["Ada Holm", "Ada"], 10 / 18),
            ("a2", "Marn", "unanswerable", LIGHT, "Who built the harbour?", "no answer", [], None),
            # "(twice" is one word, and the answer begins with it.
            ("b1", "Ferries", "answerable", FERRY, "How often does it cross?", "twice a day", ["twice a day"], 8 / 14),
        ]
    ]
    assert qa.documents(qa.read(write_table(tmp_path / "dev.json", SQUAD), {})) == [LIGHT, FERRY]
    path = write_table(tmp_path / "own.jsonl", [row(context="He gave no answer.", answer="no answer")])
    assert made(path)[0]["stratum"] == "answerable"


@pytest.mark.parametrize(
    ("answer", "position"),
    [("The lighthouse", 0.0), ("1932.", 17 / 18), ("it", None), ("a kite", None)],
)
def test_a_position_without_a_start_is_that_of_the_only_occurrence(tmp_path, answer, position):
    (found,) = made(write_table(tmp_path / "own.jsonl", [row(answer=answer)]))
    assert found["position"] == position


def test_answers_that_are_not_in_their_context_are_named(tmp_path):
    rows = [
        row(id="case", answers=["ADA HOLM!"]), row(id="made up", answers=["Ada Holms"]),
        row(id="second", answers=["Ada Holm", "the keeper"]), row(id="part", answers=["87"]),
        row(id="mark", answers=["%"]), row(id="none", answers=[]),
        row(id="there", answers={"text": ["Grace"], "answer_start": [3]}),
    ]  # fmt: skip
    table = qa.read(write_table(tmp_path / "own.jsonl", rows), {})
    missing = [("made up", "Ada Holms"), ("second", "the keeper"), ("mark", "%"), ("there", "Grace")]
    assert qa.missing_answers(table) == missing
    unsupported = {example["id"]: example["unsupported"] for example in qa.examples(table) if "unsupported" in example}
    assert (unsupported, table["starts"][7]) == ({name: True for name, _ in missing}, [-1])


@pytest.mark.parametrize(
    ("rows", "groups"),
    [
        # (title, context): rows of one article share a group.
        ([("A", "one"), ("B", "two"), ("A", "three")], ["A", "B", "A"]),
        # Equal contexts do too, and so their articles.
        ([("A", "one"), ("B", "two"), ("B", "One!"), ("C", "three")], ["A", "A", "A", "C"]),
        # No titles, or only one: the context decides.
        ([("", "one"), ("", "two"), ("", "ONE.")], ["1", "2", "1"]),
        ([("A", "one"), ("A", "two"), ("A", "one")], ["1", "2", "1"]),
        # Some rows have titles.
        ([("A", "one"), ("", "two"), ("", "one"), ("", "two")], ["A", "2", "A", "2"]),
    ],
)
def test_groups(tmp_path, rows, groups):
    items = [row(title=title, context=context, answer=context) for title, context in rows]
    assert [example["group"] for example in made(write_table(tmp_path / "own.jsonl", items))] == groups


def test_the_prompt_and_groups_of_squads_formats():
    example = {"source": LIGHT, "question": "Who kept the light?", "target": "T", "few_shot": ["N"], "position": 0.5}
    assert qa_prompt.prompt(example) == (
        "Answer the question from the passage with as few words as possible, copied from the passage. If the passage "
        f'does not say it, answer "no answer".\n\nPassage: {LIGHT}\n\nQuestion: Who kept the light?'
    )
    assert (qa_prompt.CUE, qa.NO_ANSWER, qa.DISTINCT) == ("Answer:", "no answer", False)
    assert load("qa", "data") is qa


def refused(path: Path, columns: dict[str, str] | None = None) -> str:
    message = error_of(qa.read, path, columns or {})
    return message.replace(str(path), "FILE")


@pytest.mark.parametrize(("name", "text", "message"), [
    ("dev.json", '{"data": [{"title": "A", "paragraphs": []}]}',
     "FILE holds no questions: SQuAD's format is data, a list of articles with paragraphs, each with context "
     "and qas"),
    ("dev.json", '{"data": [{"title": "A", "paragraphs": [{"qas": {}}]}]}',
     "FILE data[0].paragraphs[0] has no list 'qas': SQuAD's format is data, a list of articles with paragraphs, "
     "each with context and qas; or bring a list, one question a row"),
    ("dev.json", '{"data": [{"paragraphs": [{"qas": [7]}]}]}',
     "FILE data[0].paragraphs[0].qas[0] is a int, not an object: SQuAD's format is data, a list of articles "
     "with paragraphs, each with context and qas"),
])  # fmt: skip
def test_a_broken_file_is_named_with_the_position(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert refused(path) == message


@pytest.mark.parametrize("name", ["question", "context", "id"])
def test_squad_without_a_part_is_named_with_the_position(tmp_path, name):
    remedy = (
        "has no id, other questions have one: give it one, or take all ids out"
        if name == "id"
        else f"has no {name}: each row needs a question and its context, fill it in"
    )
    value = json.loads(json.dumps(SQUAD))
    paragraph = value["data"][1]["paragraphs"][0]
    holder = paragraph if name == "context" else paragraph["qas"][0]
    for change in (lambda: holder.update({name: " "}), lambda: holder.pop(name)):
        change()
        path = write_table(tmp_path / "dev.json", value)
        assert refused(path) == f"FILE data[1].paragraphs[0].qas[0] {remedy}"


@pytest.mark.parametrize("name", ["own.jsonl", "own.csv"])
def test_a_flat_row_is_named_with_the_position(tmp_path, name):
    path = write_table(tmp_path / name, [row(answer="Ada"), row("", answer="Ada")])
    assert refused(path) == "FILE row 2 has no question: each row needs a question and its context, fill it in"


@pytest.mark.parametrize(("name", "rows", "columns", "message"), [
    ("own.jsonl", [row(id=7, answer="Ada"), row(id="8", answer="Ada"), row(id="7", answer="")], {},
     "ids must be distinct, FILE has '7' at row 1 and at row 3: give one of them another"),
    ("dev.json", SQUAD, {"question": "Frage"},
     "columns.question must be left out for FILE, which is in SQuAD's format and has names of its own: set "
     "columns: {} in the params file"),
    *(
        case
        for name in ("own.jsonl", "own.csv")
        for case in (
            (name, [row(answr="Ada")], {},
             "qa needs questions that have an answer, FILE has none in its columns 'answers' and 'answer': name "
             "the right one under columns.answer or columns.answers in the params file"),
            (name, [row(answer="Ada")], {"question": "Questions"},
             f"FILE has no column 'Questions' (did you mean question?): {MISSPELT}question in the params file"),
            (name, [row(answer="Ada")], {"answer": "anwser"},
             f"FILE has no column 'anwser' (did you mean answer?): {MISSPELT}answer in the "
             "params file, or take columns.answer out there"),
            (name, [row(answer="Ada")], {"contxt": "context"},
             "columns.contxt is no column of this task (did you mean context?): it knows question, context, "
             "answers, answer, id, title, is_impossible"),
        )
    ),
])  # fmt: skip
def test_a_file_that_does_not_fit_its_columns_is_refused(tmp_path, name, rows, columns, message):
    assert refused(write_table(tmp_path / name, rows), columns) == message


@pytest.mark.parametrize(("more", "message"), [
    ({"answer": "Ada", "is_impossible": True},
     "a question has answers unless is_impossible, FILE row 1 has 1 and is_impossible: true: mend one of the " "two"),
    ({"answer": "", "is_impossible": "false"},
     "a question has answers unless is_impossible, FILE row 1 has 0 and is_impossible: false: mend one of the " "two"),
    ({"is_impossible": "maybe"}, "is_impossible must be true or false, FILE row 1 has 'maybe': mend it"),
    ({"answer": "Ada", "answers": ["Ada"]},
     "a row has answers or answer, FILE row 1 has both: leave one of the two columns out"),
    ({"answer": "No answer."},
     "a question without an answer has an empty one, FILE row 1 has 'No answer.': leave it empty"),
    ({"answers": "Ada"},
     "answers must be a list of texts, FILE row 1 has 'Ada': write it as JSON, or name a column of one text a "
     "row under columns.answer"),
    ({"answers": ["Ada", ""]}, "an answer in a list may not be empty, FILE row 1 has ['Ada', '']: [] says there"),
    ({"answers": {"text": ["Ada"], "answer_start": [1, 2]}},
     "answers must have as many text as answer_start, both lists, FILE row 1 has {'answer_start': "
     "[1, 2], 'text': ['Ada']}: mend it"),
    ({"answers": {"answer": ["Ada"]}}, "answers must have as many text as answer_start, both lists, FILE row 1"),
    ({"answers": [{"text": "Ada", "answer_start": "54"}]},
     "answer_start must be a whole number, FILE row 1 has '54': mend it or leave it out"),
    ({"answers": [["Ada"]]}, "a cell must be text, FILE row 1, answers, has a list: ['Ada']; write one text there"),
])  # fmt: skip
def test_contradictory_answers_are_refused(tmp_path, more, message):
    assert refused(write_table(tmp_path / "own.jsonl", [row(**more), row("When?", answer="1871")])).startswith(message)
