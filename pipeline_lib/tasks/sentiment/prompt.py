"""The prompt of a text that is to be given a label."""

from collections.abc import Sequence

from pipeline_lib.core.rows import Example

NAMED = 20  # labels; of more the prompt names none, since each would cost tokens in every prompt

BLANK = {"source": "{text}"}

_SENTIMENTS = ("positive", "neutral", "mixed", "negative")  # in the order of the question


def CUE(example: Example) -> str:
    """Return the last words of a prompt for a model without a chat template."""
    return "Sentiment:" if _is_sentiment(example["labels"]) else "Label:"


def prompt(example: Example) -> str:
    """Return the question with the labels to choose from, similar texts' labels if there are any, and the text."""
    labels, noun = example["labels"], "text"
    if _is_sentiment(labels):
        noun = "review"
        question = f"Is this review {_listed([label for label in _SENTIMENTS if label in labels])}?"
    elif len(labels) == 2:
        question = f"Is this text {_listed(labels)}?"
    else:
        question = "Which label fits this text" + (f": {_listed(labels)}?" if len(labels) <= NAMED else "?")
    lines = [f"{question} Answer with the label alone.", ""]
    if example.get("few_shot"):
        lines.append(f"Labels of similar {noun}s: {', '.join(example['few_shot'])}")
    return "\n".join([*lines, f"{noun.capitalize()}: {example['source']}"])


def _is_sentiment(labels: Sequence[str]) -> bool:
    return set(labels) <= set(_SENTIMENTS)


def _listed(labels: Sequence[str]) -> str:
    """Return "a, b or c"; of one label, that."""
    return " or ".join(filter(None, [", ".join(labels[:-1]), labels[-1]]))
