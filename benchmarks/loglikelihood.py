"""How fast our log-likelihoods of given answers are beside lm-evaluation-harness, on the same items in one run.

    pip install -r requirements-dev.txt             # lm-eval
    python -m benchmarks.loglikelihood --data FILE  # questions with choices, as data.choice_items reads them

Both compute the same prompts and choices with the same weights, precision and batch size (choices in memory at once),
in one process and in turns (--rounds of each, the best is compared). The time is that from text to log-likelihoods:
loading the model is not in it, and a few items are computed before the first round. Each uses its own attention: ours
eager for short rows on a CPU and else sdpa, lm-eval the default of transformers. lm-eval reads the prompt again for
each choice, ours once.

Prints seconds, CPU seconds (of all threads; other processes change them less), the ratios (theirs over ours, above 1
where ours is faster), and both accuracies. The last line on stdout is one JSON object; exit code 1 where the
log-likelihoods differ by more than 0.001 nats in fp32 (in lower precision the order of sums matters). 100 items of
ARC-Easy take two minutes on 2 cores. Run it on an idle machine.
"""

import argparse
import importlib.metadata
import json
import logging
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import run
from pipeline_lib.core.errors import UserError
from pipeline_lib.data.choice_items import read_items

LM_EVAL = "0.4.13"
TOLERANCE = 1e-3  # nats, in fp32
NOISY = 0.5  # processes wanting a core before the start
WARM_UP = 3  # items


