"""The task dialogue: every layout is read with all turns in order, faults are named, turns to predict selected."""

import json
import random
from pathlib import Path

import pandas as pd
import pytest

from pipeline_lib.core.dialogues import split_label, transcript, turn_line, turns_to_predict
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, read_jsonl
from pipeline_lib.core.tasks import load
from pipeline_lib.data.dialogue_files import LAYOUTS
from pipeline_lib.tasks.dialogue import data as dialogue
from stages import split
from tests.helpers.stages import error_of
from tests.helpers.toys import write_params

TEA = [("Alex", "Tea or coffee?"), ("Bob", "Tea, please."), ("Alex", "Sugar?"), ("Bob", "No."), ("Bob", "Milk, yes.")]
WALK = [("Cleo", "Shall we walk?"), ("Dan", "It rains: stay.")]
# As people write dialogues: an object whose keys are the speakers, a key once for each turn.
REPEATED = """[
  {"Alex": "Tea or coffee?", "Bob": "Tea, please.", "Alex": "Sugar?", "Bob": "No.", "Bob": "Milk, yes."},
  {"Cleo": "Shall we walk?", "Dan": "It rains: stay."}
]"""


def listed(pairs, speaker="speaker", text="text"):
    return [{speaker: who, text: what} for who, what in pairs]


def write(folder: Path, text: str, name: str = "own.json") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def write_rows(folder: Path, rows: list, kind: str = "json") -> Path:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    return write(folder, "\n".join(lines) if kind == "jsonl" else f"[{','.join(lines)}]", f"own.{kind}")


def content(path: Path, **columns) -> tuple[str, list[tuple]]:
    """Return the schema and (id, topic, [(speaker, text)]) of each dialogue."""
    table = dialogue.read(path, columns)
    assert (list(table.columns), list(table.index)) == (["id", "topic", "turns"], list(range(1, len(table) + 1)))
    rows = [
        (name, topic, [(turn["speaker"], turn["text"]) for turn in turns])
        for name, topic, turns in table.itertuples(index=False)
    ]
    assert all(list(turn) == ["speaker", "text"] for turns in table["turns"] for turn in turns)
    return table.attrs["schema"], rows


def refused(path: Path, **columns) -> str:
    """Return the one line of a file that is refused, the folder left out."""
    return error_of(dialogue.read, path, columns).replace(f"{path.parent}/", "")


BOTH = [("1", "", TEA), ("2", "", WALK)]


LINES = "\n".join(part.strip().rstrip(",") for part in REPEATED.splitlines()[1:-1])
TEXT = "\ufeffAlex: Tea or coffee?\r\nBob:  Tea, please.\n  Alex: Sugar?\nBob: No.\nBob:\tMilk, yes.\n\n \n"
TEXT += "Cleo: Shall we walk?\nDan: It rains: stay."
OBJECT, TURNS = (
    "an object of speakers and their texts, a speaker once for each turn",
    "turns: a list of {speaker, text}",
)


@pytest.mark.parametrize(
    ("name", "text", "schema"),
    [
        ("own.json", REPEATED, OBJECT),
        ("own.jsonl", LINES, OBJECT),
        ("own.json", json.dumps([listed(TEA), listed(WALK)]), TURNS),
        ("own.json", json.dumps([{"turns": listed(TEA)}, dict(WALK)]), f"{TURNS} and {OBJECT}"),
        ("own.TXT", TEXT, "lines of NAME: TEXT"),
        ("own.txt", "\n\n".join(transcript(listed(pairs)) for pairs in (TEA, WALK)), "lines of NAME: TEXT"),
    ],
)
def test_every_layout_keeps_every_turn_in_order(tmp_path, name, text, schema):
    assert content(write(tmp_path, text, name)) == (schema, BOTH)


def test_an_object_of_speakers_may_have_an_id_and_a_topic(tmp_path):
    rows: list[dict] = [{"id": "a", **dict(WALK)}, {"topic": "rain", "nr": "4", **dict(WALK)}]
    named = [("1", "", [("id", "a"), *WALK]), ("4", "rain", WALK)]
    assert content(write_rows(tmp_path, rows), id="nr")[1] == named, "a named column is used"
    assert content(write_rows(tmp_path, rows[:1]))[1] == [("a", "", WALK)]


