"""What is trained and saved: loads with plain peft and transformers, and knows the base it belongs to."""

import shutil
from pathlib import Path

import pytest
import torch
from peft import AutoPeftModelForCausalLM, PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from pipeline_lib.adapters import add_lora, load_trained, save_trained
from pipeline_lib.errors import UserError
from pipeline_lib.files import read_json
from pipeline_lib.models import load_causal, load_tokenizer, locate

FILES = [
    "adapter_config.json", "adapter_model.safetensors", "base.json", "chat_template.jinja", "tokenizer.json",
    "tokenizer_config.json",
]  # fmt: skip
EAGER = {"attn_implementation": "eager"}  # as pipeline_lib loads: the same bits
IDS = torch.tensor([[5, 77, 130, 42, 9]])


def lora(base, **changes):
    settings = {"r": 4, "alpha": 8, "dropout": 0.0, "target_modules": "all-linear", "seed": 1} | changes
    return add_lora(load_causal(base, torch.float32), **settings)


@pytest.fixture(scope="module")
def saved(llama_folder, tmp_path_factory):
    """A base, and the folder and logits of an adapter that is not the base's equal."""
    base = locate(str(llama_folder))
    model = lora(base).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.normal_(generator=torch.Generator().manual_seed(1))
        logits = model(IDS).logits
    folder = tmp_path_factory.mktemp("saved") / "adapter"
    folder.mkdir()
    save_trained(model, load_tokenizer(base), base, "lora", folder)
    return base, folder, logits


def test_the_exact_files(saved):
    base, folder, _ = saved
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert read_json(folder / "base.json") == {
        "name": "toy-llama", "revision": None, "sha256": base.sha256, "method": "lora",
    }  # fmt: skip
    config = read_json(folder / "adapter_config.json")
    assert config["base_model_name_or_path"] == "toy-llama"
    assert config["target_modules"] == sorted(config["target_modules"])
    assert {name.split(".")[-1] for name in config["target_modules"]} == {
        "down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj",
    }  # fmt: skip
    tensors = load_file(folder / "adapter_model.safetensors")
    assert len(tensors) == 2 * 2 * 7
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}


def test_no_path_of_this_machine_stands_in_any_file(saved):
    base, folder, _ = saved
    for path in folder.iterdir():
        content = path.read_bytes()
        for trace in (str(base.folder.parent), str(folder), str(Path.home()), "/tmp/", "/home/"):
            assert trace.encode() not in content, f"{path.name} holds {trace}"


def test_plain_peft_and_transformers_load_it(saved):
    base, folder, logits = saved
    plain = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base.folder, **EAGER), folder)
    assert torch.equal(plain(IDS).logits, logits)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    own = AutoTokenizer.from_pretrained(base.folder)
    assert tokenizer("a left effusion")["input_ids"] == own("a left effusion")["input_ids"]
    assert tokenizer.chat_template == own.chat_template
    assert (tokenizer.eos_token, tokenizer.pad_token) == (own.eos_token, own.pad_token)


def test_peft_finds_the_base_by_its_portable_name(saved, monkeypatch):
    # As on a machine whose working folder holds the base under the name the adapter gives.
    base, folder, logits = saved
    monkeypatch.chdir(base.folder.parent)
    assert torch.equal(AutoPeftModelForCausalLM.from_pretrained(folder, **EAGER)(IDS).logits, logits)


def test_it_loads_back_as_it_was(saved):
    base, folder, logits = saved
    model = load_trained(base, folder, torch.float32)
    assert not model.training
    assert torch.equal(model(IDS).logits, logits)
    assert {weight.dtype for weight in load_trained(base, folder, torch.bfloat16).parameters()} == {torch.bfloat16}


def test_another_base_is_refused(saved, llama_folder, tmp_path):
    _, folder, _ = saved
    other = Path(shutil.copytree(llama_folder, tmp_path / "other"))
    model = AutoModelForCausalLM.from_pretrained(other)
    with torch.no_grad():
        model.get_input_embeddings().weight[0, 0] += 1
    model.save_pretrained(other)
    base = locate(str(other))
    with pytest.raises(UserError) as caught:
        load_trained(base, folder, torch.float32)
    hashed = locate(str(llama_folder)).sha256
    assert str(caught.value) == (
        f"{folder} was trained on toy-llama ({hashed[:12]}), model is other ({base.sha256[:12]}): "
        "name that model, or train again (dvc repro)"
    )


