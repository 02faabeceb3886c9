"""What the report of a run that gives labels says beyond that of answers, from files that the stages wrote."""

import copy
import re
import shutil
from dataclasses import replace

import pytest
import torch
from huggingface_hub import ModelCard

from pipeline_lib.core.files import read_json, write_jsonl
from pipeline_lib.models.classifier import probabilities
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.text_encoder import encode_texts
from pipeline_lib.report.advice import advice
from pipeline_lib.report.classifier_section import confusion_tables, error_analysis, mcnemar_sentences
from pipeline_lib.report.label_rows import label_rows
from pipeline_lib.report.model_card import card
from pipeline_lib.report.page import page
from pipeline_lib.report.summary import summary
from pipeline_lib.report.verdict import gain_over_untrained, verdict
from stages import finetune_classifier, report
from tests.helpers import toys
from tests.helpers.label_run import HOSTILE, LABELS, TEXTS, examples, write_label_run
from tests.helpers.report_run import change, command, loaded_card, read, snippet, table_after, written
from tests.helpers.stages import refused

REGRESSION = "logistic regression on TF-IDF"
UNTRAINED = "the untrained model (logistic regression on the frozen encoder's features)"
HIGHER, LOWER = "(higher is better)", "(lower is better)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a run, written once: tests only read it."""
    return write_label_run(tmp_path_factory.mktemp("labels"))


@pytest.fixture
def run(folder):
    return copy.deepcopy(read(folder))


@pytest.fixture
def breakable(folder, tmp_path):
    """A copy of the run's folder."""
    return shutil.copytree(folder, tmp_path / "run")


# Sentences and tables.
def test_the_sentences_are_of_labels(run):
    assert verdict(run.scores, run.definitions) == (
        "No clear gain: on 12 test rows the tuned model's accuracy (0.750) is 0.333 above the best baseline (0.417, "
        "TF-IDF); the 95% interval of that difference, -0.076 to +0.639, contains zero, so it could be chance."
    )
    assert gain_over_untrained(run.scores, run.definitions, run.wording.untrained_model) == (
        f"Gain over {UNTRAINED}: accuracy from 0.667 to 0.750 (+0.083, 95% interval -0.179 to +0.354; no clear "
        "difference)."
    )
    sentences = advice(run)
    assert (
        f"Training changed accuracy by +0.083 over {UNTRAINED}, no clear difference (p = 1.000): raise lr (0.01 now) "
        "or epochs (2)."
    ) in sentences
    assert not [line for line in sentences if "scores 0 on" in line]


def test_mcnemars_test_in_a_sentence_each(run, tmp_path):
    assert mcnemar_sentences(run) == [
        f"Of 12 rows 5 are right only with tuned and 1 only with the best baseline ({REGRESSION}); exact p = 0.219, "
        "odds ratio 5.00 (0.56 to 236).",
        f"Of 12 rows 1 is right only with tuned and 0 only with {UNTRAINED}; exact p = 1.000, odds ratio of at "
        "least 0.03.",
    ]
    run.scores["mcnemar"] = {"baseline": run.scores["mcnemar"]["baseline"] | {"ours_only": 0, "theirs_only": 0}}
    assert mcnemar_sentences(run) == [
        f"Tuned and the best baseline ({REGRESSION}) are right on the same of 12 rows: no difference to test."
    ]
    del run.scores["mcnemar"]
    assert mcnemar_sentences(run) == []
    shared = read(write_label_run(tmp_path, groups=4))
    p = shared.scores["mcnemar"]["baseline"]["p_by_group"]
    assert shared.scores["groups"] == 10
    assert mcnemar_sentences(shared)[0].endswith(f"(0.56 to 236); by group, as rows share groups, p = {p:.3f}.")


