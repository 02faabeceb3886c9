"""Gradient checkpointing: a layer's intermediate values are computed again for its gradients and not kept."""

from typing import Any

from pipeline_lib.core.errors import UserError


def checkpoint_layers(model: Any) -> None:
    """Make the model keep, while it trains, only what each of its layers reads. Losses and gradients stay the same.

    Raises UserError for an architecture that transformers cannot do this for.
    """
    try:
        # The other implementation (reentrant) passes no gradients to an adapter below frozen embeddings.
        model.activation_checkpointing_enable({"use_reentrant": False})
    except ValueError as error:
        raise UserError(
            f"memory.gradient_checkpointing needs layers that can be computed again, {type(model).__name__} has none: "
            "set it to false, and lower micro_batch_size instead"
        ) from error
