"""The verdict and what stands under it, word for word."""

import pytest

from pipeline_lib.report.verdict import caveats, figure, gain_over_untrained, percent, verdict
from tests.helpers.report_run import DEFINITIONS, GAIN, SCORES, figures

SMALL = {"verdict": "no clear difference", "difference": 0.02, "low": -0.01, "high": 0.05}
ZERO = "does not contain zero"


@pytest.mark.parametrize(("gain", "own", "other", "word", "how", "end"), [
    ({}, "no clear difference", {}, "No clear gain", "0.088 above",
     "-0.010 to +0.190, contains zero, so it could be chance."),
    ({"verdict": "better", "low": 0.02, "p_text": "0.004"}, "better", {}, "Better", "0.088 above",
     f"+0.020 to +0.190, {ZERO} (p = 0.004); it is better than the other baseline and the untrained model too "
     "(p = 0.080)."),
    ({"low": 0.02, "p_text": "0.004"}, "better", SMALL, "No clear gain", "0.088 above",
     f"+0.020 to +0.190, {ZERO} (p = 0.004), but over another baseline (the most frequent answer) it could be chance: "
     "+0.020, -0.010 to +0.050."),
    ({"verdict": "worse", "difference": -0.2, "low": -0.3, "high": -0.1, "p_text": "1.0e-04"}, "worse", {}, "Worse",
     "0.200 below", f"-0.300 to -0.100, {ZERO} (p = 1.0e-04)."),
    ({"difference": -0.2, "low": -0.3, "high": -0.1, "p_text": "0.030"}, "worse", {}, "No clear gain", "0.200 below",
     f"-0.300 to -0.100, {ZERO} (p = 0.030), but of 2 baselines the best one was taken, so it could be chance."),
    ({"low": 0.001, "p_text": "0.061"}, "no clear difference", {}, "No clear gain", "0.088 above",
     f"+0.001 to +0.190, {ZERO}, but by a permutation test it could be chance (p = 0.061)."),
    ({"low": None, "high": None, "smallest_detectable": None, "difference": 0.0}, "no clear difference", {},
     "No clear gain", "equal to", ""),
])  # fmt: skip
def test_verdict(gain, own, other, word, how, end):
    end = f"the 95% interval of that difference, {end}" if end else "rows that differ alike have no interval."
    each = {"majority": SCORES["gain"]["each"]["majority"] | other, "nearest_row": GAIN | gain | {"verdict": own}}
    scores = SCORES | {"gain": SCORES["gain"] | {"baseline": GAIN | gain, "each": each}}
    assert verdict(scores, DEFINITIONS) == (
        f"{word}: on 8 test rows the tuned model's ROUGE-L (0.488) is {how} the best baseline (0.400, the answer of "
        f"the nearest row, TF-IDF); {end}"
    )


def test_what_stands_under_the_verdict():
    assert gain_over_untrained(SCORES, DEFINITIONS) == (
        "Gain over the untrained model: ROUGE-L from 0.100 to 0.488 (+0.388, 95% interval +0.200 to +0.500; better)."
    )
    assert caveats(SCORES, DEFINITIONS) == [
        "Smallest detectable difference with this many rows: 0.140 (80% power).",
        "Row by row the tuned model is ahead on 6 and behind on 1 of 8 rows.",
    ]
    part = {"n": 7, "tuned": figures(0.4), "untrained": figures(0.1), "baselines": {"nearest_row": figures(0.3)}}
    scores = SCORES | {"groups": 6, "clean": part, "leaked": {"n": 1}}
    leaks = "Test rows that nearly equal a training row: 1; "
    assert caveats(scores, DEFINITIONS)[2:] == [
        f"{leaks}without them ROUGE-L: tuned 0.400, the best baseline 0.300, untrained 0.100 (7 test rows)."
    ]
    assert caveats(scores | {"clean": {"n": 0}}, DEFINITIONS)[2] == f"{leaks}no other row is left."
    assert "on 8 test rows in 6 groups the" in verdict(scores, DEFINITIONS)


def test_a_bound_of_p_and_what_few_rows_can_show_are_said():
    gain = GAIN | {"verdict": "better", "low": 0.02, "p": 1 / 10_001, "p_text": "<= 1e-4"}
    each = {name: gain | {"verdict": "better"} for name in ("majority", "nearest_row")}
    scores = SCORES | {"gain": SCORES["gain"] | {"baseline": gain, "each": each}}
    assert "does not contain zero (p <= 1e-4);" in verdict(scores, DEFINITIONS)
    each["untrained"] = gain | {"p": 0.002, "p_text": "0.002"}
    assert verdict(scores, DEFINITIONS).endswith("and the untrained model too (largest p = 0.002).")
    more = {"least_wins": 6, "detectable_by": "exact", "warning": "a few rows carry the difference: ..."}

    def lines(**changes):
        return caveats(SCORES | {"gain": SCORES["gain"] | {"baseline": GAIN | more | changes}}, DEFINITIONS)

    careful, smallest, rows = lines()
    assert careful == "Be careful: a few rows carry the difference: ...."
    assert smallest.endswith("0.140 (80% power of the exact test, were as many rows as now on the other side).")
    assert rows.endswith("ahead on 6 and behind on 1 of 8 rows.")
    assert lines(rows_better=2, rows_worse=0, warning=None)[1].endswith(
        "of 8 rows. At least 6 of 8 rows must be better, and none worse, before a test says better."
    )
    assert lines(least_wins=None)[2].endswith("of 8 rows. A test on 8 rows can never say better.")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0876, "0.088"), (-0.0001, "0.000"), (9.9996, "10.0"), (26.12, "26.1"), (12345.6, "12,345.6"), (None, "")],
)
def test_figures(value, text):
    assert figure(value) == text


@pytest.mark.parametrize(("share", "text"), [(0, "0%"), (0.1, "10%"), (0.033, "3.3%"), (0.05, "5%"), (1, "100%")])
def test_shares(share, text):
    assert percent(share) == text
