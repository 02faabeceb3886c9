"""The prompt of a review."""

from collections.abc import Sequence

from pipeline_lib.core.rows import Example

CUE = "Sentiment:"

_SENTIMENTS = ("positive", "neutral", "mixed", "negative")  # in the order of the question


def prompt(example: Example) -> str:
    """Return the question with the labels to choose from, similar reviews' labels if there are any, and the review."""
    labels = example["labels"]
    if set(labels) <= set(_SENTIMENTS):
        question = f"Is this review {_listed([label for label in _SENTIMENTS if label in labels])}?"
    else:
        question = f"Which label fits this review: {_listed(labels)}?"
    lines = [f"{question} Answer with the label alone.", ""]
    if example.get("few_shot"):
        lines.append(f"Labels of similar reviews: {', '.join(example['few_shot'])}")
    return "\n".join([*lines, f"Review: {example['source']}"])


def _listed(labels: Sequence[str]) -> str:
    """Return "a, b or c"; of one label, that."""
    return " or ".join(filter(None, [", ".join(labels[:-1]), labels[-1]]))
