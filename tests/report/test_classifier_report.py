"""The report of a run that gives labels: what it says beyond that of answers, from files that the stages wrote."""

import copy
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, write_json, write_jsonl
from pipeline_lib.models.classifier import probabilities
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.text_encoder import encode_texts
from pipeline_lib.params import load_params
from pipeline_lib.report.advice import advice
from pipeline_lib.report.classifier_section import confusion_tables, errors, label_rows, mcnemar_sentences, search_table
from pipeline_lib.report.model_card import card
from pipeline_lib.report.page import page as make_page
from pipeline_lib.report.page import summary
from pipeline_lib.report.results import Run, read_run
from pipeline_lib.report.verdict import gain_over_untrained, verdict
from stages import error_analysis as analyse
from stages import finetune_classifier, report, score
from tests.helpers import toys
from tests.helpers.contrast import LOW_CONTRAST

pytest_plugins = ("tests.helpers.browser",)

PLAIN = ("negative", "positive")
HOSTILE = ("<script>alert(1)</script>", 'a"b|c', "positive")
TEXTS = [
    "a fine film", "not worth it", "lovely", "I hated it", "<script>alert(2)</script>", "it is not bad at all", "dull",
    "far from good", "great", "awful {{ 7*7 }}", "a joy", "no",
]  # fmt: skip
# How sure tuned is of its label of each row; wrong where it is below 0.
SURE = [0.9, -0.97, 0.8, 0.95, -0.6, 0.7, 0.85, -0.99, 0.9, 0.9, 0.9, 0.55]
FLOOR_RIGHT = {0, 1, 2, 3, 5}
BASE_RIGHT = {2, 3, 5, 6, 8, 9, 10, 11}
SETTINGS = {
    "task": "sentiment", "seed": 7, "method": "lora", "max_tokens": 32, "lr": 0.01, "epochs": 2, "batch_size": 4,
    "lora": {"r": 4, "alpha": 8, "dropout": 0.0, "target_modules": "all-linear"},
}  # fmt: skip
GRID = {"gentle": {"lr": 0.001, "epochs": 2}, "steady": {"lr": 0.01, "epochs": 2}}
HISTORY = """step,epoch,split,loss,lr,tokens,seconds,tokens_per_second,flops,seconds_left,memory_gb,kept
1,1,train,0.700000,0.01,120,0.5000,240.0,3e+09,1.5,0.500,
2,1,train,0.600000,0.01,120,0.5000,240.0,3e+09,1.0,0.600,
2,1,validation,0.650000,,,,,,,,
3,2,train,0.500000,0.01,120,0.7000,171.4,3e+09,0.5,0.600,
4,2,train,0.400000,0.005,140,0.9000,155.6,3.5e+09,0.0,0.600,
4,2,validation,0.550000,,,,,,,,1
"""
SEARCH = {
    "by": "f1_macro", "validation": 6, "chosen": "steady",
    "settings": {
        "gentle": {"lr": 0.001, "epochs": 2, "batch_size": 4, "f1_macro": 0.5, "f1_macro_low": 0.25,
                   "f1_macro_high": 0.75, "accuracy": 0.5, "loss": 0.68, "best_epoch": 2},
        "steady": {"lr": 0.01, "epochs": 2, "batch_size": 4, "f1_macro": 0.8125, "f1_macro_low": None,
                   "f1_macro_high": None, "accuracy": 0.8, "loss": 0.55, "best_epoch": 2},
    },
}  # fmt: skip


def examples(labels: tuple[str, ...], name: str, texts: list[str], groups: int = 0) -> list[dict]:
    return [
        {
            "id": f"{name}{i}", "group": f"{name}{i // 2 if i < groups else i}", "stratum": labels[i % len(labels)],
            "labels": list(labels), "source": text, "target": labels[i % len(labels)], "leak": "",
        }
        for i, text in enumerate(texts)
    ]  # fmt: skip


