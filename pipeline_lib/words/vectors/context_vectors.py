"""A vector for each word from the sentences it occurs in, as a model reads them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from pipeline_lib.core.batches import length_batches
from pipeline_lib.core.errors import UserError
from pipeline_lib.models.text_encoder import context_length
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.vectors.occurrences import Occurrences

MAX_TOKENS = 256  # of a sentence; longer ones are text without full stops
Spans = list[tuple[int, int, int]]  # vocabulary row, first character, end


def context_vectors(
    model: Any,
    tokenizer: Any,
    words: Sequence[Word],
    sentences: Sequence[Sentence],
    per_word: int,
    layer: int,
    batch_size: int,
) -> tuple[np.ndarray, list[int]]:
    """Return a unit-length float32 vector for each word, (n, d), and the rows that no sentence was read for.

    Mean of the hidden states of `layer` (0 the embeddings, -1 the last) over the tokens of the word, then over its
    occurrences in at most `per_word` of the sentences that hold it, spread evenly over the corpus; each sentence is
    read once for all its words, and cut to MAX_TOKENS. A word without one is read by itself, as a sentence of its own.
    Works with encoders and with language models; what the latter read begins with a token of their own, for the states
    of a first token say little but that it is the first (Xiao et al. 2024, ICLR).
    Raises UserError for a layer the model lacks, a tokenizer that does not say where its tokens stand, or a word whose
    vector is not finite or has no length.
    """
    check_model(model, tokenizer, layer)
    found = Occurrences(words)
    chosen = choose_sentences(sentences, len(words), per_word)
    texts, spans = [], []
    for place, rows in chosen.items():
        text, places = found.find(sentences[place])
        texts.append(text)
        spans.append([span for span in places if span[0] in rows])
    sums, counts = _read(model, tokenizer, texts, spans, len(words), layer, batch_size)
    alone = np.flatnonzero(counts == 0).tolist()
    if alone:
        texts = [words[row].word for row in alone]
        spans = [[(row, 0, len(words[row].word))] for row in alone]
        more, times = _read(model, tokenizer, texts, spans, len(words), layer, batch_size)
        sums, counts = sums + more, counts + times
    lengths = np.linalg.norm(sums, axis=1)  # (n,)
    for bad in np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0))).tolist():
        raise UserError(
            f"embed.model gives {words[bad].word!r} a vector of length {lengths[bad]}, which has no direction to "
            "compare: choose another embed.model in params.yaml"
        )
    return (sums / lengths[:, None]).astype(np.float32), alone


def check_model(model: Any, tokenizer: Any, layer: int) -> None:
    """Raise UserError unless the model has the layer and its tokenizer says where its tokens stand in a text."""
    if not tokenizer.is_fast or tokenizer.pad_token_id is None or model.config.is_encoder_decoder:
        raise UserError(
            "embed.method encoder_context and model want an encoder or a language model with a fast tokenizer and a "
            f"padding token, this is a {model.config.model_type}: name one such as minilm-l6-v2 under embed.model"
        )
    layers = model.config.num_hidden_layers
    if layer != -1 and not 0 <= layer <= layers:
        raise UserError(
            f"embed.layer must be 0 to {layers}, or -1 for the last, in a model of {layers} layers, params.yaml has "
            f"{layer}: change it there"
        )


def choose_sentences(sentences: Sequence[Sentence], words: int, per_word: int) -> dict[int, set[int]]:
    """Return the places of the sentences to read, in order, and for which rows each is read.

    A row has at most `per_word`, evenly spread over those that hold it: a corpus is often sorted by kind or by date.
    """
    holding: list[list[int]] = [[] for _ in range(words)]
    for place, sentence in enumerate(sentences):
        for row in set(sentence.words):
            holding[row].append(place)
    rows_at: dict[int, set[int]] = {}
    for row, places in enumerate(holding):
        take = min(per_word, len(places))
        for step in range(take):
            rows_at.setdefault(places[(2 * step + 1) * len(places) // (2 * take)], set()).add(row)
    return dict(sorted(rows_at.items()))


def _read(
    model: Any, tokenizer: Any, texts: list[str], spans: list[Spans], words: int, layer: int, batch_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of each row's vectors over its spans (words, d), float64, and how many there were (words,)."""
    sums, counts = np.zeros((words, model.config.hidden_size)), np.zeros(words, dtype=np.int64)
    if not texts:
        return sums, counts
    first = _opening(tokenizer)
    limit = min(MAX_TOKENS, context_length(model, tokenizer)) - len(first)
    encoded = tokenizer(texts, truncation=True, max_length=limit, return_offsets_mapping=True)
    ids = [first + row for row in encoded["input_ids"]]
    for rows in length_batches([len(row) for row in ids], batch_size):
        batch = tokenizer.pad({"input_ids": [ids[row] for row in rows]}, return_tensors="pt").to(model.device)
        with torch.inference_mode():
            hidden = _states(model, batch, layer).float().cpu().numpy()  # (B, T, d)
        for states, text in zip(hidden, rows, strict=True):
            offsets = np.array(encoded["offset_mapping"][text])  # (t, 2)
            for word, start, end in spans[text]:
                # A special token has no width, and so no part in a word.
                inside = (offsets[:, 0] < end) & (offsets[:, 1] > start) & (offsets[:, 1] > offsets[:, 0])
                if inside.any():
                    sums[word] += states[len(first) + np.flatnonzero(inside)].mean(axis=0, dtype=np.float64)
                    counts[word] += 1
    return sums, counts


class _Reached(Exception):
    """The layer is reached: what lies above it need not be computed."""

    def __init__(self, states: torch.Tensor) -> None:
        self.states = states


def _states(model: Any, batch: Any, layer: int) -> torch.Tensor:
    """Return the hidden states of a layer (B, T, d): transformers' `hidden_states[layer]`."""
    layers = model.config.num_hidden_layers
    if layer in (-1, layers):
        return model(**batch).last_hidden_state
    blocks = next((m for m in model.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == layers), None)
    if blocks is None:
        return model(**batch, output_hidden_states=True).hidden_states[layer]

    def stop(_: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        raise _Reached(given[0] if given else named["hidden_states"])

    hook = blocks[layer].register_forward_pre_hook(stop, with_kwargs=True)
    try:
        model(**batch)
    except _Reached as reached:
        return reached.states
    finally:
        hook.remove()
    raise AssertionError("a model ended before its last layer")


def _opening(tokenizer: Any) -> list[int]:
    """Return the token to put before a text, where the tokenizer puts none itself."""
    own = tokenizer("a")["input_ids"]
    if own and own[0] in tokenizer.all_special_ids:
        return []
    opening = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    return [] if opening is None else [opening]
