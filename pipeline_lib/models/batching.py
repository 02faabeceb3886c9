"""Batches of training rows: an epoch's order, fixed by the seed, and a batch's tensors."""

import random
from collections.abc import Sequence

import torch

from pipeline_lib.models.tokenization import Encoded

SPAN = 8  # batches that are sorted by length together; more gives less padding and less shuffling
# Rows are padded to a multiple of so many tokens: batches have few sizes, so that memory and a CPU's programs for them
# are reused. For rows of LONG tokens and more WIDTH, for shorter ones NARROW, where more padding would cost time.
NARROW, WIDTH, LONG = 4, 32, 256


def epoch_batches(lengths: Sequence[int], batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """Return one epoch's batches of row numbers: each row once, rows of similar length together, fixed by the seed.

    Rows are shuffled, sorted by length within spans of SPAN batches, cut into batches, and the batches shuffled.
    """
    shuffler = random.Random(f"{seed} {epoch}")
    order = list(range(len(lengths)))
    shuffler.shuffle(order)
    batches = []
    for first in range(0, len(order), SPAN * batch_size):
        span = sorted(order[first : first + SPAN * batch_size], key=lambda row: lengths[row])
        batches += [span[at : at + batch_size] for at in range(0, len(span), batch_size)]
    shuffler.shuffle(batches)
    return batches


def padded_width(longest: int, context: int | None) -> int:
    """Return the width in tokens that rows are padded to: a multiple of NARROW or WIDTH, at most `context`."""
    step = WIDTH if longest >= LONG else NARROW
    width = -(-longest // step) * step
    return width if context is None else max(longest, min(width, context))


def collate(
    rows: Sequence[Encoded], pad_id: int, context: int | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return `ids` (B, T) padded on the right, and `places` (N,) and `labels` (N,) of all targets.

    `places` index the flattened (B * T) positions whose output predicts `labels`: the position before each target
    token. They are chosen by position and never by id, so that a pad id equal to eos_id hides no target. `context` is
    how many tokens the model reads.
    """
    width = padded_width(max(len(row.ids) for row in rows), context)
    ids = torch.full((len(rows), width), pad_id)  # (B, T)
    places: list[int] = []
    labels: list[int] = []
    for number, row in enumerate(rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        for place in row.targets():
            places.append(number * width + place - 1)
            labels.append(row.ids[place])
    return ids, torch.tensor(places), torch.tensor(labels)
