"""Training and validation loss of each epoch, their perplexities, and the gap between them.

    python -m stages.epoch_losses --record models/training --out metrics/epoch_losses.json \\
        --table metrics/epoch_losses.csv

Loads no model; takes a moment. Writes OUT (the epoch that was kept, its gap, and the figures by epoch) and TABLE (the
same rows for dvc plots). A gap that grows while the validation loss does not fall is overfitting.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_csv, write_json
from pipeline_lib.core.run_files import read_history_rows
from pipeline_lib.evaluation.overfitting import COLUMNS, epoch_losses
from pipeline_lib.evaluation.score_table import rounded

PARAMS = ()


def main(argv: list[str] | None = None) -> None:
    """Read the command line, tabulate, write, print."""
    arguments = parser(__doc__)
    arguments.add_argument("--record", required=True, type=Path, help="folder of finetune's record: history.csv")
    arguments.add_argument("--out", required=True, help="JSON file for the figures")
    arguments.add_argument("--table", required=True, help="CSV file for dvc plots")
    args = arguments.parse_args(argv)
    history = args.record / "history.csv"
    rows = read_history_rows(history, ["epoch", "split", "loss", "targets", "kept"])
    try:
        epochs = epoch_losses(rows)
    except (ValueError, ArithmeticError) as error:
        raise UserError(f"{history} has a cell that finetune does not write ({error}): run finetune again") from error
    kept = next((row for row in epochs if row["kept"]), epochs[-1] if epochs else None)
    if kept is None:
        raise UserError(f"{history} has no epochs: run finetune again")
    figures = {"kept": kept["epoch"], "of": len(epochs), "gap": kept["gap"], "by_epoch": {}}
    figures["by_epoch"] = {str(row["epoch"]): {name: row[name] for name in COLUMNS[1:-1]} for row in epochs}
    write_json(args.out, rounded(figures))
    write_csv(args.table, list(COLUMNS), [rounded({**row, "kept": int(row["kept"])}) for row in epochs])
    for row in epochs:
        validation = "" if row["validation"] is None else f", validation {row['validation']:.4f}, gap {row['gap']:+.4f}"
        say(f"epoch {row['epoch']}: training loss {row['train']:.4f}{validation}{' (kept)' if row['kept'] else ''}")


if __name__ == "__main__":
    run(main)
