"""Which setting: validation rows choose, the chosen alone is tested, and equal settings are rarely called better."""

import numpy as np
import pytest

from pipeline_lib.evaluation import significance
from pipeline_lib.study.settings_question import settings_question
from tests.helpers.studies import designed, ledger, study_run


def asked(*runs, more=0):
    return settings_question(designed(*runs), ledger(*runs, more=more), 0)


START = study_run("start", 1, 0.0, 0.40)


def test_the_validation_figure_chooses_whatever_the_test_rows_say():
    good, chosen = study_run("good", 2, 0.3, 0.30, lr=0.01), study_run("chosen", 3, 0.1, 0.50, lr=0.1)
    found = asked(START, good, chosen)
    assert [(row["setting"], row["validation"], row["committed"], row["chosen"]) for row in found["settings"]] == [
        ("lr 0.1", 0.50, False, True),
        ("lr 0.001", 0.40, True, False),
        ("lr 0.01", 0.30, False, False),
    ]
    assert (found["chosen"], found["why"], found["size"]) == ("lr 0.1", None, 300)
    test = found["test"]
    tables = [run.run.rows["tuned.rougeL"] for run in (chosen, START)]
    assert (test["chosen"], test["start"]) == pytest.approx([one.mean() for one in tables])
    assert test["difference"] == pytest.approx(test["chosen"] - test["start"])
    assert (test["verdict"], test["by"], test["seeds"]) == ("better", "rows", [42])


def test_p_counts_once_for_each_other_run_on_these_rows():
    random = np.random.default_rng(0)
    chosen = study_run("chosen", 3, 0.0, 0.50, lr=0.1)
    chosen.run.rows["tuned.rougeL"] = START.run.rows["tuned.rougeL"] + random.normal(0.04, 0.08, 30)
    first, later = (asked(START, chosen, more=more)["test"] for more in (0, 5))
    assert (first["family"], first["looks"], later["family"], later["looks"]) == (1, 2, 6, 7)
    assert first["p"] == first["p_adjusted"] == later["p"]
    assert later["p_adjusted"] == pytest.approx(6 * first["p"])
    assert 0.05 / 6 < first["p"] < 0.05
    assert (first["verdict"], later["verdict"], later["verdict_unadjusted"]) == (
        "better",
        "no clear difference",
        "better",
    )
    assert later["look"] == "The chosen run is the 7th of 7 runs scored on these 30 test rows."


def test_of_equal_settings_the_lower_loss_is_chosen():
    other = study_run("other", 2, 0.3, 0.40, lr=0.01)
    other.run.scores["validation"]["loss"] -= 0.1
    assert asked(START, other)["chosen"] == "lr 0.01"


def test_a_single_run_has_its_interval_and_further_figures():
    found = asked(START, study_run("a", 2, 0.1, 0.5, lr=0.1), study_run("b", 3, 0.1, 0.7, lr=0.1, seed=1))
    first, second = found["settings"]
    assert (first["validation"], first["validation_low"], first["validation_high"]) == (pytest.approx(0.6), None, None)
    assert (second["validation_low"], second["validation_high"]) == pytest.approx((0.35, 0.45))
    assert first["validation_others"] == {"ROUGE-1": pytest.approx(0.7)}


def test_the_committed_setting_is_kept_without_a_test_and_wins_a_tie():
    for other in (0.40, 0.35):
        found = asked(START, study_run("other", 2, 0.3, other, lr=0.01))
        assert (found["chosen"], found["test"]) == ("lr 0.001", None)
        assert found["why"].startswith("The committed setting is the best on the validation rows: keep it.")


def test_seeds_are_averaged_and_paired():
    start = [START, study_run("start-1", 2, 0.0, 0.42, seed=1)]
    other = [study_run("o-1", 3, 0.1, 0.5, lr=0.1, seed=1), study_run("o-42", 4, 0.2, 0.7, lr=0.1)]
    found = asked(*start, *other, study_run("o-9", 5, 0.9, 0.3, lr=0.1, seed=9))
    assert found["settings"][0]["validation"] == pytest.approx(0.5)
    assert found["settings"][0]["seeds"] == [1, 42, 9]
    assert found["test"]["seeds"] == [1, 42]  # 9 has no pair
    means = [np.mean([run.run.rows["tuned.rougeL"].mean() for run in runs]) for runs in (other, start)]
    assert (found["test"]["chosen"], found["test"]["start"]) == pytest.approx(means)
    alone = asked(START, study_run("o-9", 5, 0.2, 0.9, lr=0.1, seed=9))["test"]
    assert (alone["seeds"], alone["by"]) == ([], "rows")


def test_without_validation_rows_nothing_is_chosen():
    without = asked(study_run("start", 1, 0.0), study_run("other", 2, 0.3, lr=0.01))
    assert (without["chosen"], without["test"]) == (None, None)
    assert without["why"].startswith("Nothing can be chosen: no run has a figure of validation rows.")
    some = asked(START, study_run("other", 2, 0.3, lr=0.01))
    assert some["why"].startswith("Nothing can be chosen: other has no figure")
    assert asked(START, study_run("more", 2, 0.3, 0.5, rows=600)) is None


def test_figures_of_other_validation_rows_choose_nothing():
    other = study_run("other", 2, 0.3, 0.5, lr=0.01)
    other.run.scores["validation"]["n"] = 60
    found = asked(START, other)
    assert (found["chosen"], found["test"]) == (None, None)
    assert found["why"].startswith(
        "Nothing can be chosen: the runs have different numbers of validation rows (30 and 60)."
    )


def test_settings_are_compared_at_the_size_of_the_committed_run_else_the_largest_with_several():
    runs = [study_run(f"{lr}-{rows}", 2, 0.1, 0.3, lr=lr, rows=rows) for lr in (0.1, 0.01) for rows in (75, 150)]
    assert asked(START, *runs)["size"] == 150
    assert asked(START, *runs, study_run("own", 3, 0.1, 0.3, lr=0.5))["size"] == 300


def test_lower_is_better_where_the_metric_says_so():
    runs = [
        study_run(name, 1, 0.0, value, headline="unsupported_number", lr=lr)
        for name, value, lr in (("start", 0.3, 0.001), ("other", 0.2, 0.01))
    ]
    assert asked(*runs)["chosen"] == "lr 0.01"


def test_equal_settings_are_rarely_better(monkeypatch):
    """Ten settings that differ by chance alone: the chosen one may be called better in 5 of 100 studies at most."""
    monkeypatch.setattr(significance, "DRAWS", 200)
    random = np.random.default_rng(3)
    better = 0
    for study in range(100):
        runs = [study_run("start", 1000 * study, 0.0, float(random.normal()))]
        runs += [study_run(f"r{n}", 1000 * study + n, 0.0, float(random.normal()), lr=n) for n in range(1, 10)]
        found = asked(*runs)
        better += found["test"] is not None and found["test"]["verdict"] == "better"
    assert better <= 5
