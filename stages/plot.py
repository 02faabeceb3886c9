"""A run as pictures: its loss curve, its word pairs, and a page to explore the words in a browser.

    python -m stages.plot --history models/history.csv --pairs data/pairs.csv --vectors data/vectors.npy \\
        --words data/vocabulary.csv --sentences data/sentences.jsonl \\
        --loss-table plots/loss.csv --loss-figure plots/loss.png --pairs-table plots/word_pairs.csv \\
        --pairs-figure plots/word_pairs.png --pairs-drawing plots/word_pairs.svg --ranking plots/word_ranking.png \\
        --heatmap plots/word_heatmap.png --page plots/word_pairs.html

The tables are what `dvc plots show` draws; the page is one file of 1 to 6 MB that needs no network. It quotes sentences
of the corpus, so it is kept out of Git. Takes 20 seconds for 1,000 words; no model. The same input gives the same
files, byte for byte.

Two runs' pairs side by side, on a page of their own:

    dvc get . data/pairs.csv --rev main --out before.csv
    python -m stages.plot --compare before.csv data/pairs.csv --page plots/word_pairs_compared.html
"""

import sys

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.params import read_params
from pipeline_lib.report.explorer.pair_comparison import compare, write_comparison
from pipeline_lib.report.explorer.word_page import write_page
from pipeline_lib.report.figures.loss import draw_loss, read_history, write_loss_table
from pipeline_lib.report.figures.word_pairs import draw_heatmap, draw_pairs, draw_ranking, write_pairs_table
from pipeline_lib.words.corpus.sentences import stream_sentences
from pipeline_lib.words.corpus.vocabulary import read_vocabulary
from pipeline_lib.words.pairs.pair_table import read_pairs, read_vectors

PARAMS = ("pairs",)


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    whole = "--compare" not in (sys.argv[1:] if argv is None else argv)
    command = parser(__doc__)
    command.add_argument("--compare", nargs=2, metavar=("OLD", "NEW"), help="two runs' pairs, CSV; with --page alone")
    command.add_argument("--page", required=True, help="the words to explore, or the pairs compared, one HTML file")
    command.add_argument("--history", required=whole, help="the loss of each step, CSV")
    command.add_argument("--pairs", required=whole, help="the word pairs, CSV")
    command.add_argument("--vectors", required=whole, help="the vectors of the words, .npy")
    command.add_argument("--words", required=whole, help="the vocabulary, CSV, its rows in the order of --vectors")
    command.add_argument("--sentences", required=whole, help="the sentences of the same corpus, JSONL")
    command.add_argument("--loss-table", required=whole, help="the loss for dvc plots, CSV")
    command.add_argument("--loss-figure", required=whole, help="the loss curve, PNG")
    command.add_argument("--pairs-table", required=whole, help="the word pairs for dvc plots, CSV")
    command.add_argument("--pairs-figure", required=whole, help="the word pairs as a graph, PNG")
    command.add_argument("--pairs-drawing", required=whole, help="the same, SVG")
    command.add_argument("--ranking", required=whole, help="the word pairs ranked, PNG")
    command.add_argument("--heatmap", required=whole, help="how alike the words of the closest pairs are, PNG")
    args = command.parse_args(argv)
    if args.compare:
        old, new = (read_pairs(path) for path in args.compare)
        write_comparison(args.page, old, new, tuple(args.compare))
        states = [change.status for change in compare(old, new)]
        counts = ", ".join(f"{states.count(state)} {state}" for state in ("stayed", "came", "went"))
        say(f"of {len(old)} pairs before and {len(new)} after, {counts}; open {args.page} in a browser")
        return

    asked = read_params(args.params, PARAMS)["pairs"]["top"]
    history, pairs, words = read_history(args.history), read_pairs(args.pairs), read_vocabulary(args.words)
    vectors = read_vectors(args.vectors, mapped=True)
    # First the page: it holds words, vectors, pairs and sentences against one another.
    write_page(args.page, pairs, asked, words, vectors, stream_sentences(args.sentences))
    write_loss_table(args.loss_table, history)
    draw_loss(args.loss_figure, history)
    write_pairs_table(args.pairs_table, pairs)
    draw_pairs([args.pairs_figure, args.pairs_drawing], pairs, asked)
    draw_ranking(args.ranking, pairs, asked)
    draw_heatmap(args.heatmap, pairs, words, vectors, asked)
    say(f"drew {len(history)} losses and {len(pairs)} pairs; open {args.page} in a browser")


if __name__ == "__main__":
    run(main)
