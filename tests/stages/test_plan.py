"""The plan: its figures for a toy, what it says without a split, real steps, and the one line of each refusal."""

import json
import shutil

import pytest

from pipeline_lib.models import fetching
from pipeline_lib.models.configuration import read_config
from pipeline_lib.models.registry import CATALOG, kept_in
from pipeline_lib.planning import machine
from pipeline_lib.planning.planned_rows import tokenizer_of
from pipeline_lib.report.planned import read_plan
from stages import plan
from tests.helpers import toys
from tests.helpers.stages import refused, run_stage
from tests.helpers.toys import ROOT


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    return toys.write_split(tmp_path)


def planned(folder, model, changes=None, *more, split="split") -> dict:
    params = toys.write_params(folder / "params.yaml", model, changes)
    printed = run_stage(plan, "--params", params, "--data", folder / split, "--json", *more)
    return json.loads(printed.splitlines()[-1])


def config_only(folder, model):
    """Copy a model's config.json alone."""
    (folder / "bare").mkdir()
    shutil.copy(model / "config.json", folder / "bare")
    return folder / "bare"


def test_a_plan_adds_up_and_names_every_machine(project, llama_folder):
    found = planned(project, llama_folder)
    parts = found["memory"]
    assert parts["total_gb"] == pytest.approx(sum(parts.values()) - parts["total_gb"], abs=0.01)
    assert found["parameters"]["trained"] == found["parameters"]["adapter"] > 0
    assert "10 training rows" in found["origin"]
    assert found["widest"]["rows"] == 4
    assert [one["name"] for one in found["machines"]][1:] == [f"card of {size} GB" for size in (8, 16, 24, 80)]
    assert all(one["fits"] for one in found["machines"])
    assert found["minutes"] > 0


def test_the_table_says_the_same(project, llama_folder):
    params = toys.write_params(project / "params.yaml", llama_folder)
    text = run_stage(plan, "--params", params, "--data", project / "split")
    for words in ("parameters", "activations", "KV cache", "checkpoints", "minutes of training", "card of 24 GB"):
        assert words in text


def test_a_plan_that_is_written_is_what_the_report_reads(project, llama_folder):
    found = planned(project, llama_folder, None, "--out", project / "plan.json")
    assert read_plan(project) == found
    assert found["settings"]["model"] == str(llama_folder)
    assert found["settings"]["micro_batch_size"] == 4
    assert "launch" not in found["settings"]


def test_full_training_trains_all_and_has_no_adapter(project, llama_folder):
    found = planned(project, llama_folder, {"method": "full"})
    assert found["parameters"]["trained"] == found["parameters"]["total"]
    assert found["parameters"]["adapter"] == 0


def test_without_a_split_the_settings_give_the_lengths(project, llama_folder):
    found = planned(project, llama_folder, split="nowhere")
    assert "no split" in found["origin"]
    assert found["widest"]["tokens"] >= 400 + 8  # prompt.max_tokens and generate.max_new_tokens


def test_a_configuration_alone_is_planned_with_the_tokenizer_of_the_params_file(project, llama_folder):
    bare = config_only(project, llama_folder)
    found = planned(project, llama_folder, None, "--model", bare)
    assert llama_folder.name in found["origin"]
    assert found["model"] == str(bare)
    assert "no tokenizer" in planned(project, bare)["origin"]


def test_too_large_a_model_says_what_to_change(project, llama_folder):
    large = config_only(project, llama_folder)
    config = json.loads((large / "config.json").read_text())
    config |= {"hidden_size": 8192, "intermediate_size": 28_672, "head_dim": 2048}  # two layers of 3.9 GB each in fp32
    (large / "config.json").write_text(json.dumps(config))
    found = planned(project, llama_folder, {"precision": "fp32"}, "--model", large)
    cards = {one["name"]: one for one in found["machines"]}
    assert not cards["card of 8 GB"]["fits"]
    assert "memory.quantization: nf4" in cards["card of 8 GB"]["change"]
    assert cards["card of 80 GB"]["fits"]


def test_a_model_of_the_catalog_is_not_fetched(monkeypatch):
    def refuse(*_):
        raise AssertionError("fetched")

    monkeypatch.setattr(fetching, "_fetch", refuse)
    for name in CATALOG:
        assert read_config(machine.config_file(name, None), name).get_text_config().hidden_size
    assert tokenizer_of([*CATALOG], None) is None


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_the_kept_configuration_of_the_catalog_is_that_of_the_package(name, monkeypatch):
    monkeypatch.delenv("TARE_CACHE")
    folder = kept_in(name)
    if not folder.is_dir():
        pytest.skip(f"{name} is not in the cache of this machine")
    kept = json.loads((ROOT / "pipeline_lib" / "planning" / "catalog" / name / "config.json").read_text())
    ours = json.loads((folder / "config.json").read_text())
    assert {**kept, "transformers_version": ""} == {**ours, "transformers_version": ""}


def test_a_classifier_is_planned_with_its_head_and_writes_no_answers(project, encoder_folder):
    recipe = ROOT / "recipes" / "sentiment" / "params.yaml"
    words = ["--params", recipe, "--row", "steady", "--model", encoder_folder, "--data", project / "nowhere", "--json"]
    found = json.loads(run_stage(plan, *words).splitlines()[-1])
    assert found["generation"] == {}
    assert found["parameters"]["trained"] > found["parameters"]["adapter"]  # the head


def test_real_steps_tell_the_minutes(project, llama_folder):
    found = planned(project, llama_folder, None, "--steps", 3)
    assert "3 real steps" in found["minutes_from"]
    assert found["actual"]["memory_gb"] > 0
    assert 3 < found["actual"]["loss"] < 15  # nats a target of a random model
    assert found["actual"]["loss"] != planned(project, llama_folder, {"lr": 0.1}, "--steps", 3)["actual"]["loss"]


def test_what_cannot_be_planned_is_one_line(project, llama_folder, encoder_folder):
    t5 = project / "t5"
    t5.mkdir()
    (t5 / "config.json").write_text('{"model_type": "t5", "is_encoder_decoder": true}')
    refused("encoder with a decoder", planned, project, llama_folder, None, "--model", t5)
    refused("no folder", planned, project, llama_folder, None, "--model", "nowhere")
    refused("not a language model", planned, project, llama_folder, None, "--model", encoder_folder)
    refused("cannot be had from the Hub", planned, project, llama_folder, None, "--model", "nobody/nothing")
    refused("--steps must be 2 or more", planned, project, llama_folder, None, "--steps", 1)
    refused("has none: dvc repro split", planned, project, llama_folder, None, "--steps", 2, split="nowhere")
    bare = config_only(project, llama_folder)
    refused("holds no .safetensors", planned, project, llama_folder, None, "--model", bare, "--steps", 2)
