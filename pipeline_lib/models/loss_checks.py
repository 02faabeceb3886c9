"""Checks that this project's loss is the model's own, before a model is trained with it."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.models.forward import target_count, target_nll
from pipeline_lib.models.prefix_sharing import share_prefixes
from pipeline_lib.models.tokenization import Encoded


def check_loss(model: Any, row: Encoded, device: torch.device) -> None:
    """Raise UserError unless our loss on one row is the model's own, to 2%: a model may scale logits its own way."""
    ids = torch.tensor([row.ids], device=device)
    labels = torch.full_like(ids, -100)
    labels[:, row.targets()] = ids[:, row.targets()]
    with torch.no_grad():
        ours = (target_nll(model, [row], pad_id=0) / target_count(row)).item()
        theirs = model(input_ids=ids, labels=labels).loss.item()
    if not math.isfinite(theirs):
        raise UserError(
            f"the loss must be finite before training, on row {row.id} it is {theirs}: fetch the model again, its "
            "files may be damaged, or set precision: fp32"
        )
    if not math.isclose(ours, theirs, rel_tol=0.02, abs_tol=0.02):
        raise UserError(
            f"the loss on row {row.id} is {ours:.3f} by this loop and {theirs:.3f} by the model itself: its output "
            "layer is not one this project knows; use another model"
        )


def check_shared_prefixes(model: Any, rows: Sequence[Encoded], combined: Encoded) -> None:
    """Raise UserError unless the loss of `combined` is that of its `rows` one by one, to 2%.

    A model may support no such mask or positions. One with sliding-window attention counts tokens as they stand, so a
    combined row has to fit its window.
    """
    window = getattr(model.config.get_text_config(), "sliding_window", None)
    if window and len(combined.ids) > window:
        raise UserError(
            f"this model attends to the last {window} tokens, {len(rows)} rows with a shared prefix have "
            f"{len(combined.ids)}: lower prompt.share_prefix, or set it to 1"
        )
    with torch.no_grad():
        try:
            together = target_nll(model, [combined], pad_id=0).item()
        except (TypeError, ValueError, RuntimeError) as error:
            raise UserError(
                f"this model cannot read rows with a shared prefix ({error}): set prompt.share_prefix to 1"
            ) from error
        alone = sum(target_nll(model, [row], pad_id=0).item() for row in rows)
    if not math.isclose(together, alone, rel_tol=0.02, abs_tol=0.02):
        raise UserError(
            f"{len(rows)} rows with a shared prefix have a loss of {together:.3f}, one by one {alone:.3f}: this model "
            "cannot read them so; set prompt.share_prefix to 1"
        )


def share_checked_prefixes(
    model: Any, examples: Sequence[Example], rows: Sequence[Encoded], max_rows: int
) -> list[Encoded]:
    """Return `rows`, which encode `examples`, with at most `max_rows` of one source combined (share_prefixes).

    A row whose source was cut stays alone. Raises UserError as check_shared_prefixes does for the first combined row,
    and for dialogues, of which a row is one window of several.
    """
    if max_rows <= 1:
        return list(rows)
    if len(examples) != len(rows):
        raise UserError(
            "prompt.share_prefix must be 1 for dialogues, whose rows share no prefix: set it to 1 in the params file"
        )
    keys = [row.id if row.cut else example["source"] for example, row in zip(examples, rows, strict=True)]
    shared = share_prefixes(rows, keys, max_rows)
    first = next((row for row in shared if row.suffixes), None)
    if first:
        key = next(key for key, count in Counter(keys).items() if count > 1)
        own = [row for row, its in zip(rows, keys, strict=True) if its == key]
        check_shared_prefixes(model, own[:max_rows], first)
    return shared
