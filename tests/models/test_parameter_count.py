"""Parameter counts compared with published totals, hand arithmetic, loaded models, transformers and peft."""

import io
import json
import re
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub.errors import RemoteEntryNotFoundError
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from pipeline_lib.cli.command import run
from pipeline_lib.models import parameter_count as parameters
from pipeline_lib.models.configuration import kind_of, read_config
from pipeline_lib.models.lora import add_lora
from pipeline_lib.models.parameter_count import (
    count,
    find_config,
    on_meta,
    output_layer,
    parts,
    with_lora,
)
from stages import count_parameters
from tests.helpers.hub import Answer
from tests.helpers.stages import refused, run_stage

LLAMA = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 128256, "hidden_size": 2048,
    "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8,
    "head_dim": 64, "max_position_embeddings": 131072, "tie_word_embeddings": True, "torch_dtype": "bfloat16",
}  # fmt: skip
GEMMA = {
    "architectures": ["GemmaForCausalLM"], "model_type": "gemma", "vocab_size": 256000, "hidden_size": 2048,
    "intermediate_size": 16384, "num_hidden_layers": 18, "num_attention_heads": 8, "num_key_value_heads": 1,
    "head_dim": 256, "max_position_embeddings": 8192, "hidden_activation": None, "torch_dtype": "bfloat16",
}  # fmt: skip
DISTILBERT = {
    "architectures": ["DistilBertForMaskedLM"], "model_type": "distilbert", "vocab_size": 30522, "dim": 768,
    "hidden_dim": 3072, "n_layers": 6, "n_heads": 12, "max_position_embeddings": 512, "tie_weights_": True,
}  # fmt: skip
GPT2 = {
    "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": 50257, "n_embd": 768, "n_layer": 12,
    "n_head": 12, "n_positions": 1024, "n_ctx": 1024,
}  # fmt: skip
TOYS = ["llama_folder", "gemma_folder", "gemma2_folder", "gemma3_folder", "gpt2_folder"]
SMALL = {
    "model_type": "llama", "vocab_size": 100, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2,
}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    """Write a config.json into a folder of its own."""

    def put(content, name="mine") -> Path:
        (tmp_path / name).mkdir(exist_ok=True)
        path = tmp_path / name / "config.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return put


def meta(path: Path, kind="causal", labels=None):
    return on_meta(read_config(path, "mine"), kind, labels)


def distinct(model) -> int:
    """Return the number of weights at different places in memory, which needs no knowledge of ties."""
    return sum({weight.data_ptr(): weight.numel() for weight in model.parameters()}.values())


# Embedding: vocabulary x hidden. A layer: query and output, key and value, three of the MLP, two norms.
LLAMA_LAYER = 2 * 2048 * 2048 + 2 * 2048 * (8 * 64) + 3 * 2048 * 8192 + 2 * 2048
GEMMA_LAYER = 2 * 2048 * (8 * 256) + 2 * 2048 * 256 + 3 * 2048 * 16384 + 2 * 2048
# Weights and biases: four of attention, two of the feed-forward, two norms. Then the norm of the embeddings, a head.
DISTILBERT_LAYER = 4 * (768 * 768 + 768) + (768 * 3072 + 3072) + (3072 * 768 + 768) + 2 * 2 * 768
DISTILBERT_HEAD = (768 * 768 + 768) + (768 * 2 + 2)
DISTILBERT_REST = 2 * 768 + DISTILBERT_HEAD
GPT2_LAYER = (768 * 2304 + 2304) + (768 * 768 + 768) + (768 * 3072 + 3072) + (3072 * 768 + 768) + 4 * 768
# in + out of each matrix of a layer that an adapter of rank r adds r x (in + out) to.
LLAMA_SIDES = 2 * (2048 + 2048) + 2 * (2048 + 512) + 3 * (2048 + 8192)
GEMMA_SIDES = 2 * (2048 + 2048) + 2 * (2048 + 256) + 3 * (2048 + 16384)
GPT2_SIDES = (768 + 2304) + (768 + 768) + 2 * (768 + 3072)
DISTILBERT_SIDES = 4 * (768 + 768) + 2 * (768 + 3072)


