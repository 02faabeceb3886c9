"""The word page: its data, that text is never markup, and its use in a real browser."""

import base64
import csv
import io
import itertools
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pipeline_lib.report.explorer import word_page as module
from pipeline_lib.report.explorer.word_page import page_data, write_page
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.pair_table import Pair
from tests.helpers.pages import check_page, saved
from tests.helpers.stages import refused
from tests.helpers.word_corpus import HOSTILE, NAMES, TEXTS, corpus, data_of

pytest_plugins = ("tests.helpers.browser",)

WORDS, VECTORS, SENTENCES, PAIRS = corpus()
KINDS = ["interchangeable", "collocates", "opposite", "derivation"]


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
    members = [[at for at, word in enumerate(data["words"]) if word[10] == number] for number in range(2)]
    assert [len(one) for one in members] == [cluster[3] for cluster in data["clusters"]]
    assert [at for at, word in enumerate(data["words"]) if word[10] is None] == [5, 7]  # two words are no cluster
    for (name, x, y, _), one in zip(data["clusters"], members, strict=True):
        assert set(name) <= set(one)
        assert [x, y] == [round(float(np.median([data["words"][at][axis] for at in one])), 4) for axis in (1, 2)]
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


def test_a_long_list_is_cut_and_the_map_has_the_words_of_the_pairs_first(monkeypatch):
    monkeypatch.setattr(module, "MAX_WORDS", 5)
    pairs = [pair for pair in PAIRS if {pair.left, pair.right} <= {"größe", "unchanged"}]
    data = page_data(pairs, 1, WORDS, VECTORS, SENTENCES)
    shown = [word[0] for word in data["words"]]
    assert shown == ["effusion", "pleural", "lungs", "größe", "unchanged"]  # then those in most documents
    assert (data["total_words"], data["pairs"][0][1:3]) == (12, [3, 4])
    assert {name for word in data["words"] for name in word[6] if isinstance(name, str)} == set(NAMES) - set(shown)
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
    refused(message, page_data, **given)


# In a browser. The fixture `page` fails a test whose page logs an error or asks the network for anything.
@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "word_pairs.html"
    write_page(path, PAIRS, 9, WORDS, VECTORS, SENTENCES)
    return path.as_uri()


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


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def texts(page, name):
    return page.locator(name).all_text_contents()


def heading(page):
    return page.locator("#detail h2").text_content()


def listed(page):
    return texts(page, "#rows button")


def named(pair):
    return f"{pair.left} – {pair.right}"


def ranked(*numbers):
    return [named(PAIRS[number - 1]) for number in numbers]


def test_the_page_opens_with_all_pairs(explorer):
    assert texts(explorer, "#summary") == [
        "5 pairs of 12 words, the closest first; 9 were requested, there are no more."
    ]
    assert listed(explorer) == ranked(1, 2, 3, 4, 5)
    assert texts(explorer, "#count") == ["5 pairs"]
    assert explorer.locator("#rows tr").nth(1).locator(".tag").all_text_contents() == ["spelling"]
    assert explorer.locator("#rows .tag").count() == 1
    colours = explorer.locator("#map canvas").evaluate(
        """one => new Set(new Uint32Array(
          one.getContext("2d").getImageData(0, 0, one.width, one.height).data.buffer)).size"""
    )
    assert colours > 20  # the map is drawn


def test_search_suggests_and_opens_a_word_in_any_script(explorer):
    press(explorer, "/", "L")
    offers = "#suggestions li bdi"
    assert texts(explorer, offers) == ["lungs", "left", "large", "pleural", "clear", "small", "nodule"]
    assert explorer.locator("#search").get_attribute("aria-activedescendant") == "offer-0"
    press(explorer, "ArrowDown", "ArrowDown", "ArrowUp")
    assert texts(explorer, '#suggestions [aria-selected="true"] bdi') == ["left"]
    press(explorer, "ArrowUp", "Enter")
    assert heading(explorer) == "lungs"
    assert texts(explorer, "#detail .facts")[0] == ("6 reports, 7 times, 2 different sentences; cluster right, lungs")
    assert texts(explorer, "#detail .sentences span") == [TEXTS[1][0], TEXTS[2][0]]
    assert texts(explorer, "#detail mark") == ["lungs", "Lungs", "lung"]
    assert explorer.locator("#detail .words li").count() == 10
    assert explorer.url.endswith("#word=lungs")
    assert explorer.title() == "lungs · Word pairs"
    press(explorer, "Escape")
    assert listed(explorer) == ranked(1, 2, 3, 4, 5)
    assert "#" not in explorer.url
    search(explorer, "胸")
    assert heading(explorer) == "胸"
    assert texts(explorer, "#detail mark") == ["胸"]
    explorer.locator("#search").fill("GRÖSSE")
    assert texts(explorer, "#notfound") == ["No word here holds “GRÖSSE”."]
    explorer.locator("#search").fill("GRÖß")
    assert texts(explorer, "#suggestions li bdi") == ["größe"]
    press(explorer, "Escape")
    assert explorer.locator("#search").input_value() == ""
    assert explorer.locator("#suggestions").is_hidden()