def main(argv: list[str] | None = None) -> None:
    """Read the command line, run both, compare."""
    args = _parse(argv)
    _check()
    from pipeline_lib.models.loading import locate

    load = os.getloadavg()[0]
    items = read_items(args.data, args.limit, args.seed)
    base = locate(args.model)
    contenders = {"ours": _ours(args, base), "lm_eval": _theirs(args, base)}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    found: dict[str, list[list[float]]] = {}
    for compute in contenders.values():
        compute(items[:WARM_UP])
    for _ in range(args.rounds):
        for name, compute in contenders.items():
            start, used = time.monotonic(), time.process_time()
            found[name] = compute(items)
            seconds[name].append(round(time.monotonic() - start, 2))
            spent[name].append(round(time.process_time() - used, 2))
    apart = max(abs(a - b) for pair in zip(*found.values(), strict=True) for a, b in zip(*pair, strict=True))
    figures = {
        name: {"seconds": seconds[name], "cpu_seconds": spent[name], **_accuracies(found[name], items)}
        for name in contenders
    }
    ratio, cpu_ratio = (min(taken["lm_eval"]) / min(taken["ours"]) for taken in (seconds, spent))
    choices = sum(len(item["choices"]) for item in items)
    print(
        f"{args.model}, {len(items)} items, {choices} choices, batches of {args.batch_size}, {args.precision}; "
        f"{os.cpu_count()} cores {platform.machine()}, load {load:.1f}, lm-eval {LM_EVAL}"
    )
    print(f"{'':<9}{'best s':>8}{'cpu s':>8}{'acc':>9}{'acc_norm':>10}  all rounds, s")
    for name, row in figures.items():
        best, cpu = min(seconds[name]), min(spent[name])
        print(f"{name:<9}{best:>8.2f}{cpu:>8.2f}{row['acc']:>9.4f}{row['acc_norm']:>10.4f}  {seconds[name]}")
    print(
        f"ours is {ratio:.2f} times as fast, {cpu_ratio:.2f} times in CPU seconds; "
        f"the log-likelihoods differ by at most {apart:.1e} nats"
    )
    if load > NOISY:
        print(f"NOISY: {load:.1f} processes wanted a core before the start; run it again on a quiet machine")
    shown = figures | {
        "ratio": round(ratio, 2),
        "cpu_ratio": round(cpu_ratio, 2),
        "apart": apart,
        "load": round(load, 2),
    }
    print(json.dumps(shown), flush=True)
    if args.precision == "fp32" and not apart <= TOLERANCE:  # written so that nan is an error too
        raise UserError(
            f"the log-likelihoods of ours and of lm-eval differ by {apart:.1e} nats, more than {TOLERANCE}: they "
            "did not compute the same, so their speeds cannot be compared"
        )


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="JSONL, CSV or TSV of questions with choices")
    parser.add_argument("--model", default="smollm2-135m-instruct", help="name, folder or Hub id (%(default)s)")
    parser.add_argument("--limit", type=int, default=100, help="items, drawn at random (%(default)s)")
    parser.add_argument("--batch-size", type=int, default=16, help="choices at once (%(default)s)")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of the weights (%(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="of each contender, in turns (%(default)s)")
    parser.add_argument("--seed", type=int, default=42, help="of the draw (%(default)s)")
    args = parser.parse_args(argv)
    for name in ("batch_size", "rounds"):
        if getattr(args, name) < 1:
            option = name.replace("_", "-")
            raise UserError(f"--{option} must be at least 1, it is {getattr(args, name)}: raise it")
    return args


def _check() -> None:
    """Raise UserError where lm-eval is not installed, before the model is loaded."""
    try:
        version = importlib.metadata.version("lm-eval")
    except importlib.metadata.PackageNotFoundError as error:
        raise UserError("lm-eval is not installed: pip install -r requirements-dev.txt") from error
    if version != LM_EVAL:
        raise UserError(f"lm-eval is {version}, the comparison is with {LM_EVAL}: pip install -r requirements-dev.txt")


def _ours(args: argparse.Namespace, base: Any) -> Callable[[list[Any]], list[list[float]]]:
    """Return the function that computes log-likelihoods with this project."""
    from accelerate import PartialState

    from pipeline_lib.inference import multiple_choice
    from pipeline_lib.inference.loglikelihood import choice_logprobs
    from pipeline_lib.models.forward import choose_attention
    from pipeline_lib.models.loading import load_causal, load_tokenizer, weights_dtype

    device = PartialState().device
    tokenizer = load_tokenizer(base)
    model = load_causal(base, weights_dtype(args.precision, device)).to(device)

    def compute(items: list[Any]) -> list[list[float]]:
        encoded = [multiple_choice.encode_item(tokenizer, item) for item in items]
        choose_attention(model, [len(prompt) for prompt, _ in encoded], device)
        return choice_logprobs(model, encoded, pad_id=tokenizer.pad_token_id, batch_size=args.batch_size)

    return compute


def _theirs(args: argparse.Namespace, base: Any) -> Callable[[list[Any]], list[list[float]]]:
    """Return the function that computes log-likelihoods as lm-eval's multiple_choice tasks do."""
    from accelerate import PartialState
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    from pipeline_lib.inference import multiple_choice

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    dtype = {"fp32": "float32", "bf16": "bfloat16"}[args.precision]
    device = str(PartialState().device)
    model = HFLM(pretrained=str(base.folder), device=device, dtype=dtype, batch_size=args.batch_size)

    def compute(items: list[Any]) -> list[list[float]]:
        requests = [
            Instance("loglikelihood", {}, (multiple_choice.prompt(item), choice), place)
            for item in items
            for place, choice in enumerate(multiple_choice.continuations(item))
        ]
        answers = iter(model.loglikelihood(requests, disable_tqdm=True))
        return [[next(answers)[0] for _ in item["choices"]] for item in items]

    return compute


def _accuracies(found: list[list[float]], items: list[Any]) -> dict[str, float]:
    from pipeline_lib.evaluation.metrics.choice_accuracy import pick
    from pipeline_lib.inference import multiple_choice

    picked = [pick(logp, multiple_choice.choice_lengths(item)) for logp, item in zip(found, items, strict=True)]
    return {
        rule: sum(choice[rule] == item["answer"] for choice, item in zip(picked, items, strict=True)) / len(items)
        for rule in ("acc", "acc_norm")
    }


if __name__ == "__main__":
    run(main)
