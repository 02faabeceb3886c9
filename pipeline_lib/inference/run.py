"""Loading a language model, untrained or tuned, and answers that are kept while a stage runs.

Answers are kept batch by batch in the user's cache folder ($TARE_CACHE) under a hash of everything that decides them,
and removed when the stage is done: a run that was killed or stopped continues after the last batch when it is started
again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState

from pipeline_lib.cli.command import say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.files import remove, written
from pipeline_lib.core.rows import NO_ANSWER, Example
from pipeline_lib.core.tasks import TaskPrompt
from pipeline_lib.inference.decoding import Completion
from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.journal import PATTERN, Journal
from pipeline_lib.inference.loglikelihood import PromptWithChoices, choice_logprobs
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import Base, load_causal
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.prompt_encoder import RowEncoder, load_row_encoder
from pipeline_lib.models.run_cache import (
    code_hashes,
    environment,
    fingerprint,
    fingerprint_files,
    lock,
    remove_abandoned,
    runs_folder,
)
from pipeline_lib.models.tokenization import Encoded


def fetched_encoder(params: Mapping[str, Any], task: TaskPrompt) -> RowEncoder:
    """Return the encoder of the model that the params name; of several processes the first one fetches the model."""
    with PartialState().main_process_first():
        return load_row_encoder(
            params["model"], params["revision"], params["trust_remote_code"], task, params["prompt"]["date"]
        )


def load_model(
    base: Base, tuned: Path | None, dtype: torch.dtype, device: torch.device, trust_remote_code: bool
) -> Any:
    """Return the model in the folder `tuned`, or for None the untrained `base`, on `device` and in eval mode."""
    if tuned:
        return load_trained(base, tuned, dtype, trust_remote_code).to(device)
    return load_causal(base, dtype, trust_remote_code).to(device)


def logprobs_with_progress(
    model: Any, tokenizer: Any, items: Sequence[PromptWithChoices], *, batch_size: int, title: str, unit: str
) -> list[list[float]]:
    """Return loglikelihood.choice_logprobs of the `items`, with a line of progress: `title`, and an item's `unit`."""
    if items:
        choose_attention(model, [len(prompt) for prompt, _ in items], model.device)
    with Progress(len(items), title, unit) as progress:
        return choice_logprobs(
            model, items, pad_id=tokenizer.pad_token_id, batch_size=batch_size, on_batch=progress.advance
        )


def answers_with_progress(
    model: Any, encoder: RowEncoder, rows: Sequence[Encoded], decline: Sequence[list[int]],
    settings: Mapping[str, Any], journal: Journal, title: str,
) -> list[tuple[list[float], Completion]]:  # fmt: skip
    """Return for each row the log-likelihoods of its reference and of declining, and the model's own answer.

    decline: the words for no answer in tokens, [] for a task that has none; settings: max_new_tokens and batch_size.
    Several processes share the batches, and each returns all answers.
    """
    if not rows:
        return []
    choose_attention(model, [len(row.ids) for row in rows], model.device)
    prompts = [(row.ids[: row.start], [row.ids[row.start :], *decline]) for row in rows]
    state = PartialState()
    with Progress(len(rows), title, "row", quiet=not state.is_main_process) as progress:
        return generate(
            model,
            encoder.tokenizer,
            prompts,
            eos_id=encoder.eos_id,
            max_new_tokens=settings["max_new_tokens"],
            batch_size=settings["batch_size"],
            on_batch=progress.advance,
            keep=journal.keep,
            process=state.process_index,
            processes=state.num_processes,
        )


def declining_ids(encoder: RowEncoder, rows: Sequence[Example], task: TaskPrompt, max_prompt: int) -> list[list[int]]:
    """Return the words for no answer in tokens, where the task may decline; they are read off the same prompt."""
    declining = [{**row, "target": NO_ANSWER} for row in rows[:1]] if getattr(task, "MAY_DECLINE", False) else []
    return [row.ids[row.start :] for row in encoder.encode(declining, max_prompt)]


def run_facts(
    base: Base, tuned: Path | None, rows: str, settings: Any, dtype: torch.dtype, device: torch.device
) -> Any:
    """Return everything that decides a model's answers; `rows` is the fingerprint of the rows in tokens."""
    return {
        "base": base.sha256,
        "base_files": fingerprint_files(base.folder, ".json", ".py"),
        "tuned": fingerprint_files(tuned, ".json", ".safetensors") if tuned else None,
        "rows": rows,
        "settings": settings,
        "code": code_hashes("models", "inference"),
        "environment": environment(device, str(dtype)),
    }


@contextmanager
def resumable_answers(facts: Any) -> Iterator[Journal]:
    """Yield the journal of the run with these `facts`, locked, and remove it at the end; log where it continues.

    Of several processes that share the run the first one locks and removes it. Raises UserError where another run
    computes the same answers.
    """
    runs = runs_folder()
    folder = runs / fingerprint(facts)[:32]
    if not PartialState().is_main_process:
        yield Journal(folder)
        return
    with lock(folder, "the same answers are being computed", keeping=PATTERN):
        remove_abandoned(runs, say)
        journal = Journal(folder, say)
        if journal.found:
            say(f"continuing after {journal.found} batches of an earlier run")
        yield journal
        remove(folder)


@contextmanager
def written_by_first(path: Path, mark: str) -> Iterator[Path | None]:
    """Yield what core.files.written does in the first of several processes, and None in the others; then they part."""
    with written(path, mark) if PartialState().is_main_process else nullcontext() as draft:
        yield draft
    PartialState().destroy_process_group()
