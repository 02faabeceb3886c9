"""What the stages that ask a language model share: the model, untrained or tuned, and answers that outlast a run.

Answers are kept batch by batch in the user's cache folder ($TARE_CACHE) under a hash of all that decides them, and
removed when the stage is done: a run that was killed or stopped goes on after the last batch when it is started again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import say
from pipeline_lib.core.files import remove
from pipeline_lib.inference.journal import PATTERN, Journal
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
    base: Base, adapter: Path | None, dtype: torch.dtype, device: torch.device, trust_remote_code: bool
) -> Any:
    """Return the tuned model of `adapter`, or without one the untrained `base`, on `device` and in eval mode."""
    if adapter:
        return load_trained(base, adapter, dtype, trust_remote_code).to(device)
    return load_causal(base, dtype, trust_remote_code).to(device)


def run_facts(
    base: Base, adapter: Path | None, rows: str, settings: Any, dtype: torch.dtype, device: torch.device
) -> Any:
    """Return all that decides what a model answers; `rows` is a fingerprint of those it is asked, in tokens."""
    return {
        "base": base.sha256,
        "base_files": fingerprint_files(base.folder, ".json", ".py"),
        "adapter": fingerprint_files(adapter, ".json", ".safetensors") if adapter else None,
        "rows": rows,
        "settings": settings,
        "code": code_hashes("models", "inference"),
        "environment": environment(device, str(dtype)),
    }


@contextmanager
def resumable_answers(facts: Any) -> Iterator[Journal]:
    """Yield the journal of the run that `facts` decide, locked, and remove it at the end; say so where it goes on.

    Raises UserError where another process gives the same answers.
    """
    runs = runs_folder()
    folder = runs / fingerprint(facts)[:32]
    with lock(folder, "the same answers are being given", keeping=PATTERN):
        remove_abandoned(runs, say)
        journal = Journal(folder, say)
        if journal.found:
            say(f"going on after {journal.found} batches that were answered before")
        yield journal
        remove(folder)
