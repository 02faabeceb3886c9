"""Vectors of words in their sentences, against one sentence at a time by hand, on toy encoders and language models."""

import numpy as np
import pytest
import torch

from pipeline_lib.models.loading import load_encoder
from pipeline_lib.words.corpus.lexicon import lexicon
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.vectors.context_vectors import MAX_TOKENS, choose_sentences, context_vectors
from tests.helpers.stages import refused

STEM, LEMMA = lexicon().stem, lexicon().lemma
WORDS = [Word(word, STEM(word), LEMMA(word), 1, 1) for word in ("effusion", "left", "lung", "heart", "spine")]
SENTENCES = [
    Sentence("A left effusion, and effusions.", 2, [1, 0, 0]),
    Sentence("Lungs are clear.", 1, [2]),
    Sentence("The heart and the left lung and the lung.", 1, [3, 1, 2, 2]),
    Sentence("left, Effusion", 1, [1, 0]),
]
# (sentence, start, end) of each word's occurrences; "spine" has none.
PLACES = [
    [(0, 7, 15), (0, 21, 30), (3, 6, 14)], [(0, 2, 6), (2, 18, 22), (3, 0, 4)], [(1, 0, 5), (2, 23, 27), (2, 36, 40)],
    [(2, 4, 9)],
]  # fmt: skip


def states(reader, text, layer, first):
    """Return the tokens' states and places of one text, nothing padded."""
    encoded = reader.tokenizer(text, return_offsets_mapping=True)
    ids = torch.tensor([[*first, *encoded["input_ids"]]])
    with torch.no_grad():
        hidden = reader.model(ids, output_hidden_states=True).hidden_states[layer][0]
    return hidden[len(first) :].double().numpy(), encoded["offset_mapping"]


def by_hand(reader, texts, places, layer, first):
    read = [states(reader, text, layer, first) for text in texts]
    found = []
    for text, start, end in places:
        hidden, offsets = read[text]
        inside = [at for at, (a, b) in enumerate(offsets) if a < end and b > start and b > a]
        assert inside
        found.append(hidden[inside].mean(axis=0))
    mean = np.mean(found, axis=0)
    return mean / np.linalg.norm(mean)


@pytest.fixture(scope="module")
def reader(encoder_folder):
    return load_encoder(str(encoder_folder))


def vectors_of(reader, sentences=SENTENCES, most=10, layer=-1, batch_size=4, words=WORDS):
    return context_vectors(reader.model, reader.tokenizer, words, sentences, most, layer, batch_size)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("layer", [-1, 1, 0, 2])
def test_an_encoders_vector_is_the_mean_over_tokens_then_occurrences(reader, batch_size, layer):
    vectors, alone = vectors_of(reader, layer=layer, batch_size=batch_size)
    assert (vectors.dtype, vectors.shape, alone) == (np.float32, (5, 32), [4])
    texts = [sentence.text for sentence in SENTENCES]
    for row, places in enumerate(PLACES):
        expected = by_hand(reader, texts, places, layer, [])  # [CLS] is the tokenizer's own
        np.testing.assert_allclose(vectors[row], expected, atol=1e-5)
    np.testing.assert_allclose(vectors[4], by_hand(reader, ["spine"], [(0, 0, 5)], layer, []), atol=1e-5)


@pytest.mark.parametrize("layer", [-1, 0, 1])
@pytest.mark.parametrize(("folder", "opens"), [("llama_folder", False), ("gemma_folder", True), ("gpt2_folder", False)])
def test_the_input_of_a_language_model_begins_with_a_special_token(folder, opens, layer, request):
    reader = load_encoder(str(request.getfixturevalue(folder)))
    vectors, _ = vectors_of(reader, layer=layer, batch_size=2)
    assert (reader.tokenizer("lung")["input_ids"][0] in reader.tokenizer.all_special_ids) == opens
    token = reader.tokenizer.bos_token_id
    first = [] if opens else [reader.tokenizer.eos_token_id if token is None else token]
    texts = [sentence.text for sentence in SENTENCES]
    for row, places in enumerate(PLACES):
        np.testing.assert_allclose(vectors[row], by_hand(reader, texts, places, layer, first), atol=1e-4)


def test_a_word_is_read_in_at_most_so_many_sentences_spread_over_the_corpus(reader):
    vectors, _ = vectors_of(reader, most=1)
    texts = [sentence.text for sentence in SENTENCES]
    # The middle one of each word's sentences; both occurrences of "lung" in it.
    kept = [[(3, 6, 14)], [(2, 18, 22)], [(2, 23, 27), (2, 36, 40)], [(2, 4, 9)]]
    for row, places in enumerate(kept):
        np.testing.assert_allclose(vectors[row], by_hand(reader, texts, places, -1, []), atol=1e-5)
    sentences = [Sentence("", 1, [0, 0]) for _ in range(10)] + [Sentence("", 1, [1, 0])]
    chosen = choose_sentences(sentences, 3, 3)
    assert chosen == {1: {0}, 5: {0}, 9: {0}, 10: {1}}
    assert list(choose_sentences(sentences, 3, 100)) == list(range(11))
    assert choose_sentences([], 3, 3) == {}


def test_a_word_beyond_the_cut_or_without_sentences_is_read_alone(reader):
    long = Sentence("lung " * MAX_TOKENS + "heart", 1, [2] * MAX_TOKENS + [3])
    vectors, alone = vectors_of(reader, [long], 5)
    assert alone == [0, 1, 3, 4]
    np.testing.assert_allclose(vectors[3], by_hand(reader, ["heart"], [(0, 0, 5)], -1, []), atol=1e-5)
    assert np.isfinite(vectors).all()
    vectors, alone = vectors_of(reader, [], words=WORDS[:1])
    assert (vectors.shape, alone) == ((1, 32), [0])


@pytest.mark.parametrize("layer", [-2, 3])
def test_a_layer_the_model_lacks_is_a_users_error(reader, layer):
    refused(rf"embed.layer must be 0 to 2, or -1 .* has {layer}: change it", vectors_of, reader, layer=layer)


def test_a_vector_without_direction_is_a_users_error(encoder_folder):
    broken = load_encoder(str(encoder_folder))
    broken.model.encoder.layer[-1].output.LayerNorm.weight.data.fill_(float("nan"))
    refused("gives 'effusion' a vector of length nan", vectors_of, broken)