def test_tables_of_the_summary(run):
    text = summary(run, [])
    figures = table_after(text, "## Figures")
    assert figures[0] == (
        f"| | accuracy {HIGHER} | F1, macro {HIGHER} | ROC-AUC {HIGHER} | calibration error {LOWER} |"
    )
    assert [line.split(" |")[0] for line in figures[2:]] == [
        "| most frequent training target: the first label, always",
        "| **logistic regression on TF-IDF** (best baseline)",
        "| untrained: logistic regression on the frozen encoder's features",
        "| **tuned**: the model after training",
    ]
    assert figures[2].endswith("| 0.000 (0.000 to 0.242) | 0.000 | – | – |")
    by_label = table_after(text, "## By label")
    bare = [re.sub(r" \([\d.]+ to [\d.]+\)", "", line) for line in by_label]  # without intervals, which are drawn
    assert [bare[0], *bare[2:]] == [
        f"| label | precision {HIGHER} | recall {HIGHER} | F1 {HIGHER} | F1, logistic regression on TF-IDF {HIGHER} | "
        f"F1, untrained {HIGHER} |",
        "| negative: 6 rows | 0.714 | 0.833 | 0.769 | 0.364 | 0.667 |",
        "| positive: 6 rows | 0.800 | 0.667 | 0.727 | 0.462 | 0.667 |",
        "| macro: the plain mean over labels | 0.757 | 0.750 | 0.748 | 0.413 | 0.667 |",
        "| weighted: the mean over labels weighted by their rows | 0.757 | 0.750 | 0.748 | 0.413 | 0.667 |",
    ]
    assert table_after(text, "Tuned: rows by label") == [
        "| label | as negative | as positive |", "|---|---:|---:|", "| negative | 5 (83%) | 1 (17%) |",
        "| positive | 2 (33%) | 4 (67%) |",
    ]  # fmt: skip
    assert table_after(text, "The best baseline, logistic regression on TF-IDF: rows by label")[2:] == [
        "| negative | 2 (33%) | 4 (67%) |",
        "| positive | 3 (50%) | 3 (50%) |",
    ]
    assert table_after(text, "## Settings compared") == [
        f"| setting | accuracy {HIGHER} | F1, macro | validation loss {LOWER} | epoch kept |",
        "|---|---:|---:|---:|---:|",
        "| **steady** (chosen): lr 0.01, epochs 2 | 0.812 | 0.800 | 0.550 | 2 |",
        "| gentle: lr 0.001, epochs 2 | 0.500 (0.250 to 0.750) | 0.450 | 0.680 | 2 |",
    ]
    assert (
        "\nAccuracy of 6 validation rows chooses steady. Only the chosen setting was scored on the test rows, so the "
        "whole grid counts as one look at them.\n"
    ) in text
    assert "| label | negative | 6 | 0.667 | 0.833 | 0.333 | +0.500" in text
    assert not [line for line in TEXTS[3:] if len(line) > 4 and line in text]


def test_without_a_grid_no_settings_are_compared(run):
    results = {key: value for key, value in run.results.items() if key != "model_selection"}
    assert "Settings compared" not in page(replace(run, results=results))


def test_rows_are_shown_as_labels(run):
    order = ["r1", "r7", "r4", "r5", "r2", "r0", "r3", "r11", "r6", "r8", "r9", "r10"]
    assert [row.id for row in run.rows] == order  # the worst difference, and of equal ones the surest mistake
    rows = label_rows(run)
    first = rows["r1"]
    assert (first.outcome, first.facets, first.mistake) == ("wrong, the baseline is right", [], 0.97)
    assert [(one.kind, one.name, one.label, one.confidence, one.right) for one in first.answers] == [
        ("tuned", "Tuned", "negative", "97.0%", False),
        ("best", "Baseline", "positive", "", True),
        ("untrained", "Untrained", "negative", "75.0%", False),
    ]
    assert (rows["r7"].outcome, rows["r0"].outcome) == ("wrong, as the baseline is", "right, as the baseline is")
    assert (rows["r6"].outcome, rows["r6"].mistake) == ("right, the baseline is wrong", -0.85)


