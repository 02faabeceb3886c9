"""One forward pass of a language model: logits and loss at the targets only, and the faster attention."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from pipeline_lib.models import grouped_attention
from pipeline_lib.models.batching import collate
from pipeline_lib.models.device import copied, product_dtype
from pipeline_lib.models.loss_in_pieces import summed_nll
from pipeline_lib.models.prefix_sharing import shared_prefix_inputs
from pipeline_lib.models.tokenization import Encoded

SDPA_FROM = 512  # tokens a row; on a CPU grouped attention is faster below, sdpa above


def target_hidden(
    model: Any, ids: torch.Tensor, places: torch.Tensor, more_inputs: dict[str, torch.Tensor] | None = None
) -> torch.Tensor:
    """Return the last hidden states (N, D) at the flattened positions `places` (N,) of `ids` (B, T), padded right.

    Needs no attention mask for the padding: under a causal mask no token attends to what is on its right.
    `more_inputs` are those of rows with a shared prefix (prefix_sharing.shared_prefix_inputs).
    """
    hidden = decoder(model)(input_ids=ids, use_cache=False, **(more_inputs or {})).last_hidden_state  # (B, T, D)
    return hidden.flatten(0, 1)[places]


def target_nll(model: Any, rows: Sequence[Encoded], pad_id: int) -> torch.Tensor:
    """Return the cross-entropy in nats, summed over the target tokens of `rows`."""
    plain = _without_adapter(model)
    context = getattr(plain.config, "max_position_embeddings", None)
    ids, places, labels = (copied(tensor, model.device) for tensor in collate(rows, pad_id, context))
    shared = shared_prefix_inputs(rows, ids.shape[1], product_dtype(model.device.type, model.dtype))
    more_inputs = {name: copied(value, model.device) for name, value in shared.items()}
    hidden = target_hidden(model, ids, places, more_inputs)
    trained = [weight for weight in plain.get_output_embeddings().parameters() if weight.requires_grad]
    vocabulary = plain.config.get_text_config().vocab_size
    return summed_nll(partial(logits, model), hidden, labels, vocabulary, trained)


def target_count(row: Encoded) -> int:
    """Return the number of a row's target tokens, the one that ends the target included."""
    return len(row.targets())


def decoder(model: Any) -> Any:
    """Return the model without its output layer, which is most of the work where its vocabulary is large."""
    return _without_adapter(model).get_decoder()


def logits(model: Any, hidden: torch.Tensor) -> torch.Tensor:
    """Return the logits (N, V), in float32, of hidden states (N, D)."""
    plain = _without_adapter(model)
    scores = plain.get_output_embeddings()(hidden).float()
    config = plain.config
    # Each step only where the model has it: these are the largest tensors of all.
    if getattr(config, "logit_scale", None):
        scores = scores * config.logit_scale
    if getattr(config, "logits_scaling", None):
        scores = scores / config.logits_scaling
    cap = getattr(config, "final_logit_softcapping", None)
    return cap * torch.tanh(scores / cap) if cap else scores


def _without_adapter(model: Any) -> Any:
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def choose_attention(model: Any, lengths: Sequence[int], device: torch.device) -> None:
    """Set the attention implementation that is fastest for rows of these lengths on this device."""
    median = sorted(lengths)[len(lengths) // 2]
    if device.type == "cpu" and median < SDPA_FROM:
        model.set_attn_implementation(grouped_attention.NAME)
        return
    try:
        model.set_attn_implementation("sdpa")
    except ValueError:  # an architecture without it, like Gemma 2
        model.set_attn_implementation("eager")