def answers(rows: list[dict], right: set[int], sure: list[float] | None = None) -> list[dict]:
    """Return the label of each row that is in `right`, and the next label for others; `sure` adds probabilities."""
    made = []
    for i, row in enumerate(rows):
        labels = row["labels"]
        place = (labels.index(row["target"]) + (i not in right)) % len(labels)
        answer = {"id": row["id"], "prediction": labels[place], "reference": row["target"]}
        if sure is not None:
            rest = (1 - abs(sure[i])) / (len(labels) - 1)
            given = {label: abs(sure[i]) if label == labels[place] else rest for label in labels}
            answer["probabilities"] = {label: round(p, 6) for label, p in given.items()}
        made.append(answer)
    return made


def write_run(folder: Path, labels: tuple[str, ...] = PLAIN, groups: int = 0) -> list[str]:
    """Write a run of twelve rows, scored and analysed by the stages; return the report's command line."""
    test_rows, validation = examples(labels, "r", TEXTS, groups), examples(labels, "v", TEXTS[:6])
    parts = {"train": examples(labels, "t", [f"{text}, they say" for text in TEXTS]), "validation": validation}
    for name, rows in (parts | {"test": test_rows}).items():
        write_jsonl(folder / "split" / f"{name}.jsonl", rows)
    write_json(folder / "split.json", {"rows": 36, "train": 12, "validation": 6, "test": 12, "left_out": 6})
    write_json(folder / "baselines" / "meanings.json", {"majority": "the first label, always", "regression": "TF-IDF"})
    for part, rows in (("test", test_rows), ("validation", validation)):
        write_jsonl(folder / "baselines" / part / "majority.jsonl", answers(rows, set()))
        write_jsonl(folder / "baselines" / part / "regression.jsonl", answers(rows, FLOOR_RIGHT))
    tuned_right = {i for i, sure in enumerate(SURE) if sure > 0}
    write_jsonl(folder / "tuned.jsonl", answers(test_rows, tuned_right, SURE))
    write_jsonl(folder / "base.jsonl", answers(test_rows, BASE_RIGHT, [0.75] * 12))
    base = {"name": "toy", "revision": None, "sha256": "cd" * 32, "method": "lora", "labels": list(labels)}
    write_json(folder / "adapter" / "base.json", base | {"settings": SETTINGS})
    (folder / "history.csv").write_text(HISTORY, encoding="utf-8")
    write_json(folder / "search.json", SEARCH)
    kept = {name: value for name, value in SETTINGS.items() if name not in GRID["steady"]}
    write_json(folder / "params.yaml", {**kept, "data": "mine.csv", "grid": GRID})
    where = f"--params {folder}/params.yaml --data {folder}/split"
    said = f"--untrained {folder}/base.jsonl --tuned {folder}/tuned.jsonl"
    score.main(
        f"{where} {said} --baselines {folder}/baselines --out {folder}/scores.json --definitions {folder}/definitions.json "
        f"--rows {folder}/rows.csv --slices {folder}/slices.csv".split()
    )
    analyse.main(
        f"{where} {said} --baselines {folder}/baselines --scores {folder}/scores.json --split-figures {folder}/split.json "
        f"--adapter {folder}/adapter --history {folder}/history.csv --search {folder}/search.json "
        f"--errors {folder}/errors.csv --out {folder}/results.json".split()
    )
    return command(folder)


def command(folder: Path) -> list[str]:
    """Return the command line of the report of the run in `folder`."""
    return (
        f"--params {folder}/params.yaml --data {folder}/split --untrained {folder}/base.jsonl --tuned {folder}/tuned.jsonl "
        f"--baselines {folder}/baselines/test --scores {folder}/scores.json "
        f"--definitions {folder}/definitions.json --rows {folder}/rows.csv --slices {folder}/slices.csv "
        f"--split-figures {folder}/split.json --history {folder}/history.csv --adapter {folder}/adapter "
        f"--results {folder}/results.json --page {folder}/out/report.html --summary {folder}/out/REPORT.md "
        f"--card {folder}/out/card"
    ).split()


