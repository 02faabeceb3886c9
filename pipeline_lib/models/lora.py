"""Adding LoRA weights to a model, saving what was trained together with its base model, and loading it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import (
    LoraConfig,
    PeftConfig,
    PeftModelForCausalLM,
    PeftModelForSequenceClassification,
    get_peft_model,
    set_peft_model_state_dict,
)
from safetensors import SafetensorError
from safetensors.torch import load_file

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json
from pipeline_lib.core.run_files import IDENTITY, read_identity
from pipeline_lib.models.loading import Base, load_causal, load_classifier, locate
from pipeline_lib.models.lora_product import fuse_lora
from pipeline_lib.models.registry import CATALOG
from pipeline_lib.models.usage import Usage


def add_lora(
    model: Any,
    *,
    r: int,
    alpha: int,
    dropout: float,
    target_modules: str | list[str],
    seed: int,
    head: Sequence[str] = (),
) -> Any:
    """Return the model frozen, with fresh LoRA weights in float32 on `target_modules`.

    `head` are the paths of modules that are trained without LoRA, a classifier's (loading.head_of), and saved with the
    adapter. Raises UserError when no layer of the model has such a name.
    """
    torch.manual_seed(seed)
    if isinstance(target_modules, str) and target_modules != "all-linear":
        target_modules = [target_modules]  # peft would read a string as a pattern of whole paths
    config = LoraConfig(
        r=r,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=target_modules,
        task_type="SEQ_CLS" if head else "CAUSAL_LM",
        modules_to_save=[path.split(".")[-1] for path in head] or None,
        # peft would put LoRA into the head too, and fail on DistilBERT's.
        exclude_modules=rf"({'|'.join(map(re.escape, head))})(\..*)?" if head else None,
    )
    try:
        wrapped = get_peft_model(model, config)
    except ValueError as error:
        below, names = (" below its head", "[query, value]") if head else ("", "[q_proj, v_proj]")
        raise UserError(
            f"lora.target_modules {target_modules!r} names no layer of the model{below}: use all-linear, or {names}"
        ) from error
    layer: Any
    for layer in wrapped.modules():
        if hasattr(layer, "cast_input_dtype_enabled"):
            # Autocast casts what is necessary; peft's own cast to float32 before it costs 6% and changes no gradient.
            layer.cast_input_dtype_enabled = False
    if not dropout:
        fuse_lora(wrapped)
    return wrapped


def save_trained(
    model: Any,
    tokenizer: Any,
    base: Base,
    folder: Path,
    *,
    method: str,
    settings: dict[str, Any],
    labels: Sequence[str] | None = None,
    answer_tokens: int | None = None,
    usage: Usage | None = None,
) -> None:
    """Write the adapter or complete model, the tokenizer and base.json into `folder`, without a path of this machine.

    `settings` are the parameters of the training; `labels` are those of a classifier, None for a language model, whose
    answers take `answer_tokens` tokens, all but the longest in a hundred. `usage` says how the model is asked.
    """
    if method == "lora":
        for config in model.peft_config.values():
            config.base_model_name_or_path = base.name
            config.revision = base.revision
            for name in ("target_modules", "modules_to_save"):
                if isinstance(
                    getattr(config, name), set | list
                ):  # a set has another order, and the file another hash, each run
                    setattr(config, name, sorted(set(getattr(config, name))))
        # The embeddings are frozen. Left to decide by itself, peft would look for the base model on the Hub.
        model.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)
    else:
        model.config.name_or_path = base.name
        model.save_pretrained(folder, safe_serialization=True)
    (folder / "README.md").unlink(missing_ok=True)  # peft's template; it says nothing about this run
    tokenizer.save_pretrained(folder)
    identity = {"name": base.name, "revision": base.revision, "sha256": base.sha256, "method": method}
    write_json(
        folder / IDENTITY,
        identity
        | ({"labels": list(labels)} if labels is not None else {})
        | ({"answer_tokens": answer_tokens} if answer_tokens is not None else {})
        | ({"data": dict(usage.data)} if usage else {})
        | {"settings": settings},
    )
    if usage:
        usage.write(folder)


def load_base(folder: Path, model: str | None = None) -> Base:
    """Return the base model of what save_trained wrote to `folder`: `model`, or that of the name in base.json.

    It is fetched if necessary. A complete model is its own base unless `model` is given. Raises UserError as locate
    does, and where the base model was a local folder that is not here.
    """
    identity = read_identity(folder)
    name, revision = identity["name"], identity["revision"]
    if model is not None:
        return locate(model, revision if model == name else None)
    if identity["method"] != "lora":
        return Base(name, revision, folder, identity["sha256"])
    if name not in CATALOG and "/" not in name and not Path(name).is_dir():
        raise UserError(
            f"{folder} was trained on a local folder, {name}, which is not here: name it as model (--model)"
        )
    return locate(name, revision)


def load_trained(base: Base, folder: Path, dtype: torch.dtype, trust_remote_code: bool = False) -> Any:
    """Return the model that `save_trained` wrote to `folder`, on its base model, in `dtype` and eval mode.

    Raises UserError when the folder is not one of save_trained, or was trained on another base model than `base`.
    """
    identity = read_identity(folder)
    if identity["sha256"] != base.sha256:
        raise UserError(
            f"{folder} was trained on {identity['name']} ({identity['sha256'][:12]}), "
            f"model is {base.name} ({base.sha256[:12]}): name that model, or train again (dvc repro)"
        )
    labels: list[str] | None = identity.get("labels")
    if identity["method"] != "lora":
        own = Base(base.name, base.revision, folder, base.sha256)
        if labels is None:
            return load_causal(own, dtype, trust_remote_code)
        return load_classifier(own, labels, dtype, trust_remote_code, new_head=False)
    weights = folder / "adapter_model.safetensors"
    try:
        config = PeftConfig.from_pretrained(str(folder))
    except Exception as error:  # peft has a class for each kind of adapter, with exceptions of its own
        raise UserError(f"{folder} is no adapter ({type(error).__name__}: {error}): train again (dvc repro)") from error
    try:
        model: Any
        if labels is None:
            model = PeftModelForCausalLM(load_causal(base, dtype, trust_remote_code), config)
        else:
            bare = load_classifier(base, labels, dtype, trust_remote_code, new_head=True)
            model = PeftModelForSequenceClassification(bare, config)
        found: Any = set_peft_model_state_dict(model, load_file(weights))
    except KeyError as error:  # what peft raises for a missing weight of the head
        raise UserError(f"{weights} does not fit {base.name}: it has no {error.args[0]}; train again") from error
    except RuntimeError as error:
        raise UserError(f"{weights} does not fit {base.name}: it has weights of another shape; train again") from error
    except (OSError, ValueError, TypeError, SafetensorError) as error:
        raise UserError(f"{folder} is no adapter ({error}): train again (dvc repro)") from error
    absent = [key for key in found.missing_keys if "lora_" in key or ".modules_to_save." in key]
    if absent or found.unexpected_keys:
        raise UserError(f"{weights} does not fit {base.name}: {len(absent)} of its weights are missing; train again")
    return model.to(dtype).eval()


def merge(model: Any) -> Any:
    """Return `model` as a plain transformers model: its LoRA weights added to those of its base model."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
