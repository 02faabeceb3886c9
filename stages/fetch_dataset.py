"""Write a data file from a dataset of the Hugging Face Hub. Not a stage of the pipeline: run it once, by hand.

    python -m stages.fetch_dataset hub:stanfordnlp/sst2@REVISION --split train --out data/sst2.jsonl

Name the result under data: in params.yaml, and its headers under columns:. A commit as REVISION always gives the same
rows; without one the newest are taken and the log names their commit. Writes OUT (.jsonl, .json or .csv).
"""

import re

from datasets import load_dataset, load_dataset_builder
from huggingface_hub import HfApi

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written
from pipeline_lib.models.hub import hub_errors

WRITERS = {
    ".jsonl": lambda table, path: table.to_json(path, orient="records", lines=True, force_ascii=False),
    ".json": lambda table, path: table.to_json(path, orient="records", force_ascii=False),
    ".csv": lambda table, path: table.to_csv(path, index=False, lineterminator="\n"),
}


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("source", help="hub:ID or hub:ID@REVISION")
    command.add_argument("--config", help="the dataset's configuration, where it has several")
    command.add_argument("--split", required=True, help="train, validation, test, or a slice like train[:1000]")
    command.add_argument("--out", required=True, help="the file to write: .jsonl, .json or .csv")
    args = command.parse_args(argv)
    found = re.fullmatch(r"hub:([\w.-]+(?:/[\w.-]+)?)(?:@([\w./-]+))?", args.source)
    if not found:
        raise UserError(
            f"source must be hub:ID or hub:ID@REVISION, like hub:stanfordnlp/sst2@main, not {args.source!r}"
        )
    name, revision = found.groups()
    kind = next((suffix for suffix in WRITERS if args.out.lower().endswith(suffix)), None)
    if kind is None:
        raise UserError(f"--out must end in {', '.join(WRITERS)}, not {args.out!r}")
    with hub_errors("dataset", name, revision, "bring a file of your own"):
        commit = HfApi().dataset_info(name, revision=revision).sha
        splits = load_dataset_builder(name, args.config, revision=commit).info.splits or {}
        split = args.split.split("[")[0]
        if splits and split not in splits:
            raise UserError(f"dataset {name} has no split {split!r}: it has {', '.join(splits)}")
        rows = load_dataset(name, args.config, split=args.split, revision=commit)
    with written(args.out) as draft:
        WRITERS[kind](rows.to_pandas(), draft)
    say(f"{len(rows)} rows of {name}@{commit} ({', '.join(rows.column_names)}) in {args.out}")


if __name__ == "__main__":
    run(main)