@pytest.mark.parametrize("kind", ["json", "jsonl"])
@pytest.mark.parametrize(
    ("header", "speaker", "text"),
    [("turns", "speaker", "text"), ("messages", "role", "content"), ("conversations", "from", "value")],
)
def test_a_list_of_turns(tmp_path, kind, header, speaker, text):
    rows = [
        {"id": 7, header: listed(TEA, speaker, text), "topic": ["tea", "home"]},
        {header: listed(WALK, speaker, text)},
    ]
    found = content(write_rows(tmp_path, rows, kind))
    assert found == (f"{header}: a list of {{{speaker}, {text}}}", [("7", "tea, home", TEA), ("2", "", WALK)])


def test_names_and_space_in_texts(tmp_path):
    # Line breaks and runs of space become one space.
    rows = [{"turns": [{"speaker": " Dr.  No ", "text": "One\n\ttwo \u2028 three "}, {"speaker": "Ä", "text": None}]}]
    assert content(write_rows(tmp_path, rows, "jsonl"))[1] == [("1", "", [("Dr. No", "One two three"), ("Ä", "")])]
    # A name in the text ends no label.
    text = "Alex: At 10:30: maybe.\nDr. Who (left): Note: yes\nBob:\n\nX: y"
    assert content(write(tmp_path, text, "own.txt"))[1][0] == (
        "1",
        "",
        [("Alex", "At 10:30: maybe."), ("Dr. Who (left)", "Note: yes"), ("Bob", "")],
    )
    # A name of sixty letters is one.
    pairs = [("x" * 60, "b"), ("y", "c")]
    assert content(write_rows(tmp_path, [dict(pairs)]))[1] == [("1", "", pairs)]
    assert split_label(turn_line({"speaker": "x" * 60, "text": "b: c"})) == ("x" * 60, "b: c")


def test_columns_name_what_the_file_calls_them(tmp_path):
    rows = [
        {"nr": 3, "talk": listed(TEA, "who", "said"), "about": "tea"},
        {"nr": 4, "talk": listed(WALK, "who", "said")},
    ]
    path = write_rows(tmp_path, rows)
    columns = {"turns": "talk", "speaker": "who", "text": "said", "id": "nr", "topic": "about"}
    assert content(path, **columns) == ("talk: a list of {who, said}", [("3", "tea", TEA), ("4", "", WALK)])
    assert refused(path, turn="talk") == (
        "columns.turn is no column of this task (did you mean turns?): it knows turns, speaker, text, id, topic"
    )


UNKNOWN = f"is in no known layout: {'; '.join(LAYOUTS)}"
NAME = "a speaker must be a name of at most 60 letters without a colon"


