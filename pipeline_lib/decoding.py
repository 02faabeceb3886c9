"""What a model says to a prompt, and how likely it holds a given answer to be."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import GenerationConfig

from pipeline_lib.batching import collate, length_batches
from pipeline_lib.encoding import Encoded
from pipeline_lib.forward import target_logits


@torch.inference_mode()
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
    # The model's own defaults (sampling, penalties) are not part of what is measured.
    stops = sorted({closing, tokenizer.eos_token_id})
    model.generation_config = GenerationConfig(
        do_sample=False,
        max_new_tokens=max_new_tokens,
        eos_token_id=stops,
        pad_token_id=tokenizer.pad_token_id,
    )
    said = [""] * len(prompts)
    for batch in length_batches([len(prompt) for prompt in prompts], batch_size):
        longest = max(len(prompts[row]) for row in batch)
        ids = torch.full((len(batch), longest), tokenizer.pad_token_id)  # (B, T)
        mask = torch.zeros_like(ids)
        for place, row in enumerate(batch):
            ids[place, longest - len(prompts[row]) :] = torch.tensor(prompts[row])
            mask[place, longest - len(prompts[row]) :] = 1
        written = model.generate(input_ids=ids.to(model.device), attention_mask=mask.to(model.device))[:, longest:]
        for row, tokens in zip(batch, written.tolist(), strict=True):
            end = next((at for at, token in enumerate(tokens) if token in stops), len(tokens))
            said[row] = tokenizer.decode(tokens[:end], skip_special_tokens=True).strip()
        on_batch(len(batch))
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
