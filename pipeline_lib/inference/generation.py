"""Greedy answers and the log-likelihoods of given answers, from one forward pass over each prompt.

Prompts with a shared prefix, such as questions about one passage, form a batch where that saves enough: the prefix
passes through the model once.
"""

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from accelerate.utils import gather_object
from transformers import DynamicCache

from pipeline_lib.core.batches import length_batches
from pipeline_lib.inference.decoding import Completion, Keep, completion, compute, greedy, hidden_after, padded
from pipeline_lib.inference.loglikelihood import PromptWithChoices, check_choices, score_choices
from pipeline_lib.models.prefix_sharing import shared_prefix_length

# Generating one token, for few rows or many, takes as long as reading this many tokens of prompts. Most answers end
# well before max_new_tokens.
READ_PER_GENERATED = 16


def generate(
    model: Any,
    tokenizer: Any,
    items: Sequence[PromptWithChoices],
    *,
    eos_id: int,
    max_new_tokens: int,
    batch_size: int,
    on_batch: Callable[[int], None] = lambda done: None,
    keep: Keep = compute,
    process: int = 0,
    processes: int = 1,
) -> list[tuple[list[float], Completion]]:
    """Return for each item the log-likelihoods of its choices, in nats, and its greedy completion, in their order.

    The former are those of loglikelihood.choice_logprobs, but an item may have no choices. A completion ends at
    `eos_id`, at end-of-text or after `max_new_tokens`. At most `batch_size` prompts are in memory at once, and as many
    choices. `on_batch(items)` is called after each batch with its number of items.

    Of several `processes` each answers its share of the batches, `process` says which, and returns all answers: the
    batches are those of one process, so that the answers are too. `on_batch` then counts those of the others as well.

    Raises UserError for an empty prompt, an empty choice, or more tokens than the model reads.
    """
    check_choices(items, getattr(model.config, "max_position_embeddings", None))
    results: list[tuple[list[float], Completion]] = [([], Completion("", True)) for _ in items]
    plan = shared_batches([prompt for prompt, _ in items], batch_size, READ_PER_GENERATED * max_new_tokens)
    answered: list[tuple[int, Any]] = []
    for number in range(process, len(plan), processes):
        part = [items[item] for item in plan[number]]
        answers = keep(number, partial(_generate, model, tokenizer, part, eos_id, max_new_tokens, batch_size))
        answered.append((number, answers))
        on_batch(sum(map(len, plan[number : number + processes])))
    if processes > 1:
        answered = gather_object(answered)
    for number, answers in answered:
        for item, (logp, ids, own) in zip(plan[number], answers, strict=True):
            results[item] = (logp, completion(tokenizer, ids, max_new_tokens, own))
    return results


def shared_batches(prompts: Sequence[list[int]], batch_size: int, min_saved: int) -> list[list[int]]:
    """Return batches of prompt numbers: first those that share half a prompt or more, then the others by length.

    Prompts with a shared prefix are a batch of their own where that saves reading `min_saved` tokens or more.
    """
    groups: list[list[int]] = []
    for number in sorted(range(len(prompts)), key=lambda number: (prompts[number], number)):
        if groups and len(groups[-1]) < batch_size:
            first = prompts[groups[-1][0]]
            if 2 * shared_prefix_length([first, prompts[number]]) >= min(len(first), len(prompts[number])):
                groups[-1].append(number)
                continue
        groups.append([number])
    shared, alone = [], []
    for group in groups:
        saved = (len(group) - 1) * shared_prefix_length([prompts[number] for number in group])
        if len(group) > 1 and saved >= min_saved:
            shared.append(group)
        else:
            alone += group
    batches = sorted(shared, key=lambda group: -len(prompts[group[0]]))
    return batches + [
        [alone[place] for place in batch]
        for batch in length_batches([len(prompts[number]) for number in alone], batch_size)
    ]


@torch.inference_mode()
def _generate(
    model: Any, tokenizer: Any, items: Sequence[PromptWithChoices], eos_id: int, limit: int, batch_size: int
) -> list[tuple[list[float], list[int], float]]:
    """Return the log-likelihoods of the choices, the ids of the completion and its own, of each item of one batch."""
    prompts, pad_id = [prompt for prompt, _ in items], tokenizer.pad_token_id
    cache = DynamicCache(config=model.config)
    window = getattr(model.config.get_text_config(), "sliding_window", None)
    # A sliding window counts padding too: between the shared prefix and the rest, it would push the prefix out.
    shared = 0 if window and max(map(len, prompts)) + limit > window else shared_prefix_length(prompts)
    before = torch.ones(len(items), shared, dtype=torch.long, device=model.device)
    if shared:
        hidden_after(model, torch.tensor([prompts[0][:shared]], device=model.device), before[:1], cache)
        cache.batch_select_indices(torch.zeros(len(items), dtype=torch.long, device=model.device))
    ids, mask = padded([prompt[shared:] for prompt in prompts], pad_id, model.device, left=True)
    mask = torch.cat([before, mask], 1)
    last = hidden_after(model, ids, mask, cache)[:, -1]  # (P, D)
    logprobs: list[list[float]] = [[] for _ in items]
    if any(choices for _, choices in items):
        logprobs = score_choices(model, items, last, mask, copy.deepcopy(cache), pad_id, batch_size)
    generated = greedy(model, last, mask, cache, {eos_id, tokenizer.eos_token_id}, limit)
    return [(logp, *answer) for logp, answer in zip(logprobs, generated, strict=True)]
