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


# A script for a page: it returns what keeps people from finding their way without eyes or a mouse, as axe-core would
# (document-title, landmark-one-main, region, page-has-heading-one, heading-order, button-name, label, image-alt,
# svg-img-alt, empty-table-header, scrollable-region-focusable), and marks of a chart without a colour.
FAULTS = """() => {
  const all = name => [...document.querySelectorAll(name)], shown = one => one.checkVisibility();
  const short = one => one.outerHTML.slice(0, 80), named = one => one.ariaLabel || one.textContent.trim() || one.title;
  const levels = all("h1, h2, h3, h4").filter(shown).map(one => Number(one.tagName[1]));
  const focus = "a[href], button, input, select, summary, [tabindex]";
  const scrolls = one => /auto|scroll/.test(getComputedStyle(one).overflow) &&
    (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
  return [
    ...(document.title.trim() && document.documentElement.lang ? [] : ["no title or language"]),
    ...["main", "h1"].filter(name => all(name).length !== 1).map(name => `not one ${name}`),
    ...all("body > :not(header, main, footer, nav, script, noscript)").filter(shown).filter(named)
      .map(one => `outside landmarks: ${short(one)}`),
    ...levels.filter((level, place) => level > (levels[place - 1] ?? 0) + 1).map(level => `no level above h${level}`),
    ...all("button, th, summary").filter(one => shown(one) && !named(one)).map(one => `no name: ${short(one)}`),
    ...all("input, select").filter(one => shown(one) && !one.labels.length && !one.ariaLabel)
      .map(one => `no label: ${short(one)}`),
    ...all("img:not([alt]), svg[role=img]:not([aria-label])").map(one => `no text: ${short(one)}`),
    ...all("main *").filter(one => shown(one) && scrolls(one) && !one.matches(focus) && !one.querySelector(focus))
      .map(one => `cannot be scrolled by keys: ${short(one)}`),
    ...all("circle, polyline").filter(one => [getComputedStyle(one).fill, getComputedStyle(one).stroke]
      .every(colour => ["rgb(0, 0, 0)", "none"].includes(colour))).map(one => `no colour: ${short(one)}`),
  ];
}"""


def check_page(page: Any, *widths: int) -> None:
    """Check that a page fits widths (320 to 1200, if none are given), light, dark and printed, and has no FAULTS."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert dark(page) == (scheme == "dark")
        for width in widths or (320, 375, 760, 1200):
            page.set_viewport_size({"width": width, "height": 760})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            faults = page.evaluate(FAULTS)
            assert not faults, faults
        low = page.evaluate(LOW_CONTRAST)
        assert not low, low
    page.emulate_media(media="print")  # the dark scheme stays, as on the screen of who prints
    low = page.evaluate(LOW_CONTRAST)
    assert not dark(page)
    assert not low, low
    page.emulate_media(media="screen", color_scheme="light")


def dark(page: Any) -> bool:
    """Return whether the page's ground is dark."""
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, re.findall(r"\d+", back))) < 128


def saved(page: Any, button: str, folder: Path) -> Path:
    """Click a button that saves a file; return its path in `folder`."""
    with page.expect_download() as found:
        page.locator(button).click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path
