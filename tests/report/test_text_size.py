"""Lines of text that fit a width, and colours that can be told apart."""

import pytest
from matplotlib.colors import to_rgb

from pipeline_lib.report.figures.palette import BEST, DISTINCT, SOFT, SYSTEMS, TEXT, VERDICTS
from pipeline_lib.report.figures.shades import SHADES, text_on
from pipeline_lib.report.figures.text_size import fitted, text_width, wrapped


@pytest.mark.parametrize("text", ["one two three four five six", "w" * 200, "a " * 40_000, "$x^2$ größe 胸部", "", " "])
def test_lines_fit_and_lose_nothing_before_the_last(text):
    lines = wrapped(text, 100, 10, most=3)
    assert len(lines) <= 3
    assert all(text_width(line, 10) <= 100 for line in [*lines, fitted(text, 100, 10)])
    if not any("…" in line for line in lines):
        assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert "".join(text.split()).startswith("".join(lines).replace(" ", "").rstrip("…"))


def test_a_text_that_fits_is_left_as_it_is_and_a_cut_one_says_so():
    assert fitted(" a  text ", 100, 10) == "a text"
    assert wrapped("a text of five words", 1000, 10) == ["a text of five words"]
    assert fitted("w" * 200, 100, 10).endswith("…")
    assert text_width("a text", 10, bold=True) > text_width("a text", 10) > text_width("a text", 9)


def contrast(one, other):
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2)."""
    levels = []
    for colour in (one, other):
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
        levels.append(sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))
    return (max(levels) + 0.05) / (min(levels) + 0.05)


def test_text_and_marks_can_be_seen():
    for colour in (TEXT, SOFT, BEST, SYSTEMS["tuned"], SYSTEMS["untrained"], *VERDICTS.values()):
        assert contrast(colour, "white") >= 4.5, colour
    for colour in SYSTEMS.values():
        assert contrast(colour, "white") >= 3, colour
    assert len({*SYSTEMS.values(), *VERDICTS.values()}) == 7
    assert len(set(DISTINCT)) == 6
    for value in range(101):
        assert contrast(SHADES(value / 100), text_on(value / 100)) >= 4.5, value
