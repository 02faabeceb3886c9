"""How fast our training loop is beside TRL's SFTTrainer and a transformers.Trainer that pads every row.

    pip install -r requirements.txt -r benchmarks/requirements.txt
    dvc repro split                                 # or any folder with a train.jsonl, see --data
    python -m benchmarks.finetune                   # ours, sft_trainer, sft_trainer_default, trainer
    python -m benchmarks.finetune --all             # and SFTTrainer in fp32, and with bf16 weights and eager attention
    python -m benchmarks.finetune --length-check    # instead: ours by row length, with each kind of attention

Each contender trains in a process of its own, one after another: the same base model, the same token ids in the same
batches and order, the same LoRA (r 8, alpha 16, no dropout, all linear layers) from the same first weights, AdamW
with the rates of our linear warm-up and decay, gradients clipped at 1.0, loss on the target tokens only. Batches,
targets, first weights and rates are compared between the processes, not assumed. The contenders:

    ours                   pipeline_lib.training.loop.train as stages.finetune calls it
    sft_trainer            SFTTrainer(bf16=True, gradient_checkpointing=False)
    sft_trainer_default    SFTTrainer with the precision and checkpointing it chooses by itself
    trainer                transformers.Trainer(bf16=True), every row padded to 512 tokens
    sft_trainer_fp32       SFTTrainer(bf16=False, gradient_checkpointing=False)                 (--all)
    sft_trainer_bf16       as sft_trainer, frozen weights in bf16                               (--all)
    sft_trainer_bf16_eager as that, eager attention                                             (--all)
    sft_trainer_packed     as sft_trainer_bf16, the rows of a batch as one without padding; needs flash_attn and a GPU

tokens/s are those of prompts and targets, padding not counted, by the wall clock from the end of the second step to
the end of the last: with data loading, logging and the optimizer, without start-up. Peak memory is that of the GPU, or
the process's largest resident set. GFLOP/s are those of ours (pipeline_lib.training.measurements.training_flops) beside
those of matrix products alone, of a micro-batch's tokens with the widest layer. "others" is the number of cores that
other processes used meanwhile; it should be near 0. The last line on stdout is one JSON object; exit code 1 when the
losses of ours and sft_trainer differ by more than 2%.

On 2 cores and 64 rows of about 220 tokens, 10 steps of the first four took 7 minutes, and trainer 10 GB of memory.
Run it on an idle machine.
"""

import argparse
import contextlib
import hashlib
import importlib.metadata
import json
import math
import operator
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import run
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl

# No torch here. On Linux a child's peak memory starts at that of its parent: this process has to stay small.

TRL = "1.16.0"
LR, WARMUP, CLIP, SEED = 5e-4, 0.05, 1.0, 42
LORA: dict[str, Any] = {"r": 8, "alpha": 16, "dropout": 0.0, "target_modules": "all-linear"}
PADDED = 512  # tokens: what trainer pads to, and the longest row any contender sees
UNTIMED = 2  # steps at the start that are not timed
TOLERANCE = 0.02  # of the loss
NOISY = 0.05  # cores that other processes may use before the table says so
LENGTHS = (0.5, 1.0, 1.5, 2.5)  # --length-check: each prompt this many times as long
ATTENTION = ("eager", "grouped", "sdpa")

STANDARD = ("ours", "sft_trainer", "sft_trainer_default", "trainer")
MORE = ("sft_trainer_fp32", "sft_trainer_bf16", "sft_trainer_bf16_eager")
PACKED = "sft_trainer_packed"
COMPARED = ("batches", "first_weights", "rates")  # must be equal for all
# The arguments of SFTTrainer and Trainer that differ.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "sft_trainer": {"bf16": True, "gradient_checkpointing": False},
    "sft_trainer_default": {},
    "sft_trainer_fp32": {"bf16": False, "gradient_checkpointing": False},
    "sft_trainer_bf16": {"bf16": True, "gradient_checkpointing": False},
    "sft_trainer_bf16_eager": {"bf16": True, "gradient_checkpointing": False},
    PACKED: {"bf16": True, "gradient_checkpointing": False, "padding_free": True},
    "trainer": {"bf16": True},
}
# The others have sdpa, which transformers takes by itself.
ATTENTION_OF = {"sft_trainer_bf16_eager": "eager", PACKED: "flash_attention_2"}
BF16_WEIGHTS = ("sft_trainer_bf16", "sft_trainer_bf16_eager", PACKED)


