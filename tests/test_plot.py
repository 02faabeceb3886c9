"""Tables, pictures and the page: what is in them, twice the same bytes, and nothing in a word becomes code."""

import csv
import json
import re

import matplotlib.image
import numpy as np
import pytest

from pipeline_lib.errors import UserError
from pipeline_lib.explorer import LISTED, page
from pipeline_lib.figures import Loss, draw_pairs, loss_table, read_history, smooth
from pipeline_lib.files import guarded
from pipeline_lib.layout import label_width, layout
from pipeline_lib.pairs import Pair, write_pairs
from stages import plot

HEADER = "step,epoch,split,loss,lr,tokens_per_second,kept\n"
HISTORY = HEADER + (
    "1,1,train,2.5,0.001,400,\n2,1,train,1.5,0.0005,410,\n2,1,validation,1.75,,,1\n3,2,train,1,0.0001,400,\n"
    "4,2,train,0.5,0,400,\n4,2,validation,2,,,\n"
)
EVIL = [
    "</script><script>alert(1)</script>", "<!--<script>", "<img src=x onerror=alert(1)>", "=cmd()", "$x^2$", "{{VEGA}}",
]  # fmt: skip
PAIRS = [
    Pair(1, "left", "right", 0.9, 5, 4, 3, 2),
    Pair(2, "left", "side", 0.8, 5, 3, 3, 1),
    Pair(3, "größe", "胸部", 0.7, 2, 2, 2, 2),
    *(Pair(4 + i, word, "right", 0.6 - i / 100, 1, 4, 1, 2) for i, word in enumerate(EVIL)),
]
OUTS = ["loss.csv", "loss.png", "word_pairs.csv", "word_pairs.html", "word_pairs.png"]


def run_stage(folder, out, history, pairs):
    folder.mkdir(exist_ok=True)
    (folder / "history.csv").write_text(history)
    write_pairs(folder / "pairs.csv", pairs)
    made = folder / out
    plot.main(
        f"--history {folder}/history.csv --pairs {folder}/pairs.csv --loss-table {made}/loss.csv "
        f"--loss-figure {made}/loss.png --pairs-table {made}/word_pairs.csv "
        f"--pairs-figure {made}/word_pairs.png --page {made}/word_pairs.html".split()
    )
    return {file.name: file.read_bytes() for file in sorted(made.iterdir())}


def test_stage_writes_its_files_twice_the_same(tmp_path, capsys):
    first = run_stage(tmp_path, "one", HISTORY, PAIRS)
    assert sorted(first) == OUTS
    assert first["loss.csv"].decode() == (
        "step,train,train_smoothed,validation\n1,2.500000,2.500000,nan\n2,1.500000,1.500000,1.750000\n"
        "3,1.000000,1.000000,1.750000\n4,0.500000,0.500000,2.000000\n"
    )
    rows = list(csv.reader(first["word_pairs.csv"].decode().splitlines()))
    assert rows[:3] == [
        ["pair", "cosine", "rank", "left_documents", "right_documents"],
        ["left – right", "0.900000", "1", "3", "2"],
        ["left – side", "0.800000", "2", "3", "1"],
    ]
    assert rows[7][0] == "'=cmd() – right"
    assert "drew 6 losses and 9 pairs" in capsys.readouterr().out
    assert run_stage(tmp_path, "two", HISTORY, PAIRS) == first


@pytest.mark.parametrize("history", [HEADER, HEADER + "1,1,train,2.5,0.001,400,\n", HEADER + "0,0,validation,2.5,,,\n"])
def test_a_run_without_steps_or_validation_or_pairs_is_drawn_too(tmp_path, history):
    made = run_stage(tmp_path, "out", history, [])
    assert sorted(made) == OUTS
    assert matplotlib.image.imread(tmp_path / "out" / "loss.png").shape == (585, 1040, 4)
    assert made["word_pairs.csv"].decode() == "pair,cosine,rank,left_documents,right_documents\n"


