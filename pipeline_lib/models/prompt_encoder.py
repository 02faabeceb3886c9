"""A task's rows in one model's tokens: its tokenizer, the prompt template, the token that ends an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pipeline_lib.core.rows import Example
from pipeline_lib.core.tasks import TaskPrompt
from pipeline_lib.models.chat_template import fix_chat_template
from pipeline_lib.models.configuration import LANGUAGE_MODEL
from pipeline_lib.models.loading import Base, load_tokenizer, locate, positions
from pipeline_lib.models.tokenization import Encoded, PromptTemplate, RowLengths, encode, row_lengths
from pipeline_lib.models.transcript_encoder import TranscriptEncoder


class RowEncoder(Protocol):
    """What training and inference need of an encoder of rows; both must use the same one."""

    @property
    def base(self) -> Base:
        """The base model."""

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer."""

    @property
    def eos_id(self) -> int:
        """The token that ends an answer."""

    @property
    def context(self) -> int | None:
        """How many tokens the model reads; None where it has no such limit."""

    def encode(self, rows: Sequence[Example], max_prompt: int, max_answer: int = 0) -> list[Encoded]:
        """Return the rows in tokens, prompts cut to `max_prompt` tokens.

        Of a row's demonstrations as many of the last ones are shown before its prompt as fit what the model reads, with
        the row's target and with an answer of `max_answer` tokens.
        """

    def lengths(self, rows: Sequence[Example]) -> list[RowLengths]:
        """Return how long each row is before anything is cut."""


@dataclass(frozen=True)
class PromptEncoder:
    """Encodes each row as a prompt and its answer."""

    base: Base
    tokenizer: Any
    template: PromptTemplate
    eos_id: int
    context: int | None

    def encode(self, rows: Sequence[Example], max_prompt: int, max_answer: int = 0) -> list[Encoded]:
        """Return the rows in tokens, as RowEncoder says. Raises UserError as tokenization.encode."""
        return [encode(row, self.template, self.eos_id, max_prompt, self.context, max_answer) for row in rows]

    def lengths(self, rows: Sequence[Example]) -> list[RowLengths]:
        """Return how long each row is before anything is cut."""
        return [row_lengths(row, self.template) for row in rows]


def load_row_encoder(
    model: str, revision: str | None, trust_remote_code: bool, task: TaskPrompt, date: str
) -> RowEncoder:
    """Return the encoder of a task's rows for `model`, of transcripts for dialogues. Raises UserError as `locate`.

    date: YYYY-MM-DD, for a chat template that asks for the day.
    """
    return row_encoder(locate(model, revision, LANGUAGE_MODEL), trust_remote_code, task, date)


def row_encoder(base: Base, trust_remote_code: bool, task: TaskPrompt, date: str) -> RowEncoder:
    """Return the encoder of a task's rows for a base model whose tokenizer is on this machine."""
    if not getattr(task, "TRANSCRIPT", False):
        return _prompt_encoder(base, trust_remote_code, task, date)
    return TranscriptEncoder(base, load_tokenizer(base, trust_remote_code), positions(base, trust_remote_code))


def trained_encoder(base: Base, folder: Path, trust_remote_code: bool, task: TaskPrompt) -> RowEncoder:
    """Return the encoder of a task's rows for the model in `folder` that was trained on `base`, with its tokenizer."""
    tokenizer = load_tokenizer(replace(base, folder=folder), trust_remote_code)
    context = positions(base, trust_remote_code)
    if getattr(task, "TRANSCRIPT", False):
        return TranscriptEncoder(base, tokenizer, context)
    return _with_template(base, tokenizer, task, context)


def load_prompt_encoder(
    model: str, revision: str | None, trust_remote_code: bool, task: TaskPrompt, date: str
) -> PromptEncoder:
    """Return the encoder of a task's rows as prompts and answers for `model`. Raises UserError as `locate`."""
    return _prompt_encoder(locate(model, revision, LANGUAGE_MODEL), trust_remote_code, task, date)


def _prompt_encoder(base: Base, trust_remote_code: bool, task: TaskPrompt, date: str) -> PromptEncoder:
    tokenizer = load_tokenizer(base, trust_remote_code)
    fix_chat_template(tokenizer, date)
    return _with_template(base, tokenizer, task, positions(base, trust_remote_code))


def _with_template(base: Base, tokenizer: Any, task: TaskPrompt, context: int | None) -> PromptEncoder:
    template = PromptTemplate(tokenizer, task.prompt, task.CUE, getattr(task, "shorten", None))
    return PromptEncoder(base, tokenizer, template, template.eos_id(), context)
