"""The prompt of a company's question."""

from pipeline_lib.core.rows import Example

CUE = "Answer:"
CONTINUE = "Continue this text."


def prompt(example: Example) -> str:
    """Return the question unchanged, after its lead and the answers to similar questions where there are any."""
    lead = example.get("lead", "")
    lines = [lead, ""] if lead else []
    if example.get("few_shot"):
        shown = "How similar texts go on:" if lead == CONTINUE else "Answers to similar questions:"
        lines += [shown, *(f"- {text}" for text in example["few_shot"]), ""]
    return "\n".join([*lines, example["source"]])
