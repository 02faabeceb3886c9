"""The chart of the verdict: every system, the best on top, with what tuned is against it; in a page and alone."""

import re
from xml.etree import ElementTree

import pytest

from pipeline_lib.report.figures.palette import SCHEMES
from pipeline_lib.report.figures.verdict_chart import verdict_chart, verdict_picture
from tests.helpers.report_run import DEFINITIONS, GAIN, SCORES, figures

SVG = "{http://www.w3.org/2000/svg}"
PROMPTED = {"verdict": "worse", "difference": -0.1, "low": -0.2, "high": -0.01, "p": 0.012, "p_text": "0.012"}


def with_prompted(**changes) -> dict:
    """Return the toy's scores with a prompted baseline that is better than tuned."""
    gain = SCORES["gain"] | {"each": SCORES["gain"]["each"] | {"prompted_3": PROMPTED}}
    return SCORES | {"baselines": SCORES["baselines"] | {"prompted_3": figures(0.6)}, "gain": gain} | changes


def texts(svg: str, kind: str) -> list[str]:
    found = ElementTree.fromstring(svg).iter("text")
    return ["".join(one.itertext()) for one in found if one.get("class", "").split()[0] == kind]


def test_the_best_is_on_top_and_each_says_what_tuned_is_against_it():
    svg = verdict_chart(with_prompted(), DEFINITIONS)
    assert list(zip(texts(svg, "name"), texts(svg, "value"), texts(svg, "note"), strict=True)) == [
        ("Untrained, shown 3 rows", "0.600 (0.550 to 0.650)", "tuned is worse, p = 0.012"),
        ("Tuned model", "0.488 (0.438 to 0.538)", "after training"),
        (
            "Nearest training row's target", "0.400 (0.350 to 0.450)",
            "best baseline; no clear difference, p = 0.080",
        ),
        ("Most frequent training target", "0.100 (0.050 to 0.150)", "tuned is better, p = 0.080"),
        ("Untrained model", "0.100 (0.050 to 0.150)", "tuned is better, p = 0.080"),
    ]  # fmt: skip
    root = ElementTree.fromstring(svg)
    assert [mark.get("class") for mark in root.iter("circle")] == [
        "untrained",
        "tuned",
        "baseline",
        "baseline",
        "untrained",
    ]
    assert root.get("width") == "100%"
    label = root.get("aria-label", "")
    assert label.startswith(
        "ROUGE-L on 8 test rows, higher is better, with 95% intervals: Untrained, shown 3 rows 0.600"
    )
    assert "Tuned model 0.488 (0.438 to 0.538), after training; Nearest" in label


def test_marks_stand_at_their_values_and_inside():
    root = ElementTree.fromstring(verdict_chart(SCORES, DEFINITIONS))
    percent = [float(mark.get("cx", "").removesuffix("%")) for mark in root.iter("circle")]
    assert percent == pytest.approx([81.33, 66.67, 16.67, 16.67])  # of a scale from 0 to 0.6
    lines = [(line.get("class", "").split()[0], line.get("x1"), line.get("x2")) for line in root.iter("line")]
    assert lines[:3] == [("track", "0", "100%"), ("reference", "66.67%", "66.67%"), ("range", "73.0%", "89.67%")]
    assert [ends for kind, *ends in lines if kind == "reference"] == [["66.67%", "66.67%"]] * 4


def test_lower_is_better_and_a_system_without_interval_or_test():
    metrics = DEFINITIONS["metrics"] | {"rougeL": DEFINITIONS["metrics"]["rougeL"] | {"better": "lower"}}
    each = {name: gain for name, gain in SCORES["gain"]["each"].items() if name != "untrained"}
    plain = {"rougeL": 0.2, "rougeL_low": None, "rougeL_high": None}
    scores = SCORES | {"untrained": plain, "gain": SCORES["gain"] | {"each": each}}
    svg = verdict_chart(scores, DEFINITIONS | {"metrics": metrics}, untrained="frozen <encoder>")
    assert texts(svg, "name") == [
        "Most frequent training target", "Frozen <encoder>", "Nearest training row's target", "Tuned model",
    ]  # fmt: skip
    assert (texts(svg, "value")[1], texts(svg, "note")[1]) == ("0.200", "")
    assert len(re.findall('class="range', svg)) == 3


def test_a_baseline_of_another_name_is_text():
    scores = SCORES | {
        "baselines": {"<b>my_own</b>": figures(0.3)}, "best_baseline": {"name": "<b>my_own</b>"},
        "gain": SCORES["gain"] | {"each": {"<b>my_own</b>": GAIN}},
    }  # fmt: skip
    assert texts(verdict_chart(scores, DEFINITIONS), "name")[1] == "<b>my own</b>"


def test_a_picture_has_the_colours_of_its_scheme_and_is_whole():
    light, dark = (verdict_picture(SCORES, DEFINITIONS, scheme) for scheme in SCHEMES)
    assert "--panel: #f4f4f1" in light
    assert "--panel: #1d1f25" in dark
    assert light.split("</style>")[1] == dark.split("</style>")[1]
    root = ElementTree.fromstring(dark)
    assert root.tag == f"{SVG}svg"
    assert [float(part) for part in root.get("viewBox", "").split()] == [0, 0, 672, 40 + 4 * 56 + 24 + 16]
    chart = root.find(f"{SVG}svg")
    assert chart is not None
    assert (chart.get("x"), chart.get("y"), chart.get("width")) == ("16", "40", "640")
    used = set(re.findall(r"var\((--\w+)\)", dark))
    assert used <= set(re.findall(r"(--\w+):", dark)), "every colour is in the file"
