"""finetune, and generate on its models: exact outputs, the same bytes in each run, and one-line errors."""

import errno
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file

from pipeline_lib.cli.command import Stopped
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, read_jsonl, write_jsonl
from pipeline_lib.params import load_params
from pipeline_lib.training import job, outputs
from pipeline_lib.training.job import BASE_SETTINGS, PLACE_SETTINGS
from stages import finetune, generate
from tests.helpers import toys
from tests.helpers.crashes import crash_at
from tests.helpers.disk import FILES as ADAPTER_FILES
from tests.helpers.disk import full_disk
from tests.helpers.stages import error_of, refused, run_stage
from tests.helpers.training_outputs import contents, history, listed, places

FILES = sorted([*ADAPTER_FILES, "few_shot.jsonl", "prompt.txt"])
PROMPT = """<|im_start|>system
You are a helpful AI assistant.<|im_end|>
<|im_start|>user
Write the impression of this radiology report: the main findings only, in one or two sentences.

Impressions of similar reports:
- {target of a similar row}
- {target of a similar row}

Exam: {title}
History: {history}
Findings: {observation}<|im_end|>
<|im_start|>assistant
"""


@pytest.fixture
def project(tmp_path):
    return toys.write_split(tmp_path)


def tune(folder: Path, model: Path, changes: dict | None = None, *more: str) -> str:
    toys.write_params(folder / "params.yaml", model, changes)
    return run_stage(finetune, *places(folder), *more)


def answer(folder: Path, tuned: str | None = "tuned") -> list[dict]:
    """Run the stage generate and return its answers; it says how many rows it answered and how many answers ended."""
    out = folder / "answers"
    where = {"data": folder / "split", "out": out, "params": folder / "params.yaml"}
    printed = run_stage(generate, **where, tuned=folder / tuned if tuned else None)
    rows = read_jsonl(out / "test.jsonl")
    empty, open_ones = sum(row["prediction"] == "" for row in rows), sum(not row["ended"] for row in rows)
    assert re.search(
        rf"{len(rows)} test rows answered; \d+ inputs cut to prompt.max_tokens; {empty} empty answers, "
        rf"{open_ones} not ended after generate.max_new_tokens \(8\)\n"
        rf"{len(rows)} of {len(rows)} references are longer than generate.max_new_tokens \(8\), an answer as long is "
        r"cut: set it to \d+ to allow for the longest\n$",
        printed,
    )
    return rows


