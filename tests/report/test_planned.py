"""A plan beside what the training took, the settings it was not made for, and files that are no plan."""

import json

import pytest

from pipeline_lib.report.page import page
from pipeline_lib.report.planned import beside_plan, read_plan
from pipeline_lib.report.training_history import History
from stages import report
from tests.helpers.report_run import command, read, write_run
from tests.helpers.stages import refused

SETTINGS = {"model": "m", "lr": 0.001, "epochs": 3, "prompt": {"max_tokens": "auto", "few_shot": 3}}
PLAN = {
    "settings": SETTINGS,
    "parameters": {"trained": 4_884_480, "share": 0.5},
    "memory": {"weights": 0.5, "total_gb": 5.96},
    "tokens": {"train": 4000, "validation": 2500},
    "minutes": 5.0,
}
HISTORY = History([], [], [], seconds=[120.0, 102.0], tokens=12_000, memory=5.71)
USED = SETTINGS | {"prompt": {"max_tokens": 416, "few_shot": 3}, "weight_decay": 0.0}


def test_planned_figures_stand_beside_the_actual_ones():
    assert beside_plan(PLAN, HISTORY, 4_884_480, USED) == [
        ("weights trained", "4,884,480 planned, 4,884,480 actual"),
        ("tokens of training", "12,000 planned, 12,000 actual"),
        ("peak memory", "6.0 GB planned, 5.7 GB actual"),
        ("time of all steps", "4.0 min planned, 3.7 min actual"),  # a fifth of the five minutes is validation
    ]
    assert beside_plan(PLAN, History([], [], []), None, USED) == []


def test_settings_that_the_plan_was_not_made_for_are_named():
    used = USED | {"lr": 0.002, "prompt": {"max_tokens": 416, "few_shot": 1}}
    assert beside_plan(PLAN, HISTORY, None, used)[-1] == ("planned with another", "lr, prompt.few_shot")


def test_the_page_shows_a_plan_that_lies_with_the_figures(tmp_path):
    assert "<h3>Plan</h3>" not in page(read(write_run(tmp_path)))
    (tmp_path / "metrics" / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    html = page(read(tmp_path))
    assert "<h3>Plan</h3>" in html
    assert "12,000 planned, 12,000 actual" in html
    assert '<dt>planned with another</dt><dd dir="auto">model' in html
    assert "planned," not in page(read(tmp_path), reproducible=True)


@pytest.mark.parametrize("content", ["[]", "{}", json.dumps(PLAN | {"minutes": "five"})])
def test_a_file_that_is_no_plan_is_one_line(tmp_path, content):
    (write_run(tmp_path) / "metrics" / "plan.json").write_text(content, encoding="utf-8")
    refused("plan.json is not a plan: python -m stages.plan --out", report.main, command(tmp_path))


def test_without_the_file_there_is_no_plan(tmp_path):
    assert read_plan(tmp_path) is None