def read(folder: Path, results: bool = True) -> Run:
    return read_run(
        scores=folder / "scores.json", definitions=folder / "definitions.json", rows=folder / "rows.csv",
        slices=folder / "slices.csv", data=folder / "split", split_figures=folder / "split.json",
        base=folder / "base.jsonl", tuned=folder / "tuned.jsonl", baselines=[folder / "baselines" / "test"],
        history=folder / "history.csv", adapter=folder / "adapter", params=load_params(folder / "params.yaml"),
        results=folder / "results.json" if results else None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A run's folder, written once: tests only read it."""
    folder = tmp_path_factory.mktemp("labels")
    write_run(folder)
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The same of three labels, two of them no words; its page too."""
    folder = tmp_path_factory.mktemp("hostile")
    report.main(write_run(folder, HOSTILE))
    return folder


@pytest.fixture
def told(written):
    return copy.deepcopy(read(written))


@pytest.fixture
def project(written, tmp_path):
    """A copy of the run's folder that may be broken."""
    return shutil.copytree(written, tmp_path / "run")


def asked_for_labels(run: Run) -> Run:
    """Return the run as a language model's: its base.json has no labels."""
    return replace(run, base={key: value for key, value in run.base.items() if key != "labels"}, results=None)


def bare(line: str) -> str:
    """Return a line of a table without its intervals, which are drawn."""
    return re.sub(r" \([\d.]+ to [\d.]+\)", "", line)


def lines_after(text: str, head: str) -> list[str]:
    """Return the lines of the first Markdown table after `head`."""
    lines = text.split(head, 1)[1].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("|"))
    end = next((place for place in range(start, len(lines)) if not lines[place].startswith("|")), len(lines))
    return lines[start:end]


# What is said.


def test_the_sentences_are_of_labels(told):
    assert verdict(told.scores, told.definitions) == (
        "No clear difference: on 12 test rows the tuned model's accuracy (0.750) is 0.333 above that of the best labels "
        "given without a neural network (0.417, TF-IDF), and the 95% interval of that difference, -0.083 to +0.750, "
        "contains zero."
    )
    assert gain_over_untrained(told.scores, told.definitions, told.words.over) == (
        "Over logistic regression on the frozen encoder's features: accuracy from 0.667 to 0.750 (+0.083, 95% interval "
        "+0.000 to +0.333; no clear difference)."
    )
    said = advice(told)
    assert (
        "Training changed accuracy by +0.083 over logistic regression on the frozen encoder's features (not "
        "separable): raise lr (0.01 now) or epochs (2)."
    ) in said
    assert not [line for line in said if "scores 0 on" in line or "untrained" in line]


def test_mcnemars_test_in_a_sentence_each(told):
    assert mcnemar_sentences(told) == [
        "Of 12 rows 5 are right only with tuned and 1 only with the best baseline (regression); exact p = 2.19e-01, odds "
        "ratio 5.00 [0.56, 236].",
        "Of 12 rows 1 is right only with tuned and 0 only with the base (logistic regression on the frozen encoder's "
        "features); exact p = 1.00e+00, odds ratio of at least 0.03.",
    ]
    told.scores["mcnemar"] = {"baseline": told.scores["mcnemar"]["baseline"] | {"ours_only": 0, "theirs_only": 0}}
    assert mcnemar_sentences(told) == [
        "Tuned and the best baseline (regression) are right on the same of 12 rows: nothing tells them apart."
    ]
    del told.scores["mcnemar"]
    assert mcnemar_sentences(told) == []


def test_rows_that_share_a_group_have_a_p_by_group(tmp_path):
    write_run(tmp_path, groups=4)
    run = read(tmp_path)
    shared = run.scores["mcnemar"]["baseline"]["p_by_group"]
    assert run.scores["groups"] == 10
    assert mcnemar_sentences(run)[0].endswith(f"[0.56, 236]; by group, as rows share groups, p = {shared:.2g}.")


