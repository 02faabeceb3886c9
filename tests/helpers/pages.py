"""What tests of several pages do in a browser: save a file, check colours, contrast and width."""

import re
from pathlib import Path
from typing import Any

# A script for a page: it returns the elements whose text has less contrast than WCAG 2 AA wants, 4.5 to 1.
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
