"""Training on a GPU beside TRL's SFTTrainer: tokens/s, share of the card's speed (MFU) and peak memory, by model.

    pip install -r requirements.txt -r benchmarks/requirements.txt
    dvc repro split
    python -m benchmarks.gpu                        # gemma-2b-it, Llama-3.2-1B and 3B
    python -m benchmarks.gpu --shapes benchmarks/model_configs/Qwen3-0.6B

No weights are fetched: a model is built from its configuration with random weights, in a folder that is removed at the
end, with the default model's tokenizer. The contenders are those of benchmarks.finetune, same rows, batches and first
weights: ours, ours with each layer compiled by torch.compile, SFTTrainer with frozen weights in bf16, and where
flash_attn is installed SFTTrainer without padding.
MFU is ours in operations a second (4 for each weight and token and those of attention, as LoRA computes no gradients of
frozen weights) beside the card's dense bf16 speed by its maker, where the card is in PEAK. The last line on stdout is
one JSON object. NEVER RUN ON A GPU SO FAR; on a CPU it was run with a small configuration.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.finetune import PACKED, contend
from pipeline_lib.cli.command import run
from pipeline_lib.core.errors import UserError

CONFIGS = Path(__file__).parent / "model_configs"
SHAPES = tuple(CONFIGS / name for name in ("gemma-2b-it", "Llama-3.2-1B", "Llama-3.2-3B"))
TOKENIZER = "smollm2-135m-instruct"
# Dense bf16 operations a second by the makers' data sheets; the first name that the card's own holds counts.
PEAK = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "RTX 4090": 165e12}


def main(argv: list[str] | None = None) -> None:
    """Train each shape with each contender, each in a process of its own, and compare."""
    args = _parse(argv)
    if args.write:
        _write(*args.write)
        return
    contenders = ["sft_trainer_bf16", *[PACKED] * bool(find_spec("flash_attn"))]
    card, peak = _card()
    print(f"{card}; {args.steps} steps of {args.batch} rows")
    print(f"{'model':<16}{'contender':<22}{'tokens/s':>9}{'of ours':>9}{'peak GB':>9}{'MFU':>6}")
    results: dict[str, Any] = {}
    for shape in args.shapes:
        with tempfile.TemporaryDirectory() as folder:
            _run_write(shape, folder)
            args.model = folder
            found = {"ours": contend("ours", args)}
            if peak:  # on a CPU it takes minutes, and each step five times as long
                found["ours, compiled"] = contend("ours", args, "--compile")
            rates = json.dumps(found["ours"]["rates"])
            found |= {name: contend(name, args, "--rates", rates) for name in contenders}
        results[shape.name] = {
            name: {key: result[key] for key in ("tokens_per_second", "peak_gb", "mean_loss")}
            for name, result in found.items()
        }
        ours = found["ours"]
        for name, result in found.items():
            speed = result["tokens_per_second"]
            used = f"{speed * ours['flops_per_token'] / peak:.0%}" if peak else "-"
            share = speed / ours["tokens_per_second"]
            print(f"{shape.name:<16}{name:<22}{speed:>9.0f}{share:>9.2f}{result['peak_gb']:>9.1f}{used:>6}", flush=True)
    print(json.dumps(results), flush=True)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", type=Path, default=SHAPES, help="folders with a config.json")
    parser.add_argument("--data", type=Path, default=Path("data/split"), help="folder with train.jsonl (%(default)s)")
    parser.add_argument("--rows", type=int, default=64, help="of train.jsonl (%(default)s)")
    parser.add_argument("--steps", type=int, default=24, help="optimizer steps, the first two untimed (%(default)s)")
    parser.add_argument("--batch", type=int, default=8, help="rows a step (%(default)s)")
    parser.add_argument("--write", nargs=2, metavar=("SHAPE", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    missing = [str(shape) for shape in args.shapes if not (shape / "config.json").is_file()]
    if missing:
        raise UserError(f"each of --shapes must be a folder with a config.json, {missing[0]} is none")
    return args


def _card() -> tuple[str, float | None]:
    """Return the name of the first GPU, and its bf16 operations a second where they are known."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "no GPU: on the CPU, which says nothing about one", None
    return name, next((speed for part, speed in PEAK.items() if part in name), None)


def _run_write(shape: Path, folder: str) -> None:
    # A process of its own, whose memory ends with it: on Linux a child's peak starts at that of its parent.
    command = [sys.executable, "-m", "benchmarks.gpu", "--write", str(shape), folder]
    if subprocess.run(command, check=False).returncode:
        raise UserError(f"{shape} could not be made a model of: its message is above")


def _write(shape: str, folder: str) -> None:
    """Write a model with random weights in bf16, and the default model's tokenizer."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from pipeline_lib.models.loading import load_tokenizer, locate

    config = AutoConfig.from_pretrained(shape)
    torch.manual_seed(0)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    load_tokenizer(locate(TOKENIZER)).save_pretrained(folder)


if __name__ == "__main__":
    run(main)
