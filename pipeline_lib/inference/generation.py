"""What a model says to each prompt, greedily, and how likely it holds given answers, from one reading of the prompt.

Prompts that begin alike, as the questions about one passage do, are read together where that saves enough: what they
share passes through the model once.
"""

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from transformers import DynamicCache

from pipeline_lib.core.batches import length_batches
from pipeline_lib.inference.decoding import Completion, Keep, completion, compute, greedy, hidden_after, padded
from pipeline_lib.inference.loglikelihood import PromptWithChoices, check_choices, score_choices
from pipeline_lib.models.prefix_sharing import shared_prefix_length

# Writing a token, for few rows or many, takes as long as reading so many; most answers end well before they must.
READ_PER_WRITTEN = 16


def generate(
    model: Any,
    tokenizer: Any,
    asked: Sequence[PromptWithChoices],
    *,
    closing: int,
    max_new_tokens: int,
    batch_size: int,
    on_batch: Callable[[int], None] = lambda done: None,
    keep: Keep = compute,
) -> list[tuple[list[float], Completion]]:
    """Return of each item how likely its choices are, in nats, and the greedy continuation; in the order given.

    The former is as in choosing.choice_log_likelihoods, but an item may have no choices. A continuation ends at
    `closing`, at end-of-text or after `max_new_tokens`. At most `batch_size` prompts are in memory at once, and as many
    choices. `on_batch(items)` hears of each batch. Raises UserError for an empty prompt, an empty choice, or more
    tokens than the model reads.
    """
    check_choices(asked, getattr(model.config, "max_position_embeddings", None))
    found: list[tuple[list[float], Completion]] = [([], Completion("", True)) for _ in asked]
    plan = shared_batches([prompt for prompt, _ in asked], batch_size, READ_PER_WRITTEN * max_new_tokens)
    for number, batch in enumerate(plan):
        items = [asked[item] for item in batch]
        answered = keep(number, partial(_ask, model, tokenizer, items, closing, max_new_tokens, batch_size))
        for item, (logp, ids) in zip(batch, answered, strict=True):
            found[item] = (logp, completion(tokenizer, ids, max_new_tokens))
        on_batch(len(batch))
    return found


def shared_batches(prompts: Sequence[list[int]], batch_size: int, least: int) -> list[list[int]]:
    """Return batches of prompt numbers: first those that share half a prompt or more, then the others by length.

    Those that share are a batch of their own where that saves reading `least` tokens or more.
    """
    groups: list[list[int]] = []
    for number in sorted(range(len(prompts)), key=lambda number: (prompts[number], number)):
        if groups and len(groups[-1]) < batch_size:
            first = prompts[groups[-1][0]]
            if 2 * shared_prefix_length([first, prompts[number]]) >= min(len(first), len(prompts[number])):
                groups[-1].append(number)
                continue
        groups.append([number])
    together, alone = [], []
    for group in groups:
        saved = (len(group) - 1) * shared_prefix_length([prompts[number] for number in group])
        if len(group) > 1 and saved >= least:
            together.append(group)
        else:
            alone += group
    batches = sorted(together, key=lambda group: -len(prompts[group[0]]))
    return batches + [
        [alone[place] for place in batch]
        for batch in length_batches([len(prompts[number]) for number in alone], batch_size)
    ]


@torch.inference_mode()
def _ask(
    model: Any, tokenizer: Any, items: Sequence[PromptWithChoices], closing: int, limit: int, at_once: int
) -> list[tuple[list[float], list[int]]]:
    """Return the choices' log-likelihoods and the continuation's ids of each item of one batch."""
    prompts, pad_id = [prompt for prompt, _ in items], tokenizer.pad_token_id
    cache = DynamicCache(config=model.config)
    window = getattr(model.config.get_text_config(), "sliding_window", None)
    # A sliding window counts places: padding between what is shared and the rest would push the shared part out.
    shared = 0 if window and max(map(len, prompts)) + limit > window else shared_prefix_length(prompts)
    before = torch.ones(len(items), shared, dtype=torch.long, device=model.device)
    if shared:
        hidden_after(model, torch.tensor([prompts[0][:shared]], device=model.device), before[:1], cache)
        cache.batch_select_indices(torch.zeros(len(items), dtype=torch.long, device=model.device))
    ids, mask = padded([prompt[shared:] for prompt in prompts], pad_id, model.device, left=True)
    mask = torch.cat([before, mask], 1)
    last = hidden_after(model, ids, mask, cache)[:, -1]  # (P, D)
    likely: list[list[float]] = [[] for _ in items]
    if any(choices for _, choices in items):
        likely = score_choices(model, items, last, mask, copy.deepcopy(cache), pad_id, at_once)
    said = greedy(model, last, mask, cache, {closing, tokenizer.eos_token_id}, limit)
    return list(zip(likely, said, strict=True))