def launch(folder: Path, **environment: str) -> None:
    """Run the stage in a process of its own."""
    command = [sys.executable, "-m", "stages.finetune", *places(folder)]
    settings = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(command, cwd=toys.ROOT, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_writes_exactly_this(project, llama_folder):
    printed = tune(project, llama_folder)
    assert listed(project) == ["params.yaml", "split", "training", "tuned"]
    assert listed(project / "tuned") == FILES
    text = (project / "training" / "history.csv").read_text(encoding="utf-8")
    measured = ["lr", "tokens", "seconds", "tokens_per_second", "flops", "seconds_left", "memory_gb"]
    assert text.splitlines()[0].split(",") == ["step", "epoch", "split", "loss", "targets", *measured, "errors", "kept"]
    rows = history(project)
    assert [(row["step"], row["epoch"], row["split"]) for row in rows] == [
        ("1", "1", "train"), ("2", "1", "train"), ("3", "1", "train"), ("3", "1", "validation"),
        ("4", "2", "train"), ("5", "2", "train"), ("6", "2", "train"), ("6", "2", "validation"),
    ]  # fmt: skip
    assert all(1 < float(row["loss"]) < 12 for row in rows)
    for row in rows:
        if row["split"] == "validation":
            assert {row[name] for name in (*measured, "errors")} == {""}
            assert row["kept"] == ("1" if row["epoch"] == "2" else "")
        else:
            assert all(float(row[name]) > 0 for name in measured if name != "seconds_left")
            assert float(row["seconds_left"]) >= 0
    assert "toy-llama on 1 x cpu, float32, lora: 4,096 of 32,928 weights are trained\n" in printed
    assert "10 training rows of " in printed
    assert "3 validation rows; 0 inputs cut to prompt.max_tokens, losing 0 tokens\n" in printed
    assert f"epoch 2: validation loss {float(rows[-1]['loss']):.4f} nats a token\n" in printed
    kept = r"kept epoch 2 \(lowest validation loss\); trained \d+ s, about [\d.]+e\+\d+ operations\n$"
    assert re.search(kept, printed)
    # Another machine must be able to train it again: everything but what names the base, which stands beside it.
    identity = read_json(project / "tuned" / "base.json")
    assert list(identity) == ["name", "revision", "sha256", "method", "answer_tokens", "data", "settings"]
    assert identity["data"] == {"columns": {}}
    train = read_jsonl(project / "split" / "train.jsonl")
    shown = [{"source": row["source"], "target": row["target"]} for row in train]
    assert read_jsonl(project / "tuned" / "few_shot.jsonl") == shown
    assert (project / "tuned" / "prompt.txt").read_text() == PROMPT
    assert identity["answer_tokens"] == 24
    params = load_params(project / "params.yaml")
    assert identity["settings"] == {
        name: params[name] for name in finetune.PARAMS if name not in (*BASE_SETTINGS, *PLACE_SETTINGS)
    }
    # Test rows are not read.
    first = contents(project / "tuned")
    (project / "split" / "test.jsonl").unlink()
    tune(project, llama_folder)
    assert contents(project / "tuned") == first


def test_a_row_of_the_grid_replaces_settings_of_the_top_level(project, llama_folder):
    path = toys.write_params(project / "params.yaml", llama_folder)
    params = load_params(path)
    del params["epochs"]  # only the row has it
    grid = {"short": {"epochs": 1, "lr": 0.02}, "long": {"epochs": 3}}
    path.write_text(json.dumps(params | {"grid": grid}), encoding="utf-8")
    run_stage(finetune, *places(project), row="short")
    settings = read_json(project / "tuned" / "base.json")["settings"]
    assert (settings["epochs"], settings["lr"], settings["batch_size"]) == (1, 0.02, 4)
    assert [row["epoch"] for row in history(project)] == ["1"] * 4
    assert max(float(row["lr"]) for row in history(project) if row["lr"]) <= 0.02
    message = r"grid in .* has no row 'shot' \(did you mean short\?\): it has short, long"
    refused(message, run_stage, finetune, *places(project), row="shot")


def test_without_validation_rows_the_last_epoch_is_kept_and_patience_is_refused(project, llama_folder):
    write_jsonl(project / "split" / "validation.jsonl", [])
    message = r"^patience needs validation rows .*, there are none: set it to null$"
    refused(message, tune, project, llama_folder, {"patience": 2})
    assert listed(project) == ["params.yaml", "split"]
    printed = tune(project, llama_folder)
    assert [row["split"] for row in history(project)] == ["train"] * 6
    assert "kept epoch 2 (the last: there are no validation rows to choose by); trained" in printed
    assert "validation loss" not in printed


@pytest.fixture
def cache(tmp_path_factory, monkeypatch) -> Path:
    """A cache of its own, where each step is saved."""
    monkeypatch.setenv("TARE_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("TARE_CHECKPOINT_SECONDS", "0")
    return Path(os.environ["TARE_CACHE"])


def tune_epochs(folder: Path, model: Path, changes: dict | None = None) -> str:
    changes = {"epochs": 3, "lora.dropout": 0.2} | (changes or {})
    return tune(folder, model, changes, f"--epochs={folder / 'epochs'}")


def galleries(folder: Path) -> dict[str, dict[str, bytes]]:
    return {path.name: contents(path) for path in (folder / "epochs").iterdir()}


def test_the_models_of_all_epochs_are_kept_and_change_no_result(project, llama_folder, cache):
    tune_epochs(project, llama_folder)
    assert listed(project) == ["epochs", "params.yaml", "split", "training", "tuned"]
    assert listed(project / "epochs") == ["epoch-1", "epoch-2", "epoch-3"]
    found = galleries(project)
    assert all(sorted(files) == FILES for files in found.values())
    assert len({files["adapter_model.safetensors"] for files in found.values()}) == 3
    best = next(row["epoch"] for row in history(project) if row["kept"])
    assert found[f"epoch-{best}"] == contents(project / "tuned")
    before = contents(project / "tuned"), [row["loss"] for row in history(project)]
    finetune.main(places(project))
    assert (contents(project / "tuned"), [row["loss"] for row in history(project)]) == before
    assert galleries(project) == found, "without --epochs nothing happens to them"
    assert listed(cache / "runs") == []


@pytest.mark.parametrize("changes", [{"epochs": 1}, {"patience": 1, "epochs": 40, "lr": 1.0}])
def test_fewer_epochs_replace_more(project, llama_folder, changes):
    tune_epochs(project, llama_folder)
    tune_epochs(project, llama_folder, changes)
    ran = {row["epoch"] for row in history(project)}
    assert listed(project / "epochs") == sorted(f"epoch-{epoch}" for epoch in ran)
    assert len(ran) < 40


@pytest.mark.parametrize("step", [2, 4, 6, 8])
def test_a_killed_run_keeps_the_same_epochs(project, llama_folder, cache, step):
    tune_epochs(project, llama_folder)
    expected = galleries(project), contents(project / "tuned")
    for name in ("epochs", "tuned"):
        shutil.rmtree(project / name)
    crash_at(step, tune_epochs, project, llama_folder)
    assert listed(project) == ["params.yaml", "split", "training"]
    crash_at(8, finetune.main, places(project))  # one that keeps no epochs has none to give to one that does
    assert f"continuing from step {step - 1} of 9" in tune_epochs(project, llama_folder)
    assert (galleries(project), contents(project / "tuned")) == expected


def test_a_full_cache_at_the_end_of_an_epoch_loses_no_training(project, llama_folder, cache, monkeypatch):
    save = job.save_trained
    saved = []

    def full(model, tokenizer, base, folder, **more):
        saved.append(folder)
        if len(saved) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(model, tokenizer, base, folder, **more)

    with monkeypatch.context() as patched:
        patched.setattr(job, "save_trained", full)
        with pytest.raises(Stopped) as stopped:
            tune_epochs(project, llama_folder)
    assert re.fullmatch(
        r"error: cannot write .*/epoch-2: No space left on device; nothing was left behind, .*; run the same command "
        r"again to continue from step 6 of 9",
        str(stopped.value),
    )
    assert (stopped.value.code, listed(project)) == (1, ["params.yaml", "split"])
    assert "continuing from step 6 of 9" in tune_epochs(project, llama_folder)
    assert listed(project / "epochs") == ["epoch-1", "epoch-2", "epoch-3"]


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("epochs", r"epochs.*thesis.txt"),
        ("tuned", r"tuned.*thesis.txt"),
        ("training", r"^the folder --record must hold history.csv and .* also has thesis.txt: name"),
    ],
)
def test_a_folder_with_other_files_is_refused_before_the_training(project, llama_folder, capsys, folder, message):
    # `--out .` or `--out data`: minutes of training must not end in a refusal.
    (project / folder).mkdir()
    (project / folder / "history.csv").write_text("old")
    (project / folder / "thesis.txt").write_text("mine")
    refused(message, tune_epochs, project, llama_folder)
    assert listed(project) == sorted([folder, "params.yaml", "split"])
    assert listed(project / folder) == ["history.csv", "thesis.txt"]
    assert "train:" not in capsys.readouterr().err


