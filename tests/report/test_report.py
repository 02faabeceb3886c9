"""The report: what it says word for word, that text stays text, and that a person can use the page."""

import base64
import copy
import csv
import hashlib
import json
import platform
import re
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_csv, write_json, write_jsonl
from pipeline_lib.params import load_params
from pipeline_lib.report import advice as rules
from pipeline_lib.report.advice import advice
from pipeline_lib.report.charts import axis, curves, gains, systems
from pipeline_lib.report.model_card import card, hub_id, metadata
from pipeline_lib.report.page import cell, flat, summary, typeset
from pipeline_lib.report.page import page as make_page
from pipeline_lib.report.results import is_fault, read_run
from pipeline_lib.report.training_history import History, effort, powers, read_history
from pipeline_lib.report.verdict import caveats, figure, gain_over_untrained, percent, verdict
from stages import report
from tests.helpers.contrast import LOW_CONTRAST
from tools import docs

pytest_plugins = ("tests.helpers.browser",)

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "{{ 7*7 }}{% raw %}",
    "</script></textarea><!-- ",
    "line\u2028separated\nand 'quoted' \"twice\"",
    "=1+1",
    "صدر طبيعي",
    "",
]
LONG = "word " * 4000  # 20,000 characters
TARGETS = ["normal", "a | b * c", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]
IDS = ["1", "12", "3", "4", "a b", "6", "7", "<8>"]
SYSTEMS = {
    "untrained": [0, 0, 0, 0.1, 0.1, 0.1, 0.1, 0.4],
    "tuned": [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2, 0.8],
    "majority": [0.1] * 8,
    "nearest_row": [0.4, 0.4, 0.4, 0.4, 0.5, 0.4, 0.6, 0.1],
}
DEFINITIONS = {
    "test_rows": "ab" * 32,
    "interval": "95%, bootstrap",
    "metrics": {
        "perplexity": {
            "columns": ["nats", "tokens"], "better": "lower", "title": "perplexity", "meaning": "exp(nats / tokens)",
        },
        "rougeL": {"columns": ["rougeL", "rows"], "better": "higher", "title": "ROUGE-L", "meaning": "F-measure"},
        "negation_flip": {
            "columns": ["negation_flip", "rows"], "better": "lower", "title": "negation flips", "meaning": "share",
        },
        "distance": {"columns": [], "better": "lower", "title": "distance", "meaning": "of all rows at once"},
    },
    "baselines": {"majority": "the most frequent answer", "nearest_row": "the answer of the nearest row (TF-IDF)"},
}  # fmt: skip
LIFT = {
    "against": "nearest_row", "metric": "rougeL", "difference": 0.088, "low": -0.01, "high": 0.19, "p": 0.08,
    "p_text": "0.080", "verdict": "no clear difference", "smallest_detectable": 0.14, "rows_better": 6, "rows_worse": 1,
}  # fmt: skip


def figures(rouge, perplexity=None, empty=0):
    found = {"rougeL": rouge, "rougeL_low": rouge - 0.05, "rougeL_high": rouge + 0.05}
    if perplexity:
        found = {"perplexity": perplexity, "perplexity_low": perplexity - 1, "perplexity_high": perplexity + 1} | found
    return found | {"negation_flip": 0.125, "negation_flip_low": 0.0, "negation_flip_high": 0.25, "empty": empty}


SCORES = {
    "n": 8, "groups": 8, "headline": "rougeL",
    "untrained": figures(0.1, 26.1234) | dict.fromkeys(("negation_flip", "negation_flip_low", "negation_flip_high"), 0.0),
    "tuned": figures(0.488, 3.2, empty=1),
    "baseline": {"majority": figures(0.1), "nearest_row": figures(0.4)},
    "best_baseline": {"name": "nearest_row", "chosen_on": "validation"},
    "gain": {
        "baseline": LIFT,
        "untrained": LIFT | {"against": "untrained", "difference": 0.388, "low": 0.2, "high": 0.5, "verdict": "better"},
    },
}  # fmt: skip
PARAMS = """
task: impression
model: some/model
revision: main
seed: 42
precision: auto
method: lora
lora: {r: 16, alpha: 32, dropout: 0.0, target_modules: all-linear}
generate: {max_new_tokens: 96, batch_size: 16}
lr: 0.001
epochs: 3
batch_size: 8
"""
HISTORY = "step,epoch,split,loss,lr,tokens,seconds,tokens_per_second,flops,seconds_left,memory_gb,kept\n" + "".join(
    f"{step},{1 + step // 5},train,{3 / step:.6f},0.001,{100 * step},{step / 4:.4f},{400 + step}.0,2.5e+14,9.0,"
    f"{1 + step / 100:.3f},\n"
    + (f"{step},{step // 5},validation,{2 - step / 20:.6f},,,,,,,,{'1' * (step == 15)}\n" if step % 5 == 0 else "")
    for step in range(1, 16)
)
SETTINGS = {  # what the adapter was trained with: lr is not what the params file says by now
    "task": "impression", "seed": 42, "precision": "auto", "method": "lora", "lr": 0.002, "epochs": 3, "batch_size": 8,
    "lora": {"r": 16, "alpha": 32, "dropout": 0.0, "target_modules": "all-linear"},
    "prompt": {"max_tokens": 512, "few_shot": 0},
}  # fmt: skip


