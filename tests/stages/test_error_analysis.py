"""The error_analysis stage: the table of wrong rows, safe to open, and one file with every figure."""

import csv
import json
from pathlib import Path

import pytest

from pipeline_lib.core.files import read_json, write_json, write_text
from pipeline_lib.evaluation.error_analysis import CATEGORIES, analyse_errors, categories
from pipeline_lib.evaluation.metrics.classification import confusion, reliability
from stages import error_analysis as stage
from tests.helpers.sentiment_files import LABELS, Files, answers, reviews
from tests.helpers.stages import refused, run_stage

HISTORY = """\
step,epoch,split,loss,lr,tokens,seconds,tokens_per_second,flops,seconds_left,memory_gb,wrong,kept
1,1,train,0.700000,0.001,600,1.2,500.0,1e+09,3.6,0.700,,
2,1,train,0.600000,0.002,600,1.2,500.0,1e+09,2.4,0.700,,
2,1,validation,0.500000,,,,,,,,0.250000,
3,2,train,0.400000,0.001,600,1.2,500.0,1e+09,1.2,0.700,,
4,2,train,0.300000,0.0005,600,1.2,500.0,1e+09,0.0,0.700,,
4,2,validation,0.550000,,,,,,,,0.125000,1
"""
HEADER = "id,label,predicted,confidence,categories,text\n"
SETTINGS = {"task": "sentiment", "seed": 1, "lr": 0.002, "epochs": 2, "lora": {"r": 8}}
SPLIT = {"rows": 52, "duplicates": 0, "train": 20, "validation": 8, "test": 24}
SELECTION = {"by": "accuracy", "validation": 8, "chosen": "steady", "settings": {"steady": {"accuracy": 0.75}}}
PARTS = ["model", "data", "model_selection", "training", "scores", "confusion", "reliability", "error_analysis"]
ABSENT = ("metrics/scores.json", "metrics/split.json", "training/history.csv", "predictions/untrained/test.jsonl")