def test_tables_of_the_summary(told):
    text = summary(told, [])
    assert lines_after(text, "## Figures")[0] == (
        "| | accuracy (higher is better) | F1, macro (higher is better) | ROC-AUC (higher is better) | calibration "
        "error (lower is better) |"
    )
    figures = {line.split(" |")[0]: line for line in lines_after(text, "## Figures")[2:]}
    assert list(figures) == [
        "| constant: the first label, always",
        "| **regression**: TF-IDF (best baseline)",
        "| base: logistic regression on the frozen encoder's features",
        "| **tuned**: the model after training",
    ]
    assert figures["| constant: the first label, always"].endswith("| 0.000 | 0.000 | – | – |")
    by_label = lines_after(text, "## By label")
    assert by_label[0] == (
        "| label | precision (higher is better) | recall (higher is better) | F1 (higher is better) | F1, regression "
        "(higher is better) | F1, base (higher is better) |"
    )
    assert [bare(line) for line in by_label[2:]] == [
        "| negative: 6 rows | 0.714 | 0.833 | 0.769 | 0.364 | 0.667 |",
        "| positive: 6 rows | 0.800 | 0.667 | 0.727 | 0.462 | 0.667 |",
        "| macro: the plain mean over labels | 0.757 | 0.750 | 0.748 | 0.413 | 0.667 |",
        "| weighted: the mean over labels weighted by their rows | 0.757 | 0.750 | 0.748 | 0.413 | 0.667 |",
    ]
    assert lines_after(text, "Tuned: rows by label") == [
        "| label | as negative | as positive |",
        "|---|---:|---:|",
        "| negative | 5 (83%) | 1 (17%) |",
        "| positive | 2 (33%) | 4 (67%) |",
    ]
    assert lines_after(text, "The best baseline, regression: rows by label")[2:] == [
        "| negative | 2 (33%) | 4 (67%) |",
        "| positive | 3 (50%) | 3 (50%) |",
    ]
    assert lines_after(text, "## The settings that were tried") == [
        "| setting | lr | epochs | F1, macro (higher is better) | validation loss (lower is better) | epoch kept |",
        "|---|---:|---:|---:|---:|---:|",
        "| gentle | 0.001 | 2 | 0.500 (0.250 to 0.750) | 0.680 | 2 |",
        "| **steady** (kept) | 0.01 | 2 | 0.812 | 0.550 | 2 |",
    ]
    assert "Each trained once; figures on 6 validation rows, which chose." in text
    assert "| label | negative | 6 | 0.667 | 0.833 | 0.333 | +0.500" in text
    assert "| kind | | rows | base | tuned | best baseline | difference (95% interval) | |" in text
    for line in TEXTS[3:]:
        assert len(line) < 5 or line not in text


def test_a_setting_that_differs_is_a_column_and_one_that_does_not_is_none(told):
    found = copy.deepcopy(told.results)
    found["search"]["settings"]["gentle"]["batch_size"] = 8
    table = search_table(replace(told, results=found))
    assert [head.title for head in table.heads[:3]] == ["lr", "epochs", "batch_size"]
    assert [[cell.value for cell in row.cells[:3]] for row in table.rows] == [["0.001", "2", "8"], ["0.01", "2", "4"]]
    del found["search"]
    assert search_table(replace(told, results=found)) is None


def test_kinds_of_error(told):
    found = errors(told)
    assert found.summary == (
        "3 of 12 rows are wrong (25%, 95% interval 8.9% to 53%). The mean probability that tuned gives its label is "
        "0.828 where it is right and 0.853 where it is wrong."
    )
    assert found.suggestions == []
    text = summary(told, [])
    table = lines_after(text, "Kinds of row, with 95% intervals:")
    assert table[0] == (
        "| kind | rows | wrong | rate of errors | rate of all rows | over-represented | confidence where right | "
        "confidence where wrong |"
    )
    assert table[2] == "| subtle negation | 4 | 2 | 50% (15% to 85%) | 25% | no | 0.625 | 0.980 |"
    assert table[3] == "| contrast | 0 | 0 | – | 25% | no | – | – |"
    assert table[8] == (
        "| confident and wrong: of all answers that are as sure | 7 | 2 | 29% (8.2% to 64%) | 25% | no "
        "| 0.910 | 0.980 |"
    )
    assert len(table) == 2 + len(told.results["error_analysis"]["categories"])
    assert "- No kind of row stands out." in text


