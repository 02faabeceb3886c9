"""The figures of a run that labels rows: loss, confusion, ROC, calibration, and the settings that were compared.

    python -m stages.plot_classification --data data/split --predictions predictions --metrics metrics \\
        --record models/training --tuned models/tuned --out plots

Writes loss, confusion and roc, each as CSV and PNG (the matrix as confusion_matrix.png), and calibration.png to OUT;
where METRICS holds model_selection.json, also model_selection.csv and .png. The tables are what `dvc plots show` draws:
labels and numbers, no ids, no text. The confusion table is the tuned model's, the figure has the untrained model and
the best baseline beside it. With more than two labels the ROC table holds tuned's curve of each label against the rest,
the 20 of the smallest area where there are more, and each system's mean over labels.
Takes seconds; no model is loaded. The same input gives the same files, byte for byte.
"""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.core.run_files import read_identity, read_object, read_scores, read_split_rows
from pipeline_lib.evaluation.metrics.classification import check_probabilities, labelled
from pipeline_lib.evaluation.predictions import read_predictions
from pipeline_lib.report.figures.calibration import draw_calibration
from pipeline_lib.report.figures.confusion_matrix import draw_confusion, write_confusion_table
from pipeline_lib.report.figures.label_systems import System
from pipeline_lib.report.figures.loss import draw_loss, read_history, write_loss_table
from pipeline_lib.report.figures.roc import draw_roc, roc_curves, write_roc_table
from pipeline_lib.report.figures.settings_compared import read_model_selection, save_settings, write_settings_table
from pipeline_lib.report.results import answer_files
from pipeline_lib.report.settings_table import compared_grid
from pipeline_lib.report.wording import chart_name, wording

PARAMS = ()


def main(argv: list[str] | None = None) -> None:
    """Read the command line and the run, draw, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--predictions", required=True, type=Path, help="folder of the answers of all systems")
    arguments.add_argument("--metrics", required=True, type=Path, help="folder of the figures")
    arguments.add_argument("--record", required=True, type=Path, help="folder of the training history")
    arguments.add_argument("--tuned", required=True, type=Path, help="folder of the tuned model: base.json")
    arguments.add_argument("--out", required=True, type=Path, help="folder to write to")
    args = arguments.parse_args(argv)
    test_rows, scores = read_split_rows(args.data / "test.jsonl"), read_scores(args.metrics / "scores.json")
    history = read_history(args.record / "history.csv")
    if not all("labels" in row for row in test_rows):
        raise UserError(
            f"this stage draws runs that label rows, {args.data}/test.jsonl has no labels: use stages.plot_answers"
        )
    selected = args.metrics / "model_selection.json"
    selection = read_model_selection(selected) if selected.exists() else None
    definitions = read_object(args.metrics / "definitions.json", ["metrics"], "run the score stage again (dvc repro)")
    labels, truth = test_rows[0]["labels"], [row["target"] for row in test_rows]
    words = wording(definitions, read_identity(args.tuned, ()))
    best = scores["best_baseline"]["name"]
    names = {key: chart_name(definitions, key, words.untrained_name) for key in ("untrained", best, "tuned")}
    untrained, _, tuned = systems = _systems(args.predictions, test_rows, scores, names)
    for system in systems:
        if system.probabilities is None:
            say(f"{system.key} gives no probabilities: it has no ROC curve and no calibration")
    curves = roc_curves(truth, labels, systems)

    write_loss_table(args.out / "loss.csv", history)
    draw_loss(args.out / "loss.png", history, words.unit, words.targets)
    write_confusion_table(args.out / "confusion.csv", truth, tuned.predicted)
    draw_confusion(args.out / "confusion_matrix.png", truth, labels, systems)
    write_roc_table(args.out / "roc.csv", curves, systems)
    draw_roc(args.out / "roc.png", curves, labels, systems)
    draw_calibration(args.out / "calibration.png", truth, labels, [tuned, untrained])
    if selection:
        write_settings_table(args.out / "model_selection.csv", selection)
        definitions = read_object(
            args.metrics / "definitions.json", ["metrics"], "run the score stage again (dvc repro)"
        )
        save_settings(args.out / "model_selection.png", compared_grid(selection, definitions))
    settings = f" and {len(selection['settings'])} settings" if selection else ""
    say(f"drew {len(history)} losses, {len(truth)} rows of {len(labels)} labels{settings}")


def _systems(
    predictions: Path, test_rows: list[Example], scores: dict[str, Any], names: dict[str, str]
) -> list[System]:
    """Return the labels of the systems whose `names`, as people call them, are given by key."""
    files = answer_files(predictions, scores["best_baseline"]["name"])
    figures = {**scores, **scores["baselines"]}
    return [_system(key, name, files[key], test_rows, figures[key]) for key, name in names.items()]


def _system(key: str, name: str, path: Path, test_rows: list[Example], figures: dict[str, Any]) -> System:
    """Return the labels that the answers in `path` give the test rows, in the rows' order."""
    answers, labels = read_predictions(path, test_rows), test_rows[0]["labels"]
    try:
        check_probabilities([labelled(*pair) for pair in zip(test_rows, answers, strict=True)], labels)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    probabilities = None
    if all("probabilities" in row for row in answers):
        probabilities = np.array([[float(row["probabilities"][label]) for label in labels] for row in answers])
    return System(key, name, [row["prediction"] for row in answers], probabilities, figures)


if __name__ == "__main__":
    run(main)
