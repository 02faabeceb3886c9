"""How fast greedy answers are beside transformers' generate(): the same prompts, weights and batches, in one process.

    dvc repro split                                  # or any folder with a test.jsonl, see --data
    python -m benchmarks.generation                  # the untrained default model: about 5 minutes on 2 cores
    python -m benchmarks.generation --tuned models/tuned

Contenders: ours (inference.generation), generate() as it comes (its cache grows) and with a static cache, in turns at
each batch size; the best of --rounds is compared. Answers are up to --tokens long. The time is that from prompts in
tokens to text. "same text" is the share of rows whose answer is word for word that of ours; in bf16 another order of
sums may choose another token. GB/s are those of the weights, which each step of a batch reads once, beside those of a
copy of 512 MB. The memory of a row is that of its keys and values. The last line on stdout is one JSON object. Run it
on an idle machine.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState

from pipeline_lib.cli.command import run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl
from pipeline_lib.core.tasks import load
from pipeline_lib.inference.decoding import padded
from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.run import load_model
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import locate, weights_dtype
from pipeline_lib.models.prompt_encoder import load_prompt_encoder
from pipeline_lib.planning.planned_memory import cache_bytes

PROMPT = 512  # tokens of a prompt, at most
DATE = "2026-01-01"
Contender = Callable[[Sequence[list[int]], int], list[str]]  # (prompts, rows at once) -> answers


def main(argv: list[str] | None = None) -> None:
    """Let each contender answer the rows at each batch size, and compare."""
    args = _parse(argv)
    device = PartialState(cpu=not torch.accelerator.is_available()).device
    dtype = weights_dtype(args.precision, device)
    encoder = load_prompt_encoder(args.model, None, False, load("impression", "prompt"), DATE)
    rows = read_jsonl(args.data / "test.jsonl")[: args.rows]
    prompts = [row.ids[: row.start] for row in encoder.encode([{**row, "few_shot": []} for row in rows], PROMPT)]
    model = load_model(locate(args.model), args.tuned, dtype, device, False)
    choose_attention(model, [len(prompt) for prompt in prompts], device)
    contenders: dict[str, Contender] = {
        "ours": partial(_ours, model, encoder, args.tokens),
        "generate": partial(_theirs, model, encoder, args.tokens, {}),
        "generate, static": partial(_theirs, model, encoder, args.tokens, {"cache_implementation": "static"}),
    }
    weights = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    longest = max(map(len, prompts)) + args.tokens
    copied, load_before = _copy_speed(), os.getloadavg()[0]
    say(
        f"{args.tuned or args.model}, {str(dtype)[6:]} on {device.type}, {len(rows)} rows, up to {args.tokens} tokens; "
        f"a row of {longest} tokens takes "
        f"{cache_bytes(model.config, dtype) * longest / 1e6:.1f} MB; "
        f"{os.cpu_count()} cores, load {load_before:.1f}; a copy has {copied / 1e9:.1f} GB/s"
    )
    say(f"{'rows at once':>12} {'':18}{'seconds':>9}{'tokens/s':>10}{'of ours':>9}{'GB/s':>7}{'same text':>11}")
    results: dict[str, dict[str, float]] = {}
    for size in args.batch_sizes:
        seconds, answers = _measured(contenders, prompts, size, args.rounds)
        lengths = [len(encoder.tokenizer(text)["input_ids"]) + 1 for text in answers["ours"]]
        for name, taken in seconds.items():
            steps = sum(max(lengths[start : start + size]) for start in range(0, len(lengths), size))
            same = sum(one == other for one, other in zip(answers[name], answers["ours"], strict=True)) / len(rows)
            say(
                f"{size:>12} {name:18}{taken:>9.2f}{sum(lengths) / taken:>10.1f}{seconds['ours'] / taken:>9.2f}"
                f"{steps * weights / taken / 1e9:>7.1f}{same:>11.0%}"
            )
        results[str(size)] = {name: round(taken, 2) for name, taken in seconds.items()}
    say(json.dumps(results))


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/split"), help="folder with test.jsonl (%(default)s)")
    parser.add_argument("--model", default="smollm2-135m-instruct", help="name, folder or Hub id (%(default)s)")
    parser.add_argument("--tuned", type=Path, help="folder of finetune; left out: the untrained model")
    parser.add_argument("--rows", type=int, default=32, help="of test.jsonl, the first (%(default)s)")
    parser.add_argument("--tokens", type=int, default=48, help="of an answer, at most (%(default)s)")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 16], help="rows at once (%(default)s)")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto", help="(%(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="of each contender, in turns (%(default)s)")
    args = parser.parse_args(argv)
    if min(args.rows, args.tokens, args.rounds, *args.batch_sizes) < 1:
        raise UserError("--rows, --tokens, --rounds and --batch-sizes must be at least 1: raise the one that is not")
    return args


def _measured(
    contenders: dict[str, Contender], prompts: Sequence[list[int]], size: int, rounds: int
) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Return the least seconds of each contender, and its answers."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    answers = {}
    for contender in contenders.values():
        contender(prompts[:1], size)  # the first one is slower
    for _ in range(rounds):
        for name, contender in contenders.items():
            began = time.perf_counter()
            answers[name] = contender(prompts, size)
            seconds[name].append(time.perf_counter() - began)
    return {name: min(taken) for name, taken in seconds.items()}, answers


def _ours(model: Any, encoder: Any, tokens: int, prompts: Sequence[list[int]], size: int) -> list[str]:
    items: list[Any] = [(prompt, []) for prompt in prompts]
    found = generate(
        model, encoder.tokenizer, items, eos_id=encoder.eos_id, max_new_tokens=tokens, batch_size=size
    )  # fmt: skip
    return [one.text for _, one in found]


@torch.inference_mode()
def _theirs(
    model: Any, encoder: Any, tokens: int, options: dict[str, Any], prompts: Sequence[list[int]], size: int
) -> list[str]:
    tokenizer, texts = encoder.tokenizer, {}
    order = sorted(range(len(prompts)), key=lambda number: len(prompts[number]))
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        ids, mask = padded([prompts[number] for number in batch], tokenizer.pad_token_id, model.device, left=True)
        found = model.generate(
            input_ids=ids, attention_mask=mask, do_sample=False, max_new_tokens=tokens,
            eos_token_id=[encoder.eos_id, tokenizer.eos_token_id], pad_token_id=tokenizer.pad_token_id, **options,
        )  # fmt: skip
        for number, text in zip(
            batch, tokenizer.batch_decode(found[:, ids.shape[1] :], skip_special_tokens=True), strict=True
        ):
            texts[number] = text.strip()
    return [texts[number] for number in range(len(prompts))]


def _copy_speed() -> float:
    """Return the bytes a second that a copy reads and writes, the best of five."""
    source = torch.ones(2**27)
    target, best = torch.empty_like(source), float("inf")
    for _ in range(5):
        began = time.perf_counter()
        target.copy_(source)
        best = min(best, time.perf_counter() - began)
    return 2 * source.nbytes / best


if __name__ == "__main__":
    run(main)
