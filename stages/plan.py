"""Plan a run before anything is spent: parameters, memory by part, disk, minutes, and where it fits.

    python -m stages.plan
    python -m stages.plan --model google/gemma-2b-it
    python -m stages.plan --params recipes/sentiment/params.yaml --data recipes/sentiment/data/split --steps 10
    python -m stages.plan --out metrics/plan.json

Not a stage of the pipeline: run it by hand. Needs the model's config.json and no weights: of a Hub id only that file
and the tokenizer are fetched, of a model of the catalog nothing. Lengths are those of the split in DATA; without it, or
without a tokenizer, those that the settings allow, which is said. Takes 10 to 60 seconds. Memory is for this machine
and for cards of 8, 16, 24 and 80 GB (10^9 bytes, what driver and error correction leave of a card), and what to change
where the run does not fit. Minutes are a rough estimate for this machine; --steps trains that many real steps, for
which the model is loaded, and takes the minutes from them; it also tells their memory, time and the mean loss of the
last ten, by which settings of memory can be compared. --json prints one JSON object only, --out writes it: where
the folder of the figures has a plan.json, the report shows it beside what the training took.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json
from pipeline_lib.core.tasks import load
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.params import load_params, pick_params, read_params
from pipeline_lib.planning.first_steps import first_steps
from pipeline_lib.planning.plan import calibrated, make_plan
from pipeline_lib.planning.plan_text import plan_lines
from pipeline_lib.training.job import check_memory, training_settings
from stages import finetune, finetune_classifier

PARAMS = ("split",)  # and those of the stage that trains
CLASSIFIER = "max_tokens"  # the key that only an encoder's params file has


def main(argv: list[str] | None = None) -> None:
    """Read the command line, plan, print."""
    args = _parse(argv)
    if args.steps and not (args.data / "train.jsonl").is_file():
        raise UserError(f"--steps {args.steps} trains on the split, {args.data} has none: dvc repro split")
    content = load_params(args.params)
    classifies = CLASSIFIER in content
    stage = finetune_classifier if classifies else finetune
    params = read_params(args.params, (*stage.PARAMS, *PARAMS), row=args.row)
    tokenizers = list(dict.fromkeys([args.model or params["model"], params["model"]]))
    if tokenizers[0] != params["model"]:
        params |= {"model": args.model, "revision": None}
    if not classifies and "generate" in content:
        params |= pick_params(content, ("generate",), args.params)
    # Raises UserError where this machine does not have the precision.
    device, _ = device_and_dtype(params["precision"])
    task = None if classifies else load(params["task"], "prompt")
    check_memory(params["memory"], params["method"], "language model" if task else "encoder")
    plan = make_plan(params, args.data, task, tokenizers, device)
    if args.steps:
        plan = calibrated(plan, _steps(stage, params, args), params["epochs"])
    plan["settings"] = {"model": params["model"], **training_settings({name: params[name] for name in stage.PARAMS})}
    if args.out:
        write_json(args.out, plan)
    for line in [json.dumps(plan)] if args.json else plan_lines(plan):
        say(line)


def _steps(stage: Any, params: dict[str, Any], args: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the history of the first steps of the real training."""
    history, _ = first_steps(stage.prepare(params, args.data), args.steps)
    return history


def _parse(argv: list[str] | None) -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("--model", help="plan for this model: folder, config.json, Hub id or a name of the catalog")
    arguments.add_argument("--data", type=Path, default=Path("data/split"), help="folder of split (%(default)s)")
    arguments.add_argument("--row", help="the row of grid whose settings are used")
    arguments.add_argument("--steps", type=int, default=0, help="train so many real steps, which tell the minutes")
    arguments.add_argument("--json", action="store_true", help="print one JSON object only")
    arguments.add_argument("--out", type=Path, help="JSON file to write, metrics/plan.json for the report")
    args = arguments.parse_args(argv)
    if args.steps < 0 or args.steps == 1:
        raise UserError(f"--steps must be 2 or more, the first is slower than the others, not {args.steps}: take 10")
    return args


if __name__ == "__main__":
    run(main)
