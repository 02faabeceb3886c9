"""What a score is: by hand, against Google's ROUGE, against the model's own loss; and what is no score."""

import json
import math
import subprocess
import sys

import pytest
from rouge_score.rouge_scorer import RougeScorer

from pipeline_lib.errors import UserError
from pipeline_lib.files import write_jsonl
from pipeline_lib.metrics import bits_per_byte, perplexity, rouge, score_generations
from stages import score
from tests.toys import ROOT

PAIRS = [
    ("No acute fracture.", "No acute fracture."),
    ("", "No acute fracture."),
    ("No acute fracture.", ""),
    ("", ""),
    ("...", "No acute fracture."),
    ("?!", "--"),
    ("fracture", "No acute fracture."),
    ("Fractures of the left ribs", "Fractured left rib"),
    ("Small left pleural effusion. No pneumothorax.", "No pneumothorax. Small left pleural effusion."),
    ("Small right pleural effusion.", "Small left pleural effusion."),
    ("the the the the", "the cat"),
    ("the cat", "the the the the"),
    ("1. Lung nodule, 5 mm\n2. Emphysema", "5mm lung nodule\nemphysema"),
    ("Écho du cœur: épanchement péricardique", "épanchement du péricarde"),
    ("naïve café", "naive cafe"),
    ("Überprüfung ≥ 5 µm", "Überprüfung > 5 µm"),
    ("胸部正常", "胸部异常"),
    ("胸部 CT normal", "CT 胸部 normal"),
    ("L4–L5 disc herniation", "L4-L5 disc herniations"),
    ("Findings consistent with degenerating degenerative degeneration", "degenerate finding"),
    ("NORMAL", "normal"),
    ("a_b c-d", "a b c d"),
    ("word " * 200, "word " * 100 + "other " * 50),
    ("Cardiomegaly, mild; unchanged since 2019.", "Mild cardiomegaly unchanged compared with 2019 exam"),
]


@pytest.mark.parametrize(("prediction", "reference"), PAIRS)
def test_rouge_is_googles(prediction, reference):
    google = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True).score(reference, prediction)
    expected = {key: score.fmeasure for key, score in google.items()}
    assert rouge(prediction, reference) == pytest.approx(expected, abs=1e-6)


def test_rouge_by_hand():
    # 3 of 4 words in common, 1 of 3 word pairs in order (left pleural effusion: 2 of 3), longest common run of words 3.
    found = rouge("small right pleural effusion", "small left pleural effusion")
    assert found == pytest.approx({"rouge1": 3 / 4, "rouge2": 1 / 3, "rougeL": 3 / 4}, abs=1e-6)


def test_perplexity_weighs_tokens_not_rows():
    # Row one: 9 tokens of probability 1/2; row two: one token of 1/1000.
    logp, tokens = [9 * math.log(1 / 2), math.log(1 / 1000)], [9, 1]
    assert perplexity(logp, tokens) == pytest.approx((2**9 * 1000) ** (1 / 10))
    assert perplexity(logp, tokens) != pytest.approx((2 + 1000) / 2, rel=0.5)
    assert perplexity([math.log(1 / 8)] * 3, [1, 1, 1]) == pytest.approx(8)


def test_bits_per_byte_by_hand():
    assert bits_per_byte([math.log(1 / 2**12), math.log(1 / 2**4)], [6, 2]) == pytest.approx(2)


def row(number, prediction="a b", reference="a b", logp=-2.0, tokens=2, size=3):
    answer = {"id": str(number), "prediction": prediction, "reference": reference}
    return {**answer, "logp": logp, "tokens": tokens, "bytes": size}


def test_the_score_of_rows_by_hand():
    rows = [row(1, logp=-1.0, tokens=1, size=1), row(2, prediction="", reference="x", logp=-5.0, tokens=3, size=7)]
    assert score_generations(rows) == pytest.approx(
        {
            "perplexity": math.exp(6 / 4),
            "bits_per_byte": 6 / math.log(2) / 8,
            "rouge1": 0.5,
            "rouge2": 0.5,
            "rougeL": 0.5,
        }
    )