def test_another_python_process_writes_the_same_bytes(project, llama_folder):
    # Whatever Python's hash seed: DVC compares by hash, and a set has another order each run.
    tune(project, llama_folder, {"epochs": 1, "lora.dropout": 0.1})
    first = contents(project / "tuned")
    assert sorted(first) == FILES
    tune(project, llama_folder, {"epochs": 1, "lora.dropout": 0.1})
    assert contents(project / "tuned") == first
    launch(project, PYTHONHASHSEED="1")
    assert contents(project / "tuned") == first


@pytest.mark.parametrize("method", ["lora", "full"])
def test_bf16_learns_as_fp32_does(project, llama_folder, method):
    found, flops = {}, {}
    for precision in ("fp32", "bf16"):
        AcceleratorState._reset_state(reset_partial_state=True)
        printed = tune(project, llama_folder, {"precision": precision, "method": method, "lr": 0.003})
        found[precision] = [float(row["loss"]) for row in history(project)]
        flops[precision] = [row["flops"] for row in history(project)]
        tensors = load_file(next((project / "tuned").glob("*model.safetensors")))
        assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}
        assert all(math.isfinite(row["logp"]) for row in answer(project))
    assert found["bf16"] == pytest.approx(found["fp32"], rel=0.02)
    assert found["bf16"] != found["fp32"]
    assert flops["bf16"] == flops["fp32"]
    assert f"1 x cpu, bfloat16, {method}: " in printed


