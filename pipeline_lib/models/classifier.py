"""An encoder with a classification head: its rows in tokens, its loss, and its probabilities."""

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
    """A text in tokens, special tokens included, and the index of its label; `cut` tokens did not fit."""

    id: str
    ids: list[int]
    label: int
    cut: int


def encode_labelled(
    rows: Sequence[Example], tokenizer: Any, labels: Sequence[str], max_tokens: int, context: int
) -> list[Labelled]:
    """Return the rows in tokens, each cut at its end to `max_tokens`, special tokens included.

    Raises UserError for a label not in `labels`, and where `max_tokens` is more than the model's `context`.
    """
    index = {label: number for number, label in enumerate(labels)}
    check_labels(rows, labels)
    encoded = encode_texts([row["source"] for row in rows], tokenizer, max_tokens, context)
    return [Labelled(row["id"], ids, index[row["target"]], cut) for row, (ids, cut) in zip(rows, encoded, strict=True)]


def check_trained_labels(rows: Sequence[Example], labels: Sequence[str]) -> None:
    """Raise UserError for a label that none of the training rows has."""
    for label in labels:
        if all(row["target"] != label for row in rows):
            raise UserError(
                f"every label must have training rows, {label} has none of {len(rows)}: raise split.train, or bring "
                "more rows of it"
            )


def label_logits(model: Any, rows: Sequence[Sequence[int]], pad_id: int) -> torch.Tensor:
    """Return the logits of the labels (B, K), in float32, for texts in tokens."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad_id] * (longest - len(row))] for row in rows], device=model.device)  # (B, T)
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=model.device)
    return model(input_ids=ids, attention_mask=mask).logits.float()


def label_nll(model: Any, rows: Sequence[Labelled], pad_id: int) -> torch.Tensor:
    """Return the cross-entropy in nats, summed over the rows' labels."""
    labels = torch.tensor([row.label for row in rows], device=model.device)
    return cross_entropy(label_logits(model, [row.ids for row in rows], pad_id), labels, reduction="sum")


def label_errors(model: Any, rows: Sequence[Labelled], pad_id: int) -> int:
    """Return the number of rows whose most probable label is wrong."""
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
    """Return the probabilities of the labels (n, K) for texts in tokens, in their order.

    Texts of similar length share a batch; `on_batch(texts)` is called after each batch with its number of texts.
    Raises UserError for a probability that is not finite.
    """
    result = np.empty((len(rows), model.config.num_labels))
    for batch in length_batches([len(row) for row in rows], batch_size):
        logits = label_logits(model, [rows[row] for row in batch], pad_id)
        result[batch] = logits.cpu().double().softmax(-1).numpy()
        on_batch(len(batch))
    if not np.isfinite(result).all():
        raise UserError("a probability is not a number: the model has diverged, lower lr, or set precision: fp32")
    return result