@pytest.mark.parametrize(("name", "text", "message"), [
    ("a.jsonl", '{"A": "b", "C": "d"}\n\n{"A": "b" "C"}',
     "a.jsonl line 3 column 11 is not JSON (Expecting ',' delimiter): mend that place, or save it anew"),
    ("a.json", "[[1], [2",
     "a.json line 1 column 9 is not JSON (Expecting ',' delimiter): mend that place, or save it anew"),
    ("a.txt", "\n\n", "a.txt holds no dialogues: it needs at least two"),
    ("a.txt", "Alex: Hi\n\nBob said hello\nAlex: Oh",
     "each line must begin with its speaker, like Alex: Hello, a.txt line 3 is 'Bob said hello': put the name "
     "before it, or join it to the line above"),
    ("a.csv", "A,B\nb,c\n", f"a.csv dialogue 1 {UNKNOWN}; it has A, B"),
    ("a.csv", "question,answer\nb,c\n",
     f"a.csv dialogue 1 {UNKNOWN}; it has question, answer: use recipes/company for questions and answers"),
    ("a.txt", "31/01/2024, 08:01 - Ben: Hi\n01/31/2024, 08:02 - Ana: Hi\n",
     "the dates of a chat must all be day first or all month first, a.txt line 2 has 01/31/2024: correct it"),
    ("a.json", '[{"author": {"name": "A"}, "timestamp": "noon", "content": "b"}]',
     "a message must have a date and a time, message 1 of a.json has 'noon': mend it"),
    ("a.jsonl", '{"A": "b"}\n{"A": {"b": 1}, "C": "d"}', f"a.jsonl dialogue 2 {UNKNOWN}; it has A, C"),
    ("a.json", "[{}]", f"a.json dialogue 1 {UNKNOWN}; it has none"),
    ("a.json", '[{"speaker": "A", "text": "b"}, {"speaker": "C", "text": "d"}]',
     "each entry must be a dialogue, a.json dialogue 1 is a single turn: put the turns of each dialogue in a "
     "list of their own"),
    ("a.json", '[{"turns": [{"speaker": "A", "text": "b"}, {"speaker": "A"}]}]',
     "a turn must be {speaker, text}, a.json dialogue 1 turn 2 is {'speaker': 'A'}: mend it"),
    ("a.json", '[{"messages": ["hi", {"role": "A", "content": "b"}]}]',
     "a turn must be {speaker, text} or {role, content} or {from, value}, a.json dialogue 1 turn 1 is 'hi': "
     "mend it"),
    ("a.json", '[{"turns": [{"speaker": "A", "text": "b", "text": "c"}]}]',
     "a turn must name each key once, a.json dialogue 1 turn 1 is [('speaker', 'A'), ('text', 'b'), ('text', "
     "'c')]: mend it"),
    ("a.json", '[{"turns": [{"speaker": " ", "text": "b"}]}]',
     "a turn must have a speaker, a.json dialogue 1 turn 1 has ' ': name one"),
    ("a.json", '[{"A: B": "b"}]', f"{NAME}, a.json dialogue 1 turn 1 has 'A: B': mend it"),
    ("a.jsonl", json.dumps({"x" * 61: "b"}),
     f"{NAME}, a.jsonl dialogue 1 turn 1 has '{'x' * 17}...{'x' * 18}': mend it"),
    ("a.json", '[{"id": "2", "turns": []}, {"A": "b"}]',
     "ids must be distinct, a.json has '2' more than once: give one of them another"),
])  # fmt: skip
def test_a_bad_file_is_one_line(tmp_path, name, text, message):
    assert refused(write(tmp_path, text, name)) == message


def test_faults_are_named_by_kind(tmp_path):
    rows = [[("A", "one")], [], [("A", "x"), ("B", " ")], [("A", "")], WALK, [("A", "\n"), ("A", "y")]]
    table = dialogue.read(write_rows(tmp_path, [{"turns": listed(pairs)} for pairs in rows]), {})
    assert dialogue.faults(table) == {"single_turn": ["1", "2", "4"], "empty_turn": ["3", "6"]}
    assert dialogue.documents(table) == ["one", "x", "Shall we walk?\nIt rains: stay.", "y"]
    assert load("dialogue", "data") is dialogue
    assert (dialogue.PARAMS, dialogue.DISTINCT) == (("dialogue",), True)


def test_examples(tmp_path):
    rows = [{"id": "t", "topic": "tea", "turns": listed(TEA)}, {"turns": listed(WALK)}]
    rows.append({"turns": listed([("cleo", "Shall we WALK"), ("Dan", "it rains; stay!")])})
    table = dialogue.read(write_rows(tmp_path, rows), {})
    made = dialogue.examples(table, {"train_on": "all"})
    assert made[0] == {
        "id": "t", "group": "t", "stratum": "tea", "target": "Milk, yes.",
        "source": "Alex: Tea or coffee?\nBob: Tea, please.\nAlex: Sugar?\nBob: No.\nBob: Milk, yes.",
        "turns": [{"speaker": who, "text": text, "learnt": True} for who, text in TEA],
    }  # fmt: skip
    assert [row["group"] for row in made] == ["t", "2", "2"], "case, space and punctuation make no difference"
    only = dialogue.examples(table, {"train_on": "Bob"})
    learnt = [[turn["learnt"] for turn in row["turns"]] for row in only]
    assert learnt == [[False, True, False, True, True], [False, False], [False, False]]
    assert [{**row, "turns": 0} for row in only] == [{**row, "turns": 0} for row in made]
    for speaker, hint in (("Bop", " (did you mean Bob?)"), ("al", " (did you mean all?)"), ("", "")):
        assert error_of(dialogue.examples, table, {"train_on": speaker}) == (
            f"dialogue.train_on must be all or a speaker, {speaker!r} is none of the data's{hint}: they are Alex, Bob, "
            "Cleo, Dan, cleo"
        )


