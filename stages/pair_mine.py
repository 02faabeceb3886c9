"""Word pairs: the pairs of words whose vectors have the highest cosine.

    python -m stages.pair_mine --corpus data/corpus --vectors data/vectors.npy --out data/pairs.csv

Writes the pairs.top pairs of different words with the highest cosine, by exact search: unordered, each once, and never
two words of one lemma or Snowball stem, or a compound and its part ("t-spine / spine"). Each pair has the number of
sentences with both words, and its kind: interchangeable ("small / tiny"), collocates ("pleural / effusion"), opposite
("left / right") or derivation ("pancreas / pancreatic"); pairs.kind keeps one kind only. Compares pairs.block words at
once, so that memory grows with the block and not with the vocabulary squared. Seconds for 2,000 words; no
model, no network.

On a cluster: --dask ADDRESS sends the comparisons of blocks to the workers of a Dask cluster, with the same result.
"""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.params import read_params
from pipeline_lib.words.corpus.sentences import SENTENCES_FILE, stream_sentences
from pipeline_lib.words.corpus.vocabulary import VOCABULARY_FILE, read_vocabulary
from pipeline_lib.words.pairs.collocations import count_collocations
from pipeline_lib.words.pairs.mining import top_pairs
from pipeline_lib.words.pairs.pair_table import read_vectors, write_pairs

PARAMS = ("pairs",)
TIMEOUT = 30  # seconds to wait for a scheduler


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("--corpus", required=True, type=Path, help="folder of the vocabulary and the sentences")
    command.add_argument("--vectors", required=True, help="the vectors of the vocabulary, .npy")
    command.add_argument("--out", required=True, help="the pairs, CSV")
    command.add_argument("--dask", metavar="ADDRESS", help="the scheduler of a Dask cluster, like tcp://host:8786")
    args = command.parse_args(argv)
    settings = read_params(args.params, PARAMS)["pairs"]
    top, kind = settings["top"], settings["kind"]
    words = read_vocabulary(args.corpus / VOCABULARY_FILE)
    counts = count_collocations(stream_sentences(args.corpus / SENTENCES_FILE), len(words))
    vectors = read_vectors(args.vectors, mapped=True)
    with _executor(args.dask) as (executor, at_once):
        pairs = top_pairs(words, vectors, counts, top, kind, settings["block"], executor, at_once)
    write_pairs(args.out, pairs)
    named = "pairs" if kind == "any" else f"pairs of kind {kind}"
    if len(pairs) < top:
        say(f"pairs.top asks for {top} {named}, {len(words)} words have only {len(pairs)}: wrote those")
    else:
        say(f"the closest {top} {named} of {len(words)} words, cosine {pairs[0].cosine} to {pairs[-1].cosine}")


@contextmanager
def _executor(address: str | None) -> Iterator[tuple[Executor | None, int]]:
    """Yield an executor, None to run tasks here, and how many tasks to give it at once: two for each thread."""
    if address is None:
        yield None, 1
        return
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise UserError("--dask wants Dask, which is not installed: pip install 'dask[distributed]'") from error
    try:
        client = Client(address, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler answers at {address} ({error}): start one with `dask scheduler`") from error
    with client:
        yield client.get_executor(), 2 * sum(client.nthreads().values())


if __name__ == "__main__":
    run(main)
