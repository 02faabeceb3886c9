"""Vocabulary to vectors: one for each word, by a model or by the company it keeps.

    python -m stages.embed --data data/vocabulary.csv --sentences data/sentences.jsonl --out data/vectors.npy

Reads the words of --data and writes one unit-length float32 vector for each, in the same order. embed.method says how:
encoder, the mean of embed.model's last hidden states over the word alone; encoder_context, that of the word's tokens in
up to embed.sentences sentences of --sentences; model, the same of a language model, at embed.layer; cooccurrence, the
words beside it in --sentences, no model (PPMI and truncated SVD). embed.isotropy then takes away what all words share.
benchmarks.word_similarity measures them against people's judgement. A model is fetched once where it is one of the
names in the README. The adapter has no part in it, so another lr never reruns this stage.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.models.loading import load_encoder
from pipeline_lib.params import read_params
from pipeline_lib.words.corpus.sentences import Sentence, read_sentences
from pipeline_lib.words.corpus.vocabulary import Word, read_vocabulary
from pipeline_lib.words.vectors.context_vectors import context_vectors
from pipeline_lib.words.vectors.cooccurrence import cooccurrence_vectors
from pipeline_lib.words.vectors.encoder_vectors import word_vectors, write_vectors
from pipeline_lib.words.vectors.isotropy import isotropic

PARAMS = ("embed",)


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("--data", required=True, help="the vocabulary, CSV")
    command.add_argument("--sentences", required=True, help="the sentences, JSONL, their words rows of --data")
    command.add_argument("--out", required=True, help="the vectors, .npy")
    args = command.parse_args(argv)
    settings = read_params(args.params, PARAMS)["embed"]
    words = read_vocabulary(args.data)
    if not words:
        raise UserError(f"embed wants words, {args.data} has none: run preprocess_text again")
    if settings["method"] == "encoder":
        vectors = _alone(settings, words)
    else:
        vectors = _in_sentences(settings, words, _checked(args.sentences, len(words)))
    vectors = isotropic(vectors, settings["isotropy"])
    write_vectors(args.out, vectors)
    by = settings["method"] if settings["method"] == "cooccurrence" else f"{settings['method']} of {settings['model']}"
    say(f"{len(vectors)} words, {vectors.shape[1]} numbers each, by {by}")


def _checked(path: str | Path, words: int) -> list[Sentence]:
    sentences = read_sentences(path)
    if any(not 0 <= row < words for sentence in sentences for row in sentence.words):
        raise UserError(f"{path} names words that --data, of {words} rows, has not: run preprocess_text again for both")
    return sentences


def _alone(settings: Mapping[str, Any], words: Sequence[Word]) -> np.ndarray:
    encoder = load_encoder(settings["model"], settings["revision"])
    return word_vectors(encoder.model, encoder.tokenizer, [word.word for word in words], settings["batch_size"])


def _in_sentences(settings: Mapping[str, Any], words: Sequence[Word], sentences: Sequence[Sentence]) -> np.ndarray:
    if settings["method"] == "cooccurrence":
        vectors, apart = cooccurrence_vectors(sentences, len(words), settings["window"], settings["dimensions"])
        if apart:
            say(f"{len(apart)} words have no neighbours that tell them apart: their cosine with any other word is 0")
        return vectors
    layer = settings["layer"] if settings["method"] == "model" else -1
    reader = load_encoder(settings["model"], settings["revision"])
    vectors, apart = context_vectors(
        reader.model, reader.tokenizer, words, sentences, settings["sentences"], layer, settings["batch_size"]
    )
    if apart:
        say(f"{len(apart)} words were read by themselves: no sentence holds them within what the model reads")
    return vectors


if __name__ == "__main__":
    run(main)
