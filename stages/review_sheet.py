"""A blind sheet on which people judge the tuned model's answers against the untrained model's.

    python -m stages.review_sheet --data data/split --predictions predictions --page pages/review.html \\
        --table pages/review.csv

Loads no model. Takes a second. Writes PAGE (one HTML file that works without a network: send it to the reviewers, each
sends back the review_NAME.json that it saves) and TABLE (the same rows for a spreadsheet: fill in A, B or equal under
choice, save as review_NAME.csv). `python -m stages.review_tally` reads both kinds of review. PAGE and TABLE quote the
test rows.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import write_text, written
from pipeline_lib.core.run_files import read_split_rows
from pipeline_lib.evaluation.human_review import SHORT, make_sheet, write_table
from pipeline_lib.evaluation.predictions import MODELS, read_model
from pipeline_lib.params import read_params
from pipeline_lib.report.review_page import page

PARAMS = ("seed",)


def main(argv: list[str] | None = None) -> None:
    """Read the command line, write the page and the table."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: test .jsonl")
    arguments.add_argument("--predictions", required=True, type=Path, help="folder of answers, a folder a system")
    arguments.add_argument("--page", required=True, help="HTML file to write")
    arguments.add_argument("--table", required=True, help="CSV file to write")
    args = arguments.parse_args(argv)
    seed = read_params(args.params, PARAMS)["seed"]

    test_rows = read_split_rows(args.data / "test.jsonl")
    untrained, tuned = (read_model(args.predictions, model, "test", test_rows) for model in MODELS)
    sheet = make_sheet(test_rows, untrained, tuned, seed)
    with written(args.page) as draft, written(args.table) as table:
        write_text(draft, page(sheet))
        write_table(table, sheet)
    same = sum(row.same for row in sheet.rows)
    say(
        f"run {sheet.run[:SHORT]}: {len(sheet.rows) - same} rows to judge, {same} with equal answers; "
        f"open {args.page} in a browser"
    )


if __name__ == "__main__":
    run(main)
