"""A vector for each word from an encoder that reads the word alone."""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written
from pipeline_lib.models.text_encoder import text_vectors

# A longer "word" is text without spaces; uncut, its whole batch would be padded to its length.
MAX_TOKENS = 64


def word_vectors(model: Any, tokenizer: Any, words: list[str], batch_size: int) -> np.ndarray:
    """Return a unit-length float32 vector for each word, in the order of `words`: (n, d).

    Mean of the encoder's last hidden states over the word's tokens and the special tokens around it, as
    sentence-transformers does (models.Pooling in mean mode, then models.Normalize). Raises UserError when the model is
    no encoder, or gives a word a vector that is not finite or has no length.
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


def write_vectors(path: str | Path, vectors: np.ndarray) -> None:
    """Write vectors as .npy, for pair_table.read_vectors; an error leaves no file."""
    with written(path) as draft, draft.open("wb") as file:
        np.save(file, vectors, allow_pickle=False)
