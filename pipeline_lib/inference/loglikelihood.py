"""Log-likelihoods of given answers after a prompt, as lm-evaluation-harness defines them.

A prompt passes through the model once for all its choices: they share its cache, and a choice of one token needs no
further pass.
"""

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from transformers import DynamicCache

from pipeline_lib.core.errors import UserError
from pipeline_lib.inference.decoding import Keep, check_finite, compute, hidden_after, padded
from pipeline_lib.models.forward import logits

PromptWithChoices = tuple[list[int], list[list[int]]]  # a prompt and its choices, in tokens

LOGITS_AT_ONCE = 2**24  # values, 64 MiB in float32: 64 places with a vocabulary of 262,144 tokens


def choice_logprobs(
    model: Any,
    items: Sequence[PromptWithChoices],
    *,
    pad_id: int,
    batch_size: int,
    on_batch: Callable[[int], None] = lambda done: None,
    keep: Keep = compute,
) -> list[list[float]]:
    """Return log p(choice | prompt) in nats of each item's choices: the sum over the choice's own tokens.

    `batch_size` is the number of choices in memory at once. Items of similar length share a batch, and an item with
    more choices is computed in parts. `on_batch(items)` is called after each batch with its number of items. Items and
    choices keep their order. Raises UserError for an empty prompt, no choices, an empty choice, or more tokens than the
    model reads.
    """
    empty = next((number for number, (_, choices) in enumerate(items, start=1) if not choices), None)
    if empty:
        raise UserError(f"item {empty} has no choices: give it two or more")
    check_choices(items, getattr(model.config, "max_position_embeddings", None))
    results: list[list[float]] = [[] for _ in items]
    for number, batch in enumerate(_batches(items, batch_size)):
        logprobs = keep(number, partial(_batch_logprobs, model, [items[item] for item in batch], pad_id, batch_size))
        for item, logp in zip(batch, logprobs, strict=True):
            results[item] = logp
        on_batch(len(batch))
    return results


def check_choices(items: Sequence[PromptWithChoices], context: int | None) -> None:
    """Raise UserError for an empty prompt, an empty choice, or more tokens than `context`."""
    for number, (prompt, choices) in enumerate(items, start=1):
        if not prompt:
            raise UserError(f"item {number} has an empty prompt: there is nothing to predict its choices from")
        if not all(choices):
            raise UserError(f"choice {choices.index([]) + 1} of item {number} is empty: give every choice a token")
        read = len(prompt) + max(map(len, choices), default=1) - 1  # a choice's last token is predicted only
        if context and read > context:
            raise UserError(f"item {number} has {read} tokens, the model reads {context}: shorten the prompt")


def _batches(items: Sequence[PromptWithChoices], batch_size: int) -> list[list[int]]:
    """Return batches of item numbers, longest prompts first, each of at most `batch_size` rows or of one item."""
    batches: list[list[int]] = []
    room = 0
    for item in sorted(range(len(items)), key=lambda item: (-len(items[item][0]), item)):
        rows = max(1, sum(len(choice) > 1 for choice in items[item][1]))  # a choice of one token needs no row
        if rows > room:
            batches.append([])
            room = batch_size
        batches[-1].append(item)
        room -= rows
    return batches


@torch.inference_mode()
def _batch_logprobs(model: Any, items: Sequence[PromptWithChoices], pad_id: int, batch_size: int) -> list[list[float]]:
    """Return the result of choice_logprobs for one batch."""
    longer = any(len(choice) > 1 for _, choices in items for choice in choices)
    cache = DynamicCache(config=model.config) if longer else None
    # Padded on the left, so that every prompt ends where its choices begin: a sliding window counts padding too.
    ids, mask = padded([prompt for prompt, _ in items], pad_id, model.device, left=True)
    last = hidden_after(model, ids, mask, cache)[:, -1]  # (P, D)
    return score_choices(model, items, last, mask, cache, pad_id, batch_size)


