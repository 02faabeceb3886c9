"""GGUF files: transformers reads back the model that was trained, and what they say is all that llama.cpp needs."""

import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.integrations.gguf.reader import read_gguf_metadata

from pipeline_lib.core.files import read_json, write_json
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.lora import load_trained
from stages import export
from tests.helpers import toys
from tests.helpers.disk import full_disk
from tests.helpers.exported import write_trained
from tests.helpers.stages import error_of, refused, run_stage
from tests.helpers.training_outputs import listed

IDS = torch.tensor([[5, 77, 130, 42, 9, *range(30, 60)]])  # longer than the window of sliding attention
TEXTS = [
    *toys.SENTENCES, " a  b   c\n\nd\t e", "12 mm, 3.5 × 1,000", "naïve Größe 漢字 🙂",
    "<|im_start|>user\nHi<|im_end|>", "<start_of_turn>model\nHi<end_of_turn>", "it's we'll\r\n  x", "▁ ▁",
]  # fmt: skip


@pytest.fixture(scope="module", params=["project_model", "gemma3_chat"])
def trained(request, tmp_path_factory):
    """A base model, an adapter, and the GGUF file in f16."""
    home = tmp_path_factory.mktemp("trained")
    adapter = write_trained(home, request.param)
    base = locate(str(home / f"toy-{request.param}"))
    run_stage(export, tuned=adapter, model=base.folder, format="gguf", out=home / "f16" / "model.gguf")
    return base, adapter, home / "f16" / "model.gguf"


@pytest.mark.parametrize(("precision", "tolerance"), [("f16", 2e-3), ("q8_0", 4e-2)])
def test_transformers_reads_the_logits_of_the_adapter_back(trained, tmp_path, precision, tolerance):
    base, adapter, _ = trained
    file = tmp_path / "model.gguf"
    printed = run_stage(export, tuned=adapter, model=base.folder, format="gguf", precision=precision, out=file)
    weights = load_causal(base, torch.float32).num_parameters()
    assert printed == f"{file}: {base.name} with {adapter}, a language model, {weights:,} weights in {precision}\n"
    assert listed(tmp_path) == ["model.gguf"]
    wanted = load_trained(base, adapter, torch.float32)(IDS).logits
    found = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file=file.name, dtype=torch.float32)(IDS).logits
    untrained = load_causal(base, torch.float32)(IDS).logits
    scale = wanted.std()
    assert (found - wanted).abs().mean() < tolerance * scale
    assert (untrained - wanted).abs().mean() > 0.2 * scale


def test_transformers_reads_the_tokenizer_back(trained):
    base, _, file = trained
    own, found = load_tokenizer(base), AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    for text in TEXTS:
        assert found(text, add_special_tokens=False)["input_ids"] == own(text, add_special_tokens=False)["input_ids"]
    assert found.chat_template == own.chat_template
    for role in ("bos", "eos", "unk", "pad"):
        assert getattr(found, f"{role}_token_id") == getattr(own, f"{role}_token_id"), role


GENERAL = {"general.quantization_version": 2, "general.file_type": 1}
SIZES = {"feed_forward_length": 64, "embedding_length": 32, "context_length": 2048, "vocab_size": 320}
LLAMA = SIZES | {
    "block_count": 2, "attention.head_count": 4, "attention.head_count_kv": 2, "attention.key_length": 8,
    "attention.value_length": 8, "rope.dimension_count": 8, "rope.freq_base": 10000.0,
}  # fmt: skip
GEMMA = SIZES | {
    "block_count": 6, "attention.head_count": 4, "attention.head_count_kv": 1, "attention.key_length": 256,
    "attention.value_length": 256, "rope.dimension_count": 256, "rope.freq_base": 1000000.0,
    "attention.sliding_window": 16, "attention.sliding_window_pattern": 6, "rope.freq_base_swa": 10000.0,
}  # fmt: skip


