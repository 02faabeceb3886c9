"""How many parameters a model has, from its configuration alone. Not a stage of the pipeline: run it by hand.

    python -m stages.parameters smollm2-135m-instruct
    python -m stages.parameters google/gemma-2b-it --lora-r 16 --target-modules all-linear
    python -m stages.parameters distilbert-base-uncased/config.json --labels 2 --json

MODEL is a folder with a config.json, such a file itself, a Hub id (its config.json is fetched and nothing else) or one
of the project's names. No weights are loaded, none of a model's own code is run; a weight that two layers share is
counted once. Embedding is every table that is looked up: tokens, positions, segments. An output layer with weights of
its own is not in it. With --lora-r also what training such an adapter means; a classifier's head is then trained whole.
--json prints one JSON object and nothing else; --out writes its figures, "base" and "tuned", to a file.
"""

import argparse
import json
from typing import Any

from pipeline_lib.errors import UserError
from pipeline_lib.files import write_json
from pipeline_lib.parameters import KINDS, count, find_config, kind_of, on_meta, output_layer, parts, read_config
from pipeline_lib.parameters import with_lora as lora_on
from stages.command import parser, run, say

PARAMS = ()
OUTPUT_LAYER = {
    "tied": "the output layer is tied to it and counted once",
    "own": "the output layer is not tied: it is in non-embedding",
    "none": "",
}


def main(argv: list[str] | None = None) -> None:
    """Read the command line, count, print, write."""
    arguments = parser(__doc__)
    arguments.add_argument("model", metavar="MODEL", help="folder, config.json, Hub id or one of the project's names")
    arguments.add_argument("--revision", help="the commit, tag or branch of a Hub id")
    arguments.add_argument("--kind", choices=KINDS, help="default: causal, for an encoder's configuration classifier")
    arguments.add_argument(
        "--labels", type=_positive, help="of a classifier (default: as configured, which is mostly 2)"
    )
    arguments.add_argument("--lora-r", type=_positive, help="also count a LoRA adapter of this rank")
    arguments.add_argument("--target-modules", help="all-linear (the default), or names like q_proj,v_proj")
    arguments.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    arguments.add_argument("--out", metavar="FILE", help="JSON file for the figures")
    args = arguments.parse_args(argv)
    if args.target_modules and not args.lora_r:
        raise UserError(f"--target-modules {args.target_modules} needs a rank: add --lora-r, for example --lora-r 16")

    config = read_config(find_config(args.model, args.revision), args.model)
    kind = args.kind or kind_of(config)
    if args.labels and kind != "classifier":
        raise UserError(f"--labels {args.labels} is of a classifier, {args.model} is {kind}: add --kind classifier")
    model = on_meta(config, kind, args.labels)
    figures = {"base": count(model)["base"]}
    found: dict[str, Any] = {"model": args.model, "architecture": type(model).__name__, "kind": kind}
    if kind == "classifier":
        found["labels"] = model.config.num_labels
    found |= {"output_layer": output_layer(model), "parts": parts(model)}
    if args.lora_r:
        targets = _targets(args.target_modules or "all-linear")
        figures["tuned"] = count(lora_on(model, kind, r=args.lora_r, target_modules=targets))["tuned"]
        found["lora"] = {"r": args.lora_r, "target_modules": targets}

    if args.out:
        write_json(args.out, figures)
    for line in [json.dumps(found | figures)] if args.json else _lines(found, figures):
        say(line)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 up, not {text!r}")
    return int(text)


def _targets(text: str) -> str | list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UserError(f"--target-modules must name layers, like q_proj,v_proj, or all-linear, not {text!r}")
    return names[0] if len(names) == 1 else names


def _lines(found: dict[str, Any], figures: dict[str, dict[str, int]]) -> list[str]:
    base = figures["base"]
    labels = f", {found['labels']} labels" if "labels" in found else ""
    rows = [
        ("total", base["total"], ""),
        ("embedding", base["embedding"], OUTPUT_LAYER[found["output_layer"]]),
        ("non-embedding", base["non_embedding"], ""),
        *((f"  {name}", number, "") for name, number in found["parts"].items() if name != "embedding"),
    ]
    if "tuned" in figures:
        tuned, lora = figures["tuned"], found["lora"]
        targets = lora["target_modules"]
        said = targets if isinstance(targets, str) else ", ".join(targets)
        share = tuned["trainable"] / tuned["total"]
        rows += [
            ("with the adapter", tuned["total"], f"LoRA r {lora['r']} on {said}"),
            ("  trainable", tuned["trainable"], f"{share:.2%}" + (", the head among it" if labels else "")),
            ("after merging", tuned["after_merging"], "the total again"),
        ]
    wide, long = max(len(row[0]) for row in rows), max(len(f"{row[1]:,}") for row in rows)
    table = [f"{name:<{wide}}  {number:>{long},}  {note}".rstrip() for name, number, note in rows]
    return [f"{found['model']}: {found['architecture']}{labels}", *table]


if __name__ == "__main__":
    run(main)
