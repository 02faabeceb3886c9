"""Text to token ids: the prompt in the model's own chat template, the target, and the token that ends it."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.models.chat_template import ChatTemplate

LEAST_SOURCE = 8  # tokens of an input that are always left, where it has so many: a text that is cut has other tokens


@dataclass(frozen=True)
class RowLengths:
    """A row in numbers of tokens before anything is cut; answers are counted with the token that ends them."""

    prompt: int  # a dialogue: all of it
    answers: tuple[int, ...]  # several of a dialogue
    least_prompt: int  # the prompt when its few-shot examples and all but a little of its input are cut
    least: int  # what such a prompt and its answer take


@dataclass(frozen=True)
class Encoded:
    """One row in tokens: `ids` is the prompt, then the target from `start` on, then the token that ends it.

    Where a row has several targets, such as the turns of a dialogue, `start` is where the first begins, and `context`
    are the ranges after it that are read but not predicted. Where a row holds several rows with a shared prefix
    (prefix_sharing.share_prefixes), `suffixes` are the ranges of one row each; no suffix attends to another.
    """

    id: str
    ids: list[int]
    start: int
    cut: int  # tokens of the source that did not fit
    target_cut: bool = False  # whether the target stood in the source before it was cut, and does not any more
    context: tuple[range, ...] = ()
    suffixes: tuple[range, ...] = ()
    few_shot_dropped: int = 0  # few-shot examples that did not fit
    demonstrations: int = 0  # training rows with their targets that the prompt shows before the row

    def targets(self) -> Sequence[int]:
        """Return the positions of the tokens that are predicted, the one that ends the target included."""
        after_prompt = range(self.start, len(self.ids))
        if not self.context:
            return after_prompt
        return [at for at in after_prompt if not any(at in part for part in self.context)]


@dataclass(frozen=True)
class PromptTemplate:
    """The form of a prompt: the model's chat template where it has one, else plain text with a cue."""

    tokenizer: Any
    prompt: Callable[[Example], str]
    cue: str | Callable[[Example], str]  # the last words of a plain prompt, or a function of the row
    # (example, tokens, count_tokens) -> the example's source in at most that many tokens; None cuts it at its end.
    shorten: Callable[[Example, int, Callable[[str], int]], str | None] | None = None

    @property
    def chat(self) -> bool:
        """Whether the tokenizer has a chat template."""
        return bool(self.tokenizer.chat_template)

    @cached_property
    def special_tokens(self) -> list[str]:
        """The texts that the tokenizer reads as special tokens anywhere in a text."""
        return special_token_texts(self.tokenizer)

    @cached_property
    def _chat(self) -> ChatTemplate:
        return ChatTemplate(self.tokenizer)

    def prompt_text(self, example: Example) -> str:
        """Return all the text before the target; the row's demonstrations come first, as turns of a conversation."""
        shown = example.get("demonstrations", ())
        if self.chat:
            return self._chat.prompt(self.prompt(example), [(self.prompt(one), one["target"]) for one in shown])
        return "".join(f"{self._plain(one)} {one['target']}\n\n" for one in shown) + self._plain(example)

    def _plain(self, example: Example) -> str:
        return f"{self.prompt(example)}\n\n{self.cue if isinstance(self.cue, str) else self.cue(example)}"

    def prompt_ids(self, example: Example) -> list[int]:
        """Return the prompt in tokens. Special tokens are added only without a chat template, which has its own."""
        ids = self.tokenizer(self.prompt_text(example), add_special_tokens=not self.chat)["input_ids"]
        # Some tokenizers add end-of-text to every text; here the target still follows.
        return ids[:-1] if ids and ids[-1] == self.tokenizer.eos_token_id and not self.chat else ids

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text alone."""
        return len(self._ids(text))

    def target_ids(self, example: Example) -> list[int]:
        """Return the target in tokens, without the token that ends it."""
        if not self.chat or not self._chat.space:
            return self._ids(example["target"] if self.chat else f" {example['target']}")
        # Some tokenizers put a space of their own before a text: the spaces are read after the prompt's last character.
        before = self._chat.before_space
        text, skipped = f"{self._chat.space}{example['target']}", self._ids(before)
        ids = self._ids(before + text)
        return ids[len(skipped) :] if ids[: len(skipped)] == skipped else self._ids(text)

    def eos_id(self) -> int:
        """Return the token that ends an answer: what the chat template writes after it, or end-of-text.

        Raises UserError where the tokenizer has none, and as ChatTemplate does.
        """
        if self.tokenizer.eos_token_id is None:
            raise UserError(
                "the model's tokenizer has no end-of-text token: set eos_token in its tokenizer_config.json"
            )
        after = self._ids(self._chat.ending) if self.chat else []
        special = set(self.tokenizer.all_special_ids) | set(self.tokenizer.added_tokens_decoder)
        # A template that writes nothing special after an answer leaves end-of-text alone to learn to stop with.
        return after[0] if after and after[0] in special else self.tokenizer.eos_token_id

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]


def encode(
    example: Example,
    template: PromptTemplate,
    eos_id: int,
    max_prompt: int,
    context: int | None = None,
    max_answer: int = 0,
) -> Encoded:
    """Return one row in tokens, its prompt shortened to `max_prompt` tokens by `truncate`. The target is never cut.

    Its demonstrations leave room in `context` tokens, None for no limit, for the target and for an answer of
    `max_answer`. Raises UserError as `truncate` does, and where a text of the row holds a special token.
    """
    for one in (*example.get("demonstrations", ()), example):
        for text in (template.prompt(one), one["target"]):
            check_special_tokens(one["id"], text, template.special_tokens)
    target = [*template.target_ids(example), eos_id]
    shortened, cut = truncate(example, template, max_prompt, context and context - max(len(target), max_answer))
    prompt = template.prompt_ids(shortened)
    target_cut = cut > 0 and example["target"] in example["source"] and example["target"] not in shortened["source"]
    dropped = len(example.get("few_shot", ())) - len(shortened.get("few_shot", ()))
    shown = len(shortened.get("demonstrations", ()))
    return Encoded(
        str(example["id"]), [*prompt, *target], len(prompt), cut, target_cut,
        few_shot_dropped=dropped, demonstrations=shown,
    )  # fmt: skip


def row_lengths(example: Example, template: PromptTemplate) -> RowLengths:
    """Return the lengths of a prompt and its answer."""
    prompt, answer = len(template.prompt_ids(example)), len(template.target_ids(example)) + 1
    least = min(prompt, _without_source(example, template) + LEAST_SOURCE)
    return RowLengths(prompt, (answer,), least, least + answer)


def special_token_texts(tokenizer: Any) -> list[str]:
    """Return the texts that a tokenizer reads as special tokens anywhere in a text."""
    return sorted({str(token) for token in tokenizer.added_tokens_decoder.values() if token.special})


def check_special_tokens(row: str, text: str, special_tokens: Sequence[str]) -> None:
    """Raise UserError where a text of `row` holds one of `special_tokens`."""
    for token in special_tokens:
        if token in text:
            raise UserError(
                f"row {row} holds {token!r} as text, which is a special token of this model: remove it from the data"
            )


def truncate(
    example: Example, template: PromptTemplate, max_prompt: int, room: int | None = None
) -> tuple[Example, int]:
    """Return the example with a prompt of at most `max_prompt` tokens, and the number of tokens its source lost.

    Its few-shot examples are dropped first, the least similar one before the others: the source matters more. Its
    demonstrations are shortened as rows of their own, and as many of the last ones are kept as fit `room` tokens with
    the prompt. Raises UserError where the prompt is too long even without any source.
    """
    if not example.get("demonstrations"):
        return _truncate(example, template, max_prompt)
    shortened, cut = _truncate({**example, "demonstrations": []}, template, max_prompt)
    shown = [_truncate(one, template, max_prompt)[0] for one in example["demonstrations"]]

    def tokens(left_out: int) -> int:
        return len(template.prompt_ids({**shortened, "demonstrations": shown[left_out:]}))

    # Fewer demonstrations are fewer tokens, so that the number to leave out can be searched by halves.
    first = bisect_left(range(len(shown)), True, key=lambda left_out: room is None or tokens(left_out) <= room)
    return {**shortened, "demonstrations": shown[first:]}, cut


def _truncate(example: Example, template: PromptTemplate, max_prompt: int) -> tuple[Example, int]:
    """Return the example without demonstrations as `truncate` does."""
    over = len(template.prompt_ids(example)) - max_prompt
    while over > 0 and example.get("few_shot"):
        example = {**example, "few_shot": example["few_shot"][:-1]}
        over = len(template.prompt_ids(example)) - max_prompt
    if over <= 0:
        return example, 0
    source = example["source"]
    offsets = template.tokenizer(source, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    keep = len(offsets)
    while over > 0:
        keep -= over
        if keep <= 0:
            needed = _without_source(example, template) + LEAST_SOURCE
            raise UserError(
                f"row {example['id']}: the prompt without its input has more than prompt.max_tokens ({max_prompt}) "
                f"tokens: set it to {needed} or more, or shorten the row's other columns"
            )
        rest = template.shorten(example, keep, template.count_tokens) if template.shorten else None
        if rest is None:
            rest = source[: offsets[keep - 1][1]].rstrip()
        shortened = {**example, "source": rest}
        over = len(template.prompt_ids(shortened)) - max_prompt
    return shortened, len(offsets) - keep


def _without_source(example: Example, template: PromptTemplate) -> int:
    """Return the tokens of a prompt without its input and its few-shot examples."""
    return len(template.prompt_ids({**example, "source": "", "few_shot": []}))


def truncation_lines(rows: Sequence[Encoded]) -> list[str]:
    """Return lines that say which targets were cut from their inputs and how many few-shot examples were dropped."""
    cut = [row.id for row in rows if row.target_cut]
    fewer = [row.few_shot_dropped for row in rows if row.few_shot_dropped]
    lines = [f"{len(cut)} inputs lost their target when they were cut: {', '.join(cut)}"] if cut else []
    if fewer:
        lines.append(
            f"{len(fewer)} prompts show fewer few-shot examples, by {sum(fewer)}, to stay within prompt.max_tokens"
        )
    return lines


def check_targets(rows: list[Encoded], eos_id: int) -> None:
    """Raise UserError, before the first step, where a row cannot be trained on as intended.

    That is when there are no rows, and when a row has no target token or an empty prompt, or does not end with
    `eos_id`.
    """
    if not rows:
        raise UserError("there are no rows to train on: run the split stage, or name another dialogue.train_on")
    for row in rows:
        if row.ids[-1:] != [eos_id]:
            raise UserError(f"row {row.id} does not end with the token {eos_id}: the model would never learn to stop")
        if len(row.targets()) < 2:
            raise UserError(f"row {row.id} has no target token left to learn: give it a target that is not empty")
        if row.start < 1:
            raise UserError(f"row {row.id} has an empty prompt: there is nothing to predict its first token from")
