"""What a model says to a prompt: its most likely continuation.

Our own loop and not transformers' generate(): there a batch runs until its longest answer has ended. Here an answer
that has ended leaves the batch.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from transformers import DynamicCache

from pipeline_lib.batching import length_batches
from pipeline_lib.forward import decoder, logits

# (number of a batch, what computes it): its result, computed, or kept from a run before.
Keep = Callable[[int, Callable[[], list[Any]]], list[Any]]


def compute(number: int, batch: Callable[[], list[Any]]) -> list[Any]:
    """Keep nothing: every batch is computed."""
    return batch()


@dataclass(frozen=True)
class Said:
    """What a model says to a prompt: without special tokens, and whether it came to its end in the tokens allowed."""

    text: str
    ended: bool


def decode(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[list[int]],
    *,
    closing: int,
    max_new_tokens: int,
    batch_size: int,
    on_batch: Callable[[int], None] = lambda done: None,
    keep: Keep = compute,
) -> list[Said]:
    """Return the greedy continuation of each prompt, in the order given.

    Batches are of like length, padded on the left; which rows go together depends on the lengths alone. A continuation
    ends at `closing`, at end-of-text or after `max_new_tokens`. `on_batch(rows)` hears of each batch.
    """
    said: list[Said] = [Said("", True)] * len(prompts)
    for number, batch in enumerate(length_batches([len(prompt) for prompt in prompts], batch_size)):
        asked = [prompts[row] for row in batch]
        found = keep(number, partial(_continue, model, tokenizer, asked, closing, max_new_tokens))
        for row, ids in zip(batch, found, strict=True):
            said[row] = spoken(tokenizer, ids, max_new_tokens)
        on_batch(len(batch))
    return said


def spoken(tokenizer: Any, ids: list[int], limit: int) -> Said:
    """Return as text what was said, in ids, where at most `limit` were allowed."""
    return Said(tokenizer.decode(ids, skip_special_tokens=True).strip(), len(ids) < limit)


@torch.inference_mode()
def _continue(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[list[int]],
    closing: int,
    limit: int,
) -> list[list[int]]:
    """Return the most likely next ids after each prompt."""
    ids, mask = padded(prompts, tokenizer.pad_token_id, model.device, left=True)
    cache = DynamicCache(config=model.config)
    last = hidden_after(model, ids, mask, cache)[:, -1]
    return continued(model, tokenizer, last, mask, cache, closing, limit)


def continued(
    model: Any, tokenizer: Any, last: torch.Tensor, mask: torch.Tensor, cache: DynamicCache, closing: int, limit: int
) -> list[list[int]]:
    """Return the most likely next ids after each prompt, one at a time, without the closing token.

    `last` (B, D) are the hidden states of the prompts' last tokens, `cache` what the prompts left, under `mask` (B, C).
    """
    stops = {closing, tokenizer.eos_token_id}
    said: list[list[int]] = [[] for _ in last]
    names = list(range(len(last)))  # which prompt each place of the batch continues
    for step in range(1, limit + 1):
        chosen = logits(model, last).argmax(-1)
        tokens = chosen.tolist()
        stay = [place for place, token in enumerate(tokens) if token not in stops]
        for place in stay:
            said[names[place]].append(tokens[place])
        if not stay or step == limit:
            break
        if len(stay) < len(names):
            kept = torch.tensor(stay, device=model.device)
            chosen, mask = chosen[kept], mask[kept]
            names = [names[place] for place in stay]
            cache.batch_select_indices(kept)
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], 1)
        last = hidden_after(model, chosen[:, None], mask, cache)[:, -1]
    return said


def padded(
    rows: Sequence[list[int]], pad_id: int, device: torch.device, left: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and attention mask (B, T) of `rows`, padded on the left or on the right."""
    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), pad_id)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        start = longest - len(row) if left else 0
        ids[number, start : start + len(row)] = torch.tensor(row)
        mask[number, start : start + len(row)] = 1
    return ids.to(device), mask.to(device)


def hidden_after(model: Any, ids: torch.Tensor, mask: torch.Tensor, cache: DynamicCache | None) -> torch.Tensor:
    """Return the hidden states (B, T, D) of `ids` (B, T) after what `cache` holds; `mask` (B, C + T) covers both."""
    body = decoder(model)
    where = {}
    if "position_ids" in inspect.signature(body.forward).parameters:  # ALiBi models count for themselves
        where["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
    out = body(input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=cache is not None, **where)
    return out.last_hidden_state
