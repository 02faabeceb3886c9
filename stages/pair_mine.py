"""Vectors to pairs: the words of the corpus that are closest in meaning.

    python -m stages.pair_mine --data data/vectors.npy --words data/vocabulary.csv --sentences data/sentences.jsonl \\
        --out data/pairs.csv

Writes the pairs.top pairs of different words with the highest cosine, exactly: unordered, each once, and never two
forms of one lemma or stem, or a compound and its part ("t-spine / spine"). Of each it says how often the two meet in a
sentence, and whether they are interchangeable ("left / right") or collocates ("pleural / effusion"); pairs.kind takes one
of these alone. Compares pairs.block words at once, so that memory grows with the block and not with the vocabulary
squared. Seconds for 2,000 words; no model, no network.

On a cluster: --dask ADDRESS gives each two blocks to a worker of a Dask cluster, with the same result.
"""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.params import read_params
from pipeline_lib.words.corpus.sentences import stream_sentences
from pipeline_lib.words.corpus.vocabulary import read_vocabulary
from pipeline_lib.words.pairs.collocations import collocations
from pipeline_lib.words.pairs.mining import top_pairs
from pipeline_lib.words.pairs.pair_table import read_vectors, write_pairs

PARAMS = ("pairs",)
PATIENCE = 30  # seconds to wait for a scheduler


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("--data", required=True, help="the vectors, .npy")
    command.add_argument("--words", required=True, help="the vocabulary, CSV, its rows in the order of --data")
    command.add_argument("--sentences", required=True, help="the sentences of the same corpus, JSONL")
    command.add_argument("--out", required=True, help="the pairs, CSV")
    command.add_argument("--dask", metavar="ADDRESS", help="the scheduler of a Dask cluster, like tcp://host:8786")
    args = command.parse_args(argv)
    settings = read_params(args.params, PARAMS)["pairs"]
    top, kind = settings["top"], settings["kind"]
    words = read_vocabulary(args.words)
    met = collocations(stream_sentences(args.sentences), len(words))
    with _machines(args.dask) as (executor, at_once):
        pairs = top_pairs(
            words, read_vectors(args.data, mapped=True), met, top, kind, settings["block"], executor, at_once
        )
    write_pairs(args.out, pairs)
    named = "pairs" if kind == "any" else f"pairs of {kind}"
    if len(pairs) < top:
        say(f"pairs.top asks for {top} {named}, {len(words)} words have only {len(pairs)}: wrote those")
    else:
        say(f"the closest {top} {named} of {len(words)} words, cosine {pairs[0].cosine} to {pairs[-1].cosine}")


@contextmanager
def _machines(address: str | None) -> Iterator[tuple[Executor | None, int]]:
    """Yield what runs the tasks, and how many to hand it at once: two for each thread of a cluster."""
    if address is None:
        yield None, 1
        return
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise UserError("--dask wants Dask, which is not installed: pip install 'dask[distributed]'") from error
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler answers at {address} ({error}): start one with `dask scheduler`") from error
    with client:
        yield client.get_executor(), 2 * sum(client.nthreads().values())


if __name__ == "__main__":
    run(main)
