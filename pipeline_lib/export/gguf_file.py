"""A language model as one GGUF file, which llama.cpp and what is built on it (Ollama, LM Studio) load.

Written for the architectures of the catalog of models. The weights are rounded and written one after the other, so that
memory holds the model once. Metadata follow llama.cpp's own converter, and what transformers reads back.
"""

import errno
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import MODEL_ARCH, GGMLQuantizationType, GGUFWriter, LlamaFileType
from numpy.typing import NDArray

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written
from pipeline_lib.export.gguf_tokens import Vocabulary, vocabulary

ARCHITECTURES = {"llama": MODEL_ARCH.LLAMA, "gemma3_text": MODEL_ARCH.GEMMA3}  # by transformers' model_type
PRECISIONS = {
    "f16": (GGMLQuantizationType.F16, LlamaFileType.MOSTLY_F16),
    "q8_0": (GGMLQuantizationType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
}
SOURCE = "tare.weights"  # metadata key: fingerprint of the weights that the file was made from
_MAGIC = b"GGUF"
_FULL_EVERY, _LOCAL_THETA = 6, 10000.0  # what llama.cpp takes for granted of Gemma 3
_GEMMA_27B_LAYERS = 62  # by which llama.cpp knows the model that scales attention by its width


@dataclass(frozen=True)
class Prompting:
    """What a GGUF file says of prompts and answers."""

    bos: bool  # whether a program has to put the tokenizer's bos before a prompt
    eos_id: int | None  # the token that ended each answer in training; None where it is ordinary text


def check_supported(config: Any, name: str) -> None:
    """Raise UserError unless a model of this configuration can be written, which messages call `name`."""
    kind = config.model_type
    if kind not in ARCHITECTURES:
        known = " and ".join(sorted(ARCHITECTURES))
        raise _unsupported(name, f"GGUF is written for {known}, its architecture is {kind}")
    for rope in _ropes(config).values():
        if rope.get("rope_type", "default") != "default":
            raise _unsupported(name, f"its positions are scaled (rope_type {rope['rope_type']})")
    if kind == "gemma3_text":
        _check_gemma3(config, name)


def _unsupported(name: str, why: str) -> UserError:
    return UserError(
        f"model {name} cannot be written as GGUF, {why}: export --format merged, and convert that folder with "
        "llama.cpp's own convert_hf_to_gguf.py"
    )


def _check_gemma3(config: Any, name: str) -> None:
    """Raise UserError where a Gemma 3 differs from what llama.cpp takes for granted of it."""
    kinds = [
        "full_attention" if (at + 1) % _FULL_EVERY == 0 else "sliding_attention"
        for at in range(len(config.layer_types))
    ]
    wide = config.num_hidden_layers == _GEMMA_27B_LAYERS
    scale = config.hidden_size // config.num_attention_heads if wide else config.head_dim
    expected = {
        "layer_types": ([*config.layer_types], kinds),
        "rope_theta of sliding attention": (_ropes(config)["sliding_attention"]["rope_theta"], _LOCAL_THETA),
        "query_pre_attn_scalar": (config.query_pre_attn_scalar, scale),
        "use_bidirectional_attention": (bool(config.use_bidirectional_attention), False),
        "attn_logit_softcapping": (config.attn_logit_softcapping, None),
    }
    for key, (found, taken) in expected.items():
        if found != taken:
            shown = "" if isinstance(found, list) else f", which is {found!r}"
            raise _unsupported(name, f"llama.cpp takes another {key} for granted{shown}")


def _ropes(config: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings of rotary positions by kind of attention: "" where all layers have the same."""
    found = config.rope_parameters
    return found if "full_attention" in found else {"": found}


def check_target(path: Path) -> None:
    """Raise UserError where `path` is not named as a GGUF file, or is another file."""
    if path.suffix != ".gguf":
        raise UserError(f"--out must end in .gguf for a GGUF file, it is {path}: name a file like model.gguf")
    if path.is_file() and path.stat().st_size and not is_gguf(path):
        raise UserError(f"{path} is there and no GGUF file: name another file, or move it")


def is_gguf(path: Path) -> bool:
    """Return whether a file begins as GGUF files do."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def write_gguf(
    path: Path, model: Any, tokenizer: Any, prompting: Prompting, precision: str, facts: Mapping[str, str]
) -> None:
    """Write a language model and its tokenizer to a GGUF file, completely or not at all.

    precision: of PRECISIONS; norms stay in float32. facts: general.name, general.license and the like. Raises UserError
    as check_supported and `vocabulary` do, and for weights that float16 cannot hold.
    """
    check_supported(model.config, facts["general.name"])
    kind, file_type = PRECISIONS[precision]
    words = vocabulary(tokenizer, model.get_input_embeddings().weight.shape[0])
    with written(path) as draft:
        writer = GGUFWriter(draft, gguf.MODEL_ARCH_NAMES[ARCHITECTURES[model.config.model_type]])
        try:
            for key, value in facts.items():
                writer.add_string(key, value)
            writer.add_file_type(file_type)
            writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
            _add_architecture(writer, model.config)
            _add_vocabulary(writer, words, tokenizer, prompting)
            _write_weights(writer, model, kind)
        except OSError as error:
            if error.errno is None:  # numpy's where a disk is full
                raise OSError(errno.ENOSPC, str(error)) from error
            raise
        finally:
            writer.close()


def _add_architecture(writer: GGUFWriter, config: Any) -> None:
    """Add the sizes of the model."""
    ropes = _ropes(config)
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(ropes.get("full_attention", ropes.get("", {}))["rope_theta"])
    if config.model_type == "gemma3_text":
        writer.add_sliding_window(config.sliding_window)
        writer.add_sliding_window_pattern(_FULL_EVERY)
        writer.add_rope_freq_base_swa(_LOCAL_THETA)
        if config.final_logit_softcapping:
            writer.add_final_logit_softcapping(config.final_logit_softcapping)


def _add_vocabulary(writer: GGUFWriter, words: Vocabulary, tokenizer: Any, prompting: Prompting) -> None:
    """Add the tokens, the special ones by role, and the chat template."""
    writer.add_tokenizer_model(words.model)
    writer.add_tokenizer_pre(words.pre)
    writer.add_token_list(words.tokens)
    writer.add_token_types(words.types)
    writer.add_token_merges(words.merges)
    writer.add_token_scores(words.scores)
    if words.model == "llama":
        writer.add_add_space_prefix(words.space_first)
    for role in ("bos", "eos", "unk", "pad"):
        token_id = getattr(tokenizer, f"{role}_token_id")
        if token_id is not None and token_id < len(words.tokens):
            getattr(writer, f"add_{role}_token_id")(token_id)
    if prompting.eos_id not in (None, tokenizer.eos_token_id):
        writer.add_eot_token_id(prompting.eos_id)
    writer.add_add_bos_token(prompting.bos)
    writer.add_add_eos_token(False)
    template = tokenizer.chat_template
    writer.add_chat_template((template.get("default") if isinstance(template, dict) else template) or "")


def _write_weights(writer: GGUFWriter, model: Any, kind: GGMLQuantizationType) -> None:
    """Write the header, and then one weight after the other."""
    weights = list(_weights(model))
    for name, weight in weights:
        own = _type_of(weight, kind)
        bytes_shape = gguf.quant_shape_to_byte_shape(tuple(weight.shape), own)
        writer.add_tensor_info(name, tuple(weight.shape), np.dtype(np.float32), math.prod(bytes_shape), raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for name, weight in weights:
        writer.write_tensor_data(_rounded(name, _as_llama_cpp(name, weight, model.config), _type_of(weight, kind)))


def _weights(model: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield llama.cpp's name of each weight and the weight; output weights that are the embeddings are left out."""
    names = gguf.get_tensor_name_map(ARCHITECTURES[model.config.model_type], model.config.num_hidden_layers)
    tied = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    for name, weight in model.state_dict().items():
        if tied and name == "lm_head.weight":
            continue
        found = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if found is None:
            raise _unsupported(model.config.name_or_path, f"llama.cpp has no name for its weights {name}")
        yield found, weight


def _type_of(weight: torch.Tensor, kind: GGMLQuantizationType) -> GGMLQuantizationType:
    """Return the type that a weight is written in: vectors in float32, rows that are no full blocks in float16."""
    if weight.dim() == 1:
        return GGMLQuantizationType.F32
    block, _ = gguf.GGML_QUANT_SIZES[kind]
    return kind if weight.shape[-1] % block == 0 else GGMLQuantizationType.F16


def _as_llama_cpp(name: str, weight: torch.Tensor, config: Any) -> NDArray[np.float32]:
    """Return a weight with the values that llama.cpp expects under its name.

    Of a Llama it pairs neighbouring rows of queries and keys where transformers pairs the halves of a head; of a Gemma
    it multiplies with a norm's weight where transformers multiplies with 1 + weight.
    """
    value = weight.detach().float()
    if config.model_type == "gemma3_text":
        return (value + 1 if "norm" in name else value).numpy()
    for part, heads in (("attn_q.", config.num_attention_heads), ("attn_k.", config.num_key_value_heads)):
        if f".{part}" in name:
            halves = value.reshape(heads, 2, value.shape[0] // heads // 2, *value.shape[1:])
            value = halves.transpose(1, 2).reshape(value.shape)
    return value.contiguous().numpy()


def _rounded(name: str, value: NDArray[np.float32], kind: GGMLQuantizationType) -> NDArray[Any]:
    """Return a weight in the type it is written in. Raises UserError for values beyond it, and for NaN."""
    largest = np.finfo(np.float32 if kind == GGMLQuantizationType.F32 else np.float16).max
    if not np.abs(value).max() <= largest:
        raise UserError(
            f"the weights {name} have values that {kind.name} cannot hold, or that are no numbers: export --format "
            "merged, or train again with a lower lr"
        )
    return gguf.quantize(value, kind)
