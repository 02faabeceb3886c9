"""Human review: the sheet is blind, reviews are checked, and the tally is right."""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json
from pipeline_lib.evaluation.human_review import (
    COLUMNS,
    Review,
    make_sheet,
    read_review,
    tally,
    tuned_is_a,
)
from pipeline_lib.evaluation.metrics.definitions import MEAN
from pipeline_lib.evaluation.rates import alike_interval, wilson
from pipeline_lib.evaluation.significance import interval
from tests.helpers.review import ROWS, SAME, SEED, make_files, parts, sheet_of, tally_of, write_files


def plain(count):
    """Return a sheet of so many rows, each with two different answers."""
    return sheet_of([(str(i), f"question {i}", f"one {i}", f"another {i}") for i in range(count)])


def chosen(sheet, outcomes, reviewer="anna"):
    """Return a review with these outcomes for tuned, row by row: + won, - lost, = equal, a space for no choice."""
    judged = [row for row in sheet.rows if not row.same]
    choices = {
        row.id: "equal" if sign == "=" else "A" if row.tuned_is_a == (sign == "+") else "B"
        for row, sign in zip(judged, outcomes, strict=True)
        if sign != " "
    }
    return Review(reviewer, choices)


def pooled(sheet, *outcomes):
    """Return the pooled figures of reviewers with these outcomes."""
    return tally(sheet, [chosen(sheet, signs, f"reviewer {at}") for at, signs in enumerate(outcomes)], SEED)["pooled"]


def write_review(path: Path, sheet, choices: dict[str, str], reviewer="anna", **changed) -> Path:
    judgements = [{"id": name, "choice": choice} for name, choice in choices.items()]
    write_json(path, {"run": sheet.run, "reviewer": reviewer, "judgements": judgements} | changed)
    return path


# The sheet.
def test_the_order_is_random_by_id_and_fixed_by_the_seed_and_the_hash_is_of_all():
    first, again, other = ([tuned_is_a(seed, str(i)) for i in range(4000)] for seed in (1, 1, 2))
    assert first == again
    equal, runs = (a == b for a, b in zip(first, other, strict=True)), (a != b for a, b in pairwise(first))
    for hits, of in ((sum(first), 4000), (sum(equal), 4000), (sum(runs), 3999)):
        assert stats.binomtest(hits, of).pvalue > 0.001
    sheet = plain(200)
    assert [row.tuned_is_a for row in sheet.rows] == [tuned_is_a(SEED, str(i)) for i in range(200)]
    for i, row in enumerate(sheet.rows):
        ours, theirs = f"another {i}", f"one {i}"
        assert (row.a, row.b) == ((ours, theirs) if row.tuned_is_a else (theirs, ours))
    written = json.dumps([SEED, [list(row) for row in ROWS]]).encode()
    assert sheet_of().run == hashlib.sha256(written).hexdigest()
    changed = [[*ROWS[0][:place], ROWS[0][place] + "x", *ROWS[0][place + 1 :]] for place in range(4)]
    others = {sheet_of([row, *ROWS[1:]]).run for row in changed}
    assert len({sheet_of().run, sheet_of(seed=8).run, sheet_of(ROWS[::-1]).run} | others) == 7
    test_rows, untrained, tuned = parts()
    assert make_sheet(test_rows, untrained[::-1], tuned, SEED) == sheet_of()  # answers are found by id
    test_rows, untrained, tuned = parts()
    with pytest.raises(UserError, match=r"^answers of tuned: there must be one answer .* 6 is missing"):
        make_sheet(test_rows, untrained, tuned[:-1], SEED)
    with pytest.raises(UserError, match=r"^answers of untrained: there are no answers"):
        make_sheet([], [], [], SEED)


def test_the_stage_writes_a_page_and_a_table_the_same_bytes_twice(tmp_path, capsys):
    make_files(tmp_path)
    sheet, out = sheet_of(), capsys.readouterr().out
    line = "5 rows to judge, 1 with equal answers; open"
    assert out == f"run {sheet.run[:12]}: {line} {tmp_path}/review.html in a browser\n"
    first = [(tmp_path / name).read_bytes() for name in ("review.html", "review.csv")]
    assert first[1].startswith("\ufeffrun,id,question,A,B,choice\n".encode())
    table = list(csv.DictReader(io.StringIO(first[1].decode("utf-8-sig"), newline="")))
    assert [(row["run"], row["choice"]) for row in table] == [
        (sheet.run, "equal" if row.id == SAME else "") for row in sheet.rows
    ]
    assert [row["id"] for row in table] == ["1", "2", "'=3", "__proto__", "a b", "6"]
    assert [row["question"] for row in table] == [row.question for row in sheet.rows]
    assert {table[3]["A"], table[3]["B"]} == {"", "'=HYPERLINK(1)"}
    make_files(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in ("review.html", "review.csv")] == first