def test_pictures_have_no_date_and_no_version(tmp_path):
    draw_pairs(tmp_path / "p.png", PAIRS[:2])
    content = (tmp_path / "p.png").read_bytes()
    assert b"Software" not in content
    assert b"tIME" not in content


def test_a_tenth_of_the_curve_is_averaged():
    assert smooth([]) == []
    assert smooth([1.0, 2.0, 4.0]) == [1.0, 2.0, 4.0]
    curve = smooth([float(i % 2) for i in range(40)])
    assert curve[0] == pytest.approx(1 / 3)
    assert curve[20] == pytest.approx(2 / 5)


def test_validation_holds_its_last_value():
    rows = loss_table([Loss(1, "train", 3), Loss(1, "validation", 2), Loss(2, "train", 1)])
    assert [row["validation"] for row in rows] == ["2.000000", "2.000000"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("step,loss\n1,2\n", "has no column split"), (HEADER + "one,1,train,2,,,\n", "is no number")],
)
def test_broken_history_is_a_users_error(tmp_path, content, message):
    (tmp_path / "h.csv").write_text(content)
    with pytest.raises(UserError, match=message):
        read_history(tmp_path / "h.csv")


@pytest.mark.parametrize(
    ("cell", "safe"), [("=1+1", "'=1+1"), ("-a", "'-a"), ("@a", "'@a"), ("\ta", "'\ta"), ("a-b", "a-b")]
)
def test_cells_are_guarded_against_formulas(cell, safe):
    assert guarded(cell) == safe


@pytest.mark.parametrize("width", [258.0, 430.0, 824.0])
def test_labels_do_not_overlap_and_stay_inside(width):
    random = np.random.default_rng(3)
    names = [f"{'abcdefghij'[i % 10] * (3 + i % 9)}{i}" for i in range(60)]
    edges = [(names[int(i)], names[int(j)], 0.9) for i, j in random.integers(0, 60, (70, 2)) if i != j]
    places, height = layout(edges, label_width, width)
    assert set(places) == {name for left, right, _ in edges for name in (left, right)}
    boxes = [(x, y, label_width(word)) for word, (x, y) in places.items()]
    for i, (x, y, wide) in enumerate(boxes):
        assert x - wide / 2 >= -0.1
        assert x + wide / 2 <= width + 0.1
        assert 0 <= y <= height
        for u, v, other in boxes[:i]:
            assert abs(x - u) >= (wide + other) / 2 or abs(y - v) >= 15


def test_words_stay_text_in_the_page():
    html = page(PAIRS)
    assert len(html) < 2_000_000
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', html, re.DOTALL)
    data = json.loads(found[1])
    assert [row[1] for row in data["rows"]][3:] == EVIL
    assert "<" not in found[1]
    assert "alert(1)" not in html.replace(found[1], "")
    # What the page is made of: its data, Vega, its own script; a word opened or closed none.
    assert re.findall(r"<script[^>]*>", html) == [
        '<script id="data" type="application/json">', '<script type="module">', '<script type="module">',
    ]  # fmt: skip
    assert html.count("</script") == 3


def test_the_page_fetches_nothing():
    html = page(PAIRS)
    assert "default-src 'none'" in html
    markup = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", html, flags=re.DOTALL)  # Vega's own text names tags, too
    assert not re.search(r"\b(?:src|href|action)=|url\(", markup)


def test_a_long_list_is_cut_and_the_page_knows():
    pairs = [Pair(i + 1, f"a{i}", f"b{i}", 0.9, 1, 1, 1, 1) for i in range(LISTED + 10)]
    html = page(pairs)
    data = json.loads(re.search(r'application/json">(.*?)</script>', html, re.DOTALL)[1])
    assert (data["total"], data["drawn"], len(data["rows"])) == (LISTED + 10, 100, LISTED)
    assert len(html) < 6_000_000
