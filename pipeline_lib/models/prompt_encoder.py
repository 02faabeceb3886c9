"""How one model reads a task's rows: its tokenizer, its wording, the token that closes an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline_lib.core.rows import Example
from pipeline_lib.core.tasks import TaskPrompt
from pipeline_lib.models.loading import Base, load_tokenizer, locate
from pipeline_lib.models.tokenization import Encoded, PromptTemplate, encode
from pipeline_lib.models.transcript_encoder import TranscriptEncoder


class RowEncoder(Protocol):
    """What training and answering need of a reader."""

    @property
    def base(self) -> Base:
        """The model that reads."""

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer."""

    @property
    def closing(self) -> int:
        """The token that closes an answer."""

    def encode(self, rows: Sequence[Example], max_prompt: int) -> list[Encoded]:
        """Return the rows in tokens, prompts cut to `max_prompt` tokens."""


@dataclass(frozen=True)
class PromptEncoder:
    """A base model's side of the conversation; training and answering must share it."""

    base: Base
    tokenizer: Any
    wording: PromptTemplate
    closing: int  # token id

    def encode(self, rows: Sequence[Example], max_prompt: int) -> list[Encoded]:
        """Return the rows in tokens, prompts cut to `max_prompt` tokens. Raises UserError as encoding.encode does."""
        return [encode(row, self.wording, self.closing, max_prompt) for row in rows]


def load_row_encoder(model: str, revision: str | None, trust_remote_code: bool, task: TaskPrompt) -> RowEncoder:
    """Return how `model` reads `task`, dialogues as transcripts. Raises UserError as models.locate does."""
    if not getattr(task, "TRANSCRIPT", False):
        return load_prompt_encoder(model, revision, trust_remote_code, task)
    base = locate(model, revision)
    return TranscriptEncoder(base, load_tokenizer(base, trust_remote_code))


def load_prompt_encoder(model: str, revision: str | None, trust_remote_code: bool, task: TaskPrompt) -> PromptEncoder:
    """Return how `model` reads `task` as prompts and answers. Raises UserError as models.locate does."""
    base = locate(model, revision)
    tokenizer = load_tokenizer(base, trust_remote_code)
    wording = PromptTemplate(tokenizer, task.prompt, task.CUE, getattr(task, "shorten", None))
    return PromptEncoder(base, tokenizer, wording, wording.closing())
