"""A vector for each word from the hidden states of a model that reads the sentences it occurs in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from pipeline_lib.core.batches import length_batches
from pipeline_lib.core.errors import UserError
from pipeline_lib.models.text_encoder import context_length
from pipeline_lib.words.corpus.lexicon import ENGLISH
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.vectors.occurrences import Occurrences

MAX_TOKENS = 256  # of a sentence; a longer one is text without full stops
Spans = list[tuple[int, int, int]]  # vocabulary row, first character, end


def context_vectors(
    model: Any,
    tokenizer: Any,
    words: Sequence[Word],
    sentences: Sequence[Sentence],
    per_word: int,
    layer: int,
    batch_size: int,
    language: str = ENGLISH,
) -> tuple[np.ndarray, list[int]]:
    """Return a unit-length float32 vector for each word, (n, d), and the rows of words that were read alone.

    A word's vector is the mean of the hidden states of `layer` (0 the embeddings, -1 the last) over its tokens, then
    over its occurrences in at most `per_word` sentences, spread evenly over the corpus. Each sentence is read once for
    all its words and cut to MAX_TOKENS. A word that is in no sentence read, or beyond the cut, is read alone.
    The model is an encoder or a language model. A language model's input begins with a special token: the hidden state
    of a first token says little about that token (Xiao et al. 2024, ICLR).
    Raises UserError for a layer the model lacks, a tokenizer without character offsets, or a word whose vector is not
    finite or has no length.
    """
    check_model(model, tokenizer, layer)
    occurrences = Occurrences(words, language)
    texts, spans = [], []
    for number, rows in choose_sentences(sentences, len(words), per_word).items():
        text, found = occurrences.find(sentences[number])
        texts.append(text)
        spans.append([span for span in found if span[0] in rows])
    sums, counts = _sum_states(model, tokenizer, texts, spans, len(words), layer, batch_size)
    alone = np.flatnonzero(counts == 0).tolist()
    if alone:
        texts = [words[row].word for row in alone]
        spans = [[(row, 0, len(words[row].word))] for row in alone]
        more_sums, more_counts = _sum_states(model, tokenizer, texts, spans, len(words), layer, batch_size)
        sums, counts = sums + more_sums, counts + more_counts
    lengths = np.linalg.norm(sums, axis=1)  # (n,)
    for bad in np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0))).tolist():
        raise UserError(
            f"embed.model gives {words[bad].word!r} a vector of length {lengths[bad]}, which has no direction to "
            "compare: choose another embed.model in params.yaml"
        )
    return (sums / lengths[:, None]).astype(np.float32), alone


def check_model(model: Any, tokenizer: Any, layer: int) -> None:
    """Raise UserError unless the model has the layer and its tokenizer gives the character offsets of its tokens."""
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
    """Return the numbers of the sentences to read, in order, and for each the rows that it is read for.

    A row gets at most `per_word` of its sentences, evenly spread: a corpus is often sorted by kind or by date.
    """
    sentences_of: list[list[int]] = [[] for _ in range(words)]
    for number, sentence in enumerate(sentences):
        for row in set(sentence.words):
            sentences_of[row].append(number)
    rows_of: dict[int, set[int]] = {}
    for row, numbers in enumerate(sentences_of):
        take = min(per_word, len(numbers))
        for step in range(take):
            rows_of.setdefault(numbers[(2 * step + 1) * len(numbers) // (2 * take)], set()).add(row)
    return dict(sorted(rows_of.items()))


def _sum_states(
    model: Any, tokenizer: Any, texts: list[str], spans: list[Spans], words: int, layer: int, batch_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of each row's vectors over its spans, (words, d) float64, and the number of spans, (words,)."""
    sums, counts = np.zeros((words, model.config.hidden_size)), np.zeros(words, dtype=np.int64)
    if not texts:
        return sums, counts
    first = _first_ids(tokenizer)
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
                # Special tokens have no width and belong to no word.
                inside = (offsets[:, 0] < end) & (offsets[:, 1] > start) & (offsets[:, 1] > offsets[:, 0])
                if inside.any():
                    sums[word] += states[len(first) + np.flatnonzero(inside)].mean(axis=0, dtype=np.float64)
                    counts[word] += 1
    return sums, counts


class _LayerReached(Exception):
    """Raised with the hidden states of the wanted layer, so that the layers above are not computed."""

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
        raise _LayerReached(given[0] if given else named["hidden_states"])

    hook = blocks[layer].register_forward_pre_hook(stop, with_kwargs=True)
    try:
        model(**batch)
    except _LayerReached as reached:
        return reached.states
    finally:
        hook.remove()
    raise AssertionError("a model ended before its last layer")


def _first_ids(tokenizer: Any) -> list[int]:
    """Return the special token to put before a text, in a list; none where the tokenizer puts one there itself."""
    ids = tokenizer("a")["input_ids"]
    if ids and ids[0] in tokenizer.all_special_ids:
        return []
    first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    return [] if first is None else [first]
