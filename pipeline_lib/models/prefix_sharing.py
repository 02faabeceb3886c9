"""Rows that begin alike, read together: what they share, a passage say, passes through the model once.

Each row keeps its own positions and sees the shared beginning and itself, so that its loss is what it is by itself.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import torch

from pipeline_lib.models.tokenization import Encoded


def share_prefixes(rows: Sequence[Encoded], keys: Sequence[Hashable], most: int) -> list[Encoded]:
    """Return the rows of one key as bundles of at most `most` rows, each one row; in the order of their first rows.

    A bundle is the longest beginning that all its prompts share, then the rest of each (`apart`). A row that is alone
    stays as it is, and so does every row where `most` is 1.
    """
    groups: dict[Hashable, list[Encoded]] = defaultdict(list)
    for row, key in zip(rows, keys, strict=True):
        groups[key].append(row)
    parts = [group[at : at + most] for group in groups.values() for at in range(0, len(group), most)]
    return [part[0] if len(part) == 1 else _together(part) for part in parts]


def _together(rows: Sequence[Encoded]) -> Encoded:
    shared = shared_prefix_length([row.ids[: row.start] for row in rows])
    ids, apart, context = rows[0].ids[:shared], [], []
    for row in rows:
        here = len(ids)
        apart.append(range(here, here + len(row.ids) - shared))
        context.append(range(here, here + row.start - shared))
        ids += row.ids[shared:]
    name = f"{rows[0].id} and {len(rows) - 1} more"
    cut, unshown = sum(row.cut for row in rows), sum(row.unshown for row in rows)
    lost = any(row.lost for row in rows)
    return Encoded(name, ids, rows[0].start, cut, lost, tuple(context[1:]), tuple(apart), unshown)


def shared_prefix_length(prompts: Sequence[list[int]]) -> int:
    """Return how many first tokens all prompts have in common, leaving each a token of its own."""
    least = min(map(len, prompts)) - 1
    return next((at for at in range(least) if len({prompt[at] for prompt in prompts}) > 1), least)


def shared_prefix_inputs(rows: Sequence[Encoded], longest: int, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Return what a model needs beside the ids (B, longest) of rows padded on the right, for its forward pass.

    attention_mask (B, 1, longest, longest), added to the attention scores: 0 where a token (row) may look at another
    (column); position_ids (B, longest). Nothing where no row is a bundle: then a causal mask and plain positions do.
    """
    if not any(row.apart for row in rows):
        return {}
    allowed = torch.ones(longest, longest, dtype=torch.bool).tril().repeat(len(rows), 1, 1)
    positions = torch.arange(longest).repeat(len(rows), 1)
    for number, row in enumerate(rows):
        if row.apart:
            first = row.apart[0].start
            for part in row.apart:
                allowed[number, part.start : part.stop, first : part.start] = False
                positions[number, part.start : part.stop] = torch.arange(first, first + len(part))
    mask = torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)
    return {"attention_mask": mask[:, None], "position_ids": positions}