def test_a_pair_shows_sentences_which_are_cut_and_never_markup(explorer):
    explorer.locator("#rows button").first.click()
    assert heading(explorer) == "effusion – pleural"
    assert texts(explorer, "#detail .facts")[1] == (
        "interchangeable: one can replace the other. "
        "11 sentences contain both, 2.8 times as often as by chance (PMI 1.5)."
    )
    assert texts(explorer, "#detail .sentences span") == [TEXTS[0][0], TEXTS[3][0]]
    assert texts(explorer, "#detail mark") == ["pleural", "effusion", "pleural", "effusion"]
    assert texts(explorer, "#moves span") == ["1 of 5"]
    press(explorer, *["ArrowRight"] * 4)
    assert heading(explorer) == "effusion – unchanged"
    assert explorer.url.endswith("#left=effusion&right=unchanged")
    assert "No sentence contains both." in texts(explorer, "#detail .facts")[1]
    heads = ["Sentences with effusion: the most frequent 2 of 4", "Sentences with unchanged"]
    assert texts(explorer, "#detail h3")[:2] == heads
    explorer.locator("#detail h2 button").last.click()
    assert heading(explorer) == "unchanged"
    explorer.go_back()
    assert heading(explorer) == "effusion – unchanged"
    search(explorer, "nodule")
    (text,) = texts(explorer, "#detail .sentences span")
    assert text.startswith("… ")
    assert text.endswith("small right nodule.")
    assert len(text) < 300
    search(explorer, "small")
    assert f"Small effusion. {HOSTILE}" in texts(explorer, "#detail .sentences span")
    assert (explorer.locator("img").count(), explorer.locator("script").count()) == (0, 3)


