"""What a model says to a prompt, and how likely it holds a given answer to be.

Our own loop and not transformers' generate(): there a batch runs until its longest answer has ended. Here an answer
that has ended leaves the batch.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import DynamicCache

from pipeline_lib.batching import collate, length_batches
from pipeline_lib.encoding import Encoded
from pipeline_lib.forward import decoder, logits, target_logits


def decode(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[list[int]],
    *,
    closing: int,
    max_new_tokens: int,
    batch_size: int,
    on_batch: Callable[[int], None] = lambda done: None,
) -> list[str]:
    """Return the greedy continuation of each prompt, without special tokens, in the order given.

    Batches are of like length, padded on the left. A continuation ends at `closing`, at end-of-text or after
    `max_new_tokens`. `on_batch(rows)` hears of each batch.
    """
    said = [""] * len(prompts)
    for batch in length_batches([len(prompt) for prompt in prompts], batch_size):
        tokens = _continue(model, tokenizer, [prompts[row] for row in batch], closing, max_new_tokens)
        for row, ids in zip(batch, tokens, strict=True):
            said[row] = _text(tokenizer, ids)
        on_batch(len(batch))
    return said


def _text(tokenizer: Any, ids: list[int]) -> str:
    return tokenizer.decode(ids, skip_special_tokens=True).strip()


@torch.inference_mode()
def _continue(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[list[int]],
    closing: int,
    limit: int,
) -> list[list[int]]:
    """Return the most likely next ids after each prompt, one at a time, without the closing token."""
    stops = {closing, tokenizer.eos_token_id}
    longest = max(len(prompt) for prompt in prompts)
    ids = torch.full((len(prompts), longest), tokenizer.pad_token_id)  # (B, T)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :] = torch.tensor(prompt)
        mask[row, longest - len(prompt) :] = 1
    ids, mask = ids.to(model.device), mask.to(model.device)
    body = decoder(model)
    cache = DynamicCache(config=model.config)
    placed = "position_ids" in inspect.signature(body.forward).parameters  # ALiBi models count for themselves
    positions = (mask.cumsum(1) - 1).clamp(min=0)

    def read(ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        where = {"position_ids": positions} if placed else {}
        out = body(input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=True, **where)
        return logits(model, out.last_hidden_state[:, -1])

    scores = read(ids, mask, positions)
    positions = positions[:, -1:]
    said: list[list[int]] = [[] for _ in prompts]
    names = list(range(len(prompts)))  # which prompt each place of the batch continues
    for step in range(1, limit + 1):
        chosen = scores.argmax(-1)
        tokens = chosen.tolist()
        stay = [place for place, token in enumerate(tokens) if token not in stops]
        for place in stay:
            said[names[place]].append(tokens[place])
        if not stay or step == limit:
            break
        if len(stay) < len(names):
            kept = torch.tensor(stay, device=ids.device)
            chosen, mask, positions = chosen[kept], mask[kept], positions[kept]
            names = [names[place] for place in stay]
            cache.batch_select_indices(kept)
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], 1)
        positions = positions + 1
        scores = read(chosen[:, None], mask, positions)
    return said


@torch.inference_mode()
def log_likelihoods(
    model: Any,
    rows: Sequence[Encoded],
    *,
    pad_id: int,
    batch_size: int,
    on_batch: Callable[[int], None] = lambda done: None,
) -> list[float]:
    """Return log p(target and closing token | prompt) of each row, in nats."""
    found = [0.0] * len(rows)
    for batch in length_batches([len(row.ids) for row in rows], batch_size):
        picked = [rows[row] for row in batch]
        ids, places, labels = (tensor.to(model.device) for tensor in collate(picked, pad_id))
        logits = target_logits(model, ids, places)  # (N, V)
        logp = -cross_entropy(logits, labels, reduction="none")  # (N,) nats; prompt and padding excluded
        counts = [len(row.ids) - row.start for row in picked]
        for row, part in zip(batch, logp.split(counts), strict=True):
            found[row] = part.double().sum().item()
        on_batch(len(batch))
    return found
