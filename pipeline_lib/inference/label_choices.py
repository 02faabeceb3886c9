"""The labels of a text as choices after its prompt, and how a language model divides its probability among them."""

from collections.abc import Sequence

import torch

from pipeline_lib.core.rows import Example
from pipeline_lib.inference.loglikelihood import PromptWithChoices
from pipeline_lib.models.prompt_encoder import PromptEncoder
from pipeline_lib.models.tokenization import truncate


def prompt_and_labels(row: Example, encoder: PromptEncoder, max_prompt: int) -> PromptWithChoices:
    """Return the prompt and each label in tokens, as training has them."""
    shortened, _ = truncate(row, encoder.template, max_prompt)
    return encoder.template.prompt_ids(shortened), label_ids(row, encoder)


def label_ids(row: Example, encoder: PromptEncoder) -> list[list[int]]:
    """Return each label of a row in tokens.

    Where the tokens of one label begin another's, each gets its end-of-text token: otherwise the shorter label would be
    the likelier one whatever the text says.
    """
    labels = [encoder.template.target_ids({**row, "target": label}) for label in row["labels"]]
    nested = any(a != b and b[: len(a)] == a for a in labels for b in labels)
    return [[*ids, encoder.eos_id] if nested else ids for ids in labels]


def label_shares(labels: Sequence[str], logp: Sequence[float]) -> dict[str, float]:
    """Return the softmax over the labels of their log-likelihoods."""
    shares = torch.tensor(logp, dtype=torch.float64).softmax(-1).tolist()
    return dict(zip(labels, shares, strict=True))