def write_files(folder: Path, **changed) -> list[str]:
    """Write a run of eight hostile rows to `folder`; return the stage's command line."""
    scores = changed.get("scores", SCORES)
    write_json(folder / "scores.json", scores)
    write_json(folder / "definitions.json", DEFINITIONS)
    rows = [
        {
            "id": name, "group": name, "leaked": int(i == 3), "similarity": 0.1 * i, "source_words": 5,
            "target_words": 2, "tokens": 4, "bytes": 9, "rows": 1, "kind": ["x", "y", '"><b>'][i % 3],
            **{f"{system}.rougeL": given[i] for system, given in SYSTEMS.items()},
            "base.nats": 9.0, "tuned.nats": 3.0,
        }
        for i, name in enumerate(IDS)
    ]  # fmt: skip
    write_csv(folder / "rows.csv", list(rows[0]), rows)
    header = "slice,value,n,base,tuned,baseline,difference,low,high,verdict"
    slices = [
        header, "kind,x,3,0.0,0.4,0.5,-0.1,-0.3,0.1,no clear difference", "kind,y | z,1,0.1,0.5,0.4,0.1,,,no clear difference",
    ]  # fmt: skip
    (folder / "slices.csv").write_text("\n".join(slices) + "\n", encoding="utf-8")
    (folder / "split").mkdir(exist_ok=True)
    inputs = [*HOSTILE[:7], LONG]
    write_jsonl(
        folder / "split" / "test.jsonl",
        [
            {"id": name, "group": name, "stratum": "", "source": source, "target": target}
            for name, source, target in zip(IDS, inputs, TARGETS, strict=True)
        ],
    )
    write_json(folder / "split.json", {"rows": 50, "train": 30, "left_out": 8, "strata": {"test": {"x": 3, "y": 5}}})
    for number, name in enumerate(("untrained", "tuned", "baselines/constant", "baselines/neighbour")):
        said = HOSTILE[number:] + HOSTILE[:number]
        write_jsonl(
            folder / f"{name}.jsonl",
            [
                {"id": i, "prediction": text, "reference": target}
                for i, text, target in zip(IDS, said, TARGETS, strict=True)
            ],
        )
    (folder / "history.csv").write_text(changed.get("history", HISTORY), encoding="utf-8")
    base = {"name": "some/model", "revision": "c0ffee", "sha256": "cd" * 32, "method": "lora", "settings": SETTINGS}
    write_json(folder / "adapter" / "base.json", base | changed.get("untrained", {}))
    split = "split: {train: 30, eval: 8, validation: 4, duplicates: keep, incomplete: fail, near_duplicates: group}\n"
    prompt = "prompt: {max_tokens: 512, neighbours: 0}\n"
    (folder / "params.yaml").write_text(PARAMS + split + prompt, encoding="utf-8")
    (folder / "pairs.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "pairs.html").write_text("<!doctype html><title>pairs</title>", encoding="utf-8")
    return (
        f"--params {folder}/params.yaml --scores {folder}/scores.json --definitions {folder}/definitions.json "
        f"--rows {folder}/rows.csv --slices {folder}/slices.csv --data {folder}/split "
        f"--split-figures {folder}/split.json --untrained {folder}/base.jsonl --tuned {folder}/tuned.jsonl "
        f"--baselines {folder}/baselines --history {folder}/history.csv --adapter {folder}/adapter "
        f"--page {folder}/report.html --summary {folder}/REPORT.md --card {folder}/card"
    ).split()


def read(folder: Path, **changed):
    write_files(folder, **changed)
    return read_again(folder)


def read_again(folder: Path):
    return read_run(
        scores=folder / "scores.json", definitions=folder / "definitions.json", rows=folder / "rows.csv",
        slices=folder / "slices.csv", data=folder / "split", split_figures=folder / "split.json",
        base=folder / "base.jsonl", tuned=folder / "tuned.jsonl", baselines=[folder / "baselines"],
        history=folder / "history.csv", adapter=folder / "adapter", params=load_params(folder / "params.yaml"),
    )  # fmt: skip


@pytest.fixture
def told(tmp_path):
    return read(tmp_path)


def altered(run, **gain):
    """Return the run with another difference to the best baseline."""
    found = copy.deepcopy(run)
    found.scores["gain"]["baseline"] |= gain
    return found


# The verdict, word for word.


def test_the_verdict_where_the_interval_contains_zero():
    assert verdict(SCORES, DEFINITIONS) == (
        "No clear difference: on 8 test rows the tuned model's ROUGE-L (0.488) is 0.088 above the best answer that needs "
        "no model (0.400, the answer of the nearest row, TF-IDF), and the 95% interval of that difference, -0.010 to "
        "+0.190, contains zero."
    )


@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        (
            {"verdict": "better", "low": 0.02, "p_text": "0.004"},
            "Better: on 8 test rows the tuned model's ROUGE-L (0.488) is 0.088 above the best answer that needs no "
            "model (0.400, the answer of the nearest row, TF-IDF); the 95% interval of that difference, +0.020 to "
            "+0.190, does not contain zero (p = 0.004).",
        ),
        (
            {"verdict": "worse", "difference": -0.2, "low": -0.3, "high": -0.1, "p_text": "1.0e-04"},
            "Worse: on 8 test rows the tuned model's ROUGE-L (0.488) is 0.200 below the best answer that needs no "
            "model (0.400, the answer of the nearest row, TF-IDF); the 95% interval of that difference, -0.300 to "
            "-0.100, does not contain zero (p = 1.0e-04).",
        ),
        (
            {"low": 0.001, "p_text": "0.061"},
            "No clear difference: on 8 test rows the tuned model's ROUGE-L (0.488) is 0.088 above the best answer that "
            "needs no model (0.400, the answer of the nearest row, TF-IDF); the 95% interval of that difference, "
            "+0.001 to +0.190, does not contain zero, but a permutation test does not rule chance out (p = 0.061).",
        ),
        (
            {"low": None, "high": None, "smallest_detectable": None, "difference": 0.0},
            "No clear difference: on 8 test rows the tuned model's ROUGE-L (0.488) is level with the best answer that "
            "needs no model (0.400, the answer of the nearest row, TF-IDF); a single group of rows has no interval.",
        ),
    ],
)
def test_the_other_verdicts(gain, expected):
    scores = SCORES | {"gain": SCORES["gain"] | {"baseline": LIFT | gain}}
    assert verdict(scores, DEFINITIONS) == expected


