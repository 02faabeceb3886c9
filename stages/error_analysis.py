"""The test rows that a classifier labels wrongly, what its errors have in common, and all its figures in one file.

    python -m stages.error_analysis --data data/split --predictions predictions --metrics metrics \\
        --record models/training --tuned models/tuned --errors pages/errors.csv --out metrics/fine_tuning_results.json

Reads scores.json, split.json and, where it is there, model_selection.json of METRICS; loads no model. Takes seconds.
Writes ERRORS (every test row that tuned labels wrongly: id, label, predicted, confidence, its categories, its text) and
OUT (settings, model selection, split, training, metrics of untrained, tuned and baselines, McNemar's tests, confusion
tables, calibration by bin, and the error analysis).
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import read_json, write_csv, write_json, written
from pipeline_lib.core.run_files import read_history_rows, read_identity, read_scores, read_split_rows
from pipeline_lib.evaluation.fine_tuning_results import (
    ERROR_COLUMNS,
    HISTORY,
    error_table,
    fine_tuning_results,
    labelled_rows,
)
from pipeline_lib.evaluation.predictions import read_system
from pipeline_lib.evaluation.score_table import rounded

PARAMS = ()
SELECTION = "model_selection.json"


def main(argv: list[str] | None = None) -> None:
    """Read the command line, analyse, write, print."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: test .jsonl")
    arguments.add_argument("--predictions", required=True, type=Path, help="folder of answers, a folder a system")
    arguments.add_argument("--metrics", required=True, type=Path, help="folder of figures: scores.json, split.json")
    arguments.add_argument("--record", required=True, type=Path, help="folder of finetune's record: history.csv")
    arguments.add_argument("--tuned", required=True, type=Path, help="folder of the tuned model: base.json")
    arguments.add_argument("--errors", required=True, help="CSV file for the wrong rows; it quotes them")
    arguments.add_argument("--out", required=True, help="JSON file for all figures")
    args = arguments.parse_args(argv)

    test_rows = read_split_rows(args.data / "test.jsonl")
    scores = read_scores(args.metrics / "scores.json")
    systems = ("untrained", "tuned", scores["best_baseline"]["name"])
    answers = {name: read_system(args.predictions, name, "test", test_rows) for name in systems}
    facts = {"model": read_identity(args.tuned), "data": read_json(args.metrics / "split.json")}
    if (args.metrics / SELECTION).exists():
        facts["model_selection"] = read_json(args.metrics / SELECTION)
    history = read_history_rows(args.record / "history.csv", HISTORY)
    found = fine_tuning_results(test_rows, answers, scores, facts, history)
    wrong = error_table(labelled_rows(test_rows, answers["tuned"]))

    with written(args.errors) as errors, written(args.out) as out:
        write_csv(errors, list(ERROR_COLUMNS), wrong)
        write_json(out, rounded(found))
    suggestions = " ".join(found["error_analysis"]["suggestions"])
    say(f"{len(wrong)} of {len(test_rows)} rows are wrong; {suggestions or 'no category stands out'}")


if __name__ == "__main__":
    run(main)
