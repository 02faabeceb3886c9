"""What a report says of answers, inputs and rows that were cut or left out for their length."""

import copy
from dataclasses import replace

import pytest

from pipeline_lib.report.advice import advice
from pipeline_lib.report.length_advice import cut_answers, cut_inputs, rows_too_long
from pipeline_lib.report.page import page
from pipeline_lib.report.summary import summary
from tests.helpers.report_run import read, write_run

LENGTHS = {
    "prompt": {"limit": 512, "percentile_99": 900, "longest": 1016, "longer": 9},
    "answer": {"limit": 120, "percentile_99": 117, "longest": 300, "longer": 1},
    "rows": 30, "inputs_cut": 9, "too_long": ["3", "8"],
}  # fmt: skip
LONG = (4, 4, 4, 4, 4, 97, 130, 4)


@pytest.fixture
def run(tmp_path):
    return read(write_run(tmp_path))


def cut(run, share=0.0, limit=96, tokens=(4,) * 8, figure="not_ended"):
    """Return the run with a share of cut answers, a limit, and lengths of the references."""
    changed = copy.deepcopy(run)
    changed.scores["tuned"][figure] = share
    changed.params["generate"]["max_new_tokens"] = limit
    rows = [replace(row, tokens=count) for row, count in zip(changed.rows, tokens, strict=True)]
    return replace(changed, rows=rows, lengths=LENGTHS)


@pytest.mark.parametrize(("changes", "sentence"), [
    ({}, None),
    ({"share": 1.0, "figure": "ended"}, None),
    ({"tokens": (4,) * 7 + (96,)}, None),
    ({"share": 0.375},
     "3 of 8 tuned answers (38%) were cut after generate.max_new_tokens (96), and no reference is as long: "
     "these repeat themselves or have not learnt to end; read them."),
    ({"share": 0.875, "figure": "ended", "tokens": LONG},
     "1 of 8 tuned answers (12%) were cut after generate.max_new_tokens (96); 2 of 8 references are longer than "
     "that: set it to 130, or to auto."),
    ({"tokens": LONG, "limit": "auto"},
     "1 of 8 references are longer than generate.max_new_tokens (120): set it to 130."),
])  # fmt: skip
def test_answers_that_were_cut(run, changes, sentence):
    changed = cut(run, **changes)
    assert cut_answers(changed) == sentence
    assert sentence is None or f"- {sentence}\n".replace("_", "\\_") in summary(changed, [])


def test_inputs_that_were_cut_and_rows_that_were_left_out(run):
    assert (cut_inputs(run), rows_too_long(run)) == (None, None)
    changed = replace(run, lengths=LENGTHS)
    said = "9 of 30 training inputs (30%) were cut to prompt.max_tokens (512), the longest prompt has 1,016 tokens: "
    assert cut_inputs(changed) == f"{said}set it to auto."
    assert rows_too_long(changed) == (
        "2 rows were left out of training, longer with the answer than the model reads (prompt.too_long: drop): choose "
        "a model that reads more to learn from what is long."
    )
    assert {cut_inputs(changed), rows_too_long(changed)} <= set(advice(changed))
    del changed.params["prompt"]["max_tokens"]  # its default is auto
    assert cut_inputs(changed) == f"{said}lower prompt.few_shot, or choose a model that reads more."


def test_the_settings_show_the_numbers_that_auto_stood_for(run):
    changed = cut(run, limit="auto")
    changed.params["prompt"]["max_tokens"] = "auto"
    html = page(changed)
    assert '<div><dt>prompt.max_tokens</dt><dd dir="auto">auto: 512</dd></div>' in html
    assert '<div><dt>generate.max_new_tokens</dt><dd dir="auto">auto: 120</dd></div>' in html
    assert "prompt" not in html.split("Settings that were chosen")[1].split("</dl>")[0]
