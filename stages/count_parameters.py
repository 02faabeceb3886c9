"""Count the parameters of a model from its configuration alone. Not a stage of the pipeline: run it by hand.

    python -m stages.count_parameters smollm2-135m-instruct
    python -m stages.count_parameters google/gemma-2b-it --lora-r 16 --target-modules all-linear
    python -m stages.count_parameters distilbert-base-uncased/config.json --labels 2 --json

MODEL is a folder with a config.json, such a file, a Hub id (only its config.json is fetched) or one of the project's
names. No weights are loaded and no code of a model is run; a weight that two layers share is counted once. Embedding is
every table that is looked up: tokens, positions, segments. An output layer with weights of its own is not in it. With
--lora-r the adapter is counted too; all weights of a classifier's head are trained with it. --json prints one JSON
object only. The stages that train write these figures to parameters.json.
"""

import argparse
import json
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.models.configuration import kind_of, read_config
from pipeline_lib.models.parameter_count import (
    KINDS,
    count,
    find_config,
    on_meta,
    output_layer,
    parts,
    with_lora,
)

PARAMS = ()
OUTPUT_LAYER = {
    "tied": "the output layer is tied to it and counted once",
    "own": "the output layer is not tied: it is in non-embedding",
    "none": "",
}


def main(argv: list[str] | None = None) -> None:
    """Read the command line, count, print."""
    args = _parse(argv)
    config = read_config(find_config(args.model, args.revision), args.model)
    kind = args.kind or kind_of(config)
    if args.labels and kind != "classifier":
        raise UserError(f"--labels {args.labels} is of a classifier, {args.model} is {kind}: add --kind classifier")
    model = on_meta(config, kind, args.labels)
    figures = {"untrained": count(model)["untrained"]}
    facts: dict[str, Any] = {"model": args.model, "architecture": type(model).__name__, "kind": kind}
    if kind == "classifier":
        facts["labels"] = model.config.num_labels
    facts |= {"output_layer": output_layer(model), "parts": parts(model)}
    if args.lora_r:
        lora = {"r": args.lora_r, "target_modules": _targets(args.target_modules or "all-linear")}
        facts |= {"method": "lora", "lora": lora}
        figures["tuned"] = count(with_lora(model, kind, **lora))["tuned"]
    for line in [json.dumps(facts | figures)] if args.json else _lines(facts, figures):
        say(line)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("model", metavar="MODEL", help="folder, config.json, Hub id or one of the project's names")
    arguments.add_argument("--revision", help="the commit, tag or branch of a Hub id")
    arguments.add_argument("--kind", choices=KINDS, help="default: causal, for an encoder's configuration classifier")
    arguments.add_argument(
        "--labels", type=_positive, help="of a classifier (default: as configured, which is often 2)"
    )
    arguments.add_argument("--lora-r", type=_positive, help="also count a LoRA adapter of this rank")
    arguments.add_argument("--target-modules", help="all-linear (the default), or names like q_proj,v_proj")
    arguments.add_argument("--json", action="store_true", help="print one JSON object only")
    args = arguments.parse_args(argv)
    if args.target_modules and not args.lora_r:
        raise UserError(f"--target-modules {args.target_modules} needs a rank: add --lora-r, for example --lora-r 16")
    return args


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 up, not {text!r}")
    return int(text)


def _targets(text: str) -> str | list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UserError(f"--target-modules must name layers, like q_proj,v_proj, or all-linear, not {text!r}")
    return names[0] if len(names) == 1 else names


def _lines(facts: dict[str, Any], figures: dict[str, dict[str, int]]) -> list[str]:
    untrained = figures["untrained"]
    labels = f", {facts['labels']} labels" if "labels" in facts else ""
    rows = [
        ("total", untrained["total"], ""),
        ("embedding", untrained["embedding"], OUTPUT_LAYER[facts["output_layer"]]),
        ("non-embedding", untrained["non_embedding"], ""),
        *((f"  {name}", number, "") for name, number in facts["parts"].items() if name != "embedding"),
    ]
    if "tuned" in figures:
        rows += _tuned_rows(facts, figures["tuned"])
    wide, long = max(len(row[0]) for row in rows), max(len(f"{row[1]:,}") for row in rows)
    table = [f"{name:<{wide}}  {number:>{long},}  {note}".rstrip() for name, number, note in rows]
    return [f"{facts['model']}: {facts['architecture']}{labels}", *table]


def _tuned_rows(facts: dict[str, Any], tuned: dict[str, int]) -> list[tuple[str, int, str]]:
    lora = facts["lora"]
    targets = lora["target_modules"]
    layers = targets if isinstance(targets, str) else ", ".join(targets)
    share = tuned["trainable"] / tuned["total"]
    return [
        ("with the adapter", tuned["total"], f"LoRA r {lora['r']} on {layers}"),
        ("  trainable", tuned["trainable"], f"{share:.2%}" + (", head included" if "labels" in facts else "")),
        ("after merging", tuned["after_merging"], "the total again"),
    ]


if __name__ == "__main__":
    run(main)
