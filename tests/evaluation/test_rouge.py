"""ROUGE is torchmetrics' with its Porter stemmer, which follows Google's: words of three letters are never stemmed."""

import pytest
from torchmetrics.functional.text.rouge import rouge_score

from pipeline_lib.evaluation.metrics.rouge import ROUGE, rouge, rouge_l, words

# Of three letters Porter would stem was, gas, has and his.
TEXTS = [
    "No acute disease, as it was; the gas has gone.",
    "No acute diseases: it wa the ga ha gone, seeing his scans",
    "The patient's scan_2 was seen: stable",
    "Seen: a stable scan 2 of the patient",
    "",
]


@pytest.mark.parametrize("reference", TEXTS)
@pytest.mark.parametrize("prediction", TEXTS)
def test_the_figures_are_torchmetrics(prediction, reference):
    found = rouge_score(prediction, reference, use_stemmer=True, rouge_keys=ROUGE)
    expected = {key: float(found[f"{key}_fmeasure"]) for key in ROUGE}
    assert rouge(prediction, reference) == pytest.approx(expected)
    assert rouge_l([prediction], [reference])[0, 0] == pytest.approx(expected["rougeL"])


def test_words_of_three_letters_are_whole_and_an_underscore_parts_words():
    assert words("Was his gas_scan seen?") == ["was", "his", "gas", "scan", "seen"]
    assert words("scans seeing") == ["scan", "see"]
    assert rouge("gas", "ga")["rouge1"] == 0.0