def test_what_stands_under_the_verdict():
    assert gain_over_untrained(SCORES, DEFINITIONS) == (
        "Over the untrained model: ROUGE-L from 0.100 to 0.488 (+0.388, 95% interval +0.200 to +0.500; better)."
    )
    assert caveats(SCORES, DEFINITIONS) == [
        "This many rows show a difference of 0.140 or more (with 80% power).",
        "Row by row the tuned model is better on 6 and worse on 1 of 8.",
    ]
    part = {"n": 7, "tuned": figures(0.4), "untrained": figures(0.1), "baseline": {"nearest_row": figures(0.3)}}
    scores = SCORES | {
        "groups": 6, "best_baseline": {"name": "nearest_row", "chosen_on": "test"}, "clean": part, "leaked": {"n": 1},
    }  # fmt: skip
    assert caveats(scores, DEFINITIONS)[2:] == [
        "The best baseline was chosen on the test rows themselves, as there are no validation rows: it looks a little "
        "better than it is.",
        "Test rows that nearly equal a training row: 1; without these tuned has 0.400, the best baseline 0.300, "
        "untrained 0.100 (7 test rows).",
    ]
    assert "on 8 test rows in 6 groups the" in verdict(scores, DEFINITIONS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0876, "0.088"), (-0.0001, "0.000"), (9.9996, "10.0"), (26.12, "26.1"), (12345.6, "12,345.6"), (None, "")],
)
def test_figures(value, text):
    assert figure(value) == text


@pytest.mark.parametrize(("share", "text"), [(0, "0%"), (0.1, "10%"), (0.033, "3.3%"), (0.05, "5%"), (1, "100%")])
def test_shares(share, text):
    assert percent(share) == text


# What to do next: each rule where it speaks, and where it is silent.


def test_rows_needed_grow_with_the_inverse_square(told):
    assert rules.rows_needed(told) == (
        "If the difference of +0.088 is real, about 21 test rows would show it: raise split.test from 8; "
        "8 rows of the data are left over."
    )
    assert "more than 800 test rows" in rules.rows_needed(altered(told, difference=0.001))
    assert "more than 800 test rows" in rules.rows_needed(altered(told, difference=0.0))
    assert rules.rows_needed(altered(told, verdict="better")) is None
    assert rules.rows_needed(altered(told, smallest_detectable=None)) is None
    assert rules.rows_needed(altered(told, smallest_detectable=0.01)) is None


def test_worse_than_the_floor(told):
    assert rules.worse_than_baseline(told) is None
    assert rules.worse_than_baseline(altered(told, verdict="worse", difference=-0.2)) == (
        "Tuned is behind the best baseline by 0.200: answer with that baseline, or bring more than the 30 training rows."
    )


