"""Keep the setting of the grid whose labels of the validation rows are best.

    python -m stages.select_setting --params recipes/sentiment/params.yaml --data recipes/sentiment/data/split \\
        --labels recipes/sentiment/data/validation --trained recipes/sentiment/models/grid \\
        --out recipes/sentiment/models/adapter --history recipes/sentiment/models/history.csv \\
        --table recipes/sentiment/metrics/search.json

By macro F1; of equal ones the one named first. The test rows have no say. Takes seconds. LABELS holds ROW.jsonl and
TRAINED holds ROW and ROW.csv, of each row of grid. Writes OUT (a copy of the chosen adapter), HISTORY (a copy of its
history) and TABLE (the settings, their validation figures, and the chosen one).
"""

import shutil
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, read_json, read_jsonl, write_json, written
from pipeline_lib.evaluation.model_selection import BY, best_setting, validation_figures
from pipeline_lib.evaluation.predictions import read_predictions
from pipeline_lib.params import read_params
from pipeline_lib.training.settings import GRID_KEYS

PARAMS = ("seed", "grid")
IDENTITY = "base.json"  # of an adapter's folder: its settings


def main(argv: list[str] | None = None) -> None:
    """Read the command line, compare, copy."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: validation .jsonl")
    arguments.add_argument("--labels", required=True, type=Path, help="folder of labels of the validation rows")
    arguments.add_argument("--trained", required=True, type=Path, help="folder of adapters and their histories")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the chosen adapter")
    arguments.add_argument("--history", required=True, type=Path, help="CSV file for its history")
    arguments.add_argument("--table", required=True, type=Path, help="JSON file for the comparison")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    validation = read_jsonl(args.data / "validation.jsonl")
    if not validation:
        raise UserError(
            "settings are chosen by validation rows, there are none: raise split.validation, or lower train"
        )

    rows: dict[str, dict[str, Any]] = {}
    for name in params["grid"]:
        answers = read_predictions(args.labels / f"{name}.jsonl", validation)
        settings = read_json(args.trained / name / IDENTITY)["settings"]
        rows[name] = {
            **{key: settings[key] for key in GRID_KEYS if key in settings},
            **validation_figures(validation, answers, params["seed"]),
            **_losses(args.trained / f"{name}.csv"),
        }
    chosen = best_setting(rows)
    with written(args.out, mark=IDENTITY) as folder, written(args.history) as history, written(args.table) as table:
        shutil.copytree(args.trained / chosen, folder)
        shutil.copyfile(args.trained / f"{chosen}.csv", history)
        facts = {"by": BY, "validation": len(validation), "chosen": chosen, "grid_keys": list(GRID_KEYS)}
        write_json(table, facts | {"settings": rows})
    for setting, row in rows.items():
        kept = "  <- kept" if setting == chosen else ""
        say(f"{setting}: macro F1 {row[BY]:.4f}, accuracy {row['accuracy']:.4f}, loss {row['loss']:.4f}{kept}")


def _losses(history: Path) -> dict[str, Any]:
    """Return the validation loss, in nats a row, of the epoch that was kept, and which it is."""
    kept = next((row for row in read_csv(history, ["epoch", "loss", "kept"]) if row["kept"]), None)
    if kept is None:
        raise UserError(
            f"{history} has no validation row: train again with the validation rows there are now (dvc repro)"
        )
    return {"loss": float(kept["loss"]), "best_epoch": int(kept["epoch"])}


if __name__ == "__main__":
    run(main)