def test_the_file_says_all_that_llama_cpp_needs(trained):
    base, _, file = trained
    found, _ = read_gguf_metadata(str(file), ())
    arch, sizes = ("gemma3", GEMMA) if "gemma" in base.name else ("llama", LLAMA)
    tokens = found["tokenizer.ggml.tokens"]
    assert len(found.pop("tare.weights")) == 64
    epsilon = found.pop(f"{arch}.attention.layer_norm_rms_epsilon")
    assert epsilon == pytest.approx(1e-6)
    types = found.pop("tokenizer.ggml.token_type")
    wanted = GENERAL | {f"{arch}.{key}": value for key, value in (sizes | {"vocab_size": tokens}).items()}
    wanted |= {"general.architecture": arch, "general.name": base.name, "tokenizer.ggml.add_eos_token": False}
    if arch == "llama":
        assert (types[:4], set(types[3:])) == ([3, 3, 3, 1], {1})
        wanted |= {"tokenizer.chat_template": toys.CHATML} | {
            f"tokenizer.ggml.{key}": value
            for key, value in {
                "model": "gpt2", "pre": "gpt-2", "tokens": 320, "merges": found["tokenizer.ggml.merges"],
                "bos_token_id": 1, "eos_token_id": 2, "padding_token_id": 2, "add_bos_token": False,
            }.items()
        }  # fmt: skip
    else:
        assert types[:7] == [3, 3, 3, 2, 3, 3, 3]
        assert set(types[7:263]) == {6}
        scores = found.pop("tokenizer.ggml.scores")
        made = [score for score in scores[263:] if score > -1e9]
        assert made == sorted(made, reverse=True)
        wanted |= {"tokenizer.chat_template": toys.GEMMA_CHAT} | {
            f"tokenizer.ggml.{key}": value
            for key, value in {
                "model": "llama", "pre": "default", "tokens": tokens, "add_space_prefix": False, "bos_token_id": 2,
                "eos_token_id": 1, "eot_token_id": 6, "unknown_token_id": 3, "padding_token_id": 0,
                "add_bos_token": True,
            }.items()
        }  # fmt: skip
    assert found == wanted


def test_a_second_export_replaces_the_first_with_the_same_bytes(trained, tmp_path):
    base, adapter, file = trained
    copy = Path(shutil.copy(file, tmp_path / "model.gguf"))
    run_stage(export, tuned=adapter, model=base.folder, format="gguf", out=copy)
    assert copy.read_bytes() == file.read_bytes()
    with full_disk(50_000):
        refused(
            "cannot write .*model", run_stage, export, tuned=adapter, model=base.folder, format="gguf", out=copy
        )  # fmt: skip
    assert listed(tmp_path) == ["model.gguf"]
    assert copy.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("gpt2", "GGUF is written for gemma3_text and llama, its architecture is gpt2"),
        ("gemma2", "GGUF is written for gemma3_text and llama, its architecture is gemma2"),
        ("gemma3", "llama.cpp takes another layer_types for granted"),
    ],
)
def test_other_architectures_are_one_line_with_the_way(tmp_path, kind, message):
    adapter = write_trained(tmp_path, kind)
    base = tmp_path / f"toy-{kind}"
    found = error_of(run_stage, export, tuned=adapter, model=base, format="gguf", out=tmp_path / "model.gguf")
    assert found == (
        f"model {base.name} cannot be written as GGUF, {message}: export --format merged, and convert that folder with "
        "llama.cpp's own convert_hf_to_gguf.py"
    )
    assert listed(tmp_path) == ["adapter", base.name]


CHANGES = {
    "config.json": ("rope_parameters", {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}, "positions are"),
    "normalizer": ("normalizer", {"type": "NFC"}, r"changes a text first \(NFC\)"),
    "split": ("pre_tokenizer", {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
              r"splits a text in a way of its own \(ByteLevel\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_llama_cpp_would_read_otherwise_is_refused(tmp_path, name):
    adapter = write_trained(tmp_path, "project_model")
    base = tmp_path / "toy-project_model"
    key, value, message = CHANGES[name]
    file = base / name if name == "config.json" else adapter / "tokenizer.json"
    write_json(file, read_json(file) | {key: value})
    refused(message, run_stage, export, tuned=adapter, model=base, format="gguf", out=tmp_path / "model.gguf")
    assert listed(tmp_path) == ["adapter", base.name]


def test_arguments_that_fit_no_gguf_file_are_one_line(trained, tmp_path):
    base, adapter, _ = trained
    (tmp_path / "notes.gguf").write_text("my notes")
    labels = Path(shutil.copytree(adapter, tmp_path / "labels"))
    write_json(labels / "base.json", read_json(labels / "base.json") | {"labels": ["a", "b"]})
    for message, options in (
        ("--precision must be one of f16, q8_0 for --format gguf, not 'fp32'", {"precision": "fp32"}),
        ("--precision must be one of fp32, bf16, fp16 for --format merged, not 'q8_0'",
         {"precision": "q8_0", "format": "merged"}),
        (rf"--out must end in .gguf for a GGUF file, it is {tmp_path}", {"out": tmp_path}),
        ("notes.gguf is there and no GGUF file: name another file, or move it", {"out": tmp_path / "notes.gguf"}),
        ("base.json is missing", {"tuned": tmp_path}), ("it is a folder", {"out": tmp_path / "labels.gguf"}),
        ("labels is a classifier, and llama.cpp runs language models: export --format merged", {"tuned": labels}),
        ("it holds other things", {"format": "ollama", "out": tmp_path}),
    ):  # fmt: skip
        (tmp_path / "labels.gguf").mkdir(exist_ok=True)
        given = {"tuned": adapter, "model": base.folder, "format": "gguf", "out": tmp_path / "model.gguf"} | options
        refused(message, run_stage, export, **given)
    assert (tmp_path / "notes.gguf").read_text() == "my notes"
    assert not (tmp_path / "model.gguf").exists()
