"""The setting of the grid whose labels of the validation rows are best, copied to the place of the tuned model.

    python -m stages.select_setting --params recipes/sentiment/params.yaml --data recipes/sentiment/data/split \\
        --predictions recipes/sentiment/predictions/grid --trained recipes/sentiment/models/grid \\
        --out recipes/sentiment/models/tuned --record recipes/sentiment/models/training \\
        --table recipes/sentiment/metrics/model_selection.json

Macro F1 decides; of equal settings the one named first is chosen. The test rows are not read. Takes seconds. For each
NAME under grid it reads PREDICTIONS/NAME/validation.jsonl, TRAINED/NAME/tuned and TRAINED/NAME/training. Writes OUT and
RECORD (copies of the chosen setting's two folders) and TABLE (all settings, their validation metrics, the choice).
"""

import shutil
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json, written
from pipeline_lib.core.run_files import IDENTITY, read_history_rows, read_identity, read_split_rows
from pipeline_lib.evaluation.model_selection import BY, best_setting, validation_metrics
from pipeline_lib.evaluation.predictions import read_predictions
from pipeline_lib.params import read_params
from pipeline_lib.training.settings import GRID_KEYS

PARAMS = ("seed", "grid")
HISTORY = "history.csv"  # in the folder of a training record


def main(argv: list[str] | None = None) -> None:
    """Read the command line, compare, copy, print."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: validation .jsonl")
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

    settings: dict[str, dict[str, Any]] = {}
    for name in params["grid"]:
        answers = read_predictions(args.predictions / name / "validation.jsonl", validation)
        used = read_identity(args.trained / name / "tuned", ["settings"])["settings"]
        settings[name] = {
            **{key: used[key] for key in GRID_KEYS if key in used},
            **validation_metrics(validation, answers, params["seed"]),
            **_best_epoch(args.trained / name / "training" / HISTORY),
        }
    chosen = best_setting(settings)
    with (
        written(args.out, mark=IDENTITY) as model,
        written(args.record, mark=HISTORY) as record,
        written(args.table) as table,
    ):
        shutil.copytree(args.trained / chosen / "tuned", model)
        shutil.copytree(args.trained / chosen / "training", record)
        facts = {"by": BY, "validation": len(validation), "chosen": chosen, "grid_keys": list(GRID_KEYS)}
        write_json(table, facts | {"settings": settings})
    for name, row in settings.items():
        mark = "  <- chosen" if name == chosen else ""
        say(f"{name}: macro F1 {row[BY]:.4f}, accuracy {row['accuracy']:.4f}, loss {row['loss']:.4f}{mark}")


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