def test_the_same_base_under_another_name_is_the_same(saved, llama_folder, tmp_path):
    _, folder, logits = saved
    moved = locate(str(shutil.copytree(llama_folder, tmp_path / "moved")))
    assert torch.equal(load_trained(moved, folder, torch.float32)(IDS).logits, logits)


def test_a_folder_that_is_no_adapter_is_one_line(saved, tmp_path):
    base, folder, _ = saved
    with pytest.raises(UserError, match=r"base.json is missing: run the stage that makes it \(dvc repro\)"):
        load_trained(base, tmp_path / "nowhere", torch.float32)
    for gone in ("adapter_model.safetensors", "adapter_config.json"):
        part = Path(shutil.copytree(folder, tmp_path / gone))
        (part / gone).unlink()
        with pytest.raises(UserError, match=gone.split(".")[0]):
            load_trained(base, part, torch.float32)


def test_an_adapter_with_weights_missing_is_no_adapter(saved, tmp_path):
    base, folder, _ = saved
    part = Path(shutil.copytree(folder, tmp_path / "part"))
    tensors = load_file(part / "adapter_model.safetensors")
    save_file(
        {name: tensor for name, tensor in tensors.items() if "layers.0" in name}, part / "adapter_model.safetensors"
    )
    with pytest.raises(UserError, match="part"):
        load_trained(base, part, torch.float32)


# The adapter itself.


def test_a_fresh_adapter_changes_nothing_and_the_seed_fixes_it(llama_folder):
    base = locate(str(llama_folder))
    first, second, third = lora(base), lora(base), lora(base, seed=2)
    with torch.no_grad():
        assert torch.equal(first.eval()(IDS).logits, load_causal(base, torch.float32)(IDS).logits)
    weights = [[weight for weight in model.parameters() if weight.requires_grad] for model in (first, second, third)]
    assert all(torch.equal(a, b) for a, b in zip(*weights[:2], strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(*weights[1:], strict=True))


def test_weights_that_learn_are_float32_whatever_the_base(llama_folder):
    model = load_causal(locate(str(llama_folder)), torch.bfloat16)
    model = add_lora(model, r=4, alpha=8, dropout=0.0, target_modules=["q_proj"], seed=1)
    kinds = {weight.requires_grad: weight.dtype for weight in model.parameters()}
    assert kinds == {True: torch.float32, False: torch.bfloat16}


@pytest.mark.parametrize("wanted", ["query_projection", ["query_projection"]])
def test_layers_that_are_not_there_are_named(llama_folder, wanted):
    with pytest.raises(UserError, match="names no layer of the model: use all-linear, or"):
        lora(locate(str(llama_folder)), target_modules=wanted)


def test_the_remedy_for_a_layers_name_works(llama_folder):
    # The message says "names like q_proj": `-S lora.target_modules=q_proj` must do.
    lora(locate(str(llama_folder)), target_modules="q_proj")


def test_gpt2s_layers_are_found(gpt2_folder, tmp_path):
    base = locate(str(gpt2_folder))
    model = lora(base)
    save_trained(model, load_tokenizer(base), base, "lora", tmp_path)
    assert "c_attn" in {name.split(".")[-1] for name in read_json(tmp_path / "adapter_config.json")["target_modules"]}


# The whole model.


def test_a_whole_model_is_saved_with_its_tokenizer_and_no_path(llama_folder, tmp_path):
    base = locate(str(llama_folder))
    model = load_causal(base, torch.float32)
    with torch.no_grad():
        model.get_input_embeddings().weight[5] += 1
    folder = tmp_path / "tuned"
    folder.mkdir()
    save_trained(model, load_tokenizer(base), base, "full", folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "base.json", "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors",
        "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    for path in folder.glob("*.json"):
        assert str(base.folder.parent) not in path.read_text(encoding="utf-8")
    logits = load_trained(base, folder, torch.float32)(IDS).logits
    assert torch.equal(logits, model(IDS).logits)
    assert torch.equal(AutoModelForCausalLM.from_pretrained(folder, **EAGER)(IDS).logits, logits)
    assert not torch.equal(logits, load_causal(base, torch.float32)(IDS).logits)