def examples_of(train_on: str, *dialogues) -> list[dict]:
    rows = [{"id": str(at), "topic": "", "turns": listed(pairs)} for at, pairs in enumerate(dialogues, start=1)]
    return dialogue.examples(pd.DataFrame(rows), {"train_on": train_on})


def test_the_replies_of_a_dialogue():
    (made,) = examples_of("Bob", TEA)
    assert turns_to_predict({**made, "leak": "9"}) == [
        {
            "id": f"1.{number}", "group": "1", "stratum": "", "source": transcript(listed(TEA[: number - 1])),
            "target": f"Bob: {TEA[number - 1][1]}", "speaker": "Bob", "turns": made["turns"][: number - 1], "leak": "9",
        }
        for number in (2, 4, 5)
    ]  # fmt: skip


def test_turns_to_predict_are_spread_and_end_with_the_last():
    long = [("A" if at % 2 else "B", f"turn {at}") for at in range(1, 12)]
    row, short, none = examples_of("all", long, TEA, [("B", "x"), ("C", "y")])
    none["turns"][1]["learnt"] = False

    def selected(number, *rows):
        return [one["id"] for one in dialogue.questions(rows, {"turns_asked": number})]

    assert selected(1, row, short, none) == ["1.11", "2.5"]
    assert selected(2, row, short) == ["1.6", "1.11", "2.3", "2.5"]
    assert selected(3, row, short) == ["1.5", "1.8", "1.11", "2.3", "2.4", "2.5"]
    assert selected(99, row, short) == [*(f"1.{at}" for at in range(2, 12)), "2.2", "2.3", "2.4", "2.5"]
    assert dialogue.questions([none], {"turns_asked": 3}) == []
    for number in range(1, 14):
        found = selected(number, row)
        assert (len(set(found)), found[-1]) == (min(number, 10), "1.11")


def talks(number: int) -> list[dict]:
    """Return distinct dialogues of two to six turns."""
    things = "tea bread rain trains books music work soup chess paint birds snow".split()
    draw = random.Random(4)
    made = []
    for at in range(number):
        words = [f"{draw.choice(things)} {draw.choice(things)} {at} {turn}" for turn in range(2 + at % 5)]
        pairs = [("Mia" if turn % 2 == 0 else "Tom", text) for turn, text in enumerate(words)]
        made.append({"id": f"d{at}", "topic": things[at % 3], "turns": listed(pairs)})
    return made


SIZES = {"task": "dialogue", "columns": {}, "split.train": 12, "split.test": 4, "split.validation": 3}
SIZES |= {"split.incomplete": "fail", "split.min_words": 0}


def parts_of(folder: Path, data: Path, settings: dict | None = None, **changes) -> dict:
    """Run the stage split; return its rows by part."""
    settings = {"train_on": "all", "turns_asked": 3} | (settings or {})
    params = write_params(folder / "params.yaml", "none", SIZES | {"dialogue": settings} | changes)
    split.main(["--params", str(params), "--data", str(data), "--out", str(folder / "split"),
                "--metrics", str(folder / "split.json")])  # fmt: skip
    return {name: read_jsonl(folder / "split" / f"{name}.jsonl") for name in ("train", "validation", "test")}


