"""The documents as a site: its pages and its links, without building it (make site builds it and checks every link)."""

from itertools import chain
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tools.reference import DOCS, PAGES
from tools.site_links import for_site, pictures

ROOT = Path(__file__).parents[1]
WEB = "https://example.org/us/tare"


@pytest.mark.parametrize(
    ("text", "source", "found"),
    [
        ('<img alt="x" src="docs/verdict-light.svg">', "README.md", '<img alt="x" src="verdict-light.svg">'),
        ("[a](docs/models.md#lora)", "README.md", "[a](models.md#lora)"),
        ("[a](recipes/qa/README.md)", "README.md", "[a](recipes/qa.md)"),
        ("[a](models.md), [b](#top)", "docs/words.md", "[a](models.md), [b](#top)"),
        ("[a](../README.md)", "docs/words.md", "[a](index.md)"),
        ("[a](../recipes/qa/README.md#x)", "docs/words.md", "[a](recipes/qa.md#x)"),
        ("[a](../recipes/qa/dvc.yaml)", "docs/words.md", f"[a]({WEB}/blob/main/recipes/qa/dvc.yaml)"),
        ("[a](../qa/README.md#x)", "recipes/company/README.md", "[a](qa.md#x)"),
        ("[a](../../docs/experiments.md)", "recipes/qa/README.md", "[a](../experiments.md)"),
        ("[a](params.yaml)", "recipes/qa/README.md", f"[a]({WEB}/blob/main/recipes/qa/params.yaml)"),
        ("![roc](plots/roc.png)", "recipes/qa/README.md", "![roc](qa/plots/roc.png)"),
        ("![words](plots/words.png)", "README.md", "![words](plots/words.png)"),
        ("[a](https://dvc.org/doc) [b](mailto:a@b.org)", "README.md", "[a](https://dvc.org/doc) [b](mailto:a@b.org)"),
        ("[![t](../../x.svg)](../../runs)", "README.md", ""),
    ],
)
def test_links_lead_within_the_site_or_to_the_repository(text, source, found):
    assert for_site(text, source, WEB) == found


def test_without_a_repository_what_is_not_in_the_site_is_plain_text():
    text = "See [the code](CONTRIBUTING.md), [a page](docs/words.md) ![words](plots/words.png)."
    assert for_site(text, "README.md", None) == "See the code, [a page](words.md) ![words](plots/words.png)."


def test_pictures_outside_docs_come_along():
    text = (
        "![a](plots/a.png) [![t](../../../../x.svg)](../../runs) ![b](../../docs/b.svg) ![c](https://example.org/c.png)"
    )
    assert pictures(text, "recipes/qa/README.md") == {"recipes/qa/plots/a.png"}


def test_the_menu_begins_with_the_start_and_has_every_page_once():
    menu = YAML(typ="safe").load((ROOT / "properdocs.yml").read_text(encoding="utf-8").replace("!ENV ", ""))["nav"]
    assert " | ".join(title for page in menu for title in page) == (
        "Start | Your data | Reading the report | Studies | Use and publish | Recipes | Metrics | Settings | "
        "Architecture | Experiments"
    )
    given = [value for page in menu for value in page.values()]
    names = [
        name for value in given for name in ([value] if isinstance(value, str) else chain(*map(dict.values, value)))
    ]
    recipes = (f"recipes/{path.parent.name}.md" for path in ROOT.glob("recipes/*/README.md"))
    documents = (path.name for suffix in ("md", "html") for path in (ROOT / "docs").glob(f"*.{suffix}"))
    assert sorted(names) == sorted(["index.md", *recipes, *documents])


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_that_of_the_code(name):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run make schema"


def test_the_reference_says_what_a_setting_may_be():
    page = PAGES["settings.md"]()
    assert "| `method` | The weights that are trained: an adapter, or all. | `lora`, `full` |  |" in page
    assert "above 0 to 1" in page.split("| `lr` |")[1].splitlines()[0]
    assert page.split("| `seed` | Fixes the split alone")[1].splitlines()[0].endswith("or `null` | `null` |")