def test_kinds_of_error(run):
    analysis = error_analysis(run)
    assert analysis is not None
    assert analysis.summary == (
        "3 of 12 rows are wrong (25%, 95% interval 8.9% to 53%). The mean probability that tuned gives its label is "
        "0.828 where it is right and 0.853 where it is wrong."
    )
    assert analysis.suggestions == []
    text = summary(run, [])
    table = table_after(text, "Error rate by kind of row, with 95% intervals:")
    assert table[0] == (
        "| kind | rows | wrong | error rate | error rate of all rows | over-represented | confidence where right | "
        "confidence where wrong |"
    )
    assert table[2] == "| subtle negation | 4 | 2 | 50% (15% to 85%) | 25% | no | 0.625 | 0.980 |"
    assert table[3] == "| contrast | 0 | 0 | – | 25% | no | – | – |"
    assert table[8] == (
        "| confident and wrong: of all answers as confident | 7 | 2 | 29% (8.2% to 64%) | 25% | no | 0.910 | 0.980 |"
    )
    assert len(table) == 2 + len(run.results["error_analysis"]["categories"])
    assert "- No kind of row stands out." in text
    results = copy.deepcopy(run.results)
    results["error_analysis"]["categories"]["contrast"] |= {"over_represented": True}
    results["error_analysis"] |= {"overconfident": True, "suggestions": ["The model is weak at <contrast>."]}
    run = replace(run, results=results)
    analysis = error_analysis(run)
    assert analysis is not None
    rows = {row.name: row for row in analysis.table.rows}
    assert [name for name, row in rows.items() if row.cells[4].value == "yes"] == ["contrast", "confident and wrong"]
    assert {row.kind for name, row in rows.items() if row.cells[4].value == "no"} == {""}
    assert "- The model is weak at \\<contrast\\>." in summary(run, [])
    html = page(run)
    assert "The model is weak at &lt;contrast&gt;." in html
    assert "No kind of row stands out" not in html


def test_the_parts_of_the_page(run):
    html = page(run)
    for part in ("figures", "next", "errors", "model-selection", "training", "rows", "run"):
        assert html.count(f'id="{part}"') == 1
    for text in (
        "Loss of the reference labels, nats per label, by optimizer step",
        "A baseline labels rows without training a neural network.",
        "<small>logistic regression on the frozen encoder&#39;s features</small>",
        '<div><dt>floating-point operations in all, about</dt><dd dir="auto">1.2e10</dd></div>',
        '<div><dt>grid.steady</dt><dd dir="auto">lr 0.01, epochs 2</dd></div>',
    ):
        assert text in html
    assert '<div><dt>lr</dt><dd dir="auto">0.01</dd></div>' in html.split("Settings that were chosen")[1]
    without = replace(run, results=None)
    html = page(without)
    for part in ("errors", "model-selection"):
        assert f'id="{part}"' not in html
        assert f'href="#{part}"' not in html
    assert "By label" in html
    assert (confusion_tables(without), error_analysis(without)) == ([], None)


def test_a_language_model_that_gives_labels(run):
    base = {key: value for key, value in run.base.items() if key != "labels"}
    run = replace(run, base=base, results=None)
    html, text = page(run), card(run)
    assert "nats per token" in html
    assert "A baseline labels rows without training a neural network." in html
    assert "<small>the model before training</small>" in html
    assert " and 0 only with the untrained model; exact" in mcnemar_sentences(run)[1]
    assert "pipeline_tag: text-generation" in text
    assert "AutoModelForCausalLM" in text


def test_the_stage_writes_links_and_the_same_bytes_twice(breakable, capsys):
    words, pages = command(breakable), breakable / "pages"
    first, again = (written(words, pages) for _ in range(2))
    assert again == first
    assert "](<../metrics/fine_tuning_results.json>)" in first["REPORT.md"].decode()
    assert capsys.readouterr().out.startswith("No clear gain: on 12 test rows")
    assert b"peak memory" not in written([*words, "--reproducible"], pages)["report.html"]


