"""llama.cpp gives the answers that transformers gives, where its package is installed; what it refuses is one line."""

import re
import shutil
import sys
from pathlib import Path

import pytest
import torch

from pipeline_lib.core.files import read_json, read_jsonl, write_json, write_jsonl
from pipeline_lib.export.gguf_file import SOURCE
from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.loglikelihood import PromptWithChoices
from pipeline_lib.models.lora import load_trained
from stages import export, llama_cpp
from tests.helpers import toys
from tests.helpers.exported import write_trained
from tests.helpers.stages import refused, run_stage
from tests.helpers.training_outputs import listed

# A token that is often likeliest: <end_of_turn>, which ends an answer and is not Gemma's eos.
LIKELIER = {"project_model": None, "gemma3_chat": 6}


@pytest.fixture(scope="module", params=LIKELIER)
def exported(request, tmp_path_factory):
    """The arguments of the stage for a toy, its GGUF file and a split."""
    home = toys.write_split(tmp_path_factory.mktemp("exported"))
    adapter, base = write_trained(home, request.param, likelier=LIKELIER[request.param]), home / f"toy-{request.param}"
    run_stage(export, tuned=adapter, model=base, format="gguf", out=home / "model.gguf")
    params = toys.write_params(home / "params.yaml", base)
    return {"gguf": home / "model.gguf", "tuned": adapter, "model": base, "data": home / "split", "params": params}


def transformers_answers(given: dict[str, Path]) -> list[dict]:
    """Return what the adapter answers to the test rows in transformers, as generate writes it."""
    trained = llama_cpp.read_trained(given["tuned"], str(given["model"]))
    test = read_jsonl(given["data"] / "test.jsonl")
    rows = llama_cpp._encoded(trained, test, [])
    eos_id = rows[0].ids[-1]
    model = load_trained(trained.base, trained.folder, torch.float32)
    items: list[PromptWithChoices] = [(row.ids[: row.start], []) for row in rows]
    made = generate(model, trained.tokenizer, items, eos_id=eos_id, max_new_tokens=8, batch_size=1)
    return [
        {"id": row["id"], "prediction": one.text, "reference": row["target"], "ended": one.ended}
        for row, (_, one) in zip(test, made, strict=True)
    ]


def test_llama_cpp_answers_as_transformers_does_and_the_loss_is_a_gain_with_its_interval(exported, tmp_path):
    pytest.importorskip("xllamacpp")
    wanted = transformers_answers(exported)
    write_jsonl(tmp_path / "tuned" / "test.jsonl", wanted)
    printed = run_stage(llama_cpp, **exported, out=tmp_path / "llama_cpp", beside=tmp_path / "tuned")
    assert listed(tmp_path / "llama_cpp") == ["test.jsonl"]
    assert read_jsonl(tmp_path / "llama_cpp" / "test.jsonl") == wanted
    cut = sum(not row["ended"] for row in wanted)
    assert cut < 4 or "gemma" not in exported["model"].name, "an answer ends where those of the training did"
    lines = printed.splitlines()
    assert lines[:3] == [
        "0 of 4 prompts are other tokens in llama.cpp's own tokenizer; it is given ours",
        f"4 test rows answered, {cut} not ended after 8 tokens",
        "4 of 4 answers are the same text as transformers'",
    ]
    start, mean = "llama.cpp over transformers in rougeL: +0.0000 [+0.0000, +0.0000] (", r"(\d\.\d{4}) against \1"
    end = "), p 1.000: no clear difference; rows better 0, worse 0"
    assert re.fullmatch(re.escape(start) + mean + re.escape(end), lines[3])


def test_without_the_package_it_is_one_line(exported, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    refused(
        r"^llama.cpp is not installed here: pip install xllamacpp==[\d.]+, which has it built$",
        run_stage, llama_cpp, **exported, out=tmp_path / "out",
    )  # fmt: skip
    assert listed(tmp_path) == []


def test_a_file_that_is_not_of_these_weights_is_one_line(exported, tmp_path):
    other = Path(shutil.copytree(exported["tuned"], tmp_path / "other"))
    weights = other / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    labels = Path(shutil.copytree(exported["tuned"], tmp_path / "labels"))
    identity = read_json(labels / "base.json")
    write_json(labels / "base.json", identity | {"labels": ["a", "b"]})
    silent = Path(shutil.copytree(exported["tuned"], tmp_path / "silent"))
    write_json(silent / "base.json", {key: value for key, value in identity.items() if key != "answer_tokens"})
    (tmp_path / "notes.gguf").write_text("my notes")
    (tmp_path / "cut.gguf").write_bytes(exported["gguf"].read_bytes()[:100])
    (tmp_path / "empty").mkdir()
    write_jsonl(tmp_path / "empty" / "test.jsonl", [])
    write_jsonl(tmp_path / "empty" / "train.jsonl", [])
    for message, options in (
        ("model.gguf was made of other weights than .*other: export it again, or name its --tuned", {"tuned": other}),
        ("labels is a classifier, and llama.cpp runs language models", {"tuned": labels}),
        ("--max-new-tokens of 1 or more: base.json of .*silent does not say it", {"tuned": silent}),
        ("--max-new-tokens of 1 or more, not 0: set it", {"max-new-tokens": 0}),
        ("notes.gguf is no GGUF file: write one", {"gguf": tmp_path / "notes.gguf"}),
        ("cut.gguf cannot be read as GGUF", {"gguf": tmp_path / "cut.gguf"}),
        ("none.gguf is no file: write it", {"gguf": tmp_path / "none.gguf"}),
        ("there are no test rows", {"data": tmp_path / "empty"}), ("test.jsonl is missing", {"beside": tmp_path}),
    ):  # fmt: skip
        refused(message, run_stage, llama_cpp, **(exported | {"out": tmp_path / "out"} | options))
    assert not (tmp_path / "out").exists()


def test_a_file_of_another_converter_is_asked_with_a_line(exported, tmp_path, monkeypatch):
    """llama.cpp's own converter says nothing of our weights."""
    nameless = tmp_path / "model.gguf"
    nameless.write_bytes(exported["gguf"].read_bytes().replace(SOURCE.encode(), SOURCE.upper().encode()))
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    given = exported | {"gguf": nameless, "out": tmp_path / "out"}
    with pytest.raises(Exception, match="not installed"):
        run_stage(llama_cpp, **given)
    assert not llama_cpp.check_source(nameless, llama_cpp.read_trained(given["tuned"], str(given["model"])))