def test_no_gain_over_untrained(told):
    assert rules.no_gain_over_untrained(told) is None
    told.scores["gain"]["untrained"] |= {"verdict": "no clear difference", "difference": 0.01}
    assert rules.no_gain_over_untrained(told) == (
        "Training changed ROUGE-L by +0.010 over the untrained model (no clear difference): raise lr (0.002 now) or epochs "
        "(3)."
    )


def with_history(run, validation, train=()):
    made = [(5 * (i + 1), loss) for i, loss in enumerate(validation)]
    return replace(run, history=History([(i + 1, loss) for i, loss in enumerate(train)], made, []))


def test_the_loss_says_how_many_epochs(told):
    falling, rising = with_history(told, [2.0, 1.5, 1.2]), with_history(told, [2.0, 1.5, 1.9])
    assert rules.still_falling(falling) == (
        "Validation loss was still falling at the last epoch, 1.500 to 1.200: try more than 3 epochs."
    )
    assert rules.rising(falling) is None
    assert rules.rising(rising) == (
        "Validation loss was lowest after epoch 2 (1.500) and 1.900 after epoch 3: epoch 2 was kept; 2 epochs, or a "
        "lower lr, would do."
    )
    assert rules.still_falling(rising) is None
    level = with_history(told, [2.0, 1.5, 1.499])
    assert (rules.still_falling(level), rules.rising(level)) == (None, None)
    assert rules.no_validation(level) is None
    none = with_history(told, [])
    assert (rules.still_falling(none), rules.rising(none), rules.memorising(none)) == (None, None, None)
    assert rules.no_validation(none).startswith("There are 0 validation rows")


def test_learnt_by_heart(told):
    assert rules.memorising(with_history(told, [1.5, 1.2], [2.0] * 5 + [0.4] * 5)) == (
        "At the kept epoch the loss is 1.200 on validation rows and 0.400 on training rows: part of it is learnt by "
        "heart. More training rows help, and so may a smaller lora.r (16 now)."
    )
    assert rules.memorising(with_history(told, [1.5, 1.2], [1.1] * 10)) is None


def test_leaks_empty_answers_zeros_faults_and_slices(told):
    assert rules.leaked(told) == (
        "1 of 8 test rows nearly equals a training row: trust the figures without, or set split.near_duplicates to "
        "group."
    )
    assert rules.empty_answers(told) == "1 of 8 tuned answers are empty (12%): read their rows and the prompt."
    assert rules.untrained_zeros(told) == (
        "The untrained model scores 0 on 3 of 8 rows (38%): a gain over it is mostly the form of the answer. Compare "
        "with the baseline."
    )
    assert rules.faults(told) == (
        "Faults in tuned answers: negation flips in 12% (1 of 8). No figure of overlap sees them: read these answers."
    )
    assert rules.losing_slices(told) == (
        "Tuned is behind the baseline in 1 slice: kind x (-0.100, 3 rows). Small ones do so by chance: read their rows."
    )
    said = advice(told)
    assert said[0] == rules.rows_needed(told)
    assert len(said) == len(set(said)) == 8


# Page, summary and card.


def test_the_stage_writes_the_same_bytes_twice(tmp_path, capsys):
    words = write_files(tmp_path)
    outs = ("report.html", "REPORT.md", "card/README.md")
    report.main(words)
    first = {name: (tmp_path / name).read_bytes() for name in outs}
    report.main(words)
    assert {name: (tmp_path / name).read_bytes() for name in outs} == first
    assert capsys.readouterr().out.splitlines()[0] == verdict(SCORES, DEFINITIONS)
    assert sorted(path.name for path in (tmp_path / "card").iterdir()) == ["README.md"]


def test_text_of_a_row_is_never_markup(told):
    html = make_page(told)
    assert re.findall(r"<script[^>]*>", html) == ["<script>"]
    assert html.count("</script") == 1
    assert "<img" not in html
    assert "{{ 7*7 }}{% raw %}" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    allowed = re.search(r"script-src '(sha256-[^']+)'", html)[1]
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)[1]
    assert allowed == "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def test_a_question_and_all_right_answers_are_shown(tmp_path):
    write_files(tmp_path)
    lines = (tmp_path / "split" / "test.jsonl").read_text(encoding="utf-8").split("\n")
    first = json.loads(lines[0]) | {"question": "Where <is> it?", "answers": ["normal", "the & other", "normal"]}
    (tmp_path / "split" / "test.jsonl").write_text("\n".join([json.dumps(first), *lines[1:]]), encoding="utf-8")
    html = make_page(read_again(tmp_path))
    assert html.count("<h4>Question</h4>") == 1
    assert '<p class="text" dir="auto">Where &lt;is&gt; it?</p>' in html
    assert '<p class="text" dir="auto">normal\nthe &amp; other</p>' in html


