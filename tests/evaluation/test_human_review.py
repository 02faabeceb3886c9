"""Human review: the sheet is blind and usable in a browser, reviews are checked, and the tally is right."""

# A figure may be None; where it is, these tests fail without mypy too.
# mypy: disable-error-code="operator,union-attr,call-arg"

import base64
import csv
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, write_json, write_jsonl
from pipeline_lib.evaluation.human_review import (
    COLUMNS,
    Review,
    make_sheet,
    read_review,
    tally,
    tuned_is_a,
    write_table,
)
from pipeline_lib.evaluation.human_review import page as make_page
from pipeline_lib.evaluation.significance import interval
from stages import review_sheet, review_tally
from tests.helpers.contrast import LOW_CONTRAST

pytest_plugins = ("tests.helpers.browser",)

SEED = 7
HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'
ROWS = [  # id, question, answer before training, after training
    ("1", "Where is my parcel?", "Lost.", "1. Open Orders.\n2. Choose Track.\n\nIt is there."),
    ("2", "When are you open?", "Nine to five.", "Nine to five.\n"),  # equal: nobody sees the line end
    ("=3", HOSTILE, HOSTILE, "{{ 7*7 }} & 'quoted' \"twice\""),
    ("__proto__", "Can I pay later?\nBy invoice?", "", "=HYPERLINK(1)"),
    ("a b", "صدر طبيعي؟", "نعم", "لا\u2028نعم"),
    ("6", "Thanks", "Yes.", "Gladly."),
]
SAME = "2"
JUDGED = [row[0] for row in ROWS if row[0] != SAME]


def parts(rows=ROWS):
    """Return test rows, and the answers of both models."""
    test_rows = [
        {"id": name, "group": name, "stratum": "", "source": question, "target": f"Reference of {name}"}
        for name, question, _, _ in rows
    ]
    answers = [
        [{"id": row[0], "prediction": row[place], "reference": f"Reference of {row[0]}"} for row in rows]
        for place in (2, 3)
    ]
    return test_rows, *answers


def sheet_of(rows=ROWS, seed=SEED):
    return make_sheet(*parts(rows), seed)


def plain(count):
    """Return a sheet of so many rows, each with two different answers."""
    return sheet_of([(str(i), f"question {i}", f"one {i}", f"another {i}") for i in range(count)])


def chosen(sheet, outcomes, reviewer="anna"):
    """Return a review with these outcomes for tuned, row by row: + won, - lost, = equal, a space for no choice."""
    letters = {"+": {True: "A", False: "B"}, "-": {True: "B", False: "A"}, "=": {True: "equal", False: "equal"}}
    judged = [row for row in sheet.rows if not row.same]
    return Review(
        reviewer,
        {row.id: letters[sign][row.tuned_is_a] for row, sign in zip(judged, outcomes, strict=True) if sign != " "},
    )


def write_files(folder: Path, rows=ROWS, seed=SEED) -> list[str]:
    """Write a run to `folder`; return the options that both stages take."""
    (folder / "split").mkdir(parents=True, exist_ok=True)
    test_rows, untrained, tuned = parts(rows)
    write_jsonl(folder / "split" / "test.jsonl", test_rows)
    write_jsonl(folder / "predictions" / "untrained" / "test.jsonl", untrained)
    write_jsonl(folder / "predictions" / "tuned" / "test.jsonl", tuned)
    (folder / "params.yaml").write_text(f"seed: {seed}\n", encoding="utf-8")
    return f"--data {folder}/split --predictions {folder}/predictions --params {folder}/params.yaml".split()


def make_files(folder: Path, rows=ROWS, seed=SEED) -> list[str]:
    """Write a run and its sheet."""
    words = write_files(folder, rows, seed)
    review_sheet.main([*words, "--page", f"{folder}/review.html", "--table", f"{folder}/review.csv"])
    return words


def write_review(path: Path, sheet, choices: dict[str, str], reviewer="anna", **changed) -> Path:
    judgements = [{"id": name, "choice": choice} for name, choice in choices.items()]
    write_json(path, {"run": sheet.run, "reviewer": reviewer, "judgements": judgements} | changed)
    return path


# The sheet.


