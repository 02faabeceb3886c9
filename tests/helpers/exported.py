"""A toy with an adapter that changes its output, as finetune leaves it: what the tests of exporters export."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.lora import add_lora, save_trained
from tests.helpers import toys

SETTINGS = {"task": "impression", "seed": 0, "prompt": {"max_tokens": 400, "few_shot": 0}}


def write_trained(home: Path, kind: str, task: str = "impression", likelier: int | None = None) -> Path:
    """Write the toy `kind` to home/toy-KIND and return the folder of an adapter on it.

    likelier: a token that the model often has for the next.
    """
    folder = getattr(toys, f"write_{kind}")(home / f"toy-{kind}")
    if likelier is not None:
        plain: Any = AutoModelForCausalLM.from_pretrained(folder)
        with torch.no_grad():
            plain.get_input_embeddings().weight[likelier] *= -12
        plain.save_pretrained(folder)
    base = locate(str(folder))
    model = add_lora(load_causal(base, torch.float32), r=4, alpha=8, dropout=0.0, target_modules="all-linear", seed=1)
    toys.change_adapter(model, std=0.05)
    adapter = home / "adapter"
    adapter.mkdir()
    settings = SETTINGS | {"task": task}
    save_trained(model, load_tokenizer(base), base, adapter, method="lora", settings=settings, answer_tokens=8)
    return adapter