# What stays text.
def test_labels_and_texts_are_never_markup(tmp_path):
    report.main(command(write_label_run(tmp_path, HOSTILE)))
    html = (tmp_path / "pages" / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"<script[^>]*>", html) == ["<script>"]
    assert html.count("</script") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html  # the label
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in html  # the text
    assert "awful {{ 7*7 }}" in html
    text = (tmp_path / "pages" / "REPORT.md").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)<", text.replace("(<../", ""))
    rows = table_after(text, "Tuned: rows by label")
    assert {line.replace("\\|", "").count("|") for line in rows} == {5}
    loaded = ModelCard.load(tmp_path / "pages" / "card" / "README.md", ignore_metadata_errors=False)
    assert loaded.data.pipeline_tag == "text-classification"
    assert "f1_<script>alert(1)</script>" in loaded.data.metrics  # YAML, read as text
    code = snippet(loaded.text)
    assert next(line for line in code.splitlines() if line.startswith("labels")) == f"labels = {list(HOSTILE)!r}"
    assert not re.search(r"(?<!\\)<", loaded.text.replace(code, ""))


# The card.
def test_the_card_of_a_classifier(run, tmp_path):
    loaded = loaded_card(run, tmp_path)
    data = loaded.data
    assert (data.pipeline_tag, data.library_name, data.base_model) == ("text-classification", "peft", None)
    assert data.tags == ["tare", "sentiment", "lora"]
    assert {result.task_type for result in data.eval_results} == {"text-classification"}
    values = {result.metric_type: round(result.metric_value, 3) for result in data.eval_results}
    names = ("accuracy", "f1_negative", "recall_positive", "calibration_error")
    assert [values[name] for name in names] == [0.75, 0.769, 0.667, 0.259]
    assert f"**{verdict(run.scores, run.definitions)}**" in loaded.text
    assert "A LoRA adapter (r 4, alpha 8) with a classification head; it needs its base model." in loaded.text
    assert "| lr | 0.01 |" in loaded.text
    for text in ("4-bit", "mine.csv", "same prompt", *(line for line in TEXTS if len(line) > 6)):
        assert text not in loaded.text


@pytest.mark.parametrize(
    ("write", "method", "apart"),
    [
        (toys.write_encoder, "lora", 0.0),  # its weights are so small that all texts look alike to it
        (toys.write_roberta, "lora", 0.001),
        (toys.write_roberta, "full", 0.001),
    ],
)
def test_the_cards_snippet_gives_the_classifiers_probabilities(run, tmp_path, write, method, apart):
    encoder, tuned = write(tmp_path / "toy"), tmp_path / "tuned"
    given = zip(examples(LABELS, "t", TEXTS), toys.SENTENCES * 2, strict=True)
    rows = [row | {"source": sentence} for row, sentence in given]
    for part in ("train", "validation"):
        write_jsonl(tmp_path / "split" / f"{part}.jsonl", rows if part == "train" else [])
    changes = {"task": "sentiment", "method": method, "max_tokens": 32, "lr": 0.01}
    toys.write_params(tmp_path / "params.yaml", encoder, changes)
    where = f"--params {tmp_path}/params.yaml --data {tmp_path}/split --record {tmp_path}/training --out {tuned}"
    finetune_classifier.main(where.split())
    code = snippet(card(replace(run, base=read_json(tuned / "base.json"))))
    assert ("the folder of the base model, by the hash above" in code) == (method == "lora")
    code = code.replace("the folder of the base model, by the hash above", str(encoder))
    code = code.replace("the folder of this model", str(tuned))
    texts = ["the lungs are clear", f"no acute fracture {'or effusion ' * 40}"]  # the second is truncated
    code = code.replace('["a text"]', repr(texts))
    found: dict = {}
    exec(compile(code, "card", "exec"), found)
    base = locate(str(encoder))
    model, tokenizer = load_trained(base, tuned, torch.float32), load_tokenizer(base)
    ids = [ids for ids, _ in encode_texts(texts, tokenizer, 32, 128)]
    expected = torch.tensor(probabilities(model, ids, tokenizer.pad_token_id, 2))
    torch.testing.assert_close(found["probabilities"].double(), expected.double(), atol=1e-5, rtol=0)
    assert found["model"].config.id2label == {0: "negative", 1: "positive"}
    assert (expected[0] - expected[1]).abs().max() > apart


# Files that do not fit.
@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("metrics/fine_tuning_results.json", '"confusion"', '"mixed"', "tuning_results.json has no confusion: run"),
        ("metrics/fine_tuning_results.json", '"n": 12', '"n": 11', "results.json has other scores than .*scores"),
        ("predictions/tuned/test.jsonl", '"negative": 0.97', '"negative": 1.97', "0 to 1, row r1 of"),
        ("predictions/tuned/test.jsonl", '"negative": 0.97', '"other": 0.97', "has None for 'negative'"),
        ("models/tuned/base.json", "max_tokens", "longest", "base.json must have max_tokens: train again"),
        ("metrics/rows.csv", "tuned.right", "tuned.left", "has no column tuned.right: run the score"),
    ],
)
def test_a_broken_file_is_a_users_error(breakable, name, old, new, message):
    change(breakable / name, old, new)
    refused(message, report.main, command(breakable))
    assert not (breakable / "pages" / "report.html").exists()
