"""A real browser for tests of HTML pages: the fixture `page`, and what several pages are checked for.

A test module requests the fixtures with `pytest_plugins`; its tests that open the browser are marked slow. LOW_CONTRAST
is a script that returns the elements of a page whose text has too little contrast.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

# WCAG 2 AA wants 4.5 to 1 between a text and the background behind it.
LOW_CONTRAST = """() => {
  const luminance = colour => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
      .map(part => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * parts[0] + .7152 * parts[1] + .0722 * parts[2];
  };
  const background = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!colour.endsWith(", 0)")) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  for (const element of document.querySelectorAll("body *:not(script):not(style)")) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())) continue;
    const style = getComputedStyle(element), colour = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [luminance(colour), luminance(background(element))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) low.push(element.tagName + "." + element.getAttribute("class"));
  }
  return low;
}"""
NAMES = ("chromium", "chromium-browser", "google-chrome")


def browser_path() -> str | None:
    """Return the path of the system's Chromium or Chrome, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that open the browser as slow."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")  # not session: Playwright keeps an event loop running, which disturbs other tests
def browser():
    """Start the browser once a module; skip the test where there is none."""
    if browser_path() is None:
        pytest.skip("no chromium: make browser installs it")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser_path(), args=arguments)
        yield started
        started.close()


@pytest.fixture
def page(browser):
    """Yield a new page. The test fails when it requests anything from the network or logs an error."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    opened = context.new_page()
    problems: list[str] = []

    def on_request(sent: Any) -> None:
        if not sent.url.startswith(("file:", "data:")):
            problems.append(f"fetched {sent.url}")

    def on_console(message: Any) -> None:
        if message.type in ("error", "warning"):
            problems.append(message.text)

    def on_dialog(dialog: Any) -> None:
        problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    opened.on("request", on_request)
    opened.on("console", on_console)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("dialog", on_dialog)
    yield opened
    context.close()
    assert problems == []


def check_scheme(page: Any, scheme: str, *widths: int) -> None:
    """Check that a page has the colours of `scheme`, light or dark, and is never wider than a screen."""
    page.emulate_media(color_scheme=scheme)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 760})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", back))) < 128) == (scheme == "dark")


def saved(page: Any, button: str, folder: Path) -> Path:
    """Click a button that saves a file; return its path in `folder`."""
    with page.expect_download() as found:
        page.locator(button).click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path
