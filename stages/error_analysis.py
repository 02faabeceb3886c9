"""What a classifier got wrong, and all its figures in one file.

    python -m stages.error_analysis --data data/split --untrained data/base.jsonl --tuned data/tuned.jsonl \\
        --baselines data/baselines --scores metrics/scores.json --split-figures metrics/split.json --adapter models/adapter \\
        --history models/history.csv --search metrics/search.json \\
        --errors metrics/errors.csv --out metrics/fine_tuning_results.json

A pure function of files: no model is loaded. Takes seconds. Writes ERRORS (every test row that tuned labels
wrongly: id, label, predicted, confidence, its categories, its text) and OUT (settings, search, split, training, figures
of base, tuned and baselines, McNemar's tests, confusion tables, calibration by bin, and the error analysis).
"""

from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import guarded, read_csv, read_json, read_jsonl, write_csv, write_json, written
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.error_analysis import analyse, row_categories
from pipeline_lib.evaluation.metrics.classification import confusion, reliability
from pipeline_lib.evaluation.predictions import read_predictions
from pipeline_lib.evaluation.score_table import rounded

PARAMS = ()
COLUMNS = ("id", "label", "predicted", "confidence", "categories", "text")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, analyse, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: eval .jsonl")
    arguments.add_argument("--untrained", required=True, type=Path, help="labels of the base, JSONL")
    arguments.add_argument("--tuned", required=True, type=Path, help="labels of the tuned model, JSONL")
    arguments.add_argument("--baselines", required=True, type=Path, help="folder of the baselines stage")
    arguments.add_argument("--scores", required=True, help="the figures, JSON")
    arguments.add_argument("--split-figures", required=True, help="the figures of the split, JSON")
    arguments.add_argument("--adapter", required=True, type=Path, help="folder of the adapter")
    arguments.add_argument("--history", required=True, help="the loss of each step, CSV")
    arguments.add_argument("--search", help="the comparison of settings, JSON, for recipes that have one")
    arguments.add_argument("--errors", required=True, help="CSV file for the wrong rows; it quotes them")
    arguments.add_argument("--out", required=True, help="JSON file for everything")
    args = arguments.parse_args(argv)

    test_rows = read_jsonl(args.data / "test.jsonl")
    scores = read_json(args.scores)
    best = scores["best_baseline"]["name"]
    files = {"untrained": args.untrained, "tuned": args.tuned, best: args.baselines / "test" / f"{best}.jsonl"}
    answers = {name: read_predictions(path, test_rows) for name, path in files.items()}
    labels, truth = test_rows[0]["labels"], [row["target"] for row in test_rows]
    rows = [_row(example, answer) for example, answer in zip(test_rows, answers["tuned"], strict=True)]
    found = analyse(rows)
    identity = read_json(args.adapter / "base.json")
    results: dict[str, Any] = {
        "model": {key: identity[key] for key in ("name", "revision", "sha256", "method", "settings")},
        "data": read_json(args.split_figures),
        **({"search": read_json(args.search)} if args.search else {}),
        "training": _training(args.history),
        "scores": scores,
        "confusion": {
            name: confusion(truth, [row["prediction"] for row in given], labels) for name, given in answers.items()
        },
        "reliability": reliability(
            [row["confidence"] for row in rows], [row["label"] == row["predicted"] for row in rows]
        ),
        "error_analysis": found,
    }
    wrong = [row for row in rows if row["label"] != row["predicted"]]
    with written(args.errors) as errors, written(args.out) as out:
        write_csv(errors, list(COLUMNS), [_written(row) for row in wrong])
        write_json(out, rounded(results))
    say(f"{len(wrong)} of {len(rows)} rows are wrong; " + (" ".join(found["suggestions"]) or "no kind stands out"))


def _row(example: Example, answer: Answer) -> dict[str, Any]:
    """Return a row as error_analysis reads it."""
    return {
        "id": example["id"],
        "text": example["source"],
        "label": example["target"],
        "predicted": answer["prediction"],
        "confidence": answer["probabilities"][answer["prediction"]],
    }


def _written(row: dict[str, Any]) -> dict[str, object]:
    """Return a row of the table of errors, safe to open as a spreadsheet."""
    cells = {**row, "categories": " ".join(row_categories(row)), "confidence": f"{row['confidence']:.4f}"}
    return {name: guarded(cells[name]) for name in COLUMNS}


def _training(history: str) -> dict[str, Any]:
    """Return the steps and the losses by epoch; no speeds, which differ from run to run."""
    lines = read_csv(history, ["step", "epoch", "split", "loss", "kept"])
    held = {int(row["epoch"]): float(row["loss"]) for row in lines if row["split"] == "validation"}
    kept = next((int(row["epoch"]) for row in lines if row["kept"]), None)
    return {
        "steps": max(int(row["step"]) for row in lines),
        "validation_loss": {str(epoch): loss for epoch, loss in held.items()},
        **({} if kept is None else {"best_epoch": kept}),
    }


if __name__ == "__main__":
    run(main)