def test_nothing_of_the_machine_in_a_reproducible_page(told):
    html, plain = make_page(told), make_page(told, reproducible=True)
    assert "tokens/s" in html
    assert "<div><dt>median time of a step</dt><dd>2 s</dd></div>" in html
    assert "<div><dt>tokens in all</dt><dd>12,000</dd></div>" in html
    assert "<div><dt>floating-point operations in all, about</dt><dd>3.8e15</dd></div>" in html
    assert "<div><dt>peak memory</dt><dd>1.15 GB</dd></div>" in html
    assert platform.python_version() in html
    assert "This machine" not in plain
    for measured in ("median time", "tokens in all", "floating-point", "peak memory"):
        assert measured not in plain
    assert "tokens/s" not in plain
    assert platform.python_version() not in plain
    assert "+cpu" not in plain


def test_the_summary_quotes_no_row(told):
    text = summary(told, [("metrics/scores.json", "metrics/scores.json")])
    for quoted in (*HOSTILE[:7], *TARGETS, "word word"):
        assert quoted not in text
    assert f"**{verdict(SCORES, DEFINITIONS)}**" in text
    lines = text.splitlines()
    assert "| | ROUGE-L (higher is better) | perplexity (lower is better) |" in lines
    assert "| constant: the most frequent answer | 0.100 (0.050 to 0.150) | – |" in lines
    assert (
        "| **neighbour**: the answer of the nearest row (TF-IDF) (best baseline) | 0.400 (0.350 to 0.450) | – |"
        in lines
    )
    assert "| **tuned**: the model after training | 0.488 (0.438 to 0.538) | 3.200 (2.200 to 4.200) |" in lines
    assert "| tuned | 12% (0% to 25%) | 1 |" in lines
    assert "| untrained | 0% | 0 |" in lines  # no interval: drawn from rows without a fault it has no width
    assert "| kind | x | 3 | 0.000 | 0.400 | 0.500 | -0.100 (-0.300 to +0.100) | no clear difference |" in lines
    assert "| kind | y \\| z | 1 | 0.100 | 0.500 | 0.400 | +0.100 | no clear difference |" in lines
    assert "- [metrics/scores.json](<metrics/scores.json>)" in lines
    widths = {line.replace("\\|", "").count("|") for line in lines if line.startswith("|---|---|")}
    assert widths == {9}


@pytest.mark.parametrize(
    ("text", "safe"),
    [("a | b", "a \\| b"), ("<b>\n&", "\\<b\\> &amp;"), ("[x](y)", "\\[x\\](y)"), ("_a_ `b`", "\\_a\\_ \\`b\\`")],
)
def test_cells_of_markdown(text, safe):
    assert cell(text) == safe


def test_the_card_is_what_the_hub_reads(told, tmp_path):
    (tmp_path / "c.md").write_text(card(told), encoding="utf-8")
    loaded = ModelCard.load(tmp_path / "c.md", ignore_metadata_errors=False)
    data = loaded.data
    assert (data.base_model, data.library_name, data.pipeline_tag) == ("some/model", "peft", "text-generation")
    assert data.model_name == "some/model for impression"
    assert data.tags == ["tare", "impression", "lora"]
    assert {found.metric_type: found.metric_value for found in data.eval_results} == {
        "perplexity": 3.2, "rougeL": 0.488, "negation_flip": 0.125,
    }  # fmt: skip
    assert data.eval_results[0].dataset_args == {"sha256": "ab" * 32}
    assert f"**{verdict(SCORES, DEFINITIONS)}**" in loaded.text
    assert "| constant: the most frequent answer | 0.100 (0.050 to 0.150) | – |" in loaded.text
    assert 'from_pretrained("some/model", revision="c0ffee")' in loaded.text
    for quoted in (*HOSTILE[:7], "a | b * c"):
        assert quoted not in loaded.text


@pytest.mark.parametrize(
    ("untrained", "library", "named", "loading"),
    [
        ({"method": "full"}, "transformers", "some/model", "the folder or id of this model"),
        ({"name": "smollm2-135m-instruct", "revision": None}, "peft", None, 'locate("smollm2-135m-instruct")'),
        ({"name": "my-folder", "revision": None}, "peft", None, "the folder of the base model, by the hash above"),
    ],
)
def test_the_card_names_no_base_it_does_not_know(tmp_path, base, library, named, loading):
    run = read(tmp_path, base=base)
    (tmp_path / "c.md").write_text(card(run), encoding="utf-8")
    loaded = ModelCard.load(tmp_path / "c.md")
    assert (loaded.data.library_name, loaded.data.base_model, hub_id(run.base)) == (library, named, named)
    assert loading in loaded.text


def test_settings_are_lines():
    nested = {"a": 1, "b": {"c": 0.001, "d": [1, "x"], "e": {"f": 2, "g": None}}, "h": True}
    assert flat(nested) == [("a", "1"), ("b.c", "0.001"), ("b.d", "1, x"), ("b.e", "f 2, g none"), ("h", "yes")]
    assert typeset("-0.1 to rouge-1, a-2") == "−0.1 to rouge-1, a-2"


