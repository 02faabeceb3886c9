"""A run as pictures: its loss curve, its word pairs, and a page to explore the pairs in a browser.

    python -m stages.plot --history models/history.csv --pairs data/pairs.csv \\
        --loss-table plots/loss.csv --loss-figure plots/loss.png --pairs-table plots/word_pairs.csv \\
        --pairs-figure plots/word_pairs.png --page plots/word_pairs.html

The tables are what `dvc plots show` draws; the page is one file of about 1 MB that needs no network. Takes about ten
seconds; no model. The same input gives the same files, byte for byte.
"""

from pipeline_lib.explorer import write_page
from pipeline_lib.figures import draw_loss, draw_pairs, read_history, write_loss_table, write_pairs_table
from pipeline_lib.pairs import read_pairs
from stages.command import parser, run, say

PARAMS = ()


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("--history", required=True, help="the loss of each step, CSV")
    command.add_argument("--pairs", required=True, help="the word pairs, CSV")
    command.add_argument("--loss-table", required=True, help="the loss for dvc plots, CSV")
    command.add_argument("--loss-figure", required=True, help="the loss curve, PNG")
    command.add_argument("--pairs-table", required=True, help="the word pairs for dvc plots, CSV")
    command.add_argument("--pairs-figure", required=True, help="the word pairs as a graph and a ranking, PNG")
    command.add_argument("--page", required=True, help="the word pairs to explore, one HTML file")
    args = command.parse_args(argv)
    history, pairs = read_history(args.history), read_pairs(args.pairs)
    write_loss_table(args.loss_table, history)
    draw_loss(args.loss_figure, history)
    write_pairs_table(args.pairs_table, pairs)
    draw_pairs(args.pairs_figure, pairs)
    write_page(args.page, pairs)
    say(f"drew {len(history)} losses and {len(pairs)} pairs; open {args.page} in a browser")


if __name__ == "__main__":
    run(main)
