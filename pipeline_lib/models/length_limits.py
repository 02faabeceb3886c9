"""The longest prompt and the longest answer, in tokens, that a model is given: as set, or by the training rows (auto).

Training and every stage that asks the model compute them here, from the same rows and the same tokenizer, so that no
prompt is longer in the one than in the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.rows import Example
from pipeline_lib.core.settings import AUTO
from pipeline_lib.models.prompt_encoder import RowEncoder
from pipeline_lib.models.tokenization import RowLengths

PERCENT = 99  # of the training rows: auto cuts nothing of these
STEP = 8  # auto is a multiple of it
LEAST_PROMPT = 16  # that of the setting
USUAL_PROMPT, USUAL_ANSWER = 512, 96  # what the log compares the cost of auto with


@dataclass(frozen=True)
class LengthLimits:
    """The longest prompt and the longest answer in tokens, and the line of the log for each of them that is auto.

    prompts and answers are the training rows' lengths before anything is cut; [] where neither limit is auto.
    """

    prompt: int
    answer: int  # with the token that ends it
    prompts: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)  # by "prompt" and "answer"

    def figures(self) -> dict[str, dict[str, int]]:
        """Return {prompt, answer: {limit, percentile_99, longest, longer}}; longer: how many are over the limit."""
        return {
            name: {
                "limit": limit,
                f"percentile_{PERCENT}": percentile(lengths),
                "longest": max(lengths),
                "longer": sum(count > limit for count in lengths),
            }
            for name, limit, lengths in (("prompt", self.prompt, self.prompts), ("answer", self.answer, self.answers))
        }


def length_limits(
    encoder: RowEncoder, train: Sequence[Example], prompt: Mapping[str, Any], max_new_tokens: int | str
) -> LengthLimits:
    """Return the limits of prompt["max_tokens"] and `max_new_tokens`, measured on the training rows where one is auto.

    auto is the least multiple of STEP that PERCENT of the rows do not exceed, prompts with their few-shot examples,
    answers with the token that ends them. Prompt and answer together fit what the model reads: the answer takes half of
    it at most, the prompt what the longest answer up to that length leaves. prompt.max_tokens does not depend on
    `max_new_tokens`, which training does not know. Rows that no cut makes fit (too_long.rows_that_fit) are not counted.
    Raises UserError where no training row fits.
    """
    fixed = prompt["max_tokens"]
    if AUTO not in (fixed, max_new_tokens):
        return LengthLimits(fixed, int(max_new_tokens))
    rows = encoder.lengths(with_few_shot(train, train, prompt["few_shot"]))
    rows = [row for row in rows if not encoder.context or row.least <= encoder.context]
    if not rows:
        raise UserError(
            f"no training row fits what the model reads, {encoder.context} tokens: choose a model that reads more"
        )
    prompts, answers = [row.prompt for row in rows], [count for row in rows for count in row.answers] or [1]
    longest_prompt, longest_answer = _automatic(rows, prompts, answers, encoder.context)
    lines = {}
    if fixed == AUTO:
        lines["prompt"] = _prompt_line(longest_prompt, prompts)
    else:
        longest_prompt = int(fixed)
        if encoder.context:
            longest_answer = max(1, min(longest_answer, encoder.context - min(longest_prompt, max(prompts))))
    if max_new_tokens == AUTO:
        lines["answer"] = _answer_line(longest_answer, answers)
    else:
        longest_answer = int(max_new_tokens)
    return LengthLimits(longest_prompt, longest_answer, prompts, answers, lines)


def percentile(lengths: Sequence[int]) -> int:
    """Return the least of `lengths` that PERCENT of them do not exceed."""
    return sorted(lengths)[-(-PERCENT * len(lengths) // 100) - 1]


def _automatic(
    rows: Sequence[RowLengths], prompts: list[int], answers: list[int], context: int | None
) -> tuple[int, int]:
    """Return the longest prompt and the longest answer where both are auto."""
    prompt, answer = (-(-percentile(lengths) // STEP) * STEP for lengths in (prompts, answers))
    if context:
        half = context // 2
        answer = min(answer, max(1, half // STEP * STEP))
        prompt = min(prompt, context - max([answer, *(count for count in answers if count <= half)]))
    # A prompt cannot be cut to less than this, whatever its share of the rows.
    return max(prompt, LEAST_PROMPT, *(row.least_prompt for row in rows)), answer


def _prompt_line(limit: int, prompts: list[int]) -> str:
    share = sum(min(count, limit) for count in prompts) / sum(min(count, USUAL_PROMPT) for count in prompts)
    return (
        f"prompt.max_tokens auto: {limit} ({_longer(limit, prompts, 'prompts')}); {share:.2f} times the prompt tokens "
        f"of {USUAL_PROMPT}"
    )


def _answer_line(limit: int, answers: list[int]) -> str:
    return (
        f"generate.max_new_tokens auto: {limit} ({_longer(limit, answers, 'answers')}); at most "
        f"{limit / USUAL_ANSWER:.2f} times the decoding steps of {USUAL_ANSWER}"
    )


def _longer(limit: int, lengths: list[int], what: str) -> str:
    longer = sum(count > limit for count in lengths)
    return (
        f"{PERCENT}% of {len(lengths)} {what} have at most {percentile(lengths)} tokens, the longest {max(lengths)}; "
        f"{longer} {'is' if longer == 1 else 'are'} longer"
    )
