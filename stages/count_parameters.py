"""How many parameters a model has, from its configuration alone: of any model, or of the one a params file trains.

    python -m stages.count_parameters smollm2-135m-instruct
    python -m stages.count_parameters google/gemma-2b-it --lora-r 16 --target-modules all-linear
    python -m stages.count_parameters distilbert-base-uncased/config.json --labels 2 --json
    python -m stages.count_parameters --params recipes/sentiment/params.yaml --out recipes/sentiment/metrics/parameters.json

MODEL is a folder with a config.json, such a file itself, a Hub id (its config.json is fetched and nothing else) or one
of the project's names. Without MODEL it is the params file's, with what its method and lora train. No weights are
loaded, none of a model's own code is run; a weight that two layers share is counted once. Embedding is every table that
is looked up: tokens, positions, segments. An output layer with weights of its own is not in it. With --lora-r also what
training such an adapter means; a classifier's head is then trained whole. --json prints one JSON object and nothing
else; --out writes its figures, "untrained" and "tuned", to a file.
"""

import argparse
import json
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json
from pipeline_lib.models.parameter_count import (
    KINDS,
    count,
    find_config,
    kind_of,
    on_meta,
    output_layer,
    parts,
    read_config,
)
from pipeline_lib.models.parameter_count import with_lora as lora_on
from pipeline_lib.params import read_params

PARAMS = ("model", "revision", "method", "lora")  # read where no MODEL is named
OUTPUT_LAYER = {
    "tied": "the output layer is tied to it and counted once",
    "own": "the output layer is not tied: it is in non-embedding",
    "none": "",
}


def main(argv: list[str] | None = None) -> None:
    """Read the command line, count, print, write."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "model", metavar="MODEL", nargs="?", help="folder, config.json, Hub id or one of the project's names"
    )
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
    asked = _named(args) if args.model is not None else _trained(args)
    name = asked["model"]
    config = read_config(find_config(name, asked["revision"]), name)
    kind = args.kind or kind_of(config)
    if args.labels and kind != "classifier":
        raise UserError(f"--labels {args.labels} is of a classifier, {name} is {kind}: add --kind classifier")
    model = on_meta(config, kind, args.labels)
    whole = count(model)
    figures = {"untrained": whole["untrained"]}
    found: dict[str, Any] = {"model": name, "architecture": type(model).__name__, "kind": kind}
    if kind == "classifier":
        found["labels"] = model.config.num_labels
    found |= {"output_layer": output_layer(model), "parts": parts(model)}
    if asked["method"] == "lora":
        found |= {"method": "lora", "lora": asked["lora"]}
        figures["tuned"] = count(lora_on(model, kind, **asked["lora"]))["tuned"]
    elif asked["method"] == "full":
        found["method"] = "full"
        figures["tuned"] = whole["tuned"]

    if args.out:
        write_json(args.out, figures)
    for line in [json.dumps(found | figures)] if args.json else _lines(found, figures):
        say(line)


def _named(args: argparse.Namespace) -> dict[str, Any]:
    """Return model, revision, method and lora as the command line has them; no method where none is asked for."""
    if args.target_modules and not args.lora_r:
        raise UserError(f"--target-modules {args.target_modules} needs a rank: add --lora-r, for example --lora-r 16")
    lora = {"r": args.lora_r, "target_modules": _targets(args.target_modules or "all-linear")}
    method = {"method": "lora", "lora": lora} if args.lora_r else {"method": None}
    return {"model": args.model, "revision": args.revision} | method


def _trained(args: argparse.Namespace) -> dict[str, Any]:
    """Return model, revision, method and lora as the params file has them."""
    given = {"--revision": args.revision, "--lora-r": args.lora_r, "--target-modules": args.target_modules}
    option = next((option for option, value in given.items() if value), None)
    if option:
        raise UserError(
            f"{option} {given[option]} is of a MODEL on the command line, there is none and {args.params} has its own: "
            "name the MODEL, or set it there"
        )
    params = read_params(args.params, PARAMS)
    return params | {"lora": {key: params["lora"][key] for key in ("r", "target_modules")}}


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
    base = figures["untrained"]
    labels = f", {found['labels']} labels" if "labels" in found else ""
    rows = [
        ("total", base["total"], ""),
        ("embedding", base["embedding"], OUTPUT_LAYER[found["output_layer"]]),
        ("non-embedding", base["non_embedding"], ""),
        *((f"  {name}", number, "") for name, number in found["parts"].items() if name != "embedding"),
    ]
    if "tuned" in figures:
        rows += _tuned_rows(found, figures["tuned"])
    wide, long = max(len(row[0]) for row in rows), max(len(f"{row[1]:,}") for row in rows)
    table = [f"{name:<{wide}}  {number:>{long},}  {note}".rstrip() for name, number, note in rows]
    return [f"{found['model']}: {found['architecture']}{labels}", *table]


def _tuned_rows(found: dict[str, Any], tuned: dict[str, int]) -> list[tuple[str, int, str]]:
    if found["method"] == "full":
        return [("trainable", tuned["trainable"], "method: full, all weights")]
    lora = found["lora"]
    targets = lora["target_modules"]
    said = targets if isinstance(targets, str) else ", ".join(targets)
    share = tuned["trainable"] / tuned["total"]
    return [
        ("with the adapter", tuned["total"], f"LoRA r {lora['r']} on {said}"),
        ("  trainable", tuned["trainable"], f"{share:.2%}" + (", the head among it" if "labels" in found else "")),
        ("after merging", tuned["after_merging"], "the total again"),
    ]


if __name__ == "__main__":
    run(main)
