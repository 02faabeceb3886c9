"""Runs grouped by the params that differ, and what cannot be studied together."""

import pytest

from pipeline_lib.report.seeds_verdict import flat_params
from pipeline_lib.study.study_runs import check_study, design, listed, shown
from tests.helpers.stages import error_of
from tests.helpers.studies import designed, study_run


def test_params_are_one_flat_mapping():
    given = {"lr": 1e-3, "lora": {"r": 16, "deep": {"x": None}}, "columns": {}, "words": ["a", "b"]}
    assert flat_params(given) == {"lr": 1e-3, "lora.r": 16, "lora.deep.x": None, "columns": {}, "words": ["a", "b"]}
    assert [shown(value) for value in (1e-3, None, "x", True, ["a"])] == ["0.001", "none", "x", "true", '["a"]']


def test_a_cell_holds_the_runs_that_differ_in_seed_alone():
    start = study_run("start", 1, 0.1)
    words = study_run("words", 6, 0.1, form="stem")  # the trained model does not see it
    more = [study_run("s1", 2, 0.1, seed=1), study_run("lr", 3, 0.1, lr=0.01), study_run("half", 4, 0.1, rows=150)]
    made = design([start, *more, study_run("again", 5, 0.1, seed=1), words], start)
    assert made.keys == ("lr",)
    cells = [
        (cell.label, cell.size, cell.seeds, [run.name for run in cell.runs], cell.has_start) for cell in made.cells
    ]
    assert cells == [
        ("lr 0.001", 300, [42, 1], ["start", "s1"], True),
        ("lr 0.01", 300, [42], ["lr"], False),
        ("lr 0.001", 150, [42], ["half"], False),
    ]
    assert made.repeats == (("again", "s1"), ("words", "start"))
    assert made.systems == ["lead", "nearest_row", "untrained"]
    assert designed(start, more[0]).cells[0].label == "the committed setting"


def test_rows_are_put_into_one_order():
    one, other = study_run("a", 1, 0.1), study_run("b", 2, 0.1, lr=0.01)
    turned = type(other)(
        other.name, other.commit, type(other.run)(**(vars(other.run) | {"rows": other.run.rows[::-1]})), other.params
    )
    numbers = designed(one, turned).numbers([turned], "tuned")
    assert numbers[0][:, 0].tolist() == other.run.rows["tuned.rougeL"].tolist()


def changed(run, **changes):
    return type(run)(run.name, run.commit, type(run.run)(**(vars(run.run) | changes)), run.params)


A, B = study_run("a", 1, 0.1), study_run("b", 2, 0.1, lr=0.01)
REFUSED = {
    "task": (study_run("b", 2, 0.1, task="qa"), r"the same task, these differ \(a: impression; b: qa\)"),
    "headline": (study_run("b", 2, 0.1, headline="rouge1"), r"same headline metric.*\(a: rougeL; b: rouge1\)"),
    "test rows": (changed(B, test_rows="0" * 64), r"same test rows.*\(a: 30 rows, c0ffeec0; b: 30 rows, 00000000\)"),
    "rows": (changed(B, rows=B.run.rows[:20]), r"\(a: 30 rows, c0ffeec0; b: 20 rows, c0ffeec0\)"),
    "groups": (changed(B, rows=B.run.rows.assign(group="g")), "group the test rows alike"),
    "tuned": (
        changed(B, rows=B.run.rows.rename(columns={"tuned.rougeL": "tuned.other"})),
        "b has no rougeL of the tuned model",
    ),
}


@pytest.mark.parametrize(("other", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_studied_together(other, message):
    import re

    assert re.search(message, error_of(check_study, [A, other]))


def test_which_runs_have_which_rows_is_said():
    strange = [changed(study_run(name, 3, 0.1), test_rows="0" * 64) for name in ("x", "y")]
    message = error_of(check_study, [A, B, *strange])
    assert message.endswith("(a and b: 30 rows, c0ffeec0; x and y: 30 rows, 00000000): name only runs of one split")
    seeds = [A, changed(study_run("s", 3, 0.1, seed=1), test_rows="0" * 64)]
    assert "seed decides the split too where split.seed is null" in error_of(check_study, seeds)
    fixed = [changed(study_run("s", 3, 0.1, seed=1, split_seed=7), test_rows="0" * 64)]
    assert "split.seed" not in error_of(check_study, [study_run("a", 1, 0.1, split_seed=42), *fixed])


def test_of_many_runs_a_few_are_named():
    assert [listed(list("abcdefgh"[:count])) for count in (1, 2, 6, 7)] == [
        "a", "a and b", "a, b, c, d, e and f", "a, b, c, d, e and 2 more",
    ]  # fmt: skip
