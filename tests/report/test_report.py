"""Page, summary and card of a run that writes answers: what they say, that text stays text, files that do not fit."""

import base64
import hashlib
import platform
import re
from dataclasses import replace

import pytest

from pipeline_lib.core.files import read_jsonl, write_jsonl
from pipeline_lib.report import advice as rules
from pipeline_lib.report.charts import axis, curves, gains
from pipeline_lib.report.model_card import card, hub_id, metadata
from pipeline_lib.report.page import page
from pipeline_lib.report.results import is_fault
from pipeline_lib.report.summary import summary
from pipeline_lib.report.templates import cell, flat, typeset
from pipeline_lib.report.training_history import History, effort, scientific
from pipeline_lib.report.verdict import verdict
from stages import report
from tests.helpers.report_run import (
    DEFINITIONS,
    HISTORY,
    HOSTILE,
    SCORES,
    SLICES,
    TARGETS,
    change,
    command,
    loaded_card,
    read,
    table_after,
    write_run,
    written,
)
from tests.helpers.stages import refused


@pytest.fixture
def run(tmp_path):
    return read(write_run(tmp_path))


def test_the_stage_writes_the_same_bytes_twice(tmp_path, capsys):
    words = command(write_run(tmp_path))
    first, again = (written(words, tmp_path / "pages") for _ in range(2))
    assert again == first
    assert list(first) == ["REPORT.md", "card/README.md", "card/README.merged.md", "report.html"]
    assert capsys.readouterr().out.splitlines()[0] == verdict(SCORES, DEFINITIONS)
    links = re.findall(r"\]\(<\.\./metrics/(.*)>\)", first["REPORT.md"].decode())
    assert links == ["scores.json", "definitions.json", "rows.csv", "slices.csv"]


# The page.
def test_the_title_is_the_verdict_and_text_of_a_row_is_never_markup(run):
    html = page(run)
    assert "<title>No clear gain: some/model, impression</title>" in html
    assert '<section class="verdict no-clear-difference">' in html
    assert re.findall(r"<script[^>]*>", html) == ["<script>"]
    assert html.count("</script") == 1
    assert "<img" not in html
    assert "{{ 7*7 }}{% raw %}" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    (allowed,) = re.findall(r"script-src '(sha256-[^']+)'", html)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert allowed == "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def test_a_page_of_answers_settings_and_the_machine(tmp_path):
    rows = read_jsonl(file := write_run(tmp_path) / "data" / "split" / "test.jsonl")
    rows[0] |= {"question": "Where <is> it?", "answers": ["normal", "the & other", "normal"]}
    write_jsonl(file, rows)
    html = page(read(tmp_path))
    assert html.count("<h4>Question</h4>") == 2, "among all rows, and among the best"
    assert '<p class="text" dir="auto">Where &lt;is&gt; it?</p>' in html
    assert '<p class="text" dir="auto"><mark>normal</mark>\nthe &amp; other</p>' in html
    predictions = write_run(tmp_path) / "predictions"
    (predictions / "ngram_baselines" / "test").mkdir(parents=True)
    best = "test/nearest_row.jsonl"
    (predictions / "baselines" / best).rename(predictions / "ngram_baselines" / best)
    assert read(tmp_path).rows[0].answers["nearest_row"] == (HOSTILE[3:] + HOSTILE[:3])[6]


def test_a_reproducible_page_and_its_settings(run):
    html, reproducible = page(run), page(run, reproducible=True)
    facts = [f'<dt>{name}</dt><dd dir="auto">{text}</dd>' for name, text in effort(run.history)]
    for fact in (*facts, "tokens/s", platform.python_version(), "This machine"):
        assert fact in html
        assert fact not in reproducible
    assert "+cpu" not in reproducible
    before, after = page(run).split("Settings that were chosen")
    assert '<div><dt>lr</dt><dd dir="auto">0.001</dd></div>' in before
    assert '<div><dt>lr</dt><dd dir="auto">0.002</dd></div>' in after
    assert "| lr | 0.002 |" in card(run)
    assert "Settings that were chosen" not in page(replace(run, params=run.params | {"lr": 0.002}))
    assert effort(run.history) == [
        ("steps", "15"),
        ("median time of a step", "2 s"),
        ("tokens in all", "12,000"),
        ("floating-point operations in all, about", "3.8e15"),
        ("peak memory", "1.15 GB"),
    ]
    assert effort(History([], [], [])) == []
    assert [scientific(number) for number in (1.23e15, 9.96e9, 5.0)] == ["1.2e15", "1.0e10", "5.0e0"]


