"""Train an encoder with a classification head to label a task's rows.

    python -m stages.finetune_classifier --params recipes/sentiment/params.yaml --row steady \\
        --data recipes/sentiment/data/split --out recipes/sentiment/models/grid/steady/tuned \\
        --record recipes/sentiment/models/grid/steady/training

LoRA on the encoder and all weights of the head, from the base model each time. 1,200 reviews take a minute on 2 cores.
With --row the settings of that row of grid are used in place of those at the top of the params file, and its name
replaces {row} in a path; within DVC, where a path has {row}, the stage's own row is taken.
Writes OUT (adapter with its head, or model, tokenizer, base.json with the base model, the labels and the settings) and
RECORD as finetune does, the loss in nats a row. A run that was killed or stopped continues when it is started again.
"""

from functools import partial
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import run
from pipeline_lib.cli.launch import launch
from pipeline_lib.core.run_files import labels_of
from pipeline_lib.models.classifier import check_trained_labels, encode_labelled, label_errors, label_nll
from pipeline_lib.models.configuration import ENCODER
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import head_of, load_classifier, load_tokenizer, locate
from pipeline_lib.models.text_encoder import context_length
from pipeline_lib.models.usage import Usage
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
    "task", "model", "revision", "trust_remote_code", "seed", "precision", "method", "lora", "max_tokens",
    "lr", "epochs", "batch_size", "micro_batch_size", "warmup_ratio", "weight_decay", "max_grad_norm",
    "patience", "memory", "launch",
)  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Read the command line, start several processes where they are asked for, encode, train, write."""
    args = training_arguments(__doc__, argv)
    params = read_params(args.params, PARAMS, row=args.row)
    if launch("stages.finetune_classifier", argv, **params["launch"]):
        return
    run_training(prepare(params, args.data), out=args.out, record=args.record, epochs=args.epochs)


def prepare(params: dict[str, Any], data: Path) -> TrainingJob:
    """Return the model and its rows, from the split in the folder `data`, and print what they are."""
    check_memory(params["memory"], params["method"], "classifier")
    accelerator, dtype = start_accelerator(params)
    with accelerator.main_process_first():
        base = locate(params["model"], params["revision"], ENCODER)
    parts = read_rows(data)
    labels = labels_of(parts[0][0], data / "train.jsonl")
    check_trained_labels(parts[0], labels)
    # In float32, unlike a language model: so small a model gains little memory in bf16 and loses accuracy.
    model = load_classifier(base, labels, torch.float32, params["trust_remote_code"], new_head=True)
    tokenizer = load_tokenizer(base, params["trust_remote_code"])
    context = context_length(model, tokenizer)
    rows, validation = (encode_labelled(part, tokenizer, labels, params["max_tokens"], context) for part in parts)
    choose_attention(model, [len(row.ids) for row in rows], accelerator.device)
    model = trainable(model, params, head_of(model))
    objective = Objective(
        nll=partial(label_nll, pad_id=tokenizer.pad_token_id),
        targets=lambda row: 1,
        errors=partial(label_errors, pad_id=tokenizer.pad_token_id),
    )
    job = TrainingJob(
        accelerator,
        base,
        tokenizer,
        model,
        rows,
        validation,
        objective,
        "row",
        params,
        labels,
        usage=Usage({"columns": read_columns(data)}),
    )
    cut = sum(row.cut > 0 for row in rows + validation)
    summary = (
        f"{len(rows)} training rows of {sum(len(row.ids) for row in rows):,} tokens, {len(validation)} validation "
        f"rows, labels {', '.join(labels)}; {cut} texts cut to max_tokens ({params['max_tokens']})"
    )
    log_job(job, dtype, [summary])
    return job


if __name__ == "__main__":
    run(main)
