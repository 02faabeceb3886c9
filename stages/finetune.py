"""Train a language model on a task's rows: its loss on the answers, given the prompts.

    python -m stages.finetune --data data/split --out models/tuned --record models/training

300 reports take about five minutes on 2 cores. With several devices: accelerate launch -m stages.finetune ...
Writes OUT (adapter or model, tokenizer, base.json with the base model's name and hash and the settings) and RECORD:
history.csv (step, epoch, split, loss in nats a token, lr; tokens, seconds, tokens_per_second, floating-point
operations, seconds_left and the most memory used so far in GB) and parameters.json (weights before and after training,
and how many are trained). With --epochs also the model of each epoch. A run that was killed or stopped continues from
its last checkpoint when it is started again, see pipeline_lib/training/run.py.
"""

from functools import partial
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import run
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.tasks import load
from pipeline_lib.models.forward import choose_attention, target_count, target_nll
from pipeline_lib.models.loading import load_causal
from pipeline_lib.models.loss_checks import check_loss, share_checked_prefixes
from pipeline_lib.models.prompt_encoder import load_row_encoder
from pipeline_lib.models.tokenization import Encoded, check_targets, truncation_lines
from pipeline_lib.params import read_params
from pipeline_lib.training.job import TrainingJob, read_rows, start_accelerator, trainable
from pipeline_lib.training.objective import Objective
from pipeline_lib.training.run import log_job, run_training, training_arguments

PARAMS = (
    "task", "model", "revision", "trust_remote_code", "seed", "precision", "method", "lora", "prompt",
    "lr", "epochs", "batch_size", "micro_batch_size", "warmup_ratio", "weight_decay", "max_grad_norm",
    "patience",
)  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    """Read the command line, encode, check, train, write."""
    args = training_arguments(__doc__, argv)
    params = read_params(args.params, PARAMS, row=args.row)
    run_training(prepare(params, args.data), out=args.out, record=args.record, epochs=args.epochs)


def prepare(params: dict[str, Any], data: Path) -> TrainingJob:
    """Return the model and its rows, from the split in the folder `data`, and print what they are."""
    accelerator, dtype = start_accelerator(params)
    prompt, remote = params["prompt"], params["trust_remote_code"]
    with accelerator.main_process_first():
        encoder = load_row_encoder(params["model"], params["revision"], remote, load(params["task"], "prompt"))
    parts = read_rows(data)
    rows, validation = (
        encoder.encode(with_few_shot(part, parts[0], prompt["few_shot"]), prompt["max_tokens"]) for part in parts
    )
    model = load_causal(encoder.base, torch.float32 if params["method"] == "full" else dtype, remote)
    for encoded in filter(None, (rows, validation)):
        check_targets(encoded, encoder.eos_id, getattr(model.config, "max_position_embeddings", None))
    check_loss(model, min(rows, key=lambda row: len(row.ids)), model.device)
    rows, validation = (
        share_checked_prefixes(model, part, encoded, prompt["share_prefix"])
        for part, encoded in zip(parts, (rows, validation), strict=True)
    )
    choose_attention(model, [len(row.ids) for row in rows], accelerator.device)
    model = trainable(model, params)
    objective = Objective(partial(target_nll, pad_id=encoder.tokenizer.pad_token_id), target_count)
    job = TrainingJob(accelerator, encoder.base, encoder.tokenizer, model, rows, validation, objective, "token", params)
    log_job(job, dtype, [_summary(rows, validation), *truncation_lines(rows + validation)])
    return job


def _summary(rows: list[Encoded], validation: list[Encoded]) -> str:
    cut = [row for row in rows + validation if row.cut]
    return (
        f"{len(rows)} training rows of {sum(len(row.ids) for row in rows):,} tokens, "
        f"{sum(map(target_count, rows)):,} of them targets; {len(validation)} validation rows; "
        f"{len(cut)} inputs cut to prompt.max_tokens, losing {sum(row.cut for row in cut):,} tokens"
    )


if __name__ == "__main__":
    run(main)
