"""Dialogues in tokens: one line a turn, windows that never cut a turn, and the turns before the one to predict.

A transcript is plain text without a chat template: labels say who speaks, and there may be any number of speakers.
Each turn ends with a line break, a dialogue with an empty line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_lib.core.dialogues import Turn, opening, turn_line
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.models.loading import Base
from pipeline_lib.models.tokenization import Encoded, RowLengths, check_special_tokens, special_token_texts


@dataclass(frozen=True)
class TranscriptEncoder:
    """Encodes dialogues for one model, a RowEncoder as PromptEncoder is."""

    base: Base
    tokenizer: Any
    context: int | None = None  # how many tokens the model reads; None: no limit is known

    @cached_property
    def eos_id(self) -> int:
        """The token that ends a turn: a line break."""
        ids = self.tokenizer("\n", add_special_tokens=False)["input_ids"]
        if not ids:
            raise UserError("the model's tokenizer has no line break, which ends each turn: name another model")
        return ids[-1]

    @cached_property
    def bos_id(self) -> int:
        """The token before the first turn: the tokenizer's begin-of-text, or else its end-of-text."""
        bos, eos = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        if bos is None and eos is None:
            raise UserError(
                "the model's tokenizer has no token to begin a text with: set bos_token in its tokenizer_config.json"
            )
        return eos if bos is None else bos

    @cached_property
    def _special_tokens(self) -> list[str]:
        return special_token_texts(self.tokenizer)

    def label_ids(self, speaker: str) -> list[int]:
        """Return the label that a turn of `speaker` begins with, in tokens."""
        return self.tokenizer(f"{speaker}:", add_special_tokens=False)["input_ids"]

    def turn_ids(self, turn: Turn) -> list[int]:
        """Return a turn in tokens: label, text, line break."""
        text = self.tokenizer(f" {turn['text']}", add_special_tokens=False)["input_ids"]
        return [*self.label_ids(turn["speaker"]), *text, self.eos_id]

    def encode(self, rows: Sequence[Example], max_prompt: int, max_answer: int = 0) -> list[Encoded]:
        """Return dialogues as windows (`windows`), and rows with one turn to predict as prompt and turn (`reply`).

        Of the demonstrations of a turn to predict, which are dialogues, as many of the last ones come before its prompt
        as fit the model's context, with the turn and with one of `max_answer` tokens.

        Raises UserError for a turn longer than `max_prompt` tokens, for a special token in the text, and for rows with
        few-shot examples, which a transcript has no place for.
        """
        if any(row.get("few_shot") for row in rows):
            raise UserError("prompt.few_shot must be 0 for dialogues, a transcript has no place for them: set it to 0")
        encoded: list[Encoded] = []
        for row in rows:
            self.check_turns(row["id"], row["turns"])
            if "speaker" in row:
                check_special_tokens(row["id"], row["target"], self._special_tokens)
                encoded.append(self.reply(row, max_prompt, max_answer))
            else:
                encoded += self.windows(row, min(max_prompt, self.context or max_prompt))
        return encoded

    def lengths(self, rows: Sequence[Example]) -> list[RowLengths]:
        """Return how long each dialogue, or each dialogue with a turn to predict, is before anything is cut.

        A window holds a complete turn at least, and a prompt the last turn.
        """
        found = []
        for row in rows:
            turns = [len(self.turn_ids(turn)) for turn in row["turns"]]
            if "speaker" in row:
                answer, least = len(self._target_ids(row)), 1 + turns[-1]
                found.append(RowLengths(1 + sum(turns), (answer,), least, least + answer))
            else:
                turns[-1] += 1  # the empty line that ends a dialogue
                answers = [count for count, turn in zip(turns, row["turns"], strict=True) if turn["learnt"]]
                found.append(RowLengths(1 + sum(turns), tuple(answers), 1 + max(turns), 1 + max(turns)))
        return found

    def check_turns(self, dialogue: str, turns: Sequence[Turn]) -> None:
        """Raise UserError where a turn of `dialogue` holds a special token as text."""
        for turn in turns:
            check_special_tokens(dialogue, turn_line(turn), self._special_tokens)

    def windows(self, dialogue: Example, size: int) -> list[Encoded]:
        """Return a dialogue in windows of at most `size` tokens, each learnt turn a target in exactly one of them.

        A window holds as many complete turns as fit. Each begins with the system texts at the head of the dialogue; all
        but the first then go on with turns of the one before as context, as many as fit half a window. A window without
        a learnt turn is left out: it has no target.
        """
        turns = [self.turn_ids(turn) for turn in dialogue["turns"]]
        turns[-1].append(self.eos_id)  # the empty line that ends a dialogue
        head = len(opening(dialogue["turns"])) - 1
        fixed = 1 + sum(map(len, turns[:head]))
        for number, ids in enumerate(turns[head:], start=head + 1):
            self._check_room(dialogue["id"], number, len(ids) + fixed, size)
        learnt = [turn["learnt"] for turn in dialogue["turns"]]
        made = []
        first = head  # the first turn that is not yet a target
        while first < len(turns):
            back, tokens = first, fixed
            most = min(size // 2, size - len(turns[first]))
            while back > head and (more := tokens + len(turns[back - 1])) <= most:
                back, tokens = back - 1, more
            last = first
            while last < len(turns) and tokens + len(turns[last]) <= size:
                last, tokens = last + 1, tokens + len(turns[last])
            targets = [place for place in range(first, last) if learnt[place]]
            if targets:
                name = f"{dialogue['id']}.{first + 1}"
                made.append(self._window(name, turns, [*range(head), *range(back, targets[-1] + 1)], targets))
            first = last
        return made

    def _window(self, name: str, turns: list[list[int]], shown: list[int], targets: list[int]) -> Encoded:
        """Return the turns `shown` as a row that has the turns `targets` to predict."""
        ids, start, context = [self.bos_id], 0, []
        for place in shown:
            tokens = range(len(ids), len(ids) + len(turns[place]))
            ids += turns[place]
            if place == targets[0]:
                start = tokens.start
            if place > targets[0] and place not in targets:
                context.append(tokens)
        return Encoded(name, ids, start, cut=0, context=tuple(context))

    def reply(self, row: Example, size: int, max_answer: int = 0) -> Encoded:
        """Return the turn to predict after the turns before it (`prompt_ids`), and after demonstrations that fit."""
        prompt, cut = self.prompt_ids(row["turns"], size, row["id"])
        target = self._target_ids(row)
        room = self.context and self.context - len(prompt) - max(len(target), max_answer)
        shown: list[list[int]] = []
        for dialogue in reversed(row.get("demonstrations", ())):  # the most similar one is the last
            self.check_turns(dialogue["id"], dialogue["turns"])
            ids = [*(token for turn in dialogue["turns"] for token in self.turn_ids(turn)), self.eos_id]
            if room is not None and len(ids) + sum(map(len, shown)) > room:
                break
            shown.insert(0, ids)
        before = [token for ids in shown for token in ids]
        ids = [prompt[0], *before, *prompt[1:], *target]
        return Encoded(row["id"], ids, len(prompt) + len(before), cut, demonstrations=len(shown))

    def _target_ids(self, row: Example) -> list[int]:
        text = row["target"].removeprefix(f"{row['speaker']}: ")
        return self.turn_ids({"speaker": row["speaker"], "text": text})

    def prompt_ids(self, turns: Sequence[Turn], size: int, dialogue: str) -> tuple[list[int], int]:
        """Return the last turns in at most `size` tokens, and how many tokens of older turns were left out.

        The system texts at the head of the dialogue are kept. Raises UserError where the last turn of `dialogue` does
        not fit after them.
        """
        ids = [self.turn_ids(turn) for turn in turns]
        head = len(opening(turns)) - 1
        first, tokens = len(ids), 1 + sum(map(len, ids[:head]))
        self._check_room(dialogue, len(ids), len(ids[-1]) + tokens, size)
        while first > head and tokens + len(ids[first - 1]) <= size:
            first -= 1
            tokens += len(ids[first])
        shown = [*ids[:head], *ids[first:]]
        return [self.bos_id, *(token for turn in shown for token in turn)], sum(map(len, ids[head:first]))

    def _check_room(self, dialogue: str, turn: int, tokens: int, size: int) -> None:
        if tokens > size:
            more = not self.context or tokens <= self.context
            raise UserError(
                f"prompt.max_tokens ({size}) must hold the longest turn, number {turn} of dialogue {dialogue} takes "
                f"{tokens} tokens: {f'set it to {tokens} or more, or shorten' if more else 'shorten'} that turn"
            )
