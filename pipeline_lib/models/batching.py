"""Which rows go together: batches of like length, shuffled by a seed, and their tensors."""

import random
from collections.abc import Sequence

import torch

from pipeline_lib.models.tokenization import Encoded

SPAN = 8  # batches sorted by length at a time: more means less padding, and less shuffling
WIDTH = 32  # long rows are padded to a multiple of so many tokens: what one batch held in memory fits the next
LONG = 256  # tokens; shorter rows would pay more for the padding than it saves


def epoch_batches(lengths: Sequence[int], batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """Return one epoch's batches of row numbers: each row once, like lengths together, order fixed by the seed.

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


def width(longest: int, most: int | None) -> int:
    """Return how wide rows are padded: from LONG tokens on a multiple of WIDTH, at most what a model reads, `most`."""
    wanted = -(-longest // WIDTH) * WIDTH if longest >= LONG else longest
    return wanted if most is None else max(longest, min(wanted, most))


def collate(
    rows: Sequence[Encoded], pad_id: int, most: int | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return `ids` (B, T) padded on the right, and where its targets are: `places` (N,) and `labels` (N,).

    `places` index the flattened (B * T) positions whose output predicts `labels`: the one before each target
    token and before the closing token. Chosen by position, so that a pad id equal to the closing id hides nothing.
    `most` is how many tokens the model reads.
    """
    wide = width(max(len(row.ids) for row in rows), most)
    ids = torch.full((len(rows), wide), pad_id)  # (B, T)
    places: list[int] = []
    labels: list[int] = []
    for number, row in enumerate(rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        for place in row.targets():
            places.append(number * wide + place - 1)
            labels.append(row.ids[place])
    return ids, torch.tensor(places), torch.tensor(labels)
