"""The plots page: one section a pipeline, the main one first, everything in the file, names of the user's as text."""

import json
import re
from pathlib import Path

import pytest

from pipeline_lib.core.files import write_text
from tools.plots_page import page as plots_page
from tools.plots_page import pipelines

pytest_plugins = ["tests.helpers.browser"]

PIXEL = b"\x89PNG\r\n\x1a\n"
CHART = {"mark": "point", "data": {"values": [{"x": 1}]}, "encoding": {"x": {"field": "x", "type": "quantitative"}}}
MAIN = "plots:\n  - Loss:\n      x: step\n  - plots/a.png\n  - plots/<b>.png\n  - plots/gone.png\n"
RECIPE = "plots:\n  - plots/a.png\n  - Loss:\n      x: step\n  - Own:\n      x: step\n"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return what the page shows of two pipelines with plots, one of which DVC could not draw, and one without."""
    monkeypatch.chdir(tmp_path)
    files = [Path("dvc.yaml"), Path("recipes/qa/dvc.yaml"), Path("recipes/none/dvc.yaml")]
    for file, text in zip(files, (MAIN, RECIPE, "stages: {}\n"), strict=True):
        write_text(file, text)
    picture = tmp_path / "x.png"
    picture.write_bytes(PIXEL)

    def image(*revisions):
        return [{"type": "image", "revisions": [one], "url": str(picture)} for one in revisions]

    chart = [{"type": "vega", "revisions": ["a", "b"], "content": json.dumps(CHART | {"title": "</script><b>"})}]
    plots = {
        "recipes/qa/dvc.yaml::Loss": [{"type": "vega", "revisions": ["a"], "content": CHART}],
        "dvc.yaml::Loss": chart, "Own": chart, "recipes/qa/plots/a.png": image("a"), "plots/a.png": image("a", "b"),
        "plots/<b>.png": image("a"), "plots/gone.png": [],
    }  # fmt: skip
    return pipelines(files, plots)


def test_each_pipeline_has_its_own_plots_in_the_order_of_its_file(made):
    assert [(one["key"], one["name"]) for one in made] == [("main", "Main pipeline"), ("qa", "qa")]
    main, recipe = made
    assert [one["name"] for one in main["pictures"]] == ["plots/a.png", "plots/<b>.png"]
    assert [version["revision"] for version in main["pictures"][0]["versions"]] == ["a", "b"]
    assert main["missing"] == ["plots/gone.png"]
    assert [one["name"] for one in recipe["charts"]] == ["Loss", "Own"]
    assert ("title" in main["charts"][0]["content"], "title" in recipe["charts"][0]["content"]) == (True, False)
    keys = [chart["key"] for one in made for chart in one["charts"]]
    assert len(set(keys)) == len(keys) == 3


def test_the_page_loads_nothing_and_names_are_text(made):
    html = plots_page(made, ["main", "<i>exp</i>"])
    assert "Of main, &lt;i&gt;exp&lt;/i&gt;." in html
    assert "plots/&lt;b&gt;.png" in html
    assert "<b>" not in html.split("<script")[0]
    assert not re.search(r'(?:src|href)="(?!data:|#)', html.split("<script")[0])
    assert re.findall(r'<a href="#(\w+)">', html) == re.findall(r'<section id="(\w+)">', html) == ["main", "qa"]
    assert "Not there yet: plots/gone.png." in html
    assert html.count("<figcaption>") == 4, "with two runs, each picture says which one it is of"
    assert "<figcaption>" not in plots_page(made, [])


@pytest.mark.parametrize("width", [375, 1440])
def test_charts_are_drawn_and_the_page_is_not_wider_than_the_screen(made, tmp_path, page, width):
    (tmp_path / "index.html").write_text(plots_page(made, []), encoding="utf-8")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_function("document.querySelectorAll('.chart svg').length === 3")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("nav a[href='#qa']")
    assert page.evaluate("document.querySelector('#qa').getBoundingClientRect().top") < 900