def test_a_run_without_validation_rows_slices_or_pairs(tmp_path):
    train_only = "\n".join(line for line in HISTORY.split("\n") if "validation" not in line)
    write_run(tmp_path, history=train_only)
    (tmp_path / "metrics" / "slices.csv").write_text(SLICES)
    run = read(tmp_path)
    html = page(run)
    assert "no validation rows; the last epoch was kept" in html
    assert 'id="slices"' not in html
    assert 'id="pairs"' not in html
    said = "There are no validation rows: the last epoch was kept, and nothing could be chosen. "
    assert f"{said}Set split.validation to 30 or so." in html
    run.data["validation_needs"] = {"rows": 360, "train": 270}
    assert f"- {said}Bring 360 rows, or set split.train to 270.\n" in summary(run, []).split("## Figures")[0]
    assert run.history.validation == []


def test_charts_stay_inside():
    each = SCORES["gain"]["each"]
    prompted = SCORES | {"gain": SCORES["gain"] | {"each": each | {"prompted_3": each["majority"]}}}
    kinds = [mark.kind for mark in gains(prompted, DEFINITIONS)[1]]
    assert kinds == ["baseline", "best", "untrained", "untrained"]
    scale, marks, _ = gains(SCORES, DEFINITIONS)
    assert scale.ticks
    for mark in marks:
        assert mark.low is not None
        assert mark.high is not None
        assert 0 <= mark.low <= mark.at <= mark.high <= 100
    names = ["Most frequent training target", "Nearest training row's target", "Untrained model"]
    assert [mark.label for mark in marks] == names
    assert (marks[2].text, marks[2].at) == ("+0.388 (+0.200 to +0.500)", scale.place(0.388))
    assert [text for _, text in axis([0.0, 0.54]).ticks] == ["0.0", "0.2", "0.4", "0.6"]
    assert axis([3.0, 3.0]).start < 3 < axis([3.0, 3.0]).stop
    assert curves(History([], [], [])) is None
    falling = curves(History([(1, 4.0), (2, 1.0)], [], []))
    assert falling is not None
    assert falling.faint == [(50.0, 0.0), (100.0, 75.0)], "in percent from the left and the top"
    alone = curves(History([], [(0, 2.5)], []))
    assert alone is not None
    assert alone.kept == alone.validation[0]


# What training changed beyond its task.
def forgetting(p: float, difference: float) -> dict:
    test = {"ours_only": 8, "theirs_only": 7, "p": p, "p_text": f"{p:.2f}", "difference": difference}
    rule = {"untrained": 0.5, "untrained_stderr": 0.04, "tuned": 0.55, "tuned_stderr": 0.05, "mcnemar": test}
    share: dict = {"off_topic": 20, "refused": 0.5, "refused_low": 0.3, "refused_high": 0.7, "on_topic": 0}
    share |= {"answered": None, "answered_low": None, "answered_high": None}
    items = {"n": 1106, "acc": rule, "acc_norm": rule}
    return {"multiple_choice": items, "refusals": {"untrained": share, "tuned": share}}


@pytest.mark.parametrize(("p", "difference", "outcome"), [
    (0.05, -0.1, "no clear difference"), (0.01, -0.1, "the tuned model is worse"),
    (0.01, 0.1, "the tuned model is better"),
])  # fmt: skip
def test_what_training_changed_beyond_its_task(run, p, difference, outcome):
    run = replace(run, forgetting=forgetting(p, difference))
    html, text = page(run), summary(run, [])
    assert "Share of 1,106 questions answered rightly, with standard errors" in html
    assert html.count('href="#forgetting"') == html.count('id="forgetting"') == 1
    sentence = f"acc: of 1,106 questions 8 are right only after training and 7 only before; {outcome} (McNemar's exact"
    assert f"{sentence} p = {p:.3f})." in text
    assert table_after(text, "standard errors)")[2:] == [
        "| untrained: the model before training | 0.500 (± 0.040) | 0.500 (± 0.040) |",
        "| tuned: the model after training | 0.550 (± 0.050) | 0.550 (± 0.050) |",
    ]
    assert table_after(text, "Refusals")[2:] == [
        f"| {name} | 50% (30% to 70%) | – |" for name in ("untrained", "tuned")
    ]


