"""Saved adapters and models: they load with plain peft and transformers, and only on their own base model."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AutoPeftModelForCausalLM, PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from pipeline_lib.core.files import read_json, write_json
from pipeline_lib.core.run_files import read_identity
from pipeline_lib.models import lora as adapters
from pipeline_lib.models import parameter_count as parameters
from pipeline_lib.models.classifier import encode_labelled, label_nll
from pipeline_lib.models.configuration import read_config
from pipeline_lib.models.loading import Base, head_of, load_causal, load_classifier, load_tokenizer, locate
from pipeline_lib.models.lora import add_lora, load_base, load_trained, merge, save_trained
from pipeline_lib.models.parameter_count import count, on_meta
from tests.helpers import toys
from tests.helpers.disk import FILES
from tests.helpers.stages import error_of, refused
from tests.helpers.training_outputs import check_no_path

EAGER: Any = {"attn_implementation": "eager"}  # as pipeline_lib loads: the same bits
IDS = torch.tensor([[5, 77, 130, 42, 9]])
SETTINGS = {"task": "impression", "lr": 0.001, "lora": {"r": 4}}
LABELS = ["negative", "neutral", "positive"]
TEXTS = ["no acute fracture", "tear", "there is a small left pleural effusion"]
WORDS = {"input_ids": torch.tensor([[5, 77, 130, 42, 9]]), "attention_mask": torch.ones(1, 5, dtype=torch.long)}
HEADS = {
    "encoder": ["classifier", "bert.pooler"],
    "distilbert": ["pre_classifier", "classifier"],
    "roberta": ["classifier"],
}
ADAPTER: dict[str, Any] = {"r": 4, "alpha": 8, "dropout": 0.0, "target_modules": "all-linear", "seed": 1}


def lora(base, **changes):
    return add_lora(load_causal(base, torch.float32), **ADAPTER | changes)


def save(model, base, folder: Path, method="lora", **labels) -> None:
    folder.mkdir(exist_ok=True)
    save_trained(model, load_tokenizer(base), base, folder, method=method, settings=SETTINGS, **labels)


@pytest.fixture(scope="module")
def saved(llama_folder, tmp_path_factory):
    """A base model, and the folder and logits of an adapter that changes them."""
    base = locate(str(llama_folder))
    model = lora(base).eval()
    toys.change_adapter(model)
    folder = tmp_path_factory.mktemp("saved") / "adapter"
    save(model, base, folder)
    with torch.no_grad():
        return base, folder, model(IDS).logits


def test_it_writes_exactly_these_files_and_no_path(saved):
    base, folder, _ = saved
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert read_json(folder / "base.json") == {
        "name": "toy-llama", "revision": None, "sha256": base.sha256, "method": "lora",
        "settings": SETTINGS,
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
    check_no_path(folder, base.folder.parent)


def test_plain_peft_and_transformers_load_it(saved, monkeypatch):
    base, folder, logits = saved
    plain = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base.folder, **EAGER), folder)
    assert torch.equal(plain(IDS).logits, logits)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    own = AutoTokenizer.from_pretrained(base.folder)
    assert tokenizer("a left effusion")["input_ids"] == own("a left effusion")["input_ids"]
    assert tokenizer.chat_template == own.chat_template
    assert (tokenizer.eos_token, tokenizer.pad_token) == (own.eos_token, own.pad_token)
    # Peft finds the base by its name.
    # As on a machine whose working folder holds the base under the name the adapter gives.
    monkeypatch.chdir(base.folder.parent)
    assert torch.equal(AutoPeftModelForCausalLM.from_pretrained(folder, **EAGER)(IDS).logits, logits)


def test_a_saved_adapter_loads_with_equal_logits(saved, llama_folder, tmp_path):
    base, folder, logits = saved
    model = load_trained(base, folder, torch.float32)
    assert not model.training
    assert torch.equal(model(IDS).logits, logits)
    assert {weight.dtype for weight in load_trained(base, folder, torch.bfloat16).parameters()} == {torch.bfloat16}
    moved = locate(str(shutil.copytree(llama_folder, tmp_path / "moved")))
    assert torch.equal(load_trained(moved, folder, torch.float32)(IDS).logits, logits)


def test_another_base_model_is_refused(saved, llama_folder, tmp_path):
    first, folder, _ = saved
    other = Path(shutil.copytree(llama_folder, tmp_path / "other"))
    model = AutoModelForCausalLM.from_pretrained(other)
    with torch.no_grad():
        next(model.parameters())[0, 0] += 1
    model.save_pretrained(other)
    base = locate(str(other))
    assert error_of(load_trained, base, folder, torch.float32) == (
        f"{folder} was trained on toy-llama ({first.sha256[:12]}), model is other ({base.sha256[:12]}): "
        "name that model, or train again (dvc repro)"
    )


def test_a_folder_without_all_of_an_adapter_is_refused(saved, tmp_path):
    base, folder, _ = saved
    message = r"base.json is missing: run the stage that makes it \(dvc repro\)"
    refused(message, load_trained, base, tmp_path / "nowhere", torch.float32)
    for gone in ("adapter_model.safetensors", "adapter_config.json"):
        part = Path(shutil.copytree(folder, tmp_path / gone))
        (part / gone).unlink()
        refused(gone.split(".")[0], load_trained, base, part, torch.float32)
    part = Path(shutil.copytree(folder, tmp_path / "part"))
    tensors = load_file(part / "adapter_model.safetensors")
    first = {name: tensor for name, tensor in tensors.items() if "layers.0" in name}
    save_file(first, part / "adapter_model.safetensors")
    refused("part", load_trained, base, part, torch.float32)


def test_an_update_weighs_alpha_over_r(llama_folder):
    adapted = lora(locate(str(llama_folder)))
    layer = next(one for one in adapted.modules() if hasattr(one, "lora_A"))
    layer.lora_B["default"].weight.data.fill_(0.5)
    update = layer.lora_B["default"].weight @ layer.lora_A["default"].weight
    assert torch.allclose(layer.get_delta_weight("default"), update * ADAPTER["alpha"] / ADAPTER["r"])
    assert ADAPTER["alpha"] != ADAPTER["r"]


def test_a_fresh_adapter_changes_nothing_and_the_seed_fixes_it(llama_folder):
    base = locate(str(llama_folder))
    first, second, third = lora(base), lora(base), lora(base, seed=2)
    with torch.no_grad():
        assert torch.equal(first.eval()(IDS).logits, load_causal(base, torch.float32)(IDS).logits)
    weights = [[weight for weight in model.parameters() if weight.requires_grad] for model in (first, second, third)]
    assert all(torch.equal(a, b) for a, b in zip(*weights[:2], strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(*weights[1:], strict=True))


def test_where_lora_weights_go(llama_folder, gpt2_folder, tmp_path):
    base, gpt2 = locate(str(llama_folder)), locate(str(gpt2_folder))
    model = add_lora(load_causal(base, torch.bfloat16), **ADAPTER | {"target_modules": ["q_proj"]})
    kinds = {weight.requires_grad: weight.dtype for weight in model.parameters()}
    assert kinds == {True: torch.float32, False: torch.bfloat16}
    # The message says "names like q_proj": `-S lora.target_modules=q_proj` must do.
    lora(base, target_modules="q_proj")
    for wanted in ("query_projection", ["query_projection"]):
        refused("names no layer of the model: use all-linear, or", lora, base, target_modules=wanted)
    save(lora(gpt2), gpt2, tmp_path)
    assert "c_attn" in {name.split(".")[-1] for name in read_json(tmp_path / "adapter_config.json")["target_modules"]}


def test_a_complete_model_is_saved_with_its_tokenizer_and_no_path(llama_folder, tmp_path):
    base = locate(str(llama_folder))
    model = load_causal(base, torch.float32)
    with torch.no_grad():
        model.get_input_embeddings().weight[5] += 1
    folder = tmp_path / "tuned"
    save(model, base, folder, method="full")
    assert sorted(path.name for path in folder.iterdir()) == [
        "base.json", "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors",
        "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    check_no_path(folder, base.folder.parent)
    logits = load_trained(base, folder, torch.float32)(IDS).logits
    assert torch.equal(logits, model(IDS).logits)
    assert torch.equal(AutoModelForCausalLM.from_pretrained(folder, **EAGER)(IDS).logits, logits)
    assert not torch.equal(logits, load_causal(base, torch.float32)(IDS).logits)


def fresh(base, labels=LABELS, seed=5):
    """Return the base model with an untrained head, from another seed than that of models loaded later."""
    torch.manual_seed(seed)
    return load_classifier(base, labels, torch.float32, new_head=True)


def with_lora(model, **changes):
    return add_lora(model, **ADAPTER | changes, head=head_of(model))


@torch.no_grad()
def logits_of(model):
    return model.eval()(**WORDS).logits


def learn(model, base):
    """Train three steps on TEXTS."""
    tokenizer = load_tokenizer(base)
    examples = [{"id": text, "source": text, "target": label} for text, label in zip(TEXTS, LABELS, strict=True)]
    rows = encode_labelled(examples, tokenizer, LABELS, 32, 128)
    optimizer = torch.optim.Adam([weight for weight in model.parameters() if weight.requires_grad], lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        label_nll(model, rows, tokenizer.pad_token_id).backward()
        optimizer.step()
    return model


@pytest.fixture(scope="module", params=HEADS)
def encoder(request, tmp_path_factory):
    """A kind of encoder, and a base model of it."""
    folder = tmp_path_factory.mktemp("models") / f"toy-{request.param}"
    return request.param, locate(str(getattr(toys, f"write_{request.param}")(folder)))


@pytest.fixture(scope="module", params=["lora", "full"])
def trained(request, encoder, tmp_path_factory):
    """A base model, and the folder and logits of a classifier trained on it."""
    _, base = encoder
    model = fresh(base)
    model = learn(with_lora(model) if request.param == "lora" else model, base)
    folder = tmp_path_factory.mktemp("trained") / request.param
    save(model, base, folder, request.param, labels=LABELS)
    return base, folder, logits_of(model)


def test_the_head_is_all_outside_the_encoder_and_its_pooler(encoder):
    kind, base = encoder
    assert head_of(fresh(base)) == HEADS[kind]
    message = r"names no layer of the model below its head: use all-linear, or \[query, value"
    refused(message, with_lora, fresh(base), target_modules=["classifier"])


def test_a_classifier_loads_with_its_trained_head(trained):
    base, folder, logits = trained
    torch.manual_seed(99)  # a head made anew would be another
    model = load_trained(base, folder, torch.float32)
    assert not model.training
    assert torch.allclose(logits_of(model), logits, atol=1e-6)  # the last bit depends on where weights lie in memory
    assert not torch.allclose(logits, logits_of(fresh(base)), atol=1e-3), "it learnt nothing"
    assert read_identity(folder) == {
        "name": base.name, "revision": None, "sha256": base.sha256, "method": folder.name, "labels": LABELS,
        "settings": SETTINGS,
    }  # fmt: skip
    plain = merge(load_trained(base, folder, torch.float32))
    assert type(plain).__name__.endswith("ForSequenceClassification")
    assert not [name for name, _ in plain.named_modules() if "lora" in name or "modules_to_save" in name]
    assert torch.allclose(logits_of(plain), logits, atol=1e-5)
    check_no_path(folder, base.folder.parent)


def test_plain_peft_and_transformers_load_a_classifier(trained):
    base, folder, logits = trained
    torch.manual_seed(99)
    if folder.name == "full":
        plain = AutoModelForSequenceClassification.from_pretrained(folder, **EAGER)
        assert plain.config.id2label == dict(enumerate(LABELS))
    else:
        bare = AutoModelForSequenceClassification.from_pretrained(base.folder, num_labels=len(LABELS), **EAGER)
        plain = PeftModel.from_pretrained(bare, folder)
    assert torch.allclose(logits_of(plain), logits, atol=1e-6)


def test_an_adapter_holds_the_head_and_lora_weights_of_all_other_layers(encoder, tmp_path):
    kind, base = encoder
    save(learn(with_lora(fresh(base)), base), base, tmp_path, labels=LABELS)
    start = dict(fresh(base).named_parameters())
    kept = load_file(tmp_path / "adapter_model.safetensors")
    head = {name.removeprefix("base_model.model."): tensor for name, tensor in kept.items() if "lora_" not in name}
    assert set(head) == {name for name in start if name.startswith(tuple(f"{path}." for path in HEADS[kind]))}
    assert [name for name, tensor in head.items() if torch.equal(tensor, start[name])] == []
    # Two layers with four matrices of attention and two of the feed-forward; none in the head.
    assert len(kept) - len(head) == 2 * 2 * 6
    saved = read_json(tmp_path / "adapter_config.json")["modules_to_save"]
    assert len(saved) == len(set(saved))
    assert {path.split(".")[-1] for path in HEADS[kind]} <= set(saved)


def test_all_counts_of_trained_weights_agree(encoder):
    _, base = encoder
    bare = fresh(base)
    head = sum(weight.numel() for path in head_of(bare) for weight in bare.get_submodule(path).parameters())
    model = with_lora(bare)
    sides = 4 * (32 + 32) + 2 * (32 + 64)
    found = count(model)
    assert found["tuned"]["trainable"] == 2 * 4 * sides + head == model.get_nb_trainable_parameters()[0]
    config = read_config(base.folder / "config.json", base.name)
    made = parameters.with_lora(on_meta(config, "classifier", 3), "classifier", r=4, target_modules="all-linear")
    assert count(made) == found


def test_an_adapter_that_does_not_fit_is_refused(encoder, tmp_path):
    kind, base = encoder
    save(with_lora(fresh(base)), base, tmp_path, labels=LABELS)
    weights = tmp_path / "adapter_model.safetensors"
    whole = load_file(weights)
    for path in HEADS[kind]:
        gone = next(name for name in sorted(whole) if path in name and "lora_" not in name)
        save_file({name: tensor for name, tensor in whole.items() if name != gone}, weights)
        message = rf"does not fit {base.name}: it has no {gone}; train again"
        refused(message, load_trained, base, tmp_path, torch.float32)
    save_file(whole, weights)
    load_trained(base, tmp_path, torch.float32)
    write_json(tmp_path / "base.json", read_json(tmp_path / "base.json") | {"labels": ["no", "yes"]})
    message = rf"does not fit {base.name}: it has weights of another shape; train again"
    refused(message, load_trained, base, tmp_path, torch.float32)


def test_a_head_for_other_labels_is_replaced(encoder, tmp_path):
    _, base = encoder
    two = tmp_path / "two-labels"
    fresh(base, labels=["no", "yes"]).save_pretrained(two)
    load_tokenizer(base).save_pretrained(two)
    other = locate(str(two))
    made = fresh(other)
    assert (made.config.num_labels, made.config.id2label) == (3, dict(enumerate(LABELS)))
    assert logits_of(made).shape == (1, 3)
    assert torch.equal(logits_of(made), logits_of(fresh(other))), "the seed fixes it"
    learnt = learn(with_lora(made), other)
    save(learnt, other, tmp_path, labels=LABELS)
    torch.manual_seed(99)
    assert torch.equal(logits_of(load_trained(other, tmp_path, torch.float32)), logits_of(learnt))


def test_the_base_is_found_by_its_name(saved, monkeypatch, tmp_path):
    base, folder, _ = saved
    assert error_of(load_base, folder) == (
        f"{folder} was trained on a local folder, toy-llama, which is not here: name it as model (--model)"
    )
    assert load_base(folder, str(base.folder)) == base
    monkeypatch.chdir(base.folder.parent)
    assert load_base(folder).sha256 == base.sha256
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    identity = read_json(copy / "base.json")
    for method in ("full", "merged"):  # a complete model is its own base
        write_json(copy / "base.json", identity | {"method": method})
        assert load_base(copy) == Base("toy-llama", None, copy, base.sha256)
    copy = Path(shutil.copytree(saved[1], tmp_path / "named"))
    identity, located = read_json(copy / "base.json"), []
    monkeypatch.setattr(adapters, "locate", lambda *what: located.append(what))
    write_json(copy / "base.json", identity | {"name": "org/mine", "revision": "c0ffee"})
    for named in (None, "org/mine", "org/other"):
        load_base(copy, named)
    write_json(copy / "base.json", identity | {"name": "minilm-l6-v2", "revision": None})
    load_base(copy)
    assert located == [("org/mine", "c0ffee"), ("org/mine", "c0ffee"), ("org/other", None), ("minilm-l6-v2", None)]
