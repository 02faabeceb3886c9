"""The prompt of a company's question."""

from collections.abc import Callable

from pipeline_lib.core.rows import CONTINUE, Example

CUE = "Answer:"
BLANK = {"source": "{question}"}


def shorten(example: Example, tokens: int, count: Callable[[str], int]) -> str | None:
    """Return a conversation's last turns that fit `tokens` tokens; None where the question is one turn, or too long."""
    turns = example.get("history", [])
    shorter = ("\n".join(turns[first:]) for first in range(1, len(turns)))
    return next((text for text in shorter if count(text) <= tokens), None)


def prompt(example: Example) -> str:
    """Return the question unchanged, after its lead and the answers to similar questions where there are any."""
    lead = example.get("lead", "")
    lines = [lead, ""] if lead else []
    if example.get("few_shot"):
        shown = "How similar texts go on:" if lead == CONTINUE else "Answers to similar questions:"
        lines += [shown, *(f"- {text}" for text in example["few_shot"]), ""]
    return "\n".join([*lines, example["source"]])