def test_a_kind_that_stands_out(told):
    results = copy.deepcopy(told.results)
    results["error_analysis"]["categories"]["contrast"] |= {"over_represented": True}
    results["error_analysis"] |= {"overconfident": True, "suggestions": ["The model is weak at <contrast>."]}
    run = replace(told, results=results)
    rows = {row.name: row for row in errors(run).table.rows}
    assert [name for name, row in rows.items() if row.cells[4].value == "yes"] == ["contrast", "confident and wrong"]
    assert {row.kind for name, row in rows.items() if row.cells[4].value == "no"} == {""}
    assert "- The model is weak at \\<contrast\\>." in summary(run, [])
    html = make_page(run)
    assert "The model is weak at &lt;contrast&gt;." in html
    assert "No kind of row stands out" not in html


def test_rows_are_told_by_their_labels(told):
    order = ["r1", "r7", "r4", "r5", "r2", "r0", "r3", "r11", "r6", "r8", "r9", "r10"]
    assert [row.id for row in told.rows] == order  # the worst difference, and of equal ones the surest mistake
    rows = label_rows(told)
    first = rows["r1"]
    assert (first.outcome, first.about, first.mistake) == ("wrong, the baseline is right", [], 0.97)
    assert [(one.kind, one.name, one.label, one.sure, one.right) for one in first.said] == [
        ("tuned", "Tuned", "negative", "97.0%", False),
        ("best", "Baseline", "positive", "", True),
        ("untrained", "Base", "negative", "75.0%", False),
    ]
    assert (rows["r7"].outcome, rows["r0"].outcome) == ("wrong, as the baseline is", "right, as the baseline is")
    assert (rows["r6"].outcome, rows["r6"].mistake) == ("right, the baseline is wrong", -0.85)


def test_the_parts_of_the_page(told):
    html = make_page(told)
    for part in ("figures", "next", "mistakes", "search-of-settings", "training", "rows", "run"):
        assert html.count(f'id="{part}"') == 1
    assert "Loss of the reference labels, nats a label, by optimizer step" in html
    assert "A baseline gives labels without a neural network." in html
    assert "ntrained" not in html
    assert "<div><dt>floating-point operations in all, about</dt><dd>1.2e10</dd></div>" in html
    assert "<div><dt>lr</dt><dd>0.01</dd></div>" in html.split("Settings that were chosen")[1]
    assert "<div><dt>grid.steady</dt><dd>lr 0.01, epochs 2</dd></div>" in html
    bare_page = make_page(replace(told, results=None))
    for part in ("mistakes", "search-of-settings"):
        assert f'id="{part}"' not in bare_page
        assert f'href="#{part}"' not in bare_page
    assert "By label" in bare_page
    assert confusion_tables(replace(told, results=None)) == []
    assert errors(replace(told, results=None)) is None


def test_a_language_model_that_is_asked_for_labels(told):
    run = asked_for_labels(told)
    html, text = make_page(run), card(run)
    assert "nats a token" in html
    assert ">Untrained</dt>" in html
    assert "A baseline gives labels without a neural network." in html
    assert mcnemar_sentences(run)[1].startswith("Of 12 rows 1 is right only with tuned and 0 only with the untrained ")
    assert "pipeline_tag: text-generation" in text
    assert "AutoModelForCausalLM" in text


def test_the_stage_writes_the_same_bytes_twice(project, capsys):
    words = command(project)
    report.main(words)
    outs = ("report.html", "REPORT.md", "card/README.md")
    first = {name: (project / "out" / name).read_bytes() for name in outs}
    report.main(words)
    assert {name: (project / "out" / name).read_bytes() for name in outs} == first
    assert "/results.json](<../results.json>)" in first["REPORT.md"].decode()
    assert capsys.readouterr().out.startswith("No clear difference: on 12 test rows")
    report.main([*words, "--reproducible"])
    assert b"peak memory" not in (project / "out" / "report.html").read_bytes()


# What stays text.