def main(argv: list[str] | None = None) -> None:
    """Run every contender in a process of its own, and compare; or be one of them (--contender)."""
    args = _parse(argv)
    if args.contender:
        print(json.dumps(_contend(args)))
        return
    _check(args)
    if args.length_check:
        _by_length(args)
        return
    names = STANDARD + (MORE if args.all else ())
    found = {"ours": contend("ours", args)}
    rates = json.dumps(found["ours"]["rates"])
    found |= {name: contend(name, args, "--rates", rates) for name in names[1:]}
    _check_same(found)
    print(_headline(args, found["ours"]))
    print(_table(found))
    for name, result in found.items():
        print(f"{name}: {', '.join(f'{key} {value}' for key, value in result['setup'].items())}")
    apart = _apart(found["ours"], found["sft_trainer"])
    busiest = max(result["others"] for result in found.values())
    if busiest > NOISY:
        print(f"NOISY: other processes used up to {busiest:.2f} cores meanwhile; run it again on a quiet machine")
    print("loss of ours and sft_trainer apart by " + ", ".join(f"{part:.2%} ({name})" for name, part in apart.items()))
    ours = found["ours"]
    gflops = ours["tokens_per_second"] * ours["flops_per_token"] / 1e9
    print(
        f"ours computes {gflops:.0f} GFLOP/s; products alone, {ours['product']} in {ours['setup']['weights']}, reach "
        f"{ours['product_gflops']:.0f} here: {gflops / ours['product_gflops']:.0%}"
    )
    ratio = ours["tokens_per_second"] / found["sft_trainer"]["tokens_per_second"]
    shown = {
        name: {key: value for key, value in result.items() if key not in COMPARED} for name, result in found.items()
    }
    print(json.dumps(shown | {"ratio": round(ratio, 2)}), flush=True)
    if not all(part <= TOLERANCE for part in apart.values()):  # written so that nan is an error too
        worst = max(apart, key=lambda name: apart[name])
        raise UserError(
            f"the {worst} loss of ours and of sft_trainer differs by {apart[worst]:.1%}, more than {TOLERANCE:.0%}: "
            "they did not train the same, so their speeds cannot be compared"
        )


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/split"), help="folder with train.jsonl (%(default)s)")
    parser.add_argument("--model", default="smollm2-135m-instruct", help="name, folder or Hub id (%(default)s)")
    parser.add_argument("--rows", type=int, default=64, help="of train.jsonl, the first that fit (%(default)s)")
    parser.add_argument("--steps", type=int, default=16, help=f"optimizer steps, above {UNTIMED} (%(default)s)")
    parser.add_argument("--batch", type=int, default=8, help="rows a step (%(default)s)")
    parser.add_argument("--all", action="store_true", help=f"also {' and '.join(MORE)}")
    parser.add_argument("--length-check", action="store_true", help="instead: each kind of attention by row length")
    parser.add_argument("--contender", choices=(*STANDARD, *MORE, PACKED), help=argparse.SUPPRESS)
    parser.add_argument("--rates", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--attention", choices=ATTENTION, help=argparse.SUPPRESS)
    parser.add_argument("--compile", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--longer", type=float, default=1.0, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _check(args: argparse.Namespace) -> None:
    """Raise UserError, before the first minute is spent, for arguments or packages that do not fit."""
    if args.steps <= UNTIMED:
        raise UserError(f"--steps is {args.steps}: the first {UNTIMED} are not timed, give more than {UNTIMED}")
    if args.batch < 1 or args.rows < args.batch or args.rows % args.batch:
        raise UserError(f"--rows is {args.rows}: give a multiple of --batch ({args.batch}), so that all steps are full")
    rows = len(read_jsonl(args.data / "train.jsonl"))
    if rows < args.rows:
        raise UserError(f"{args.data / 'train.jsonl'} has {rows} rows: lower --rows ({args.rows}) or split more")
    if args.length_check:
        return
    try:
        version = importlib.metadata.version("trl")
    except importlib.metadata.PackageNotFoundError as error:
        raise UserError("trl is not installed: pip install -r benchmarks/requirements.txt") from error
    if version != TRL:
        raise UserError(f"trl is {version}, the comparison is with {TRL}: pip install -r benchmarks/requirements.txt")


def contend(name: str, args: argparse.Namespace, *extra: str, **variables: str) -> dict[str, Any]:
    """Return the JSON object that contender `name`, a process of its own, prints last; its progress is on our stderr.

    `variables` are environment variables of that process.
    """
    _log(f"{name}: starts")
    command = [sys.executable, "-m", "benchmarks.finetune", "--contender", name, *extra]
    for option in ("data", "model", "rows", "steps", "batch"):
        command += [f"--{option}", str(getattr(args, option))]
    quiet = {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=os.environ | quiet | variables, check=False)
    if done.returncode:
        if done.returncode > 0:
            raise UserError(f"{name} failed with exit code {done.returncode}: its own message is above")
        memory = ", as when memory is short" if done.returncode == -9 else ""
        raise UserError(f"{name} was killed by signal {-done.returncode}{memory}")
    return json.loads(done.stdout.splitlines()[-1])


def _check_same(found: dict[str, Any]) -> None:
    """Raise UserError unless all contenders had the same batches of the same tokens, first weights and rates."""
    ours = found["ours"]
    for name, result in found.items():
        for what in COMPARED:
            if result[what] != ours[what]:
                raise UserError(f"{name} and ours differ in {what.replace('_', ' ')}: their speeds cannot be compared")


def _apart(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, float]:
    return {what: abs(ours[f"{what}_loss"] / theirs[f"{what}_loss"] - 1) for what in ("mean", "first", "last")}


def _headline(args: argparse.Namespace, ours: dict[str, Any]) -> str:
    return (
        f"{args.model}, {args.rows} rows, {args.steps} steps of {args.batch} rows: {ours['tokens']:,} tokens in each, "
        f"{ours['targets']:,} of them targets; {os.cpu_count()} cores {platform.machine()}, "
        f"load {os.getloadavg()[0]:.1f}, trl {TRL}"
    )


def _table(found: dict[str, Any]) -> str:
    lines = [
        f"{'':<23}{'tokens/s':>9}{'of ours':>9}{'peak GB':>9}{'loss mean':>11}{'first':>8}{'last':>8}"
        f"{'s':>7}{'others':>8}"
    ]
    for name, result in found.items():
        share = result["tokens_per_second"] / found["ours"]["tokens_per_second"]
        lines.append(
            f"{name:<23}{result['tokens_per_second']:>9.0f}{share:>9.2f}{result['peak_gb']:>9.1f}"
            f"{result['mean_loss']:>11.4f}{result['first_loss']:>8.4f}{result['last_loss']:>8.4f}"
            f"{result['seconds']:>7.0f}{result['others']:>8.2f}"
        )
    return "\n".join(lines)


def _by_length(args: argparse.Namespace) -> None:
    """Print ours in tokens/s for shorter and longer rows, to check where choose_attention changes to sdpa."""
    rows = []
    for longer in LENGTHS:
        speeds, result = {}, {}
        for attention in ATTENTION:
            result = contend("ours", args, "--attention", attention, "--longer", str(longer))
            speeds[attention] = result["tokens_per_second"]
        rows.append({"median_tokens": result["median_tokens"], **speeds, "chosen": result["chosen"]})
    print(f"{'median tokens':>14}{''.join(f'{name:>9}' for name in ATTENTION)}  chosen")
    for row in rows:
        right = "" if row[row["chosen"]] >= max(row[name] for name in ATTENTION) else " (slower)"
        speeds_shown = "".join(f"{row[name]:>9.0f}" for name in ATTENTION)
        print(f"{row['median_tokens']:>14}{speeds_shown}  {row['chosen']}{right}")
    print(json.dumps({"lengths": rows}), flush=True)


# Below: in a contender's own process.


@dataclass
class Seen:
    """What a contender trained on and when: a batch's fingerprint, tokens and targets; a step's rate, loss and end."""

    batches: list[tuple[str, int, int]] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    ends: list[tuple[float, float]] = field(default_factory=list)

    def batch(self, rows: list[tuple[list[int], int]]) -> None:
        """Record a batch: each row's token ids, and where its target starts."""
        ids = [ids for ids, _ in rows]
        targets = sum(len(ids) - start for ids, start in rows)
        self.batches.append((hashlib.sha256(str(rows).encode()).hexdigest()[:12], sum(map(len, ids)), targets))

    def end(self) -> None:
        """Record the end of a step: the time, and the CPU seconds of all other processes."""
        import psutil

        spent = psutil.cpu_times()
        busy = sum(spent) - spent.idle - sum(getattr(spent, part, 0.0) for part in ("iowait", "guest", "guest_nice"))
        self.ends.append((time.monotonic(), busy - time.process_time()))


class _Done(Exception):
    """Ends our loop after --steps; the others have a callback for it."""


def _contend(args: argparse.Namespace) -> dict[str, Any]:
    """Train as args.contender does, and return its speed, memory and loss, and what they were measured on."""
    from accelerate import PartialState

    from pipeline_lib.models.batching import epoch_batches
    from pipeline_lib.models.loading import load_tokenizer, locate
    from pipeline_lib.training.measurements import peak_memory

    base = locate(args.model)
    tokenizer = load_tokenizer(base)
    rows = _rows(args, tokenizer)
    lengths = [len(row.ids) for row in rows]
    epochs = math.ceil(args.steps * args.batch / args.rows)
    plan = [
        rows[row]
        for epoch in range(epochs)
        for batch in epoch_batches(lengths, args.batch, SEED, epoch)
        for row in batch
    ]
    seen = Seen()
    if args.contender == "ours":
        more = _ours(args, base, tokenizer, rows, plan, epochs, seen)
    else:
        more = _theirs(args, base, tokenizer, plan, seen)

    batches = seen.batches[: args.steps]  # a data loader reads one batch ahead
    targets = [batch[2] for batch in batches]
    seconds, others = (last - first for first, last in zip(seen.ends[UNTIMED - 1], seen.ends[-1], strict=True))
    return {
        "tokens_per_second": round(sum(batch[1] for batch in batches[UNTIMED:]) / seconds, 1),
        "peak_gb": round(peak_memory(PartialState().device), 2),
        "mean_loss": round(sum(map(operator.mul, seen.losses, targets)) / sum(targets), 5),
        "first_loss": round(seen.losses[0], 5),
        "last_loss": round(seen.losses[-1], 5),
        "seconds": round(seconds, 1),
        "others": round(max(0.0, others / seconds), 2),
        "steps": len(seen.losses),
        "tokens": sum(batch[1] for batch in batches),
        "targets": sum(targets),
        "median_tokens": sorted(lengths)[len(lengths) // 2],
        "batches": batches,
        "rates": [float(f"{rate:.6g}") for rate in seen.rates],
        **more,
    }


def _rows(args: argparse.Namespace, tokenizer: Any) -> list[Any]:
    """Return the first --rows rows that fit, in tokens; with --longer their prompts cut or repeated to that length."""
    from pipeline_lib.core.tasks import load
    from pipeline_lib.models.tokenization import PromptTemplate, encode

    task = load("impression", "prompt")
    template = PromptTemplate(tokenizer, task.prompt, task.CUE)
    rows = [encode(row, template, template.eos_id(), PADDED) for row in read_jsonl(args.data / "train.jsonl")]
    rows = [row for row in rows if len(row.ids) <= PADDED][: args.rows]
    if len(rows) < args.rows:
        raise UserError(f"only {len(rows)} rows have at most {PADDED} tokens: lower --rows ({args.rows})")
    if args.longer == 1:
        return rows
    longer = []
    for row in rows:
        start = max(1, int(row.start * args.longer))
        prompt = (row.ids[: row.start] * math.ceil(args.longer))[:start]
        longer.append(replace(row, ids=prompt + row.ids[row.start :], start=start))
    return longer


def _with_adapter(model: Any) -> tuple[Any, str]:
    """Return the model with the adapter that all contenders start from, and the adapter's SHA-256."""
    import torch

    from pipeline_lib.models.lora import add_lora

    model = add_lora(model, **LORA, seed=SEED)
    digest = hashlib.sha256()
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            with torch.no_grad():
                weight.copy_(weight.bfloat16())  # the lowest precision that a contender's base has
            digest.update(name.encode() + weight.detach().float().numpy().tobytes())
    return model, digest.hexdigest()[:12]


def _ours(
    args: argparse.Namespace, base: Any, tokenizer: Any, rows: list[Any], plan: list[Any], epochs: int, seen: Seen
) -> dict[str, Any]:
    """Train as stages.finetune does; `plan` are the rows in the order of the steps."""
    from torch.nn import Linear

    from pipeline_lib.models.forward import choose_attention, decoder, target_count, target_nll
    from pipeline_lib.models.loading import load_causal
    from pipeline_lib.training.job import start_accelerator
    from pipeline_lib.training.loop import train
    from pipeline_lib.training.measurements import training_flops
    from pipeline_lib.training.objective import Objective

    accelerator, dtype = start_accelerator({"precision": "auto", "seed": SEED})
    model = load_causal(base, dtype)
    choose_attention(model, [len(row.ids) for row in rows], accelerator.device)
    chosen = model.config._attn_implementation
    if args.attention:
        model.set_attn_implementation(args.attention)
    setup = {
        "weights": str(dtype)[6:],
        "autocast": accelerator.mixed_precision,
        "attention": model.config._attn_implementation,
    }
    model, first_weights = _with_adapter(model)
    if args.compile:
        for layer in decoder(model).layers:
            layer.compile(dynamic=True)

    trained: list[Any] = []

    def noting(model: Any, batch: Any) -> Any:
        trained.extend(batch)
        return target_nll(model, batch, tokenizer.pad_token_id)

    def on_step(step: int, steps: int, row: dict[str, Any]) -> None:
        seen.end()
        # Threads compute parts of the batch: its rows in the order of the plan.
        seen.batch(
            [(row.ids, row.start) for row in plan[(step - 1) * args.batch : step * args.batch] if row in trained]
        )
        trained.clear()
        seen.rates.append(row["lr"])
        seen.losses.append(row["loss"])
        _log(f"ours: step {step}/{args.steps}, loss {row['loss']:.4f}")
        if step == args.steps:
            raise _Done

    objective = Objective(partial(target_nll, pad_id=tokenizer.pad_token_id), target_count)
    with accelerator.autocast():
        flops = training_flops(model, rows[:4], objective)
    with contextlib.suppress(_Done):
        train(
            model,
            rows,
            [],
            Objective(noting, target_count),
            accelerator=accelerator,
            lr=LR,
            epochs=epochs,
            batch_size=args.batch,
            micro_batch_size=args.batch,
            warmup_ratio=WARMUP,
            weight_decay=0.0,
            max_grad_norm=CLIP,
            seed=SEED,
            on_step=on_step,
        )
    tokens = args.batch * sorted(len(row.ids) for row in rows)[len(rows) // 2]
    layers = [part.weight for part in decoder(model).modules() if type(part) is Linear]
    widest = max(layers, key=lambda weight: weight.numel())
    product = f"{tokens} x {widest.shape[1]} by {widest.shape[1]} x {widest.shape[0]}"
    measured = {"flops_per_token": flops, "product": product, "product_gflops": _product_gflops(tokens, widest)}
    return {"first_weights": first_weights, "setup": setup, "chosen": chosen, **measured}


def _product_gflops(tokens: int, weight: Any) -> float:
    """Return the GFLOP/s of the product of activations (tokens, in) with a layer's weight (out, in): the best of 50."""
    import torch

    x, best = torch.randn(tokens, weight.shape[1], dtype=weight.dtype, device=weight.device), math.inf
    for _ in range(50):
        began = time.perf_counter()
        product = torch.nn.functional.linear(x, weight.detach())
        product[0, 0].item()  # waits for the device
        best = min(best, time.perf_counter() - began)
    return 2 * tokens * weight.numel() / best / 1e9


def _theirs(args: argparse.Namespace, base: Any, tokenizer: Any, rows: list[Any], seen: Seen) -> dict[str, Any]:
    """Train `rows`, which lie in the order of our batches, with an SFTTrainer or a Trainer."""
    import datasets
    import torch
    from accelerate import PartialState
    from torch.optim.lr_scheduler import LambdaLR
    from transformers import DataCollatorForSeq2Seq, PrinterCallback, Trainer, TrainerCallback, TrainingArguments

    from pipeline_lib.models.loading import load_causal

    datasets.disable_progress_bars()
    name = args.contender
    model = load_causal(base, torch.bfloat16 if name in BF16_WEIGHTS else torch.float32)
    model.set_attn_implementation(ATTENTION_OF.get(name, "sdpa"))
    model, first_weights = _with_adapter(model)
    steps, wanted_steps = len(rows) // args.batch, args.steps

    class Noting(TrainerCallback):
        def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            seen.rates.append(more["optimizer"].param_groups[0]["lr"])

        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            seen.end()
            control.should_training_stop = state.global_step >= wanted_steps

        def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            if "loss" in more["logs"]:
                seen.losses.append(more["logs"]["loss"])
                _log(f"{name}: step {state.global_step}/{wanted_steps}, loss {seen.losses[-1]:.4f}")

    with tempfile.TemporaryDirectory() as folder:
        common = {
            "output_dir": folder,
            "per_device_train_batch_size": args.batch,
            "max_steps": steps,
            "learning_rate": LR,
            "weight_decay": 0.0,
            "max_grad_norm": CLIP,
            "train_sampling_strategy": "sequential",
            "seed": SEED,
            "use_cpu": PartialState().device.type == "cpu",  # without it SFTTrainer's default, bf16, is an error
            "logging_steps": 1,
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
            **ARGUMENTS[name],
        }
        shared = {"model": model, "processing_class": tokenizer, "callbacks": [Noting()]}
        if name == "trainer":
            data = datasets.Dataset.from_list(
                [{"input_ids": row.ids, "labels": [-100] * row.start + row.ids[row.start :]} for row in rows]
            )
            collator = DataCollatorForSeq2Seq(tokenizer, padding="max_length", max_length=PADDED)
            trainer = Trainer(args=TrainingArguments(**common), train_dataset=data, data_collator=collator, **shared)
        else:
            from trl import SFTConfig, SFTTrainer

            # Prompt and completion as token ids: from text, TRL would train one more token, a newline, after each.
            data = datasets.Dataset.from_list(
                [
                    {"input_ids": row.ids, "completion_mask": [0] * row.start + [1] * (len(row.ids) - row.start)}
                    for row in rows
                ]
            )
            trainer = SFTTrainer(args=SFTConfig(**common, completion_only_loss=True), train_dataset=data, **shared)
        trainer.remove_callback(PrinterCallback)
        trainer.create_optimizer()
        # Our own rates, step by step: transformers' warm-up starts at 0 and loses a step.
        optimizer: Any = trainer.optimizer
        trainer.lr_scheduler = LambdaLR(optimizer, lambda step: args.rates[min(step, args.steps - 1)] / LR)
        collate = trainer.data_collator

        def noting(examples: Any) -> Any:
            batch = collate(examples)
            seen.batch([_unpadded(*row) for row in _rows_in(batch)])
            return batch

        trainer.data_collator = noting
        trainer.train()
    setup = {
        "weights": str(model.get_base_model().dtype)[6:],
        "autocast": "bf16" if trainer.args.bf16 else "no",
        "attention": model.config._attn_implementation,
        "gradient_checkpointing": trainer.args.gradient_checkpointing,
        "optimizer": str(getattr(trainer.args.optim, "value", trainer.args.optim)),
    }
    return {"first_weights": first_weights, "setup": setup}


def _rows_in(batch: Any) -> list[tuple[Any, Any, Any]]:
    """Return (ids, mask, labels) of each row; without padding the rows lie one after another, each from position 0."""
    ids, labels = batch["input_ids"], batch["labels"]
    if "attention_mask" in batch:
        return list(zip(ids, batch["attention_mask"], labels, strict=True))
    starts = (batch["position_ids"][0] == 0).nonzero().flatten().tolist()
    ends = [*starts[1:], ids.shape[1]]
    return [
        (ids[0, start:end], ids.new_ones(end - start), labels[0, start:end])
        for start, end in zip(starts, ends, strict=True)
    ]


def _unpadded(ids: Any, mask: Any, labels: Any) -> tuple[list[int], int]:
    """Return a row's token ids and where its target starts, from the tensors the model is given."""
    length = int(mask.sum())
    start = int((labels == -100)[:length].sum())
    if not (labels[start:length] == ids[start:length]).all() or (labels[length:] != -100).any():
        raise UserError("a batch's labels are not its target: the speeds cannot be compared")
    return ids[:length].tolist(), start


def _log(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    run(main)
