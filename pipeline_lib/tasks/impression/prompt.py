"""The prompt of a radiology report."""

from pipeline_lib.core.rows import Example

CUE = "Impression:"
BLANK = {"title": "{title}", "history": "{history}", "source": "{observation}"}


def prompt(example: Example) -> str:
    """Return the instruction, similar reports' impressions, exam and history if there are any, and the observation."""
    lines = ["Write the impression of this radiology report: the main findings only, in one or two sentences.", ""]
    if example.get("few_shot"):
        lines += ["Impressions of similar reports:", *(f"- {text}" for text in example["few_shot"]), ""]
    if example.get("title"):
        lines.append(f"Exam: {example['title']}")
    if example.get("history"):
        lines.append(f"History: {example['history']}")
    lines.append(f"Findings: {example['source']}")
    return "\n".join(lines)
