"""The words that differ between a language model and a classifier, and between answers and labels."""

from dataclasses import dataclass
from typing import Any

FROZEN_ENCODER = "logistic regression on the frozen encoder's features"


@dataclass(frozen=True)
class Wording:
    """How page, summary and card describe what a run's figures are of."""

    untrained_meaning: str  # what the system "untrained" is, in a table
    untrained_model: str  # the same in a sentence
    unit: str  # what the loss is a mean over: "token" | "label"
    targets: str  # what the loss is computed on
    baseline: str  # what a baseline is, a sentence


def wording(definitions: dict[str, Any], base: dict[str, Any]) -> Wording:
    """Return the wording of a run.

    The answers are labels where `definitions` (definitions.json) has labels; the model is a classifier where `base`
    (base.json) has them. A language model may give labels, too.
    """
    classifier, labels = "labels" in base, "labels" in definitions
    return Wording(
        untrained_meaning=FROZEN_ENCODER if classifier else "the model before training",
        untrained_model=untrained_model(classifier),
        unit="label" if classifier else "token",
        targets="reference labels" if classifier else "reference answers",
        baseline="A baseline labels rows without a neural network."
        if labels
        else "A baseline is an answer that needs no model.",
    )


def untrained_model(classifier: bool) -> str:
    """Return the untrained model's name in a sentence; a classifier's untrained head answers at random, so its stand-in
    is named with it.
    """
    return f"the untrained model ({FROZEN_ENCODER})" if classifier else "the untrained model"
