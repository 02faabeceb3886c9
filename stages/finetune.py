"""Train a language model on a task's rows: its loss on the answers, given the questions.

    python -m stages.finetune --data data/split --out models/adapter --history models/history.csv

300 reports take about five minutes on 2 cores. With several devices: accelerate launch -m stages.finetune ...
Writes OUT (adapter or model, tokenizer, base.json with the name and hash of the base and the settings) and HISTORY
(step, epoch, split, loss in nats a token, lr; tokens, seconds, tokens_per_second, floating-point operations,
seconds_left and the most memory held so far in GB). A run that was killed or stopped goes on from its last checkpoint
when it is started again, see pipeline_lib/training/run.py.
"""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.rows import Example
from pipeline_lib.core.tasks import load
from pipeline_lib.models.forward import check_loss, check_shared_prefixes, choose_attention, target_count, target_nll
from pipeline_lib.models.loading import load_causal
from pipeline_lib.models.lora import add_lora, save_trained
from pipeline_lib.models.prefix_sharing import share_prefixes
from pipeline_lib.models.prompt_encoder import load_row_encoder
from pipeline_lib.models.tokenization import Encoded, check_targets, truncation_lines
from pipeline_lib.params import read_params
from pipeline_lib.training.loop import Objective
from pipeline_lib.training.run import TrainingJob, log_model, run_training, start_accelerator, training_parser

PARAMS = (
    "task", "model", "revision", "trust_remote_code", "seed", "precision", "method", "lora", "prompt",
    "lr", "epochs", "batch_size", "micro_batch_size", "warmup_ratio", "weight_decay", "max_grad_norm",
    "patience",
)  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Read the command line, encode, audit, train, write."""
    args = training_parser(__doc__).parse_args(argv)
    params = read_params(args.params, PARAMS, row=args.row)
    run_training(prepare(params, args.data), params, out=args.out, history=args.history, epochs=args.epochs)


def prepare(params: dict[str, Any], data: Path) -> TrainingJob:
    """Return the model and its rows, from the split in the folder `data`, and say what they are."""
    accelerator, dtype = start_accelerator(params)
    with accelerator.main_process_first():
        reader = load_row_encoder(
            params["model"], params["revision"], params["trust_remote_code"], load(params["task"], "prompt")
        )
    train_rows, validation_rows = (read_jsonl(data / name) for name in ("train.jsonl", "validation.jsonl"))
    prompt = params["prompt"]
    rows, validation = (
        reader.encode(with_few_shot(part, train_rows, prompt["few_shot"]), prompt["max_tokens"])
        for part in (train_rows, validation_rows)
    )
    full = params["method"] == "full"
    model = load_causal(reader.base, torch.float32 if full else dtype, params["trust_remote_code"])
    context = getattr(model.config, "max_position_embeddings", None)
    check_targets(rows, reader.closing, context)
    if validation:
        check_targets(validation, reader.closing, context)
    check_loss(model, min(rows, key=lambda row: len(row.ids)), model.device)
    if prompt["share_prefix"] > 1:
        rows = _together(train_rows, rows, prompt["share_prefix"], model)
        validation = _together(validation_rows, validation, prompt["share_prefix"], model)
    choose_attention(model, [len(row.ids) for row in rows], accelerator.device)
    if full:
        model.requires_grad_(True)
    else:
        model = add_lora(model, **params["lora"], seed=params["seed"])
    prepared = TrainingJob(
        accelerator,
        reader.base,
        model,
        rows,
        validation,
        Objective(partial(target_nll, pad_id=reader.tokenizer.pad_token_id), target_count),
        unit="token",
        save=lambda folder, settings: save_trained(
            model, reader.tokenizer, reader.base, folder, method=params["method"], settings=settings
        ),
    )
    if accelerator.is_main_process:
        log_model(prepared, dtype, params["method"])
        _say_rows(rows, validation)
    return prepared


def _together(examples: list[Example], rows: list[Encoded], most: int, model: Any) -> list[Encoded]:
    """Return the rows of one source as bundles, after a look at whether the model can read them."""
    if len(examples) != len(rows):
        raise UserError(
            "prompt.share_prefix must be 1 for dialogues, which are read whole: set it to 1 in the params file"
        )
    keys = [row.id if row.cut else example["source"] for example, row in zip(examples, rows, strict=True)]
    made = share_prefixes(rows, keys, most)
    first = next((bundle for bundle in made if bundle.apart), None)
    if first:
        key = next(key for key, count in Counter(keys).items() if count > 1)
        whose = [row for row, own in zip(rows, keys, strict=True) if own == key]
        check_shared_prefixes(model, whose[:most], first)
    return made


def _say_rows(rows: list[Encoded], validation: list[Encoded]) -> None:
    cut = [row for row in rows + validation if row.cut]
    say(
        f"{len(rows)} training rows of {sum(len(row.ids) for row in rows):,} tokens, "
        f"{sum(map(target_count, rows)):,} of them targets; {len(validation)} validation rows; "
        f"{len(cut)} inputs cut to prompt.max_tokens, losing {sum(row.cut for row in cut):,} tokens"
    )
    for line in truncation_lines(rows + validation):
        say(line)


if __name__ == "__main__":
    run(main)