# The summary.
def test_the_summary_quotes_no_row(run):
    text = summary(run, [("metrics/scores.json", "metrics/scores.json")])
    for quoted in (*HOSTILE[:7], *TARGETS, "word word"):
        assert quoted not in text
    assert f"**{verdict(SCORES, DEFINITIONS)}**" in text
    lines = text.splitlines()
    for line in (
        "| | ROUGE-L (higher is better) | perplexity (lower is better) |",
        "| most frequent training target: the most frequent answer | 0.100 (0.050 to 0.150) | – |",
        "| **nearest training row's target**: the answer of the nearest row (TF-IDF) (best baseline) | 0.400 (0.350 to "
        "0.450) | – |",
        "| untrained: the model before training | 0.100 (0.050 to 0.150) | 26.1 (25.1 to 27.1) |",
        "| **tuned**: the model after training | 0.488 (0.438 to 0.538) | 3.200 (2.200 to 4.200) |",
        "| tuned | 12% (0% to 25%) | 1 |",
        "| untrained | 0% | 0 |",  # no interval: a bootstrap of rows without a fault has no width
        "| kind | x | 3 | 0.000 | 0.400 | 0.500 | -0.100 (-0.300 to +0.100) | no clear difference |",
        "| kind | y \\| z | 1 | 0.100 | 0.500 | 0.400 | +0.100 | better |",
        "- [metrics/scores.json](<metrics/scores.json>)",
    ):
        assert line in lines
    assert {line.count("|") for line in lines if line.startswith("|---|---|")} == {9}


def test_figures_of_all_rows_at_once_are_shown_and_are_no_faults(run):
    assert not is_fault(DEFINITIONS, "distance")
    assert is_fault(DEFINITIONS, "negation_flip")
    run.scores["tuned"] |= {"distance": 0.5, "distance_low": 0.4, "distance_high": 0.6}
    lines = summary(run, []).splitlines()
    assert "| | ROUGE-L (higher is better) | perplexity (lower is better) | distance (lower is better) |" in lines
    row = "| **tuned**: the model after training | 0.488 (0.438 to 0.538) | 3.200 (2.200 to 4.200) |"
    assert f"{row} 0.500 (0.400 to 0.600) |" in lines
    assert "Faults in tuned answers: negation flips in 12%" in str(rules.faults(run))
    assert "distance" in [result.metric_type for result in metadata(run).eval_results or ()]


@pytest.mark.parametrize(
    ("text", "safe"),
    [("a | b", "a \\| b"), ("<b>\n&", "\\<b\\> &amp;"), ("[x](y)", "\\[x\\](y)"), ("_a_ `b`", "\\_a\\_ \\`b\\`")],
)
def test_cells_of_markdown(text, safe):
    assert cell(text) == safe


def test_settings_are_lines():
    nested = {"a": 1, "b": {"c": 0.001, "d": [1, "x"], "e": {"f": 2, "g": None}}, "h": True}
    assert flat(nested) == [("a", "1"), ("b.c", "0.001"), ("b.d", "1, x"), ("b.e", "f 2, g none"), ("h", "yes")]
    assert typeset("-0.1 to rouge-1, a-2") == "−0.1 to rouge-1, a-2"
    assert typeset("p <= 1e-4, p = 4.1e-04") == "p\u00a0≤\u00a01e−4, p\u00a0=\u00a04.1e−04"
    assert typeset("ROUGE-L: lr 1e-05, p counts 6 times") == "ROUGE-\u2060L: lr 1e-05, p counts 6 times"


# The card.
def test_the_card_is_what_the_hub_reads(run, tmp_path):
    loaded = loaded_card(run, tmp_path)
    data = loaded.data
    assert (data.base_model, data.library_name, data.pipeline_tag) == ("some/model", "peft", "text-generation")
    assert (data.model_name, data.tags) == ("some/model for impression", ["tare", "impression", "lora"])
    assert {result.metric_type: result.metric_value for result in data.eval_results} == {
        "perplexity": 3.2, "rougeL": 0.488, "negation_flip": 0.125,
    }  # fmt: skip
    assert data.eval_results[0].dataset_args == {"sha256": "ab" * 32}
    assert f"**{verdict(SCORES, DEFINITIONS)}**" in loaded.text
    line = "| most frequent training target: the most frequent answer | 0.100 (0.050 to 0.150) | – |"
    assert line in loaded.text
    assert 'from_pretrained("some/model", revision="c0ffee", dtype=torch.float32)' in loaded.text
    for quoted in (*HOSTILE[:7], "a | b * c"):
        assert quoted not in loaded.text


