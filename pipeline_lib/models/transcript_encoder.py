"""Dialogues in tokens: a line a turn, windows that never cut a turn, and the turns before the one that is asked for.

A transcript is read as it stands, without a chat template: its labels say who speaks, and there may be any number of
speakers. Each turn ends with a line break, a dialogue with an empty line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_lib.core.dialogues import Turn, turn_line
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.models.loading import Base
from pipeline_lib.models.tokenization import Encoded, check_special_tokens, special_token_texts


@dataclass(frozen=True)
class TranscriptEncoder:
    """How one model reads dialogues; training and answering must share it. Beside reading.Reader."""

    base: Base
    tokenizer: Any

    @cached_property
    def closing(self) -> int:
        """The token that ends a turn: a line break."""
        return self.tokenizer("\n", add_special_tokens=False)["input_ids"][-1]

    @cached_property
    def opening(self) -> int:
        """The token before the first turn: what the tokenizer begins texts with, or else end-of-text."""
        begins, ends = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        if begins is None and ends is None:
            raise UserError(
                "the model's tokenizer has no token to begin a text with: set bos_token in its tokenizer_config.json"
            )
        return ends if begins is None else begins

    @cached_property
    def _marks(self) -> list[str]:
        return special_token_texts(self.tokenizer)

    def label_ids(self, speaker: str) -> list[int]:
        """Return what a turn of `speaker` begins with, in tokens."""
        return self.tokenizer(f"{speaker}:", add_special_tokens=False)["input_ids"]

    def turn_ids(self, turn: Turn) -> list[int]:
        """Return a turn in tokens: label, text, line break."""
        text = self.tokenizer(f" {turn['text']}", add_special_tokens=False)["input_ids"]
        return [*self.label_ids(turn["speaker"]), *text, self.closing]

    def encode(self, rows: Sequence[Example], max_prompt: int) -> list[Encoded]:
        """Return dialogues as windows (`windows`), and rows that ask for a turn as that (`question`).

        Raises UserError for a turn that does not fit `max_prompt` tokens, for a special token in the text, and for rows
        with neighbours, which a transcript has no place for.
        """
        if any(row.get("few_shot") for row in rows):
            raise UserError("prompt.few_shot must be 0 for dialogues, a transcript has no place for them: set it to 0")
        found: list[Encoded] = []
        for row in rows:
            self.check(row["id"], row["turns"])
            if "speaker" in row:
                check_special_tokens(row["id"], row["target"], self._marks)
                found.append(self.question(row, max_prompt))
            else:
                found += self.windows(row, max_prompt)
        return found

    def check(self, name: str, turns: Sequence[Turn]) -> None:
        """Raise UserError where a turn of the dialogue `name` holds a special token as text."""
        for turn in turns:
            check_special_tokens(name, turn_line(turn), self._marks)

    def windows(self, dialogue: Example, size: int) -> list[Encoded]:
        """Return a dialogue in windows of at most `size` tokens, each learnt turn a target in exactly one of them.

        A window holds as many whole turns as fit. All but the first begin with turns of the one before that are only
        read, as many as fit half a window. A window without a learnt turn is left out: nothing of it is to be learnt.
        """
        turns = [self.turn_ids(turn) for turn in dialogue["turns"]]
        turns[-1].append(self.closing)  # the empty line that ends a dialogue
        for number, ids in enumerate(turns, start=1):
            self._check_room(dialogue["id"], number, len(ids) + 1, size)
        learnt = [turn["learnt"] for turn in dialogue["turns"]]
        made = []
        first = 0  # the first turn that no window has had to learn
        while first < len(turns):
            back, tokens = first, 1
            while back and (more := tokens + len(turns[back - 1])) <= size // 2 and more + len(turns[first]) <= size:
                back, tokens = back - 1, more
            last = first
            while last < len(turns) and tokens + len(turns[last]) <= size:
                last, tokens = last + 1, tokens + len(turns[last])
            own = [place for place in range(first, last) if learnt[place]]
            if own:
                made.append(self._window(f"{dialogue['id']}.{first + 1}", turns, range(back, own[-1] + 1), own))
            first = last
        return made

    def _window(self, name: str, turns: list[list[int]], read: range, learnt: list[int]) -> Encoded:
        """Return the turns `read` as a row whose targets are those of `learnt`."""
        ids, start, context = [self.opening], 0, []
        for place in read:
            here = range(len(ids), len(ids) + len(turns[place]))
            ids += turns[place]
            if place == learnt[0]:
                start = here.start
            if place > learnt[0] and place not in learnt:
                context.append(here)
        return Encoded(name, ids, start, cut=0, context=tuple(context))

    def question(self, row: Example, size: int) -> Encoded:
        """Return the turns before the one that is asked for (prompt_ids), and that one."""
        prompt, cut = self.prompt_ids(row["turns"], size, row["id"])
        said = row["target"].removeprefix(f"{row['speaker']}: ")
        target = self.turn_ids({"speaker": row["speaker"], "text": said})
        return Encoded(row["id"], [*prompt, *target], len(prompt), cut)

    def prompt_ids(self, turns: Sequence[Turn], size: int, name: str) -> tuple[list[int], int]:
        """Return the last turns in at most `size` tokens, and how many tokens of older ones were left out.

        Raises UserError where the last turn of the dialogue `name` does not fit by itself.
        """
        told = [self.turn_ids(turn) for turn in turns]
        self._check_room(name, len(told), len(told[-1]) + 1, size)
        first, tokens = len(told), 1
        while first and tokens + len(told[first - 1]) <= size:
            first -= 1
            tokens += len(told[first])
        return [self.opening, *(token for turn in told[first:] for token in turn)], sum(map(len, told[:first]))

    def _check_room(self, row: str, turn: int, tokens: int, size: int) -> None:
        if tokens > size:
            raise UserError(
                f"prompt.max_tokens ({size}) must hold the longest turn, number {turn} of dialogue {row} takes "
                f"{tokens} tokens: raise it in the params file, or shorten that turn"
            )
