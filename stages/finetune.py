"""Train a LoRA adapter (or, with method: full, the whole model) on the training split.

    python -m stages.finetune --data data/split --out models/adapter --history models/history.csv
    accelerate launch -m stages.finetune ...        # the same on several devices

Loss on the target and its closing token only. With validation rows the best epoch is kept, without them the last.
300 reports and 3 epochs of a 135M model take about 6 minutes on 2 cores.
Writes OUT (adapter_model.safetensors, config, tokenizer, base.json: loads with plain peft and transformers) and
HISTORY (step, epoch, split, loss in nats a token, lr, tokens_per_second).
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import set_seed

from pipeline_lib.adapters import IDENTITY, add_lora, save_trained
from pipeline_lib.encoding import Encoded, audit
from pipeline_lib.files import read_jsonl, write_csv, written
from pipeline_lib.forward import check_loss, choose_attention
from pipeline_lib.models import load_causal, weights_dtype
from pipeline_lib.neighbours import with_neighbours
from pipeline_lib.params import read_params
from pipeline_lib.reading import load_reader
from pipeline_lib.tasks import load_task
from pipeline_lib.training import train
from stages.command import parser, run, say
from stages.progress import Progress

PARAMS = (
    "task", "model", "revision", "trust_remote_code", "seed", "precision", "method", "lora", "prompt",
    "lr", "epochs", "batch_size", "micro_batch", "warmup", "weight_decay", "clip",
)  # fmt: skip
COLUMNS = ("step", "epoch", "split", "loss", "lr", "tokens_per_second")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, encode, audit, train, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train and validation .jsonl")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the adapter")
    arguments.add_argument("--history", required=True, type=Path, help="CSV file for the loss of each step")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)

    dtype = weights_dtype(params["precision"], PartialState().device)
    accelerator = Accelerator(mixed_precision={"bfloat16": "bf16", "float16": "fp16"}.get(str(dtype)[6:], "no"))
    first = accelerator.is_main_process
    set_seed(params["seed"])

    with accelerator.main_process_first():
        reader = load_reader(
            params["model"], params["revision"], params["trust_remote_code"], load_task(params["task"])
        )
    train_rows, validation_rows = (read_jsonl(args.data / name) for name in ("train.jsonl", "validation.jsonl"))
    prompt = params["prompt"]
    rows, validation = (
        reader.encode(with_neighbours(part, train_rows, prompt["neighbours"]), prompt["max_tokens"])
        for part in (train_rows, validation_rows)
    )
    full = params["method"] == "full"
    model = load_causal(reader.base, torch.float32 if full else dtype, params["trust_remote_code"])
    context = getattr(model.config, "max_position_embeddings", None)
    audit(rows, reader.closing, context)
    if validation:
        audit(validation, reader.closing, context)
    check_loss(model, min(rows, key=lambda row: len(row.ids)), model.device)
    choose_attention(model, [len(row.ids) for row in rows], accelerator.device)
    if full:
        model.requires_grad_(True)
    else:
        model = add_lora(model, **params["lora"], seed=params["seed"])
    if first:
        _say_what(rows, validation, model, reader.base.name, dtype, accelerator, params)

    with ExitStack() as stack:
        if first:  # before the first step: a place that cannot be written to is told now
            folder = stack.enter_context(written(args.out, mark=IDENTITY))
            history = stack.enter_context(written(args.history))
        progress = stack.enter_context(Progress(_steps(len(rows), params), "train", "step", quiet=not first))

        def on_step(step: int, steps: int, row: dict[str, Any]) -> None:
            if row["split"] == "train":
                progress.advance(1, f"loss {row['loss']:.3f}, {row['tokens_per_second']:.0f} tokens/s")
            elif first:
                say(f"epoch {row['epoch']}: validation loss {row['loss']:.4f} nats a token")

        trained = train(
            model,
            rows,
            validation,
            accelerator=accelerator,
            pad_id=reader.tokenizer.pad_token_id,
            on_step=on_step,
            **{name: params[name] for name in ("lr", "epochs", "batch_size", "micro_batch")},
            **{name: params[name] for name in ("warmup", "weight_decay", "clip", "seed")},
        )
        if first:
            folder.mkdir()
            save_trained(model, reader.tokenizer, reader.base, params["method"], folder)
            write_csv(history, list(COLUMNS), [_written(row) for row in trained.history])
    if first:
        why = "lowest validation loss" if validation else "the last: there are no validation rows to choose by"
        say(f"kept epoch {trained.best_epoch} ({why}); trained {trained.seconds:.0f} s")
    accelerator.end_training()


def _say_what(
    rows: list[Encoded], validation: list[Encoded], model: Any, name: str, dtype: Any, accelerator: Any, params: Any
) -> None:
    tokens = sum(len(row.ids) for row in rows)
    targets = sum(len(row.ids) - row.start for row in rows)
    cut = [row for row in rows + validation if row.cut]
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    total = sum(weight.numel() for weight in model.parameters())
    learnt = sum(weight.numel() for weight in weights)
    say(
        f"{name} on {accelerator.num_processes} x {accelerator.device.type}, {str(dtype)[6:]}, {params['method']}: "
        f"{learnt:,} of {total:,} weights learn"
    )
    say(
        f"{len(rows)} training rows of {tokens:,} tokens, {targets:,} of them targets; "
        f"{len(validation)} validation rows; {len(cut)} inputs cut to prompt.max_tokens, "
        f"losing {sum(row.cut for row in cut):,} tokens"
    )


def _steps(rows: int, params: dict[str, Any]) -> int:
    return params["epochs"] * -(-rows // params["batch_size"])


def _written(row: dict[str, Any]) -> dict[str, object]:
    """Return a row of the history as it stands in the file; a validation row has neither lr nor speed."""
    cells: dict[str, object] = {**row, "loss": f"{row['loss']:.6f}"}
    if row["split"] == "train":
        cells |= {"lr": f"{row['lr']:.6g}", "tokens_per_second": f"{row['tokens_per_second']:.1f}"}
    return cells


if __name__ == "__main__":
    run(main)
