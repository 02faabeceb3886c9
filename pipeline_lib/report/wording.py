"""The words that differ between a language model and a classifier, and between answers and labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_lib.core.run_files import PROMPTED

UNTRAINED = "untrained model"  # in a chart
# What people call a baseline; one that is not here goes by its own name.
_NAMES = {
    "majority": "most frequent training target",
    "nearest_row": "nearest training row's target",
    "minimum_bayes_risk": "typical target of similar rows",
    "lead": "first sentences of the input",
    "regression": "logistic regression on TF-IDF",
    "no_answer": "no answer, always",
    "best_sentence": "sentence nearest the question",
    "reply": "reply to the nearest turn",
    "shuffled": "training reply at random",
    "unigram": "unigram model",
    "trigram": "trigram model",
    "tuned": "tuned model",
}
FROZEN_ENCODER = "logistic regression on the frozen encoder's features"


@dataclass(frozen=True)
class Wording:
    """How page, summary and card describe what a run's figures are of."""

    untrained_meaning: str  # what the system "untrained" is, in a table
    untrained_model: str  # the same in a sentence
    unit: str  # what the loss is a mean over: "token" | "label"
    targets: str  # what the loss is computed on
    baseline: str  # what a baseline is, a sentence
    untrained_name: str  # the untrained model's name in a chart


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
        baseline="A baseline labels rows without training a neural network."
        if labels
        else "A baseline is an answer that needs no training.",
        untrained_name="frozen encoder, regression" if classifier else UNTRAINED,
    )


def system_name(definitions: Mapping[str, Any], name: str) -> str:
    """Return what people call a baseline or the tuned model: "untrained, shown 3 rows" for prompted_3."""
    if name.startswith(PROMPTED):
        rows = f"{name.removeprefix(PROMPTED)} rows"
        return f"untrained, {rows} a label" if "labels" in definitions else f"untrained, shown {rows}"
    return _NAMES.get(name, name.replace("_", " "))


def beside_name(called: str, meaning: str) -> str:
    """Return what a system's meaning adds to the name that it stands beside, so that nothing is said twice.

    "7 of 300, always" for "the most frequent training target (7 of 300), always", "TF-IDF" for "the target of the
    nearest training row (TF-IDF)" beside "nearest training row's target"; else the meaning.
    """
    meaning = meaning.removeprefix("the untrained model, shown ")
    rest = re.sub(rf"^(?:the |an? )?{re.escape(called)}\b", "", meaning)
    if rest != meaning:
        return re.sub(r"[()]", "", rest).strip(" ,")
    outside, _, inside = meaning.removesuffix(")").partition(" (")
    new = set(_words(outside)) - set(_words(called)) - {"the", "of", "a"}
    if all(
        word.isdigit() for word in new
    ):  # "the first 4 sentences of the input" beside "first sentences of the input"
        return ", ".join([*(f"{number} of them" for number in new), *[inside] * bool(inside)])
    return meaning


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower().replace("'s", ""))


def chart_name(definitions: Mapping[str, Any], name: str, untrained: str = UNTRAINED) -> str:
    """Return the name of any system with a capital; `untrained` is the untrained model's."""
    called = untrained if name == "untrained" else system_name(definitions, name)
    return called[:1].upper() + called[1:]


def untrained_model(classifier: bool) -> str:
    """Return the untrained model's name in a sentence; a classifier's untrained head answers at random, so its stand-in
    is named with it.
    """
    return f"the untrained model ({FROZEN_ENCODER})" if classifier else "the untrained model"
