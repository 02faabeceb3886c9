"""The setting of the grid whose labels of the validation rows are best, copied to the place of the tuned model.

    python -m stages.select_setting --params recipes/sentiment/params.yaml --data recipes/sentiment/data/split \\
        --predictions recipes/sentiment/predictions/grid --trained recipes/sentiment/models/grid \\
        --out recipes/sentiment/models/tuned --record recipes/sentiment/models/training \\
        --table recipes/sentiment/metrics/model_selection.json

The headline figure of the task decides, such as accuracy; of equal ones the lower loss, then the setting named first.
The test rows are not read. Takes seconds. For each NAME under grid it reads PREDICTIONS/NAME/validation.jsonl,
TRAINED/NAME/tuned and TRAINED/NAME/training. Writes OUT and RECORD (copies of the chosen setting's two folders) and
TABLE (all settings with their figures on validation rows, the best first: that one is chosen).
"""

import shutil
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json, written
from pipeline_lib.core.run_files import IDENTITY, read_history_rows, read_identity, read_split_rows
from pipeline_lib.evaluation.model_selection import ranked
from pipeline_lib.evaluation.predictions import read_predictions
from pipeline_lib.evaluation.score_table import rounded
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.evaluation.validation_figures import validation_figures
from pipeline_lib.params import read_params
from pipeline_lib.training.settings import GRID_KEYS

PARAMS = ("task", "seed", "grid")
HISTORY = "history.csv"  # in the folder of a training record


def main(argv: list[str] | None = None) -> None:
    """Read the command line, compare, copy, print."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train and validation .jsonl")
    arguments.add_argument("--predictions", required=True, type=Path, help="folder of each setting's validation labels")
    arguments.add_argument("--trained", required=True, type=Path, help="folder of each setting's model and record")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the chosen model")
    arguments.add_argument("--record", required=True, type=Path, help="folder for its training record")
    arguments.add_argument("--table", required=True, type=Path, help="JSON file for the comparison")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    validation = read_split_rows(args.data / "validation.jsonl")
    if not validation:
        raise UserError(
            "settings are chosen by validation rows, there are none: lower split.train, so that rows are left for "
            "split.validation, and set that above 0"
        )

    scoring = load_scoring(params["task"])
    given, fitted = read_params(args.params, scoring.PARAMS), scoring.fit(read_split_rows(args.data / "train.jsonl"))
    settings: dict[str, dict[str, Any]] = {}
    for name in params["grid"]:
        answers = read_predictions(args.predictions / name / "validation.jsonl", validation)
        used = read_identity(args.trained / name / "tuned", ["settings"])["settings"]
        figures = validation_figures(validation, answers, scoring, given, fitted, params["seed"])
        settings[name] = {
            **{key: used[key] for key in GRID_KEYS if key in used},
            **rounded({key: value for key, value in figures.items() if key != "n"}),
            **_best_epoch(args.trained / name / "training" / HISTORY),
        }
    by = scoring.HEADLINE
    better = scoring.metrics(validation, **given)[by].better
    order = ranked([(row[by], row["loss"]) for row in settings.values()], better)
    settings = dict(list(settings.items())[place] for place in order)
    chosen = next(iter(settings))
    with (
        written(args.out, mark=IDENTITY) as model,
        written(args.record, mark=HISTORY) as record,
        written(args.table) as table,
    ):
        shutil.copytree(args.trained / chosen / "tuned", model)
        shutil.copytree(args.trained / chosen / "training", record)
        facts = {"by": by, "validation": len(validation), "chosen": chosen, "grid_keys": list(GRID_KEYS)}
        write_json(table, facts | {"settings": settings})
    for name, row in settings.items():
        texts = [f"{key} {row[key]:.4f}" for key in (by, *scoring.SUMMARY, "loss") if key in row]
        say(f"{name}: {', '.join(texts)}{'  <- chosen' * (name == chosen)}")


def _best_epoch(history: Path) -> dict[str, Any]:
    """Return {loss, best_epoch}: the validation loss of the epoch that was kept, in nats a row, and its number."""
    rows = read_history_rows(history, ["epoch", "split", "loss", "kept"])
    kept = next((row for row in rows if row["kept"]), None)
    if kept is None:
        raise UserError(
            f"{history} has no validation row: train again with the validation rows there are now (dvc repro)"
        )
    return {"loss": float(kept["loss"]), "best_epoch": int(kept["epoch"])}


if __name__ == "__main__":
    run(main)