def test_the_split_is_of_dialogues_and_test_rows_are_turns_to_predict(tmp_path, capsys):
    made = talks(24)
    parts = parts_of(tmp_path, write_rows(tmp_path, made, "jsonl"))
    assert {"speaker" in row for row in parts["train"]} == {False}
    assert len(parts["train"]) == 12
    groups = {name: {row["group"] for row in rows} for name, rows in parts.items()}
    assert {name: len(found) for name, found in groups.items()} == {"train": 12, "validation": 3, "test": 4}
    assert not groups["train"] & (groups["validation"] | groups["test"])
    assert not groups["validation"] & groups["test"]
    by_id = {row["id"]: row for row in made}
    for part in ("validation", "test"):
        for row in parts[part]:
            name, number = row["id"].rsplit(".", 1)
            turns = by_id[name]["turns"]
            assert row["target"] == turn_line(turns[int(number) - 1])
            assert row["turns"] == [{**turn, "learnt": True} for turn in turns[: int(number) - 1]]
            assert (row["speaker"], row["stratum"], row["leak"]) == (
                turns[int(number) - 1]["speaker"], by_id[name]["topic"], "",
            )  # fmt: skip
        lasts = {row["group"]: row["id"] for row in parts[part]}
        assert all(last == f"{name}.{len(by_id[name]['turns'])}" for name, last in lasts.items())
    figures = read_json(tmp_path / "split.json")
    assert figures["dialogues"] == {"train": 12, "validation": 3, "test": 4}
    assert {name: figures[name] for name in parts} == {name: len(rows) for name, rows in parts.items()}
    assert figures["shared_groups"] == 0
    printed = capsys.readouterr().out
    assert "own.jsonl: turns: a list of {speaker, text}\n" in printed
    assert "dialogues: 12 train, 3 validation, 4 test; a row of validation or test is one turn to predict\n" in printed


def test_unusable_dialogues_are_listed_and_left_out(tmp_path, capsys):
    made = talks(24)
    made[3]["turns"] = made[3]["turns"][:1]
    made[5]["turns"][1]["text"] = " "
    made[8]["turns"] = []
    parts = parts_of(tmp_path, write_rows(tmp_path, made))
    assert read_json(tmp_path / "split.json")["faults"] == {"single_turn": ["d3", "d8"], "empty_turn": ["d5"]}
    assert not {"d3", "d5", "d8"} & {row["group"] for rows in parts.values() for row in rows}
    printed = capsys.readouterr().out
    assert "2 rows left out as single turn: d3, d8\n1 rows left out as empty turn: d5\n" in printed


def test_only_one_speakers_turns_are_predicted(tmp_path):
    data = write_rows(tmp_path, talks(24))
    parts = parts_of(tmp_path, data, {"train_on": "Tom", "turns_asked": 2})
    assert {row["speaker"] for part in ("validation", "test") for row in parts[part]} == {"Tom"}
    assert all(turn["learnt"] == (turn["speaker"] == "Tom") for row in parts["train"] for turn in row["turns"])
    with pytest.raises(UserError, match=r"dialogue.train_on must be all or a speaker, 'Tim' .* \(did you mean Tom\?\)"):
        parts_of(tmp_path, data, {"train_on": "Tim"})
    made, empty = talks(24), tmp_path / "empty"
    made[0]["turns"].insert(0, {"speaker": "Guest", "text": "Good day to all of you here."})
    empty.mkdir()
    data = write_rows(empty, made)
    assert error_of(parts_of, empty, data, {"train_on": "Guest"}) == (
        f"no test dialogue of {data} has a turn to predict: choose another dialogue.train_on"
    )
    assert not (empty / "split").exists()


@pytest.mark.parametrize("kind", ["txt", "jsonl"])
def test_a_folder_of_two_files(tmp_path, kind):
    made = talks(24)
    (tmp_path / "data").mkdir()
    for name, rows in (("train", made[:18]), ("test", made[18:])):
        if kind == "txt":
            text = "\n\n".join(transcript(row["turns"]) for row in rows)
        else:
            text = "\n".join(json.dumps(row) for row in rows)
        write(tmp_path / "data", text, f"{name}.{kind}")
    parts = parts_of(tmp_path, tmp_path / "data")
    first = "test-d18" if kind == "jsonl" else "test-1"
    assert {row["group"] for row in parts["test"]} >= {first}
    assert len({row["group"] for row in parts["test"]}) == 4
    assert {row["group"].startswith("test-") for row in parts["train"] + parts["validation"]} == {False}
    write(tmp_path / "data", "x", f"train.{'json' if kind == 'txt' else 'txt'}")
    with pytest.raises(UserError, match=r"must hold one file train with the ending .*, .* has train"):
        parts_of(tmp_path, tmp_path / "data")
