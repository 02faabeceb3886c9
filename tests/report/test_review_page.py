"""The blind review sheet as a page: it does not tell whose answer is whose, and works in a browser."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from pipeline_lib.core.files import read_json
from pipeline_lib.evaluation.human_review import Review, read_review, write_table
from pipeline_lib.report.review_page import page as make_page
from tests.helpers.pages import check_page, saved
from tests.helpers.review import HOSTILE, SAME, make_files, sheet_of, tally_of, write_files

pytest_plugins = ("tests.helpers.browser",)


def test_the_sheet_does_not_tell_whose_answer_is_whose(tmp_path):
    """Page and table are the same bytes whichever answer is whose, and no word names a model."""
    sheet = sheet_of()
    turned = replace(sheet, rows=[replace(row, tuned_is_a=not row.tuned_is_a) for row in sheet.rows])
    for name, one in (("one.csv", sheet), ("other.csv", turned)):
        write_table(tmp_path / name, one)
    html, table = make_page(sheet), (tmp_path / "one.csv").read_text()
    assert (make_page(turned), (tmp_path / "other.csv").read_text()) == (html, table)
    words = re.sub(r"<style>.*?</style>", "", html, flags=re.S) + table  # the sheet of all pages names colours
    assert not re.search(r"tuned|train|adapter|model", words, re.I)
    assert json.loads(re.findall(r'id="data">(.*?)</script>', html, re.S)[0]) == {
        "run": sheet.run,
        "rows": [[r.id, r.question, r.a, None if r.id == SAME else r.b, r.reference] for r in sheet.rows],
    }
    # Text of a row is never markup.
    assert HOSTILE not in html
    assert html.count("<script") == html.count("</script>") == 2
    assert "<img" not in html
    scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
    allowed = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{allowed}'; style-src 'unsafe-inline'" in html


# In a browser.
def opened_at(page, folder, *given, **options):
    """Write a sheet to `folder` and open its page."""
    words = make_files(folder, *given, **options)
    page.goto((folder / "review.html").as_uri())
    return words


@pytest.fixture
def opened(page, tmp_path):
    opened_at(page, tmp_path)
    return page


def stands(page) -> tuple[int, int]:
    """Return the number of the row that is shown, of 6, and how many of 5 are judged."""
    texts = [page.locator(name).text_content() for name in ("#place", "#count")]
    found = re.fullmatch(r"Row (\d) of 6, (\d) of 5 judged, 1 equal anyway", ", ".join(texts))
    assert found, texts
    return int(found[1]), int(found[2])


def text(page, name):
    return page.locator(name).text_content()


def test_judged_by_mouse_and_saved(opened, tmp_path, capsys):
    def click(name):
        opened.get_by_role("button", name=name).click()
        return stands(opened)

    assert stands(opened) == (1, 0)
    assert opened.locator("#undo").is_disabled()
    assert opened.locator("#back").is_disabled()
    assert click("A better") == (3, 1)  # the row of equal answers is passed
    click("B better")
    click("Equal")
    assert click("Next →") == (6, 3)
    assert opened.locator("#next").is_disabled()
    assert click("B better") == (5, 4)  # the one left open
    opened.locator("#save").click()
    assert text(opened, "#saved") == "Enter your name first"
    assert opened.evaluate("document.activeElement.id") == "name"
    opened.locator("#name").fill(" Ännä O'B. ")
    path = saved(opened, "#save", tmp_path)
    assert path.name == "review_Ännä_O_B_.json"
    assert text(opened, "#saved") == "Saved as review_Ännä_O_B_.json, with 1 row still open"
    choices = {"1": "A", "=3": "B", "__proto__": "equal", "6": "B"}
    judgements = [{"id": name, "choice": choice} for name, choice in choices.items()]
    assert read_json(path) == {"run": sheet_of().run, "reviewer": "Ännä O'B.", "judgements": judgements}
    capsys.readouterr()
    found = tally_of(write_files(tmp_path), path, out=tmp_path / "out.json")
    assert capsys.readouterr().out.splitlines()[1].startswith("Ännä O'B.: win rate of tuned ")
    assert found["reviewers"]["Ännä O'B."]["missing"] == 1
    click("A better")
    assert text(opened, "#saved") == "Changed since it was saved"
    assert text(opened, "#done").startswith("All rows are judged. Save your choices")
    assert read_review(saved(opened, "#save", tmp_path), sheet_of()).choices == choices | {"a b": "A"}
    assert text(opened, "#done").startswith("All rows are judged and saved. Send the file")


def test_judged_by_keyboard(opened, tmp_path):
    def press(*keys):
        for key in keys:
            opened.keyboard.press(key)
        return stands(opened)

    assert press("1", "b", "=", "0", "2") == (6, 5)
    assert opened.locator("#done").is_visible()
    assert press("u", "u") == (5, 3)
    assert opened.locator("#done").is_hidden()
    assert press("a", "ArrowLeft") == (5, 4)
    assert text(opened, '[aria-pressed="true"]') == "A better 1"
    assert opened.locator(".chosen").get_attribute("id") == "left"
    assert press(*["ArrowLeft"] * 3) == (2, 4)
    assert press("1") == (2, 4)  # equal answers: there is no choice
    assert opened.locator("#same").is_visible()
    assert opened.locator("#right").is_hidden()
    assert press("ArrowLeft", "b") == (6, 4)  # another choice for the first row, then on to the open one
    assert press("Control+1", "x") == (6, 4)
    opened.evaluate("dispatchEvent(new KeyboardEvent('keydown', { key: '1', repeat: true }))")
    assert stands(opened) == (6, 4)  # a key held down judges one row
    opened.locator("#name").focus()
    opened.keyboard.type("ub01")
    assert stands(opened) == (6, 4)
    choices = {"1": "B", "=3": "B", "__proto__": "equal", "a b": "A"}
    assert read_review(saved(opened, "#save", tmp_path), sheet_of()) == Review("ub01", choices)
    opened.locator("#help summary").click()
    opened.locator("#keys").uncheck()
    assert press("1") == (6, 4)


def test_every_control_is_reached_by_tab_and_progress_is_announced(opened):
    reached = []
    for _ in range(9):
        opened.keyboard.press("Tab")
        reached.append(opened.evaluate("(e => e.id || e.dataset.choice || e.parentElement.id)(document.activeElement)"))
    assert reached == ["name", "save", "reference", "A", "equal", "B", "open", "next", "help"]
    opened.locator('[data-choice="B"]').focus()
    opened.keyboard.press("Enter")
    assert opened.locator("#said").get_attribute("aria-live") == "polite"
    assert text(opened, "#said") == "B is better. Row 3 of 6. 1 of 5 judged, 1 equal anyway"


def test_choices_survive_a_reload(opened, tmp_path):
    opened.keyboard.press("1")
    opened.keyboard.press("0")
    opened.locator("#name").fill("Anna")
    opened.reload()
    assert stands(opened) == (4, 2)
    assert opened.locator("#name").input_value() == "Anna"
    assert opened.locator("#notice").is_hidden()
    other = opened.context.new_page()
    other.goto((tmp_path / "review.html").as_uri())
    other.keyboard.press("2")
    opened.locator("#count").filter(has_text="3 of 5").wait_for()
    other.close()
    opened.keyboard.press("u")
    opened.keyboard.press("u")
    assert stands(opened) == (3, 1)
    opened_at(opened, tmp_path / "other", seed=8)
    assert stands(opened) == (1, 0)  # another run's sheet


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
    assert stands(opened) == (1, 0)
    assert opened.locator("#name").input_value() == ""


@pytest.mark.parametrize("kept", ["{", "null", '{"choices":{"1":"C","9":"A","2":"B"},"past":[],"place":99,"name":3}'])
def test_stored_choices_are_checked(opened, kept):
    opened.evaluate("([key, text]) => localStorage.setItem(key, text)", [f"review-{sheet_of().run}", kept])
    opened.reload()
    assert stands(opened) == (1, 0)


def test_without_storage_it_works_with_a_notice(page, tmp_path):
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    opened_at(page, tmp_path)
    assert text(page, "#notice").startswith("This browser keeps nothing for this page")
    page.keyboard.press("1")
    page.locator("#name").fill("Anna")
    assert read_review(saved(page, "#save", tmp_path), sheet_of()) == Review("Anna", {"1": "A"})


def test_text_stays_text_and_keeps_its_lines(opened):
    for place, row in enumerate(sheet_of().rows):
        assert stands(opened)[0] == place + 1
        expected = {"#question": row.question, "#target": row.reference, "#a": row.a or "(empty)"}
        expected |= {} if row.same else {"#b": row.b or "(empty)"}
        assert {name: text(opened, name) for name in expected} == expected
        opened.keyboard.press("ArrowRight")
    assert (opened.locator("img").count(), opened.locator("script").count()) == (0, 2)
    for _ in range(5):
        opened.keyboard.press("ArrowLeft")
    sides = [opened.locator(name) for name in ("#a", "#b")]
    assert sorted(side.evaluate("one => one.innerText.split('\\n').length") for side in sides) == [1, 4]
    low, high = sorted(side.bounding_box()["height"] for side in sides)
    assert high == pytest.approx(4 * low, rel=0.1)
    assert not opened.locator("#target").is_visible()
    opened.locator("#reference summary").click()
    assert opened.locator("#target").is_visible()


def test_where_all_answers_are_equal_there_is_nothing_to_judge(page, tmp_path):
    words = opened_at(page, tmp_path, [("1", "q", "x", "x"), ("2", "q", "y", "y ")])
    assert text(page, "#done") == "In every row both answers are the same: there is nothing to judge."
    page.locator("#name").fill("Anna")
    found = tally_of(words, saved(page, "#save", tmp_path), out=tmp_path / "out.json")["pooled"]
    assert (found["n"], found["equal"], found["win_rate"], found["p"]) == (2, 2, 0.5, 1.0)


def test_it_fits_every_width_and_can_be_used_by_all(opened):
    opened.locator("#help summary").click()
    opened.locator("#reference summary").click()
    opened.keyboard.press("1")
    for width in (320, 375, 1200):
        check_page(opened, width)
        opened.evaluate("scrollTo(0, 0)")
        assert opened.locator("#choices").bounding_box()["y"] < 760  # in reach without scrolling
        small = "all => all.filter(e => e.clientHeight < 36 || e.scrollWidth > e.clientWidth).map(e => e.id)"
        assert opened.eval_on_selector_all("button", small) == []


@pytest.mark.parametrize("words", [1, 600])
def test_the_next_row_begins_at_the_top(page, tmp_path, words):
    page.set_viewport_size({"width": 375, "height": 760})
    opened_at(page, tmp_path, [(str(i), "q", "one " * words, "other " * words) for i in range(3)])
    top = page.locator("#place").bounding_box()["y"]
    page.keyboard.press("1")
    after = page.locator("#place").bounding_box()["y"]
    assert after == top if words == 1 else after < 30 < top  # what is in view whole does not jump
    page.evaluate("scrollTo(0, 1e6)")
    page.keyboard.press("2")
    assert page.locator("#place").bounding_box()["y"] >= 0
