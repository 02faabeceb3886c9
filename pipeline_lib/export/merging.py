"""A trained folder as an exporter needs it: its weights merged, its tokenizer, and how its prompts are written."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.core.run_files import read_identity
from pipeline_lib.core.tasks import TaskPrompt
from pipeline_lib.export.gguf_file import Prompting
from pipeline_lib.models.configuration import read_config
from pipeline_lib.models.loading import Base, load_tokenizer
from pipeline_lib.models.lora import load_base, load_trained, merge, save_trained
from pipeline_lib.models.registry import sha256
from pipeline_lib.models.tokenization import PromptTemplate
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.models.usage import PROMPT, Usage, data_of, read_few_shot

_QUESTION = "QUESTION"


@dataclass(frozen=True)
class Trained:
    """A folder that finetune or finetune_classifier wrote, or one of its epochs."""

    folder: Path
    base: Base
    tokenizer: Any  # as it was saved: with the chat template of the training
    settings: dict[str, Any]  # of the training
    labels: list[str] | None  # of a classifier
    answer_tokens: int | None  # of the longest answers; None where a folder does not say
    usage: Usage | None  # how it is asked; None where an older folder does not say

    @property
    def config(self) -> Any:
        """The configuration of the base model."""
        return read_config(self.base.folder / "config.json", self.base.name)

    def merged(self) -> Any:
        """Return the model with its LoRA weights added to those of the base, in float32."""
        return merge(load_trained(self.base, self.folder, torch.float32))

    def fingerprint(self) -> str:
        """Return a hash of the base's and the trained weights, by which another file of them is known."""
        files = [sha256(path) for path in sorted(self.folder.glob("*.safetensors"))]
        return hashlib.sha256(json.dumps([self.base.sha256, *files]).encode()).hexdigest()


@dataclass(frozen=True)
class PromptFrame:
    """What stands before and after a question, and the token that ends an answer."""

    before: str
    after: str | None  # None where its last words depend on the row
    eos_id: int
    bos: bool  # whether the tokenizer's bos comes first and is not part of `before`


def read_trained(folder: Path, model: str | None = None) -> Trained:
    """Return a trained folder without its weights. `model` is its base where base.json's name does not find it.

    Raises UserError for a folder that is none, and as load_base does.
    """
    identity = read_identity(folder)
    base = load_base(folder, model)
    tokenizer = load_tokenizer(Base(base.name, base.revision, folder, base.sha256))
    answer_tokens = identity.get("answer_tokens")
    return Trained(
        folder, base, tokenizer, identity["settings"], identity.get("labels"), answer_tokens, _usage(folder, identity)
    )


def _usage(folder: Path, identity: dict[str, Any]) -> Usage | None:
    prompt = folder / PROMPT
    if "data" not in identity:
        return None
    text = prompt.read_text(encoding="utf-8") if prompt.is_file() else ""
    return Usage(data_of(identity), read_few_shot(folder), text)


def prompt_frame(tokenizer: Any, base: Base, task: TaskPrompt) -> PromptFrame:
    """Return how a question of `task` becomes a prompt."""
    bos = tokenizer.bos_token
    if getattr(task, "TRANSCRIPT", False):
        eos_id = TranscriptEncoder(base, tokenizer).eos_id
        return PromptFrame("" if bos else tokenizer.eos_token, "", eos_id, bool(bos))
    cue = "" if callable(task.CUE) else task.CUE
    template = PromptTemplate(tokenizer, lambda row: _QUESTION, cue)
    before, _, after = template.prompt_text({}).rpartition(_QUESTION)
    fixed = template.chat or not callable(task.CUE)
    adds_bos = bool(bos) and tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]
    if template.chat:  # its prompts are read without what the tokenizer adds
        adds_bos = adds_bos and before.startswith(bos)
        before = before.removeprefix(bos) if adds_bos else before
    return PromptFrame(before, after if fixed else None, template.eos_id(), adds_bos)


def prompting(frame: PromptFrame, tokenizer: Any) -> Prompting:
    """Return what a GGUF file says of prompts: an end that is ordinary text, a line break, is none of its tokens."""
    special = frame.eos_id == tokenizer.eos_token_id or frame.eos_id in tokenizer.added_tokens_decoder
    return Prompting(frame.bos, frame.eos_id if special else None)


def write_merged(folder: Path, trained: Trained, dtype: torch.dtype, eos_id: int | None) -> int:
    """Write a plain transformers model into the new `folder`, and return its number of weights.

    generate() of a language model stops at `eos_id` too, or after as many tokens as 99% of the training's answers had.
    """
    model, tokenizer = trained.merged().to(dtype), trained.tokenizer
    if trained.labels is not None:
        tokenizer.model_max_length = trained.settings["max_tokens"]
    elif eos_id is not None:
        _stop_as_trained(model.generation_config, eos_id, trained.answer_tokens)
    folder.mkdir()
    save_trained(
        model, tokenizer, trained.base, folder, method="merged", settings=trained.settings, labels=trained.labels,
        answer_tokens=trained.answer_tokens, usage=trained.usage,
    )  # fmt: skip
    return model.num_parameters()


def _stop_as_trained(generation: Any, eos_id: int, answer_tokens: int | None) -> None:
    """Make generate() stop at the token that ended each answer in training, which may differ from the base's."""
    if answer_tokens is not None:
        generation.max_new_tokens = answer_tokens
    configured = generation.eos_token_id
    stops = configured if isinstance(configured, list) else [configured] if configured is not None else []
    if eos_id not in stops:
        generation.eos_token_id = [*stops, eos_id]
