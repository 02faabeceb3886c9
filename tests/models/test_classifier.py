"""Encoded texts, loss and probabilities of an encoder with a head, compared with transformers."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.classifier import (
    Labelled,
    check_trained_labels,
    encode_labelled,
    label_errors,
    label_logits,
    label_nll,
    probabilities,
)
from pipeline_lib.models.loading import load_classifier, load_tokenizer, locate
from pipeline_lib.models.text_encoder import context_length, encode_texts
from tests.helpers import toys
from tests.helpers.stages import error_of, refused

LABELS = ("negative", "neutral", "positive")
TEXTS = [
    "tear", "no acute fracture", "", "the heart size is normal " * 9, "MRI of the right knee: tear of the meniscus",
]  # fmt: skip


@pytest.fixture(scope="module", params=["encoder", "distilbert", "roberta"])
def toy(request, tmp_path_factory):
    """A classifier whose probabilities differ by text, its tokenizer, and TEXTS in tokens.

    In float64: weights so large blow up what float32 rounds off, and what is tested is not rounding.
    """
    folder = getattr(toys, f"write_{request.param}")(tmp_path_factory.mktemp("models") / request.param)
    base = locate(str(folder))
    torch.manual_seed(1)
    model = load_classifier(base, LABELS, torch.float64, new_head=True)
    tokenizer = load_tokenizer(base)
    ids = [ids for ids, _ in encode_texts(TEXTS, tokenizer, 64, 128)]
    last = last_layer(model)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 2:
                weight.normal_(std=0.3)
        logits = torch.cat([model(input_ids=torch.tensor([row])).logits for row in ids])
        last.weight /= logits.std(0)[:, None]  # scores of mean 0 and deviation 1
        last.bias -= logits.mean(0) / logits.std(0)
    return model, tokenizer, ids


def last_layer(model):
    return getattr(model.classifier, "out_proj", model.classifier)


def rows(*targets):
    return [{"id": str(n), "source": f"text {n}", "target": target} for n, target in enumerate(targets)]


def test_a_row_is_encoded_as_its_tokens_and_the_index_of_its_label():
    tokenizer = toys.wordpiece_tokenizer()
    long = "no tear of the medial meniscus"
    short, whole = tokenizer("no tear")["input_ids"], tokenizer(long)["input_ids"]
    limit = len(whole) - 2
    assert len(short) <= limit
    given = [
        {"id": "a", "source": "no tear", "target": "positive"},
        {"id": "b", "source": long, "target": "negative"},
        {"id": "c", "source": "", "target": "neutral"},
    ]
    assert encode_labelled(given, tokenizer, LABELS, limit, 128) == [
        Labelled("a", short, 2, 0),
        Labelled("b", [*whole[: limit - 1], tokenizer.sep_token_id], 0, 2),
        Labelled("c", [tokenizer.cls_token_id, tokenizer.sep_token_id], 1, 0),
    ]


def test_where_a_text_is_cut():
    tokenizer = toys.wordpiece_tokenizer()
    words = ["tear"] * 30
    one = len(tokenizer("tear")["input_ids"]) - 2
    (full, none), (short, cut) = encode_texts(
        [" ".join(words[:20]), " ".join(words[:21])], tokenizer, 20 * one + 2, 128
    )
    assert (len(full), none) == (20 * one + 2, 0)
    assert (short, cut) == (full, one)
    # A very long text is cut and no texts give no rows.
    ((ids, cut),) = encode_texts(["tear " * 20_000], tokenizer, 64, 128)
    assert len(ids) == 64
    assert cut == len(tokenizer("tear " * 20_000, verbose=False)["input_ids"]) - 64
    assert encode_texts([], tokenizer, 64, 128) == []
    assert encode_labelled([], tokenizer, LABELS, 64, 128) == []
    # Max tokens above the context is refused.
    assert len(encode_texts(["tear"], tokenizer, 128, 128)) == 1
    with pytest.raises(UserError, match="max_tokens must be at most what the model reads, 128, not 129: lower it"):
        encode_texts(["tear"], tokenizer, 129, 128)


def test_an_unknown_label_is_named_with_its_row():
    assert error_of(encode_labelled, rows("positive", "mixed", "odd"), toys.wordpiece_tokenizer(), LABELS, 8, 128) == (
        "a label must be one of negative, neutral, positive, row 1 has 'mixed': mend it, or bring training rows that "
        "have it"
    )


@pytest.mark.parametrize(("limit", "context"), [(128, 128), (10**30, 128), (40, 40)])
def test_the_context_length_is_the_most_tokens_that_can_be_read(toy, monkeypatch, limit, context):
    # A RoBERTa has 130 positions for 128 tokens; its tokenizer says so, if it is told. It may also say less.
    model, tokenizer, _ = toy
    assert tokenizer.model_max_length == 128
    monkeypatch.setattr(tokenizer, "model_max_length", limit)
    assert context_length(model, tokenizer) == context
    assert probabilities(model, [[5] * 128], tokenizer.pad_token_id, 1).shape == (1, 3)
    with pytest.raises((IndexError, RuntimeError)):
        probabilities(model, [[5] * 129], tokenizer.pad_token_id, 1)


def test_the_loss_equals_that_of_transformers_and_the_sum_over_rows(toy):
    model, tokenizer, ids = toy
    labels, pad = [2, 0, 1, 1, 2], tokenizer.pad_token_id
    made = [Labelled(str(n), row, label, 0) for n, (row, label) in enumerate(zip(ids, labels, strict=True))]
    batch = tokenizer.pad({"input_ids": ids}, return_tensors="pt")
    read = {name: batch[name] for name in ("input_ids", "attention_mask")}
    with torch.no_grad():
        ours = label_nll(model, made, pad).item()
        theirs = model(**read, labels=torch.tensor(labels)).loss.item()
        parts = sum(label_nll(model, [row], pad).item() for row in made)
    assert ours == pytest.approx(theirs * len(labels), rel=1e-6)
    assert ours == pytest.approx(parts, rel=1e-5)
    assert ours > 1


def test_probabilities_are_the_models_softmax(toy):
    model, tokenizer, ids = toy
    found = probabilities(model, ids, tokenizer.pad_token_id, 2)
    with torch.no_grad():
        theirs = [model(input_ids=torch.tensor([row])).logits[0].softmax(-1).tolist() for row in ids]
    assert found.shape == (5, 3)
    np.testing.assert_allclose(found, theirs, atol=1e-6)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-12)
    assert np.ptp(found, axis=0).max() > 0.2, "the texts must differ for this to say anything"
    batches: list = []
    probabilities(model, ids, tokenizer.pad_token_id, 2, on_batch=batches.append)
    assert batches == [2, 2, 1]
    assert all(weight.grad is None for weight in model.parameters())
    assert probabilities(model, [], tokenizer.pad_token_id, 2).shape == (0, 3)


def test_batch_size_padding_and_order_change_no_probability(toy):
    model, tokenizer, ids = toy
    alone = probabilities(model, ids, tokenizer.pad_token_id, 1)
    for batch_size in (2, 3, 64):
        np.testing.assert_allclose(probabilities(model, ids, tokenizer.pad_token_id, batch_size), alone, atol=1e-6)
    order = [3, 0, 4, 2, 1]
    turned = probabilities(model, [ids[row] for row in order], tokenizer.pad_token_id, 2)
    np.testing.assert_allclose(turned, alone[order], atol=1e-6)
    with torch.no_grad():
        logits = label_logits(model, [ids[0], ids[3]], tokenizer.pad_token_id)
    assert len(ids[0]) < len(ids[3])
    np.testing.assert_allclose(logits.double().softmax(-1), alone[[0, 3]], atol=1e-6)


def test_a_diverged_model_is_an_error(toy, monkeypatch):
    model, tokenizer, ids = toy
    nan = torch.full_like(last_layer(model).bias.data, float("nan"))
    monkeypatch.setattr(last_layer(model).bias, "data", nan)
    message = "a probability is not a number: the model has diverged, lower lr"
    refused(message, probabilities, model, ids, tokenizer.pad_token_id, 2)


class OfTheFirstToken:
    """Stands in for a classifier: the most probable label of a text is the number of its first token."""

    device = torch.device("cpu")

    def __call__(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(logits=torch.nn.functional.one_hot(input_ids[:, 0], 3).float())


def test_errors_are_the_rows_whose_most_probable_label_is_wrong():
    rows = [Labelled(str(label), [first, 9], label, 0) for first, label in ((0, 0), (1, 2), (2, 2), (0, 0))]
    assert label_errors(OfTheFirstToken(), rows, 0) == 1


def test_a_label_without_training_rows_is_refused():
    rows = [{"target": "yes"}, {"target": "no"}]
    check_trained_labels(rows, ["no", "yes"])
    refused("every label must have training rows, maybe has none of 2", check_trained_labels, rows, ["maybe", "no"])