# The tally.
def test_the_tally_by_hand():
    sheet = sheet_of([(str(i), "q", "same" if i == 9 else f"x{i}", "same" if i == 9 else f"y{i}") for i in range(11)])
    review = chosen(sheet, "++++++-== ")
    scores = [1.0] * 6 + [0.0, 0.5, 0.5, 0.5]
    columns = np.column_stack([scores, np.ones(10)])
    ends = interval(columns, MEAN, [str(i) for i in range(10)], SEED)
    figures = {
        "n": 10, "judged": 9, "missing": 1, "wins": 6, "losses": 1, "equal": 3, "win_rate": 0.75,
        "win_rate_low": ends.low, "win_rate_high": ends.high, "p": stats.binomtest(6, 7).pvalue, "p_text": "0.125",
        "verdict": "no clear difference", "chose_a": Counter(review.choices.values())["A"],
    }  # fmt: skip
    assert tally(sheet, [review], SEED) == {
        "run": sheet.run, "rows": 11, "equal_answers": 1, "pooled": figures, "reviewers": {"anna": figures},
        "agreement": {"same": None, "kappa": None, "pairs": {}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("outcomes", "verdict", "rate"),
    [
        ("+" * 17 + "-" * 3, "better", 0.85),
        ("-" * 17 + "+" * 3, "worse", 0.15),
        ("+" * 11 + "-" * 9, "no clear difference", 0.55),
        ("+" * 5 + "=" * 15, "no clear difference", 0.625),  # the interval is clear of 1/2, five tosses show nothing
    ],
)
def test_the_verdict_needs_the_interval_and_the_test(outcomes, verdict, rate):
    figures = pooled(plain(20), outcomes)
    assert (figures["verdict"], figures["win_rate"]) == (verdict, rate)
    assert figures["p"] == stats.binomtest(figures["wins"], figures["wins"] + figures["losses"]).pvalue


def test_rows_of_a_group_are_drawn_together_and_equal_answers_count_for_all():
    apart = plain(20)
    together = replace(apart, rows=[replace(row, group=str(i // 4)) for i, row in enumerate(apart.rows)])
    narrow, wide = (pooled(sheet, "+" * 12 + "-" * 8) for sheet in (apart, together))
    assert wide["win_rate_low"] < narrow["win_rate_low"] < 0.6 < narrow["win_rate_high"] < wide["win_rate_high"]
    sheet = sheet_of([*ROWS, ("7", "q", "x", "x")])
    found = tally(sheet, [chosen(sheet, "+    "), chosen(sheet, "-+   ", "ben")], SEED)
    assert (found["rows"], found["equal_answers"]) == (7, 2)
    counts = ("n", "judged", "missing", "wins", "losses", "equal")
    figures = [[one[key] for key in counts] for one in (*found["reviewers"].values(), found["pooled"])]
    assert figures == [[3, 1, 4, 1, 0, 2], [4, 2, 3, 1, 1, 2], [4, 2, 3, 1, 0, 3]]
    assert found["agreement"]["pairs"]["anna"]["ben"]["rows"] == 1
    columns = ["+++", "++-", "++=", "+-=", "+- ", "+  ", "-=-", "   "]  # one row each: three reviewers
    outcomes = ["".join(column[i] for column in columns) for i in range(3)]
    figures = pooled(plain(8), *outcomes)
    assert [figures[key] for key in ("n", "wins", "losses", "equal", "missing")] == [7, 4, 1, 2, 1]
    figures = pooled(plain(8), *outcomes, "-" * 8)  # 3:1, 2:2 (tie), 2:1:1, 2 of - (1:2:1), 1:2, 1:1, 3:1, 0:1
    assert [figures[key] for key in ("wins", "losses", "equal", "missing")] == [2, 4, 2, 0]


def test_agreement_is_kappa_of_scikit_learn_or_none():
    sheet = plain(12)
    outcomes = {"anna": "+++-==+--+=+", "ben": "++--=++-=+ +", "eve": "-+=-==+--+++"}
    reviews = {name: chosen(sheet, signs, name) for name, signs in outcomes.items()}
    agreement = tally(sheet, list(reviews.values()), SEED)["agreement"]
    kappas, shares = [], []
    for one, other in combinations(reviews, 2):
        first, second = reviews[one].choices, reviews[other].choices
        a, b = zip(*((choice, second[name]) for name, choice in first.items() if name in second), strict=True)
        kappas.append(cohen_kappa_score(a, b))
        shares.append(np.mean(np.array(a) == b))
        assert agreement["pairs"][one][other] == pytest.approx(
            {"rows": 11 if "ben" in (one, other) else 12, "same": shares[-1], "kappa": kappas[-1]}
        )
    assert (agreement["kappa"], agreement["same"]) == pytest.approx((np.mean(kappas), np.mean(shares)))
    sheet = plain(4)
    outcomes = {"anna": "====", "ben": "==  ", "eve": "  ++"}
    found = tally(sheet, [chosen(sheet, signs, name) for name, signs in outcomes.items()], 1)
    figures = [[one[key] for one in found["reviewers"].values()] for key in ("win_rate", "win_rate_low", "p")]
    half = [alike_interval(0.5, 0.0, np.ones(count))[0] for count in (4, 2)]
    assert figures == [[0.5, 0.5, 1.0], [*half, wilson(2, 2)[0]], [1.0, 1.0, 0.5]]
    assert found["agreement"]["pairs"] == {
        "anna": {
            "ben": {"rows": 2, "same": 1.0, "kappa": None},  # both always chose one and the same
            "eve": {"rows": 2, "same": 0.0, "kappa": 0.0},
        },
        "ben": {"eve": {"rows": 0, "same": None, "kappa": None}},
    }
    assert found["agreement"]["same"] == 0.5
    json.dumps(found, allow_nan=False)


def test_the_tally_stage_writes_and_prints(tmp_path, capsys):
    rows = [(str(i), f"q{i}", f"x{i}", f"y{i}") for i in range(10)]
    words, sheet = write_files(tmp_path, rows), sheet_of(rows)
    files = [
        write_review(tmp_path / f"{name}.json", sheet, chosen(sheet, signs).choices, name)
        for name, signs in {"Anna B.": "++++++++--", "ben": "+++++++++ "}.items()
    ]
    found = tally_of(words, *files, out=tmp_path / "metrics" / "review.json")
    json.dumps(found, allow_nan=False)
    assert (found["pooled"]["wins"], found["pooled"]["losses"], found["pooled"]["equal"]) == (8, 1, 1)
    anna, ben = (found["reviewers"][name] for name in ("Anna B.", "ben"))
    pooled, kappa = found["pooled"], found["agreement"]["pairs"]["Anna B."]["ben"]["kappa"]
    assert capsys.readouterr().out.splitlines() == [
        f"run {sheet.run[:12]}: 10 test rows, 0 of them with equal answers, which count as equal",
        f"Anna B.: win rate of tuned 0.800 [{anna['win_rate_low']:.3f}, {anna['win_rate_high']:.3f}], 8 wins, "
        f"2 losses, 0 equal, 0 missing; sign test p 0.109: no clear difference; A in {anna['chose_a']} of 10 choices",
        f"ben: win rate of tuned 1.000 [{ben['win_rate_low']:.3f}, 1.000], 9 wins, 0 losses, 0 equal, 1 missing; "
        f"sign test p 0.004: better; A in {ben['chose_a']} of 9 choices",
        "pooled, the choice of most of 2 reviewers: win rate of tuned 0.850 "
        f"[{pooled['win_rate_low']:.3f}, {pooled['win_rate_high']:.3f}], 8 wins, 1 losses, 1 equal, 0 missing; "
        f"sign test p 0.039: better; A in {pooled['chose_a']} of 9 choices",
        f"Anna B. and ben: 9 rows judged by both, same choice in 89%, kappa {kappa:.2f}",
    ]


# Reviews that are read, and that are refused.
def test_a_saved_review_is_read_of_one_run_and_once_a_reviewer(tmp_path):
    sheet = sheet_of()
    choices = {"1": "A", "=3": "equal", "__proto__": "B"}
    path = write_review(tmp_path / "any name.json", sheet, choices | {SAME: "equal"}, " Anna B. ")
    assert read_review(path, sheet) == Review("Anna B.", choices)
    sheet = plain(3)
    with pytest.raises(UserError, match=r"^a reviewer must have one review, 'anna b' has 2: leave out all but one"):
        tally(sheet, [chosen(sheet, "+++", name) for name in ("ben", "Anna B", "anna  b")], SEED)
    words = make_files(tmp_path)
    path = write_review(tmp_path / "r.json", sheet_of(), {"1": "A"})
    (tmp_path / "params.yaml").write_text("seed: 8\n", encoding="utf-8")
    with pytest.raises(UserError, match=f"is of '{sheet_of().run[:12]}', these .* are '{sheet_of(seed=8).run[:12]}'"):
        tally_of(words, path, out=tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"run": "0" * 64}, r"{path} is of '000000000000', these files and this seed are '{run}': name the data"),
        ({"run": None}, r"{path} is not what the review page saves \(TypeError: all of it must be text\): save it"),
        ({"reviewer": "  "}, r"a review must have its reviewer's name, {path} has ''"),
        ({"reviewer": "a\x1b[2J"}, r"a review must have its reviewer's name, {path} has 'a\\x1b\[2J'"),
        ({"judgements": None}, r"{path} is not what the review page saves"),
        ({"judgements": ["A"]}, r"{path} is not what the review page saves"),
        ({"judgements": [{"id": "1"}]}, r"{path} is not what the review page saves \(KeyError: 'choice'\)"),
        ({"judgements": [{"id": 1, "choice": "A"}]}, r"{path} is not what the review page saves"),
        ({"judgements": []}, r"{path} judges no row: fill in"),
        ({"judgements": [{"id": "9", "choice": "A"}]}, r"{path} judges a row '9', which is none of the 6"),
        ({"judgements": [{"id": "ab", "choice": "A"}]}, r"a row 'ab' \(did you mean a b\?\), which"),
        ({"judgements": [{"id": "1", "choice": "C"}]}, r"must be A, B or equal, {path} has 'C' for row '1': mend"),
        ({"judgements": [{"id": "1", "choice": "a"}]}, r"must be A, B or equal, {path} has 'a' for row '1': mend"),
        ({"judgements": [{"id": "1", "choice": ""}]}, r"must be A, B or equal, {path} has '' for row '1': take"),
        ({"judgements": [{"id": "1", "choice": "A"}] * 2}, r"must be judged once, {path} has row '1' twice"),
        ({"judgements": [{"id": "2", "choice": "B"}]}, r"both answers to row '2' are equal, {path} chooses B: write"),
    ],
)
def test_a_review_is_refused(tmp_path, changed, message):
    path = write_review(tmp_path / "review_anna.json", sheet_of(), {"1": "A"}, **changed)
    message = message.replace("{path}", re.escape(str(path))).replace("{run}", sheet_of().run[:12])
    with pytest.raises(UserError, match=message):
        read_review(path, sheet_of())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.json", None, r"review .*gone.json is missing: name the files that the reviewers saved"),
        ("review_a.xlsx", b"PK", r"must end in .json or .csv, .*review_a.xlsx ends in '.xlsx': convert it"),
        ("review_a.json", b"{", r"review_a.json is not JSON"),
        ("review_a.json", b"[]", r"review_a.json is not what the review page saves"),
        ("review_a.csv", "run,id,choice\nä,1,A\n".encode("latin-1"), r"is not CSV in UTF-8 .*: save it as CSV UTF-8"),
        ("review_a.csv", b"id,question,A,B,choice\n1,,,,A\n", r"has no column run: fill in the table"),
        ("review_a.csv", b"", r"has no column run, id, choice: fill in the table"),
        ("review_a.csv", b"run,id,choice\n", r"is of '', these files"),
        ("review_a.csv", b"run,id,choice\nRUN,1,A\nabc,=3,A\n", r"review_a.csv is of 'abc', these files"),
        ("review_a.csv", b"run,id,choice\nRUN,1,A,B\n", r"has a row with more cells than its header"),
        ("review_a.csv", b"run,id,choice\nRUN,2,a\n", r"both answers to row '2' are equal, .* chooses A"),
        ("review_a.csv", b"run,id,choice\nRUN,1,\nRUN,2,equal\n", r"review_a.csv judges no row: fill in"),
        ("review.csv", b"run,id,choice\nRUN,1,A\n", r"must have its reviewer's name, .* call a CSV review_NAME.csv"),
    ],
)
def test_a_file_is_refused(tmp_path, name, content, message):
    sheet = sheet_of()
    if content is not None:
        (tmp_path / name).write_bytes(content.replace(b"RUN", sheet.run.encode()))
    with pytest.raises(UserError, match=message):
        read_review(tmp_path / name, sheet)


@pytest.mark.parametrize("kind", [{}, {"delimiter": ";", "lineterminator": "\r\n"}, {"delimiter": "\t"}])
def test_a_filled_table_counts_as_a_saved_file(tmp_path, kind):
    """As Excel, German Excel and LibreOffice save it: a blank line at the end, letters of either case."""
    words, sheet = make_files(tmp_path), sheet_of()
    filled = {"1": "a ", "=3": "B", "__proto__": "Equal", "a b": ""}
    with (tmp_path / "review.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    for row in table:
        row["choice"] = filled.get(row["id"].removeprefix("'"), row["choice"])
    path = tmp_path / "review_Anna B.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, **kind)
        writer.writeheader()
        writer.writerows([*table, dict.fromkeys(COLUMNS, "")])
    choices = {"1": "A", "=3": "B", "__proto__": "equal"}
    assert read_review(path, sheet) == Review("Anna B", choices)
    same = write_review(tmp_path / "r.json", sheet, choices, "Anna B")
    assert tally_of(words, path, out=tmp_path / "csv.out") == tally_of(words, same, out=tmp_path / "json.out")