@pytest.mark.parametrize(("config", "kind", "total", "embedding", "rest", "adapter"), [
    (LLAMA, "causal", 1_235_814_400, 128256 * 2048, 16 * LLAMA_LAYER + 2048, 16 * 16 * LLAMA_SIDES),
    (GEMMA, "causal", 2_506_172_416, 256000 * 2048, 18 * GEMMA_LAYER + 2048, 18 * 16 * GEMMA_SIDES),
    (GPT2, "causal", 124_439_808, (50257 + 1024) * 768, 12 * GPT2_LAYER + 2 * 768, 12 * 16 * GPT2_SIDES),
    (DISTILBERT, "classifier", 66_955_010, (30522 + 512) * 768, 6 * DISTILBERT_LAYER + DISTILBERT_REST,
     6 * 16 * DISTILBERT_SIDES + DISTILBERT_HEAD),
], ids=["Llama-3.2-1B", "gemma-2b-it", "gpt2", "distilbert-base-uncased"])  # fmt: skip
def test_known_totals_their_split_and_adapters_by_hand(write, recwarn, config, kind, total, embedding, rest, adapter):
    path = write(config)
    assert kind_of(read_config(path, "mine")) == kind
    labels = 2 if kind == "classifier" else None
    model = meta(path, kind, labels)
    assert {weight.device.type for weight in model.parameters()} == {"meta"}
    assert count(model)["untrained"] == {"total": total, "embedding": embedding, "non_embedding": rest}
    assert sum(parts(model).values()) == total == embedding + rest
    if config is LLAMA:
        assert parts(model) == {
            "embedding": 128256 * 2048, "layers.*.self_attn": 16 * (2 * 2048 * 2048 + 2 * 2048 * 512),
            "layers.*.mlp": 16 * 3 * 2048 * 8192, "layers.*.input_layernorm": 16 * 2048,
            "layers.*.post_attention_layernorm": 16 * 2048, "norm": 2048,
        }  # fmt: skip
    for targets in ("no_such_layer", ["no_such_layer"]):
        message = r"names no layer of the model.*: use all-linear, or"
        refused(message, with_lora, meta(path, kind), kind, r=4, target_modules=targets)
    made = with_lora(meta(path, kind, labels), kind, r=16, target_modules="all-linear")
    head = DISTILBERT_HEAD if kind == "classifier" else 0  # trained as a copy, and counted once
    assert count(made)["tuned"] == {"total": total + adapter - head, "trainable": adapter, "after_merging": total}
    # peft also counts the head's originals, which lie unused beside their copies.
    assert made.get_nb_trainable_parameters() == (adapter, total + adapter)
    assert not [warning for warning in recwarn if "fan_in_fan_out" in str(warning.message)]


@pytest.mark.parametrize("toy", TOYS)
def test_a_meta_model_counts_as_a_loaded_one(request, toy):
    folder = request.getfixturevalue(toy)
    live = AutoModelForCausalLM.from_pretrained(folder)
    found = count(live)
    assert found == count(meta(folder / "config.json"))
    assert found["untrained"]["total"] == distinct(live)
    assert found["untrained"]["non_embedding"] == live.num_parameters(exclude_embeddings=True)
    assert found["tuned"] == {key: distinct(live) for key in ("total", "trainable", "after_merging")}, "method: full"
    assert output_layer(live) == "tied"
    if toy != "gpt2_folder":  # which has an embedding of positions too
        live.get_input_embeddings().requires_grad_(False)
        assert count(live)["tuned"]["trainable"] == found["untrained"]["non_embedding"]


def test_an_encoder_counts_with_its_head(encoder_folder):
    live = AutoModelForSequenceClassification.from_pretrained(encoder_folder, num_labels=3)
    made = meta(encoder_folder / "config.json", "classifier", 3)
    assert count(live) == count(made)
    assert count(live)["untrained"]["total"] == distinct(live)
    assert parts(made)["classifier"] == 32 * 3 + 3
    assert output_layer(made) == "none"