@pytest.mark.parametrize(
    ("kind", "changes"),
    [(kind, {"epochs": 4, "lr": 0.02}) for kind in ("llama", "gemma", "gemma2", "gemma3", "gpt2")]
    + [("llama", {"method": "full", "lr": 0.001})],
)
def test_every_kind_of_model_trains_and_answers(kind, changes, project, request):
    # gemma is google/gemma-2b-it's code path: its config class, its chat template, <end_of_turn>.
    tune(project, request.getfixturevalue(f"{kind}_folder"), changes)
    losses = [float(row["loss"]) for row in history(project) if row["split"] == "train"]
    assert losses[-1] < losses[0]
    method = changes.get("method", "lora")
    assert read_json(project / "tuned" / "base.json")["method"] == method
    assert ("model.safetensors" in listed(project / "tuned")) == (method == "full")
    tuned, untrained = answer(project), answer(project, tuned=None)
    assert [row["id"] for row in tuned] == [row["id"] for row in untrained] == ["14", "15", "16", "17"]
    assert [row["tokens"] for row in tuned] == [row["tokens"] for row in untrained]
    assert sum(row["logp"] for row in tuned) > sum(row["logp"] for row in untrained)


def test_generate_writes_exactly_this(project, llama_folder):
    tune(project, llama_folder)
    rows = answer(project)
    for row, example in zip(rows, read_jsonl(project / "split" / "test.jsonl"), strict=True):
        assert list(row) == ["id", "prediction", "reference", "logp", "tokens", "bytes", "ended"]
        assert (row["id"], row["reference"]) == (example["id"], example["target"])
        assert row["bytes"] == len(example["target"].encode())
        assert row["logp"] < 0
        assert math.isfinite(row["logp"])
        assert isinstance(row["prediction"], str)
    assert answer(project) == rows
    # The validation loss equals that of generate.
    tune(project, llama_folder, {"epochs": 1})
    (project / "split" / "test.jsonl").write_bytes((project / "split" / "validation.jsonl").read_bytes())
    rows = answer(project)
    loss = -sum(row["logp"] for row in rows) / sum(row["tokens"] for row in rows)
    assert loss == pytest.approx(float(history(project)[-1]["loss"]), rel=1e-4)


def test_cut_inputs_are_counted(project, llama_folder):
    printed = tune(project, llama_folder, {"prompt.max_tokens": 200, "prompt.few_shot": 0, "epochs": 1})
    assert 0 < int(printed.split(" inputs cut to prompt.max_tokens")[0].split()[-1]) <= 13
    assert " losing 0 tokens" not in printed
    assert len(answer(project)) == 4


