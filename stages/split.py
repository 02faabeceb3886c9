"""Split the rows into train, validation and test.

    python -m stages.split --out data/split --metrics metrics/split.json

What params.yaml names under data is a table, or a folder with a training and a test table (train.tsv and test.tsv; the
older name eval.tsv works too). With a folder, test rows come from the test table, and training rows that nearly equal
one of its rows, or are contained in one, are left out. Data in the project must be known to DVC or be ignored by Git.
Rows with equal input are never in two parts. Nor are rows with nearly equal input (7 of 8 words of the longer one are
in the other, in any order; or 3 of 4 and all words of the other) unless split.near_duplicates says otherwise, nor texts
that contain one another where split.contained says so. split.seed, or else the seed, fixes the split. Takes seconds.
Writes OUT/train.jsonl, OUT/validation.jsonl, OUT/test.jsonl (one example a line: id, group, source, target, and leak:
the training row that is nearly equal, "" where there is none), OUT/columns.json (columns of the params file, which a
trained model keeps) and METRICS (counts of rows, duplicates, groups, near-duplicates and rows left out; sizes, strata,
lengths in words).
"""

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import write_json, write_jsonl, written
from pipeline_lib.core.run_files import COLUMNS
from pipeline_lib.core.tasks import load
from pipeline_lib.data.split_figures import label_lines, split_figures, summary
from pipeline_lib.data.split_table import split_table, written_parts
from pipeline_lib.data.tracking import refuse_overwriting, refuse_unguarded
from pipeline_lib.data.user_rows import read_user_rows
from pipeline_lib.params import read_params

PARAMS = ("data", "encoding", "task", "columns", "seed", "split")


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument(
        "--data", help="the table, or a folder with a training and a test table (default: data in params)"
    )
    command.add_argument("--out", required=True, help="folder for train, validation and test .jsonl")
    command.add_argument("--metrics", required=True, help="JSON file for the split's figures")
    args = command.parse_args(argv)
    params = read_params(args.params, PARAMS)
    data = args.data or params["data"]
    refuse_unguarded(data)
    refuse_overwriting((args.out, args.metrics), (data, args.params))
    task = load(params["task"], "data")
    task_params = read_params(args.params, getattr(task, "PARAMS", ()))

    rows = read_user_rows(task, data, params["columns"], params["split"], task_params, params["encoding"])
    for schema in rows.schemas:
        say(schema)
    split = split_table(rows, task.DISTINCT, params["split"], params["seed"])
    parts = written_parts(task, split, task_params, rows.origin)
    figures = split_figures(rows, split, parts, params["split"]["unsupported"])
    with written(args.out, mark="train.jsonl") as folder, written(args.metrics) as metrics:  # both, or neither
        folder.mkdir()
        for name, part in parts.items():
            write_jsonl(folder / f"{name}.jsonl", part)
        write_json(folder / COLUMNS, params["columns"])
        write_json(metrics, figures)
    for line in [*summary(figures), *label_lines(parts)]:
        say(line)


if __name__ == "__main__":
    run(main)