def test_an_untied_output_layer_is_not_an_embedding(write):
    tied = meta(write(SMALL | {"tie_word_embeddings": True}, "tied"))
    own = meta(write(SMALL | {"tie_word_embeddings": False}, "own"))
    assert (output_layer(tied), output_layer(own)) == ("tied", "own")
    assert count(tied)["untrained"]["embedding"] == count(own)["untrained"]["embedding"] == 100 * 32
    assert count(own)["untrained"]["total"] == count(tied)["untrained"]["total"] + 100 * 32
    assert parts(own)["output_layer"] == 100 * 32
    assert "output_layer" not in parts(tied)


@pytest.mark.parametrize("targets", ["all-linear", None])
@pytest.mark.parametrize("toy", TOYS)
def test_lora_is_counted_as_peft_counts_it(request, toy, targets):
    folder = request.getfixturevalue(toy)
    targets = targets or (["c_attn"] if toy == "gpt2_folder" else ["q_proj", "v_proj"])
    plain = count(meta(folder / "config.json"))
    live = AutoModelForCausalLM.from_pretrained(folder)
    live = add_lora(live, r=4, alpha=8, dropout=0.0, target_modules=targets, seed=1)
    found = count(live)
    assert (found["tuned"]["trainable"], found["tuned"]["total"]) == live.get_nb_trainable_parameters()
    assert found["untrained"] == plain["untrained"]
    made = with_lora(meta(folder / "config.json"), "causal", r=4, target_modules=targets)
    assert {weight.device.type for weight in made.parameters()} == {"meta"}
    assert count(made) == found
    assert found["tuned"]["after_merging"] == distinct(live.merge_and_unload())


def test_a_loaded_encoder_with_an_adapter(encoder_folder):
    live = AutoModelForSequenceClassification.from_pretrained(encoder_folder, num_labels=2)
    base = count(live)["untrained"]
    whole = ["classifier", "pooler"]
    adapter = LoraConfig(r=4, target_modules=["query", "value"], modules_to_save=whole, task_type="SEQ_CLS")
    live = get_peft_model(live, adapter)
    found = count(live)
    made = meta(encoder_folder / "config.json", "classifier", 2)
    assert found == count(with_lora(made, "classifier", r=4, target_modules=["query", "value"]))
    assert found["untrained"] == base
    # Two layers, query and value, r x (in + out) each; the pooler and the classifier with their biases.
    added, head = 2 * 2 * 4 * (32 + 32), (32 * 32 + 32) + (32 * 2 + 2)
    total = base["total"]
    assert found["tuned"] == {"total": total + added, "trainable": added + head, "after_merging": total}
    assert found["tuned"]["trainable"] == live.get_nb_trainable_parameters()[0]
    assert found["tuned"]["after_merging"] == distinct(live.merge_and_unload())


def test_embeddings_that_an_adapter_trains_stay_embeddings(llama_folder):
    live: Any = AutoModelForCausalLM.from_pretrained(llama_folder)
    base = count(live)["untrained"]
    live = get_peft_model(live, LoraConfig(r=4, target_modules=["embed_tokens", "q_proj"], task_type="CAUSAL_LM"))
    assert count(live)["untrained"] == base
    assert count(live)["tuned"]["trainable"] == live.get_nb_trainable_parameters()[0]


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"model_type": "llama"}, "causal"),
        ({"model_type": "llama", "architectures": ["LlamaForSequenceClassification"]}, "classifier"),
        ({"model_type": "gpt2", "architectures": []}, "causal"),
        ({"model_type": "bert"}, "classifier"),
        ({"model_type": "bert", "architectures": ["BertModel"]}, "classifier"),
        ({"model_type": "bert", "architectures": ["BertLMHeadModel"]}, "causal"),
        ({"model_type": "roberta", "architectures": ["RobertaForMaskedLM"]}, "classifier"),
    ],
)
def test_the_kind_of_a_configuration(write, config, kind):
    assert kind_of(read_config(write(config), "mine")) == kind
    for family in ("t5", "bart"):
        message = f"{family} is an encoder with a decoder: say --kind classifier for both"
        refused(message, kind_of, read_config(write({"model_type": family}), "mine"))


