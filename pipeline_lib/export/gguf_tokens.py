"""A tokenizer as llama.cpp has it: tokens, their types, merges or scores, and how a text is split before merging."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gguf import TokenType

from pipeline_lib.core.errors import UserError

# How Llama 3 splits a text; the expression is in its tokenizer.json.
_LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Of a token that no merge makes. llama.cpp joins two tokens wherever the result is a token: this one last.
_LEAST = -1e9


@dataclass(frozen=True)
class Vocabulary:
    """What a GGUF file says of a tokenizer, without its special tokens by role."""

    model: str  # llama.cpp's name of the algorithm: gpt2, BPE of bytes; llama, SentencePiece
    pre: str  # its name of how a text is split into words first
    tokens: list[str]  # by id
    types: list[TokenType]
    merges: list[str] = field(default_factory=list)  # of gpt2, best first
    scores: list[float] = field(default_factory=list)  # of llama: the token with the highest is made first
    space_first: bool = False  # whether a space is put before a text


def vocabulary(tokenizer: Any, size: int) -> Vocabulary:
    """Return the tokenizer's vocabulary for a model with weights for `size` tokens.

    Raises UserError for a tokenizer that llama.cpp would not follow to the letter.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise _unsupported("it has no tokenizer.json")
    made = json.loads(tokenizer.backend_tokenizer.to_str())
    model, normalizer, splits = made["model"], _steps(made["normalizer"]), _steps(made["pre_tokenizer"])
    if model["type"] != "BPE":
        raise _unsupported(f"its model is {model['type']}, not BPE")
    merges = [pair if isinstance(pair, list) else pair.split(" ") for pair in model["merges"]]
    if any(step["type"] == "ByteLevel" for step in splits):
        if normalizer:
            raise _unsupported(f"it changes a text first ({', '.join(step['type'] for step in normalizer)})")
        pre = _split_name(splits, model["ignore_merges"])
        tokens, types = _tokens(tokenizer, size)
        return Vocabulary("gpt2", pre, tokens, types, merges=[" ".join(pair) for pair in merges])
    if model["byte_fallback"]:
        tokens, types = _tokens(tokenizer, size, spaces=True)
        scores = _scores(merges)
        return Vocabulary(
            "llama", "default", tokens, types,
            scores=[scores.get(token, _LEAST) for token in tokens], space_first=_space_first(normalizer, splits),
        )  # fmt: skip
    raise _unsupported("it merges neither bytes nor SentencePiece's characters")


def _unsupported(why: str) -> UserError:
    return UserError(
        f"the model's tokenizer cannot be written as GGUF, {why}: export --format merged, and convert that folder with "
        "llama.cpp's own convert_hf_to_gguf.py"
    )


def _steps(part: Any) -> list[dict[str, Any]]:
    """Return the steps of a normalizer or a pre-tokenizer; [] where there is none."""
    if part is None:
        return []
    if part["type"] != "Sequence":
        return [part]
    return [step for inner in (part.get("normalizers") or part.get("pretokenizers") or []) for step in _steps(inner)]


def _split_name(splits: Sequence[dict[str, Any]], ignore_merges: bool) -> str:
    """Return llama.cpp's name of how a byte-level tokenizer splits a text.

    It is read off the tokenizer that the model was trained with: SmolLM2's of the catalog, for one, comes from a GGUF
    file and does not set digits apart as the one on the Hub does.
    """
    *before, last = splits
    plain = last["type"] == "ByteLevel" and not last["add_prefix_space"]
    if plain and not ignore_merges and last["use_regex"]:
        if not before:
            return "gpt-2"
        if before == [{"type": "Digits", "individual_digits": True}]:
            return "smollm"
    if plain and not last["use_regex"] and ignore_merges and len(before) == 1 and before[0]["type"] == "Split":
        split = before[0]
        if split["pattern"] == {"Regex": _LLAMA_3} and split["behavior"] == "Isolated" and not split["invert"]:
            return "llama-bpe"
    raise _unsupported(f"it splits a text in a way of its own ({', '.join(step['type'] for step in splits)})")


def _tokens(tokenizer: Any, size: int, spaces: bool = False) -> tuple[list[str], list[TokenType]]:
    """Return `size` tokens by id and their types; with `spaces` added tokens have spaces for SentencePiece's blocks.

    Tokens without weights are left out, weights without a token get a name that no text holds.
    """
    tokens = [f"[PAD{at}]" for at in range(size)]
    types = [TokenType.UNUSED] * size
    for token, at in tokenizer.get_vocab().items():
        if at < size:
            tokens[at] = token
            types[at] = TokenType.BYTE if spaces and _is_byte(token) else TokenType.NORMAL
    for at, added in tokenizer.added_tokens_decoder.items():
        if at < size:
            types[at] = TokenType.CONTROL if added.special else TokenType.USER_DEFINED
            if spaces and not added.special:
                tokens[at] = added.content.replace("\u2581", " ")
    if spaces and tokenizer.unk_token_id is not None:
        types[tokenizer.unk_token_id] = TokenType.UNKNOWN
    return tokens, types


def _is_byte(token: str) -> bool:
    return len(token) == 6 and token.startswith("<0x") and token.endswith(">")


def _scores(merges: Sequence[Sequence[str]]) -> dict[str, float]:
    """Return the score of each token that a merge makes: the negative rank of the first.

    SentencePiece ranks tokens where BPE ranks pairs: raises UserError where the pairs that make a token do not follow
    one another.
    """
    scores: dict[str, float] = {}
    last = ""
    for rank, pair in enumerate(merges):
        token = "".join(pair)
        if token != last and token in scores:
            raise _unsupported(f"its merges make {token!r} at two places")
        scores.setdefault(token, -float(rank))
        last = token
    return scores


def _space_first(normalizer: Sequence[dict[str, Any]], splits: Sequence[dict[str, Any]]) -> bool:
    """Return whether a SentencePiece tokenizer puts a space before a text."""
    prepended = any(step["type"] == "Prepend" for step in normalizer)
    return prepended or any(
        step["type"] == "Metaspace" and step.get("prepend_scheme", "always") != "never" for step in splits
    )
