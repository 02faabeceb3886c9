"""The pictures of a run that writes answers: its loss, its systems side by side, its kinds of rows.

    python -m stages.plot_answers --scores metrics/scores.json --definitions metrics/definitions.json \\
        --slices metrics/slices.csv --history models/history.csv --loss-table plots/loss.csv \\
        --loss-figure plots/loss.png --systems-table plots/systems.csv --systems-figure plots/systems.png \\
        --slices-figure plots/slices.png

The tables are what `dvc plots show` draws. Takes seconds; no model. The same input gives the same files, byte for byte.
"""

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import read_csv, read_json
from pipeline_lib.report.figures.loss import draw_loss, read_history, write_loss_table
from pipeline_lib.report.figures.systems import draw_slices, draw_systems, write_systems_table

PARAMS = ()


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("--scores", required=True, help="the figures, JSON")
    command.add_argument("--definitions", required=True, help="what the figures are, JSON")
    command.add_argument("--slices", required=True, help="the headline figure by kind of row, CSV")
    command.add_argument("--history", required=True, help="the loss of each step, CSV")
    command.add_argument("--loss-table", required=True, help="the loss for dvc plots, CSV")
    command.add_argument("--loss-figure", required=True, help="the loss curve, PNG")
    command.add_argument("--systems-table", required=True, help="the systems' figures for dvc plots, CSV")
    command.add_argument("--systems-figure", required=True, help="the systems' figures with intervals, PNG")
    command.add_argument("--slices-figure", required=True, help="the headline figure by kind of row, PNG")
    args = command.parse_args(argv)
    history, scores, definitions = read_history(args.history), read_json(args.scores), read_json(args.definitions)
    slices = read_csv(args.slices, ["slice", "value", "n", "tuned", "baseline", "difference", "low", "high"])
    write_loss_table(args.loss_table, history)
    draw_loss(args.loss_figure, history)
    write_systems_table(args.systems_table, scores)
    title = definitions["metrics"][scores["headline"]]["title"]
    draw_systems(args.systems_figure, scores, title)
    draw_slices(args.slices_figure, slices, title)
    say(f"drew {len(history)} losses, {2 + len(scores['baselines'])} systems and {len(slices)} kinds of rows")


if __name__ == "__main__":
    run(main)
