"""A vector for each word, from an encoder that reads the word alone."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipeline_lib.errors import UserError
from pipeline_lib.files import written

# Longer "words" are text without spaces. Cutting them keeps one freak from padding its whole batch.
MAX_TOKENS = 64


def word_vectors(model: Any, tokenizer: Any, words: list[str], batch_size: int) -> np.ndarray:
    """Return a unit-length float32 vector for each word, in the order of `words`: (n, d).

    Mean of the encoder's last hidden states over the word's tokens and the special tokens around it, as
    sentence-transformers does with this family (its models.Pooling, mean mode, then Normalize). Words are read in
    batches of like length, so that little of a batch is padding. Raises UserError when the model is no encoder, or
    gives a word a vector that is not finite or has no length.
    """
    if tokenizer.pad_token_id is None or model.config.is_encoder_decoder:
        raise UserError(
            f"embed.model wants an encoder with a padding token, this is a {model.config.model_type}: "
            "name an encoder such as minilm-l6-v2 in params.yaml"
        )
    limit = min(MAX_TOKENS, getattr(model.config, "max_position_embeddings", MAX_TOKENS))
    encoded = tokenizer(words, truncation=True, max_length=limit)["input_ids"]
    order = sorted(range(len(words)), key=lambda row: len(encoded[row]))
    vectors = np.empty((len(words), model.config.hidden_size), dtype=np.float32)  # (n, d)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = tokenizer.pad({"input_ids": [encoded[row] for row in rows]}, return_tensors="pt").to(model.device)
        with torch.inference_mode():
            hidden = model(**batch).last_hidden_state.float()  # (B, T, d)
        mask = batch["attention_mask"].unsqueeze(-1).float()  # (B, T, 1); padding is no part of the mean
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)  # (B, d)
        length = mean.norm(dim=1, keepdim=True)  # (B, 1)
        for bad in (~(torch.isfinite(length) & (length > 0))).flatten().nonzero().flatten().tolist():
            raise UserError(
                f"embed.model gives {words[rows[bad]]!r} a vector of length {length[bad].item()}, which has no "
                "direction to compare: choose another embed.model in params.yaml"
            )
        vectors[rows] = (mean / length).cpu().numpy()
    return vectors


def write_vectors(path: str | Path, vectors: np.ndarray) -> None:
    """Write vectors as .npy, whole or not at all; pairs.read_vectors reads them."""
    with written(path) as draft, draft.open("wb") as file:
        np.save(file, vectors, allow_pickle=False)
