"""The prompt of a question and its passage, and how a long passage is shortened."""

from collections.abc import Callable

from pipeline_lib.core.passages import shorten_passage
from pipeline_lib.core.rows import NO_ANSWER, Example

CUE = "Answer:"
BLANK = {"source": "{context}", "question": "{question}"}
MAY_DECLINE = True  # NO_ANSWER can be right: its likelihood is written with each answer


def shorten(example: Example, tokens: int, count: Callable[[str], int]) -> str:
    """Return the sentences of the passage most relevant to the question, in at most `tokens` tokens."""
    return shorten_passage(example["source"], example["question"], tokens, count)[0]


def prompt(example: Example) -> str:
    """Return the instruction, the passage and the question.

    `few_shot` is not shown: the answers to questions about other passages say nothing about this one.
    """
    return (
        "Answer the question from the passage with as few words as possible, copied from the passage. If the passage "
        f'does not say it, answer "{NO_ANSWER}".\n\nPassage: {example["source"]}\n\nQuestion: {example["question"]}'
    )
