"""Every way a model can be the wrong one is one line: its kind, vocabulary, chat template, logits, files."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BartConfig, BartForConditionalGeneration, T5Config, T5ForConditionalGeneration

from pipeline_lib.core.errors import UserError
from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.loglikelihood import choice_logprobs
from pipeline_lib.inference.sampling import Sampling, sample_tokens
from pipeline_lib.models.configuration import ENCODER, LANGUAGE_MODEL
from pipeline_lib.models.loading import load_causal, load_encoder, load_tokenizer, locate
from pipeline_lib.models.loss_checks import check_loss
from pipeline_lib.models.text_encoder import text_vectors
from pipeline_lib.models.tokenization import Encoded, PromptTemplate
from tests.helpers import toys
from tests.helpers.stages import error_of, refused

CPU = torch.device("cpu")


def write_t5(folder):
    sizes: dict[str, Any] = {"vocab_size": 320, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 4}
    T5ForConditionalGeneration(T5Config(**sizes)).save_pretrained(folder)


def write_bart(folder):
    layers: dict[str, Any] = {
        f"{part}_{what}": 1 for part in ("encoder", "decoder") for what in ("layers", "attention_heads")
    }
    sizes: dict[str, Any] = {"vocab_size": 320, "d_model": 32, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
    BartForConditionalGeneration(BartConfig(**sizes, **layers)).save_pretrained(folder)


@pytest.mark.parametrize(
    ("write", "needed", "line"),
    [
        (toys.write_encoder, LANGUAGE_MODEL, "is an encoder (bert), not a language model: it can label texts, as r"),
        (toys.write_roberta, LANGUAGE_MODEL, "is an encoder (roberta), not a language model: it can label texts, as "),
        (toys.write_distilbert, LANGUAGE_MODEL, "is an encoder (distilbert), not a language model: it can label texts"),
        (write_t5, LANGUAGE_MODEL, "is an encoder with a decoder (t5), and must be one of the two: name smollm2-135m"),
        (write_bart, ENCODER, "is an encoder with a decoder (bart), and must be one of the two: name smollm2-135m-in"),
        (toys.write_project_model, ENCODER, "is a language model (llama), not an encoder: name an encoder, like min"),
        (toys.write_gpt2, ENCODER, "is a language model (gpt2), not an encoder: name an encoder, like minilm-l6-v2, "),
        (toys.write_gemma3, LANGUAGE_MODEL, None),
        (toys.write_gpt2, LANGUAGE_MODEL, None),
        (toys.write_roberta, ENCODER, None),
    ],
)
def test_a_model_of_another_kind_is_named(write, needed, line, tmp_path):
    write(tmp_path / "toy")
    if line is None:
        locate(str(tmp_path / "toy"), kind=needed)
        return
    assert error_of(locate, str(tmp_path / "toy"), kind=needed).startswith(f"model {tmp_path}/toy {line}")


def edited(folder: Path, file: str, **values) -> Path:
    content = json.loads((folder / file).read_text()) | values
    (folder / file).write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return folder


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder)
    return folder


def own_code(folder: Path) -> None:
    edited(folder, "config.json", model_type="mine", auto_map={"AutoConfig": "m.C", "AutoModelForCausalLM": "m.M"})
    (folder / "m.py").write_text("raise SystemExit('run')")


FAULTS = {
    "small vocabulary": (lambda folder: edited(folder, "config.json", vocab_size=280),
        "model toy has weights for 280 tokens, its tokenizer has 320 ('Ġf' is number 280): put the tokenizer that"),
    "no eos": (lambda folder: edited(folder, "tokenizer_config.json", eos_token=None, pad_token=None),
        "the tokenizer of model toy has no end-of-text token, and none to pad with: set eos_token (of an encoder pad_"),
    "no model_type": (lambda folder: (folder / "config.json").write_text("[]"),
        "the config.json of model PATH has no model_type: it is no transformers model"),
    "no heads": (lambda folder: edited(folder, "config.json", num_attention_heads=0),
        "the config.json of model PATH is broken (ZeroDivisionError: "),
    "deep": (lambda folder: (folder / "config.json").write_text("[" * 99999), "the config.json of model PATH cannot b"),
    "tokenizer": (lambda folder: (folder / "tokenizer_config.json").write_text("[]"),
        "the tokenizer of model toy cannot be read ("),
    "own code": (own_code, "model toy needs code from its own repository, which is not run: read that code and set t"),
    "adapter": (lambda folder: (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "some/base"}'),
        "model PATH is an adapter, not a complete model: name its base model (some/base)"),
    "pickle": (lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
        "model folder PATH holds no .safetensors: pickled weights are not read, they can run code; if you trust them, "
        "convert them: from transformers import LlamaForCausalLM as M; M.from_pretrained('PATH').save_pretrained("),
    "file": (lambda folder: emptied(folder).write_text(""),
        "model PATH is a file: name the folder that holds the model's config.json and weights"),
    "broken link": (lambda folder: emptied(folder).symlink_to("nowhere"),
        "model PATH is a link to nowhere, which is no folder: correct the link"),
}  # fmt: skip


def load(folder: Path) -> None:
    base = locate(str(folder), kind=LANGUAGE_MODEL)
    load_tokenizer(base)
    load_causal(base, torch.float32)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_model_that_cannot_be_used_is_one_line(fault, llama_folder, tmp_path):
    folder = Path(shutil.copytree(llama_folder, tmp_path / "toy"))
    change, line = FAULTS[fault]
    change(folder)
    assert error_of(load, folder).startswith(line.replace("PATH", str(folder)))


def test_a_link_to_a_model_is_that_model(llama_folder, tmp_path):
    (tmp_path / "link").symlink_to(llama_folder)
    base = locate(str(tmp_path / "link"))
    assert (base.name, base.sha256) == (llama_folder.name, locate(str(llama_folder)).sha256)


def test_a_folder_that_may_not_be_read_is_one_line(llama_folder, monkeypatch):
    def denied(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "is_file", denied)  # chmod stops no root user
    refused(r"^model .* cannot be read: Permission denied \(.*\): correct its path or its p", locate, str(llama_folder))


def test_a_special_token_beyond_the_weights_may_be_unused(gemma3_folder, tmp_path):
    # Gemma 3's text models have one for images.
    folder = Path(shutil.copytree(gemma3_folder, tmp_path / "toy"))
    tokenizer = load_tokenizer(locate(str(folder)))
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]}, replace_extra_special_tokens=False)
    tokenizer.save_pretrained(folder)
    tokens = json.loads((folder / "config.json").read_text())["vocab_size"]
    assert len(load_tokenizer(locate(str(folder)))) == tokens + 1


TEMPLATES = {
    "{{ raise_exception('no system turn') }}": "TemplateError: no system turn",
    "{{ messages[0].x.y }}": "UndefinedError: 'dict object' has no attribute 'x'",
    "{% for %}": "TemplateSyntaxError: Expected an expression, got 'end of statement block'",
    "{{ ''.__class__.__mro__ }}": "SecurityError: access to attribute '__class__' of 'str' object is unsafe.",
    "{{ 'a' + 1 }}": 'TypeError: can only concatenate str (not "int") to str',
    "{% for i in range(10**9) %}{% endfor %}": "OverflowError: Range too big. The sandbox blocks ranges larger than",
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_chat_template_that_fails_is_one_line(template, llama_folder):
    tokenizer = load_tokenizer(locate(str(llama_folder)))
    tokenizer.chat_template = template
    prompts = PromptTemplate(tokenizer, lambda row: row["source"], "Answer:")
    for ask in (prompts.eos_id, lambda: prompts.prompt_ids({"source": "text"})):
        message = error_of(ask)
        assert message.startswith(f"the model's chat template cannot write a conversation ({TEMPLATES[template]}")
        assert message.endswith("or chat_template in tokenizer_config.json, or name another model")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_logits_that_are_not_finite_are_one_line(value, llama_folder, tmp_path):
    folder = Path(shutil.copytree(llama_folder, tmp_path / "toy"))
    weights = load_file(folder / "model.safetensors")
    spoilt = {name: tensor * value if name == "model.norm.weight" else tensor for name, tensor in weights.items()}
    save_file(spoilt, folder / "model.safetensors", metadata={"format": "pt"})
    base = locate(str(folder))
    model, tokenizer = load_causal(base, torch.float32), load_tokenizer(base)
    item, sampling = ([5, 6, 7], [[8, 9]]), Sampling(1.0, 1.0, 0, 1.0, 4)
    asked = {
        "generate": lambda: generate(model, tokenizer, [([5, 6], [])], eos_id=2, max_new_tokens=4, batch_size=1),
        "choices": lambda: choice_logprobs(model, [item], pad_id=2, batch_size=1),
        "sample": lambda: list(sample_tokens(model, [[5, 6]], sampling, [torch.Generator()], {2})),
    }
    for ask in asked.values():
        refused(r"^the model's logits must be finite, some are NaN or infinite: set precis", ask)
    with pytest.raises(
        UserError, match=r"^the loss must be finite before training, on row 1 it is nan: fetch the model"
    ):
        check_loss(model, Encoded("1", [5, 6, 7, 8], 2, 0), CPU)


def test_vectors_that_are_not_finite_are_one_line(encoder_folder):
    encoder = load_encoder(str(encoder_folder))
    encoder.model.embeddings.LayerNorm.weight.data.fill_(math.nan)
    with pytest.raises(
        UserError, match=r"^an encoder's vectors must be finite, some are NaN or infinite: fetch the model"
    ):
        text_vectors(encoder.model, encoder.tokenizer, ["a knee"], 32, 1)
