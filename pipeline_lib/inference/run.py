"""Loading a language model, untrained or tuned, and answers that are kept while a stage runs.

Answers are kept batch by batch in the user's cache folder ($TARE_CACHE) under a hash of everything that decides them,
and removed when the stage is done: a run that was killed or stopped continues after the last batch when it is started
again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.files import remove
from pipeline_lib.inference.journal import PATTERN, Journal
from pipeline_lib.inference.loglikelihood import PromptWithChoices, choice_logprobs
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import Base, load_causal
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.run_cache import (
    code_hashes,
    environment,
    fingerprint,
    fingerprint_files,
    lock,
    remove_abandoned,
    runs_folder,
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

    Raises UserError where another process computes the same answers.
    """
    runs = runs_folder()
    folder = runs / fingerprint(facts)[:32]
    with lock(folder, "the same answers are being computed", keeping=PATTERN):
        remove_abandoned(runs, say)
        journal = Journal(folder, say)
        if journal.found:
            say(f"continuing after {journal.found} batches of an earlier run")
        yield journal
        remove(folder)
