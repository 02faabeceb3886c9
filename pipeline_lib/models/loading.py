"""Finding and loading a base model: weights, tokenizer, precision, encoder."""

import json
import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)
from transformers.utils import logging as transformers_logging

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.models.configuration import check_kind, vocabulary_size
from pipeline_lib.models.fetching import fetch
from pipeline_lib.models.hub import fetch_snapshot, hub_errors
from pipeline_lib.models.manifest import Facts
from pipeline_lib.models.registry import CATALOG, sha256

transformers_logging.disable_progress_bar()  # stages show their own progress
transformers_logging.set_verbosity_error()
warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*")  # peft asks by the old name

# The files that are fetched of a Hub repository. Never pickled weights: loading them can run code.
HUB_FILES = ["*.safetensors", "*.json", "*.model", "*.txt", "*.jinja", "*.py"]


@dataclass(frozen=True)
class Base:
    """A base model: its folder on this machine, and the name and hash that identify it on any machine."""

    name: str
    revision: str | None
    folder: Path
    sha256: str


@dataclass(frozen=True)
class Encoder:
    """An encoder without a head, in float32, and its tokenizer."""

    model: Any
    tokenizer: Any


def locate(name: str, revision: str | None = None, kind: str | None = None) -> Base:
    """Return the model `name`: a local folder, a name of the catalog, or a Hub id at `revision`, fetched if necessary.

    `kind` is what it must be, LANGUAGE_MODEL or ENCODER of models.configuration; None for either. Raises UserError when
    it is none of these, cannot be reached, is gated, or holds no safetensors that can be read.
    """
    try:
        base = _find(name, revision)
    except OSError as error:
        raise UserError(
            f"model {name} cannot be read: {error.strerror or error} ({error.filename}): correct its path or its "
            "permissions, or name another model"
        ) from error
    if kind:
        check_kind(base.folder, name, kind)
    return base


def _find(name: str, revision: str | None) -> Base:
    if name in CATALOG:
        return Base(name, None, fetch(name), CATALOG[name].sha256)
    folder = Path(os.path.expanduser(name))
    if folder.is_dir():
        _check_model_folder(folder, name)
        # The folder's own name: a path says nothing on another machine, and a link may have any name.
        return Base(folder.resolve().name, None, folder, _weights_hash(folder, name, {}))
    if folder.is_symlink():
        raise UserError(f"model {name} is a link to {os.readlink(folder)}, which is no folder: correct the link")
    if folder.is_file():
        raise UserError(f"model {name} is a file: name the folder that holds the model's config.json and weights")
    if not is_hub_id(name):
        known = tuple(CATALOG)
        raise UserError(
            f"model {name!r} is no folder, no Hub id like google/gemma-2b-it and none of the known names"
            f"{did_you_mean(name, known)}: {', '.join(known)}"
        )
    with hub_errors("model", name, revision, f"name a local folder that is there, or one of {', '.join(CATALOG)}"):
        found, facts = fetch_snapshot(name, revision, HUB_FILES)
    _check_model_folder(found, name)
    return Base(name, found.name, found, _weights_hash(found, name, facts))


def is_hub_id(name: str) -> bool:
    """Return whether a name has the form of a Hub id, like google/gemma-2b-it."""
    return re.fullmatch(r"[\w.-]+/[\w.-]+", name) is not None


def _check_model_folder(folder: Path, name: str) -> None:
    """Raise UserError where a folder holds an adapter, no config.json or no safetensors."""
    if (folder / "adapter_config.json").is_file():
        base = _fact(folder / "adapter_config.json", "base_model_name_or_path")
        raise UserError(
            f"model {name} is an adapter, not a complete model: name its base model{f' ({base})' if base else ''}"
        )
    if not (folder / "config.json").is_file():
        raise UserError(f"model folder {name} has no config.json: it is no transformers model; name another")
    if not any(folder.glob("*.safetensors")):
        kind = (_fact(folder / "config.json", "architectures") or ["AutoModelForCausalLM"])[0]
        raise UserError(
            f"model folder {name} holds no .safetensors: pickled weights are not read, they can run code; if you trust "
            f"them, convert them: from transformers import {kind} as M; M.from_pretrained({name!r}).save_pretrained"
            f"({name!r})"
        )


