"""The stage: each method writes what its function returns, in order; what it prints; its errors."""

from pathlib import Path

import numpy as np
import pytest

from pipeline_lib.core.files import write_json
from pipeline_lib.models.loading import load_encoder
from pipeline_lib.words.corpus.sentences import Sentence, write_sentences
from pipeline_lib.words.corpus.vocabulary import Word, write_vocabulary
from pipeline_lib.words.vectors.context_vectors import context_vectors
from pipeline_lib.words.vectors.cooccurrence import cooccurrence_vectors
from pipeline_lib.words.vectors.encoder_vectors import word_vectors
from pipeline_lib.words.vectors.isotropy import isotropic
from stages import embed
from tests.helpers.stages import refused, run_stage

WORDS = [Word(word, word, word, 1, 1) for word in ("effusion", "left", "lung", "heart", "spine")]
SENTENCES = [
    Sentence("A left effusion.", 2, [1, 0], [0, 0]),
    Sentence("lung and heart", 1, [2, 3], [0, 1]),
    Sentence("left lung, left heart", 1, [1, 2, 1, 3], [0, 0, 1, 1]),
]


@pytest.fixture
def stage(tmp_path):
    """Return a function that runs the stage with some settings and returns the vectors and the printed lines."""

    def run(words=WORDS, sentences=SENTENCES, per_word=10, **settings):
        defaults = {
            "method": "encoder", "model": "none", "revision": None, "batch_size": 2, "isotropy": "none",
            "sentences": per_word, "layer": -1, "window": 5, "dimensions": 3,
        }  # fmt: skip
        write_json(
            tmp_path / "params.yaml",
            {"embed": defaults | {k: str(v) if isinstance(v, Path) else v for k, v in settings.items()}},
        )
        write_vocabulary(tmp_path / "corpus" / "vocabulary.csv", words)
        write_sentences(tmp_path / "corpus" / "sentences.jsonl", sentences)
        paths = {"params": "params.yaml", "corpus": "corpus", "out": "vectors.npy"}
        printed = run_stage(embed, **{name: tmp_path / path for name, path in paths.items()})
        return np.load(tmp_path / "vectors.npy", allow_pickle=False), printed.splitlines()

    return run


def test_the_encoder_needs_no_sentences(stage, encoder_folder):
    reader = load_encoder(str(encoder_folder))
    vectors, printed = stage(sentences=[], model=encoder_folder)
    expected = word_vectors(reader.model, reader.tokenizer, [word.word for word in WORDS], 2)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert printed == [f"5 words, 32 numbers each, by encoder of {encoder_folder}"]


@pytest.mark.parametrize(("method", "layer", "read"), [("encoder_context", 0, -1), ("model", 1, 1)])
def test_words_are_read_in_their_sentences(stage, encoder_folder, llama_folder, method, layer, read):
    folder = encoder_folder if method == "encoder_context" else llama_folder
    reader = load_encoder(str(folder))
    vectors, printed = stage(method=method, model=folder, layer=layer, per_word=1)
    expected, _ = context_vectors(reader.model, reader.tokenizer, WORDS, SENTENCES, 1, read, 2)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert printed == [
        "1 words were read alone: no sentence has them within the length that the model reads",
        f"5 words, 32 numbers each, by {method} of {folder}",
    ]


def test_cooccurrence_needs_no_model(stage):
    vectors, printed = stage(method="cooccurrence")
    expected, alone = cooccurrence_vectors(SENTENCES, 5, 5, 3)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert alone == [4]
    assert printed == [
        "1 words occur beside no other word more often than by chance: their cosine with any word is 0",
        "5 words, 4 numbers each, by cooccurrence",
    ]


def test_vectors_are_postprocessed(stage, encoder_folder):
    plain, _ = stage(model=encoder_folder)
    centred, _ = stage(model=encoder_folder, isotropy="mean")
    np.testing.assert_allclose(centred, isotropic(plain, "mean"), atol=1e-5)
    assert not np.allclose(centred, plain, atol=0.1)


@pytest.mark.parametrize("method", ["encoder", "cooccurrence"])
def test_one_word_is_enough_and_none_or_others_are_a_users_error(stage, encoder_folder, method):
    how = {"method": method, "model": encoder_folder}
    vectors, _ = stage(WORDS[:1], [Sentence("effusion", 1, [0], [0])], **how)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1], abs=1e-6)
    refused("has none: run preprocess_text again", stage, [], **how)
    if method == "cooccurrence":
        message = r"names words beyond the 5 of vocabulary\.csv beside it: run preprocess_text again"
        refused(message, stage, sentences=[Sentence("ribs", 1, [5], [0])], **how)
