"""Train a language model on a task's rows: its loss on the answers, given the prompts.

    python -m stages.finetune --data data/split --out models/tuned --record models/training

300 reports take about five minutes on 2 cores. launch.processes shares the work among several processes.
Writes OUT (adapter or model, tokenizer, base.json with the base model's name and hash and the settings, prompt.txt, and
few_shot.jsonl with the training rows where prompts show some) and RECORD:
history.csv (step, epoch, split, loss in nats a token, lr; tokens, seconds, tokens_per_second, floating-point
operations, seconds_left and the most memory used so far in GB) and parameters.json (weights before and after training,
and how many are trained; the longest prompt and answer in tokens, and the rows that were too long). With --epochs also
the model of each epoch. A run that was killed or stopped continues from its last checkpoint when it is started again,
see pipeline_lib/training/run.py.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import run
from pipeline_lib.cli.launch import launch
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.rows import Example
from pipeline_lib.core.run_files import read_split_rows
from pipeline_lib.core.settings import AUTO
from pipeline_lib.core.tasks import TaskPrompt, load
from pipeline_lib.models.forward import choose_attention, target_count, target_nll
from pipeline_lib.models.length_limits import LengthLimits, length_limits
from pipeline_lib.models.loading import load_causal
from pipeline_lib.models.loss_checks import check_loss, share_checked_prefixes
from pipeline_lib.models.prompt_encoder import RowEncoder, load_row_encoder
from pipeline_lib.models.quantization import keep_trainable, quantization_options
from pipeline_lib.models.tokenization import Encoded, check_targets, truncation_lines
from pipeline_lib.models.too_long import TEST, encoded_that_fit, left_out_line, rows_that_fit
from pipeline_lib.models.usage import Usage, prompt_form, usage_of
from pipeline_lib.params import read_params
from pipeline_lib.training.job import (
    TrainingJob,
    check_memory,
    read_columns,
    read_rows,
    start_accelerator,
    trainable,
)
from pipeline_lib.training.objective import Objective
from pipeline_lib.training.run import log_job, run_training, training_arguments

PARAMS = (
    "task", "model", "revision", "trust_remote_code", "seed", "precision", "method", "lora", "prompt",
    "lr", "epochs", "batch_size", "micro_batch_size", "warmup_ratio", "weight_decay", "max_grad_norm",
    "patience", "memory", "launch",
)  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Read the command line, start several processes where they are asked for, encode, check, train, write."""
    args = training_arguments(__doc__, argv)
    params = read_params(args.params, PARAMS, row=args.row)
    if launch("stages.finetune", argv, **params["launch"]):
        return
    run_training(prepare(params, args.data), out=args.out, record=args.record, epochs=args.epochs)


def prepare(params: dict[str, Any], data: Path) -> TrainingJob:
    """Return the model and its rows, from the split in the folder `data`, and print what they are."""
    check_memory(params["memory"], params["method"], "language model")
    accelerator, dtype = start_accelerator(params)
    remote = params["trust_remote_code"]
    task = load(params["task"], "prompt")
    with accelerator.main_process_first():
        encoder = load_row_encoder(params["model"], params["revision"], remote, task, params["prompt"]["date"])
    parts, encoded, limits, too_long = _encode(encoder, data, params["prompt"])
    params = {**params, "prompt": {**params["prompt"], "max_tokens": limits.prompt}}
    quantized = quantization_options(params["memory"]["quantization"], dtype, accelerator.device)
    own = torch.float32 if params["method"] == "full" else dtype
    model = keep_trainable(load_causal(encoder.base, own, remote, quantized))
    check_targets(encoded[0], encoder.eos_id)
    if encoded[1]:
        check_targets(encoded[1], encoder.eos_id)
    check_loss(model, min(encoded[0], key=lambda row: len(row.ids)), model.device)
    rows, validation = (
        share_checked_prefixes(model, part, given, params["prompt"]["share_prefix"])
        for part, given in zip(parts, encoded, strict=True)
    )
    choose_attention(model, [len(row.ids) for row in rows], accelerator.device)
    model = trainable(model, params)
    objective = Objective(partial(target_nll, pad_id=encoder.tokenizer.pad_token_id), target_count)
    cut = sum(row.cut > 0 for row in encoded[0])
    lengths = {**limits.figures(), "rows": len(encoded[0]), "inputs_cut": cut, "too_long": too_long}
    job = TrainingJob(
        accelerator, encoder.base, encoder.tokenizer, model, rows, validation, objective, "token", params,
        lengths=lengths, usage=_usage(encoder, parts[0], data, task, params["prompt"]["few_shot"]),
    )  # fmt: skip
    lines = [limits.lines["prompt"]] if "prompt" in limits.lines else []
    lines += [left_out_line(too_long)] if too_long else []
    lines += [_summary(rows, validation), *truncation_lines(rows + validation)]
    log_job(job, dtype, lines)
    return job


def _encode(
    encoder: RowEncoder, data: Path, prompt: dict[str, Any]
) -> tuple[list[list[Example]], list[list[Encoded]], LengthLimits, list[str]]:
    """Return training and validation rows, both in tokens too, the limits, and the ids of rows that are too long.

    Test rows are not trained on; those that the model could not answer are an error now and not after the training.
    """
    train, validation = read_rows(data)
    test = read_split_rows(data / "test.jsonl") if (data / "test.jsonl").is_file() else []
    kept, too_long = rows_that_fit(encoder, {"train": train, "validation": validation, TEST: test}, prompt["too_long"])
    limits = length_limits(encoder, train, prompt, AUTO)
    parts = [kept["train"], kept["validation"]]
    encoded, over = encoded_that_fit(
        [encoder.encode(with_few_shot(rows, train, prompt["few_shot"]), limits.prompt) for rows in parts],
        encoder.context,
        prompt["too_long"],
    )
    parts = [[row for row in rows if str(row["id"]) not in over] for rows in parts]
    return parts, encoded, limits, too_long + over


def _usage(encoder: RowEncoder, train: Sequence[Example], data: Path, task: TaskPrompt, few_shot: int) -> Usage:
    """Return how the model is asked that is trained on the rows `train` of the split in `data`."""
    usage = usage_of(train, read_columns(data))
    blank = {**getattr(task, "BLANK", {}), **usage.data}
    form, without = prompt_form(encoder, blank, few_shot), prompt_form(encoder, blank, 0)
    return replace(usage, prompt=form, few_shot=train if form != without else ())


def _summary(rows: list[Encoded], validation: list[Encoded]) -> str:
    cut = [row for row in rows + validation if row.cut]
    return (
        f"{len(rows)} training rows of {sum(len(row.ids) for row in rows):,} tokens, "
        f"{sum(map(target_count, rows)):,} of them targets; {len(validation)} validation rows; "
        f"{len(cut)} inputs cut to prompt.max_tokens, losing {sum(row.cut for row in cut):,} tokens"
    )


if __name__ == "__main__":
    run(main)
