"""Multiple-choice questions: every format gives the same items, and each fault of a file is one line."""

import json
from pathlib import Path

import pytest

from pipeline_lib.data.choice_items import read_items
from pipeline_lib.inference import multiple_choice as arc
from pipeline_lib.inference.loglikelihood import continuation_ids
from tests.helpers import toys
from tests.helpers.stages import error_of, refused
from tests.helpers.tables import write_table

CHOICES = ["a magnet", "a leaf", "glass"]


def write(folder: Path, rows: list, name: str = "items.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def ai2(name="Q1", key="B", labels="ABC", texts=CHOICES, stem="Which is green?"):
    choices = [{"text": text, "label": label} for text, label in zip(texts, labels, strict=True)]
    return {"id": name, "question": {"stem": stem, "choices": choices}, "answerKey": key}


def flat(answer="B", **more):
    return {"question": "Which is green?", "choices": CHOICES, "answer": answer, **more}


def item(name="Q1", answer=1):
    return {"id": name, "question": "Which is green?", "choices": CHOICES, "answer": answer}


LABELLED = {"text": CHOICES, "label": list("ABC")}
HUB = {"id": "Q1", "question": "Which is green?", "choices": LABELLED, "answerKey": "B"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ai2(), item()),
        (ai2(key="2", labels="123"), item()),
        (ai2(key="C"), item(answer=2)),
        (ai2(key="A", labels="CBA"), item(answer=2)),  # labels in no order
        (ai2(name=""), item("1")),
        (ai2(name=7), item("7")),
        (HUB, item()),
        (flat("B"), item("1")),
        (flat("a leaf", id="Q1"), item()),
        (flat(2), item("1")),
        (flat(" 2 "), item("1")),
    ],
)
def test_every_format_of_an_item(tmp_path, row, expected):
    assert read_items(write(tmp_path, ["", row]), None, 1) == [expected]


@pytest.mark.parametrize(("name", "delimiter"), [("items.csv", ","), ("items.tsv", "\t")])
def test_a_table(tmp_path, name, delimiter):
    row = {"id": "Q1", "question": "Which is green?", "choices": CHOICES, "answer": "B"}
    path = write_table(tmp_path / name, [row])
    assert read_items(path, None, 1) == [item()]
    broken = tmp_path / f"broken{path.suffix}"
    broken.write_text(path.read_text(encoding="utf-8").replace("Q1", f"Q1{delimiter}"), encoding="utf-8")
    refused("line 2 has 5 cells, its header has 4", read_items, broken, None, 1)


def test_a_limit_is_a_sample_in_the_files_order(tmp_path):
    path = write(tmp_path, [ai2(f"Q{number}") for number in range(50)])
    every = read_items(path, None, 1)
    assert [row["id"] for row in every] == [f"Q{number}" for number in range(50)]
    sample = read_items(path, 10, 1)
    assert (len(sample), sample) == (10, [row for row in every if row in sample])
    assert read_items(path, 10, 1) == sample
    assert read_items(path, 10, 2) != sample
    assert sample != every[:10]
    assert read_items(path, 50, 1) == read_items(path, 51, 1) == every


def test_the_prompt_and_continuations_of_an_item():
    tokenizer = toys.gpt2_tokenizer()
    assert arc.prompt(item()) == "Question: Which is green?\nAnswer:"
    assert arc.continuations(item()) == [" a magnet", " a leaf", " glass"]
    assert arc.choice_lengths(item()) == [8, 6, 5]
    prompt, choices = arc.encode_item(tokenizer, item())
    assert tokenizer.decode(prompt) == arc.prompt(item())
    assert [tokenizer.decode(choice) for choice in choices] == arc.continuations(item())
    assert (prompt, choices[1]) == continuation_ids(tokenizer, arc.prompt(item()), " a leaf")


@pytest.mark.parametrize(("row", "message"), [
    ("{", "PATH line 2 column 2 is not JSON (Expecting property name"),
    ("[1]", "PATH line 2 must be an object like {...}, it is [1]: mend it"),
    (ai2("Q2", key="D"), "answerKey must be one of the labels A, B, C, row 2 of PATH (id 'Q2') has 'D': mend it"),
    (ai2("Q2", key="2"), "answerKey must be one of the labels A, B, C, row 2 of PATH (id 'Q2') has '2': mend it"),
    (ai2("Q2", key=None), "answerKey must be one of the labels A, B, C, row 2 of PATH (id 'Q2') has None: mend"),
    (flat("D"), "answer must be the text of a choice, its letter (A, B, ...) or its number from 1, row 2 of PATH"),
    (flat(0), "answer must be the text of a choice, its letter (A, B, ...) or its number from 1, row 2 of PATH"),
    (flat(True), "answer must be the text of a choice, its letter (A, B, ...) or its number from 1, row 2 of PATH"),
    ({"question": "1 + 1?", "choices": ["1", "3", "2"], "answer": "2"},
     "an answer must be one choice alone, row 2 of PATH (id '2') has '2', which may be choice 2 or 3"),
    (ai2(), "an id must stand once, PATH has 'Q1' in row 1 and in row 2: mend one"),
    (ai2("Q2", stem=" "), "every item needs a question, row 2 of PATH (id 'Q2') has none: give it one"),
    ({"id": "Q2", "answerKey": "A"}, "every item needs a question, row 2 of PATH (id 'Q2') has none: give it one"),
    (flat(choices=None), "choices must be a list of texts, or of {text, label}, row 2 of PATH (id '2') has None"),
    (flat(choices=[1, 2]), "choices must be a list of texts, or of {text, label}, row 2 of PATH (id '2') has [1, 2]"),
    (flat(choices=["x", {}]), "choices must be a list of texts, or of {text, label}, row 2 of PATH (id '2') has"),
    (flat(choices={"text": ["a", "b"]}), "choices must be a list of texts, or of {text, label}, row 2 of PATH"),
    (ai2("Q2", labels="AAB"), "choices must be a list of texts, or of {text, label}, row 2 of PATH (id 'Q2') has"),
    (ai2("Q2", labels="B", texts=["one"]), "choices must be two or more different texts, row 2 of PATH (id 'Q2')"),
    (ai2("Q2", texts=["a", " ", "b"]), "choices must be two or more different texts, row 2 of PATH (id 'Q2')"),
    (ai2("Q2", texts=["a", "a", "b"]), "choices must be two or more different texts, row 2 of PATH (id 'Q2')"),
])  # fmt: skip
def test_a_broken_line_is_named(tmp_path, row, message):
    path = write(tmp_path, [ai2(), row])
    assert error_of(read_items, path, 1, 1).startswith(message.replace("PATH", str(path)))


def test_what_cannot_be_read(tmp_path):
    refused(r"data file .*none\.jsonl is missing", read_items, tmp_path / "none.jsonl", None, 1)
    refused("holds no questions", read_items, write(tmp_path, ["", ""]), None, 1)
    refused("the limit of items must be at least 1, it is 0", read_items, write(tmp_path, [ai2()]), 0, 1)
    path = write(tmp_path, ["question,choices,answer", "Which?,red;blue,A"], "items.csv")
    assert error_of(read_items, path, None, 1) == (
        f'choices must be a JSON list of texts, row 1 of {path} has \'red;blue\': write them like ["red", "blue"]'
    )
