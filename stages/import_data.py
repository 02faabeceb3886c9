"""Put your data under DVC and name it in the params file. Not a stage of the pipeline: run it once, by hand.

    python -m stages.import_data ~/Downloads/reports.csv
    python -m stages.import_data hub:stanfordnlp/sst2@REVISION --split train --test-split validation \\
        --params recipes/sentiment/params.yaml

A file or folder from outside the project is copied into the folder data/ beside the params file; one inside the project
stays where it is. A dataset of the Hugging Face Hub (hub:ID or hub:ID@REVISION) is written there as JSONL, its name
with the commit, so that it always has the same rows. `dvc add` then keeps the rows in DVC's cache and writes NAME.dvc,
which is all that Git gets; once it is committed, queued experiments find the rows by it. Changes data: in the params
file, no more.
"""

import logging
import os
import re
import shlex
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.repo import Repo

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_jsonl, written
from pipeline_lib.data.tracking import bring_into, in_git
from pipeline_lib.params import edit_params, load_params

HUB = re.compile(r"hub:([\w.-]+(?:/[\w.-]+)?)(?:@([\w./-]+))?")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, bring the data, put it under DVC."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "source", nargs="?", help="file, folder, hub:ID or hub:ID@REVISION (default: data in params)"
    )
    arguments.add_argument("--name", help="the name in data/ (default: the file's own)")
    arguments.add_argument("--split", default="train", help="of a hub: dataset: train, or a slice like train[:1000]")
    arguments.add_argument("--test-split", help="of a hub: dataset: the split whose rows are the test rows")
    arguments.add_argument("--config", help="of a hub: dataset: its configuration, where it has several")
    args = arguments.parse_args(argv)
    named = load_params(args.params).get("data", "")
    source = args.source or named
    folder = Path(args.params).absolute().parent / "data"
    if source.startswith("hub:"):
        path = _from_hub(source, [args.split, *filter(None, [args.test_split])], args.config, folder, args.name)
    else:
        path = bring_into(folder, Path(source).expanduser(), args.name)
    if in_git(path):
        raise UserError(
            f"{path} is in Git: to keep its rows out, run git rm --cached -r with its name, then this again"
        )
    logging.getLogger("dvc").setLevel(logging.ERROR)  # what it says about git, we say below
    try:
        with Repo(str(folder.parent)) as repo:
            repo.add(str(path))
            shown = Path(os.path.relpath(path, repo.root_dir)).as_posix()
    except DvcException as error:
        raise UserError(f"DVC cannot add {path}: {error}") from error
    edit_params(args.params, {"data": shown}, args.params)
    say(f"{shown} is under DVC, and data: in {args.params} names it")
    pointer, params = (shlex.quote(os.path.relpath(name)) for name in (f"{path}.dvc", args.params))
    say("Git gets the pointer, which has no row. Queued experiments need it committed:")
    say(f"git add {pointer} {params} && git commit -m 'Our data'")


def _from_hub(source: str, splits: list[str], config: str | None, folder: Path, name: str | None) -> Path:
    """Return the file of a dataset's split, or the folder of two splits as train and test, written as JSONL."""
    found = HUB.fullmatch(source)
    if not found:
        raise UserError(
            f"a dataset must be named hub:ID or hub:ID@REVISION, like hub:stanfordnlp/sst2@main: {source!r}"
        )
    # imported here, for they take seconds, and a file on this machine needs none
    from datasets import load_dataset, load_dataset_builder
    from huggingface_hub import HfApi

    from pipeline_lib.models.hub import hub_errors

    dataset, revision = found.groups()
    with hub_errors("dataset", dataset, revision, "bring a file of your own"):
        commit = HfApi().dataset_info(dataset, revision=revision).sha or ""
        known = load_dataset_builder(dataset, config, revision=commit).info.splits or {}
        for split in splits:
            if known and split.split("[")[0] not in known:
                raise UserError(f"dataset {dataset} has no split {split!r}: it has {', '.join(known)}")
        tables = [load_dataset(dataset, config, split=split, revision=commit) for split in splits]
    part = "-".join(re.findall(r"\w+", " ".join([config or "", *splits])))
    stem = f"{dataset.replace('/', '-')}-{part}-{commit[:12]}"
    path = folder / (name or (stem if len(splits) == 2 else f"{stem}.jsonl"))
    with written(path, mark="train.jsonl" if len(splits) == 2 else "") as draft:
        if len(splits) == 2:
            draft.mkdir()
        for place, table in zip(("train", "test"), tables, strict=False):
            write_jsonl(draft / f"{place}.jsonl" if len(splits) == 2 else draft, table.to_list())
    columns = ", ".join(tables[0].column_names)
    say(f"{' + '.join(str(len(table)) for table in tables)} rows of {dataset}@{commit} ({columns})")
    return path


if __name__ == "__main__":
    run(main)