def test_the_number_of_labels_defaults_to_the_configurations(write):
    path = write(DISTILBERT | {"id2label": {str(label): f"L{label}" for label in range(5)}})
    five, two = meta(path, "classifier"), meta(path, "classifier", 2)
    assert (parts(five)["classifier"], parts(two)["classifier"]) == (5 * 769, 2 * 769)


def test_quantized_and_remote_code_configurations_count_as_plain_ones(write):
    # Neither bitsandbytes nor the repository's code is here, and neither is asked for.
    extra = {"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}
    extra |= {"auto_map": {"AutoModelForCausalLM": "modeling_mine.Mine", "AutoConfig": "modeling_mine.MineConfig"}}
    path = write(SMALL | extra)
    (path.parent / "modeling_mine.py").write_text("raise SystemExit('this code was run')")
    assert count(meta(path)) == count(meta(write(SMALL, "plain")))


def test_a_folder_without_weights_a_file_or_a_known_name_will_do(monkeypatch, write, llama_folder):
    path = write(SMALL)
    assert find_config(str(path)) == find_config(str(path.parent)) == path
    monkeypatch.setattr(parameters, "fetch", lambda name: llama_folder)
    assert find_config("smollm2-135m-instruct") == llama_folder / "config.json"


def test_only_the_configuration_is_fetched_from_the_hub(monkeypatch, write):
    fetched: Any = []
    path = write(SMALL)
    monkeypatch.setattr(parameters, "hf_hub_download", lambda *what, **how: fetched.append((what, how)) or str(path))
    assert find_config("google/gemma-2b-it", "v1") == path
    assert fetched == [(("google/gemma-2b-it", "config.json"), {"revision": "v1"})]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RemoteEntryNotFoundError("404", response=Answer()), r"google/gemma-2b-it has no config.json on the Hub"),
        (TimeoutError("read timed out"), r"cannot be had from the Hub .*the network, or name a local folder"),
    ],
)
def test_an_error_of_the_hub_is_one_line(monkeypatch, error, message):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(parameters, "hf_hub_download", refuse)
    refused(message, find_config, "google/gemma-2b-it")


def test_prints_a_table(write):
    printed = run_stage(count_parameters, write(LLAMA), "--lora-r=16", "--target-modules=all-linear")
    assert {" ".join(line.split()) for line in printed.splitlines()} >= {
        "total 1,235,814,400",
        "embedding 262,668,288 the output layer is tied to it and counted once",
        "non-embedding 973,146,112",
        "layers.*.mlp 805,306,368",
        "with the adapter 1,247,086,592 LoRA r 16 on all-linear",
        "trainable 11,272,192 0.90%",
        "after merging 1,235,814,400 the total again",
    }
    printed = run_stage(count_parameters, write(SMALL | {"tie_word_embeddings": False}))
    assert "the output layer is not tied: it is in non-embedding" in printed
    assert "adapter" not in printed


def test_prints_one_json_object(write, tmp_path, monkeypatch):
    def found(config, *options: str):
        return json.loads(run_stage(count_parameters, write(config), "--json", *options))

    monkeypatch.chdir(tmp_path)  # it needs no params file
    whole = found(DISTILBERT, "--labels=2", "--lora-r=8", "--target-modules=q_lin,v_lin")
    added, head = 6 * 2 * 8 * (768 + 768), 592_130
    assert {name: whole[name] for name in ("untrained", "tuned")} == {
        "untrained": {"total": 66_955_010, "embedding": 23_834_112, "non_embedding": 43_120_898},
        "tuned": {"total": 66_955_010 + added, "trainable": added + head, "after_merging": 66_955_010},
    }
    assert whole["architecture"] == "DistilBertForSequenceClassification"
    assert (whole["kind"], whole["labels"], whole["output_layer"]) == ("classifier", 2, "none")
    assert whole["lora"] == {"r": 8, "target_modules": ["q_lin", "v_lin"]}
    assert found(SMALL, "--lora-r=4")["lora"] == {"r": 4, "target_modules": "all-linear"}
    untrained = found(SMALL)
    assert "untrained" in untrained
    assert not {"tuned", "method", "lora"} & untrained.keys()


