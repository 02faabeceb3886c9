"""Word vectors against pooling by hand, on a tiny random BERT."""

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.text_encoder import text_vectors
from pipeline_lib.words.pairs.pair_table import read_vectors
from pipeline_lib.words.vectors.encoder_vectors import word_vectors, write_vectors

WORDS = ["lung", "lungs", "effusion", "a", "cardiomegaly", "lung"]


@pytest.fixture(scope="module")
def encoder():
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "lung", *letters, *(f"##{letter}" for letter in letters)]
    plain = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    plain.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=40,
    )  # fmt: skip
    return BertModel(config).eval(), tokenizer


@pytest.mark.parametrize("batch_size", [1, 2, 100])
@pytest.mark.parametrize("texts", [WORDS, ["a lung and lungs", "effusion", "cardiomegaly of the heart"]])
def test_a_vector_is_the_mean_of_the_hidden_states_with_special_tokens(encoder, texts, batch_size):
    model, tokenizer = encoder
    plain = text_vectors(model, tokenizer, texts, 40, batch_size)
    unit = word_vectors(model, tokenizer, texts, batch_size)
    assert (unit.dtype, unit.shape) == (plain.dtype, plain.shape) == (np.float32, (len(texts), 16))
    for text, mean, scaled in zip(texts, plain, unit, strict=True):
        with torch.no_grad():
            hidden = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]  # without padding
        expected = hidden.mean(dim=0).numpy()
        np.testing.assert_allclose(mean, expected, atol=2e-6)
        np.testing.assert_allclose(scaled, expected / np.linalg.norm(expected), atol=2e-6)


def test_a_text_is_cut_to_the_given_length_and_to_the_encoders(encoder):
    model, tokenizer = encoder
    long, short = "lung " * 60, "lung " * 4  # and [CLS] and [SEP]
    cut = text_vectors(model, tokenizer, [long, short], 6, 2)
    np.testing.assert_allclose(cut[0], cut[1], atol=1e-6)
    full = text_vectors(model, tokenizer, [long, "lung " * 38], 1000, 2)
    np.testing.assert_allclose(full[0], full[1], atol=1e-6)


def test_what_cannot_be_embedded_is_a_users_error(encoder):
    model, tokenizer = encoder
    broken = BertModel(model.config).eval()
    broken.encoder.layer[-1].output.LayerNorm.weight.data.fill_(float("nan"))
    with pytest.raises(UserError, match="gives 'lung' a vector of length nan"):
        word_vectors(broken, tokenizer, ["lung"], 2)
    bare = PreTrainedTokenizerFast(tokenizer_object=tokenizer.backend_tokenizer)
    with pytest.raises(UserError, match="wants an encoder with a padding token, this is a bert: name an encoder"):
        word_vectors(model, bare, ["lung"], 2)


def test_vectors_are_read_as_they_were_written(tmp_path):
    vectors = np.eye(3, dtype=np.float32)
    write_vectors(tmp_path / "v.npy", vectors)
    np.testing.assert_array_equal(read_vectors(tmp_path / "v.npy"), vectors)
    assert [file.name for file in tmp_path.iterdir()] == ["v.npy"]
