"""The documents as a site: its pages and its links, without building it (make site builds it and checks every link)."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tools.reference import DOCS, PAGES
from tools.site_links import for_site

ROOT = Path(__file__).parents[1]
WEB = "https://example.org/us/tare"


@pytest.mark.parametrize(
    ("text", "folder", "found"),
    [
        ('<img alt="x" src="docs/verdict-light.svg">', "", '<img alt="x" src="verdict-light.svg">'),
        ("[a](docs/models.md#lora)", "", "[a](models.md#lora)"),
        ("[a](models.md), [b](#top)", "docs", "[a](models.md), [b](#top)"),
        ("[a](../README.md)", "docs", "[a](index.md)"),
        ("[a](../recipes/qa/README.md#x)", "docs", f"[a]({WEB}/blob/main/recipes/qa/README.md#x)"),
        ("![words](plots/words.png)", "", f"![words]({WEB}/raw/main/plots/words.png)"),
        ("[a](https://dvc.org/doc) [b](mailto:a@b.org)", "", "[a](https://dvc.org/doc) [b](mailto:a@b.org)"),
        ("[![t](../../x.svg)](../../runs)", "", ""),
    ],
)
def test_links_lead_within_the_site_or_to_the_repository(text, folder, found):
    assert for_site(text, folder, WEB) == found


def test_without_a_repository_what_is_not_in_the_site_is_plain_text():
    text = "See [the code](CONTRIBUTING.md), [a page](docs/words.md) ![words](plots/words.png)."
    assert for_site(text, "", None) == "See the code, [a page](words.md) ."


def test_every_document_is_in_the_menu():
    pages = YAML(typ="safe").load((ROOT / "properdocs.yml").read_text(encoding="utf-8").replace("!ENV ", ""))["nav"]
    names = [
        name for page in pages for given in page.values() for name in (given if isinstance(given, list) else [given])
    ]
    assert sorted(names) == sorted(["index.md", *(path.name for path in (ROOT / "docs").glob("*.md"))])


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_that_of_the_code(name):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run make schema"


def test_the_reference_says_what_a_setting_may_be():
    page = PAGES["settings.md"]()
    assert "| `method` | The weights that are trained: an adapter, or all. | `lora`, `full` |  |" in page
    assert "above 0 to 1" in page.split("| `lr` |")[1].splitlines()[0]
    assert page.split("| `seed` | Fixes the split alone")[1].splitlines()[0].endswith("or `null` | `null` |")
