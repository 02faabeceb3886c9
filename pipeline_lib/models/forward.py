"""One pass through a model: logits only where they are wanted, attention as is fastest, a loss that is the model's."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.batching import collate
from pipeline_lib.models.prefix_sharing import shared_prefix_inputs
from pipeline_lib.models.tokenization import Encoded

SDPA_FROM = 512  # tokens a row; on a processor eager attention is faster below, sdpa above


def target_logits(
    model: Any, ids: torch.Tensor, places: torch.Tensor, beside: dict[str, torch.Tensor] | None = None
) -> torch.Tensor:
    """Return the logits (N, V) at the flattened positions `places` (N,) of `ids` (B, T), padded on the right.

    No attention mask of its own: under a causal mask no token looks at the padding to its right. `beside` is what rows
    that are read together need (bundles.reading).
    """
    hidden = decoder(model)(input_ids=ids, use_cache=False, **(beside or {})).last_hidden_state  # (B, T, D)
    return logits(model, hidden.flatten(0, 1)[places])


def target_nll(model: Any, rows: Sequence[Encoded], pad_id: int) -> torch.Tensor:
    """Return the cross-entropy in nats, summed over the target tokens and closing tokens of `rows`."""
    most = getattr(_whole(model).config, "max_position_embeddings", None)
    ids, places, labels = (tensor.to(model.device) for tensor in collate(rows, pad_id, most))
    beside = {
        name: value.to(model.device) for name, value in shared_prefix_inputs(rows, ids.shape[1], _dtype(model)).items()
    }
    return cross_entropy(target_logits(model, ids, places, beside), labels, reduction="sum")


def _dtype(model: Any) -> torch.dtype:
    """Return the type that attention scores come in."""
    device = model.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else model.dtype


def target_count(row: Encoded) -> int:
    """Return how many tokens of a row are to be predicted, the closing one among them."""
    return len(row.targets())


def decoder(model: Any) -> Any:
    """Return the model without its output layer, which is most of the work where its vocabulary is large."""
    return _whole(model).get_decoder()


def logits(model: Any, hidden: torch.Tensor) -> torch.Tensor:
    """Return the logits (N, V), in float32, of hidden states (N, D)."""
    whole = _whole(model)
    found = whole.get_output_embeddings()(hidden).float()
    config = whole.config
    # Each only where the model has it: these are the largest tensors there are.
    if getattr(config, "logit_scale", None):
        found = found * config.logit_scale
    if getattr(config, "logits_scaling", None):
        found = found / config.logits_scaling
    cap = getattr(config, "final_logit_softcapping", None)
    return cap * torch.tanh(found / cap) if cap else found


def _whole(model: Any) -> Any:
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def choose_attention(model: Any, lengths: Sequence[int], device: torch.device) -> None:
    """Set the attention implementation that is fastest for rows of these lengths on this device."""
    middle = sorted(lengths)[len(lengths) // 2]
    if device.type == "cpu" and middle < SDPA_FROM:
        model.set_attn_implementation("eager")
        return
    try:
        model.set_attn_implementation("sdpa")
    except ValueError:  # an architecture without it, like Gemma 2
        model.set_attn_implementation("eager")


def check_loss(model: Any, row: Encoded, device: torch.device) -> None:
    """Stop unless our loss on one row is the model's own, to 2%: a model may scale its logits in a way of its own."""
    ids = torch.tensor([row.ids], device=device)
    asked = torch.full_like(ids, -100)
    asked[:, row.targets()] = ids[:, row.targets()]
    with torch.no_grad():
        ours = (target_nll(model, [row], pad_id=0) / target_count(row)).item()
        theirs = model(input_ids=ids, labels=asked).loss.item()
    if not math.isclose(ours, theirs, rel_tol=0.02, abs_tol=0.02):
        raise UserError(
            f"the loss on row {row.id} is {ours:.3f} by this loop and {theirs:.3f} by the model itself: its output "
            "layer is not one this project knows; use another model"
        )


def check_shared_prefixes(model: Any, rows: Sequence[Encoded], bundle: Encoded) -> None:
    """Stop unless `bundle` has the loss of its `rows` one by one, to 2%: a model may know no such mask or positions.

    One that looks no further back than a window counts places as they stand, so a bundle has to fit it.
    """
    window = getattr(model.config.get_text_config(), "sliding_window", None)
    if window and len(bundle.ids) > window:
        raise UserError(
            f"this model looks back {window} tokens, {len(rows)} rows read together have {len(bundle.ids)}: lower "
            "prompt.share_prefix, or set it to 1"
        )
    with torch.no_grad():
        try:
            together = target_nll(model, [bundle], pad_id=0).item()
        except (TypeError, ValueError, RuntimeError) as error:
            raise UserError(f"this model cannot read rows together ({error}): set prompt.share_prefix to 1") from error
        alone = sum(target_nll(model, [row], pad_id=0).item() for row in rows)
    if not math.isclose(together, alone, rel_tol=0.02, abs_tol=0.02):
        raise UserError(
            f"{len(rows)} rows read together have a loss of {together:.3f}, one by one {alone:.3f}: this model cannot "
            "read rows together; set prompt.share_prefix to 1"
        )
