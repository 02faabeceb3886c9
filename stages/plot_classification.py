"""A run that labels rows as pictures: loss, confusion, ROC, calibration, and the settings that were tried.

    python -m stages.plot_classification --data data/split --untrained data/base.jsonl --tuned data/tuned.jsonl \\
        --baselines data/baselines --scores metrics/scores.json --history models/history.csv --search metrics/search.json \\
        --loss-table plots/loss.csv --loss-figure plots/loss.png \\
        --confusion-table plots/confusion.csv --confusion-figure plots/confusion_matrix.png \\
        --roc-table plots/roc.csv --roc-figure plots/roc.png --calibration-figure plots/calibration.png \\
        --search-table plots/search.csv --search-figure plots/hyperparameter_comparison.png

The tables are what `dvc plots show` draws: labels and numbers, no ids, no text. The confusion table is tuned's, the
figure has base and the best baseline beside it. With more than two labels the ROC table holds tuned's curve of each label
against the rest, and of each system the mean over labels. Takes seconds; no model. The same input gives the same files,
byte for byte.
"""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, read_jsonl
from pipeline_lib.core.rows import Example
from pipeline_lib.evaluation.metrics.classification import check_probabilities, labelled
from pipeline_lib.evaluation.predictions import read_predictions
from pipeline_lib.report.figures.labels import (
    System,
    draw_calibration,
    draw_confusion,
    draw_roc,
    draw_search,
    read_search,
    roc_curves,
    write_confusion_table,
    write_roc_table,
    write_search_table,
)
from pipeline_lib.report.figures.loss import draw_loss, read_history, write_loss_table

PARAMS = ()


def main(argv: list[str] | None = None) -> None:
    """Read the command line, draw, write."""
    command = parser(__doc__)
    command.add_argument("--data", required=True, type=Path, help="folder of split: eval .jsonl")
    command.add_argument("--untrained", required=True, type=Path, help="labels of the base, JSONL")
    command.add_argument("--tuned", required=True, type=Path, help="labels of the tuned model, JSONL")
    command.add_argument("--baselines", required=True, type=Path, help="folder of the baselines stage")
    command.add_argument("--scores", required=True, help="the figures, JSON: which baseline is best, and intervals")
    command.add_argument("--history", required=True, help="the loss of each step, CSV")
    command.add_argument("--search", help="the comparison of settings, JSON, for recipes that have one")
    command.add_argument("--loss-table", required=True, help="the loss for dvc plots, CSV")
    command.add_argument("--loss-figure", required=True, help="the loss curve, PNG")
    command.add_argument("--confusion-table", required=True, help="actual and predicted labels for dvc plots, CSV")
    command.add_argument("--confusion-figure", required=True, help="the confusion matrices, PNG")
    command.add_argument("--roc-table", required=True, help="the ROC curves for dvc plots, CSV")
    command.add_argument("--roc-figure", required=True, help="the ROC curves, PNG")
    command.add_argument("--calibration-figure", required=True, help="the reliability diagram, PNG")
    command.add_argument("--search-table", help="the settings for dvc plots, CSV; with --search")
    command.add_argument("--search-figure", help="the settings compared, PNG; with --search")
    args = command.parse_args(argv)
    if len({bool(given) for given in (args.search, args.search_table, args.search_figure)}) > 1:
        raise UserError("--search, --search-table and --search-figure go together: name all three or none")

    test_rows, scores, history = (
        read_jsonl(args.data / "test.jsonl"),
        read_json(args.scores),
        read_history(args.history),
    )
    if not all("labels" in row for row in test_rows):
        raise UserError(
            f"this stage draws tasks that label rows, {args.data}/test.jsonl has no labels: use stages.plot"
        )
    search = read_search(args.search) if args.search else None
    best = scores["best_baseline"]["name"]
    base = _system("untrained", args.untrained, test_rows, scores["untrained"])
    baseline = _system(best, args.baselines / "test" / f"{best}.jsonl", test_rows, scores["baselines"][best])
    tuned = _system("tuned", args.tuned, test_rows, scores["tuned"])
    labels, truth, systems = test_rows[0]["labels"], [row["target"] for row in test_rows], [base, baseline, tuned]
    for system in systems:
        if system.probabilities is None:
            say(f"{system.name} gives no probabilities: it has no ROC curve and no calibration")
    curves = roc_curves(truth, labels, systems)

    write_loss_table(args.loss_table, history)
    draw_loss(args.loss_figure, history, unit="label")
    write_confusion_table(args.confusion_table, truth, tuned.predicted)
    draw_confusion(args.confusion_figure, truth, labels, systems)
    write_roc_table(args.roc_table, curves)
    draw_roc(args.roc_figure, curves, labels, systems)
    draw_calibration(args.calibration_figure, truth, labels, [tuned, base])
    if search:
        write_search_table(args.search_table, search)
        draw_search(args.search_figure, search)
    settings = f" and {len(search['settings'])} settings" if search else ""
    say(f"drew {len(history)} losses, {len(truth)} rows of {len(labels)} labels{settings}")


def _system(name: str, path: Path, test_rows: list[Example], figures: dict[str, Any]) -> System:
    """Return what the answers in `path` say of each test row, in their order."""
    given, labels = read_predictions(path, test_rows), test_rows[0]["labels"]
    try:
        check_probabilities([labelled(*pair) for pair in zip(test_rows, given, strict=True)], labels)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    probabilities = None
    if all("probabilities" in row for row in given):
        probabilities = np.array([[float(row["probabilities"][label]) for label in labels] for row in given])
    return System(name, [row["prediction"] for row in given], probabilities, figures)


if __name__ == "__main__":
    run(main)
