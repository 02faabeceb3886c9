"""Write a params file for your own data, and show what a run would read. Not a stage of the pipeline: run it by hand.

    python -m stages.init data/mine.csv

FILE is a table, a file of dialogues, or a folder with a training and a test table. Its task and columns are guessed
from headers and cells; --task names the task instead. The params file is that of the task's pipeline (params.yaml for
reports, else recipes/TASK/params.yaml), which `dvc repro` then runs: data, columns, labels and the sizes of the split
are replaced, all else is kept. A file that Git does not have as it is, is overwritten with --force only.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.tasks import load
from pipeline_lib.data.headers import header_key
from pipeline_lib.data.split_table import split_table
from pipeline_lib.data.tables import data_files
from pipeline_lib.data.tracking import in_dvc, in_git, unchanged_in_git
from pipeline_lib.data.user_rows import UserRows, read_user_rows
from pipeline_lib.params import edit_params, load_params, read_params
from pipeline_lib.preview.guess import RECIPES, Guess, guess_file
from pipeline_lib.preview.split_sizes import Sizes, split_sizes
from stages.preview import PAGE, show

PARAMS = ("task", "seed", "split")
MAIN = "impression"  # the task of the pipeline at the root
LAYOUTS = ("company", "dialogue")  # tasks that recognise a file's layout by its headers


def main(argv: list[str] | None = None) -> None:
    """Read the command line, guess, write, show."""
    arguments = parser(__doc__)
    arguments.add_argument("file", metavar="FILE", help="your data")
    arguments.add_argument("--task", choices=RECIPES, help="default: guessed")
    arguments.add_argument("--out", type=Path, help="params file to write (default: that of the task's pipeline)")
    arguments.add_argument("--encoding", default="auto", help="of a text file, a Python codec (default: %(default)s)")
    arguments.add_argument("--force", action="store_true", help="overwrite a params file that holds other changes")
    arguments.add_argument("--no-model", action="store_true", help="preview without the model's tokenizer")
    args = arguments.parse_args(argv)
    found = guess_file(data_files(args.file)[0], args.task, args.encoding)
    pipeline = Path() if found.recipe == MAIN else Path("recipes", found.recipe)
    out = args.out or pipeline / "params.yaml"
    _check_free(out, args.force)
    params = read_params(pipeline / "params.yaml", PARAMS)
    made = _read(args.file, args.encoding, found, pipeline / "params.yaml", params)
    _write(out, pipeline / "params.yaml", args.file, made)
    say(f"wrote {out} for the task {params['task']}: {found.reason}" if found.reason else f"wrote {out}")
    for line in [*made.sizes.why, *(f"not sure: {line}" for line in found.unsure), *made.notes]:
        say(line)
    say("")
    show(str(out), PAGE, 5, with_model=not args.no_model)
    say("")
    for line in _next(out, pipeline, args.file):
        say(line)


@dataclass(frozen=True)
class _Made:
    """What is written into the params file."""

    encoding: str
    columns: dict[str, str]
    labels: dict[Any, str]
    sizes: Sizes
    incomplete: bool
    notes: list[str]


def _check_free(out: Path, force: bool) -> None:
    """Raise UserError where `out` holds what Git does not have."""
    if not out.exists() or force:
        return
    if unchanged_in_git(out):
        return
    raise UserError(
        f"{out} is there and holds what Git does not have: commit it, name another file with --out, or overwrite it "
        "with --force"
    )


def _read(path: str, encoding: str, found: Guess, template: Path, params: dict[str, Any]) -> _Made:
    """Return what to write, with the sizes that the rows allow."""
    task = load(params["task"], "data")
    labels = {_plain(value): word for value, word in found.labels.items()}
    split = {**params["split"], "incomplete": "drop"}
    task_params = read_params(template, getattr(task, "PARAMS", ())) | {"labels": labels, "split": split}
    task_params = {name: task_params[name] for name in getattr(task, "PARAMS", ())}
    columns = {name: header for name, header in found.columns.items() if header_key(name) != header_key(header)}
    if found.recipe in LAYOUTS:
        try:  # the task knows layouts of its own, and more of their columns than were guessed
            rows, columns = read_user_rows(task, path, {}, split, task_params, encoding), {}
        except UserError:
            rows = read_user_rows(task, path, columns, split, task_params, encoding)
    else:
        rows = read_user_rows(task, path, columns, split, task_params, encoding)
    notes = []
    if rows.incomplete:
        notes.append(
            f"{rows.incomplete} rows lack their input or target: split.incomplete is drop, which leaves them out"
        )
    sizes = _sizes(rows, task, split, params["seed"], task_params.get("dialogue", {}).get("turns_asked", 1))
    return _Made(encoding, columns, labels, sizes, rows.incomplete > 0, notes)


def _sizes(rows: UserRows, task: Any, split: dict[str, Any], seed: int, asked: int) -> Sizes:
    """Return sizes of the split that these rows allow."""
    kind = "labels" if "labels" in rows.train[0] else "answers"
    least = split_table(rows, task.DISTINCT, {**split, "train": 1, "validation": 0, "test": 1}, seed)
    usable = len(rows.train) - sum(least.not_trained_on.values()) - least.too_close
    if split["duplicates"] == "drop" and task.DISTINCT:
        usable -= least.duplicates
    groups = least.groups - least.merged_groups if task.DISTINCT else usable
    return split_sizes(max(1, usable), max(1, groups), kind, asked)


def _write(out: Path, template: Path, data: str, made: _Made) -> None:
    """Write the template with the user's data in it, comments kept."""
    changes: dict[str, Any] = {"data": data, "encoding": made.encoding, "columns": made.columns}
    if "labels" in load_params(template):
        changes["labels"] = CommentedMap(made.labels)
        changes["labels"].fa.set_flow_style()
    changes |= {f"split.{part}": getattr(made.sizes, part) for part in ("train", "test", "validation")}
    if made.incomplete:
        changes["split.incomplete"] = "drop"
    edit_params(out, changes, template)


def _plain(value: str) -> Any:
    """Return a label's value as YAML writes it: 0, true."""
    return {"true": True, "false": False}.get(value, int(value) if value.lstrip("+-").isdecimal() else value)


def _next(out: Path, pipeline: Path, data: str) -> list[str]:
    """Return the commands that run the pipeline on the new file."""
    own, command = pipeline / "params.yaml", ["dvc repro", *([f"{pipeline}/dvc.yaml"] if pipeline.parts else [])]
    commands = [" ".join(command)]
    if not in_dvc(data) and not in_git(data):
        commands.insert(0, f"python -m stages.import_data --params {shlex.quote(str(own))}")
    if out.resolve() != own.resolve():
        commands.insert(0, f"cp {shlex.quote(str(out))} {own}")
    return [*(f"next: {command}" for command in commands), f"back to the embedded data: git restore {own}"]


if __name__ == "__main__":
    run(main)
