"""Texts in an encoder's tokens, and a vector for each text."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from pipeline_lib.core.batches import length_batches
from pipeline_lib.core.errors import UserError


def text_vectors(model: Any, tokenizer: Any, texts: list[str], max_tokens: int, batch_size: int) -> np.ndarray:
    """Return the mean of an encoder's last hidden states over each text's tokens, (n, d) in float32.

    Texts are cut to `max_tokens`, special tokens included, and read in batches of similar length, so that little of a
    batch is padding.
    """
    limit = min(max_tokens, getattr(model.config, "max_position_embeddings", max_tokens))
    encoded = tokenizer(texts, truncation=True, max_length=limit)["input_ids"]
    vectors = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
    for rows in length_batches([len(ids) for ids in encoded], batch_size):
        batch = tokenizer.pad({"input_ids": [encoded[row] for row in rows]}, return_tensors="pt").to(model.device)
        with torch.inference_mode():
            hidden = model(**batch).last_hidden_state.float()  # (B, T, d)
        mask = batch["attention_mask"].unsqueeze(-1).float()  # (B, T, 1); padding is not in the mean
        vectors[rows] = ((hidden * mask).sum(dim=1) / mask.sum(dim=1)).cpu().numpy()
    if not np.isfinite(vectors).all():
        raise UserError(
            "an encoder's vectors must be finite, some are NaN or infinite: fetch the model again, its files may be "
            "damaged, or name another"
        )
    return vectors


def encode_texts(texts: Sequence[str], tokenizer: Any, max_tokens: int, context: int) -> list[tuple[list[int], int]]:
    """Return each text in tokens, cut at its end to `max_tokens`, and how many tokens were cut.

    Raises UserError where `max_tokens` is more than the model's `context`.
    """
    if max_tokens > context:
        raise UserError(f"max_tokens must be at most what the model reads, {context}, not {max_tokens}: lower it")
    if not texts:
        return []
    uncut = tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]
    cut = tokenizer(list(texts), truncation=True, max_length=max_tokens)["input_ids"]
    return [(ids, len(full) - len(ids)) for full, ids in zip(uncut, cut, strict=True)]


def context_length(model: Any, tokenizer: Any) -> int:
    """Return how many tokens the model reads. The first rows of RoBERTa's position table belong to no token."""
    positions = getattr(model.config, "max_position_embeddings", None) or sys.maxsize
    table = next((layer for name, layer in model.named_modules() if name.endswith("position_embeddings")), None)
    padding = getattr(table, "padding_idx", None)
    return min(positions - (0 if padding is None else padding + 1), tokenizer.model_max_length)