def test_the_order_is_random_by_id_and_fixed_by_the_seed():
    first = [tuned_is_a(1, str(i)) for i in range(4000)]
    other = [tuned_is_a(2, str(i)) for i in range(4000)]
    assert first == [tuned_is_a(1, str(i)) for i in range(4000)]
    assert stats.binomtest(sum(first), 4000).pvalue > 0.001
    assert stats.binomtest(sum(a == b for a, b in zip(first, other, strict=True)), 4000).pvalue > 0.001
    runs = sum(a != b for a, b in pairwise(first))
    assert stats.binomtest(runs, 3999).pvalue > 0.001


def test_answers_are_shown_in_that_order():
    sheet = plain(200)
    assert [row.tuned_is_a for row in sheet.rows] == [tuned_is_a(SEED, str(i)) for i in range(200)]
    for i, row in enumerate(sheet.rows):
        ours, theirs = f"another {i}", f"one {i}"
        assert (row.a, row.b) == ((ours, theirs) if row.tuned_is_a else (theirs, ours))


def test_the_hash_is_of_ids_questions_answers_and_the_seed():
    written = json.dumps([SEED, [list(row) for row in ROWS]]).encode()
    assert sheet_of().run == hashlib.sha256(written).hexdigest()
    others = {sheet_of(seed=8).run, sheet_of(ROWS[::-1]).run, make_sheet(*parts(), SEED).run}
    for place in range(4):
        row = [*ROWS[0]]
        row[place] += "x"
        others.add(sheet_of([tuple(row), *ROWS[1:]]).run)
    assert len(others) == 7
    test_rows, untrained, tuned = parts()
    assert make_sheet(test_rows, untrained[::-1], tuned, SEED) == sheet_of()  # answers are found by id


def test_the_sheet_does_not_tell_whose_answer_is_whose(tmp_path):
    """Page and table are the same bytes whichever answer is whose, and no word names a model."""
    sheet = sheet_of()
    turned = replace(sheet, rows=[replace(row, tuned_is_a=not row.tuned_is_a) for row in sheet.rows])
    html = make_page(sheet)
    assert make_page(turned) == html
    for name, one in (("one.csv", sheet), ("other.csv", turned)):
        write_table(tmp_path / name, one)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()
    assert not re.search(r"tuned|train|adapter|model", html + (tmp_path / "one.csv").read_text(), re.I)
    data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.S).group(1))
    assert data == {
        "run": sheet.run,
        "rows": [[r.id, r.question, r.a, None if r.id == SAME else r.b, r.reference] for r in sheet.rows],
    }


def test_text_of_a_row_is_never_markup():
    html = make_page(sheet_of())
    assert HOSTILE not in html
    assert html.count("<script") == html.count("</script>") == 2
    assert "<img" not in html
    scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
    allowed = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{allowed}'; style-src 'unsafe-inline'" in html


def test_the_table_for_a_spreadsheet(tmp_path):
    make_files(tmp_path)
    content = (tmp_path / "review.csv").read_bytes()
    assert content.startswith("\ufeffrun,id,question,A,B,choice\n".encode())
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    sheet = sheet_of()
    assert [row["choice"] for row in table] == ["", "equal", "", "", "", ""]
    assert {row["run"] for row in table} == {sheet.run}
    assert [row["id"] for row in table] == ["1", "2", "'=3", "__proto__", "a b", "6"]
    assert [row["question"] for row in table] == [row.question for row in sheet.rows]
    assert {table[3]["A"], table[3]["B"]} == {"", "'=HYPERLINK(1)"}


def test_the_stage_writes_the_same_bytes_twice(tmp_path, capsys):
    make_files(tmp_path)
    first = [(tmp_path / name).read_bytes() for name in ("review.html", "review.csv")]
    run = sheet_of().run[:12]
    line = f"run {run}: 5 rows to judge, 1 with equal answers; open {tmp_path}/review.html in a browser\n"
    assert capsys.readouterr().out == line
    make_files(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in ("review.html", "review.csv")] == first


def test_every_row_needs_both_answers():
    test_rows, untrained, tuned = parts()
    with pytest.raises(UserError, match=r"^answers of tuned: there must be one answer .* 6 is missing"):
        make_sheet(test_rows, untrained, tuned[:-1], SEED)
    with pytest.raises(UserError, match=r"^answers of untrained: there are no answers"):
        make_sheet([], [], [], SEED)


# The tally.


