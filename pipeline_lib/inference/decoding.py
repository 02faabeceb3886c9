"""Decoding: the tokens after a prompt, one at a time.

Our own loop and not transformers' generate(): there a batch runs until its longest answer has ended. Here an answer
that has ended leaves the batch.
"""

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import DynamicCache

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.forward import decoder, logits

# (number of a batch, function that computes it) -> its result, computed or read from an earlier run.
Keep = Callable[[int, Callable[[], list[Any]]], list[Any]]


def compute(number: int, batch: Callable[[], list[Any]]) -> list[Any]:
    """Return the computed result: nothing is kept."""
    return batch()


@dataclass(frozen=True)
class Completion:
    """The text after a prompt, without special tokens, and whether it ended within the tokens allowed.

    logprob: the mean log-probability of its tokens in nats, the one that ends it included.
    """

    text: str
    ended: bool
    logprob: float = field(default=math.nan, compare=False)


def completion(tokenizer: Any, ids: list[int], limit: int, logp: float = math.nan) -> Completion:
    """Return the text of the generated `ids`, of which at most `limit` were allowed; `logp` is that of all of them."""
    ended = len(ids) < limit
    return Completion(tokenizer.decode(ids, skip_special_tokens=True).strip(), ended, logp / (len(ids) + ended))


def next_tokens(
    model: Any,
    last: torch.Tensor,
    mask: torch.Tensor,
    cache: DynamicCache,
    choose: Callable[[list[int], torch.Tensor], list[int]],
    stop: set[int],
    limit: int,
) -> Iterator[dict[int, int]]:
    """Yield at each step {number of a text: its next token}, until all texts have ended.

    `last` (B, D) are the hidden states of the texts' last tokens, `cache` their keys and values, under `mask` (B, C);
    `choose(numbers, logits)` returns a token for each of those texts from their logits (B, V). A text ends at a token
    of `stop`, which is yielded too, or after `limit` tokens, and then leaves the batch.
    """
    numbers = list(range(len(last)))  # the text at each place of the batch
    for step in range(1, limit + 1):
        scores = logits(model, last)
        check_finite(scores.amax(-1))  # the largest is NaN where one is; a model may give some tokens -inf
        tokens = choose(numbers, scores)
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


def check_finite(values: torch.Tensor) -> None:
    """Raise UserError unless all of these logits or log-likelihoods are finite."""
    if not bool(torch.isfinite(values).all()):
        raise UserError(
            "the model's logits must be finite, some are NaN or infinite: set precision: fp32; if they still are, an "
            "untrained model's files are damaged (fetch them again), and a tuned one has diverged (lower lr)"
        )


def greedy(
    model: Any, last: torch.Tensor, mask: torch.Tensor, cache: DynamicCache, stop: set[int], limit: int
) -> list[tuple[list[int], float]]:
    """Return the ids of greedy decoding after each text, without the token that ends it, and their log-probability.

    The latter is in nats, with the token that ends the text; the arguments are those of next_tokens.
    """
    generated: list[list[int]] = [[] for _ in last]
    logp = [0.0] * len(last)

    def choose(numbers: list[int], scores: torch.Tensor) -> list[int]:
        best, tokens = scores.float().log_softmax(-1).max(-1).values.tolist(), scores.argmax(-1).tolist()
        for number, value in zip(numbers, best, strict=True):
            logp[number] += value
        return tokens

    for step in next_tokens(model, last, mask, cache, choose, stop, limit):
        for number, token in step.items():
            if token not in stop:
                generated[number].append(token)
    return list(zip(generated, logp, strict=True))


def padded(
    rows: Sequence[list[int]], pad_id: int, device: torch.device, left: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the ids and the attention mask (B, T) of `rows`, padded on the left or on the right."""
    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), pad_id)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        start = longest - len(row) if left else 0
        ids[number, start : start + len(row)] = torch.tensor(row)
        mask[number, start : start + len(row)] = 1
    return ids.to(device), mask.to(device)


def hidden_after(model: Any, ids: torch.Tensor, mask: torch.Tensor, cache: DynamicCache | None) -> torch.Tensor:
    """Return the hidden states (B, T, D) of `ids` (B, T) after the tokens in `cache`; `mask` (B, C + T) covers both."""
    body = decoder(model)
    where = {}
    if "position_ids" in inspect.signature(body.forward).parameters:  # ALiBi models have none
        where["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
    out = body(input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=cache is not None, **where)
    return out.last_hidden_state
