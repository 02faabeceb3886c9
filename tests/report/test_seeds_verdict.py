"""The line under the verdict that says of how many training runs it is, and when seeds.json does not count."""

import json

import pytest

from pipeline_lib.report.seeds_verdict import SEEDS, seeds_lines, setting_of
from tests.helpers.report_run import DEFINITIONS, SCORES
from tests.helpers.stages import refused

PARAMS = {"seed": 42, "lr": 0.001, "lora": {"r": 16, "alpha": 32}, "words": {"form": "lemma"}}
FOUND = {
    "test_rows": DEFINITIONS["test_rows"], "train_rows": DEFINITIONS["train_rows"], "headline": "rougeL",
    "seeds": [1, 2, 3], "mean": 0.4, "sd": 0.0123, "against": "nearest_row",
    "difference": 0.05, "low": -0.06, "high": 0.16, "verdict": "no clear difference",
    "setting": {"lr": 0.001, "lora.r": 16, "lora.alpha": 32},
}  # fmt: skip
ALONE = "This is one training run (seed 42): another seed may give another result."


def lines(folder, **changes):
    (folder / SEEDS).write_text(json.dumps(FOUND | changes))
    return seeds_lines(folder, SCORES, DEFINITIONS, PARAMS)


def test_a_setting_is_all_that_a_trained_model_depends_on_but_the_seed():
    assert setting_of(PARAMS) == FOUND["setting"]


def test_without_the_file_it_is_one_run(tmp_path):
    assert seeds_lines(tmp_path, SCORES, DEFINITIONS, PARAMS) == [ALONE]


def test_the_verdict_over_seeds(tmp_path):
    start = "3 training runs (seeds 1, 2, 3): no clear gain over seeds and rows. ROUGE-L is 0.400 on average, with a "
    end = "standard deviation of 0.012 between seeds, +0.050 over the best baseline, nearest training row's target"
    assert lines(tmp_path) == [f"{start}{end} (95% interval -0.060 to +0.160)."]
    assert lines(tmp_path, low=None, high=None) == [f"{start}{end}."]
    assert lines(tmp_path, setting=FOUND["setting"] | {"micro_batch_size": 8, "launch.processes": 2}) == lines(tmp_path)


@pytest.mark.parametrize(("changes", "why"), [
    ({"test_rows": "0" * 64}, "it is of other test rows"),
    ({"train_rows": "0" * 64}, "it is of other training rows"),
    ({"headline": "rouge1"}, "its headline metric is rouge1"),
    ({"setting": FOUND["setting"] | {"lr": 0.1, "epochs": 3}}, "it is of another setting (lr, epochs)"),
])  # fmt: skip
def test_a_file_of_another_run_is_ignored_and_says_why(changes, why, tmp_path):
    wanted = f"seeds.json is ignored, for {why}: run python -m stages.study --verdict again."
    assert lines(tmp_path, **changes) == [ALONE, wanted]


def test_a_broken_file_is_refused(tmp_path):
    (tmp_path / SEEDS).write_text("{}")
    refused("stages.study --verdict again, or remove it", seeds_lines, tmp_path, SCORES, DEFINITIONS, PARAMS)
