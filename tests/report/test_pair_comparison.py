"""The pairs of two runs: which are added, removed or moved, and their page in a real browser."""

import csv
import json

import pytest
from scipy.stats import spearmanr

from pipeline_lib.report.explorer.pair_comparison import Change, agreement, compare, comparison_page, write_comparison
from pipeline_lib.words.pairs.pair_table import Pair
from tests.helpers.pages import check_page, saved
from tests.helpers.word_corpus import HOSTILE, data_of

pytest_plugins = ("tests.helpers.browser",)


def pair(rank, left, right, cosine, kind="interchangeable"):
    return Pair(rank, left, right, cosine, kind, False, 0, None, 1, 1, 1, 1)


OLD = [
    pair(1, "left", "right", 0.95), pair(2, "large", "small", 0.9), pair(3, "kidney", "renal", 0.8),
    pair(4, "heart", "lung", 0.7), pair(5, HOSTILE, "=x", 0.6), pair(6, "a", "b", 0.5),
]  # fmt: skip
NEW = [
    pair(1, "large", "small", 0.97), pair(2, "left", "right", 0.95), pair(3, "chest", "thorax", 0.9),
    pair(4, "kidney", "renal", 0.75, "collocates"), pair(5, HOSTILE, "=x", 0.7),
]  # fmt: skip


def test_pairs_are_added_removed_and_moved():
    changes = compare(OLD, NEW)
    assert changes == [
        Change("large", "small", OLD[1], NEW[0]),
        Change("left", "right", OLD[0], NEW[1]),
        Change("chest", "thorax", None, NEW[2]),
        Change("kidney", "renal", OLD[2], NEW[3]),
        Change(HOSTILE, "=x", OLD[4], NEW[4]),
        Change("heart", "lung", OLD[3], None),
        Change("a", "b", OLD[5], None),
    ]
    assert [change.status for change in changes] == "kept kept added kept kept removed removed".split()
    assert compare([], []) == []
    assert agreement(compare(OLD, NEW)) == round(float(spearmanr([2, 1, 3, 5], [1, 2, 4, 5]).statistic), 3)
    assert [agreement(compare(*runs)) for runs in ((OLD, OLD), (OLD, NEW[:2]), ([], NEW))] == [1, None, None]


def test_text_is_never_markup():
    html = comparison_page(OLD, NEW, (f"{HOSTILE}.csv", "new.csv"))
    assert HOSTILE not in html
    data = data_of(html)
    assert "<" not in data
    assert json.loads(data)["changes"][4][0] == HOSTILE
    assert html.count("</script") == 2
    assert "<img" not in html
    assert "script-src 'sha256-" in html


@pytest.fixture
def opened(page, tmp_path):
    write_comparison(tmp_path / "compared.html", OLD, NEW, ("before.csv", "data/pairs.csv"))
    page.goto((tmp_path / "compared.html").as_uri())
    return page


def names(page, press="", click=None):
    """Return the pairs in the order of the table, by their first word, after a key or a click."""
    if press:
        page.keyboard.press(press)
    if click:
        click.click()
    return [name.split(" –")[0] for name in page.locator("td.name").all_text_contents()]


def test_it_shows_what_changed_and_saves_it_without_formulas(opened, tmp_path):
    assert opened.locator("#summary").text_content() == (
        "6 pairs before and 5 after: 4 kept, 1 added, 2 removed; Spearman’s ρ of the ranks of the kept pairs is 0.80. "
        "A removed pair is no longer among the closest."
    )
    assert opened.locator("#runs dd").all_text_contents() == ["before.csv", "data/pairs.csv"]
    rows = [row.split("\t") for row in opened.locator("#rows tr").all_inner_texts()]
    assert [[cell.strip() for cell in row[:7]] for row in rows] == [
        ["large – small", "2", "1", "▲ 1", "0.900", "0.970", "+0.070"],
        ["left – right", "1", "2", "▼ 1", "0.950", "0.950", "0.000"],
        ["chest – thorax", "", "3", "added", "", "0.900", ""],
        ["kidney – renal", "3", "4", "▼ 1", "0.800", "0.750", "−0.050"],
        [f"{HOSTILE} – =x", "5", "5", "=", "0.600", "0.700", "+0.100"],
        ["heart – lung", "4", "", "removed", "0.700", "", ""],
        ["a – b", "6", "", "removed", "0.500", "", ""],
    ]
    assert opened.locator("img").count() == 0
    content = saved(opened, "#export", tmp_path).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(content.splitlines()))
    assert rows[0] == "left right status old_rank new_rank old_cosine new_cosine old_kind new_kind".split()
    assert rows[4] == ["kidney", "renal", "kept", "3", "4", "0.8", "0.75", "interchangeable", "collocates"]
    assert rows[3] == ["chest", "thorax", "added", "", "3", "", "0.9", "", "interchangeable"]
    assert rows[5][:2] == [HOSTILE, "'=x"]


def test_filters_sorting_search_and_address(opened):
    kinds, change = opened.locator("#kinds label"), opened.get_by_role("button", name="Change")
    assert names(opened, click=kinds.nth(3)) == ["heart", "a"]
    kinds.nth(0).click()
    by_change = [HOSTILE, "large", "left", "kidney", "chest", "heart", "a"]  # without a value: last
    assert (names(opened, click=change), names(opened, click=change)[:2]) == (by_change, ["kidney", "left"])
    opened.keyboard.press("/")
    opened.keyboard.type("R")
    found = ["kidney", "left", "large", HOSTILE, "chest", "heart"]
    assert names(opened) == found
    address = opened.url
    assert address.endswith("#find=R&sort=cosineChange")
    assert len(names(opened, "Escape")) == 7
    opened.goto("about:blank")
    opened.goto(address)
    assert names(opened) == found
    assert opened.locator("#search").input_value() == "R"


def test_it_fits_every_width_and_can_be_used_by_all(opened):
    check_page(opened)


def test_without_pairs_a_message_is_shown(page, tmp_path):
    write_comparison(tmp_path / "compared.html", [], [], ("a", "b"))
    page.goto((tmp_path / "compared.html").as_uri())
    assert page.locator("#empty").text_content() == "Neither run has a pair."
    assert page.locator("#export").is_disabled()
