"""Losses by epoch: means weighted by targets, the gap, and the stage's files."""

import csv
import math

import pytest

from pipeline_lib.core.files import read_json, write_csv
from pipeline_lib.evaluation.overfitting import COLUMNS
from pipeline_lib.evaluation.overfitting import epoch_losses as by_epoch
from pipeline_lib.training.outputs import COLUMNS as HISTORY
from stages import epoch_losses
from tests.helpers.stages import refused


def row(epoch, loss, targets="", split="train", kept=""):
    return {"epoch": str(epoch), "split": split, "loss": str(loss), "targets": str(targets), "kept": kept}


VALIDATION = {1: 2.0, 2: 1.75, 3: 1.9}
TRAIN = [row(1, 3.0, 10), row(1, 1.0, 30), row(2, 1.0, 30), row(2, 0.5, 10), row(3, 0.25, 40)]
RUN = TRAIN + [row(epoch, loss, split="validation", kept="1" * (epoch == 2)) for epoch, loss in VALIDATION.items()]


def test_losses_are_weighed_by_targets_and_the_gap_is_between_them():
    found = by_epoch(RUN)
    assert [list(one) for one in found] == [list(COLUMNS)] * 3
    columns = {name: [one[name] for one in found] for name in COLUMNS}
    assert (columns["epoch"], columns["kept"]) == ([1, 2, 3], [False, True, False])
    assert (columns["train"], columns["validation"]) == (pytest.approx([1.5, 0.875, 0.25]), [2.0, 1.75, 1.9])
    assert columns["gap"] == pytest.approx([0.5, 0.875, 1.65])
    assert columns["train_perplexity"] == pytest.approx([math.exp(x) for x in (1.5, 0.875, 0.25)])
    assert columns["validation_perplexity"] == pytest.approx([math.exp(x) for x in (2, 1.75, 1.9)])
    (alone,) = by_epoch([row(1, 2.0, 3)])
    assert alone == {
        "epoch": 1, "train": 2.0, "validation": None, "gap": None, "train_perplexity": math.exp(2),
        "validation_perplexity": None, "kept": False,
    }  # fmt: skip
    assert by_epoch([]) == []


def run(folder, rows):
    header = list(HISTORY)
    write_csv(folder / "training" / "history.csv", header, [{**dict.fromkeys(header, ""), **one} for one in rows])
    where = {"record": "training", "out": "epochs.json", "table": "epochs.csv"}
    epoch_losses.main([f"--{name}={folder / file}" for name, file in where.items()])
    with (folder / "epochs.csv").open(encoding="utf-8", newline="") as file:
        return read_json(folder / "epochs.json"), list(csv.DictReader(file))


def test_the_stage_writes_figures_and_a_table(tmp_path, capsys):
    figures, table = run(tmp_path, RUN)
    assert (figures["kept"], figures["of"], figures["gap"]) == (2, 3, 0.875)
    assert figures["by_epoch"]["3"] == {
        "train": 0.25, "validation": 1.9, "gap": 1.65, "train_perplexity": 1.284025, "validation_perplexity": 6.685894,
    }  # fmt: skip
    assert (list(figures["by_epoch"]), list(table[0])) == (["1", "2", "3"], list(COLUMNS))
    assert [(line["kept"], float(line["gap"])) for line in table] == [("0", 0.5), ("1", 0.875), ("0", 1.65)]
    assert capsys.readouterr().out == (
        "epoch 1: training loss 1.5000, validation 2.0000, gap +0.5000\n"
        "epoch 2: training loss 0.8750, validation 1.7500, gap +0.8750 (kept)\n"
        "epoch 3: training loss 0.2500, validation 1.9000, gap +1.6500\n"
    )
    figures, table = run(tmp_path, TRAIN)
    assert (figures["kept"], figures["of"], figures["gap"]) == (3, 3, None)
    assert {line["gap"] for line in table} == {""}
    assert capsys.readouterr().out.endswith("epoch 3: training loss 0.2500\n")
    write_csv(tmp_path / "training" / "history.csv", ["epoch", "split", "loss", "kept"], [])
    message = r"history.csv has no column targets: run the stage that makes it \(dvc repro\)"
    refused(message, epoch_losses.main, [f"--record={tmp_path / 'training'}", "--out=x", "--table=y"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r"history.csv has no epochs: run finetune again$"),
        ([row(1, "x", 3)], r"history.csv line 2: loss must be a finite number, it is 'x': train again \(dvc repro\)$"),
        ([row(1, 1.0)], "a cell that finetune does not write"),
        ([row(1, 1.0, split="validation")], "a cell that finetune does not write"),
        ([row(1, 9999.0, 1)], "a cell that finetune does not write"),
    ],
)
def test_a_broken_history_is_refused(tmp_path, rows, message):
    refused(message, run, tmp_path, rows)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["training"]
