"""Baselines that show the untrained model training rows with their targets: what prompting reaches without training."""

from collections.abc import Sequence

from pipeline_lib.core.rows import Example
from pipeline_lib.core.run_files import PROMPTED
from pipeline_lib.models.tokenization import Encoded

SHOWN = (3, 6)  # training rows in a prompt; with none the answers are the untrained model's own


def prompted_name(shown: int) -> str:
    """Return the baseline's name."""
    return f"{PROMPTED}{shown}"


def prompted_batch_size(shown: int, batch_size: int) -> int:
    """Return how many prompts that show so many training rows take about the memory of `batch_size` that show none."""
    return max(1, batch_size // (shown + 1))


def prompted_meaning(shown: int, examples: Sequence[Example], rows: Sequence[Encoded]) -> str:
    """Return what the baseline did, in words, and how many of its `rows` had room for fewer training rows."""
    fewer = sum(row.demonstrations < len(one["demonstrations"]) for one, row in zip(examples, rows, strict=True))
    each = " of each label" if examples and "labels" in examples[0] else ""
    room = f"; {fewer} of {len(rows)} prompts have room for fewer" if fewer else ""
    return f"the untrained model, shown the {shown} most similar training rows{each} with their answers{room}"
