"""What training did from epoch to epoch: losses, perplexities, the gap between training and validation.

    python -m stages.epoch_losses --history models/history.csv --out metrics/epochs.json --table plots/epochs.csv

Takes a moment; no model. Writes OUT (the epoch that was kept, its gap, and a row an epoch) and TABLE (the rows, for
dvc plots). A gap that grows while validation gets no better is overfitting.
"""

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, write_csv, write_json
from pipeline_lib.evaluation.overfitting import COLUMNS, epoch_losses
from pipeline_lib.evaluation.score_table import rounded

PARAMS = ()


def main(argv: list[str] | None = None) -> None:
    """Read the command line, sum up, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--history", required=True, help="the loss of each step, CSV")
    arguments.add_argument("--out", required=True, help="JSON file for the figures")
    arguments.add_argument("--table", required=True, help="CSV file for dvc plots")
    args = arguments.parse_args(argv)
    try:
        made = epoch_losses(read_csv(args.history, ["epoch", "split", "loss", "targets", "kept"]))
    except (ValueError, ArithmeticError) as error:
        raise UserError(f"{args.history} has a cell that is none of ours ({error}): run finetune again") from error
    kept = next((row for row in made if row["kept"]), made[-1] if made else None)
    if kept is None:
        raise UserError(f"{args.history} has no epochs: run finetune again")
    figures = {"kept": kept["epoch"], "of": len(made), "gap": kept["gap"], "by_epoch": {}}
    figures["by_epoch"] = {str(row["epoch"]): {name: row[name] for name in COLUMNS[1:-1]} for row in made}
    write_json(args.out, rounded(figures))
    write_csv(args.table, list(COLUMNS), [rounded({**row, "kept": int(row["kept"])}) for row in made])
    for row in made:
        held = "" if row["validation"] is None else f", validation {row['validation']:.4f}, gap {row['gap']:+.4f}"
        say(f"epoch {row['epoch']}: training loss {row['train']:.4f}{held}{' (kept)' if row['kept'] else ''}")


if __name__ == "__main__":
    run(main)
