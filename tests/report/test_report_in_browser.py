"""The report page in a browser: text stays text, rows can be filtered and ordered, it can be read on any screen."""

import csv

import pytest

from pipeline_lib.core.files import write_csv, write_jsonl
from pipeline_lib.report.templates import typeset
from pipeline_lib.report.verdict import verdict
from stages import report
from tests.helpers import label_run
from tests.helpers.pages import check_page
from tests.helpers.report_run import DEFINITIONS, HOSTILE, LONG, SCORES, answer_file, command, write_run

pytest_plugins = ("tests.helpers.browser",)
COLOUR = "name => getComputedStyle(document.querySelector(name)).color"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages of a run that writes answers and of one that gives labels, by kind."""
    answers = write_run(tmp_path_factory.mktemp("answers"))
    report.main([*command(answers), "--pairs-figure", f"{answers}/pairs.png"])
    (answers / "pages" / "words.html").write_text("<!doctype html><title>words</title>", encoding="utf-8")
    labels = label_run.write_label_run(tmp_path_factory.mktemp("labels"), label_run.HOSTILE)
    report.main(command(labels))
    return {"answers": answers / "pages" / "report.html", "labels": labels / "pages" / "report.html"}


@pytest.fixture
def answers(page, pages):
    page.goto(pages["answers"].as_uri())
    return page


@pytest.fixture
def labels(page, pages):
    page.goto(pages["labels"].as_uri())
    return page


@pytest.fixture(params=["answers", "labels"])
def either(request):
    return request.getfixturevalue(request.param)


def shown(page) -> list[str]:
    return page.eval_on_selector_all("article", "all => all.filter(one => !one.hidden).map(one => one.id.slice(4))")


def test_the_worst_row_comes_first_and_rows_can_be_searched_and_filtered(answers):
    assert answers.locator("h1").text_content() == typeset(verdict(SCORES, DEFINITIONS))
    texts = answers.eval_on_selector_all(".answer .text", "all => all.map(one => one.textContent)")
    for hostile in HOSTILE[:7]:
        assert hostile in texts
    long = answers.locator("#row-\\%3C8\\%3E .input")
    assert "".join(long.locator(".text").all_text_contents()) == LONG
    assert not long.locator(".rest .text").is_visible()
    assert long.locator("summary").text_content() == "Show the rest, 19,100 characters"
    long.locator("summary").press("Enter")
    assert long.locator(".rest .text").is_visible()
    assert answers.locator("main img").count() == 1  # the word pairs
    assert answers.locator("h2").all_text_contents()[:2] == ["Rows to look at first", "The figures"]
    assert shown(answers) == ["7", "a%20b", "1", "12", "3", "4", "6", "%3C8%3E"]
    answers.select_option("#order", "-gain")
    assert shown(answers)[0] == "%3C8%3E"
    answers.select_option("#order", "similarity")
    assert shown(answers)[:2] == ["1", "12"]
    answers.click("button[type=reset]")
    answers.wait_for_function("() => document.querySelector('article').id === 'row-7'")

    def found(text="", **options):
        answers.fill("#search", text)
        for name, value in options.items():
            answers.select_option(f"#{name}" if name == "outcome" else "[data-facet='0']", value)
        return shown(answers), answers.locator("#count").text_content()

    assert (found()[1], found("FOURTH")[0]) == ("8 of 8 rows", ["4"])
    assert "1" in found("<SCRIPT>")[0]
    assert found("no such text")[0] == []
    assert answers.locator("#none").is_visible()
    assert (found(outcome="worse")[0], found(outcome="equal")[0]) == (["7"], ["a%20b"])
    assert found(outcome="", facet='="><b>') == (["3", "6"], "2 of 8 rows")


def test_rows_of_labels_are_ordered_by_mistake_and_filtered(labels):
    assert shown(labels)[0] == "r1"
    labels.select_option("#order", "-mistake")
    wrong, right = shown(labels)[:3], shown(labels)[3:]
    assert wrong == ["r7", "r1", "r4"]
    assert (right[0], right[-1]) == ("r11", "r3")  # the least confident of the right ones follow
    assert labels.locator("#row-r7 .tuned .confidence").text_content() == "99.0%"
    assert labels.locator("#row-r7 .tuned .wrong").text_content() == "✗ wrong"
    names = "all => all.map(one => one.firstChild.data.trim())"
    assert labels.locator("label:has([data-facet])").evaluate_all(names) == ["label", "predicted"]
    labels.select_option("[data-facet='0']", f"={label_run.HOSTILE[0]}")
    assert len(shown(labels)) == 4
    labels.select_option("[data-facet='2']", f"={label_run.HOSTILE[0]}")
    chosen = shown(labels)
    assert chosen
    assert labels.locator(f"#row-{chosen[0]} .label dd").text_content() == label_run.HOSTILE[0]
    labels.click("button[type=reset]")
    labels.wait_for_function("() => document.getElementById('count').textContent === '12 of 12 rows'")
    labels.select_option("#outcome", "worse")
    assert shown(labels) == ["r1"]


def test_answers_with_faults_come_first_and_are_filtered_by_keyboard(page, tmp_path):
    metrics = write_run(tmp_path) / "metrics"
    with (metrics / "rows.csv").open(encoding="utf-8", newline="") as file:
        rows = [row | {"tuned.negation_flip": int(row["id"] in ("12", "6"))} for row in csv.DictReader(file)]
    write_csv(metrics / "rows.csv", list(rows[0]), rows)
    report.main(command(tmp_path))
    page.goto((tmp_path / "pages" / "report.html").as_uri())
    everything = ["12", "6", "7", "a%20b", "1", "3", "4", "%3C8%3E"]
    assert shown(page) == everything
    assert page.locator("#row-12 .chip").all_text_contents() == ["negation flipped"]
    assert page.locator("#first .dangerous .card").count() == 2
    page.locator("#outcome").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "fault"
    by_key = []
    for _ in range(4):
        page.keyboard.press("ArrowDown")
        by_key.append((page.locator("#fault").input_value(), shown(page)))
    assert by_key == [
        ("*", ["12", "6", "4"]), ("negation_flip", ["12", "6"]), ("leaked", ["4"]),
        ("none", [name for name in everything if name not in ("12", "6", "4")]),
    ]  # fmt: skip
    page.select_option("#fault", "")
    page.select_option("#order", "gain")
    assert shown(page)[0] == "7"
    page.select_option("#order", "-weight")
    assert shown(page) == everything


NESTED = """() => [...document.querySelectorAll("body *")].filter(one => {
  const style = getComputedStyle(one);
  return (one.scrollHeight > one.clientHeight + 1 && /auto|scroll|hidden|clip/.test(style.overflowY) ||
    one.scrollWidth > one.clientWidth + 1 && /auto|scroll|hidden|clip/.test(style.overflowX) &&
      !style.backgroundImage.includes("gradient")) && one.clientHeight > 1;
}).map(one => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("width", [375, 1200])
def test_nothing_is_cut_without_a_mark(either, width):
    either.set_viewport_size({"width": width, "height": 760})
    assert either.evaluate(NESTED) == []


def test_links_lead_somewhere(either):
    for href in either.eval_on_selector_all("a[href^='#']", "all => all.map(one => one.getAttribute('href'))"):
        assert either.evaluate("id => document.getElementById(id) !== null", href[1:]), href


def test_a_link_to_a_hidden_row_shows_it(answers):
    answers.fill("#search", "fourth")
    for anchor in ("row-12", "row-a%20b", "row-%3C8%3E"):
        answers.evaluate("anchor => { location.hash = anchor; }", anchor)
        answers.wait_for_function("anchor => document.getElementById(anchor).matches(':target')", arg=anchor)
        answers.wait_for_function("anchor => !document.getElementById(anchor).hidden", arg=anchor)


def test_the_page_of_the_words_is_linked_and_the_keyboard_reaches_the_controls(answers):
    answers.locator("#search").focus()
    answers.keyboard.type("fourth")
    assert shown(answers) == ["4"]
    answers.keyboard.press("Tab")
    assert answers.evaluate("document.activeElement.id") == "outcome"
    answers.click("#pairs a >> nth=0")
    assert answers.title() == "words"


def test_it_fits_every_width_and_can_be_used_by_all(either):
    check_page(either)


def test_the_verdict_has_its_colour_and_it_prints(answers):
    word, body = (answers.evaluate(COLOUR, name) for name in ("h1 .word", "body"))
    assert word != body
    answers.emulate_media(media="print", color_scheme="dark")
    assert answers.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert answers.evaluate("getComputedStyle(document.querySelector('form')).display") == "none"
    assert answers.pdf(format="A4").startswith(b"%PDF")


def test_it_can_be_read_without_javascript(browser, pages):
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(pages["answers"].as_uri())
    assert plain.locator("article:visible").count() == 8
    assert not plain.locator("#controls").is_visible()
    context.close()


FILTER = """() => {
  const start = performance.now(), [box, order] = ["search", "order"].map(id => document.getElementById(id));
  [box.value, order.value] = ["input 77.", "-gain"];
  for (const one of [box, order]) one.dispatchEvent(new Event("input", { bubbles: true }));
  return performance.now() - start;
}"""


def test_a_thousand_rows_are_filtered_at_once(page, tmp_path):
    scores, ids = SCORES | {"n": 1000}, [str(i) for i in range(1000)]
    metrics = write_run(tmp_path, scores=scores) / "metrics"
    with (metrics / "rows.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    write_csv(metrics / "rows.csv", list(row), [row | {"id": i, "tuned.rougeL": int(i) / 1000} for i in ids])
    rows = [{"id": i, "source": f"input {i}. " + "text " * 100, "target": "t"} for i in ids]
    write_jsonl(tmp_path / "data" / "split" / "test.jsonl", rows)
    for name in ("untrained", "tuned", "baselines/nearest_row"):
        write_jsonl(answer_file(tmp_path, name), [{"id": i, "prediction": f"answer {i}"} for i in ids])
    report.main(command(tmp_path))
    page.goto((tmp_path / "pages" / "report.html").as_uri())
    milliseconds = page.evaluate(FILTER)
    assert shown(page) == ["77"]
    assert milliseconds < 2000  # some tens on an idle machine
