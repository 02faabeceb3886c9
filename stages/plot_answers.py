"""The figures of a run that writes answers: its loss, its systems side by side, the gain by kind of row.

    python -m stages.plot_answers --metrics metrics --record models/training --out plots

Writes loss.csv, loss.png, systems.csv, systems.png and slices.png to OUT; the tables are what `dvc plots show` draws.
Takes seconds; no model is loaded. The same input gives the same files, byte for byte.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import read_json
from pipeline_lib.report.figures.loss import draw_loss, read_history, write_loss_table
from pipeline_lib.report.figures.systems import draw_slices, draw_systems, write_systems_table
from pipeline_lib.report.row_details import read_slices

PARAMS = ()


def main(argv: list[str] | None = None) -> None:
    """Read the command line and the figures, draw, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--metrics", required=True, type=Path, help="folder of the score stage")
    arguments.add_argument("--record", required=True, type=Path, help="folder of the training history")
    arguments.add_argument("--out", required=True, type=Path, help="folder to write to")
    args = arguments.parse_args(argv)
    history, scores = read_history(args.record / "history.csv"), read_json(args.metrics / "scores.json")
    definitions, slices = read_json(args.metrics / "definitions.json"), read_slices(args.metrics / "slices.csv")

    write_loss_table(args.out / "loss.csv", history)
    draw_loss(args.out / "loss.png", history)
    write_systems_table(args.out / "systems.csv", scores, definitions)
    draw_systems(args.out / "systems.png", scores, definitions)
    draw_slices(args.out / "slices.png", slices, scores, definitions)
    say(f"drew {len(history)} losses, {2 + len(scores['baselines'])} systems and {len(slices)} kinds of row")


if __name__ == "__main__":
    run(main)
