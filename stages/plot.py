"""Figures of a run: its loss curve, its word pairs, and a page to explore the words in a browser.

    python -m stages.plot --record models/training --corpus data/corpus --vectors data/vectors.npy \\
        --pairs data/pairs.csv --out plots --page pages/words.html

--record is the folder of finetune with history.csv, --corpus that of preprocess_text. Writes into the folder --out
loss.csv, loss.png, word_pairs.csv, word_pairs.png, word_pairs.svg, word_ranking.png and word_heatmap.png; `dvc plots
show` draws the two tables. The page is one file of 1 to 6 MB that needs no network. It quotes sentences of the corpus,
so it is kept out of Git. Takes 20 seconds for 1,000 words; no model. The same input gives the same bytes.

The pairs of two runs side by side, on a page of their own:

    dvc get . data/pairs.csv --rev main --out before.csv
    python -m stages.plot --compare before.csv data/pairs.csv --page pages/words_compared.html
"""

import sys
from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.params import read_params
from pipeline_lib.report.explorer.pair_comparison import STATUSES, compare, write_comparison
from pipeline_lib.report.explorer.word_page import write_page
from pipeline_lib.report.figures.loss import draw_loss, read_history, write_loss_table
from pipeline_lib.report.figures.word_pairs import draw_heatmap, draw_pairs, draw_ranking, write_pairs_table
from pipeline_lib.words.corpus.lexicon import read_language
from pipeline_lib.words.corpus.sentences import SENTENCES_FILE, stream_sentences
from pipeline_lib.words.corpus.vocabulary import VOCABULARY_FILE, read_vocabulary
from pipeline_lib.words.pairs.pair_table import read_pairs, read_vectors

PARAMS = ("pairs",)


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    one_run = "--compare" not in (sys.argv[1:] if argv is None else argv)
    command = parser(__doc__)
    command.add_argument("--compare", nargs=2, metavar=("OLD", "NEW"), help="pairs of two runs, CSV; only with --page")
    command.add_argument("--page", required=True, help="the page of the words, or of the compared pairs, HTML")
    command.add_argument("--record", required=one_run, type=Path, help="folder of finetune with history.csv")
    command.add_argument("--corpus", required=one_run, type=Path, help="folder of the vocabulary and the sentences")
    command.add_argument("--vectors", required=one_run, help="the vectors of the vocabulary, .npy")
    command.add_argument("--pairs", required=one_run, help="the word pairs, CSV")
    command.add_argument("--out", required=one_run, type=Path, help="folder for the figures and their tables")
    args = command.parse_args(argv)
    if args.compare:
        _compare(args.compare, args.page)
        return

    requested = read_params(args.params, PARAMS)["pairs"]["top"]
    history, pairs = read_history(args.record / "history.csv"), read_pairs(args.pairs)
    words, vectors = read_vocabulary(args.corpus / VOCABULARY_FILE), read_vectors(args.vectors, mapped=True)
    # The page first: it checks that words, vectors, pairs and sentences belong together.
    sentences, language = stream_sentences(args.corpus / SENTENCES_FILE), read_language(args.corpus)
    write_page(args.page, pairs, requested, words, vectors, sentences, language)
    write_loss_table(args.out / "loss.csv", history)
    draw_loss(args.out / "loss.png", history)
    write_pairs_table(args.out / "word_pairs.csv", pairs)
    draw_pairs([args.out / "word_pairs.png", args.out / "word_pairs.svg"], pairs, requested)
    draw_ranking(args.out / "word_ranking.png", pairs, requested)
    draw_heatmap(args.out / "word_heatmap.png", pairs, words, vectors, requested)
    say(f"drew {len(history)} losses and {len(pairs)} pairs; open {args.page} in a browser")


def _compare(paths: list[str], page: str) -> None:
    """Write the page of the pairs of two runs and print how many changed."""
    old, new = (read_pairs(path) for path in paths)
    write_comparison(page, old, new, (paths[0], paths[1]))
    statuses = [change.status for change in compare(old, new)]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in STATUSES)
    say(f"of {len(old)} pairs before and {len(new)} after, {counts}; open {page} in a browser")


if __name__ == "__main__":
    run(main)
