"""Accuracy of multiple-choice answers by log-likelihood, in the definitions of lm-evaluation-harness."""

import math
from collections.abc import Sequence

from pipeline_lib.core.errors import UserError


def pick(logp: Sequence[float], chars: Sequence[int]) -> dict[str, int]:
    """Return the place of the choice that each rule picks: {"acc": ..., "acc_norm": ...}; the first of equals.

    `acc` takes the highest log p, `acc_norm` the highest log p / length. The length is len() of the choice's text: in
    characters, not bytes (their `acc_bytes`), and without the space that joins it to the prompt.
    Raises UserError when there is no choice, one has no length, or a log p is not a number.
    """
    if not logp or len(logp) != len(chars):
        raise UserError(f"{len(logp)} log-likelihoods and {len(chars)} lengths: give one of each for every choice")
    if min(chars) < 1:
        raise UserError(f"choice {chars.index(min(chars)) + 1} has no characters: give it text")
    if any(math.isnan(value) for value in logp):
        raise UserError("a choice's log-likelihood is not a number: set precision: fp32")
    normed = [value / count for value, count in zip(logp, chars, strict=True)]
    return {"acc": logp.index(max(logp)), "acc_norm": normed.index(max(normed))}


def standard_error(correct: Sequence[float]) -> float:
    """Return the standard error of the mean of `correct`: the sample deviation (n - 1) over the root of n.

    Raises UserError for fewer than two items, of which there is no sample deviation.
    """
    count = len(correct)
    if count < 2:
        raise UserError(f"a standard error needs two items at least, there are {count}: raise the limit of items")
    mean = sum(correct) / count
    return math.sqrt(sum((value - mean) ** 2 for value in correct) / (count - 1)) / math.sqrt(count)
