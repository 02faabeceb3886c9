"""Train an encoder with a head to label a task's rows.

    python -m stages.finetune_classifier --params recipes/sentiment/params.yaml --row steady \\
        --data recipes/sentiment/data/split --out recipes/sentiment/models/steady \\
        --history recipes/sentiment/models/steady.csv

LoRA on the encoder, the head whole, from a fresh model each time. 1,200 reviews take a minute on 2 cores. With --row
the settings of that row of grid count.
Writes OUT (adapter with its head, or model, tokenizer, base.json with the base, the labels and the settings) and
HISTORY (as finetune's, the loss in nats a row). Killed or stopped it goes on when started again, as finetune.
"""

from functools import partial
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl
from pipeline_lib.models.classifier import encode_labelled, label_errors, label_nll
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import head_of, load_classifier, load_tokenizer, locate
from pipeline_lib.models.lora import add_lora, save_trained
from pipeline_lib.models.text_encoder import context_length
from pipeline_lib.params import read_params
from pipeline_lib.training.loop import Objective
from pipeline_lib.training.run import TrainingJob, log_model, run_training, start_accelerator, training_parser

PARAMS = (
    "task", "model", "revision", "trust_remote_code", "seed", "precision", "method", "lora", "max_tokens",
    "lr", "epochs", "batch_size", "micro_batch_size", "warmup_ratio", "weight_decay", "max_grad_norm",
    "patience",
)  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Read the command line, encode, train, write."""
    args = training_parser(__doc__).parse_args(argv)
    params = read_params(args.params, PARAMS, row=args.row)
    run_training(prepare(params, args.data), params, out=args.out, history=args.history, epochs=args.epochs)


def prepare(params: dict[str, Any], data: Path) -> TrainingJob:
    """Return the model and its rows, from the split in the folder `data`, and say what they are."""
    accelerator, dtype = start_accelerator(params)
    with accelerator.main_process_first():
        base = locate(params["model"], params["revision"])
    train_rows, validation_rows = (read_jsonl(data / name) for name in ("train.jsonl", "validation.jsonl"))
    if not train_rows:
        raise UserError("there are no rows to train on: run the split stage, or raise split.train")
    labels = train_rows[0]["labels"]
    for label in labels:
        if all(row["target"] != label for row in train_rows):
            raise UserError(
                f"every label must have training rows, {label} has none of {len(train_rows)}: raise split.train, or "
                "bring more rows of it"
            )
    # In float32, unlike a language model: so small a model gains little in memory and loses accuracy.
    model = load_classifier(base, labels, torch.float32, params["trust_remote_code"], new_head=True)
    tokenizer = load_tokenizer(base, params["trust_remote_code"])
    context = context_length(model, tokenizer)
    rows, validation = (
        encode_labelled(part, tokenizer, labels, params["max_tokens"], context)
        for part in (train_rows, validation_rows)
    )
    choose_attention(model, [len(row.ids) for row in rows], accelerator.device)
    if params["method"] == "full":
        model.requires_grad_(True)
    else:
        model = add_lora(model, **params["lora"], seed=params["seed"], head=head_of(model))
    prepared = TrainingJob(
        accelerator,
        base,
        model,
        rows,
        validation,
        Objective(
            nats=partial(label_nll, pad_id=tokenizer.pad_token_id),
            targets=lambda row: 1,
            wrong=partial(label_errors, pad_id=tokenizer.pad_token_id),
        ),
        unit="row",
        save=lambda folder, settings: save_trained(
            model, tokenizer, base, folder, method=params["method"], settings=settings, labels=labels
        ),
    )
    if accelerator.is_main_process:
        log_model(prepared, dtype, params["method"])
        cut = sum(row.cut > 0 for row in rows + validation)
        say(
            f"{len(rows)} training rows of {sum(len(row.ids) for row in rows):,} tokens, {len(validation)} validation "
            f"rows, labels {', '.join(labels)}; {cut} texts cut to max_tokens ({params['max_tokens']})"
        )
    return prepared


if __name__ == "__main__":
    run(main)
