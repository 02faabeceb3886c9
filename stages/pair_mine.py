"""Vectors to pairs: the words of the corpus that are closest in meaning.

    python -m stages.pair_mine --data data/vectors.npy --words data/vocabulary.csv --out data/pairs.csv

Writes the pairs.top pairs of different words with the highest cosine, exactly: unordered, each once, and never two
forms of one lemma or stem, or a compound and its part ("t-spine / spine"). Compares pairs.block words at once, so
that memory grows with the block and not with the vocabulary squared. Under a second for 2,000 words; no model,
no network.
"""

from pipeline_lib.pairs import read_vectors, top_pairs, write_pairs
from pipeline_lib.params import read_params
from pipeline_lib.words import read_vocabulary
from stages.command import parser, run, say

PARAMS = ("pairs",)


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("--data", required=True, help="the vectors, .npy")
    command.add_argument("--words", required=True, help="the vocabulary, CSV, its rows in the order of --data")
    command.add_argument("--out", required=True, help="the pairs, CSV")
    args = command.parse_args(argv)
    settings = read_params(args.params, PARAMS)["pairs"]
    words = read_vocabulary(args.words)
    pairs = top_pairs(words, read_vectors(args.data), settings["top"], settings["block"])
    write_pairs(args.out, pairs)
    if len(pairs) < settings["top"]:
        say(f"pairs.top asks for {settings['top']} pairs, {len(words)} words have only {len(pairs)}: wrote those")
    else:
        say(f"the closest {len(pairs)} pairs of {len(words)} words, cosine {pairs[0].cosine} to {pairs[-1].cosine}")


if __name__ == "__main__":
    run(main)
