"""Word vectors: one for each word of the vocabulary, from a model or from co-occurrence counts.

    python -m stages.embed --corpus data/corpus --out data/vectors.npy

--corpus is the folder that preprocess_text writes. Writes one unit-length float32 vector for each word of its
vocabulary, in the same order. embed.method decides how: encoder, the mean of embed.model's last hidden states over the
word alone; encoder_context, that over the word's tokens in up to embed.sentences of its sentences; model, the same with
a language model, at embed.layer; cooccurrence, counts of the words beside it, without a model (PPMI and truncated SVD).
embed.isotropy postprocesses the vectors. benchmarks.word_similarity compares all of them with human judgements. A model
in the README's table is downloaded once. The trained adapter is not used, so another lr never reruns this stage.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.models.loading import load_encoder
from pipeline_lib.models.unknown_tokens import unknown_line
from pipeline_lib.params import read_params
from pipeline_lib.words.corpus.lexicon import read_language
from pipeline_lib.words.corpus.sentences import SENTENCES_FILE, Sentence, read_sentences
from pipeline_lib.words.corpus.vocabulary import VOCABULARY_FILE, Word, read_vocabulary
from pipeline_lib.words.vectors.context_vectors import context_vectors
from pipeline_lib.words.vectors.cooccurrence import cooccurrence_vectors
from pipeline_lib.words.vectors.encoder_vectors import word_vectors, write_vectors
from pipeline_lib.words.vectors.isotropy import isotropic

PARAMS = ("embed",)


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("--corpus", required=True, type=Path, help="folder of the vocabulary and the sentences")
    command.add_argument("--out", required=True, help="the vectors, .npy")
    args = command.parse_args(argv)
    settings = read_params(args.params, PARAMS)["embed"]
    method, sentences = settings["method"], args.corpus / SENTENCES_FILE
    words = read_vocabulary(args.corpus / VOCABULARY_FILE)
    if not words:
        raise UserError(f"embed wants words, {args.corpus / VOCABULARY_FILE} has none: run preprocess_text again")
    if method == "encoder":
        vectors = _encoder_vectors(settings, words)
    elif method == "cooccurrence":
        vectors = _count_vectors(settings, words, _read_sentences(sentences, len(words)))
    else:
        vectors = _context_vectors(settings, words, _read_sentences(sentences, len(words)), read_language(args.corpus))
    vectors = isotropic(vectors, settings["isotropy"])
    write_vectors(args.out, vectors)
    source = method if method == "cooccurrence" else f"{method} of {settings['model']}"
    say(f"{len(vectors)} words, {vectors.shape[1]} numbers each, by {source}")


def _read_sentences(path: Path, words: int) -> list[Sentence]:
    sentences = read_sentences(path)
    if any(row >= words for sentence in sentences for row in sentence.words):
        raise UserError(
            f"{path} names words beyond the {words} of {VOCABULARY_FILE} beside it: run preprocess_text again"
        )
    return sentences


def _encoder_vectors(settings: Mapping[str, Any], words: Sequence[Word]) -> np.ndarray:
    encoder = load_encoder(settings["model"], settings["revision"])
    _warn_of_unknown(encoder.tokenizer, words, settings)
    return word_vectors(encoder.model, encoder.tokenizer, [word.word for word in words], settings["batch_size"])


def _count_vectors(settings: Mapping[str, Any], words: Sequence[Word], sentences: Sequence[Sentence]) -> np.ndarray:
    vectors, alone = cooccurrence_vectors(sentences, len(words), settings["window"], settings["dimensions"])
    if alone:
        say(f"{len(alone)} words occur beside no other word more often than by chance: their cosine with any word is 0")
    return vectors


def _context_vectors(
    settings: Mapping[str, Any], words: Sequence[Word], sentences: Sequence[Sentence], language: str
) -> np.ndarray:
    layer = settings["layer"] if settings["method"] == "model" else -1
    loaded = load_encoder(settings["model"], settings["revision"])
    _warn_of_unknown(loaded.tokenizer, words, settings)
    vectors, alone = context_vectors(
        loaded.model, loaded.tokenizer, words, sentences, settings["sentences"], layer, settings["batch_size"], language
    )
    if alone:
        say(f"{len(alone)} words were read alone: no sentence has them within the length that the model reads")
    return vectors


def _warn_of_unknown(tokenizer: Any, words: Sequence[Word], settings: Mapping[str, Any]) -> None:
    kind = "language model" if settings["method"] == "model" else "encoder"
    ids = tokenizer([word.word for word in words])["input_ids"]
    if warning := unknown_line(tokenizer, settings["model"], ids, "the words", kind):
        say(warning)


if __name__ == "__main__":
    run(main)
