"""How fast our choosing between given answers is beside lm-evaluation-harness, on the same items in one run.

    pip install -r requirements-dev.txt             # lm-eval
    python -m benchmarks.choose --data FILE         # questions with choices, as pipeline_lib.inference.multiple_choice reads them

Both ask the same prompts and choices of the same weights, in the same precision and with the same batch size, which
counts the continuations held at once, in one process and in turns (--rounds of each, the best counts). Timed is what
both do from text to log-likelihoods: tokens, batches, passes; loading is not, and a few items go before the first
round. Attention is what each takes by itself: ours eager for short rows on a processor and sdpa otherwise,
lm-eval what transformers takes. lm-eval reads prompt and choice anew for each choice, ours the prompt once.

Prints seconds, the processor's seconds (of all threads, less moved by what else runs), the ratios (theirs over ours,
above 1 where ours is faster), and both accuracies. The last line on
stdout is one JSON object; exit code 1 where the log-likelihoods are apart by more than 0.001 nats in fp32 (in lower
precision the order of sums shows). 100 items of ARC-Easy take two minutes on 2 cores. Run it on a machine that does
nothing else.
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
AGREE = 1e-3  # nats, in fp32
NOISY = 0.5  # processes wanting a core before the start
WARM_UP = 3  # items


def main(argv: list[str] | None = None) -> None:
    """Read the command line, ask both, compare."""
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
    for ask in contenders.values():
        ask(items[:WARM_UP])
    for _ in range(args.rounds):
        for name, ask in contenders.items():
            start, used = time.monotonic(), time.process_time()
            found[name] = ask(items)
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
        f"ours is {ratio:.2f} times as fast, {cpu_ratio:.2f} times by the processor's seconds; "
        f"the log-likelihoods are apart by at most {apart:.1e} nats"
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
    if args.precision == "fp32" and not apart <= AGREE:  # so put, nan does not agree either
        raise UserError(
            f"the log-likelihoods of ours and of lm-eval are {apart:.1e} nats apart, more than {AGREE}: they did not "
            "ask the same thing, so their speeds do not compare"
        )


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="JSONL, CSV or TSV of questions with choices")
    parser.add_argument("--model", default="smollm2-135m-instruct", help="name, folder or Hub id (%(default)s)")
    parser.add_argument("--limit", type=int, default=100, help="items, drawn at random (%(default)s)")
    parser.add_argument("--batch-size", type=int, default=16, help="continuations at once (%(default)s)")
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
    """Stop before the model is loaded where the other contender is not there."""
    try:
        version = importlib.metadata.version("lm-eval")
    except importlib.metadata.PackageNotFoundError as error:
        raise UserError("lm-eval is not installed: pip install -r requirements-dev.txt") from error
    if version != LM_EVAL:
        raise UserError(f"lm-eval is {version}, the comparison is with {LM_EVAL}: pip install -r requirements-dev.txt")


def _ours(args: argparse.Namespace, base: Any) -> Callable[[list[Any]], list[list[float]]]:
    """Return what asks our way."""
    from accelerate import PartialState

    from pipeline_lib.inference import multiple_choice as arc
    from pipeline_lib.inference.loglikelihood import choice_logprobs
    from pipeline_lib.models.forward import choose_attention
    from pipeline_lib.models.loading import load_causal, load_tokenizer, weights_dtype

    device = PartialState().device
    tokenizer = load_tokenizer(base)
    model = load_causal(base, weights_dtype(args.precision, device)).to(device)

    def ask(items: list[Any]) -> list[list[float]]:
        asked = [arc.encode_item(tokenizer, item) for item in items]
        choose_attention(model, [len(prompt) for prompt, _ in asked], device)
        return choice_logprobs(model, asked, pad_id=tokenizer.pad_token_id, batch_size=args.batch_size)

    return ask


def _theirs(args: argparse.Namespace, base: Any) -> Callable[[list[Any]], list[list[float]]]:
    """Return what asks as lm-eval's multiple_choice tasks do."""
    from accelerate import PartialState
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    from pipeline_lib.inference import multiple_choice as arc

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    dtype = {"fp32": "float32", "bf16": "bfloat16"}[args.precision]
    device = str(PartialState().device)
    model = HFLM(pretrained=str(base.folder), device=device, dtype=dtype, batch_size=args.batch_size)

    def ask(items: list[Any]) -> list[list[float]]:
        requests = [
            Instance("loglikelihood", {}, (arc.prompt(item), choice), place)
            for item in items
            for place, choice in enumerate(arc.continuations(item))
        ]
        answers = iter(model.loglikelihood(requests, disable_tqdm=True))
        return [[next(answers)[0] for _ in item["choices"]] for item in items]

    return ask


def _accuracies(found: list[list[float]], items: list[Any]) -> dict[str, float]:
    from pipeline_lib.evaluation.metrics.choice_accuracy import pick
    from pipeline_lib.inference import multiple_choice as arc

    picked = [pick(logp, arc.choice_lengths(item)) for logp, item in zip(found, items, strict=True)]
    return {
        rule: sum(choice[rule] == item["answer"] for choice, item in zip(picked, items, strict=True)) / len(items)
        for rule in ("acc", "acc_norm")
    }


if __name__ == "__main__":
    run(main)
