"""How many runs were scored on the same test rows, counted in Git itself, and what so many looks do to a p."""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.run_comparison import WORKSPACE, Run, known_metrics, metrics_files, read_run, run_of
from pipeline_lib.evaluation.score_table import columns
from pipeline_lib.study.git_objects import commits_with, contents, is_shallow


@dataclass(frozen=True)
class Ledger:
    """The distinct results of the tuned model on one set of test rows, the oldest first."""

    test_rows: str  # hash of the test set
    n: int  # rows of it
    results: tuple[str, ...]  # keys, see result_key
    complete: bool  # False: the history was cut when it was fetched

    def place(self, run: Run) -> int:
        """Return which look at the test rows a run was, from 1; one more than there are for a run that is new."""
        key = result_key(run)
        return self.results.index(key) + 1 if key in self.results else len(self.results) + 1


def result_key(run: Run) -> str:
    """Return a hash of the tuned model's headline figure of each test row.

    Two runs with the same key are one result: the same run that was scored again with newer code, a commit that was
    carried over to another branch, or a setting that changes nothing.
    """
    metric = known_metrics(run)[run.headline]
    rows = columns(run.rows, "tuned", metric)
    pairs = sorted(zip(run.rows.index.map(str), rows.round(6).tolist(), strict=True))
    return hashlib.sha256(json.dumps([run.headline, pairs]).encode()).hexdigest()


def read_ledger(test_rows: str, n: int, folder: str, also: Sequence[Run] = ()) -> Ledger:
    """Return the results on the test rows with the hash `test_rows` in the metrics `folder`, a path from here.

    Counted are all commits of all branches and tags that changed the metrics, all finished experiments, and the runs
    `also`, such as the working tree's. What was removed (dvc exp remove) or never saved cannot be counted: there were
    at least so many looks. A commit whose files cannot be read is left out.
    """
    paths = [os.path.relpath(os.path.realpath(path), os.path.realpath(".")) for path in metrics_files(folder)]
    commits = commits_with(paths)
    texts = contents([f"{commit}:./{path}" for commit in commits for path in paths])
    found: dict[str, None] = {}
    seen: set[tuple[bytes, ...]] = set()
    for place, commit in enumerate(commits):
        files = texts[place * len(paths) : (place + 1) * len(paths)]
        if any(text is None for text in files):
            continue
        given = tuple(text for text in files if text is not None)
        if given in seen or test_rows.encode() not in given[1]:
            continue
        seen.add(given)
        key = _key(commit, given, folder)
        if key:
            found.setdefault(key)
    for run in also:
        if run.test_rows == test_rows:
            found.setdefault(result_key(run))
    return Ledger(test_rows, n, tuple(found), not is_shallow())


def _key(commit: str, texts: Sequence[bytes], folder: str) -> str | None:
    try:
        return result_key(run_of(commit, commit, texts, folder))
    except (UserError, KeyError, ValueError, pd.errors.ParserError):  # of another task, or of code long gone
        return None


def ledger_of(run: Run, folder: str) -> Ledger:
    """Return the ledger of a run's test rows, with the working tree's result where it is on the same rows."""
    also = [run]
    with suppress(UserError):
        also.insert(0, read_run(WORKSPACE, folder))
    try:
        return read_ledger(run.test_rows, len(run.rows), folder, also)
    except UserError:  # no Git: the working tree is all there is
        keys = (result_key(one) for one in also if one.test_rows == run.test_rows)
        return Ledger(run.test_rows, len(run.rows), tuple(dict.fromkeys(keys)), True)


def look_sentence(ledger: Ledger, place: int, who: str) -> str:
    """Return "... is the 7th of 9 runs scored on these 30 test rows."."""
    count = len(ledger.results)
    least = "" if ledger.complete else " at least (the history here is cut: git fetch --unshallow)"
    rows = f"{'these' if ledger.n != 1 else 'this'} {ledger.n:,} test row{'s' * (ledger.n != 1)}"
    if count < 2:
        return f"{who} is the only run scored on {rows}{least}."
    return f"{who} is the {ordinal(place)} of {count} runs scored on {rows}{least}."


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th, 21st, ..."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def holm(ps: Sequence[float], family: int) -> list[float]:
    """Return the p of some tests, adjusted for a family of `family` tests (Holm 1979, Scandinavian J. Statistics 6:65).

    The i-th smallest p counts family - i + 1 times, and no p less than one before it. Tests of the family that were
    not made count as the largest p there can be, which no result of theirs would have made more careful.

    What the family is: a study tests one run, the one that the validation rows chose, against the start. On rows that
    nobody had seen this would be one test, however many settings there were. But each run that was scored on these
    rows has shown its test figure (dvc exp show prints it), and may have decided what was tried next. So each of these
    looks counts as one comparison with the start, the start itself as none, and of a single tested run p is
    multiplied by their number. Then the chance of any false "better" among all of them is at most 5%.
    """
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    adjusted, least = [0.0] * len(ps), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (max(family, len(ps)) - rank) * ps[place]))
        adjusted[place] = least
    return adjusted
