"""The word page: its data, that text is never markup, and its use in a real browser."""

import csv
import io
import itertools
import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.report.explorer import word_page as module
from pipeline_lib.report.explorer.word_page import page_data, write_page
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.pair_table import Pair
from tests.helpers.word_corpus import HOSTILE, NAMES, TEXTS, corpus, data_of

pytest_plugins = ("tests.helpers.browser",)

WORDS, VECTORS, SENTENCES, PAIRS = corpus()


# What the page holds.


def test_the_data_are_the_words_the_pairs_and_their_sentences():
    data = page_data(PAIRS, 9, WORDS, VECTORS, SENTENCES)
    assert [data[key] for key in ("total_words", "total_pairs", "requested")] == [12, 5, 9]
    assert [word[0] for word in data["words"]] == NAMES
    assert all(0 <= place <= 1 for word in data["words"] for place in word[1:3])
    assert data["words"][2][3:6] == [7, 6, 2]  # lungs: occurrences, documents, distinct sentences
    unit = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    order = [int(row) for row in np.argsort(-(unit @ unit[0])) if row != 0]
    assert data["words"][0][6] == order[:10]
    assert data["words"][0][7] == [round(float(unit[row] @ unit[0]), 3) for row in order[:10]]
    assert [data["texts"][at] for at in data["words"][2][8]] == [[TEXTS[1][0], 5], [TEXTS[2][0], 1]]
    assert data["words"][2][9] == ["lung", "lungs"]
    first, last = PAIRS[0], PAIRS[4]
    assert data["pairs"][0][:9] == [1, 0, 1, first.cosine, "interchangeable", False, 11, 1.5, 2]
    assert [data["texts"][at][0] for at in data["pairs"][0][9]] == [TEXTS[0][0], TEXTS[3][0]]
    assert data["pairs"][4] == [5, 0, 11, last.cosine, "interchangeable", False, 0, None, 0, []]


def test_text_is_never_markup(tmp_path):
    hostile = [replace(word, word=HOSTILE) if word.word == "left" else word for word in WORDS]
    pairs = [replace(pair, left=HOSTILE) if pair.left == "left" else pair for pair in PAIRS]
    html = module.page(pairs, 5, hostile, VECTORS, SENTENCES)
    assert HOSTILE not in html
    data = data_of(html)
    assert "<" not in data
    assert json.loads(data)["words"][4][0] == HOSTILE
    assert "alert(1)" not in html.replace(data, "")
    assert html.count("</script") == 3
    assert "unsafe-eval" not in html
    assert "default-src 'none'; script-src 'sha256-" in html
    markup = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", html, flags=re.S)  # Vega's script contains tags
    assert not re.search(r"\b(?:src|href|action)=|url\(", markup)


def test_the_map_has_the_words_of_the_pairs_and_those_in_most_documents(monkeypatch):
    monkeypatch.setattr(module, "MAX_WORDS", 5)
    pairs = [pair for pair in PAIRS if {pair.left, pair.right} <= {"größe", "unchanged"}]
    data = page_data(pairs, 1, WORDS, VECTORS, SENTENCES)
    assert [word[0] for word in data["words"]] == ["effusion", "pleural", "lungs", "größe", "unchanged"]
    assert data["total_words"] == 12
    assert data["pairs"][0][1:3] == [3, 4]
    named = {name for word in data["words"] for name in word[6] if isinstance(name, str)}
    assert named == set(NAMES) - {word[0] for word in data["words"]}


def test_a_long_list_is_cut(monkeypatch):
    monkeypatch.setattr(module, "MAX_PAIRS", 2)
    data = page_data(PAIRS, 5, WORDS, VECTORS, SENTENCES)
    assert (len(data["pairs"]), data["total_pairs"]) == (2, 5)


def test_a_page_of_two_thousand_words_is_below_six_megabytes(monkeypatch):
    monkeypatch.setattr(module, "word_map", lambda vectors: np.random.default_rng(0).uniform(size=(len(vectors), 2)))
    words = [Word(f"胸部胸部{i}", str(i), str(i), 9, 9) for i in range(2000)]
    sentences = [Sentence(f"{row} {turn} " + "胸" * 270, 1, [row]) for row in range(2000) for turn in range(4)]
    names = [word.word for word in words[:1000]]
    pairs = [Pair(1, a, b, 0.9, "collocates", False, 0, None, 9, 9, 9, 9) for a, b in itertools.pairwise(names)]
    html = module.page(pairs, 999, words, np.random.default_rng(1).normal(size=(2000, 8)), sentences)
    assert len(html.encode()) < 6_000_000
    data = json.loads(data_of(html))
    assert len(data["words"]) == 2000
    assert all(word[8] for word in data["words"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"vectors": VECTORS[:3]}, "one vector a word, there are 12 words"),
        ({"pairs": [replace(PAIRS[0], left="effusive")]}, "'effusive' is not"),
        ({"sentences": [Sentence("x", 1, [12])]}, "rows 0 to 11"),
    ],
)
def test_files_of_different_corpora_are_a_users_error(changed, message):
    given = {"pairs": PAIRS, "requested": 5, "words": WORDS, "vectors": VECTORS, "sentences": SENTENCES} | changed
    with pytest.raises(UserError, match=message):
        page_data(**given)


