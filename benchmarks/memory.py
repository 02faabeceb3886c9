"""How near the planned memory is to the measured: stages.plan and then stages.finetune, each in a process of its own.

    dvc repro split                              # or any folder with a train.jsonl, see --data
    python -m benchmarks.memory                  # all runs, one after the other
    python -m benchmarks.memory --only toy       # those whose name holds the word
    python -m benchmarks.memory --case "default, lora, bf16, micro 4" --rows 300   # one of them on other rows

A run is real: the rows of the split with more or fewer examples in the prompt, one epoch, validation, a
checkpoint and the written model. Measured is the largest resident set of its process, with Python and its libraries.
Toys are random models of a few layers with the default model's tokenizer. The last line on stdout is one JSON object;
exit code 1 where a run is further from its plan than --within.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import run
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl, write_jsonl
from pipeline_lib.params import edit_params

# No torch here. On Linux a child's peak memory starts at that of its parent: this process has to stay small.

DEFAULT = "smollm2-135m-instruct"
# Sizes of the toys, as transformers' configurations name them.
TOYS: dict[str, dict[str, Any]] = {
    "llama": {
        "model_type": "llama", "hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 4,
        "num_attention_heads": 8, "num_key_value_heads": 8,
    },
    "gemma3": {
        "model_type": "gemma3_text", "hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 6,
        "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 64, "sliding_window": 128,
    },
    "qwen3": {
        "model_type": "qwen3", "hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 6,
        "num_attention_heads": 12, "num_key_value_heads": 4, "head_dim": 64, "tie_word_embeddings": True,
    },
    "gpt2": {"model_type": "gpt2", "n_embd": 384, "n_layer": 6, "n_head": 6, "n_positions": 2048},
}  # fmt: skip


def case(
    model: str,
    method: str,
    precision: str,
    micro: int,
    few_shot: int = 3,
    checkpointing: bool = False,
    quantization: str = "none",
) -> tuple[str, dict[str, Any]]:
    """Return the name of a run and its settings."""
    changes = {"model": model, "method": method, "precision": precision, "micro_batch_size": micro}
    changes |= {"prompt.few_shot": few_shot, "memory.gradient_checkpointing": checkpointing}
    words = [
        "default" if model == DEFAULT else f"toy {model}", method, precision, f"micro {micro}",
        *([] if few_shot == 3 else [f"{few_shot} shown"]),
        *(["checkpointing"] if checkpointing else []),
        *([] if quantization == "none" else [quantization]),
    ]  # fmt: skip
    return ", ".join(words), changes | {"memory.quantization": quantization}


CASES = dict(
    [
        case(DEFAULT, "lora", "bf16", 1),
        case(DEFAULT, "lora", "bf16", 2),
        case(DEFAULT, "lora", "bf16", 4),
        case(DEFAULT, "lora", "bf16", 4, few_shot=0),
        case(DEFAULT, "lora", "bf16", 2, few_shot=10),
        case(DEFAULT, "lora", "bf16", 2, checkpointing=True),
        case(DEFAULT, "lora", "bf16", 4, checkpointing=True),
        case(DEFAULT, "lora", "bf16", 8, checkpointing=True),
        case(DEFAULT, "lora", "bf16", 4, quantization="int8"),
        case(DEFAULT, "lora", "bf16", 2, quantization="nf4"),
        case(DEFAULT, "lora", "bf16", 4, quantization="nf4"),
        case(DEFAULT, "lora", "bf16", 4, checkpointing=True, quantization="nf4"),
        case(DEFAULT, "lora", "fp32", 1),
        case(DEFAULT, "lora", "fp32", 4),
        case(DEFAULT, "full", "bf16", 2),
        case(DEFAULT, "full", "fp32", 4, few_shot=0),
        case("llama", "lora", "fp32", 4),
        case("llama", "lora", "fp32", 8, checkpointing=True),
        case("qwen3", "lora", "bf16", 8, checkpointing=True),
        case("qwen3", "lora", "bf16", 8, quantization="nf4"),
        case("gemma3", "lora", "bf16", 2),
        case("qwen3", "lora", "bf16", 8),
        case("gpt2", "full", "fp32", 4),
    ]
)


def main(argv: list[str] | None = None) -> None:
    """Read the command line, plan and run each case, compare."""
    args = _parse(argv)
    if args.write_toy:
        _write_toy(*args.write_toy)
        return
    names = [args.case] if args.case else [name for name in CASES if args.only in name]
    if not names or names[0] not in CASES:
        raise UserError(f"no run is called {args.case or args.only!r}: {'; '.join(CASES)}")
    results = {}
    print(f"{'run':45} planned  measured  ratio")
    for name in names:
        planned, measured = _plan_and_run(CASES[name], args)
        results[name] = {"planned": planned, "measured": round(measured, 3), "ratio": round(planned / measured, 3)}
        print(f"{name:45} {planned:7.2f} {measured:9.2f} {planned / measured:6.2f}", flush=True)
    print(json.dumps(results), flush=True)
    worst = max(results, key=lambda name: abs(results[name]["ratio"] - 1))
    if abs(results[worst]["ratio"] - 1) > args.within:
        raise UserError(
            f"a plan must be within {args.within:.0%} of the measured memory, {worst!r} is at {results[worst]['ratio']}"
        )


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/split"), help="folder of split (%(default)s)")
    parser.add_argument(
        "--rows", type=int, default=240, help="of train.jsonl, the first (%(default)s); a run of few steps keeps less"
    )
    parser.add_argument("--only", default="", help="a word in the names of the runs")
    parser.add_argument("--case", help="the name of one run")
    parser.add_argument("--within", type=float, default=0.15, help="how far a plan may be off (%(default)s)")
    parser.add_argument("--write-toy", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _plan_and_run(changes: dict[str, Any], args: argparse.Namespace) -> tuple[float, float]:
    """Return the planned and the measured memory of a run, in GB (10^9 bytes)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "split"
        data.mkdir()
        for part, count in (("train", args.rows), ("validation", 8)):
            write_jsonl(data / f"{part}.jsonl", read_jsonl(args.data / f"{part}.jsonl")[:count])
        if changes["model"] in TOYS:
            toy = folder / changes["model"]
            _in_own_process("benchmarks.memory", "--write-toy", changes["model"], str(toy))
            changes = {**changes, "model": str(toy)}
        params = folder / "params.yaml"
        edit_params(params, {**changes, "epochs": 1}, "params.yaml")
        common = ["--params", str(params), "--data", str(data)]
        plan, _ = _in_own_process("stages.plan", *common, "--json")
        out = ["--out", str(folder / "tuned"), "--record", str(folder / "training")]
        _, measured = _in_own_process("stages.finetune", *common, *out)
    return json.loads(plan.splitlines()[-1])["memory"]["total_gb"], measured


def _in_own_process(module: str, *arguments: str) -> tuple[str, float]:
    """Return what a module prints, and the largest resident set of its process in GB."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=output, stderr=sys.stderr)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise UserError(f"{module} {' '.join(arguments)} ended with code {process.returncode}")
        output.seek(0)
        return output.read(), usage.ru_maxrss * 1024 / 1e9


def _write_toy(name: str, folder: str) -> None:
    """Write a random model of these sizes with the default model's tokenizer."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from pipeline_lib.models.loading import load_tokenizer, locate

    tokenizer = load_tokenizer(locate(DEFAULT))
    sizes: dict[str, Any] = {**TOYS[name], "vocab_size": len(tokenizer), "max_position_embeddings": 4096}
    sizes |= {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(AutoConfig.for_model(**sizes)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    run(main)
