"""A real browser for tests of HTML pages: the fixture `page`. A test module requests it with `pytest_plugins`."""

import os
import shutil
from typing import Any

import pytest

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
