"""How much of a text a tokenizer reads as unknown, as one made for another script does."""

from collections.abc import Sequence
from typing import Any

UNKNOWN = 0.05  # share of tokens above which it is said
# A model of each kind that knows a hundred languages.
MULTILINGUAL = {"encoder": "intfloat/multilingual-e5-small", "language model": "Qwen/Qwen2.5-0.5B-Instruct"}


_OTHERS = ("bos", "eos", "pad", "cls", "sep", "mask")


def unknown_share(tokenizer: Any, texts: Sequence[Sequence[int]]) -> float:
    """Return the share (0-1) of unknown tokens in texts in tokens, special tokens not counted.

    0 where the tokenizer has no token for what it does not know, or one that stands for something else too.
    """
    unknown = tokenizer.unk_token_id
    if unknown is None or unknown in [getattr(tokenizer, f"{name}_token_id", None) for name in _OTHERS]:
        return 0.0
    special = set(tokenizer.all_special_ids) - {unknown}
    found = [token for text in texts for token in text if token not in special]
    return found.count(unknown) / len(found) if found else 0.0


def unknown_line(
    tokenizer: Any, model: str, texts: Sequence[Sequence[int]], what: str, kind: str = "encoder"
) -> str | None:
    """Return a warning with the share of unknown tokens in texts in tokens, `what`; None where it is at most UNKNOWN.

    kind: of the model, one of MULTILINGUAL.
    """
    share = unknown_share(tokenizer, texts)
    if share <= UNKNOWN:
        return None
    return (
        f"warning: {model} reads {share:.0%} of the tokens of {what} as unknown ({tokenizer.unk_token}), and cannot "
        f"tell these apart: take a multilingual {kind}, like {MULTILINGUAL[kind]}"
    )
