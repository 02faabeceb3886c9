"""Multiple-choice questions as prompt and choices in tokens, as in lm-evaluation-harness's arc_easy."""

from typing import Any

from pipeline_lib.core.rows import Item
from pipeline_lib.inference.loglikelihood import PromptWithChoices, continuation_ids


def prompt(item: Item) -> str:
    """Return the text before a choice (the harness's doc_to_text)."""
    return f"Question: {item['question']}\nAnswer:"


def continuations(item: Item) -> list[str]:
    """Return each choice after a space (the harness's target_delimiter)."""
    return [f" {choice}" for choice in item["choices"]]


def encode_item(tokenizer: Any, item: Item) -> PromptWithChoices:
    """Return prompt and choices in tokens, for choice_logprobs. Raises UserError as continuation_ids does."""
    pairs = [continuation_ids(tokenizer, prompt(item), choice) for choice in continuations(item)]
    return pairs[0][0], [choice for _, choice in pairs]


def choice_lengths(item: Item) -> list[int]:
    """Return the number of characters of each choice, which acc_norm divides by."""
    return [len(choice) for choice in item["choices"]]
