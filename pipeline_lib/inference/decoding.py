"""What a model says after a prompt, token by token.

Our own loop and not transformers' generate(): there a batch runs until its longest answer has ended. Here an answer
that has ended leaves the batch.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from pipeline_lib.models.forward import decoder, logits

# (number of a batch, what computes it): its result, computed, or kept from a run before.
Keep = Callable[[int, Callable[[], list[Any]]], list[Any]]


def compute(number: int, batch: Callable[[], list[Any]]) -> list[Any]:
    """Keep nothing: every batch is computed."""
    return batch()


@dataclass(frozen=True)
class Completion:
    """What a model says to a prompt: without special tokens, and whether it came to its end in the tokens allowed."""

    text: str
    ended: bool


def completion(tokenizer: Any, ids: list[int], limit: int) -> Completion:
    """Return as text what was said, in ids, where at most `limit` were allowed."""
    return Completion(tokenizer.decode(ids, skip_special_tokens=True).strip(), len(ids) < limit)


def next_tokens(
    model: Any,
    last: torch.Tensor,
    mask: torch.Tensor,
    cache: DynamicCache,
    choose: Callable[[list[int], torch.Tensor], list[int]],
    stop: set[int],
    limit: int,
) -> Iterator[dict[int, int]]:
    """Yield step by step the next token of each text, by the text's number: until no text goes on.

    `last` (B, D) are the hidden states of the texts' last tokens, `cache` what was read of them, under `mask` (B, C);
    `choose(numbers, logits)` names the tokens of those texts from their logits (B, V). A text ends at a token of
    `stop`, which is yielded too, or after `limit` tokens, and then leaves the batch.
    """
    numbers = list(range(len(last)))  # which text each place of the batch continues
    for step in range(1, limit + 1):
        tokens = choose(numbers, logits(model, last))
        yield dict(zip(numbers, tokens, strict=True))
        stay = [place for place, token in enumerate(tokens) if token not in stop]
        if not stay or step == limit:
            return
        if len(stay) < len(numbers):
            kept = torch.tensor(stay, device=model.device)
            mask, numbers = mask[kept], [numbers[place] for place in stay]
            cache.batch_select_indices(kept)
        new = torch.tensor([[tokens[place]] for place in stay], device=model.device)
        mask = torch.cat([mask, torch.ones_like(new)], 1)
        last = hidden_after(model, new, mask, cache)[:, -1]


def greedy(
    model: Any, last: torch.Tensor, mask: torch.Tensor, cache: DynamicCache, stop: set[int], limit: int
) -> list[list[int]]:
    """Return the likeliest next ids after each text, one at a time, without the token that ends it; as said_next."""
    said: list[list[int]] = [[] for _ in last]
    for step in next_tokens(model, last, mask, cache, lambda _, scores: scores.argmax(-1).tolist(), stop, limit):
        for number, token in step.items():
            if token not in stop:
                said[number].append(token)
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