def score_choices(
    model: Any,
    items: Sequence[PromptWithChoices],
    last: torch.Tensor,
    mask: torch.Tensor,
    cache: DynamicCache | None,
    pad_id: int,
    batch_size: int,
) -> list[list[float]]:
    """Return log p(choice | prompt) of each item's choices, `batch_size` choices at once; `cache` is changed.

    `last` (P, D) are the hidden states of the prompts' last tokens, `cache` their keys and values, under `mask` (P, C).
    """
    rows = [(item, at) for item, (_, choices) in enumerate(items) for at, ids in enumerate(choices) if len(ids) > 1]
    owners = [item for item, (_, choices) in enumerate(items) for _ in choices]
    first = _log_p(model, last, owners, [choice[0] for _, choices in items for choice in choices])
    sums = [part.tolist() for part in first.split([len(choices) for _, choices in items])]
    for start in range(0, len(rows), batch_size):
        part = rows[start : start + batch_size]
        # The pass writes into the cache, and the next part needs it unchanged.
        part_cache: Any = cache if start + batch_size >= len(rows) else copy.deepcopy(cache)
        owner = torch.tensor([item for item, _ in part], device=model.device)
        part_cache.batch_select_indices(owner)
        choices = [items[item][1][at] for item, at in part]
        ids, own = padded([choice[:-1] for choice in choices], pad_id, model.device, left=False)
        hidden = hidden_after(model, ids, torch.cat([mask[owner], own], 1), part_cache).flatten(0, 1)  # (B * T, D)
        places = own.flatten().nonzero()[:, 0].tolist()
        logp = _log_p(model, hidden, places, [token for choice in choices for token in choice[1:]])
        for (item, at), rest in zip(part, logp.split([len(choice) - 1 for choice in choices]), strict=True):
            sums[item][at] += rest.sum().item()
    return sums


def _log_p(model: Any, hidden: torch.Tensor, places: Sequence[int], labels: Sequence[int]) -> torch.Tensor:
    """Return log p (N,), float64, of each label at its place in `hidden` (M, D); a place's logits are computed once."""
    at, token = (torch.tensor(values, device=hidden.device) for values in (places, labels))
    result = torch.empty(len(labels), device=hidden.device)
    for part in at.unique().split(max(1, LOGITS_AT_ONCE // model.config.get_text_config().vocab_size)):
        logp = logits(model, hidden[part]).log_softmax(-1)  # (R, V), float32
        here = torch.isin(at, part)
        result[here] = logp[torch.searchsorted(part, at[here]), token[here]]
    check_finite(result)
    return result.cpu().double()


def continuation_ids(tokenizer: Any, prompt: str, choice: str) -> tuple[list[int], list[int]]:
    """Return prompt and choice in tokens as lm-evaluation-harness has them: those of the joined text, split in two.

    The split is after as many tokens as the prompt alone has. Spaces at the end of the prompt belong to the choice.
    Special tokens are added unless the prompt begins with one; an empty prompt is begin-of-text, or end-of-text. An
    end-of-text that the tokenizer adds is removed, unlike in the harness. Where a token crosses the border
    (`crosses_border`), the prompt has the tokens it has alone, as in the harness: a letter at the border may be read
    twice or lost. Raises UserError where the choice has no token left.
    """
    start, joined = _pair(tokenizer, prompt, choice)
    if len(joined) <= len(start):
        raise UserError(
            f"choice {choice!r} has no token of its own after {prompt[-20:]!r}: give it text, and a space before it"
        )
    return start, joined[len(start) :]


def crosses_border(tokenizer: Any, prompt: str, choice: str) -> bool:
    """Return whether a token of the joined text belongs to both prompt and choice."""
    start, joined = _pair(tokenizer, prompt, choice)
    return joined[: len(start)] != start


def _pair(tokenizer: Any, prompt: str, choice: str) -> tuple[list[int], list[int]]:
    """Return the prompt in tokens, without the spaces at its end, and prompt and choice joined."""
    text = prompt.rstrip()
    joined = prompt + choice
    if text:
        return _ids(tokenizer, text), _ids(tokenizer, joined)
    before = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    if before is None:
        raise UserError("the prompt is empty and the tokenizer has no token to begin a text with: give a prompt")
    return [before], [before, *tokenizer(joined, add_special_tokens=False)["input_ids"]]


def _ids(tokenizer: Any, text: str) -> list[int]:
    begins = tokenizer.bos_token or tokenizer.eos_token
    if begins and text.startswith(begins):  # as a chat template writes it
        return tokenizer(text, add_special_tokens=False)["input_ids"]
    ids = tokenizer(text)["input_ids"]
    closed = ids[-1:] == [tokenizer.eos_token_id] and not text.endswith(tokenizer.eos_token)
    return ids[:-1] if closed else ids
