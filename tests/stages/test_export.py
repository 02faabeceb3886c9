"""export: plain transformers loads the merged model, and its outputs equal those of the adapter."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer, pipeline

from pipeline_lib.core.files import read_json, write_json
from pipeline_lib.core.tasks import load
from pipeline_lib.inference.generation import generate
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.lora import add_lora, load_trained, save_trained
from pipeline_lib.models.tokenization import PromptTemplate
from pipeline_lib.prediction.sentiment_analyzer import SentimentAnalyzer
from stages import export
from tests.helpers import toys
from tests.helpers.disk import full_disk
from tests.helpers.stages import refused, run_stage
from tests.helpers.trained_classifiers import LABELS, LIMIT, TEXTS, train
from tests.helpers.training_outputs import check_no_path, contents, listed

IDS = torch.tensor([[5, 77, 130, 42, 9]])
KINDS = ("encoder", "distilbert", "roberta")


@pytest.fixture(scope="module", params=KINDS)
def classifier(request, tmp_path_factory):
    """A base model, an adapter on it, and the exported folder."""
    home = tmp_path_factory.mktemp("trained")
    base = getattr(toys, f"write_{request.param}")(home / f"toy-{request.param}")
    adapter, out = train(home, base), home / "merged"
    printed = run_stage(export, tuned=adapter, out=out, model=base)
    assert printed.startswith(f"{out}: {base.name} with {adapter}, a classifier of negative, neutral, positive, ")
    assert printed.endswith(" weights in fp32\n")
    return base, adapter, out


@pytest.fixture(scope="module", params=["llama", "gpt2", "gemma"])
def language_model(request, tmp_path_factory):
    """A base model, an adapter that changes its output, and the exported folder."""
    home = tmp_path_factory.mktemp("trained")
    write = {"llama": toys.write_project_model, "gpt2": toys.write_gpt2, "gemma": toys.write_gemma}[request.param]
    base = locate(str(write(home / f"toy-{request.param}")))
    model = add_lora(load_causal(base, torch.float32), r=4, alpha=8, dropout=0.0, target_modules="all-linear", seed=1)
    toys.change_adapter(model, std=0.3)
    adapter = home / "adapter"
    adapter.mkdir()
    save_trained(model, load_tokenizer(base), base, adapter, method="lora", settings={"task": "impression"})
    run_stage(export, tuned=adapter, out=home / "merged", model=base.folder)
    return base, adapter, home / "merged"


def test_plain_transformers_predicts_as_the_adapter_does(classifier):
    base, adapter, folder = classifier
    plain: Any = pipeline("text-classification", model=str(folder), truncation=True, top_k=None)
    found = [{one["label"]: one["score"] for one in answer} for answer in plain(TEXTS, batch_size=4)]
    assert max(len(text) for text in TEXTS) > 20 * LIMIT, "one must be cut"
    for analyzer in (SentimentAnalyzer(adapter, model=str(base)), SentimentAnalyzer(folder)):
        for answer, wanted in zip(found, analyzer.predict_batch(TEXTS), strict=True):
            assert answer == pytest.approx(wanted["probabilities"], abs=1e-5)
            assert max(answer, key=answer.__getitem__) == wanted["sentiment"]
    other: Any = pipeline("text-classification", model=str(folder), truncation=True)
    assert [one["label"] for one in other(TEXTS)] == [max(answer, key=answer.__getitem__) for answer in found]


def test_an_exported_classifier_has_exactly_these_files(classifier):
    base, adapter, folder = classifier
    assert listed(folder) == "base.json config.json model.safetensors tokenizer.json tokenizer_config.json".split()
    config = read_json(folder / "config.json")
    assert config["id2label"] == {str(place): label for place, label in enumerate(LABELS)}
    assert config["label2id"] == {label: place for place, label in enumerate(LABELS)}
    assert AutoTokenizer.from_pretrained(folder).model_max_length == LIMIT
    trained = read_json(adapter / "base.json")
    assert read_json(folder / "base.json") == trained | {"method": "merged"}
    assert (trained["name"], trained["method"]) == (base.name, "lora")
    _, report = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    assert not any(report.values())
    check_no_path(folder, base.parent, adapter)


def test_an_exported_folder_needs_no_base_and_cuts_texts_alike(classifier, tmp_path):
    _, _, folder = classifier
    moved = Path(shutil.copytree(folder, tmp_path / "moved"))
    found = SentimentAnalyzer(moved)
    assert (found.max_tokens, found.labels) == (LIMIT, tuple(LABELS))
    # Without base.json, as another program would pass it on, the tokenizer says how much is read.
    (moved / "base.json").unlink()
    plain = SentimentAnalyzer(moved)
    assert (plain.max_tokens, plain.labels) == (LIMIT, tuple(LABELS))
    assert plain.predict_batch(TEXTS) == found.predict_batch(TEXTS)


def test_a_complete_model_can_be_exported(tmp_path):
    base = toys.write_distilbert(tmp_path / "toy-distilbert")
    adapter = train(tmp_path, base, method="full", lr=0.001)
    shutil.rmtree(base)  # it holds all its weights
    folder = tmp_path / "merged"
    run_stage(export, tuned=adapter, out=folder)
    assert AutoTokenizer.from_pretrained(folder).model_max_length == LIMIT
    plain: Any = pipeline("text-classification", model=str(folder), truncation=True, top_k=None)
    for answer, wanted in zip(plain(TEXTS), SentimentAnalyzer(adapter).predict_batch(TEXTS), strict=True):
        assert {one["label"]: one["score"] for one in answer} == pytest.approx(wanted["probabilities"], abs=1e-5)


def test_a_merged_language_model_has_the_logits_of_the_adapter(language_model):
    base, adapter, folder = language_model
    wanted = load_trained(base, adapter, torch.float32)(IDS).logits
    plain = AutoModelForCausalLM.from_pretrained(folder)
    assert plain.dtype == torch.float32
    assert torch.allclose(plain(IDS).logits, wanted, atol=1e-5)
    assert not torch.allclose(load_causal(base, torch.float32)(IDS).logits, wanted, atol=1e-2)
    assert torch.allclose(load_trained(base, folder, torch.float32)(IDS).logits, wanted, atol=1e-5), "ours loads it too"
    tokenizer, own = AutoTokenizer.from_pretrained(folder), load_tokenizer(base)
    assert (tokenizer.chat_template, tokenizer.model_max_length) == (own.chat_template, own.model_max_length)
    assert tokenizer("a left effusion")["input_ids"] == own("a left effusion")["input_ids"]
    assert read_json(folder / "base.json") == read_json(adapter / "base.json") | {"method": "merged"}
    check_no_path(folder, base.folder.parent, adapter)


def test_transformers_generate_stops_where_ours_does(language_model):
    """At the token that ended each answer in training, which a Gemma's generation config does not name."""
    base, _, folder = language_model
    plain: Any = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    task = load("impression", "prompt")
    eos_id = PromptTemplate(tokenizer, task.prompt, task.CUE).eos_id()
    stops = plain.generation_config.eos_token_id
    stops = stops if isinstance(stops, list) else [stops]
    assert eos_id in stops
    assert tokenizer.eos_token_id in stops
    assert len(stops) == (2 if base.name == "toy-gemma" else 1)
    prompt = tokenizer("Findings: a tear.", return_tensors="pt")
    theirs = plain.generate(**prompt, max_new_tokens=20, do_sample=False)[0, prompt["input_ids"].shape[1] :].tolist()
    ours = generate(
        load_trained(base, folder, torch.float32), tokenizer, [(ids, []) for ids in prompt["input_ids"].tolist()],
        eos_id=eos_id, max_new_tokens=20, batch_size=1,
    )  # fmt: skip
    assert [tokenizer.decode(theirs, skip_special_tokens=True).strip()] == [one.text for _, one in ours]


@pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp16", torch.float16)])
def test_weights_may_be_halved(language_model, tmp_path, precision, dtype):
    base, adapter, folder = language_model
    run_stage(export, tuned=adapter, out=tmp_path / "half", model=base.folder, precision=precision)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "half")
    assert {weight.dtype for weight in model.parameters()} == {dtype}
    whole = AutoModelForCausalLM.from_pretrained(folder)
    for (name, weight), rounded in zip(whole.named_parameters(), model.parameters(), strict=True):
        assert torch.equal(weight.to(dtype), rounded), name
    sizes = [(place / "model.safetensors").stat().st_size for place in (tmp_path / "half", folder)]
    assert sizes[0] < 0.6 * sizes[1]


def test_a_second_export_replaces_the_first_with_the_same_bytes(classifier, tmp_path):
    base, adapter, folder = classifier
    for _ in range(2):
        run_stage(export, tuned=adapter, out=tmp_path / "merged", model=base)
        assert contents(tmp_path / "merged") == contents(folder)
        (tmp_path / "merged" / "left-over").write_text("")


def test_neither_the_adapter_nor_a_folder_with_other_files_is_replaced(classifier):
    base, adapter, _ = classifier
    before = listed(adapter), listed(base)
    itself = adapter / ".." / adapter.name
    refused("--out must be another folder than --tuned", run_stage, export, tuned=adapter, out=itself, model=base)
    refused("it holds other things", run_stage, export, tuned=adapter, out=base, model=base)
    assert (listed(adapter), listed(base)) == before


def test_a_failed_export_is_one_line_and_leaves_nothing(classifier, tmp_path, monkeypatch):
    base, adapter, _ = classifier
    monkeypatch.chdir(tmp_path)
    other = toys.write_project_model(tmp_path / "other")
    part = Path(shutil.copytree(adapter, tmp_path / "part"))
    identity = read_json(part / "base.json")
    write_json(part / "base.json", {name: value for name, value in identity.items() if name != "settings"})
    absent = rf"a local folder, {base.name}, which is not here: name it as model \(--model\)"
    for message, tuned, model in (
        (absent, adapter, None), (r"model is other \(", adapter, other), ("base.json is missing", "none", None),
        ("has no settings: train again", part, None),
    ):  # fmt: skip
        refused(message, run_stage, export, tuned=tuned, out="merged", model=model)
    with full_disk(50_000):
        refused(r"cannot write .*merged", run_stage, export, tuned=adapter, out="merged", model=base)
    assert listed(tmp_path) == ["other", "part"]