def test_labels_and_texts_are_never_markup(hostile):
    html = (hostile / "out" / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"<script[^>]*>", html) == ["<script>"]
    assert html.count("</script") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html  # the label
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in html  # the text
    assert "awful {{ 7*7 }}" in html
    text = (hostile / "out" / "REPORT.md").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)<", text.replace("(<../", ""))
    rows = lines_after(text, "Tuned: rows by label")
    assert {line.replace("\\|", "").count("|") for line in rows} == {5}
    loaded = ModelCard.load(hostile / "out" / "card" / "README.md", ignore_metadata_errors=False)
    assert loaded.data.pipeline_tag == "text-classification"
    assert "f1_<script>alert(1)</script>" in loaded.data.metrics  # YAML, read as text
    code = loaded.text.split("```python\n")[1].split("\n```")[0]
    assert next(line for line in code.splitlines() if line.startswith("labels")) == f"labels = {sorted(HOSTILE)!r}"
    assert not re.search(r"(?<!\\)<", loaded.text.replace(code, ""))


# The card.


def test_the_card_of_a_classifier(told, tmp_path):
    (tmp_path / "c.md").write_text(card(told), encoding="utf-8")
    loaded = ModelCard.load(tmp_path / "c.md", ignore_metadata_errors=False)
    data = loaded.data
    assert (data.pipeline_tag, data.library_name, data.base_model) == ("text-classification", "peft", None)
    assert data.tags == ["tare", "sentiment", "lora"]
    assert {found.task_type for found in data.eval_results} == {"text-classification"}
    values = {found.metric_type: round(found.metric_value, 3) for found in data.eval_results}
    assert values["accuracy"] == 0.75
    assert (values["f1_negative"], values["recall_positive"], values["calibration_error"]) == (0.769, 0.667, 0.259)
    assert f"**{verdict(told.scores, told.definitions)}**" in loaded.text
    assert "A LoRA adapter (r 4, alpha 8) with a classification head; it is of use only" in loaded.text
    assert "4-bit" not in loaded.text
    assert "| lr | 0.01 |" in loaded.text
    assert "mine.csv" not in loaded.text
    assert "same prompt" not in loaded.text
    assert not [line for line in TEXTS if len(line) > 6 and line in loaded.text]


@pytest.mark.parametrize(
    ("write", "method", "apart"),
    [
        (toys.write_encoder, "lora", 0.0),  # so small weights that all texts look alike to it
        (toys.write_roberta, "lora", 0.001),
        (toys.write_roberta, "full", 0.001),
    ],
)
def test_the_cards_snippet_runs_and_says_what_the_classifier_says(told, tmp_path, write, method, apart):
    encoder = write(tmp_path / "toy")
    rows = [
        row | {"source": sentence}
        for row, sentence in zip(examples(PLAIN, "t", TEXTS), toys.SENTENCES * 2, strict=True)
    ]
    for part in ("train", "validation"):
        write_jsonl(tmp_path / "split" / f"{part}.jsonl", rows if part == "train" else [])
    changes = {"task": "sentiment", "method": method, "max_tokens": 32, "lr": 0.01}
    toys.write_params(tmp_path / "params.yaml", encoder, changes)
    where = f"--params {tmp_path}/params.yaml --data {tmp_path}/split --history {tmp_path}/history.csv"
    finetune_classifier.main([*where.split(), "--out", f"{tmp_path}/adapter"])
    run = replace(told, base=read_json(tmp_path / "adapter" / "base.json"))
    code = card(run).split("```python\n")[1].split("\n```")[0]
    for words in ("the folder of the base model, by the hash above", "the folder or id of this adapter"):
        assert (words in code) == (method == "lora")
    code = code.replace("the folder of the base model, by the hash above", str(encoder))
    code = re.sub(r"the folder or id of this (adapter|model)", str(tmp_path / "adapter"), code)
    texts = ["the lungs are clear", f"no acute fracture {'or effusion ' * 40}"]  # the second is cut
    code = code.replace('["a text"]', repr(texts))
    found: dict = {}
    exec(compile(code, "card", "exec"), found)
    base = locate(str(encoder))
    model, tokenizer = load_trained(base, tmp_path / "adapter", torch.float32), load_tokenizer(base)
    ids = [ids for ids, _ in encode_texts(texts, tokenizer, 32, 128)]
    expected = torch.tensor(probabilities(model, ids, tokenizer.pad_token_id, 2))
    torch.testing.assert_close(found["probabilities"].double(), expected.double(), atol=1e-5, rtol=0)
    assert found["model"].config.id2label == {0: "negative", 1: "positive"}
    assert (expected[0] - expected[1]).abs().max() > apart


# Files that do not fit.


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("results.json", lambda text: text.replace('"confusion"', '"mixed"'), "results.json has no confusion: run"),
        (
            "results.json",
            lambda text: text.replace('"n": 12', '"n": 11'),
            "results.json has other scores than .*scores",
        ),
        ("tuned.jsonl", lambda text: text.replace("0.97,", "1.97,").replace("0.97}", "1.97}"), "0 to 1, row r1 of"),
        ("tuned.jsonl", lambda text: text.replace('"negative": 0.97', '"other": 0.97'), "has None for 'negative'"),
        ("adapter/base.json", lambda text: text.replace("max_tokens", "longest"), "must have max_tokens, they have"),
        (
            "rows.csv",
            lambda text: text.replace("tuned.right", "tuned.left"),
            "has no column tuned.right: run the score",
        ),
    ],
)
def test_a_broken_file_is_a_users_error(project, name, change, message):
    text = (project / name).read_text(encoding="utf-8")
    (project / name).write_text(change(text), encoding="utf-8")
    assert change(text) != text
    with pytest.raises(UserError, match=message):
        report.main(command(project))
    assert not (project / "out").exists()


