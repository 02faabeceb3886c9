"""The configuration of a model, config.json, and what kind of model it is of, without its weights."""

import json
from pathlib import Path
from typing import Any

import transformers
from transformers import CONFIG_MAPPING, MODEL_FOR_CAUSAL_LM_MAPPING, MODEL_FOR_MASKED_LM_MAPPING

from pipeline_lib.core.errors import UserError, did_you_mean

LANGUAGE_MODEL, ENCODER = "language model", "encoder"  # what a stage needs


def check_kind(folder: Path, name: str, needed: str) -> None:
    """Raise UserError unless the model in `folder` is what is `needed`: LANGUAGE_MODEL or ENCODER.

    A model that brings code of its own is not judged. An encoder could be loaded as a language model, with attention to
    the tokens that it has to predict.
    """
    path = folder / "config.json"
    content = _content(path, name)
    if content.get("auto_map") and content.get("model_type") not in CONFIG_MAPPING:
        return
    config = read_config(path, name)
    architecture = (getattr(config, "architectures", None) or [""])[0]
    decodes = architecture.endswith(("ForCausalLM", "LMHeadModel"))
    if getattr(config, "is_encoder_decoder", False) and not decodes:
        raise UserError(
            f"model {name} is an encoder with a decoder ({config.model_type}), and must be one of the two: name "
            "smollm2-135m-instruct to write texts, or minilm-l6-v2 to label them"
        )
    encodes = type(config) in MODEL_FOR_MASKED_LM_MAPPING and not getattr(config, "is_decoder", False) and not decodes
    if needed == LANGUAGE_MODEL and encodes:
        raise UserError(
            f"model {name} is an encoder ({config.model_type}), not a language model: it can label texts, as "
            "recipes/sentiment does; name a language model here, like smollm2-135m-instruct"
        )
    if needed == ENCODER and not encodes and type(config) in MODEL_FOR_CAUSAL_LM_MAPPING:
        raise UserError(
            f"model {name} is a language model ({config.model_type}), not an encoder: name an encoder, like "
            "minilm-l6-v2, or label with a language model as recipes/sentiment_lm does"
        )


def vocabulary_size(folder: Path, name: str) -> int | None:
    """Return the number of tokens that the model in `folder` has weights for; None where its config.json is silent."""
    path = folder / "config.json"
    content = _content(path, name) if path.is_file() else {}
    size = content.get("vocab_size") or (content.get("text_config") or {}).get("vocab_size")
    return size if isinstance(size, int) else None


def _content(path: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"the config.json of model {name} cannot be read as JSON ({error}): fetch it again") from error
    return content if isinstance(content, dict) else {}


def read_config(path: Path, name: str) -> Any:
    """Return the configuration in a config.json; error messages call the model `name`.

    Code that comes with a model is never run. Raises UserError where the file is broken or of an architecture that
    transformers does not have.
    """
    content = _content(path, name)
    kind = content.get("model_type")
    if not isinstance(kind, str):
        raise UserError(f"the config.json of model {name} has no model_type: it is no transformers model; name another")
    if kind not in CONFIG_MAPPING:
        own = ", and the code in its repository is not run" if "auto_map" in content else ""
        raise UserError(
            f"model {name} is of the type {kind!r}{did_you_mean(kind, list(CONFIG_MAPPING))}, which transformers "
            f"{transformers.__version__} does not have{own}: correct model_type, or name another model"
        )
    # Neither changes the number of parameters; both would need code that is not installed.
    for key in ("auto_map", "quantization_config"):
        content.pop(key, None)
    try:
        return CONFIG_MAPPING[kind].from_dict(content)
    except Exception as error:  # each configuration has its own checks and exceptions
        raise UserError(f"the config.json of model {name} is broken ({reason(error)}): fetch it again") from error


def kind_of(config: Any) -> str:
    """Return "classifier" where the configuration is an encoder's or a classifier's, else "causal".

    Raises UserError for an encoder with a decoder, which could be either.
    """
    architecture = (getattr(config, "architectures", None) or [""])[0]
    if architecture.endswith("ForSequenceClassification"):
        return "classifier"
    if architecture.endswith(("ForCausalLM", "LMHeadModel")):
        return "causal"
    if getattr(config, "is_encoder_decoder", False):
        raise UserError(
            f"{config.model_type} is an encoder with a decoder: say --kind classifier for both, or causal for the "
            "decoder alone"
        )
    return "classifier" if type(config) in MODEL_FOR_MASKED_LM_MAPPING else "causal"


def reason(error: Exception) -> str:
    """Return the type and the text of an error in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}{'...' if len(text) > 200 else ''}"
