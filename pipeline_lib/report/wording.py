"""What things are called: answers and an untrained model, or labels and what a classifier is held against."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Words:
    """How page, summary and card name what a run's figures are of."""

    untrained: str  # in tables and pictures
    untrained_meaning: str
    over: str  # the base in a sentence
    unit: str  # what the loss is a mean over: "token" | "label"
    targets: str  # what it is the loss of
    baseline: str  # what a baseline is, a sentence
    beside: str  # what baselines are, in a sentence


def words(definitions: dict[str, Any], base: dict[str, Any]) -> Words:
    """Return the words for a run: its answers are labels where `definitions` has labels, its model is a classifier
    where `base` (base.json) has them. A language model may be asked for labels, too.
    """
    classifier, labels = "labels" in base, "labels" in definitions
    frozen = "logistic regression on the frozen encoder's features"  # an untrained head is no baseline
    return Words(
        untrained="untrained",
        untrained_meaning=frozen if classifier else "the model before training",
        over=frozen if classifier else "the untrained model",
        unit="label" if classifier else "token",
        targets="reference labels" if classifier else "reference answers",
        baseline="A baseline gives labels without a neural network."
        if labels
        else "A baseline is an answer that needs no model.",
        beside="labels given without a neural network" if labels else "what needs no model at all",
    )


def unaided(definitions: dict[str, Any]) -> str:
    """Return what the best baseline gives, as the verdict holds a figure against it."""
    labels = "labels" in definitions
    return "that of the best labels given without a neural network" if labels else "the best answer that needs no model"