def _fact(path: Path, key: str) -> Any:
    """Return a value of a JSON file; None where it has none."""
    try:
        return json.loads(path.read_bytes())[key]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _weights_hash(folder: Path, name: str, known: Facts) -> str:
    """Return the SHA-256 of the weights, joined by commas where there are several files, taken from `known` if there.

    Raises UserError for a file that is truncated or damaged.
    """
    weights = sorted(folder.glob("*.safetensors"))
    for path in weights:
        path.open("rb").close()  # safe_open says of an unreadable file that it is not there
        try:
            with safe_open(path, framework="pt"):  # reads the header, and compares the file's size
                pass
        except SafetensorError as error:
            raise UserError(
                f"model {name}: its weights {path.name} are truncated or damaged ({error}): copy or fetch them again"
            ) from error
    return ",".join(known[path.name]["sha256"] if path.name in known else sha256(path) for path in weights)


def load_tokenizer(base: Base, trust_remote_code: bool = False) -> Any:
    """Return the base model's tokenizer, padding on the right.

    Raises UserError where it has none, and where it has tokens that the model has no weights for.
    """
    names = {"tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt"}
    if not any((base.folder / name).is_file() for name in names):
        raise UserError(
            f"model folder {base.name} has no tokenizer (tokenizer.json or tokenizer.model): "
            "copy the tokenizer's files beside its weights"
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(base.folder, trust_remote_code=trust_remote_code)
    except Exception as error:  # the tokenizers of transformers, and the library in Rust, have their own exceptions
        _check_remote_code(error, base)
        raise UserError(
            f"the tokenizer of model {base.name} cannot be read ({_first_line(error)}): fetch its files again"
        ) from error
    if tokenizer.pad_token_id is None:
        # Any token will do: padding is masked by position, never by its id.
        tokenizer.pad_token_id = tokenizer.eos_token_id
    if tokenizer.pad_token_id is None:
        raise UserError(
            f"the tokenizer of model {base.name} has no end-of-text token, and none to pad with: set eos_token (of an "
            "encoder pad_token) in its tokenizer_config.json"
        )
    _check_vocabulary(tokenizer, base)
    tokenizer.padding_side = "right"
    return tokenizer


def _check_vocabulary(tokenizer: Any, base: Base) -> None:
    """Raise UserError where a token of ordinary text, or one that every batch may need, has no weights in the model.

    Special tokens beyond them are allowed: Gemma 3's text models have one for images.
    """
    size = vocabulary_size(base.folder, base.name)
    if size is None or len(tokenizer) <= size:
        return
    unused = {at for at, token in tokenizer.added_tokens_decoder.items() if token.special}
    unused -= {tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.unk_token_id}
    beyond = sorted((at, token) for token, at in tokenizer.get_vocab().items() if at >= size and at not in unused)
    if beyond:
        raise UserError(
            f"model {base.name} has weights for {size} tokens, its tokenizer has {len(tokenizer)} ({beyond[0][1]!r} is "
            f"number {beyond[0][0]}): put the tokenizer that belongs to these weights into its folder"
        )


def positions(base: Base, trust_remote_code: bool = False) -> int | None:
    """Return how many tokens the base model reads by its configuration; None where it names no limit."""
    try:
        config = AutoConfig.from_pretrained(base.folder, trust_remote_code=trust_remote_code)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"the config.json of model {base.name} cannot be read: {_first_line(error)}") from error
    return getattr(config, "max_position_embeddings", None)


def load_causal(
    base: Base, dtype: torch.dtype, trust_remote_code: bool = False, options: Mapping[str, Any] | None = None
) -> Any:
    """Return the base language model in `dtype`, in eval mode, on the CPU.

    `options`, of from_pretrained, may say otherwise (models.quantization). Raises UserError when weights are missing
    from its files: they would be initialised at random.
    """
    return _load(AutoModelForCausalLM, base, dtype, trust_remote_code, **(options or {}))


