"""The plan of a run as one object: what --json prints and plan_text shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.core.tasks import TaskPrompt
from pipeline_lib.models.batching import padded_width
from pipeline_lib.models.classifier import label_nll
from pipeline_lib.models.configuration import ENCODER, LANGUAGE_MODEL, check_kind, read_config
from pipeline_lib.models.forward import target_nll
from pipeline_lib.models.loading import weights_dtype
from pipeline_lib.planning.duration import calibrated_seconds, product_speed, training_seconds
from pipeline_lib.planning.machine import config_file, free_disk, memory_bytes
from pipeline_lib.planning.memory_trace import trace
from pipeline_lib.planning.plan_text import GB, change_text, gigabytes
from pipeline_lib.planning.planned_memory import (
    CARD_PROGRAM,
    MemorySettings,
    Planned,
    disk_bytes,
    fitting,
    generation_memory,
    model_builder,
    sizes_of,
    traced,
    training_memory,
)
from pipeline_lib.planning.planned_rows import (
    MicroBatches,
    PlannedRows,
    classifier_rows,
    language_model_rows,
    tokenizer_of,
)
from pipeline_lib.training.measurements import peak_memory

CARDS = (8, 16, 24, 80)  # GB
LAST = 10  # steps whose mean loss is told, in nats a target: settings of memory can be compared by it
_CUDA = torch.device("cuda")


def make_plan(
    params: Mapping[str, Any],
    data: Path,
    task: TaskPrompt | None,
    tokenizers: Sequence[str],
    device: torch.device,
) -> dict[str, Any]:
    """Return the plan of training on the split in `data`, and of generation where a language model writes answers.

    `params` are those of the training stage, and generate and split of the params file where it has them; no
    `task` is for an encoder that labels. `tokenizers` are the models whose tokenizer may count the rows, the first that
    is here. Raises UserError where the configuration cannot be had or is of an unknown or another kind of model.
    """
    name, full = params["model"], params["method"] == "full"
    path = config_file(name, params["revision"])
    config = read_config(path, name)
    if path.name == "config.json":
        check_kind(path.parent, name, LANGUAGE_MODEL if task else ENCODER)
    rows, labels = _rows(params, data, task, tokenizer_of(tokenizers, params["revision"]), config)
    kind = "causal" if task else "classifier"
    lengths = [len(row.ids) for row in rows.train]
    context = getattr(config, "max_position_embeddings", None)
    batches = MicroBatches(
        rows.train, params["batch_size"], params["seed"], params["epochs"], context if task else None
    )
    now = MemorySettings(
        min(params["micro_batch_size"], params["batch_size"]),
        **params["memory"],
    )

    def planned(on: torch.device, number: torch.dtype) -> Planned:
        weights = torch.float32 if full or not task else number
        return Planned(
            build=model_builder(config, kind, labels, weights, None if full else params["lora"]),
            nll=partial(target_nll if task else label_nll, pad_id=0),
            micro_batches=batches,
            dtype=weights,
            autocast=None if number == torch.float32 else number,
            device=on,
            epochs=params["epochs"],
            lengths=lengths,
        )

    number = weights_dtype(params["precision"], device)
    here = planned(device, number)
    model = here.build()
    sizes = sizes_of(model)
    program = int(peak_memory(torch.device("cpu")) * GB) if device.type == "cpu" else int(CARD_PROGRAM)
    parts = partial(training_memory, here, sizes, program)
    batch = batches.widest(now.micro_batch_size)
    found = traced(here, replace(now, quantization="none"))
    padded = len(batch) * padded_width(max(len(row.ids) for row in batch), context)
    share = sizes.trained / (sizes.base + sizes.adapter)
    tokens = sum(lengths)
    speed = product_speed(number, device, *_layer_of(config))
    seconds = training_seconds(found.flops / padded, share, tokens, rows.validation_tokens, params["epochs"], speed)
    stored = getattr(config, "dtype", None)
    disk = disk_bytes(sizes, stored if isinstance(stored, torch.dtype) else torch.float32, params["method"])
    plan = {
        "model": name,
        "architecture": type(model.get_base_model() if hasattr(model, "get_base_model") else model).__name__,
        "method": params["method"],
        "precision": str(number)[6:],
        "device": device.type,
        "origin": rows.origin,
        "widest": {"rows": len(batch), "tokens": padded // len(batch)},
        "parameters": {"total": sizes.base, "adapter": sizes.adapter, "trained": sizes.trained, "share": share},
        "memory": gigabytes(parts(now)),
        "generation": gigabytes(_generation(params, rows, here, sizes, program)) if rows.answer else {},
        "disk": gigabytes(disk),
        "disk_free_gb": round(free_disk() / GB, 1),
        "tokens": {"train": tokens, "validation": rows.validation_tokens},
        "minutes": seconds / 60,
        "minutes_from": "rough, from the speed of a product on this machine; --steps 10 tells it from real steps",
    }
    on_cards = partial(
        training_memory,
        planned(_CUDA, {"fp32": torch.float32, "fp16": torch.float16}.get(params["precision"], torch.bfloat16)),
        sizes,
        int(CARD_PROGRAM),
    )
    machines = [(f"this machine, {device.type}", memory_bytes(device), parts)]
    machines += [(f"card of {size} GB", size * GB, on_cards) for size in CARDS]
    plan["machines"] = [_machine(label, has, needs, now, params["method"]) for label, has, needs in machines]
    return plan


def calibrated(plan: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], epochs: int) -> dict[str, Any]:
    """Return the plan with the minutes of real steps, rows of the history, and what these took."""
    tokens, share, last = plan["tokens"], plan["parameters"]["share"], steps[-LAST:]
    seconds = calibrated_seconds(steps, share, tokens["train"], tokens["validation"], epochs)
    return {
        **plan,
        "minutes": seconds / 60,
        "minutes_from": f"from {len(steps)} real steps",
        "actual": {
            "memory_gb": max(row["memory_gb"] for row in steps),
            "seconds_a_step": sum(row["seconds"] for row in steps) / len(steps),
            "loss": sum(row["loss"] * row["targets"] for row in last) / sum(row["targets"] for row in last),
        },
    }


def _rows(
    params: Mapping[str, Any], data: Path, task: TaskPrompt | None, base: Any, config: Any
) -> tuple[PlannedRows, int | None]:
    """Return the rows, and the number of labels of a classifier's; None where no row says it."""
    count, context = params["split"]["train"], getattr(config, "max_position_embeddings", None)
    if task is None:
        return classifier_rows(data, base, params["max_tokens"], count, context)
    answer = params["generate"]["max_new_tokens"] if "generate" in params else 0
    return language_model_rows(data, base, task, params["prompt"], answer, count, context), None


def _generation(
    params: Mapping[str, Any], rows: PlannedRows, here: Planned, sizes: Any, program: int
) -> dict[str, int]:
    batch = params["generate"]["batch_size"]
    prompt = rows.stand_ins(batch)
    number = here.autocast or here.dtype
    model = here.build()
    reading = trace(model.to(number), here.nll, prompt, None, training=False)
    tokens = rows.longest_prompt + rows.answer
    return generation_memory(model.config, sizes, number, reading, program, rows=batch, tokens=tokens)


def _machine(label: str, has: float, parts: Any, now: MemorySettings, method: str) -> dict[str, Any]:
    def need(settings: MemorySettings) -> int:
        return sum(parts(settings).values())

    needs = need(now)
    fits = needs <= has
    change = "" if fits else change_text(now, fitting(need, has, now, method))
    return {"name": label, "has_gb": has / GB, "needs_gb": needs / GB, "fits": fits, "change": change}


def _layer_of(config: Any) -> tuple[int, int]:
    """Return the sizes of the largest layer's sides, hidden and intermediate."""
    text = config.get_text_config()
    hidden = text.hidden_size
    return hidden, getattr(text, "intermediate_size", None) or getattr(text, "hidden_dim", None) or 4 * hidden
