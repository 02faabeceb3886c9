"""finetune_classifier: it learns, writes exact outputs and the same bytes in each run, and has one-line errors."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file

from pipeline_lib.core.files import read_json, write_jsonl
from pipeline_lib.models.loading import load_classifier, locate
from pipeline_lib.params import load_params
from stages import finetune_classifier
from tests.helpers import toys
from tests.helpers.classifier_runs import LABELS, SMALL, reviews, split_of
from tests.helpers.stages import refused, run_stage
from tests.helpers.training_outputs import contents, history, listed, places

FILES = ["adapter_config.json", "adapter_model.safetensors", "base.json", "tokenizer.json", "tokenizer_config.json"]
MEASURED = ["targets", "lr", "tokens", "seconds", "tokens_per_second", "flops", "seconds_left", "memory_gb"]


@pytest.fixture
def project(tmp_path):
    """A folder with a split of 18 training, 6 validation and 8 test reviews."""
    split_of(tmp_path)
    return tmp_path


def tune(folder: Path, model: Path, changes: dict | None = None) -> str:
    toys.write_params(folder / "params.yaml", model, SMALL | (changes or {}))
    return run_stage(finetune_classifier, *places(folder))


def train_losses(folder: Path) -> list[float]:
    return [float(row["loss"]) for row in history(folder) if row["split"] == "train"]


def test_it_learns_and_writes_exactly_this(project, bert_folder):
    printed = tune(project, bert_folder)
    assert listed(project) == ["params.yaml", "split", "training", "tuned"]
    assert listed(project / "tuned") == FILES
    rows, losses = history(project), train_losses(project)
    assert list(rows[0]) == ["step", "epoch", "split", "loss", *MEASURED, "errors", "kept"]
    assert [(row["step"], row["epoch"], row["split"]) for row in rows] == [
        (str(3 * epoch + step), str(epoch + 1), part)
        for epoch in range(8)
        for step, part in ((1, "train"), (2, "train"), (3, "train"), (3, "validation"))
    ]
    validation = [row for row in rows if row["split"] == "validation"]
    # Two labels: 0.69 nats a row is a coin.
    assert losses[0] == pytest.approx(0.69, abs=0.2)
    assert sum(losses[-3:]) / 3 < 0.35
    assert float(validation[-1]["loss"]) < 0.3
    for row in rows:
        given = [name for name in (*MEASURED, "errors", "kept") if row[name] != ""]
        if row["split"] == "train":
            assert given == MEASURED
            assert all(float(row[name]) > 0 for name in MEASURED if name != "seconds_left")
        else:
            assert given == (["errors", "kept"] if row["kept"] else ["errors"])
    # The epoch with the fewest wrong, of equals the first.
    wrong = [float(row["errors"]) for row in validation]
    assert all(6 * share == pytest.approx(round(6 * share), abs=1e-4) for share in wrong)
    best = wrong.index(min(wrong)) + 1
    assert [row["epoch"] for row in validation if row["kept"]] == [str(best)]
    assert wrong[-1] == 0
    learnt = sum(tensor.numel() for tensor in load_file(project / "tuned" / "adapter_model.safetensors").values())
    bare = load_classifier(locate(str(bert_folder)), LABELS, torch.float32, new_head=True)
    whole = sum(weight.numel() for weight in bare.parameters())
    head = 32 * 32 + 32 + 2 * 32 + 2  # the pooler and what stands on it, which are copied to be trained
    assert f"toy-bert on 1 x cpu, float32, lora: {learnt:,} of {whole + learnt:,} weights are trained\n" in printed
    assert learnt > head
    tokens = sum(int(row["tokens"]) for row in rows[:3])
    assert (
        f"18 training rows of {tokens:,} tokens, 6 validation rows, labels negative, positive; "
        "0 texts cut to max_tokens (32)\n"
    ) in printed
    assert f"epoch 8: validation loss {float(validation[-1]['loss']):.4f} nats a row, 0.0% errors\n" in printed
    kept = rf"kept epoch {best} \(fewest validation errors\); trained \d+ s, about [\d.e+]+ operations\n$"
    assert re.search(kept, printed)


def test_what_is_saved(project, bert_folder):
    tune(project, bert_folder, {"epochs": 1})
    base, params = locate(str(bert_folder)), load_params(project / "params.yaml")
    named = "task seed precision method lora max_tokens lr epochs batch_size micro_batch_size warmup_ratio weight_decay"
    assert read_json(project / "tuned" / "base.json") == {
        "name": "toy-bert", "revision": None, "sha256": base.sha256, "method": "lora", "labels": LABELS,
        "data": {"columns": {}},
        "settings": {name: params[name] for name in (*named.split(), "max_grad_norm", "patience", "memory")},
    }  # fmt: skip
    assert str(bert_folder) not in (project / "tuned" / "adapter_config.json").read_text(encoding="utf-8")
    tune(project, bert_folder, {"epochs": 1})
    tensors = load_file(project / "tuned" / "adapter_model.safetensors")
    assert {name.split("base_model.model.")[1] for name in tensors if "lora" not in name} == {
        "bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias",
    }  # fmt: skip
    assert not [name for name in tensors if "lora" in name and ("pooler" in name or "classifier" in name)]
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}


def test_two_runs_write_the_same_bytes_and_another_seed_does_not(project, bert_folder):
    changes = {"epochs": 2, "lora.dropout": 0.1}
    tune(project, bert_folder, changes)
    first = contents(project / "tuned")
    torch.manual_seed(99)  # whatever was drawn before
    tune(project, bert_folder, changes)
    assert contents(project / "tuned") == first
    # In another process, whatever Python's hash seed: DVC compares by hash, and a set has another order each run.
    settings = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "1"}
    command = [sys.executable, "-m", "stages.finetune_classifier", *places(project)]
    done = subprocess.run(command, cwd=toys.ROOT, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert contents(project / "tuned") == first
    tune(project, bert_folder, changes | {"seed": 7})
    assert contents(project / "tuned")["adapter_model.safetensors"] != first["adapter_model.safetensors"]


def test_the_epoch_with_the_fewest_errors_is_kept(project, bert_folder):
    # Labels the wrong way round: the better it learns, the worse they fare.
    turned = [{**row, "target": LABELS[LABELS[0] == row["target"]]} for row in reviews(6, 19)]
    write_jsonl(project / "split" / "validation.jsonl", turned)
    tune(project, bert_folder)
    validation = [row for row in history(project) if row["split"] == "validation"]
    wrong = [float(row["errors"]) for row in validation]
    assert wrong[-1] == 1, "or nothing is learnt"
    best = wrong.index(min(wrong)) + 1
    assert best < 8
    assert [row["epoch"] for row in validation if row["kept"]] == [str(best)]
    first = load_file(project / "tuned" / "adapter_model.safetensors")
    write_jsonl(project / "split" / "validation.jsonl", [])
    tune(project, bert_folder)
    last = load_file(project / "tuned" / "adapter_model.safetensors")
    assert any(not torch.equal(first[name], last[name]) for name in last)
    assert not [row for row in history(project) if row["kept"]], "of no epoch is known that it is the best"


def test_the_whole_model_can_be_trained(project, bert_folder):
    tune(project, bert_folder, {"method": "full", "lr": 0.01, "epochs": 16})
    files = "base.json config.json model.safetensors tokenizer.json tokenizer_config.json"
    assert listed(project / "tuned") == files.split()
    identity = read_json(project / "tuned" / "base.json")
    assert (identity["method"], identity["labels"]) == ("full", LABELS)
    assert read_json(project / "tuned" / "config.json")["id2label"] == {"0": "negative", "1": "positive"}
    losses = train_losses(project)
    assert sum(losses[-3:]) < sum(losses[:3]) / 4


@pytest.mark.parametrize("write", [toys.write_distilbert, toys.write_roberta])
def test_other_kinds_of_encoders_learn(write, project, tmp_path):
    tune(project, write(tmp_path / "toy"), {"lr": 0.01})
    losses = train_losses(project)
    assert sum(losses[-3:]) < 0.7 * sum(losses[:3])


def test_bf16_learns_as_fp32_does(project, bert_folder):
    found = {}
    for precision in ("fp32", "bf16"):
        AcceleratorState._reset_state(reset_partial_state=True)
        printed = tune(project, bert_folder, {"precision": precision, "epochs": 2, "lr": 0.01})
        found[precision] = [float(row["loss"]) for row in history(project)]
        tensors = load_file(project / "tuned" / "adapter_model.safetensors")
        assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}
    assert found["bf16"] == pytest.approx(found["fp32"], abs=0.05)
    assert found["bf16"] != found["fp32"]
    assert "toy-bert on 1 x cpu, bfloat16, lora" in printed


def test_three_labels(project, bert_folder):
    named = ["mixed", "negative", "positive"]
    rows = [{**row, "labels": named} for row in reviews(18)]
    for row in rows[::3]:
        row |= {"source": "impression: exam of the gallbladder", "target": "mixed"}
    split_of(project, train=rows, validation=[])
    tune(project, bert_folder)
    assert read_json(project / "tuned" / "base.json")["labels"] == named
    tensors = load_file(project / "tuned" / "adapter_model.safetensors")
    assert tensors["base_model.model.classifier.weight"].shape == (3, 32)
    losses = train_losses(project)
    assert sum(losses[-3:]) / 3 < 0.8 < 1.0 < sum(losses[:3]) / 3, "three labels: 1.10 nats a row is a die"


def test_long_texts_are_cut_and_counted(project, bert_folder):
    long = [{**row, "source": row["source"] + " and then the heart" * 20} for row in reviews(3)]
    split_of(project, train=long + reviews(9, 4), validation=[long[0]])
    printed = tune(project, bert_folder, {"epochs": 1, "max_tokens": 24})
    assert "; 4 texts cut to max_tokens (24)\n" in printed
    tokens = int(re.findall(r"12 training rows of (\d+) tokens, 1 validation rows", printed)[0])
    assert tokens <= 3 * 24 + 9 * 24


MEH = [row | {"target": "meh"} if row["id"] == "4" else row for row in reviews(18)]
UNKNOWN = r"a label must be one of negative, positive, row 4 has 'meh': mend it, or"


@pytest.mark.parametrize(("parts", "changes", "message"), [
    ({"train": MEH}, {}, UNKNOWN),
    ({"validation": MEH}, {}, UNKNOWN),
    ({"train": reviews(18)[::2]}, {}, "every label must have training rows, negative has none of 9: raise split"),
    ({}, {"max_tokens": 200}, "max_tokens must be at most what the model reads, 128, not 200: lower it"),
    ({}, {"lora.target_modules": ["q_proj"]},
     r"names no layer of the model below its head: use all-linear, or \[query"),
])  # fmt: skip
def test_a_mistake_leaves_no_output(project, bert_folder, parts, changes, message):
    split_of(project, **parts)
    refused(message, tune, project, bert_folder, changes)
    assert listed(project) == ["params.yaml", "split"]
