"""Training and validation loss of each epoch, and the gap between them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = ("epoch", "train", "validation", "gap", "train_perplexity", "validation_perplexity", "kept")


def epoch_losses(history: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return one row {COLUMNS} for each epoch of a training history; losses are in nats a target.

    train: the mean over the epoch's targets, each taken before the step that trains on it; so it is higher than the
    loss of the model after the epoch, most of all in the first. validation: the mean over the validation targets after
    the epoch. Every target weighs the same. gap: validation - train, None without validation rows.
    """
    epochs = []
    for epoch in dict.fromkeys(int(row["epoch"]) for row in history):
        steps = [row for row in history if int(row["epoch"]) == epoch and row["split"] == "train"]
        validated = [row for row in history if int(row["epoch"]) == epoch and row["split"] == "validation"]
        targets = sum(int(row["targets"]) for row in steps)
        train = sum(float(row["loss"]) * int(row["targets"]) for row in steps) / targets
        validation = float(validated[0]["loss"]) if validated else None
        epochs.append(
            {
                "epoch": epoch,
                "train": train,
                "validation": validation,
                "gap": None if validation is None else validation - train,
                "train_perplexity": math.exp(train),
                "validation_perplexity": None if validation is None else math.exp(validation),
                "kept": any(row["kept"] for row in validated),
            }
        )
    return epochs
