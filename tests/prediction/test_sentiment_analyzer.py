"""SentimentAnalyzer: predictions equal those of the stage, in any batch, for any text, from any kind of folder."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline_lib.core.files import read_json, read_jsonl, write_json, write_jsonl
from pipeline_lib.models.classifier import probabilities
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.text_encoder import encode_texts
from pipeline_lib.prediction.sentiment_analyzer import SentimentAnalyzer
from stages import predict
from tests.helpers import toys
from tests.helpers.stages import refused, run_stage
from tests.helpers.trained_classifiers import LABELS, LIMIT, TEXTS, train


@pytest.fixture(scope="module")
def base_folder(tmp_path_factory):
    """A base model with weights so large that probabilities differ by text."""
    return toys.write_distilbert(tmp_path_factory.mktemp("models") / "toy-distilbert")


@pytest.fixture(scope="module")
def adapter(base_folder, tmp_path_factory):
    return train(tmp_path_factory.mktemp("trained"), base_folder)


@pytest.fixture(scope="module")
def analyzer(adapter, base_folder):
    return SentimentAnalyzer(adapter, model=str(base_folder))


def near(found: dict, wanted: dict, tolerance=1e-5) -> bool:
    return (found["sentiment"], found["probabilities"]) == (
        wanted["sentiment"], pytest.approx(wanted["probabilities"], abs=tolerance)
    )  # fmt: skip


def test_a_prediction_has_label_confidence_and_probabilities(analyzer, adapter):
    found = analyzer.predict("No acute fracture.")
    assert list(found) == ["sentiment", "confidence", "probabilities"]
    assert list(found["probabilities"]) == LABELS == list(analyzer.labels)
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-12)
    assert found["confidence"] == max(found["probabilities"].values()) == found["probabilities"][found["sentiment"]]
    assert json.loads(json.dumps(found)) == found
    assert analyzer.predict_batch(text for text in TEXTS) == analyzer.predict_batch(tuple(TEXTS))
    assert analyzer.predict_batch([]) == []
    with pytest.raises(TypeError, match="texts must be a list of str, not one str: call predict"):
        analyzer.predict_batch("fine")
    first = analyzer.predict(TEXTS[0])
    assert all(analyzer.predict(TEXTS[0]) == first for _ in range(3))
    assert analyzer.max_tokens == LIMIT == read_json(adapter / "base.json")["settings"]["max_tokens"]


@pytest.fixture(scope="module")
def by_hand(adapter, base_folder):
    """Return a function from texts in tokens to the probabilities of the adapter, a text at a time."""
    base = locate(str(base_folder))
    model, tokenizer = load_trained(base, adapter, torch.float32), load_tokenizer(base)
    return tokenizer, lambda ids: probabilities(model, ids, tokenizer.pad_token_id, 1)


def test_predictions_equal_those_of_the_adapter(analyzer, by_hand):
    tokenizer, wanted_of = by_hand
    wanted = wanted_of([ids for ids, _ in encode_texts([text.strip() for text in TEXTS], tokenizer, LIMIT, 128)])
    for found, line in zip(analyzer.predict_batch(TEXTS), wanted.tolist(), strict=True):
        assert list(found["probabilities"].values()) == pytest.approx(line, abs=1e-5)
    assert max(wanted[:, 0]) - min(wanted[:, 0]) > 0.05, "the texts must differ for this to say anything"
    (empty,) = wanted_of([[tokenizer.cls_token_id, tokenizer.sep_token_id]]).tolist()
    for text in ("", " ", "\n\t ", "\u3000"):
        assert list(analyzer.predict(text)["probabilities"].values()) == pytest.approx(empty, abs=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 64])
def test_a_text_has_one_prediction_in_any_batch(analyzer, adapter, base_folder, batch_size):
    other = SentimentAnalyzer(adapter, model=str(base_folder), batch_size=batch_size)
    together = other.predict_batch(TEXTS)
    assert all(near(other.predict(text), found) for text, found in zip(TEXTS, together, strict=True))
    turned = other.predict_batch(TEXTS[::-1])[::-1]
    assert all(near(*pair) for pair in zip(turned, together, strict=True))
    assert other.predict_batch(TEXTS) == together, "nothing is drawn"
    assert all(near(*pair) for pair in zip(analyzer.predict_batch(TEXTS), together, strict=True))


def test_texts_of_similar_length_share_a_batch(adapter, base_folder, monkeypatch):
    model = SentimentAnalyzer(adapter, model=str(base_folder), batch_size=3)
    shapes: Any = []
    monkeypatch.setattr(
        "pipeline_lib.models.classifier.label_logits",
        lambda _, rows, pad: shapes.append([len(row) for row in rows]) or torch.zeros(len(rows), 3),
    )
    model.predict_batch(TEXTS)
    lengths = [length for batch in shapes for length in batch]
    assert [len(batch) for batch in shapes] == [3, 3]
    assert lengths == sorted(lengths, reverse=True)
    assert (lengths[0], lengths[-1]) == (LIMIT, 2)


def test_a_text_may_hold_anything(analyzer):
    assert analyzer.predict("\n  a tear\t") == analyzer.predict("a tear")
    start = "tear " * LIMIT
    assert analyzer.predict(start + "no fracture " * 20_000) == analyzer.predict(start)
    assert analyzer.predict("tear " * (LIMIT // 4) + "no fracture") != analyzer.predict("tear " * (LIMIT // 4))
    odd = ["\0", "😀", "مرحبا", "[SEP] [PAD]", "a\u2028b", "%s {} \\"]
    for text, found in zip(odd, analyzer.predict_batch(odd), strict=True):
        assert sum(found["probabilities"].values()) == pytest.approx(1), text
    refused(r"texts\[1\] has half a surrogate pair: read it as UTF-8", analyzer.predict_batch, ["fine", "\ud83d"])


@pytest.mark.parametrize("text", [None, 7, b"fine", float("nan")])
def test_a_text_that_is_no_str_is_a_type_error(analyzer, text):
    with pytest.raises(TypeError, match=f"rows must be a str, a dict or a list of these, not {type(text).__name__}"):
        analyzer.predict(text)
    with pytest.raises(TypeError, match=rf"a row must be a str or a dict, rows\[1\] is {type(text).__name__}"):
        analyzer.predict(["fine", text])
    with pytest.raises(TypeError, match=rf"a text must be a str, texts\[1\] is {type(text).__name__}"):
        analyzer.predict_batch(["fine", text])


@pytest.mark.parametrize("kind", ["encoder", "roberta"])
def test_other_kinds_of_encoders_work(kind, tmp_path):
    base = getattr(toys, f"write_{kind}")(tmp_path / f"toy-{kind}")
    folder = train(tmp_path, base)
    analyzer = SentimentAnalyzer(folder, model=str(base))
    together = analyzer.predict_batch(TEXTS)
    assert all(near(analyzer.predict(text), found) for text, found in zip(TEXTS, together, strict=True))
    assert analyzer.predict(" \n") == analyzer.predict("")


def test_a_complete_model_needs_no_base_and_takes_none(base_folder, tmp_path):
    folder = train(tmp_path, base_folder, method="full", lr=0.001)
    found = SentimentAnalyzer(folder)
    assert (found.max_tokens, found.labels) == (LIMIT, tuple(LABELS))
    same = SentimentAnalyzer(folder, model=str(base_folder))
    assert found.predict_batch(TEXTS) == same.predict_batch(TEXTS)
    # A plain copy reads what its tokenizer says, and knows its labels.
    plain = Path(shutil.copytree(folder, tmp_path / "plain"))
    (plain / "base.json").unlink()
    copied = SentimentAnalyzer(str(plain))
    assert (copied.max_tokens, copied.labels) == (128, tuple(LABELS))
    assert near(copied.predict("a tear"), found.predict("a tear"))
    refused(r"is a complete model: leave model minilm-l6-v2 out", SentimentAnalyzer, plain, model="minilm-l6-v2")


def test_a_base_that_was_a_local_folder_must_be_named(adapter, base_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = r"was trained on a local folder, toy-distilbert, which is not here: name it as mod"
    refused(message, SentimentAnalyzer, adapter)
    monkeypatch.chdir(base_folder.parent)
    assert SentimentAnalyzer(adapter).labels == tuple(LABELS)
    refused("batch_size must be at least 1, not 0", SentimentAnalyzer, adapter, batch_size=0)
    for device in ("gpu", "cuda:99"):
        message = f"device must be one that torch has here, like cpu, not {device!r}"
        refused(message, SentimentAnalyzer, adapter, device=device)
    assert SentimentAnalyzer(adapter, device="cpu").predict("a tear")


def test_a_folder_without_a_classifier_is_one_line(adapter, base_folder, llama_folder, tmp_path):
    identity = read_json(adapter / "base.json")
    nameless, unlabelled = (Path(shutil.copytree(adapter, tmp_path / name)) for name in ("no-identity", "no-labels"))
    (nameless / "base.json").unlink()
    write_json(unlabelled / "base.json", {name: value for name, value in identity.items() if name != "labels"})
    for folder, message in {
        tmp_path / "nowhere": "is no folder: name one of finetune_classifier or export",
        tmp_path: "has no config.json: it is no transformers model",
        base_folder: "is a DistilBertForMaskedLM, no classifier: name a folder of finetune_classifier or export",
        llama_folder: "is a LlamaForCausalLM, no classifier",
        nameless: "is an adapter, not a complete model: name its base",
        unlabelled: "is no classifier, it has no labels: name a folder of finetune_classifier or export",
    }.items():
        refused(message, SentimentAnalyzer, folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"problem_type": "multi_label_classification"}, r"has 3 \(multi_label_classification\): name another"),
        ({"id2label": {"0": "score"}}, r"at least 2 labels, .* has 1 \(regression\): name another"),
    ],
)
def test_a_model_that_does_not_choose_one_label_is_refused(base_folder, tmp_path, change, message):
    folder = train(tmp_path, base_folder, method="full", lr=0.001)
    (folder / "base.json").unlink()
    config = read_json(folder / "config.json")
    write_json(folder / "config.json", config | {"problem_type": None} | change)
    refused(message, SentimentAnalyzer, folder)


def test_the_stage_predicts_what_the_object_does(analyzer, adapter, base_folder, tmp_path):
    given = zip(TEXTS, ["Negative", "", *LABELS, "x"], strict=True)
    rows = [{"text": text, "label": label} for text, label in given if text]
    write_jsonl(tmp_path / "new.jsonl", rows)
    where = {"model": adapter, "base": base_folder, "in": tmp_path / "new.jsonl", "out": tmp_path / "out.jsonl"}
    run_stage(predict, **where)
    found = analyzer.predict_batch([row["text"] for row in rows])
    assert read_jsonl(tmp_path / "out.jsonl") == [row | one for row, one in zip(rows, found, strict=True)]
    [one] = analyzer.predict([{"text": rows[0]["text"]}])
    assert near(one, found[0])
    # A label that the model does not know cannot be compared with.
    refused("a label must be one of negative, neutral, positive, row 5", run_stage, predict, "--score", **where)
    write_jsonl(tmp_path / "new.jsonl", rows[:4])
    assert "accuracy: " in run_stage(predict, "--score", **where)
    printed = json.loads(run_stage(predict, "--row", "a tear", model=adapter, base=base_folder))
    assert printed["sentiment"] == analyzer.predict("a tear")["sentiment"]