@pytest.mark.parametrize(("content", "message"), [
    ("", r"the config.json of model .* cannot be read as JSON \(.*\): fetch it again"),
    ('{"model_type": "lla', "cannot be read as JSON"),
    ("[]", "has no model_type: it is no transformers model; name another"),
    ("{}", "has no model_type"),
    ('{"model_type": 7}', "has no model_type"),
    ('{"model_type": "lama"}', r"of the type 'lama' \(did you mean llama\?\), which transformers 5\.\S+ does not"),
    ('{"model_type": "zzz", "auto_map": {}}', r"'zzz', which .* and the code in its repository is not run: correct"),
    (SMALL | {"hidden_size": "wide"}, r"config.json of model .* is broken \(.*hidden_size.*\): fetch it again"),
    (SMALL | {"num_attention_heads": 7}, "multiple of the number of attention heads"),
    (SMALL | {"num_attention_heads": 0}, "zero"),
    (SMALL | {"vocab_size": -3}, r"no causal model can be made of this llama configuration \(.*-3.*\): correct"),
    (SMALL | {"hidden_act": "nonsense"}, r"\(KeyError: 'nonsense'\): correct its config.json"),
    ({"model_type": "t5"}, "t5 is an encoder with a decoder: say --kind"),
    ({"model_type": "vit"}, r"no causal model can be made of this vit configuration .*try --kind classifier"),
])  # fmt: skip
def test_a_broken_configuration_is_one_line(write, content, message):
    check_error(message, write(content))


@pytest.mark.parametrize(("words", "message"), [
    (["smolm2-135m-instruct"], r"\(did you mean smollm2-135m-instruct\?\)"),
    (["FOLDER/nowhere"], "is no folder, no config.json, no Hub id"),
    (["nowhere/config.json"], "is no folder, no config.json, no Hub id"),
    (["nobody/nothing"], "model nobody/nothing cannot be had from the Hub"),
    (["FOLDER"], "has no config.json: it is no transformers model; name another"),
    (["FOLDER/adapter"], "is an adapter, not a complete model: name its base model"),
    (["FOLDER/mine", "--target-modules=q_proj"], "needs a rank: add --lora-r, for example --lora-r 16"),
    (["FOLDER/mine", "--labels=2"], "is of a classifier"),
    (["FOLDER/mine", "--lora-r=4", "--target-modules=,"],
     "must name layers, like q_proj,v_proj, or all-linear, not ','"),
    (["FOLDER/mine", "--lora-r=4", "--target-modules=query"], "names no layer of the model: use all-linear"),
])  # fmt: skip
def test_a_missing_model_or_a_wrong_option_is_one_line(write, tmp_path, words, message):
    write(SMALL)
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text("{}")
    check_error(message, *(word.replace("FOLDER", str(tmp_path)) for word in words))


def check_error(message: str, *words) -> None:
    """Run the command, which must fail with this line and no other output."""
    with redirect_stderr(io.StringIO()) as errors, pytest.raises(SystemExit, match="1"):
        run(lambda: count_parameters.main([str(word) for word in words]))
    assert re.fullmatch(rf"error: .*{message}.*\n", errors.getvalue()), errors.getvalue()


@pytest.mark.parametrize("option", ["--lora-r", "--labels"])
@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_counts_are_whole_numbers(write, capsys, option, value):
    with pytest.raises(SystemExit):
        run_stage(count_parameters, write(SMALL), f"{option}={value}")
    assert "must be a whole number from 1 up" in capsys.readouterr().err


def test_no_memory_is_taken_for_weights(write):
    # 400 billion parameters, on any machine.
    large = LLAMA | {"hidden_size": 16384, "intermediate_size": 53248, "num_hidden_layers": 126, "head_dim": 128}
    large |= {"num_attention_heads": 128, "tie_word_embeddings": False}
    assert count(meta(write(large)))["untrained"]["total"] == 405_853_388_800
    assert torch.get_default_device().type == "cpu"
