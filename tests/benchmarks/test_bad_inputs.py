"""The script that tries bad inputs: some cases of each family come out as they should, and a bad outcome is seen."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.bad_inputs import __main__ as bad_inputs
from benchmarks.bad_inputs.case import ACCEPTED, ONE_LINE, Case, Ended, table, try_case

ON_A_RUN = tuple(bad_inputs.FAMILIES)[-4:]
QUICK = tuple(name for name in bad_inputs.FAMILIES if name not in ON_A_RUN)


@pytest.mark.parametrize("families", [QUICK, pytest.param(ON_A_RUN, marks=pytest.mark.slow)])
def test_some_cases_of_each_family_are_one_line_or_accepted(families, monkeypatch):
    monkeypatch.setenv("TARE_CACHE", "")  # the script sets its own
    found = bad_inputs.try_families(families, every=17)
    assert all(found.values())
    results = [(name, one) for name in found for one in found[name]]
    assert [pair for pair in results if pair[1].outcome not in (ONE_LINE, ACCEPTED)] == []


ROWS = [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")]
CSV = "observation,impression\na,b\nc,d\ne,f\ng,h\n"


def ended(code: int, err: str = "", change: str = "", text: str = "x"):
    """Return what stands in for a stage: it changes a file and ends."""

    def run(folder: Path) -> Ended:
        if change:
            (folder / change).write_text(text)
        return Ended(code, "", err)

    return run


GOOD, BAD = table("good", CSV, ROWS), table("bad", CSV, says="line 2")


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        (GOOD, "accepted"),
        (table("another row", CSV, [*ROWS[:3], ("g", "i")]), "silent"),
        (table("a row more", CSV, [*ROWS, ("i", "j")]), "silent"),
        (BAD, "silent"),
        (table("one line", CSV + "i\n", says="line 6"), "one line"),
        (table("another line", CSV + "i\n", says="line 7"), "wrong"),
        (replace(BAD, run=ended(1, "Traceback\nerror: line 2\n")), "wrong"),
        (replace(BAD, run=ended(2, "error: line 2\n")), "wrong"),
        (replace(BAD, run=ended(1, "error: line 2\n", ".draft.1.tmp")), "wrong"),
        (replace(BAD, run=ended(1, "error: line 2\n", "mine.csv")), "lost"),
        (replace(BAD, run=ended(1, "error: line 2\n", "out/split/train.jsonl")), "lost"),
        (replace(GOOD, run=ended(1, "error: no\n")), "wrong"),
    ],
)  # fmt: skip
def test_outcomes(case: Case, outcome, tmp_path):
    assert try_case(case, tmp_path).outcome == outcome


def test_the_page_has_every_family_and_every_case():
    results = {"names": [bad_inputs.Result("a`b", "one line", "error: x" * 99), bad_inputs.Result("c", "lost", "")]}
    page = bad_inputs.page(results)
    assert "| names | 2 | 1 | 0 | 0 | 0 | 1 |\n| all | 2 | 1 | 0 | 0 | 0 | 1 |" in page
    assert "\n- `` a`b ``: one line. `error: xerror: x" in page
    assert "\n- `c`: lost\n" in page