# In a browser. The fixture `page` fails a test whose page logs an error or asks the network for anything.


@pytest.fixture(scope="module")
def file():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word_pairs.html"
        write_page(path, PAIRS, 9, WORDS, VECTORS, SENTENCES)
        yield path.as_uri()


def ready(page, url):
    page.goto(url)
    page.locator("#map canvas").wait_for()
    return page


@pytest.fixture
def explorer(page, file):
    return ready(page, file)


def search(page, text):
    page.locator("#search").fill(text)
    page.keyboard.press("Enter")


def heading(page):
    return page.locator("#detail h2").text_content()


def listed(page):
    return page.locator("#rows button").all_text_contents()


def named(pair):
    return f"{pair.left} – {pair.right}"


def ranked(*numbers):
    return [named(PAIRS[number - 1]) for number in numbers]


def saved(page, folder):
    with page.expect_download() as download:
        page.locator("#export").click()
    download.value.save_as(folder / "saved.csv")
    content = (folder / "saved.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_page_opens_with_all_pairs(explorer):
    assert explorer.locator("#summary").text_content() == (
        "5 pairs of 12 words, the closest first; 9 were requested, there are no more."
    )
    assert listed(explorer) == ranked(1, 2, 3, 4, 5)
    assert explorer.locator("#count").text_content() == "5 pairs"
    assert explorer.locator("#rows tr").nth(1).locator(".tag").all_text_contents() == ["spelling"]
    assert explorer.locator("#rows .tag").count() == 1
    colours = explorer.locator("#map canvas").evaluate(
        """one => new Set(new Uint32Array(
          one.getContext("2d").getImageData(0, 0, one.width, one.height).data.buffer)).size"""
    )
    assert colours > 20  # the map is drawn


def test_search_suggests_and_opens_a_word(explorer):
    explorer.keyboard.press("/")
    explorer.keyboard.type("L")
    offers = explorer.locator("#suggestions li bdi")
    assert offers.all_text_contents() == ["lungs", "left", "large", "pleural", "clear", "small", "nodule"]
    assert explorer.locator("#search").get_attribute("aria-activedescendant") == "offer-0"
    explorer.keyboard.press("ArrowDown")
    explorer.keyboard.press("ArrowDown")
    explorer.keyboard.press("ArrowUp")
    assert explorer.locator('#suggestions [aria-selected="true"] bdi').text_content() == "left"
    explorer.keyboard.press("ArrowUp")
    explorer.keyboard.press("Enter")
    assert heading(explorer) == "lungs"
    assert explorer.locator("#detail .facts").first.text_content() == "6 reports, 7 times, 2 different sentences"
    assert explorer.locator("#detail .sentences span").all_text_contents() == [TEXTS[1][0], TEXTS[2][0]]
    assert explorer.locator("#detail mark").all_text_contents() == ["lungs", "Lungs", "lung"]
    assert explorer.locator("#detail .words li").count() == 10
    assert explorer.url.endswith("#word=lungs")
    assert explorer.title() == "lungs · Word pairs"
    explorer.keyboard.press("Escape")
    assert listed(explorer) == ranked(1, 2, 3, 4, 5)
    assert "#" not in explorer.url


def test_search_in_any_script_and_without_result(explorer):
    search(explorer, "胸")
    assert heading(explorer) == "胸"
    assert explorer.locator("#detail mark").all_text_contents() == ["胸"]
    explorer.locator("#search").fill("GRÖSSE")
    assert explorer.locator("#notfound").text_content() == "No word here holds “GRÖSSE”."
    explorer.locator("#search").fill("GRÖß")
    assert explorer.locator("#suggestions li bdi").all_text_contents() == ["größe"]
    explorer.keyboard.press("Escape")
    assert explorer.locator("#search").input_value() == ""
    assert explorer.locator("#suggestions").is_hidden()


def test_a_pair_shows_sentences_with_both_words_or_with_each(explorer):
    explorer.locator("#rows button").first.click()
    assert heading(explorer) == "effusion – pleural"
    assert explorer.locator("#detail .facts").nth(1).text_content() == (
        "interchangeable: one can replace the other. "
        "11 sentences contain both, 2.8 times as often as by chance (PMI 1.5)."
    )
    assert explorer.locator("#detail .sentences span").all_text_contents() == [TEXTS[0][0], TEXTS[3][0]]
    assert explorer.locator("#detail mark").all_text_contents() == ["pleural", "effusion", "pleural", "effusion"]
    assert explorer.locator("#moves span").text_content() == "1 of 5"
    for _ in range(4):
        explorer.keyboard.press("ArrowRight")
    assert heading(explorer) == "effusion – unchanged"
    assert explorer.url.endswith("#left=effusion&right=unchanged")
    assert "No sentence contains both." in explorer.locator("#detail .facts").nth(1).text_content()
    heads = explorer.locator("#detail h3").all_text_contents()
    assert heads[:2] == ["Sentences with effusion: the most frequent 2 of 4", "Sentences with unchanged"]
    explorer.locator("#detail h2 button").last.click()
    assert heading(explorer) == "unchanged"
    explorer.go_back()
    assert heading(explorer) == "effusion – unchanged"


def test_a_long_sentence_is_cut_around_its_word(explorer):
    search(explorer, "nodule")
    text = explorer.locator("#detail .sentences span").text_content()
    assert text.startswith("… ")
    assert text.endswith("small right nodule.")
    assert len(text) < 300


def test_text_of_a_report_is_never_markup(explorer):
    search(explorer, "small")
    assert f"Small effusion. {HOSTILE}" in explorer.locator("#detail .sentences span").all_text_contents()
    assert explorer.locator("img").count() == 0
    assert explorer.locator("script").count() == 3


def test_a_click_on_the_map_opens_a_word_or_a_pair(explorer):
    search(explorer, "clear")
    explorer.keyboard.press("Escape")  # the word stays in the middle of the map
    box = explorer.locator("#map").bounding_box()
    explorer.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert heading(explorer) == "clear"
    explorer.keyboard.press("Escape")
    explorer.locator("#rows button").nth(2).click()
    explorer.keyboard.press("Escape")
    explorer.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # the middle of its line
    assert heading(explorer) == named(PAIRS[2])


def test_dragging_and_zooming_the_map(explorer):
    search(explorer, "clear")
    explorer.keyboard.press("Escape")
    box = explorer.locator("#map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    explorer.mouse.move(x, y)
    explorer.mouse.down()
    explorer.mouse.move(x + 90, y - 60, steps=3)
    explorer.mouse.up()
    assert explorer.locator("#detail").is_hidden()
    explorer.mouse.wheel(0, -300)  # zooms around the pointer, so the word stays there
    explorer.mouse.click(x + 90, y - 60)
    assert heading(explorer) == "clear"
    explorer.keyboard.press("Escape")
    explorer.locator("#map").focus()
    for key in ("+", "-", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
        explorer.keyboard.press(key)
    explorer.mouse.click(x + 90, y - 60)
    assert heading(explorer) == "clear"
    explorer.keyboard.press("Escape")
    explorer.locator("#map").focus()
    explorer.keyboard.press("0")
    explorer.mouse.click(box["x"] + 4, box["y"] + 4)  # nothing is there
    assert explorer.locator("#detail").is_hidden()


def test_filters_sorting_and_export(explorer, tmp_path):
    explorer.locator("#kinds label").nth(2).click()
    assert listed(explorer) == ranked(3)
    explorer.locator("#kinds label").nth(1).click()
    assert listed(explorer) == ranked(1, 2, 4, 5)
    explorer.locator("#threshold").fill("0.79")
    assert listed(explorer) == ranked(1, 2, 4)
    assert explorer.locator("#count").text_content() == "3 pairs of 5"
    explorer.get_by_role("button", name="Pair", exact=True).click()
    assert listed(explorer) == ranked(1, 4, 2)
    explorer.get_by_role("button", name="Together").click()
    assert listed(explorer) == ranked(1, 2, 4)
    assert explorer.locator('th[aria-sort="descending"]').text_content() == "Together"
    explorer.get_by_role("button", name="Together").click()
    assert listed(explorer) == ranked(4, 2, 1)
    rows = saved(explorer, tmp_path)
    assert rows[0] == [
        "rank", "left", "right", "cosine", "kind", "spelling", "together", "pmi",
        "left_count", "right_count", "left_documents", "right_documents",
    ]  # fmt: skip
    second = PAIRS[1]
    assert [row[0] for row in rows[1:]] == ["4", "2", "1"]
    assert rows[2] == [
        "2", "left", "right", str(second.cosine), "interchangeable", "yes", "3", "1.5",
        str(second.left_count), str(second.right_count), str(second.left_documents), str(second.right_documents),
    ]  # fmt: skip
    explorer.locator("#clear").click()
    assert len(listed(explorer)) == 5
    assert explorer.url.endswith("#sort=together")


def test_the_address_restores_a_state(page, file):
    ready(page, file + "#kind=interchangeable&min=0.79&sort=-rank")
    assert listed(page) == ranked(4, 2, 1)
    assert page.locator('[name="kind"]:checked').get_attribute("value") == "interchangeable"
    assert page.locator("#threshold").input_value() == "0.79"
    page.goto(file + "#left=large&right=small&kind=collocates")
    assert heading(page) == "large – small"
    page.goto(file + "#word=%E8%83%B8%E9%83%A8")
    assert heading(page) == "胸"


@pytest.mark.parametrize("state", ["word=__proto__", "kind=toString&sort=constructor&min=x", "left=a", "min=-1e9", "%"])
def test_an_unknown_address_is_ignored(page, file, state):
    ready(page, f"{file}#{state}")
    assert listed(page) == ranked(1, 2, 3, 4, 5)
    missing = page.locator("#notfound").text_content()
    assert missing == {
        "word=__proto__": "“__proto__” is not on this page.",
        "left=a": "“a – null” is not on this page.",
    }.get(state, "")


def test_the_page_can_be_used_by_keyboard(explorer):
    reached = []
    for _ in range(9):
        explorer.keyboard.press("Tab")
        reached.append(explorer.evaluate("(e => e.id || e.value || e.textContent)(document.activeElement)"))
    assert reached == ["search", "map", "nearer", "farther", "overview", "any", "threshold", "export", "#"]
    for _ in range(5):
        explorer.keyboard.press("Tab")
    explorer.keyboard.press("ArrowDown")
    explorer.keyboard.press("ArrowDown")
    explorer.keyboard.press("ArrowUp")
    explorer.keyboard.press("Enter")
    assert heading(explorer) == f"{named(PAIRS[1])} spelling variants?"
    explorer.keyboard.press("Escape")
    assert explorer.evaluate("document.activeElement.textContent") == named(PAIRS[1])
    explorer.keyboard.press("End")
    explorer.keyboard.press("Enter")
    assert heading(explorer) == named(PAIRS[4])


@pytest.mark.parametrize("width", [320, 375, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_light_and_dark(page, file, width, scheme):
    page.set_viewport_size({"width": width, "height": 760})
    page.emulate_media(color_scheme=scheme)
    for state in ("", "#word=effusion", "#left=large&right=small"):
        page.goto("about:blank")  # so that the page is loaded again
        ready(page, file + state)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", back))) < 128) == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(explorer, scheme):
    """WCAG 2 AA: 4.5 to 1 for text on its background, 3 to 1 for the lines of the map."""
    explorer.emulate_media(color_scheme=scheme)
    names = "back text soft panel own on-own marked wash interchangeable collocates near paired".split()
    colours = explorer.evaluate(
        """names => Object.fromEntries(names.map(name => {
          const box = document.body.appendChild(document.createElement("i"));
          box.style.color = `var(--${name})`;
          return [name, getComputedStyle(box).color.match(/\\d+/g).map(Number)];
        }))""",
        names,
    )

    def light(name):
        parts = [part / 255 for part in colours[name]]
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    texts = "text/back text/panel text/marked text/wash soft/back soft/panel soft/wash own/back on-own/own near/back"
    lines = "interchangeable/back collocates/back paired/back"
    for pair, least in [*((one, 4.5) for one in texts.split()), *((one, 3) for one in lines.split())]:
        text, ground = pair.split("/")
        high, low = sorted((light(text), light(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= least, (text, ground)


@pytest.mark.parametrize(
    ("count", "summary"),
    [
        (0, "0 words, and no two words to compare."),
        (1, "1 word, and no two words to compare."),
        (2, "1 pair of 2 words, the closest first; 100 were requested, there are no more."),
    ],
)
def test_a_corpus_of_few_words(page, tmp_path, count, summary):
    words, sentences = WORDS[:count], [Sentence("No pleural effusion.", 1, [row for row in (1, 0) if row < count])]
    pairs = [pair for pair in PAIRS if pair.left == "effusion" and pair.right == "pleural"] if count == 2 else []
    write_page(tmp_path / "page.html", pairs, 100, words, VECTORS[:count], sentences)
    page.goto((tmp_path / "page.html").as_uri())
    assert page.locator("#summary").text_content() == summary
    if count == 0:
        assert page.locator("#nomap").text_content() == "There is no word to show."
        return
    page.locator("#map canvas").wait_for()
    search(page, "e")
    assert heading(page) == "effusion"
    page.keyboard.press("Escape")
    if count == 1:
        assert page.locator("#empty").text_content() == "There are no two words to compare."
        assert page.locator("#export").is_disabled()
