"""Is it the seed, and would more rows help: spreads, verdicts over every baseline, curves and their last step."""

import numpy as np
import pytest

from pipeline_lib.evaluation.metrics.definitions import MEAN
from pipeline_lib.study.seeds_question import seeds_question
from pipeline_lib.study.sizes_question import sizes_question
from pipeline_lib.study.two_level import difference, level
from tests.helpers.studies import designed, study_run

SEEDS = [study_run("start", 1, 0.15), study_run("s1", 2, 0.2, seed=1), study_run("s2", 3, 0.25, seed=2)]


def means(runs, system="tuned"):
    return np.array([run.run.rows[f"{system}.rougeL"].mean() for run in runs])


def test_the_spread_between_seeds_and_a_verdict_over_every_baseline():
    [found] = seeds_question(designed(*SEEDS), 0)
    own = means(SEEDS)
    best = max(("lead", "nearest_row"), key=lambda name: means(SEEDS, name).mean())
    assert found["seeds"] == [42, 1, 2]
    assert found["best_baseline"] == best
    for key, values in (("tuned", own), ("gain", own - means(SEEDS, best))):
        spread = found[key]
        assert spread["by_seed"] == pytest.approx(values)
        assert [spread[name] for name in ("mean", "sd", "min", "max")] == pytest.approx(
            [values.mean(), values.std(ddof=1), values.min(), values.max()]
        )
    made = designed(*SEEDS)
    ours = made.numbers(SEEDS, "tuned")
    assert (found["tuned"]["value"], found["tuned"]["low"], found["tuned"]["high"]) == level(ours, MEAN, made.groups, 0)
    assert list(found["each"]) == ["lead", "nearest_row", "untrained"]
    for name, over in found["each"].items():
        assert over == vars(difference(ours, made.numbers(SEEDS, name), MEAN, "higher", made.groups, 0))
    assert found["verdict"] == "better"


def test_better_needs_every_baseline():
    runs = [study_run(name, number, -0.05, seed=number) for number, name in enumerate("abc", 1)]
    [found] = seeds_question(designed(*runs), 0)
    assert found["each"]["untrained"]["verdict"] == "better"
    assert found["verdict"] != "better"
    assert seeds_question(designed(*SEEDS[:2]), 0) == []
    apart = [*SEEDS[:2], study_run("other", 3, 0.2, seed=2, lr=0.1)]
    assert seeds_question(designed(*apart), 0) == []


def test_the_curve_averages_seeds_and_the_last_step_pairs_them():
    small = [study_run(f"small-{seed}", 10 + seed, 0.0, rows=150, seed=seed) for seed in (42, 1, 2)]
    tiny = [study_run("tiny", 20, -0.1, rows=100)]
    runs = [*SEEDS, *small, *tiny]
    made = designed(*runs)
    [found] = sizes_question(made, 0)
    assert [(point["rows"], point["seeds"]) for point in found["points"]] == [
        (100, [42]), (150, [42, 1, 2]), (300, [42, 1, 2]),
    ]  # fmt: skip
    values = [point["systems"]["tuned"]["value"] for point in found["points"]]
    assert values == pytest.approx([means(part).mean() for part in (tiny, small, SEEDS)])
    assert found["systems"] == ["lead", "nearest_row", "untrained"]
    assert found["points"][0]["systems"]["lead"]["value"] == pytest.approx(means(tiny, "lead")[0])
    wanted = difference(made.numbers(SEEDS, "tuned"), made.numbers(small, "tuned"), MEAN, "higher", made.groups, 0)
    assert found["last_step"] == {"from": 150, "to": 300, "seeds": [42, 1, 2], **vars(wanted)}
    assert found["last_step"]["verdict"] == "better"
    assert len(seeds_question(made, 0)) == 2  # within each size


def test_each_setting_has_its_curve_and_one_size_has_none():
    assert sizes_question(designed(*SEEDS), 0) == []
    runs = [study_run(f"{lr}-{rows}", rows, 0.1, lr=lr, rows=rows) for lr in (0.1, 0.2) for rows in (75, 150)]
    curves = sizes_question(designed(*runs), 0)
    assert [curve["setting"] for curve in curves] == ["lr 0.1", "lr 0.2"]
    assert curves[0]["last_step"]["by"] == "rows"
