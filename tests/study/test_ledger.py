"""The looks at the test rows: counted in a real repository, each result once; and Holm's p by hand."""

import subprocess

import pytest

from pipeline_lib.evaluation.run_comparison import read_run
from pipeline_lib.study.ledger import Ledger, holm, ledger_of, look_sentence, ordinal, read_ledger, result_key
from tests.helpers.studies import HASH, Repository, study_run


def test_holm_by_hand():
    # statsmodels.stats.multitest.multipletests(..., method="holm") gives the same
    assert holm([0.01, 0.04, 0.03, 0.005], 4) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.01], 7) == pytest.approx([0.07])
    assert holm([0.3, 0.01], 5) == pytest.approx([1.0, 0.05])
    assert holm([0.02, 0.02], 2) == pytest.approx([0.04, 0.04])
    assert holm([], 3) == []


def test_ordinals_and_sentences():
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112, 1003)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th", "1,003rd",
    ]  # fmt: skip
    many = Ledger(HASH, 30, tuple("abcdefg"), True)
    assert look_sentence(many, 7, "B") == "B is the 7th of 7 runs scored on these 30 test rows."
    assert look_sentence(Ledger(HASH, 1, ("a",), True), 1, "B") == "B is the only run scored on this 1 test row."
    cut = look_sentence(Ledger(HASH, 30, ("a", "b"), False), 1, "B")
    assert cut.endswith("30 test rows at least (the history here is cut: git fetch --unshallow).")


def test_a_result_is_the_tuned_figure_of_each_row():
    one = study_run("a", 1, 0.1).run
    assert result_key(one) != result_key(study_run("a", 2, 0.1).run)
    again = study_run("b", 1, 0.1).run
    again.rows["lead.rougeL"] = 0.0
    shuffled = type(again)(**(vars(again) | {"rows": again.rows.iloc[::-1]}))
    assert result_key(one) == result_key(shuffled)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a project with results 1 to 4 on the same rows: two commits, a branch merged away, a run twice."""
    made = Repository(tmp_path_factory.mktemp("ledger"))
    made.write(1, 0.1)
    made.commit("first")
    made.experiment("exp-two", 2, 0.1, lr=0.01)
    made.experiment("exp-two-again", 2, 0.1, lr=0.02)  # another setting, the same answers
    made.experiment("other-rows", 9, 0.1, hashed="0" * 64)
    made.git("checkout", "-qb", "side")
    made.write(3, 0.1)
    made.commit("side")
    made.git("checkout", "-q", "main")
    made.write(4, 0.1)
    made.commit("second")
    made.git("merge", "-q", "-s", "ours", "-m", "without the side's result", "side")
    made.git("branch", "-q", "-D", "side")
    (made.folder / "metrics" / "rows.csv").write_text("broken")
    made.commit("broken")
    made.git("revert", "--no-edit", "HEAD")
    return made


def test_each_result_counts_once_wherever_it_is(repository, monkeypatch):
    monkeypatch.chdir(repository.folder)
    found = read_ledger(HASH, 30, "metrics")
    assert found.complete
    assert found.results == tuple(result_key(study_run("x", number, 0.1).run) for number in (1, 2, 3, 4))
    assert read_ledger("0" * 64, 30, "metrics").results == (result_key(study_run("x", 9, 0.1).run),)
    assert read_ledger("f" * 64, 30, "metrics").results == ()
    assert read_ledger(HASH, 30, "elsewhere").results == ()
    assert found.place(study_run("x", 77, 0.1).run) == 5


def test_the_working_tree_is_a_look_too(repository, monkeypatch):
    monkeypatch.chdir(repository.folder)
    repository.write(6, 0.1)
    try:
        found = ledger_of(read_run("HEAD", "metrics"), "metrics")
        assert (len(found.results), found.place(study_run("x", 6, 0.1).run)) == (5, 5)
    finally:
        repository.git("checkout", "-q", ".")


def test_a_history_that_was_cut_is_said(repository, tmp_path, monkeypatch):
    clone = ["git", "clone", "-q", "--depth", "1", f"file://{repository.folder}", str(tmp_path / "clone")]
    subprocess.run(clone, check=True, capture_output=True)
    monkeypatch.chdir(tmp_path / "clone")
    found = read_ledger(HASH, 30, "metrics")
    assert (len(found.results), found.complete) == (1, False)
