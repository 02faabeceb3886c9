"""A vector for each text, a word among them, from an encoder that reads it alone."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipeline_lib.batching import length_batches
from pipeline_lib.errors import UserError
from pipeline_lib.files import written

# Longer "words" are text without spaces. Cutting them keeps one freak from padding its whole batch.
MAX_TOKENS = 64


def word_vectors(model: Any, tokenizer: Any, words: list[str], batch_size: int) -> np.ndarray:
    """Return a unit-length float32 vector for each word, in the order of `words`: (n, d).

    Mean of the encoder's last hidden states over the word's tokens and the special tokens around it, as
    sentence-transformers does with this family (its models.Pooling, mean mode, then Normalize). Raises UserError when
    the model is no encoder, or gives a word a vector that is not finite or has no length.
    """
    if tokenizer.pad_token_id is None or model.config.is_encoder_decoder:
        raise UserError(
            f"embed.model wants an encoder with a padding token, this is a {model.config.model_type}: "
            "name an encoder such as minilm-l6-v2 in params.yaml"
        )
    vectors = text_vectors(model, tokenizer, words, MAX_TOKENS, batch_size)
    lengths = np.linalg.norm(vectors, axis=1)  # (n,)
    for bad in np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0))):
        raise UserError(
            f"embed.model gives {words[bad]!r} a vector of length {lengths[bad]}, which has no direction to compare: "
            "choose another embed.model in params.yaml"
        )
    return vectors / lengths[:, None]


def text_vectors(model: Any, tokenizer: Any, texts: list[str], max_tokens: int, batch_size: int) -> np.ndarray:
    """Return the mean of an encoder's last hidden states over each text's tokens, (n, d) in float32.

    Texts are cut to `max_tokens`, special tokens among them, and read in batches of like length, so that little of a
    batch is padding.
    """
    limit = min(max_tokens, getattr(model.config, "max_position_embeddings", max_tokens))
    encoded = tokenizer(texts, truncation=True, max_length=limit)["input_ids"]
    vectors = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
    for rows in length_batches([len(ids) for ids in encoded], batch_size):
        batch = tokenizer.pad({"input_ids": [encoded[row] for row in rows]}, return_tensors="pt").to(model.device)
        with torch.inference_mode():
            hidden = model(**batch).last_hidden_state.float()  # (B, T, d)
        mask = batch["attention_mask"].unsqueeze(-1).float()  # (B, T, 1); padding is no part of the mean
        vectors[rows] = ((hidden * mask).sum(dim=1) / mask.sum(dim=1)).cpu().numpy()
    return vectors


def write_vectors(path: str | Path, vectors: np.ndarray) -> None:
    """Write vectors as .npy, whole or not at all; pairs.read_vectors reads them."""
    with written(path) as draft, draft.open("wb") as file:
        np.save(file, vectors, allow_pickle=False)
