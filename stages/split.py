"""Deal the rows into some to learn from, some to choose by and some held out.

    python -m stages.split --data data/reports.csv --out data/split --metrics metrics/split.json

Rows with equal input stay on one side, and so do rows with nearly equal input (their runs of five words have a
Jaccard similarity of 0.8) unless split.near_duplicates says otherwise. Eval rows are distinct, and the seed fixes the
deal. Takes seconds. Writes OUT/train.jsonl, OUT/validation.jsonl, OUT/eval.jsonl (one example a line: id, group,
source, target, and leak: the nearest training row that is nearly equal, "" where there is none) and METRICS (rows,
duplicates, groups of equal input, pairs of near-duplicates among them, sizes, lengths in words).
"""

from collections import Counter

import numpy as np

from pipeline_lib.errors import UserError
from pipeline_lib.files import write_json, write_jsonl, written
from pipeline_lib.near_duplicates import chains, near_duplicates
from pipeline_lib.params import read_params
from pipeline_lib.records import Example
from pipeline_lib.splitting import deal, leaks
from pipeline_lib.tasks import load_task
from stages.command import parser, run, say

PARAMS = ("task", "columns", "seed", "split")
PERCENTILES = (5, 50, 95, 100)


def main(argv: list[str] | None = None) -> None:
    """Read the command line, deal, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, help="the user's table: CSV, TSV, JSON or JSONL")
    arguments.add_argument("--out", required=True, help="folder for train, validation and eval .jsonl")
    arguments.add_argument("--metrics", required=True, help="JSON file for the split's figures")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    sizes = params["split"]

    task = load_task(params["task"])
    table = task.read(args.data, params["columns"])
    examples = task.examples(table)
    complete = [example for example in examples if example["source"] and example["target"]]
    incomplete = len(examples) - len(complete)
    if incomplete and sizes["incomplete"] == "fail":
        blank = next(example for example in examples if not (example["source"] and example["target"]))
        part = "input" if not blank["source"] else "target"
        raise UserError(
            f"every row needs an input and a target, row {blank['id']} of {args.data} has an empty {part} "
            f"({incomplete} such rows in all): fill it in, or set split.incomplete: drop in {args.params}"
        )
    if not complete:
        raise UserError(f"all {len(examples)} rows of {args.data} are incomplete: look at columns in {args.params}")
    inputs = {example["group"]: example["source"] for example in complete}  # one text a group: they are equal
    names = list(inputs)
    found = near_duplicates(list(inputs.values()))
    merged = {}
    if sizes["near_duplicates"] == "group":
        merged = {names[at]: names[first] for at, first in enumerate(chains(found, len(names))) if first != at}
    dealt = deal(
        complete,
        train=sizes["train"],
        validation=sizes["validation"],
        eval=sizes["eval"],
        duplicates=sizes["duplicates"],
        seed=params["seed"],
        origin=args.data,
        merged=merged,
    )
    pairs = [] if merged else [(names[left], names[right], similarity) for left, right, similarity in found]
    leaked = leaks(dealt.eval + dealt.validation, dealt.train, pairs)
    straddling = leaked | leaks(dealt.eval, dealt.validation, pairs)
    if straddling and sizes["near_duplicates"] == "fail":
        row, (other, similarity) = next(iter(straddling.items()))
        raise UserError(
            "no row of eval or validation may have a near-duplicate in another part (split.near_duplicates: fail), "
            f"{args.data} has {len(straddling)} that do, the first is row {row}, by {similarity:.3f} like row {other}: "
            f"set split.near_duplicates in {args.params} to group (they stay on one side) or allow (they are marked), "
            "or take one row of each pair out of the data"
        )
    parts = {
        name: [{**row, "leak": leaked.get(row["id"], ("",))[0]} for row in rows]
        for name, rows in (("train", dealt.train), ("validation", dealt.validation), ("eval", dealt.eval))
    }
    figures = {
        "rows": len(examples),
        "incomplete": incomplete,
        "duplicates": dealt.duplicates,
        "groups": len(names),
        "near_duplicates": len(found),
        "near_duplicate_groups": len(merged),
        "leaked": sum(row["leak"] != "" for row in parts["eval"]),
        **{name: len(rows) for name, rows in parts.items()},
        "left_out": dealt.left_out,
        "shared_groups": _shared_groups(list(parts.values())),
        "strata": {name: dict(sorted(_strata(rows).items())) for name, rows in parts.items()},
        "words": {key: _percentiles([len(row[key].split()) for row in complete]) for key in ("source", "target")},
    }
    with written(args.out, mark="train.jsonl") as folder, written(args.metrics) as metrics:  # both, or neither
        folder.mkdir()
        for name, rows in parts.items():
            write_jsonl(folder / f"{name}.jsonl", rows)
        write_json(metrics, figures)
    say(
        f"{len(examples)} rows, {dealt.duplicates} of them duplicates: {len(dealt.train)} train, "
        f"{len(dealt.validation)} validation, {len(dealt.eval)} eval; {dealt.left_out} left over, "
        f"{incomplete} incomplete; {len(found)} pairs of near-duplicates, {len(merged)} groups merged, "
        f"{figures['leaked']} eval rows leaked"
    )


def _shared_groups(parts: list[list[Example]]) -> int:
    """Return how many groups stand in more than one part; 0, or the deal is wrong."""
    counts = Counter(group for part in parts for group in {example["group"] for example in part})
    return sum(count > 1 for count in counts.values())


def _strata(rows: list[Example]) -> Counter[str]:
    return Counter(row.get("stratum") or "none" for row in rows)


def _percentiles(lengths: list[int]) -> dict[str, float]:
    values = np.percentile(lengths, PERCENTILES)
    return {f"p{percent}": float(value) for percent, value in zip(PERCENTILES, values, strict=True)}


if __name__ == "__main__":
    run(main)
