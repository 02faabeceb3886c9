"""What is trained and saved: LoRA weights or the whole model, with the name and hash of the base they belong to."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftConfig, PeftModelForCausalLM, get_peft_model, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file

from pipeline_lib.errors import UserError
from pipeline_lib.files import read_json, write_json
from pipeline_lib.models import Base, load_causal

IDENTITY = "base.json"  # {name, revision, sha256, method}: the base a folder belongs to


def add_lora(model: Any, *, r: int, alpha: int, dropout: float, target_modules: str | list[str], seed: int) -> Any:
    """Return the model frozen, with fresh LoRA weights in float32 on `target_modules`.

    Raises UserError when no layer of the model has such a name.
    """
    torch.manual_seed(seed)
    if isinstance(target_modules, str) and target_modules != "all-linear":
        target_modules = [target_modules]  # peft would read a string as a pattern of whole paths
    config = LoraConfig(
        r=r, lora_alpha=alpha, lora_dropout=dropout, target_modules=target_modules, task_type="CAUSAL_LM"
    )
    try:
        wrapped = get_peft_model(model, config)
    except ValueError as error:
        raise UserError(
            f"lora.target_modules {target_modules!r} names no layer of the model: use all-linear, or [q_proj, v_proj]"
        ) from error
    layer: Any
    for layer in wrapped.modules():
        if hasattr(layer, "cast_input_dtype_enabled"):
            # Autocast casts what it must; peft's own cast to float32 before it costs 6% and changes no gradient.
            layer.cast_input_dtype_enabled = False
    return wrapped


def save_trained(model: Any, tokenizer: Any, base: Base, method: str, folder: Path) -> None:
    """Write adapter (or whole model), tokenizer and base.json into `folder`; no path of this machine in any of them."""
    if method == "lora":
        for config in model.peft_config.values():
            config.base_model_name_or_path = base.name
            config.revision = base.revision
            if not isinstance(config.target_modules, str):
                config.target_modules = sorted(config.target_modules)  # a set: another order each run, another hash
        # The base's embeddings are frozen: asked to decide for itself, peft would look for the base on the Hub.
        model.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)
    else:
        model.config.name_or_path = base.name
        model.save_pretrained(folder, safe_serialization=True)
    (folder / "README.md").unlink(missing_ok=True)  # peft's boilerplate; it says nothing of this run
    tokenizer.save_pretrained(folder)
    write_json(
        folder / IDENTITY, {"name": base.name, "revision": base.revision, "sha256": base.sha256, "method": method}
    )


def load_trained(base: Base, folder: Path, dtype: torch.dtype, trust_remote_code: bool = False) -> Any:
    """Return the model that `save_trained` wrote to `folder`, on its base, in `dtype` and eval mode.

    Raises UserError when the folder is not one, or was trained on another base than `base`.
    """
    identity = read_json(folder / IDENTITY)
    if identity["sha256"] != base.sha256:
        raise UserError(
            f"{folder} was trained on {identity['name']} ({identity['sha256'][:12]}), "
            f"model is {base.name} ({base.sha256[:12]}): name that model, or train again (dvc repro)"
        )
    if identity["method"] == "full":
        return load_causal(Base(base.name, base.revision, folder, base.sha256), dtype, trust_remote_code)
    weights = folder / "adapter_model.safetensors"
    try:
        config = PeftConfig.from_pretrained(str(folder))
        model = PeftModelForCausalLM(load_causal(base, dtype, trust_remote_code), config)
        found: Any = set_peft_model_state_dict(model, load_file(weights))
    except (OSError, ValueError, SafetensorError) as error:
        raise UserError(f"{folder} is no adapter ({error}): train again (dvc repro)") from error
    absent = [key for key in found.missing_keys if "lora_" in key]
    if absent or found.unexpected_keys:
        raise UserError(f"{weights} does not fit {base.name}: {len(absent)} of its weights are missing; train again")
    return model.to(dtype).eval()
