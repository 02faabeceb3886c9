"""Vocabulary to vectors: what an encoder makes of each word.

    python -m stages.embed --data data/vocabulary.csv --out data/vectors.npy

Reads the words of --data and writes one unit-length float32 vector for each, in the same order: the mean of the last
hidden states of embed.model, which is fetched once where it is one of the names in the README. The adapter has no
part in it, so another lr never reruns this stage. About 1,000 words a second on 2 cores.
"""

from pipeline_lib.errors import UserError
from pipeline_lib.models import load_encoder
from pipeline_lib.params import read_params
from pipeline_lib.vectors import word_vectors, write_vectors
from pipeline_lib.words import read_vocabulary
from stages.command import parser, run, say

PARAMS = ("embed",)


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("--data", required=True, help="the vocabulary, CSV")
    command.add_argument("--out", required=True, help="the vectors, .npy")
    args = command.parse_args(argv)
    settings = read_params(args.params, PARAMS)["embed"]
    words = [word.word for word in read_vocabulary(args.data)]
    if not words:
        raise UserError(f"embed wants words, {args.data} has none: run preprocess_text again")
    encoder = load_encoder(settings["model"], settings["revision"])
    vectors = word_vectors(encoder.model, encoder.tokenizer, words, settings["batch_size"])
    write_vectors(args.out, vectors)
    say(f"{len(vectors)} words, {vectors.shape[1]} numbers each, by {settings['model']}")


if __name__ == "__main__":
    run(main)