def test_the_settings_are_the_whole_file_and_what_differs_is_told(told):
    html = make_page(told)
    assert "<div><dt>lr</dt><dd>0.001</dd></div>" in html.split("Settings that were chosen")[0]
    assert "<div><dt>lr</dt><dd>0.002</dd></div>" in html.split("Settings that were chosen")[1]
    assert "| lr | 0.002 |" in card(told)
    same = replace(told, params=told.params | {"lr": 0.002})
    assert "Settings that were chosen" not in make_page(same)


def test_figures_of_all_rows_at_once_are_shown_and_are_no_faults(told):
    assert not is_fault(DEFINITIONS, "distance")
    assert is_fault(DEFINITIONS, "negation_flip")
    told.scores["tuned"] |= {"distance": 0.5, "distance_low": 0.4, "distance_high": 0.6}
    lines = summary(told, []).splitlines()
    assert "| | ROUGE-L (higher is better) | perplexity (lower is better) | distance (lower is better) |" in lines
    row = "| **tuned**: the model after training | 0.488 (0.438 to 0.538) | 3.200 (2.200 to 4.200) |"
    assert f"{row} 0.500 (0.400 to 0.600) |" in lines
    assert rules.faults(told).startswith("Faults in tuned answers: negation flips in 12%")
    assert "distance" in [found.metric_type for found in metadata(told).eval_results]


def test_what_the_training_took(told):
    assert effort(told.history) == [
        ("steps", "15"),
        ("median time of a step", "2 s"),
        ("tokens in all", "12,000"),
        ("floating-point operations in all, about", "3.8e15"),
        ("peak memory", "1.15 GB"),
    ]
    assert effort(History([], [], [])) == []
    assert [powers(number) for number in (1.23e15, 9.96e9, 5.0)] == ["1.2e15", "1.0e10", "5.0e0"]


def test_charts_stay_inside():
    for made, marks in (systems(SCORES, "rougeL"), gains(SCORES)[:2]):
        assert made.ticks
        for mark in marks:
            assert 0 <= mark.low <= mark.at <= mark.high <= 100
    assert [text for _, text in axis([0.0, 0.54]).ticks] == ["0.0", "0.2", "0.4", "0.6"]
    assert axis([3.0, 3.0]).start < 3 < axis([3.0, 3.0]).stop
    assert curves(History([], [], [])) is None
    alone = curves(History([], [(0, 2.5)], []))
    assert alone.best == alone.validation[0]


# Files that do not fit.


def test_files_of_another_run_are_told_apart(tmp_path):
    words = write_files(tmp_path)
    lines = (tmp_path / "tuned.jsonl").read_text(encoding="utf-8").split("\n")
    (tmp_path / "tuned.jsonl").write_text("\n".join([lines[0].replace('"1"', '"99"'), *lines[1:]]), encoding="utf-8")
    with pytest.raises(UserError, match=r"rows.csv and .*tuned.jsonl do not share the rows 1, 99: run the pipeline"):
        report.main(words)
    assert not (tmp_path / "report.html").exists()
    words = write_files(tmp_path, scores=SCORES | {"n": 9})
    with pytest.raises(UserError, match=r"rows.csv has 8 rows and .*scores.json is of 9: run the pipeline"):
        report.main(words)


@pytest.mark.parametrize(
    "name",
    ["scores.json", "definitions.json", "rows.csv", "slices.csv", "split.json", "split/test.jsonl", "tuned.jsonl",
     "baselines/nearest_row.jsonl", "history.csv", "adapter/base.json"],
)  # fmt: skip
def test_a_missing_file_is_a_users_error(tmp_path, name):
    words = write_files(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=f"{name} is missing"):
        report.main(words)


