"""The select_setting stage: copies of the setting with the best figure on validation rows, and what it refuses."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline_lib.core.files import read_json, write_json, write_jsonl
from pipeline_lib.evaluation.score_table import rounded
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.evaluation.validation_figures import validation_figures
from pipeline_lib.training.settings import GRID_KEYS
from stages import select_setting
from tests.helpers.stages import refused, run_stage
from tests.helpers.toys import write_params
from tests.helpers.training_outputs import contents

LABELS = ["negative", "positive"]
ROWS: list[dict[str, Any]] = [
    {"id": str(number), "group": str(number), "labels": LABELS, "source": "text", "target": LABELS[number % 3 == 0]}
    for number in range(30)
]
GRID = {"gentle": {"lr": 1e-4, "epochs": 2}, "steady": {"lr": 1e-3}, "brisk": {"lr": 1e-2, "warmup_ratio": 0.2}}
WRONG = {"gentle": 3, "steady": 7, "brisk": 5}  # every so many rows are wrong: steady has the fewest


def answers(wrong: int) -> list[dict]:
    common = {"probabilities": {"negative": 0.5, "positive": 0.5}}
    return [
        {"id": row["id"], "prediction": LABELS[(LABELS.index(row["target"]) + (at % wrong == 0)) % 2]}
        | {"reference": row["target"], **common}
        for at, row in enumerate(ROWS)
    ]


class Files:
    """A folder with what the stage reads; change what you like, then `run`."""

    def __init__(self, folder: Path, wrong: dict[str, int] = WRONG):
        self.folder, self.printed = folder, ""
        for part in ("train", "validation"):
            write_jsonl(folder / "split" / f"{part}.jsonl", ROWS)
        for place, (name, many) in enumerate(wrong.items()):
            self.answers(name, answers(many))
            settings = {"task": "sentiment", "lr": 0.5, "epochs": 4, "batch_size": 8, "lora": {"r": 2}} | GRID[name]
            write_json(folder / "grid" / name / "tuned" / "base.json", {"name": "toy", "settings": settings})
            (folder / "grid" / name / "tuned" / "adapter_model.safetensors").write_bytes(bytes([place, 0, 255, 10, 13]))
            self.history(name, [(1, 0.9), (2, 0.5 + place / 10), (3, 0.1)])  # lowest loss last, epoch 2 kept
        params = {"task": "sentiment", "grid": {name: GRID[name] for name in wrong}}
        self.params = write_params(folder / "params.yaml", "none", params)

    def answers(self, name: str, rows: list[dict]) -> None:
        write_jsonl(self.folder / "predictions" / name / "validation.jsonl", rows)

    def history(self, name: str, losses: list[tuple[int, float]], kept: int = 2) -> None:
        lines = [f"{3 * epoch},{epoch},validation,{loss},,{'1' * (epoch == kept)}\n" for epoch, loss in losses]
        text = "step,epoch,split,loss,lr,kept\n1,1,train,0.1,0.001,\n" + "".join(lines)
        (self.folder / "grid" / name / "training").mkdir(exist_ok=True)
        (self.folder / "grid" / name / "training" / "history.csv").write_text(text, encoding="utf-8")

    def run(self) -> dict:
        places = {"data": "split", "predictions": "predictions", "trained": "grid"}
        places |= {"out": "tuned", "record": "training", "table": "model_selection.json"}
        where = {name: self.folder / place for name, place in places.items()}
        self.printed = run_stage(select_setting, params=self.params, **where)
        return read_json(self.folder / "model_selection.json")

    def refused(self, message: str) -> None:
        """Run it and expect this line, and no file."""
        refused(message, self.run)
        assert not {"tuned", "training", "model_selection.json"} & {path.name for path in self.folder.iterdir()}


def test_the_best_is_copied_byte_for_byte_and_all_are_in_the_table(tmp_path):
    files = Files(tmp_path)
    write_jsonl(tmp_path / "split" / "test.jsonl", ROWS[:3])
    found = files.run()
    for part in ("tuned", "training"):
        assert contents(tmp_path / part) == contents(tmp_path / "grid" / "steady" / part)
    seed = read_json(tmp_path / "params.yaml")["seed"]
    figures = {
        name: validation_figures(ROWS, answers(WRONG[name]), load_scoring("sentiment"), {}, {}, seed) for name in GRID
    }
    assert found == {
        "by": "accuracy",
        "validation": 30,
        "chosen": "steady",
        "grid_keys": list(GRID_KEYS),
        "settings": {
            name: {
                **({"lr": 0.5, "epochs": 4, "batch_size": 8} | GRID[name]),
                **rounded({key: value for key, value in figures[name].items() if key != "n"}),
                "loss": pytest.approx(0.5 + place / 10),
                "best_epoch": 2,
            }
            for place, name in enumerate(GRID)
        },
    }
    assert list(found["settings"]) == ["steady", "brisk", "gentle"]
    assert list(found["settings"]["steady"])[3:9] == [
        f"{name}{end}" for name in ("accuracy", "f1_macro") for end in ("", "_low", "_high")
    ]
    lines = files.printed.splitlines()
    assert [line.endswith("  <- chosen") for line in lines] == [True, False, False]
    assert lines[0].startswith(f"steady: accuracy 0.8333, f1_macro {found['settings']['steady']['f1_macro']:.4f}, loss")
    (tmp_path / "split" / "test.jsonl").unlink()
    assert files.run() == found, "test rows are not read"
    files.history("gentle", [(1, 0.0001)], kept=1)
    assert files.run()["chosen"] == "steady", "the loss does not decide"


@pytest.mark.parametrize("order", [("gentle", "steady"), ("steady", "gentle")])
def test_of_equals_the_lower_loss_is_kept_then_the_first_in_the_params_file(tmp_path, order):
    files = Files(tmp_path, dict.fromkeys(order, 4))
    for name in order:
        files.history(name, [(2, 0.5)])
    assert files.run()["chosen"] == order[0]
    files.history(order[1], [(2, 0.4)])
    assert files.run()["chosen"] == order[1]


def test_a_second_run_takes_the_place_of_the_first(tmp_path):
    files = Files(tmp_path)
    files.run()
    (tmp_path / "tuned" / "old.bin").write_bytes(b"old")
    files.answers("brisk", answers(29))
    assert files.run()["chosen"] == "brisk"
    assert contents(tmp_path / "tuned") == contents(tmp_path / "grid" / "brisk" / "tuned")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (answers(3)[1:], "brisk/validation.jsonl: .*one answer for each test row, 0 is missing"),
        ([*answers(3), {**answers(3)[0], "id": "99"}], "brisk/validation.jsonl: .*99 is of no test row"),
        ([{**row, "reference": "other"} for row in answers(3)], "brisk/validation.jsonl: .* of another reference"),
        ([], "brisk/validation.jsonl: there are no answers"),
    ],
)
def test_labels_of_other_rows_are_refused(tmp_path, rows, message):
    files = Files(tmp_path)
    files.answers("brisk", rows)
    files.refused(message)


def without_grid(files: Files) -> None:
    params = json.loads(files.params.read_text(encoding="utf-8"))
    del params["grid"]
    files.params.write_text(json.dumps(params), encoding="utf-8")


@pytest.mark.parametrize(("change", "message"), [
    (lambda files: write_jsonl(files.folder / "split" / "validation.jsonl", []),
     r"chosen by validation rows, there are none: lower split\.train, so that rows"),
    (lambda files: files.history("steady", []), r"steady/training/history\.csv has no validation row: train again"),
    (without_grid, "has no grid: add it"),
])  # fmt: skip
def test_nothing_to_choose_from_is_refused(tmp_path, change, message):
    files = Files(tmp_path)
    change(files)
    files.refused(message)


@pytest.mark.parametrize("absent", ["predictions/steady", "grid/steady/tuned", "grid/steady/training"])
def test_a_missing_folder_of_a_setting_is_named(tmp_path, absent):
    files = Files(tmp_path)
    shutil.rmtree(tmp_path / absent)
    files.refused(rf"{tmp_path / absent}.* is missing: run the stage that makes it")


def test_a_folder_with_other_things_in_it_is_not_replaced(tmp_path):
    files = Files(tmp_path)
    (tmp_path / "tuned").mkdir()
    (tmp_path / "tuned" / "thesis.txt").write_text("mine")
    refused(r"holds other things \(thesis\.txt\)", files.run)
    assert contents(tmp_path / "tuned") == {"thesis.txt": b"mine"}
    assert not (tmp_path / "model_selection.json").exists()