class Run:
    """A folder with scores of labelled reviews and what else the stage reads; `run` it."""

    def __init__(self, folder: Path, test_rows: list[dict] | None = None):
        self.folder, self.files, self.printed = folder, Files(folder, test_rows), ""
        self.files.run()
        identity = {"name": "toy", "revision": None, "sha256": "ab12", "method": "lora", "labels": LABELS}
        write_json(folder / "tuned" / "base.json", identity | {"settings": SETTINGS})
        write_text(folder / "training" / "history.csv", HISTORY)
        write_json(folder / "metrics" / "split.json", SPLIT)
        write_json(folder / "metrics" / "model_selection.json", SELECTION)

    def run(self) -> dict:
        places = {"data": "split", "predictions": "predictions", "metrics": "metrics", "record": "training"}
        places |= {"tuned": "tuned", "errors": "errors.csv", "out": "results.json"}
        self.printed = run_stage(stage, **{name: self.folder / place for name, place in places.items()})
        return read_json(self.folder / "results.json")

    def refused(self, message: str) -> None:
        """Run it and expect this line, and no file."""
        refused(message, self.run)
        assert not {"errors.csv", "results.json"} & {path.name for path in self.folder.iterdir()}

    def errors(self) -> list[dict[str, str]]:
        with (self.folder / "errors.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def test_the_results_have_every_part(tmp_path):
    made = Run(tmp_path)
    found = made.run()
    assert list(found) == PARTS
    assert found["model"] == {
        "name": "toy", "revision": None, "sha256": "ab12", "method": "lora", "settings": SETTINGS,
    }  # fmt: skip
    assert (found["data"], found["model_selection"]) == (SPLIT, SELECTION)
    assert found["training"] == {"steps": 4, "validation_loss": {"1": 0.5, "2": 0.55}, "best_epoch": 2}
    assert found["scores"] == read_json(tmp_path / "metrics" / "scores.json")
    truth = [row["target"] for row in made.files.test_rows]
    assert list(found["confusion"]) == ["untrained", "tuned", "regression"], "and the best baseline"
    for system, table in found["confusion"].items():
        predicted = [row["prediction"] for row in made.files.answers(system)]
        assert table == confusion(truth, predicted, LABELS)
        right = sum(table[label][label] for label in LABELS)
        figures = found["scores"]["baselines"] if system == "regression" else found["scores"]
        assert right / 24 == pytest.approx(figures[system]["accuracy"], abs=1e-6)
    tuned = made.files.answers("tuned")
    sure = [row["probabilities"][row["prediction"]] for row in tuned]
    bins = reliability(sure, [row["prediction"] == row["reference"] for row in tuned])
    assert [one["rows"] for one in found["reliability"]] == [one["rows"] for one in bins]
    assert sum(one["rows"] for one in found["reliability"]) == 24
    shares = [one["accuracy"] for one in bins]
    assert [one["accuracy"] for one in found["reliability"]] == pytest.approx(shares, abs=1e-6)
    assert json.dumps(found, allow_nan=False)
    assert made.printed.endswith("3 of 24 rows are wrong; no category stands out\n")
    # The error analysis counts correct rows too.
    rows = [
        {"id": row["id"], "text": row["source"], "label": row["target"], "predicted": answer["prediction"]}
        | {"confidence": answer["probabilities"][answer["prediction"]]}
        for row, answer in zip(made.files.test_rows, tuned, strict=True)
    ]
    errors, wanted = found["error_analysis"], analyse_errors(rows)
    assert (errors["rows"], errors["errors"]) == (wanted["rows"], wanted["errors"]) == (24, 3)
    assert list(errors["categories"]) == list(CATEGORIES)
    for name, one in wanted["categories"].items():
        for key in ("rows", "errors"):
            assert errors["categories"][name][key] == one[key]


def test_the_table_of_errors_holds_the_wrong_rows_and_no_others(tmp_path):
    made = Run(tmp_path)
    made.run()
    assert (tmp_path / "errors.csv").read_text(encoding="utf-8").startswith(HEADER)
    expected = []
    for row, answer in zip(made.files.test_rows, made.files.answers("tuned"), strict=True):
        if answer["prediction"] == row["target"]:
            continue
        sure = answer["probabilities"][answer["prediction"]]
        met = categories(row["source"]) | ({"confident_and_wrong"} if sure >= 0.9 else set())
        named = " ".join(name for name in CATEGORIES if name in met)
        cells = {"id": row["id"], "label": row["target"], "predicted": answer["prediction"]}
        expected.append({**cells, "confidence": f"{sure:.4f}", "categories": named, "text": row["source"]})
    assert (made.errors(), len(expected)) == (expected, 3)
    assert any(row["categories"] for row in expected)


def test_a_cell_that_a_spreadsheet_would_run_is_guarded(tmp_path):
    test_rows = reviews(24, 100)
    texts = ["=cmd|' /C calc'!A0", "+1 star", "-2 stars, or so", '@home, "quoted"\nand on two lines']
    for row, text in zip(test_rows, texts, strict=False):
        row["source"] = text
    made = Run(tmp_path, test_rows)
    made.files.write("tuned", answers(test_rows, 1))  # all wrong
    made.run()
    found = [row["text"] for row in made.errors()]
    assert (found[:4], found[4:]) == ([f"'{text}" for text in texts], [row["source"] for row in test_rows[4:]])


def test_nothing_wrong_is_an_empty_table(tmp_path):
    made = Run(tmp_path)
    made.files.write("tuned", answers(made.files.test_rows, 100, first=99))
    found = made.run()
    assert (tmp_path / "errors.csv").read_text(encoding="utf-8") == HEADER
    assert found["error_analysis"]["errors"] == 0
    assert made.printed.endswith("0 of 24 rows are wrong; no category stands out\n")


def test_a_recipe_without_model_selection_or_validation_rows_has_neither(tmp_path):
    made = Run(tmp_path)
    lines = [line for line in HISTORY.splitlines(keepends=True) if ",validation," not in line]
    write_text(tmp_path / "training" / "history.csv", "".join(lines))
    (tmp_path / "metrics" / "model_selection.json").unlink()
    found = made.run()
    assert list(found) == [part for part in PARTS if part != "model_selection"]
    assert found["training"] == {"steps": 4, "validation_loss": {}}


def test_no_speed_is_in_it(tmp_path):
    # The same training on another day, or machine, must leave the same file.
    made = Run(tmp_path)
    made.run()
    first = (tmp_path / "results.json").read_bytes(), (tmp_path / "errors.csv").read_bytes()
    slower = HISTORY.replace("1.2,500.0", "9.9,60.6").replace(",0.700,", ",3.100,")
    (tmp_path / "training" / "history.csv").write_text(slower, encoding="utf-8")
    made.run()
    assert ((tmp_path / "results.json").read_bytes(), (tmp_path / "errors.csv").read_bytes()) == first


@pytest.mark.parametrize(
    ("system", "rows", "message"),
    [
        ("tuned", answers(reviews(24, 100), 9)[1:], r"tuned/test\.jsonl: .* 100 is missing"),
        ("untrained", answers(reviews(24, 101), 9), r"untrained/test\.jsonl: .* 100 is missing"),
        ("regression", [], r"regression\.jsonl: there are no answers"),
    ],
)
def test_answers_to_other_rows_stop_it_and_nothing_is_written(tmp_path, system, rows, message):
    made = Run(tmp_path)
    made.files.write(system, rows)
    made.refused(message)


@pytest.mark.parametrize("absent", ABSENT)
def test_a_missing_file_is_named(tmp_path, absent):
    made = Run(tmp_path)
    (tmp_path / absent).unlink()
    made.refused(rf"{Path(absent).name} is missing: run the stage that makes it")