def middle_of_the_map(page):
    box = page.locator("#map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_map_opens_a_word_or_a_pair_and_is_dragged(explorer):
    search(explorer, "clear")
    press(explorer, "Escape")  # the word stays in the middle of the map
    explorer.mouse.click(*middle_of_the_map(explorer))
    assert heading(explorer) == "clear"
    press(explorer, "Escape")
    explorer.locator("#rows button").nth(2).click()
    press(explorer, "Escape")
    explorer.mouse.click(*middle_of_the_map(explorer))  # the middle of its line
    assert heading(explorer) == named(PAIRS[2])
    search(explorer, "clear")
    press(explorer, "Escape")
    x, y = middle_of_the_map(explorer)
    explorer.mouse.move(x, y)
    explorer.mouse.down()
    explorer.mouse.move(x + 90, y - 60, steps=3)
    explorer.mouse.up()
    assert explorer.locator("#detail").is_hidden()
    explorer.mouse.wheel(0, -300)  # zooms around the pointer, so the word stays there
    explorer.mouse.click(x + 90, y - 60)
    assert heading(explorer) == "clear"
    press(explorer, "Escape")
    explorer.locator("#map").focus()
    press(explorer, "+", "-", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown")
    explorer.mouse.click(x + 90, y - 60)
    assert heading(explorer) == "clear"
    press(explorer, "Escape")
    explorer.locator("#map").focus()
    press(explorer, "0")
    box = explorer.locator("#map").bounding_box()
    explorer.mouse.click(box["x"] + 4, box["y"] + 4)  # nothing is there
    assert explorer.locator("#detail").is_hidden()


DRAWN = "() => document.querySelector('#map canvas').toDataURL()"


def still(page):
    """Return the picture of the map once it no longer changes."""
    last = ""
    while (now := page.evaluate(DRAWN)) != last:
        last = now
        page.wait_for_timeout(150)
    return now


def pixels(url):
    """Return the pixels of a picture that `still` returned."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))))


def test_all_words_are_shown_when_the_window_becomes_another(page, file):
    expected = pixels(still(ready(page, file)))
    page.set_viewport_size({"width": 375, "height": 500})
    page.goto("about:blank")
    assert pixels(still(ready(page, file))).shape != expected.shape
    page.set_viewport_size({"width": 1200, "height": 900})
    page.wait_for_function("wide => document.querySelector('#map canvas').width === wide", arg=expected.shape[1])
    assert (pixels(still(page)) != expected).any(axis=-1).sum() < 100  # letters may differ by a pixel


@pytest.mark.parametrize("chosen", ["a search", "a pair of the table"])
def test_the_names_are_where_the_words_are_after_the_map_has_moved(page, file, chosen):
    """What is drawn after a motion is what is drawn without: a name once stayed where its word had been."""

    def choose():
        if chosen == "a search":
            search(page, "clear")
        else:
            page.locator("#rows button").nth(3).click()

    before = still(ready(page, file))
    choose()
    page.wait_for_function(f"before => ({DRAWN})() !== before", arg=before)
    expected = still(page)
    page.goto("about:blank")
    page.emulate_media(reduced_motion="no-preference")
    assert still(ready(page, file)) == before
    choose()
    page.wait_for_function(f"expected => ({DRAWN})() === expected", arg=expected, timeout=10_000)


def test_derivations_are_shown_when_asked_and_every_kind_has_its_mark(page, tmp_path):
    pairs = [replace(pair, kind=kind) for pair, kind in zip(PAIRS, [*KINDS, "derivation"], strict=True)]
    write_page(tmp_path / "page.html", pairs, 5, WORDS, VECTORS, SENTENCES)
    ready(page, (tmp_path / "page.html").as_uri())
    assert texts(page, "#count") == ["3 pairs of 5"]
    assert listed(page) == ranked(1, 2, 3)
    assert page.locator("#clear").is_hidden()
    page.locator("#boxes label").nth(3).click()
    assert listed(page) == ranked(1, 2, 3, 4, 5)
    assert page.url.endswith("#kind=interchangeable%2Ccollocates%2Copposite%2Cderivation")
    assert texts(page, "#rows td.kind") == [pair.kind for pair in pairs]
    look = "one => ['backgroundImage', 'backgroundColor', 'border'].map(name => getComputedStyle(one)[name]).join()"
    assert len(set(page.eval_on_selector_all("#rows .dot", f"all => all.map({look})"))) == 4
    page.locator("#rows button").nth(2).click()
    assert "opposite: one is the opposite or the negation of the other." in texts(page, "#detail .facts")[1]
    press(page, "ArrowRight")
    assert "derivation: formed of one stem." in texts(page, "#detail .facts")[1]
    page.locator("#back").click()
    page.locator("#clear").click()
    assert listed(page) == ranked(1, 2, 3)


def test_it_prints_in_light_colours_with_all_pairs(page, file):
    page.emulate_media(color_scheme="dark")
    ready(page, file)
    dark = page.evaluate(DRAWN)
    page.evaluate(f"() => addEventListener('beforeprint', () => {{ window.printed = ({DRAWN})(); }})")
    assert page.pdf(format="A4").startswith(b"%PDF")
    printed = page.evaluate("window.printed")
    page.wait_for_function(f"dark => ({DRAWN})() === dark", arg=dark)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"printed => ({DRAWN})() === printed", arg=printed)
    page.emulate_media(color_scheme="dark", media="print")
    page.set_viewport_size({"width": 700, "height": 900})
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert [page.locator(name).is_visible() for name in ("#finder", "#filters", "#zoom", "#rows", "#legend")] == [
        False, False, False, True, True,
    ]  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("getComputedStyle(document.querySelector('#frame')).overflowY") == "visible"


def test_filters_sorting_and_export(explorer, tmp_path):
    def sorted_by(name):
        explorer.get_by_role("button", name=name, exact=name == "Pair").click()
        return listed(explorer)

    kinds = explorer.locator("#boxes label")
    assert kinds.all_text_contents() == ["interchangeable 4", "collocates 1", "opposite 0", "derivation 0"]
    kinds.nth(0).click()
    assert listed(explorer) == ranked(3)
    kinds.nth(1).click()
    assert (listed(explorer), texts(explorer, "#empty")) == ([], ["No pair passes these filters."])
    assert explorer.url.endswith("#kind=opposite")
    kinds.nth(0).click()
    assert listed(explorer) == ranked(1, 2, 4, 5)
    low, high = PAIRS[-1].cosine, PAIRS[0].cosine
    assert texts(explorer, "#range") == [f", of {int(low * 100) / 100:.2f} to {high:.2f}"]
    explorer.locator("#threshold").fill("0.79")
    assert texts(explorer, "#count") == ["3 pairs of 5"]
    assert listed(explorer) == ranked(1, 2, 4)
    assert sorted_by("Pair") == ranked(1, 4, 2)
    assert sorted_by("Together") == ranked(1, 2, 4)
    assert texts(explorer, 'th[aria-sort="descending"]') == ["Together"]
    assert sorted_by("Together") == ranked(4, 2, 1)
    content = saved(explorer, "#export", tmp_path).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    counts = [f"{side}_{of}" for of in ("count", "documents") for side in ("left", "right")]
    assert rows[0] == [*"rank left right cosine kind spelling together pmi".split(), *counts]
    second = PAIRS[1]
    assert [row[0] for row in rows[1:]] == ["4", "2", "1"]
    assert rows[2] == [
        "2", "left", "right", str(second.cosine), "interchangeable", "yes", "3", "1.5",
        *(str(getattr(second, name)) for name in counts),
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
    page.goto(file + "#word=%E8%83%B8")
    assert heading(page) == "胸"


@pytest.mark.parametrize(("state", "message"), [
    ("word=__proto__", "“__proto__” is not on this page."), ("left=a", "“a – null” is not on this page."),
    ("kind=toString&sort=constructor&min=x", ""), ("min=-1e9", ""), ("%", ""),
])  # fmt: skip
def test_an_unknown_address_is_ignored(page, file, state, message):
    ready(page, f"{file}#{state}")
    assert listed(page) == ranked(1, 2, 3, 4, 5)
    assert texts(page, "#notfound") == [message]


def test_the_page_can_be_used_by_keyboard(explorer):
    reached = []
    for _ in range(12):
        press(explorer, "Tab")
        reached.append(explorer.evaluate("(e => e.id || e.value || e.textContent)(document.activeElement)"))
    assert reached == ["search", "map", "nearer", "farther", "overview", *KINDS, "threshold", "export", "#"]
    press(explorer, *["Tab"] * 5, "ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    assert heading(explorer) == f"{named(PAIRS[1])} spelling variants?"
    press(explorer, "Escape")
    assert explorer.evaluate("document.activeElement.textContent") == named(PAIRS[1])
    press(explorer, "End", "Enter")
    assert heading(explorer) == named(PAIRS[4])


def test_it_fits_every_width_and_can_be_used_by_all(page, file):
    for state in ("", "#word=effusion", "#left=large&right=small"):
        page.goto("about:blank")  # so that the page is loaded again
        check_page(ready(page, file + state))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(explorer, scheme):
    """WCAG 2 AA: 4.5 to 1 for text on its background, 3 to 1 for the lines of the map."""
    explorer.emulate_media(color_scheme=scheme)
    names = ["back", "text", "soft", "panel", "link", "on-link", "marked", "wash", *KINDS, "near", "paired"]
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

    texts = "text/back text/panel text/marked text/wash soft/back soft/panel soft/wash link/back on-link/link near/back"
    lines = "interchangeable/back collocates/back opposite/back derivation/back paired/back"
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
    assert texts(page, "#summary") == [summary]
    if count == 0:
        assert texts(page, "#nomap") == ["There is no word to show."]
        return
    page.locator("#map canvas").wait_for()
    search(page, "e")
    assert heading(page) == "effusion"
    press(page, "Escape")
    if count == 1:
        assert texts(page, "#empty") == ["There are no two words to compare."]
        assert page.locator("#export").is_disabled()