def test_a_certain_answer_has_perplexity_one():
    assert score_generations([row(1, logp=0.0)])["perplexity"] == 1
    assert score_generations([row(1, logp=-0.0)])["bits_per_byte"] == 0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "there are no predictions to score: run the generate stage"),
        ([row(1), row(2), row(1)], "predictions must have one row an id, 1 stand there twice"),
        ([row(1), row(2, logp=math.nan)], "row 2: logp must be a finite number of nats below 0, not nan"),
        ([row(1, logp=-math.inf)], "row 1: logp must be a finite number of nats below 0, not -inf"),
        ([row(1, logp=0.5)], "row 1: logp must be a finite number of nats below 0, not 0.5"),
        ([row(1, tokens=0)], "row 1"),
        ([row(1, size=0)], "row 1"),
        ([row(1, logp=-1e6, tokens=1)], "perplexity"),  # exp overflows: a model that has diverged
        ([{"id": "1", "reference": "a"}], "row 1"),
    ],
)
def test_what_is_no_score_is_refused(rows, message):
    with pytest.raises(UserError, match=message):
        score_generations(rows)


# The stage.


def run(folder, base, tuned):
    write_jsonl(folder / "base.jsonl", base)
    write_jsonl(folder / "tuned.jsonl", tuned)
    places = {"--base": "base.jsonl", "--tuned": "tuned.jsonl", "--out": "scores.json"}
    score.main([part for name, file in places.items() for part in (name, str(folder / file))])
    return (folder / "scores.json").read_text(encoding="utf-8")


def test_the_stage_writes_exactly_this(tmp_path, capsys):
    base = [row(1, prediction="b", reference="a b", logp=-4.0), row(2, prediction="", reference="é", logp=-3.0, size=2)]
    tuned = [base[0] | {"prediction": "a b", "logp": -1.0}, base[1] | {"logp": -1.0}]
    assert run(tmp_path, base, tuned) == (
        "{\n"
        '  "n": 2,\n'
        '  "base": {\n'
        '    "perplexity": 5.754603,\n'
        '    "bits_per_byte": 2.019773,\n'
        '    "rouge1": 0.333333,\n'
        '    "rouge2": 0.0,\n'
        '    "rougeL": 0.333333\n'
        "  },\n"
        '  "tuned": {\n'
        '    "perplexity": 1.648721,\n'
        '    "bits_per_byte": 0.577078,\n'
        '    "rouge1": 0.5,\n'
        '    "rouge2": 0.5,\n'
        '    "rougeL": 0.5\n'
        "  }\n"
        "}\n"
    )
    assert capsys.readouterr().out == (
        "base: perplexity 5.7546, bits_per_byte 2.0198, rouge1 0.3333, rouge2 0.0000, rougeL 0.3333\n"
        "tuned: perplexity 1.6487, bits_per_byte 0.5771, rouge1 0.5000, rouge2 0.5000, rougeL 0.5000\n"
    )


@pytest.mark.parametrize(
    ("base", "tuned", "message"),
    [
        ([row(1), row(2)], [row(1)], r"differ in 1 \(2\): run both generate stages again"),
        ([row(1)], [row(1, reference="other")], r"differ in 1 \(1\)"),
        ([row(1)], [], "tuned.jsonl: there are no predictions to score"),
        ([row(1)], [row(1), row(1)], r"1 stand there twice"),
        ([], [], "there are no predictions to score"),
        ([row(1)], [row(1, logp=math.inf) | {"logp": 3.0}], "row 1: logp"),
        ([{"id": "1", "source": "not", "target": "predictions"}], [row(1)], "base.jsonl"),
        ([{"reference": "a"}], [row(1)], "base.jsonl"),
    ],
)
def test_the_stage_refuses_what_cannot_be_compared(tmp_path, base, tuned, message):
    with pytest.raises(UserError, match=message):
        run(tmp_path, base, tuned)
    assert not (tmp_path / "scores.json").exists()


def test_nan_in_a_file_is_refused(tmp_path):
    write_jsonl(tmp_path / "base.jsonl", [row(1)])
    (tmp_path / "tuned.jsonl").write_text(json.dumps(row(1, logp=math.nan)))
    with pytest.raises(UserError, match="row 1: logp must be a finite number"):
        score.main(
            [f"--{name}={tmp_path / name}.jsonl" for name in ("base", "tuned")] + [f"--out={tmp_path / 'o.json'}"]
        )


def test_the_stage_needs_no_torch():
    code = "import sys, stages.score; print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