def test_the_tally_by_hand():
    sheet = sheet_of([(str(i), "q", "same" if i == 9 else f"x{i}", "same" if i == 9 else f"y{i}") for i in range(11)])
    found = tally(sheet, [chosen(sheet, "++++++-== ")], SEED)
    scores = [1.0] * 6 + [0.0, 0.5, 0.5, 0.5]
    groups = [str(i) for i in range(10)]
    ends = interval(np.column_stack([scores, np.ones(10)]), lambda s, n: s / n, groups, SEED)
    choices = chosen(sheet, "++++++-== ").choices
    figures = {
        "n": 10, "judged": 9, "missing": 1, "wins": 6, "losses": 1, "equal": 3, "win_rate": 0.75,
        "win_rate_low": ends.low, "win_rate_high": ends.high, "p": stats.binomtest(6, 7).pvalue, "p_text": "0.125",
        "verdict": "no clear difference", "chose_a": Counter(choices.values())["A"],
    }  # fmt: skip
    assert figures["p"] == pytest.approx(2 * (1 + 7) / 2**7)
    assert ends.low < 0.75 < ends.high
    assert found == {
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
    sheet = plain(20)
    figures = tally(sheet, [chosen(sheet, outcomes)], SEED)["pooled"]
    assert (figures["verdict"], figures["win_rate"]) == (verdict, rate)
    assert figures["p"] == stats.binomtest(figures["wins"], figures["wins"] + figures["losses"]).pvalue


def test_rows_of_a_group_are_drawn_together():
    apart = plain(20)
    together = replace(apart, rows=[replace(row, group=str(i // 4)) for i, row in enumerate(apart.rows)])
    review = chosen(apart, "+" * 12 + "-" * 8)
    narrow, wide = (tally(sheet, [review], SEED)["pooled"] for sheet in (apart, together))
    assert wide["win_rate_low"] < narrow["win_rate_low"] < 0.6 < narrow["win_rate_high"] < wide["win_rate_high"]


def test_figures_without_a_value_are_none():
    sheet = plain(4)
    found = tally(sheet, [chosen(sheet, "====", "anna"), chosen(sheet, "==  ", "ben"), chosen(sheet, "  ++", "eve")], 1)
    assert [found["reviewers"][name]["win_rate"] for name in ("anna", "ben", "eve")] == [0.5, 0.5, 1.0]
    assert [found["reviewers"][name]["win_rate_low"] for name in ("anna", "ben", "eve")] == [None] * 3
    assert [found["reviewers"][name]["p"] for name in ("anna", "ben", "eve")] == [1.0, 1.0, 0.5]
    pairs = found["agreement"]["pairs"]
    assert pairs["anna"]["ben"] == {"rows": 2, "same": 1.0, "kappa": None}  # both always chose one and the same
    assert pairs["ben"]["eve"] == {"rows": 0, "same": None, "kappa": None}
    assert pairs["anna"]["eve"] == {"rows": 2, "same": 0.0, "kappa": 0.0}
    assert found["agreement"]["same"] == 0.5
    json.dumps(found, allow_nan=False)


def test_rows_of_equal_answers_count_for_every_reviewer():
    rows = [*ROWS, ("7", "q", "x", "x")]
    sheet = sheet_of(rows)
    found = tally(sheet, [chosen(sheet, "+    "), chosen(sheet, "-+   ", "ben")], SEED)
    assert (found["rows"], found["equal_answers"]) == (7, 2)
    counts = ("n", "judged", "missing", "wins", "losses", "equal")
    assert [found["reviewers"]["anna"][key] for key in counts] == [3, 1, 4, 1, 0, 2]
    assert [found["reviewers"]["ben"][key] for key in counts] == [4, 2, 3, 1, 1, 2]
    assert [found["pooled"][key] for key in counts] == [4, 2, 3, 1, 0, 3]
    assert found["agreement"]["pairs"]["anna"]["ben"]["rows"] == 1


def test_pooled_is_the_choice_made_most_often():
    sheet = plain(8)
    columns = ["+++", "++-", "++=", "+-=", "+- ", "+  ", "-=-", "   "]  # one row each: anna, ben and eve
    names = ("anna", "ben", "eve")
    reviews = [chosen(sheet, [column[i] for column in columns], name) for i, name in enumerate(names)]
    pooled = tally(sheet, reviews, SEED)["pooled"]
    assert [pooled[key] for key in ("n", "wins", "losses", "equal", "missing")] == [7, 4, 1, 2, 1]
    more = chosen(sheet, "-" * 8, "max")  # 3:1, 2:2 (tie), 2:1:1, 2 of - (1:2:1), 1:2, 1:1, 3:1, 0:1
    pooled = tally(sheet, [*reviews, more], SEED)["pooled"]
    assert [pooled[key] for key in ("wins", "losses", "equal", "missing")] == [2, 4, 2, 0]


def test_kappa_by_hand_and_by_scikit_learn():
    sheet = plain(12)
    said = {"anna": "+++-==+--+=+", "ben": "++--=++-=+ +", "eve": "-+=-==+--+++"}
    reviews = [chosen(sheet, outcomes, name) for name, outcomes in said.items()]
    agreement = tally(sheet, reviews, SEED)["agreement"]
    kappas, shares = [], []
    for one, other in (("anna", "ben"), ("anna", "eve"), ("ben", "eve")):
        first, second = (next(review.choices for review in reviews if review.reviewer == name) for name in (one, other))
        both = [name for name in first if name in second]
        a, b = [first[name] for name in both], [second[name] for name in both]
        seen = sum(x == y for x, y in zip(a, b, strict=True)) / len(both)
        chance = sum(a.count(kind) * b.count(kind) for kind in ("A", "B", "equal")) / len(both) ** 2
        pair = agreement["pairs"][one][other]
        assert pair["rows"] == len(both) == (12 if "ben" not in (one, other) else 11)
        assert pair["same"] == pytest.approx(seen)
        assert pair["kappa"] == pytest.approx((seen - chance) / (1 - chance)) == cohen_kappa_score(a, b)
        kappas.append(pair["kappa"])
        shares.append(pair["same"])
    assert agreement["kappa"] == pytest.approx(np.mean(kappas))
    assert agreement["same"] == pytest.approx(np.mean(shares))


def test_the_tally_stage_writes_and_prints(tmp_path, capsys):
    rows = [(str(i), f"q{i}", f"x{i}", f"y{i}") for i in range(10)]
    words, sheet = write_files(tmp_path, rows), sheet_of(rows)
    outcomes = {"Anna B.": "++++++++--", "ben": "+++++++++ "}
    files = [
        write_review(tmp_path / f"review_{i}.json", sheet, chosen(sheet, signs).choices, name)
        for i, (name, signs) in enumerate(outcomes.items())
    ]
    review_tally.main([*words, *map(str, files), "--out", f"{tmp_path}/metrics/review.json"])
    text = (tmp_path / "metrics" / "review.json").read_text(encoding="utf-8")

    def none(word):
        raise AssertionError(word)

    found = json.loads(text, parse_constant=none)
    assert list(found["reviewers"]) == ["Anna B.", "ben"]
    assert (found["pooled"]["wins"], found["pooled"]["losses"], found["pooled"]["equal"]) == (8, 1, 1)
    anna, ben = found["reviewers"].values()
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"run {sheet.run[:12]}: 10 test rows, 0 of them with equal answers, which count as equal"
    assert out[1] == (
        f"Anna B.: win rate of tuned 0.800 [{anna['win_rate_low']:.3f}, {anna['win_rate_high']:.3f}], 8 wins, "
        f"2 losses, 0 equal, 0 missing; sign test p 0.109: no clear difference; A in {anna['chose_a']} of 10 choices"
    )
    assert out[2] == (
        "ben: win rate of tuned 1.000 [no interval], 9 wins, 0 losses, 0 equal, 1 missing; "
        f"sign test p 0.004: no clear difference; A in {ben['chose_a']} of 9 choices"
    )
    assert out[3].startswith("pooled, the choice of most of 2 reviewers: win rate of tuned 0.850 [")
    kappa = found["agreement"]["pairs"]["Anna B."]["ben"]["kappa"]
    assert out[4:] == [f"Anna B. and ben: 9 rows judged by both, same choice in 89%, kappa {kappa:.2f}"]


# Reviews that are read, and that are refused.


def test_a_saved_review_is_read(tmp_path):
    sheet = sheet_of()
    choices = {"1": "A", "=3": "equal", "__proto__": "B"}
    path = write_review(tmp_path / "any name.json", sheet, choices | {SAME: "equal"}, " Anna B. ")
    assert read_review(path, sheet) == Review("Anna B.", choices)


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
    sheet = sheet_of()
    path = write_review(tmp_path / "review_anna.json", sheet, {"1": "A"}, **changed)
    with pytest.raises(
        UserError, match=message.replace("{path}", re.escape(str(path))).replace("{run}", sheet.run[:12])
    ):
        read_review(path, sheet)


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
        ("review_a.csv", b"run,id,choice\nRUN,1,better\n", r"must be A, B or equal, .* has 'better' for row '1'"),
        ("review_a.csv", b"run,id,choice\nRUN,1,A\nRUN,1,\n", r"must be judged once, .* has row '1' twice"),
        ("review_a.csv", b"run,id,choice\nRUN,7,A\n", r"judges a row '7', which is none of the 6 test rows"),
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


def test_a_reviewer_with_two_reviews_is_refused(tmp_path):
    sheet = plain(3)
    with pytest.raises(UserError, match=r"^a reviewer must have one review, 'anna b' has 2: leave out all but one"):
        tally(sheet, [chosen(sheet, "+++", name) for name in ("ben", "Anna B", "anna  b")], SEED)


def test_another_seed_is_another_run(tmp_path):
    words = make_files(tmp_path)
    path = write_review(tmp_path / "r.json", sheet_of(), {"1": "A"})
    (tmp_path / "params.yaml").write_text("seed: 8\n", encoding="utf-8")
    with pytest.raises(UserError, match=f"is of '{sheet_of().run[:12]}', these .* are '{sheet_of(seed=8).run[:12]}'"):
        review_tally.main([*words, str(path), "--out", f"{tmp_path}/out.json"])
    assert not (tmp_path / "out.json").exists()


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
    saved = write_review(tmp_path / "r.json", sheet, choices, "Anna B")
    for file, out in ((path, "csv.out"), (saved, "json.out")):
        review_tally.main([*words, str(file), "--out", str(tmp_path / out)])
    assert (tmp_path / "csv.out").read_bytes() == (tmp_path / "json.out").read_bytes()


# In a browser.


@pytest.fixture
def opened(page, tmp_path):
    make_files(tmp_path)
    page.goto((tmp_path / "review.html").as_uri())
    return page


def stands(page) -> tuple[str, str]:
    return page.locator("#place").text_content(), page.locator("#count").text_content()


def save(page, folder: Path) -> Path:
    with page.expect_download() as found:
        page.locator("#save").click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def test_judged_by_mouse_and_saved(opened, tmp_path, capsys):
    sheet = sheet_of()
    assert stands(opened) == ("Row 1 of 6", "0 of 5 judged, 1 equal anyway")
    assert opened.locator("#undo").is_disabled()
    assert opened.locator("#back").is_disabled()
    opened.get_by_role("button", name="A better").click()
    assert stands(opened) == ("Row 3 of 6", "1 of 5 judged, 1 equal anyway")  # the row of equal answers is passed
    opened.get_by_role("button", name="B better").click()
    opened.get_by_role("button", name="Equal").click()
    opened.get_by_role("button", name="Next →").click()
    assert stands(opened) == ("Row 6 of 6", "3 of 5 judged, 1 equal anyway")
    assert opened.locator("#next").is_disabled()
    opened.get_by_role("button", name="B better").click()
    assert stands(opened) == ("Row 5 of 6", "4 of 5 judged, 1 equal anyway")  # the one left open
    opened.locator("#save").click()
    assert opened.locator("#saved").text_content() == "Enter your name first"
    assert opened.evaluate("document.activeElement.id") == "name"
    opened.locator("#name").fill(" Ännä O'B. ")
    path = save(opened, tmp_path)
    assert path.name == "review_Ännä_O_B_.json"
    assert opened.locator("#saved").text_content() == "Saved as review_Ännä_O_B_.json, with 1 row still open"
    choices = {"1": "A", "=3": "B", "__proto__": "equal", "6": "B"}
    assert read_json(path) == {
        "run": sheet.run,
        "reviewer": "Ännä O'B.",
        "judgements": [{"id": name, "choice": choice} for name, choice in choices.items()],
    }
    capsys.readouterr()
    review_tally.main([*write_files(tmp_path), str(path), "--out", f"{tmp_path}/out.json"])
    assert capsys.readouterr().out.splitlines()[1].startswith("Ännä O'B.: win rate of tuned ")
    assert read_json(tmp_path / "out.json")["reviewers"]["Ännä O'B."]["missing"] == 1
    opened.get_by_role("button", name="A better").click()
    assert opened.locator("#saved").text_content() == "Changed since it was saved"
    assert opened.locator("#done").text_content().startswith("All rows are judged. Save your choices")
    assert read_review(save(opened, tmp_path), sheet).choices == choices | {"a b": "A"}
    assert opened.locator("#done").text_content().startswith("All rows are judged and saved. Send the file")


def test_judged_by_keyboard(opened, tmp_path):
    press = opened.keyboard.press
    for key in ("1", "b", "=", "0", "2"):
        press(key)
    assert stands(opened) == ("Row 6 of 6", "5 of 5 judged, 1 equal anyway")
    assert opened.locator("#done").is_visible()
    press("u")
    press("u")
    assert stands(opened) == ("Row 5 of 6", "3 of 5 judged, 1 equal anyway")
    assert opened.locator("#done").is_hidden()
    press("a")
    press("ArrowLeft")
    assert stands(opened)[0] == "Row 5 of 6"
    assert opened.locator('[aria-pressed="true"]').text_content() == "A better 1"
    assert opened.locator(".chosen").get_attribute("id") == "left"
    for _ in range(3):
        press("ArrowLeft")
    assert stands(opened)[0] == "Row 2 of 6"
    press("1")  # equal answers: nothing is asked
    assert stands(opened) == ("Row 2 of 6", "4 of 5 judged, 1 equal anyway")
    assert opened.locator("#same").is_visible()
    assert opened.locator("#right").is_hidden()
    press("ArrowLeft")
    press("b")  # another choice for the first row, then on to the open one
    assert stands(opened)[0] == "Row 6 of 6"
    press("Control+1")
    press("x")
    assert stands(opened) == ("Row 6 of 6", "4 of 5 judged, 1 equal anyway")
    opened.evaluate("dispatchEvent(new KeyboardEvent('keydown', { key: '1', repeat: true }))")
    assert stands(opened)[1].startswith("4 of 5")  # a key held down judges one row
    opened.locator("#name").focus()
    opened.keyboard.type("ub01")
    assert stands(opened)[1].startswith("4 of 5")
    choices = {"1": "B", "=3": "B", "__proto__": "equal", "a b": "A"}
    assert read_review(save(opened, tmp_path), sheet_of()) == Review("ub01", choices)
    opened.locator("#help summary").click()
    opened.locator("#keys").uncheck()
    press("1")
    assert stands(opened)[1].startswith("4 of 5")


def test_every_control_is_reached_by_tab_and_progress_is_announced(opened):
    reached = []
    for _ in range(9):
        opened.keyboard.press("Tab")
        reached.append(opened.evaluate("(e => e.id || e.dataset.choice || e.parentElement.id)(document.activeElement)"))
    assert reached == ["name", "save", "reference", "A", "equal", "B", "open", "next", "help"]
    opened.locator('[data-choice="B"]').focus()
    opened.keyboard.press("Enter")
    said = opened.locator("#said")
    assert said.get_attribute("aria-live") == "polite"
    assert said.text_content() == "B is better. Row 3 of 6. 1 of 5 judged, 1 equal anyway"


def test_choices_survive_a_reload(opened, tmp_path):
    for key in ("1", "0"):
        opened.keyboard.press(key)
    opened.locator("#name").fill("Anna")
    opened.reload()
    assert stands(opened) == ("Row 4 of 6", "2 of 5 judged, 1 equal anyway")
    assert opened.locator("#name").input_value() == "Anna"
    assert opened.locator("#notice").is_hidden()
    other = opened.context.new_page()
    other.goto((tmp_path / "review.html").as_uri())
    other.keyboard.press("2")
    opened.locator("#count").filter(has_text="3 of 5").wait_for()
    other.close()
    opened.keyboard.press("u")
    opened.keyboard.press("u")
    assert stands(opened) == ("Row 3 of 6", "1 of 5 judged, 1 equal anyway")
    make_files(tmp_path / "other", seed=8)
    opened.goto((tmp_path / "other" / "review.html").as_uri())
    assert stands(opened) == ("Row 1 of 6", "0 of 5 judged, 1 equal anyway")  # another run's sheet


def test_starting_over_takes_two_presses(opened):
    opened.keyboard.press("1")
    opened.locator("#name").fill("Anna")
    opened.locator("#help summary").click()
    restart = opened.locator("#restart")
    restart.click()
    assert restart.text_content() == "Forget 1 choice? Press again"
    opened.locator("#name").focus()
    assert restart.text_content() == "Start over"
    restart.click()
    restart.click()
    opened.reload()
    assert stands(opened) == ("Row 1 of 6", "0 of 5 judged, 1 equal anyway")
    assert opened.locator("#name").input_value() == ""


@pytest.mark.parametrize("kept", ["{", "null", '{"choices":{"1":"C","9":"A","2":"B"},"past":[],"place":99,"name":3}'])
def test_stored_choices_are_checked(opened, kept):
    opened.evaluate("([key, text]) => localStorage.setItem(key, text)", [f"review-{sheet_of().run}", kept])
    opened.reload()
    assert stands(opened) == ("Row 1 of 6", "0 of 5 judged, 1 equal anyway")


def test_without_storage_it_works_with_a_notice(page, tmp_path):
    make_files(tmp_path)
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    page.goto((tmp_path / "review.html").as_uri())
    assert page.locator("#notice").text_content().startswith("This browser keeps nothing for this page")
    page.keyboard.press("1")
    page.locator("#name").fill("Anna")
    assert read_review(save(page, tmp_path), sheet_of()) == Review("Anna", {"1": "A"})


def test_text_stays_text_and_keeps_its_lines(opened):
    for place, row in enumerate(sheet_of().rows):
        assert stands(opened)[0] == f"Row {place + 1} of 6"
        shown = [opened.locator(f"#{name}").text_content() for name in ("question", "target", "a")]
        assert shown == [row.question, row.reference, row.a or "(empty)"]
        if not row.same:
            assert opened.locator("#b").text_content() == (row.b or "(empty)")
        opened.keyboard.press("ArrowRight")
    assert opened.locator("img").count() == 0
    assert opened.locator("script").count() == 2
    for _ in range(5):
        opened.keyboard.press("ArrowLeft")
    sides = [opened.locator(f"#{name}").evaluate("one => one.innerText.split('\\n').length") for name in ("a", "b")]
    assert sorted(sides) == [1, 4]
    heights = [opened.locator(f"#{name}").bounding_box()["height"] for name in ("a", "b")]
    assert max(heights) == pytest.approx(4 * min(heights), rel=0.1)
    assert not opened.locator("#target").is_visible()
    opened.locator("#reference summary").click()
    assert opened.locator("#target").is_visible()


def test_where_all_answers_are_equal_there_is_nothing_to_judge(page, tmp_path):
    rows = [("1", "q", "x", "x"), ("2", "q", "y", "y ")]
    words = make_files(tmp_path, rows)
    page.goto((tmp_path / "review.html").as_uri())
    assert page.locator("#done").text_content() == "In every row both answers are the same: there is nothing to judge."
    page.locator("#name").fill("Anna")
    path = save(page, tmp_path)
    review_tally.main([*words, str(path), "--out", f"{tmp_path}/out.json"])
    pooled = read_json(tmp_path / "out.json")["pooled"]
    assert (pooled["n"], pooled["equal"], pooled["win_rate"], pooled["p"]) == (2, 2, 0.5, 1.0)


@pytest.mark.parametrize("width", [320, 375, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_light_and_dark(opened, width, scheme):
    opened.set_viewport_size({"width": width, "height": 760})
    opened.emulate_media(color_scheme=scheme)
    opened.locator("#help summary").click()
    opened.keyboard.press("1")
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    back = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", back))) < 128) == (scheme == "dark")
    assert opened.locator("#choices").bounding_box()["y"] < 760  # in reach without scrolling
    small = opened.eval_on_selector_all(
        "button",
        "all => all.filter(one => one.clientHeight < 36 || one.scrollWidth > one.clientWidth).map(one => one.id)",
    )
    assert small == []


@pytest.mark.parametrize("words", [1, 600])
def test_the_next_row_begins_at_the_top(page, tmp_path, words):
    make_files(tmp_path, [(str(i), "q", "one " * words, "other " * words) for i in range(3)])
    page.set_viewport_size({"width": 375, "height": 760})
    page.goto((tmp_path / "review.html").as_uri())
    top = page.locator("#place").bounding_box()["y"]
    page.keyboard.press("1")
    after = page.locator("#place").bounding_box()["y"]
    assert after == top if words == 1 else after < 30 < top  # what is in view whole does not jump
    page.evaluate("scrollTo(0, 1e6)")
    page.keyboard.press("2")
    assert page.locator("#place").bounding_box()["y"] >= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(opened, scheme):
    opened.emulate_media(color_scheme=scheme)
    opened.locator("#reference summary").click()
    opened.locator("#help summary").click()
    opened.keyboard.press("1")
    assert opened.evaluate(LOW_CONTRAST) == []
