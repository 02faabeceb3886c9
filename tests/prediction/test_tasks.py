"""A trained model of each task, used from its folder alone: the answers are those of the pipeline's own stages."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline_lib import load
from pipeline_lib.core.files import read_jsonl, write_jsonl
from pipeline_lib.data.records import Records
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.prediction.answer_files import write_answers
from pipeline_lib.prediction.answer_scores import score_lines
from pipeline_lib.prediction.input_rows import rows_of_python
from stages import classify_lm, finetune, generate, predict, split
from tests.helpers import toys
from tests.helpers.stages import error_of, refused, run_stage
from tests.helpers.tables import write_table

NOUNS = ("invoice", "parcel", "refund", "account", "contract", "printer", "badge")


def questions() -> list[dict[str, Any]]:
    return [
        {"Q": f"Where is {noun} number {at}?", "A": f"{noun.capitalize()} {at} is in room {at * 3}."}
        for at in range(1, 5)
        for noun in NOUNS
    ]


def passages() -> list[dict[str, Any]]:
    return [
        {
            "title": f"{noun} {at}", "context": f"The {noun} of team {at} is blue. It has {at + 2} parts.",
            "question": f"How many parts has the {noun}?", "answers": [f"{at + 2}"] if at % 3 else [],
        }
        for at in range(1, 5)
        for noun in NOUNS
    ]  # fmt: skip


def dialogues() -> list[dict[str, Any]]:
    return [
        {"turns": [
            {"speaker": "Ann", "text": f"Is the {noun} {at} here?"}, {"speaker": "Ben", "text": f"Yes, on shelf {at}."},
            {"speaker": "Ann", "text": "Thanks."}, {"speaker": "Ben", "text": f"Bye, take the {noun}."},
        ]}
        for at in range(1, 5)
        for noun in NOUNS
    ]  # fmt: skip


def reviews() -> list[dict[str, Any]]:
    return [
        {"Review": f"The {noun} number {at} is {word}.", "Mood": mood}
        for at in range(1, 3)
        for noun in NOUNS
        for word, mood in (("great", "positive"), ("awful", "negative"))
    ]


def reports() -> list[dict[str, Any]]:
    return list(toys.reports(28))


# task: (rows of the user's file, columns, the columns that are not given to predict)
TASKS: dict[str, Any] = {
    "impression": (reports,
     {"title": "Report Name", "history": "History", "observation": "Observation", "impression": "Impression"},
     ["Impression"]),
    "company": (questions, {"question": "Q", "answer": "A"}, ["A"]),
    "qa": (passages, {}, ["answers"]),
    "dialogue": (dialogues, {}, []),
    "sentiment": (reviews, {"text": "Review", "label": "Mood"}, ["Mood"]),
}  # fmt: skip
SMALL = {
    # The rows of a task are of one template, and so nearly equal.
    "split": {"train": 16, "test": 6, "validation": 4, "near_duplicates": "allow"}, "epochs": 1, "generate.max_new_tokens": "auto",
    "labels": {}, "dialogue": {"train_on": "all", "turns_asked": 2}, "classify": {"batch_size": 16},
}  # fmt: skip


def trained(folder: Path, task: str, model: Path) -> tuple[list[dict], list[dict], list[dict]]:
    """Train on a task in `folder`; return the user's rows, the test rows and the pipeline's answers to them."""
    made, columns, _ = TASKS[task]
    rows = made()
    write_jsonl(folder / "rows.jsonl", rows)
    changes = SMALL | {"task": task, "columns": columns, "data": str(folder / "rows.jsonl")}
    changes |= {"prompt.few_shot": 0} if task == "dialogue" else {}
    params = toys.write_params(folder / "params.yaml", model, changes)
    run_stage(split, params=params, out=folder / "split", metrics=folder / "split.json")
    run_stage(
        finetune, params=params, data=folder / "split", out=folder / "tuned", record=folder / "record",
    )  # fmt: skip
    asked = classify_lm if task == "sentiment" else generate
    run_stage(asked, params=params, data=folder / "split", tuned=folder / "tuned", out=folder / "answers")
    return rows, read_jsonl(folder / "split" / "test.jsonl"), read_jsonl(folder / "answers" / "test.jsonl")


def unanswered(task: str, rows: list[dict], test: list[dict]) -> list[dict]:
    """Return the user's rows of the test rows, without what predict is to find."""
    _, _, left_out = TASKS[task]
    if task == "dialogue":
        return [{"turns": [{key: turn[key] for key in ("speaker", "text")} for turn in row["turns"]]} for row in test]
    own = [rows[int(row["id"]) - 1] for row in test]
    return [{name: cell for name, cell in row.items() if name not in left_out} for row in own]


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_the_folder_alone_answers_as_the_pipeline_does(task, tmp_path, llama_folder, monkeypatch):
    rows, test, answers = trained(tmp_path, task, llama_folder)
    asked = unanswered(task, rows, test)
    shutil.move(tmp_path / "tuned", tmp_path / "elsewhere")
    for name in ("split", "record", "answers"):
        shutil.rmtree(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    model: Any = load("elsewhere", model=str(llama_folder))
    found = model.predict(asked)
    key = "sentiment" if task == "sentiment" else "answer"
    assert [one[key] for one in found] == [row["prediction"] for row in answers]
    one = model.predict(asked[0])
    assert (one[key], set(one)) == (found[0][key], set(found[0]))
    if task == "sentiment":
        for one, row in zip(found, answers, strict=True):
            assert one["probabilities"] == pytest.approx(row["probabilities"], abs=1e-6)
            assert one["confidence"] == max(one["probabilities"].values())
    else:
        assert [one["ended"] for one in found] == [row["ended"] for row in answers]
        examples = rows_of_python(task, asked, model.data).examples
        assert "".join(model.stream(examples[0])) == found[0]["answer"]
    # The stage writes the same beside the user's cells.
    write_jsonl(tmp_path / "new.jsonl", asked)
    run_stage(predict, model="elsewhere", base=llama_folder, out="answers.jsonl", **{"in": "new.jsonl"})
    written = read_jsonl(tmp_path / "answers.jsonl")
    assert written == [row | json.loads(json.dumps(one)) for row, one in zip(asked, found, strict=True)]


@pytest.fixture(scope="module")
def reporting(tmp_path_factory, llama_folder) -> Path:
    folder = tmp_path_factory.mktemp("reporting")
    trained(folder, "impression", llama_folder)
    return folder / "tuned"


def ask(tuned: Path, model: Path, source: Path, out: Path, *more: str) -> str:
    return run_stage(predict, *more, model=tuned, base=model, out=out, **{"in": source})


def test_the_log_probability_is_the_mean_over_the_answers_tokens(reporting, llama_folder):
    model: Any = load(reporting, model=str(llama_folder))
    row = {"Observation": "A small nodule.", "History": "cough"}
    [example] = rows_of_python("impression", [row], model.data).examples
    [prompt] = model.encoded([example])
    tokenizer = load_tokenizer(locate(str(llama_folder)))
    found = model.predict(row)
    ids = list(prompt.ids[: prompt.start])
    logp, count = 0.0, 0
    with torch.no_grad():
        while count < model.max_new_tokens:
            scores = model.model(input_ids=torch.tensor([ids])).logits[0, -1].log_softmax(-1)
            logp, count = logp + float(scores.max()), count + 1
            ids.append(int(scores.argmax()))
            if ids[-1] in (model.encoder.eos_id, tokenizer.eos_token_id):
                break
    assert found["logprob"] == pytest.approx(logp / count, abs=1e-5)
    assert found["ended"] == (ids[-1] == model.encoder.eos_id)


def test_a_tables_cells_stay_and_answers_are_compared_and_guarded(reporting, llama_folder, tmp_path, monkeypatch):
    table = write_table(tmp_path / "new.csv", list(toys.reports(5)))
    printed = ask(reporting, llama_folder, table, tmp_path / "out.tsv", "--score")
    lines = (tmp_path / "out.tsv").read_text(encoding="utf-8")
    assert lines.startswith("Report Name\tHistory\tObservation\tImpression\tanswer\tlogprob\tended\nCT chest\tdocument")
    assert "5 rows answered" in printed
    assert "compared with the answers of 5 of 5 rows; 95% intervals in brackets\n" in printed
    assert "  ROUGE-L: 0." in printed


def test_rows_without_an_answer_are_not_scored():
    rows = [
        {"id": str(at), "group": str(at), "source": "x", "target": text} for at, text in enumerate(("a nodule", ""))
    ]
    first, *lines = score_lines(load_scoring("impression"), rows, [{"answer": "a nodule"}, {"answer": "no"}])
    assert first == "compared with the answers of 1 of 2 rows; 95% intervals in brackets"
    assert "  ROUGE-L: 1.000" in lines, "one row has no interval"


def test_a_column_with_our_name_stays_and_an_answer_is_no_formula(tmp_path):
    records = Records(tmp_path, ["text", "Answer"], [{"text": "=1", "Answer": ["a", 1]}, {"text": "b"}], [], False)
    answers = [{"answer": "=2", "ended": True}, {"answer": "-", "ended": False}]
    write_answers(tmp_path / "out.csv", records, answers)
    text = (tmp_path / "out.csv").read_text()
    assert text == """text,Answer,predicted_answer,ended\n=1,"[""a"", 1]",'=2,true\nb,,'-,false\n"""
    write_answers(tmp_path / "out.jsonl", records, answers)
    assert read_jsonl(tmp_path / "out.jsonl") == [
        {"text": "=1", "Answer": ["a", 1], "predicted_answer": "=2", "ended": True},
        {"text": "b", "predicted_answer": "-", "ended": False},
    ]


def test_one_row_is_streamed(reporting, llama_folder, monkeypatch, tmp_path):
    model: Any = load(reporting, model=str(llama_folder))
    expected = model.predict("A small nodule.")["answer"]
    assert run_stage(predict, "--row", "A small nodule.", model=reporting, base=llama_folder).rstrip("\n") == expected
    (tmp_path / "in.txt").write_text("A small nodule.\n")
    with (tmp_path / "in.txt").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert run_stage(predict, "--row", "-", model=reporting, base=llama_folder).rstrip("\n") == expected
    two = ["--row", "Observation=A small nodule.", "History=cough"]
    assert (
        run_stage(predict, *two, model=reporting, base=llama_folder).rstrip("\n")
        == model.predict({"Observation": "A small nodule.", "History": "cough"})["answer"]
    )


def test_a_stopped_run_goes_on(reporting, llama_folder, tmp_path, monkeypatch):
    table = write_table(tmp_path / "new.csv", list(toys.reports(9)))
    ask(reporting, llama_folder, table, tmp_path / "whole.csv", "--batch-size", "2")
    advance = predict.Progress.advance
    seen: list[int] = []

    def stop(self, count: int, note: str = "") -> None:
        seen.append(count)
        if len(seen) == 3:
            raise KeyboardInterrupt
        advance(self, count, note)

    monkeypatch.setattr(predict.Progress, "advance", stop)
    with pytest.raises(KeyboardInterrupt):
        ask(reporting, llama_folder, table, tmp_path / "out.csv", "--batch-size", "2")
    monkeypatch.setattr(predict.Progress, "advance", advance)
    assert not (tmp_path / "out.csv").exists()
    printed = ask(reporting, llama_folder, table, tmp_path / "out.csv", "--batch-size", "2")
    assert "continuing after 3 batches of an earlier run" in printed
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_mistakes_are_one_line(reporting, llama_folder, gemma_folder, tmp_path):
    table = write_table(tmp_path / "new.csv", [{"History": "cough"}])
    out = tmp_path / "out.csv"
    said = {
        "column": lambda: ask(reporting, llama_folder, table, out),
        "base": lambda: ask(reporting, gemma_folder, table, out),
        "folder": lambda: ask(llama_folder, llama_folder, table, out),
        "ending": lambda: ask(reporting, llama_folder, table, tmp_path / "out.xlsx"),
        "empty": lambda: ask(
            reporting, llama_folder, write_table(tmp_path / "e.csv", [{"Observation": ""}, {"Observation": "a"}]), out
        ),
        "none": lambda: run_stage(predict, model=reporting),
        "score": lambda: ask(
            reporting, llama_folder, write_table(tmp_path / "s.csv", [{"Observation": "a"}]), out, "--score"
        ),
        "size": lambda: ask(reporting, llama_folder, table, out, "--batch-size", "0"),
        "long": lambda: ask(
            reporting, llama_folder, write_table(tmp_path / "l.csv", [{"Observation": "a", "Report Name": "x " * 900}]),
            out,
        ),
    }  # fmt: skip
    messages = {name: error_of(call).replace(str(tmp_path), "T") for name, call in said.items()}
    assert messages["column"].startswith("T/new.csv has no column 'Observation': its columns are History; name ")
    assert f"{reporting} was trained on toy-llama" in messages["base"]
    assert messages["folder"].endswith("is no trained model, it has no base.json: name a folder of finetune or export")
    assert messages["ending"] == "--out must end in .csv, .tsv, .jsonl, T/out.xlsx ends in '.xlsx': rename it"
    assert messages["empty"] == (
        "every row needs an input, row 1 of T/e.csv has an empty Observation: fill it in, or take that row out"
    )
    assert messages["none"] == "predict needs rows: name a file with --in, or one row with --row"
    assert messages["score"] == "--score needs answers to compare with, T/s.csv has none: leave --score out"
    assert messages["size"] == "--batch-size must be at least 1, it is 0: choose another"
    assert messages["long"].startswith("row 1: the prompt without its input has more than prompt.max_tokens (")
    assert not out.exists()
    with pytest.raises(TypeError, match=r"a row must be a str or a dict, rows\[0\] is int"):
        load(reporting, model=str(llama_folder)).predict([3])  # type: ignore[list-item]
    refused("device must be one that torch has here", load, reporting, model=str(llama_folder), device="abacus")
    refused("is no trained model", load, tmp_path)