def test_generate_refuses_another_base_and_rows_that_are_too_long(project, llama_folder, gemma_folder, tmp_path):
    tune(project, llama_folder, {"epochs": 1})
    toys.write_params(project / "params.yaml", gemma_folder)
    refused(r"was trained on toy-llama \(\w{12}\), model is toy-gemma \(\w{12}\): name", answer, project)
    assert "answers" not in listed(project)
    # GPT-2 has a table of positions, and beyond its end there is nothing.
    short = toys.write_gpt2(tmp_path / "short-gpt2", positions=240)
    toys.write_params(project / "params.yaml", short, {"generate.max_new_tokens": 200})
    refused("240", answer, project, tuned=None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"precision": "fp16"}, "precision fp16 needs a CUDA device"),
        ({"prompt.max_tokens": 60}, "row 1: the prompt without its input has more than prompt.max_tokens"),
        ({"lora.target_modules": ["nothing"]}, "names no layer of the model"),
        ({"lr": 1e-45}, "training changed no weight|lr"),
    ],
)
def test_a_mistake_leaves_no_output(project, llama_folder, changes, message):
    refused(message, tune, project, llama_folder, changes)
    assert listed(project) == ["params.yaml", "split"]


def test_a_split_without_rows_is_one_line(project, llama_folder):
    for name in ("train", "test"):
        write_jsonl(project / "split" / f"{name}.jsonl", [])
    refused("there are no rows to train on", tune, project, llama_folder)
    refused(r"test.jsonl holds no rows: run the split stage", answer, project, tuned=None)
    (project / "split" / "train.jsonl").unlink()
    refused(r"train.jsonl is missing: run the stage that makes it", tune, project, llama_folder)


def test_an_adapter_and_a_record_are_replaced_only_when_the_new_ones_are_whole(project, llama_folder, monkeypatch):
    tune(project, llama_folder, {"epochs": 1})
    record = project / "training"
    before = contents(record), contents(project / "tuned")
    with full_disk(10_000):
        refused(r"cannot write .*tuned", tune, project, llama_folder, {"epochs": 1, "seed": 7})
    assert contents(project / "tuned") == before[1]
    assert listed(project) == ["params.yaml", "split", "training", "tuned"]
    assert sorted(before[0]) == ["history.csv", "parameters.json"]
    assert read_json(record / "parameters.json") == {
        "untrained": {"total": 28_832, "embedding": 10_240, "non_embedding": 18_592},
        "tuned": {"total": 32_928, "trainable": 4_096, "after_merging": 28_832},
        "lengths": {"prompt": {"limit": 400, "percentile_99": 298, "longest": 298, "longer": 0},
         "answer": {"limit": 24, "percentile_99": 17, "longest": 17, "longer": 0}, "rows": 10, "inputs_cut": 0,
         "too_long": []},
    }  # fmt: skip

    def full(path, value):
        raise UserError("full")

    monkeypatch.setattr(outputs, "write_json", full)
    assert error_of(tune, project, llama_folder, {"epochs": 2}) == "full"
    assert contents(record) == before[0]
    assert listed(project) == ["params.yaml", "split", "training", "tuned"]


@pytest.mark.parametrize(("out", "record"), [("tuned", "tuned"), ("tuned", "tuned/training"), ("run/tuned", "run")])
def test_a_folder_in_another_is_refused(project, llama_folder, out, record):
    toys.write_params(project / "params.yaml", llama_folder)
    message = r"^--out, --record and --epochs must be folders beside one another, .* is in"
    refused(message, run_stage, finetune, *places(project, out), record=project / record)
    assert listed(project) == ["params.yaml", "split"]


def test_an_adapter_may_replace_a_complete_model(project, llama_folder):
    # Run without DVC, which would have removed the old one; a refusal must not come after the training either.
    tune(project, llama_folder, {"epochs": 1, "method": "full"})
    tune(project, llama_folder, {"epochs": 1})
    assert listed(project / "tuned") == FILES
