"""Rows with a shared prefix in one sequence, so that the prefix, such as a passage, passes through the model once.

Each row keeps its own positions and attends to the prefix and to itself only: its loss is what it is alone.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import torch

from pipeline_lib.models.tokenization import Encoded


def share_prefixes(rows: Sequence[Encoded], keys: Sequence[Hashable], max_rows: int) -> list[Encoded]:
    """Return the rows with those of equal keys combined, at most `max_rows` in one, in the order of their first rows.

    A combined row is the longest prefix that its rows' prompts share, then the rest of each row (`suffixes`). A row
    whose key no other row has stays as it is, and so does every row where `max_rows` is 1.
    """
    groups: dict[Hashable, list[Encoded]] = defaultdict(list)
    for row, key in zip(rows, keys, strict=True):
        groups[key].append(row)
    parts = [group[at : at + max_rows] for group in groups.values() for at in range(0, len(group), max_rows)]
    return [part[0] if len(part) == 1 else _combined(part) for part in parts]


def _combined(rows: Sequence[Encoded]) -> Encoded:
    shared = shared_prefix_length([row.ids[: row.start] for row in rows])
    ids, suffixes, context = rows[0].ids[:shared], [], []
    for row in rows:
        first = len(ids)
        suffixes.append(range(first, first + len(row.ids) - shared))
        context.append(range(first, first + row.start - shared))
        ids += row.ids[shared:]
    return Encoded(
        id=f"{rows[0].id} and {len(rows) - 1} more",
        ids=ids,
        start=rows[0].start,
        cut=sum(row.cut for row in rows),
        target_cut=any(row.target_cut for row in rows),
        context=tuple(context[1:]),
        suffixes=tuple(suffixes),
        few_shot_dropped=sum(row.few_shot_dropped for row in rows),
    )


def shared_prefix_length(prompts: Sequence[list[int]]) -> int:
    """Return how many first tokens all prompts share, at least one token less than the shortest prompt has."""
    longest = min(map(len, prompts)) - 1
    return next((at for at in range(longest) if len({prompt[at] for prompt in prompts}) > 1), longest)


def shared_prefix_inputs(rows: Sequence[Encoded], width: int, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Return the further inputs of a forward pass over rows padded on the right to `width`; none without suffixes.

    attention_mask (B, 1, width, width) is added to the attention scores: 0 where a token (row) may attend to another
    (column), else the least number of `dtype`; position_ids (B, width). Other rows need only the causal mask.
    """
    if not any(row.suffixes for row in rows):
        return {}
    allowed = torch.ones(width, width, dtype=torch.bool).tril().repeat(len(rows), 1, 1)
    positions = torch.arange(width).repeat(len(rows), 1)
    for number, row in enumerate(rows):
        if row.suffixes:
            first = row.suffixes[0].start
            for part in row.suffixes:
                allowed[number, part.start : part.stop, first : part.start] = False
                positions[number, part.start : part.stop] = torch.arange(first, first + len(part))
    mask = torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)
    return {"attention_mask": mask[:, None], "position_ids": positions}
