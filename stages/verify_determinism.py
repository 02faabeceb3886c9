"""Train the first steps twice, each time from the start in its own process, and compare the weights bit by bit.

    python -m stages.verify_determinism --data data/split --steps 4
    python -m stages.verify_determinism --params recipes/sentiment/params.yaml --row steady \\
        --data recipes/sentiment/data/split --classifier --steps 20

Exit code 0 where both end with the same bits, 1 where they do not: then it prints the first step that differs, and the
differences between the two environments. Not a stage of the pipeline: run it by hand.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.params import read_params
from pipeline_lib.planning.first_steps import first_steps
from pipeline_lib.training.job import TrainingJob
from stages import finetune, finetune_classifier


def main(argv: list[str] | None = None) -> None:
    """Read the command line, train twice, compare; or be one of the two processes (--once)."""
    args = _parse(argv)
    if args.steps < 1:
        raise UserError(f"--steps must be at least 1, not {args.steps}: 4 for example")
    stage = finetune_classifier if args.classifier else finetune
    params = read_params(args.params, stage.PARAMS, row=args.row)
    if args.once:
        say(json.dumps(result_of(stage.prepare(params, args.data), args.steps)))
        return
    options = ["--params", args.params, "--data", str(args.data), "--steps", str(args.steps)]
    options += [*(["--row", args.row] if args.row else []), *(["--classifier"] if args.classifier else [])]
    one, other = (_in_own_process(options, number) for number in ("first", "second"))
    lines = differences(one, other)
    for line in lines:
        say(line)
    if lines:
        sys.exit(1)
    say(f"the same bits twice after {len(one['losses'])} steps: weights {one['weights'][:16]}")


def result_of(job: TrainingJob, steps: int) -> dict[str, Any]:
    """Train `steps` steps; return {weights: SHA-256, losses: [a step], environment}."""
    history, weights = first_steps(job, steps)
    return {"weights": weights, "losses": [row["loss"] for row in history], "environment": job.environment()}


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return lines that say how two results of result_of differ; none where the weights are the same."""
    if one["weights"] == other["weights"]:
        return []
    lines = [f"NOT the same bits: weights {one['weights'][:16]} and {other['weights'][:16]}"]
    pairs = enumerate(zip(one["losses"], other["losses"], strict=True), start=1)
    apart = next(((step, *losses) for step, losses in pairs if losses[0] != losses[1]), None)
    if apart:
        lines.append(f"the losses differ from step {apart[0]} on: {apart[1]!r} and {apart[2]!r}")
    else:
        lines.append("the losses are the same: only the last step's weights differ")
    mine, its = one["environment"], other["environment"]
    names = sorted(name for name in mine.keys() | its.keys() if mine.get(name) != its.get(name))
    lines += [f"{name} differs: {mine.get(name)} and {its.get(name)}" for name in names]
    if not names:
        same = ", ".join(f"{name} {value}" for name, value in mine.items())
        lines.append(f"the environment is the same ({same}): an operation of this device has no fixed order")
    return lines


def _in_own_process(arguments: list[str], which: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "stages.verify_determinism", *arguments, "--once"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:] or ["it gave no reason"]
        raise UserError(f"the {which} of the two runs failed: {last[0].removeprefix('error: ')}")
    return json.loads(done.stdout.splitlines()[-1])


def _parse(argv: list[str] | None) -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train and validation .jsonl")
    arguments.add_argument("--row", help="the row of grid in the params file whose settings are used")
    arguments.add_argument("--steps", type=int, default=4, help="optimizer steps (default: %(default)s)")
    arguments.add_argument("--classifier", action="store_true", help="train as finetune_classifier does, not finetune")
    arguments.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    return arguments.parse_args(argv)


if __name__ == "__main__":
    run(main)
