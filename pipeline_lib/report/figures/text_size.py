"""How wide a text is in a picture, and its lines where it has to fit a width."""

import warnings
from bisect import bisect_right
from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from pipeline_lib.report.figures.fonts import families

LONGEST = 600  # characters of a text that are looked at


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in points; size: of the font, points."""
    if not text.strip():
        return 0.3 * size * len(text)
    weight = "bold" if bold else "normal"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # no font here has it: measured as a box
        font = FontProperties(family=families(text), size=size, weight=weight)
        return float(TextPath((0, 0), text.replace("$", r"\$"), prop=font).get_extents().width)


def wrapped(text: str, width: float, size: float, bold: bool = False, most: int = 6) -> list[str]:
    """Return the lines of a text that fit `width` points, [] for "".

    They break at spaces; a word that is wider is broken too. Of more than `most` lines the last one ends with "…".
    """
    lines: list[str] = []
    for word in text[:LONGEST].split():
        if lines and text_width(f"{lines[-1]} {word}", size, bold) <= width:
            lines[-1] += f" {word}"
            continue
        while text_width(word, size, bold) > width and len(word) > 1:
            fits = max(1, _fitting(word, width, size, bold))
            lines.append(word[:fits])
            word = word[fits:]
        lines.append(word)
    return lines if len(lines) <= most else [*lines[: most - 1], fitted(" ".join(lines[most - 1 :]), width, size, bold)]


def fitted(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return a text in one line, cut with "…" where it is wider than `width` points."""
    text = " ".join(text[:LONGEST].split())
    if text_width(text, size, bold) <= width:
        return text
    return f"{text[: _fitting(text, width, size, bold, '…')].rstrip()}…"


def _fitting(text: str, width: float, size: float, bold: bool, end: str = "") -> int:
    """Return how many characters from the start fit `width` points with `end` after them, fewer than all."""
    counts = range(1, len(text))
    return bisect_right(counts, width, key=lambda count: text_width(text[:count].rstrip() + end, size, bold))
