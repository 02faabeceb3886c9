"""How one model reads a task's rows: its tokenizer, its wording, the token that closes an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_lib.encoding import Encoded, Wording, encode
from pipeline_lib.models import Base, load_tokenizer, locate
from pipeline_lib.records import Example
from pipeline_lib.tasks import Task


@dataclass(frozen=True)
class Reader:
    """A base model's side of the conversation; training and answering must share it."""

    base: Base
    tokenizer: Any
    wording: Wording
    closing: int  # token id

    def encode(self, rows: Sequence[Example], max_prompt: int) -> list[Encoded]:
        """Return the rows in tokens, prompts cut to `max_prompt` tokens. Raises UserError as encoding.encode does."""
        return [encode(row, self.wording, self.closing, max_prompt) for row in rows]


def load_reader(model: str, revision: str | None, trust_remote_code: bool, task: Task) -> Reader:
    """Return how `model` reads `task`, fetching the model if need be. Raises UserError as models.locate does."""
    base = locate(model, revision)
    tokenizer = load_tokenizer(base, trust_remote_code)
    wording = Wording(tokenizer, task.prompt, task.CUE, getattr(task, "shorten", None))
    return Reader(base, tokenizer, wording, wording.closing())
