"""An encoder with a head that gives each label a score: how it reads a text, what it is trained on, what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from pipeline_lib.core.batches import length_batches
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example, check_labels
from pipeline_lib.models.text_encoder import encode_texts


@dataclass(frozen=True)
class Labelled:
    """A text in tokens, special tokens among them, and the place of its label; `cut` tokens did not fit."""

    id: str
    ids: list[int]
    label: int
    cut: int


def encode_labelled(
    rows: Sequence[Example], tokenizer: Any, labels: Sequence[str], max_tokens: int, context: int
) -> list[Labelled]:
    """Return the rows in tokens, each cut at its end to `max_tokens`, the model's special tokens among them.

    Raises UserError for a label that is none of `labels`, and where the model (`context` tokens) cannot read so many.
    """
    place = {label: number for number, label in enumerate(labels)}
    check_labels(rows, labels)
    encoded = encode_texts([row["source"] for row in rows], tokenizer, max_tokens, context)
    return [Labelled(row["id"], ids, place[row["target"]], cut) for row, (ids, cut) in zip(rows, encoded, strict=True)]


def label_logits(model: Any, rows: Sequence[Sequence[int]], pad_id: int) -> torch.Tensor:
    """Return the score of each label (B, K), in float32, for texts in tokens."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad_id] * (longest - len(row))] for row in rows], device=model.device)  # (B, T)
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=model.device)
    return model(input_ids=ids, attention_mask=mask).logits.float()


def label_nll(model: Any, rows: Sequence[Labelled], pad_id: int) -> torch.Tensor:
    """Return the cross-entropy in nats of the rows' labels, summed."""
    labels = torch.tensor([row.label for row in rows], device=model.device)
    return cross_entropy(label_logits(model, [row.ids for row in rows], pad_id), labels, reduction="sum")


def label_errors(model: Any, rows: Sequence[Labelled], pad_id: int) -> int:
    """Return how many of the rows the model would label wrongly."""
    labels = torch.tensor([row.label for row in rows], device=model.device)
    return int((label_logits(model, [row.ids for row in rows], pad_id).argmax(-1) != labels).sum())


@torch.inference_mode()
def probabilities(
    model: Any,
    rows: Sequence[Sequence[int]],
    pad_id: int,
    batch_size: int,
    on_batch: Callable[[int], None] = lambda done: None,
) -> NDArray[np.float64]:
    """Return the probability of each label (n, K) for texts in tokens, in their order; batches are of like length."""
    found = np.empty((len(rows), model.config.num_labels))
    for batch in length_batches([len(row) for row in rows], batch_size):
        scores = label_logits(model, [rows[row] for row in batch], pad_id)
        found[batch] = scores.cpu().double().softmax(-1).numpy()
        on_batch(len(batch))
    if not np.isfinite(found).all():
        raise UserError("a probability is not a number: the model has diverged, lower lr, or set precision: fp32")
    return found
