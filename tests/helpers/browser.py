"""A real browser for tests of our pages: the fixture `page`. A test module asks for it with `pytest_plugins`."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def where() -> str | None:
    """Return the path of the system's Chromium or Chrome, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")  # no longer: Playwright keeps an event loop running, which other tests may stumble on
def browser():
    """Start the browser once a module; skip where there is none."""
    if where() is None:
        pytest.skip("no chromium: make browser installs it")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=where(), args=arguments)
        yield started
        started.close()


@pytest.fixture
def page(browser):
    """Return a fresh page. The test fails if what it opens asks the network for anything or logs an error."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    opened = context.new_page()
    problems = []
    opened.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("dialog", lambda dialog: (problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    opened.on(
        "request",
        lambda asked: None if asked.url.startswith(("file:", "data:")) else problems.append(f"fetched {asked.url}"),
    )
    yield opened
    context.close()
    assert problems == []
