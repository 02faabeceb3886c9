"""Multiple-choice questions as prompt and choices in tokens, as lm-evaluation-harness asks arc_easy."""

from typing import Any

from pipeline_lib.core.rows import Item
from pipeline_lib.inference.loglikelihood import PromptWithChoices, continuation_ids


def prompt(item: Item) -> str:
    """Return what comes before a choice: the task's doc_to_text."""
    return f"Question: {item['question']}\nAnswer:"


def continuations(item: Item) -> list[str]:
    """Return each choice as it continues the prompt: after a space, the task's target delimiter."""
    return [f" {choice}" for choice in item["choices"]]


def encode_item(tokenizer: Any, item: Item) -> PromptWithChoices:
    """Return prompt and choices in tokens, for choosing.choice_log_likelihoods; UserError as continuation_ids."""
    pairs = [continuation_ids(tokenizer, prompt(item), choice) for choice in continuations(item)]
    return pairs[0][0], [choice for _, choice in pairs]


def choice_lengths(item: Item) -> list[int]:
    """Return each choice's characters, without the space before it: what acc_norm divides by."""
    return [len(choice) for choice in item["choices"]]