def test_a_missing_picture_is_a_users_error(tmp_path):
    words = write_files(tmp_path)
    with pytest.raises(UserError, match=r"no.png cannot be read"):
        report.main([*words, "--pairs-figure", f"{tmp_path}/no.png"])


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("scores.json", lambda text: text.replace('"gain"', '"gain"'), "has no gain"),
        ("scores.json", lambda text: text.replace('"headline": "rougeL"', '"headline": "x"'), "does not define"),
        ("rows.csv", lambda text: text.replace("0.8", "high"), "must hold numbers"),
        ("rows.csv", lambda text: text.replace("tuned.rougeL", "tuned.other"), "has no column tuned.rougeL"),
        ("slices.csv", lambda text: text.replace("difference", "delta"), "has no column difference"),
        ("history.csv", lambda text: text.replace("1,1,train", "one,1,train"), "none of ours"),
        ("history.csv", lambda text: text.replace("1,1,train", "1,1,test"), "none of ours"),
        ("history.csv", lambda text: text.replace("2.5e+14", "many"), "none of ours"),
        ("history.csv", lambda text: text.replace("flops", "work"), "has no column flops"),
        ("adapter/base.json", lambda text: text.replace('"settings"', '"dials"'), "base.json has no settings: run"),
        ("adapter/base.json", lambda text: text.replace('"lr"', '"rate"'), "must have lr, they have not: train again"),
        ("adapter/base.json", lambda text: text.replace('"lora":', '"dora":'), "must have lora, they have not"),
        (
            "definitions.json",
            lambda text: re.sub(r'"rougeL",\s+"rows"', '"rougeL", "tokens"', text),
            r"a mean over rows, with the columns \[name, rows\], .* has 'rougeL' of \['rougeL', 'tokens'\]",
        ),
    ],
)
def test_a_broken_file_is_a_users_error(tmp_path, name, change, message):
    words = write_files(tmp_path)
    (tmp_path / name).write_text(change((tmp_path / name).read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(UserError, match=message):
        report.main(words)


def test_a_run_without_validation_rows_slices_or_pairs(tmp_path):
    train_only = "\n".join(line for line in HISTORY.split("\n") if "validation" not in line)
    run = read(tmp_path, history=train_only)
    (tmp_path / "slices.csv").write_text("slice,value,n,base,tuned,baseline,difference,low,high,verdict\n")
    run = read_again(tmp_path)
    html = make_page(run)
    assert "no validation rows; the last epoch was kept" in html
    assert 'id="slices"' not in html
    assert 'id="pairs"' not in html
    assert any(line.startswith("There are 0 validation rows") for line in advice(run))
    assert read_history(tmp_path / "history.csv").validation == []


# In a browser.


@pytest.fixture
def opened(page, tmp_path):
    words = write_files(tmp_path)
    report.main([*words, "--pairs-figure", f"{tmp_path}/pairs.png"])
    page.goto((tmp_path / "report.html").as_uri())
    return page


def shown(page) -> list[str]:
    return page.eval_on_selector_all("article", "all => all.filter(one => !one.hidden).map(one => one.id)")


def test_text_stays_text_in_the_browser(opened):
    assert opened.locator("h1").text_content() == typeset(verdict(SCORES, DEFINITIONS))
    texts = opened.eval_on_selector_all(".answer .text", "all => all.map(one => one.textContent)")
    for hostile in HOSTILE[:7]:
        assert hostile in texts
    assert LONG in texts
    assert opened.locator("main img").count() == 1  # the word pairs
    assert opened.locator("h2").all_text_contents()[0] == "The figures"


def test_the_worst_row_comes_first_and_the_order_can_be_changed(opened):
    assert shown(opened) == ["row-7", "row-a%20b", "row-1", "row-12", "row-3", "row-4", "row-6", "row-%3C8%3E"]
    opened.select_option("#order", "-gain")
    assert shown(opened)[0] == "row-%3C8%3E"
    opened.select_option("#order", "similarity")
    assert shown(opened)[:2] == ["row-1", "row-12"]
    opened.click("button[type=reset]")
    opened.wait_for_function("() => document.querySelector('article').id === 'row-7'")


def test_search_and_filters(opened):
    assert opened.locator("#count").text_content() == "8 of 8 rows"
    opened.fill("#search", "FOURTH")
    assert shown(opened) == ["row-4"]
    opened.fill("#search", "<SCRIPT>")
    assert "row-1" in shown(opened)
    opened.fill("#search", "no such text")
    assert (shown(opened), opened.locator("#none").is_visible()) == ([], True)
    opened.fill("#search", "")
    opened.select_option("#outcome", "worse")
    assert shown(opened) == ["row-7"]
    opened.select_option("#outcome", "level")
    assert shown(opened) == ["row-a%20b"]
    opened.select_option("#outcome", "")
    opened.select_option("[data-facet='0']", '="><b>')
    assert shown(opened) == ["row-3", "row-6"]
    assert opened.locator("#count").text_content() == "2 of 8 rows"


def test_a_link_to_a_hidden_row_shows_it(opened):
    opened.fill("#search", "fourth")
    for anchor in ("row-12", "row-a%20b", "row-%3C8%3E"):
        opened.evaluate("anchor => { location.hash = anchor; }", anchor)
        opened.wait_for_function("anchor => document.getElementById(anchor).matches(':target')", arg=anchor)
        opened.wait_for_function("anchor => !document.getElementById(anchor).hidden", arg=anchor)
    for href in opened.eval_on_selector_all("a[href^='#']", "all => all.map(one => one.getAttribute('href'))"):
        assert opened.evaluate("id => document.getElementById(id) !== null", href[1:]), href
    opened.click("#pairs a >> nth=0")
    assert opened.title() == "pairs"


def test_the_keyboard_reaches_the_controls(opened):
    opened.locator("#search").focus()
    opened.keyboard.type("fourth")
    assert shown(opened) == ["row-4"]
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.id") == "outcome"


@pytest.mark.parametrize("width", [320, 375, 760, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_by_day_and_night(opened, width, scheme):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.emulate_media(color_scheme=scheme)
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    back = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", back))) < 128) == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(opened, scheme):
    """WCAG 2 AA: 4.5 to 1, for every colour of text on the background it stands on."""
    opened.emulate_media(color_scheme=scheme)
    assert opened.evaluate(LOW_CONTRAST) == []


def test_it_prints(opened, tmp_path):
    opened.emulate_media(media="print", color_scheme="dark")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.evaluate("getComputedStyle(document.querySelector('form')).display") == "none"
    assert opened.pdf(format="A4").startswith(b"%PDF")


def test_it_can_be_read_without_javascript(browser, tmp_path):
    report.main(write_files(tmp_path))
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto((tmp_path / "report.html").as_uri())
    assert plain.locator("article:visible").count() == 8
    assert not plain.locator("#controls").is_visible()
    context.close()


def test_a_thousand_rows_are_filtered_at_once(page, tmp_path):
    words = write_files(tmp_path)
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    write_json(tmp_path / "scores.json", SCORES | {"n": 1000})
    rows = [row | {"id": str(i), "tuned.rougeL": i / 1000} for i in range(1000)]
    write_csv(tmp_path / "rows.csv", list(row), rows)
    write_jsonl(
        tmp_path / "split" / "test.jsonl",
        [{"id": str(i), "source": f"input {i}. " + "text " * 100, "target": "t"} for i in range(1000)],
    )
    for name in ("untrained", "tuned", "baselines/neighbour"):
        write_jsonl(tmp_path / f"{name}.jsonl", [{"id": str(i), "prediction": f"said {i}"} for i in range(1000)])
    report.main(words)
    page.goto((tmp_path / "report.html").as_uri())
    took = page.evaluate(
        """() => {
          const start = performance.now(), box = document.getElementById("search");
          box.value = "input 77.";
          box.dispatchEvent(new Event("input", { bubbles: true }));
          document.getElementById("order").value = "-gain";
          document.getElementById("order").dispatchEvent(new Event("input", { bubbles: true }));
          return performance.now() - start;
        }"""
    )
    assert shown(page) == ["row-77"]
    assert took < 2000  # milliseconds; some tens on a quiet machine


# The showcase.


@pytest.fixture
def showcase(tmp_path, monkeypatch):
    """A project's folder with the embedded data and a finished run, where DVC finds nothing changed."""
    words = write_files(tmp_path)
    for flag in ("--page", "--summary", "--card"):
        words[words.index(flag) + 1] = f"{tmp_path}/plots/{flag.strip('-')}"
    command = "python -m stages.report " + " ".join([*words, "--pairs-figure", f"{tmp_path}/pairs.png"])
    (tmp_path / "dvc.yaml").write_text(f"stages:\n  report:\n    cmd: {json.dumps(command)}\n", encoding="utf-8")
    text = (tmp_path / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(f"{text}data: data/reports.csv\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    docs.generate(["--rows", "960", "--seed", "7", "--out", str(tmp_path / "data" / "reports.csv")])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["docs"])
    monkeypatch.setattr(docs, "check_run", lambda: None)
    return tmp_path


def test_the_showcase_is_the_same_twice(showcase, monkeypatch):
    docs.main()
    first = {path.name: path.read_bytes() for path in (showcase / "docs").iterdir()}
    assert sorted(first) == ["pairs.html", "report.html"]
    assert b"tokens/s" not in first["report.html"]
    assert b'href="pairs.html"' in first["report.html"]
    docs.main()
    assert {path.name: path.read_bytes() for path in (showcase / "docs").iterdir()} == first
    assert not (showcase / "plots").exists()


def test_nothing_of_other_data_is_published(showcase):
    params = (showcase / "params.yaml").read_text(encoding="utf-8")
    (showcase / "params.yaml").write_text(params.replace("data/reports.csv", "data/mine.csv"), encoding="utf-8")
    with pytest.raises(UserError, match=r"params.yaml has data: data/mine.csv: its rows may be of real people"):
        docs.main()
    (showcase / "params.yaml").write_text(params, encoding="utf-8")
    with (showcase / "data" / "reports.csv").open("a", encoding="utf-8") as file:
        file.write("CT,h,o,i\n")
    with pytest.raises(UserError, match="must be what the generator writes"):
        docs.main()
    assert not (showcase / "docs").exists()


@pytest.mark.parametrize(
    ("code", "out", "message"),
    [
        (0, '{"split": [{"changed deps": {}}], "report": []}', r"\(report, split\): run dvc repro"),
        (1, "", "dvc status failed: no stage report"),
    ],
)
def test_a_run_that_is_not_of_the_files_is_not_published(monkeypatch, code, out, message):
    class Done:
        returncode, stdout, stderr = code, out, "x\nno stage report\n"

    monkeypatch.setattr(docs.subprocess, "run", lambda *_, **__: Done)
    with pytest.raises(UserError, match=message):
        docs.check_run()
