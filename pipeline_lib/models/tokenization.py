"""Text to token ids: the prompt as the model's own chat template has it, the target, and the token that closes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example


@dataclass(frozen=True)
class Encoded:
    """One row in tokens: `ids` is prompt, then target, then the closing token; the target starts at `start`.

    Of a row with several targets, as the turns of a dialogue, `start` is where the first begins, and `context` are
    the places after it that are read and not learnt. Of rows read together (bundles.bundled) `apart` are the places
    that are each row's own: none of them sees another's.
    """

    id: str
    ids: list[int]
    start: int
    cut: int  # tokens of the source that did not fit
    lost: bool = False  # whether the target stood in the source before it was cut, and does not now
    context: tuple[range, ...] = ()
    apart: tuple[range, ...] = ()
    unshown: int = 0  # neighbours that did not fit

    def targets(self) -> Sequence[int]:
        """Return the places of the tokens that are to be predicted, the closing one among them."""
        whole = range(self.start, len(self.ids))
        return [at for at in whole if not any(at in part for part in self.context)] if self.context else whole


@dataclass(frozen=True)
class PromptTemplate:
    """How a model is addressed: with its chat template where it has one, else in plain text with a cue."""

    tokenizer: Any
    ask: Callable[[Example], str]
    cue: str
    # (example, tokens, count) -> its source in at most so many tokens; None cuts at the end. A task may know better.
    shorten: Callable[[Example, int, Callable[[str], int]], str] | None = None

    @property
    def chat(self) -> bool:
        """Whether the tokenizer brings a chat template."""
        return bool(self.tokenizer.chat_template)

    @cached_property
    def marks(self) -> list[str]:
        """The texts that the tokenizer reads as special tokens, wherever they stand."""
        return special_token_texts(self.tokenizer)

    def prefix(self, example: Example) -> str:
        """Return the text before the target, in full."""
        if not self.chat:
            return f"{self.ask(example)}\n\n{self.cue}"
        turns = [{"role": "user", "content": self.ask(example)}]
        return self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)

    def prompt_ids(self, example: Example) -> list[int]:
        """Return the prompt in tokens, special tokens once: a chat template writes its own."""
        ids = self.tokenizer(self.prefix(example), add_special_tokens=not self.chat)["input_ids"]
        # Some tokenizers close every text; the target has not begun yet.
        return ids[:-1] if ids and ids[-1] == self.tokenizer.eos_token_id and not self.chat else ids

    def count(self, text: str) -> int:
        """Return how many tokens a text has by itself."""
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def target_ids(self, example: Example) -> list[int]:
        """Return the target in tokens, without the closing token."""
        text = example["target"] if self.chat else f" {example['target']}"
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def closing(self) -> int:
        """Return the token that ends an answer: what the chat template writes after it, or end-of-text.

        Raises UserError when the template's whole conversation does not begin with its own prompt: the model
        would be trained on one text and asked with another.
        """
        if self.tokenizer.eos_token_id is None:
            raise UserError(
                "the model's tokenizer has no end-of-text token: set eos_token in its tokenizer_config.json"
            )
        if not self.chat:
            return self.tokenizer.eos_token_id
        asked, answer = {"role": "user", "content": "question"}, "ANSWER"
        turns = [asked, {"role": "assistant", "content": answer}]
        prompt = self.tokenizer.apply_chat_template([asked], tokenize=False, add_generation_prompt=True)
        whole = self.tokenizer.apply_chat_template(turns, tokenize=False)
        if not whole.startswith(prompt + answer):
            raise UserError(
                "the model's chat template and the prompt disagree: its conversation with an answer does not begin "
                f"with its prompt for one ({_difference(prompt + answer, whole)}): use another model, or mend its "
                "chat_template"
            )
        after = self.tokenizer(whole[len(prompt + answer) :], add_special_tokens=False)["input_ids"]
        special = set(self.tokenizer.all_special_ids) | set(self.tokenizer.added_tokens_decoder)
        if not after or after[0] not in special:
            # The template leaves the answer open: end-of-text is the one thing the model can learn to stop with.
            return self.tokenizer.eos_token_id
        return after[0]


def encode(example: Example, wording: PromptTemplate, closing: int, max_prompt: int) -> Encoded:
    """Return one row in tokens, what does not fit `max_prompt` tokens of prompt left out (see `fit`).

    The target is never cut. Raises UserError as `fit` does.
    """
    for text in (wording.ask(example), example["target"]):
        check_special_tokens(example["id"], text, wording.marks)
    shortened, cut = truncate(example, wording, max_prompt)
    prompt = wording.prompt_ids(shortened)
    lost = cut > 0 and example["target"] in example["source"] and example["target"] not in shortened["source"]
    ids = [*prompt, *wording.target_ids(example), closing]
    unshown = len(example.get("few_shot", ())) - len(shortened.get("few_shot", ()))
    return Encoded(str(example["id"]), ids, len(prompt), cut, lost, unshown=unshown)


def special_token_texts(tokenizer: Any) -> list[str]:
    """Return the texts that a tokenizer reads as special tokens, wherever they stand."""
    return sorted({str(token) for token in tokenizer.added_tokens_decoder.values() if token.special})


def check_special_tokens(row: str, text: str, marks: Sequence[str]) -> None:
    """Raise UserError where the text of a row holds one of `marks`."""
    for mark in marks:
        if mark in text:
            raise UserError(
                f"row {row} holds {mark!r} as text, which to this model is the end of something: take it out of the "
                "data"
            )


def truncate(example: Example, wording: PromptTemplate, max_prompt: int) -> tuple[Example, int]:
    """Return the example as far as it fits a prompt of `max_prompt` tokens, and how many tokens its source lost.

    Its neighbours go first, the farthest before the nearer: the question matters more than what resembles it. Raises
    UserError where the prompt is too long without any source at all.
    """
    over = len(wording.prompt_ids(example)) - max_prompt
    while over > 0 and example.get("few_shot"):
        example = {**example, "few_shot": example["few_shot"][:-1]}
        over = len(wording.prompt_ids(example)) - max_prompt
    if over <= 0:
        return example, 0
    source = example["source"]
    offsets = wording.tokenizer(source, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    keep = len(offsets)
    while over > 0:
        keep -= over
        if keep <= 0:
            raise UserError(
                f"row {example['id']}: the prompt without its input has more than prompt.max_tokens ({max_prompt}) "
                "tokens: raise it in the params file, or shorten the row's other columns"
            )
        if wording.shorten is None:
            rest = source[: offsets[keep - 1][1]].rstrip()
        else:
            rest = wording.shorten(example, keep, wording.count)
        shortened = {**example, "source": rest}
        over = len(wording.prompt_ids(shortened)) - max_prompt
    return shortened, len(offsets) - keep


def truncation_lines(rows: Sequence[Encoded]) -> list[str]:
    """Return what rows lost that did not fit, beside the tokens of their sources, a line each."""
    lost = [row.id for row in rows if row.lost]
    fewer = [row.unshown for row in rows if row.unshown]
    lines = [f"{len(lost)} inputs lost their target when they were cut: {', '.join(lost)}"] if lost else []
    if fewer:
        lines.append(f"{len(fewer)} prompts show fewer neighbours, by {sum(fewer)}, to stay within prompt.max_tokens")
    return lines


def check_targets(rows: list[Encoded], closing: int, context: int | None) -> None:
    """Stop before the first step if what would be trained is not what was meant.

    Raises UserError when there are no rows, when a row has no target token, does not end with the closing
    token, or is longer than the model's `context` in tokens.
    """
    if not rows:
        raise UserError("there are no rows to train on: run the split stage, or raise split.train")
    for row in rows:
        if row.ids[-1:] != [closing]:
            raise UserError(f"row {row.id} does not end with the closing token: the model would never learn to stop")
        if len(row.targets()) < 2:
            raise UserError(f"row {row.id} has no target token left to learn: give it a target that is not empty")
        if row.start < 1:
            raise UserError(f"row {row.id} has an empty prompt: there is nothing to predict its first token from")
        if context and len(row.ids) > context:
            raise UserError(
                f"row {row.id} has {len(row.ids)} tokens, the model reads {context}: lower prompt.max_tokens "
                f"(the target alone has {len(row.ids) - row.start})"
            )


def _difference(left: str, right: str) -> str:
    place = next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return f"{left[place : place + 20]!r} against {right[place : place + 20]!r}"
