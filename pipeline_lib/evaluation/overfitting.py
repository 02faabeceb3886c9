"""What training did from epoch to epoch: training and validation loss beside each other, and how far they are apart."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = ("epoch", "train", "validation", "gap", "train_perplexity", "validation_perplexity", "kept")


def epoch_losses(history: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return one row an epoch of a history as finetune writes it: COLUMNS, losses in nats a target.

    train: the mean over the epoch's targets, each as it was before the step that learnt it; so the first epoch's is
    higher than that of the model it leaves. validation: the mean over its targets after the epoch. Both weigh every
    target alike. gap: validation less train, None without validation rows.
    """
    made = []
    for epoch in dict.fromkeys(int(row["epoch"]) for row in history):
        steps = [row for row in history if int(row["epoch"]) == epoch and row["split"] == "train"]
        held = [row for row in history if int(row["epoch"]) == epoch and row["split"] == "validation"]
        targets = sum(int(row["targets"]) for row in steps)
        train = sum(float(row["loss"]) * int(row["targets"]) for row in steps) / targets
        validation = float(held[0]["loss"]) if held else None
        made.append(
            {
                "epoch": epoch,
                "train": train,
                "validation": validation,
                "gap": None if validation is None else validation - train,
                "train_perplexity": math.exp(train),
                "validation_perplexity": None if validation is None else math.exp(validation),
                "kept": any(row["kept"] for row in held),
            }
        )
    return made
