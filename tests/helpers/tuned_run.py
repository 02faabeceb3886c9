"""A run whose model is a language model that was not trained but changed: its answers differ from its base's."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from pipeline_lib.core.tasks import load
from pipeline_lib.models.loading import Base, load_causal, load_tokenizer
from pipeline_lib.models.lora import add_lora, save_trained
from pipeline_lib.models.prompt_encoder import row_encoder
from pipeline_lib.models.usage import prompt_form, usage_of
from tests.helpers import toys
from tests.helpers.report_run import SETTINGS, write_run

TRAIN = toys.examples(12)


def write_tuned_run(
    folder: Path, base: Base, task: str, few_shot: int, columns: Mapping[str, str] | None = None
) -> Path:
    """Write a run with a model of `task` whose prompts show rows of TRAIN; return the model's folder."""
    out, part = write_run(folder) / "models" / "tuned", load(task, "prompt")
    model = add_lora(load_causal(base, torch.float32), r=4, alpha=8, dropout=0.0, target_modules="all-linear", seed=1)
    toys.change_adapter(model, std=0.3)
    usage = usage_of(TRAIN, columns or {})
    blank = {**getattr(part, "BLANK", {}), **usage.data}
    form = prompt_form(row_encoder(base, False, part, "2026-01-01"), blank, few_shot)
    settings = SETTINGS | {"task": task, "precision": "fp32", "prompt": {"max_tokens": 400, "few_shot": few_shot}}
    save_trained(
        model, load_tokenizer(base), base, out, method="lora", settings=settings, answer_tokens=8,
        usage=replace(usage, prompt=form, few_shot=TRAIN if few_shot else ()),
    )  # fmt: skip
    return out