def load_classifier(
    base: Base, labels: Sequence[str], dtype: torch.dtype, trust_remote_code: bool = False, *, new_head: bool
) -> Any:
    """Return the base model with a head that scores `labels`, in `dtype` and eval mode, on the CPU.

    With `new_head`, head weights that are missing or fit another number of labels are initialised from torch's random
    state: the head has to be trained. Otherwise no weight may be missing. Raises UserError as load_causal does, and for
    a model that is no encoder.
    """
    tokenizer = load_tokenizer(base, trust_remote_code)
    named = {
        "id2label": dict(enumerate(labels)),
        "label2id": {label: place for place, label in enumerate(labels)},
        "pad_token_id": tokenizer.pad_token_id,
        # The base's config may say otherwise, and plain pipelines follow it.
        "problem_type": "single_label_classification",
    }

    def may_be_missing(model: Any, key: str) -> bool:
        return new_head and any(key.startswith(f"{path}.") for path in head_of(model))

    options = {"ignore_mismatched_sizes": new_head, **named}
    return _load(AutoModelForSequenceClassification, base, dtype, trust_remote_code, may_be_missing, **options)


def head_of(model: Any) -> list[str]:
    """Return the paths of a classifier's modules that are trained without LoRA: its head, and its encoder's pooler.

    A pooler (BERT's) is pretrained for another objective, or not at all.
    """
    encoder = model.base_model
    own = [name for name, child in model.named_children() if child is not encoder]
    paths = [name for name in own if any(True for _ in getattr(model, name).parameters())]
    if getattr(encoder, "pooler", None) is not None:
        paths.append(f"{model.base_model_prefix}.pooler")
    return paths


def load_encoder(name: str, revision: str | None = None, kind: str | None = None) -> Encoder:
    """Return an encoder by name, folder or Hub id, in float32 and eval mode. Raises UserError as locate does."""
    base = locate(name, revision, kind)
    model = _load(AutoModel, base, torch.float32, False, lambda model, key: key.startswith("pooler"))
    return Encoder(model, load_tokenizer(base))


def _load(
    kind: Any,
    base: Base,
    dtype: torch.dtype,
    trust_remote_code: bool,
    may_be_missing: Callable[[Any, str], bool] = lambda model, key: False,
    **options: Any,
) -> Any:
    """Return the model; `may_be_missing(model, key)` says which weights may be initialised at random."""
    try:
        model, report = kind.from_pretrained(
            base.folder,
            dtype=dtype,
            output_loading_info=True,
            use_safetensors=True,
            trust_remote_code=trust_remote_code,
            # eager is fastest for short rows on a CPU; choose_attention changes it where it is not
            attn_implementation="eager",
            **options,
        )
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # each architecture has its own checks and exceptions
        _check_remote_code(error, base)
        raise UserError(
            f"model {base.name} cannot be loaded ({_first_line(error)}): fetch it again, or name another model"
        ) from error
    other = {
        key for key, *_ in report["mismatched_keys"]
    }  # of another shape: initialised at random where that is allowed
    absent = sorted(key for key in report["missing_keys"] | other if not may_be_missing(model, key))
    if absent:
        raise UserError(
            f"model {base.name} lacks {len(absent)} pretrained weights ({', '.join(absent[:3])}, ...), which would be "
            "random: its files are incomplete or of another architecture; fetch them again"
        )
    return model.eval()


def _check_remote_code(error: Exception, base: Base) -> None:
    """Raise UserError where transformers' `error` is that it may not run the code that a model brings."""
    if "trust_remote_code" in str(error):
        raise UserError(
            f"model {base.name} needs code from its own repository, which is not run: read that code and set "
            "trust_remote_code: true in the params file, or name another model"
        ) from error


def weights_dtype(precision: str, device: torch.device) -> torch.dtype:
    """Return the type `precision` stands for on `device`: auto is bfloat16 where the hardware has it, else float32.

    Raises UserError for a precision that the device does not have.
    """
    if device.type == "cuda":
        has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        capabilities = torch.backends.cpu.get_cpu_capability()
        has_bf16 = capabilities.startswith("AVX512") and torch.cpu._is_avx512_bf16_supported()
    else:
        has_bf16 = False
    if precision == "auto":
        return torch.bfloat16 if has_bf16 else torch.float32
    if precision == "fp16" and device.type != "cuda":
        raise UserError(f"precision fp16 needs a CUDA device, this run is on {device.type}: set precision: auto")
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