@pytest.mark.parametrize(
    ("base", "library", "named", "loading"),
    [
        ({"method": "full"}, "transformers", "some/model", "from_pretrained(folder, dtype=torch.float32)"),
        (
            {"name": "smollm2-135m-instruct", "revision": None}, "peft", None,
            'from_pretrained("HuggingFaceTB/SmolLM2-135M-Instruct", dtype=torch.float32)',
        ),
        ({"name": "my-folder", "revision": None}, "peft", None, "the folder of the base model, by the hash above"),
    ],
)  # fmt: skip
def test_the_card_names_no_base_model_it_does_not_know(tmp_path, base, library, named, loading):
    run = read(write_run(tmp_path, base=base))
    loaded = loaded_card(run, tmp_path)
    assert (loaded.data.library_name, loaded.data.base_model, hub_id(run.base)) == (library, named, named)
    assert loading in loaded.text
    registry = named is None and "folder" not in run.base["name"]
    assert loaded.data.license == ("apache-2.0" if registry else None)
    assert ("close to those on the Hub, not equal" in loaded.text) == registry
    assert ("licence of the base model: not known here" in loaded.text) == (not registry)


# Files that do not fit.
def test_files_of_different_runs_are_an_error(tmp_path):
    words = command(write_run(tmp_path))
    change(tmp_path / "predictions" / "tuned" / "test.jsonl", '"id": "1"', '"id": "99"')
    message = r"rows.csv and .*tuned/test.jsonl do not share the rows 1, 99: run the pipeline"
    refused(message, report.main, words)
    assert not (tmp_path / "pages").exists()
    words = command(write_run(tmp_path, scores=SCORES | {"n": 9}))
    refused(r"rows.csv has 8 rows and .*scores.json is of 9: run the pipeline", report.main, words)


@pytest.mark.parametrize(
    "name",
    ["metrics/scores.json", "metrics/definitions.json", "metrics/rows.csv", "metrics/slices.csv", "metrics/split.json",
     "data/split/test.jsonl", "predictions/tuned/test.jsonl", "predictions/baselines/test/nearest_row.jsonl",
     "models/training/history.csv", "models/tuned/base.json"],
)  # fmt: skip
def test_a_missing_file_is_a_users_error(tmp_path, name):
    words = command(write_run(tmp_path))
    refused(r"no.png cannot be read", report.main, [*words, "--pairs-figure", f"{tmp_path}/no.png"])
    (tmp_path / name).unlink()
    refused(f"{name} is missing", report.main, words)


@pytest.mark.parametrize(("name", "old", "new", "message"), [
    ("metrics/scores.json", '"gain"', '"lift"', "has no gain"),
    ("metrics/scores.json", '"seed"', '"dice"', "has no seed"),  # as before the verdict over all baselines
    ("metrics/scores.json", '"each"', '"all"', "each in .*scores.json must be a mapping, it is None: run score again"),
    ("metrics/scores.json", '"headline": "rougeL"', '"headline": "x"', "does not define"),
    ("metrics/rows.csv", "0.8", "high", "must hold numbers"),
    ("metrics/rows.csv", "tuned.rougeL", "tuned.other", "has no column tuned.rougeL"),
    ("metrics/slices.csv", "difference", "delta", "has no column difference"),
    ("models/training/history.csv", "1,1,train", "one,1,train", "step must be a whole number"),
    ("models/training/history.csv", "1,1,train", "1,1,test", "split must be train or validation"),
    ("models/training/history.csv", "2.5e+14", "many", "flops must be a finite number"),
    ("models/training/history.csv", "flops", "work", "has no column flops"),
    ("models/tuned/base.json", '"settings"', '"dials"', "base.json has no settings: train"),
    ("models/tuned/base.json", '"lr"', '"rate"', "base.json must have lr: train again"),
    ("models/tuned/base.json", '"lora":', '"dora":', "base.json must have lora: train again"),
    ("metrics/definitions.json", '"rougeL",\n        "rows"', '"rougeL", "tokens"',
     r"a mean over rows, with the columns \[name, rows\], .* has 'rougeL' of \['rougeL', 'tokens'\]"),
])  # fmt: skip
def test_a_broken_file_is_a_users_error(tmp_path, name, old, new, message):
    change(write_run(tmp_path) / name, old, new)
    refused(message, report.main, command(tmp_path))