def test_results_that_are_missing_are_a_users_error(project):
    (project / "results.json").unlink()
    with pytest.raises(UserError, match=r"results\.json is missing"):
        report.main(command(project))


# In a browser.


@pytest.fixture
def opened(page, hostile):
    page.goto((hostile / "out" / "report.html").as_uri())
    return page


def shown(page) -> list[str]:
    return page.eval_on_selector_all("article", "all => all.filter(one => !one.hidden).map(one => one.id.slice(4))")


def test_the_surest_mistakes_can_come_first(opened):
    assert shown(opened)[0] == "r1"
    opened.select_option("#order", "-mistake")
    wrong, right = shown(opened)[:3], shown(opened)[3:]
    assert wrong == ["r7", "r1", "r4"]
    assert (right[0], right[-1]) == ("r11", "r3")  # the least sure of the right ones follow
    assert opened.locator("#row-r7 .tuned .sure").text_content() == "99.0%"
    assert opened.locator("#row-r7 .tuned .false").text_content() == "✗ wrong"


def test_rows_are_filtered_by_label_and_prediction(opened):
    names = "all => all.map(one => one.firstChild.data.trim())"
    assert opened.locator("label:has([data-facet])").evaluate_all(names) == ["label", "predicted"]
    opened.select_option("[data-facet='0']", f"={HOSTILE[0]}")
    assert len(shown(opened)) == 4
    opened.select_option("[data-facet='2']", f"={HOSTILE[0]}")
    chosen = shown(opened)
    assert chosen
    assert opened.locator(f"#row-{chosen[0]} .label dd").text_content() == HOSTILE[0]
    opened.click("button[type=reset]")
    opened.wait_for_function("() => document.getElementById('count').textContent === '12 of 12 rows'")
    opened.select_option("#outcome", "worse")
    assert shown(opened) == ["r1"]


@pytest.mark.parametrize("width", [320, 375, 760, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_by_day_and_night(opened, width, scheme):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.emulate_media(color_scheme=scheme)
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.locator("#mistakes").is_visible()
    assert opened.evaluate(LOW_CONTRAST) == []


def test_links_lead_somewhere(opened):
    for href in opened.eval_on_selector_all("a[href^='#']", "all => all.map(one => one.getAttribute('href'))"):
        assert opened.evaluate("id => document.getElementById(decodeURIComponent(id)) !== null", href[1:]), href
