"""Tables for a terminal: columns of one width, also where signs are two columns wide."""

import unicodedata
from collections.abc import Collection, Sequence


def aligned(table: Sequence[Sequence[str]], left: Collection[int]) -> list[str]:
    """Return the lines of a table with two spaces between columns; those of `left` are aligned left."""
    widths = [max(map(text_width, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - text_width(cell)) if place in left else " " * (width - text_width(cell)) + cell
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    ]


def shortened(text: str, most: int) -> str:
    """Return a text no wider than `most` columns; "..." stands for the end of a wider one."""
    while text_width(text) > most:
        text = text[:-4] + "..." if text.endswith("...") else text[:-3] + "..."
    return text


def text_width(text: str) -> int:
    """Return the columns a text takes in a terminal: Chinese characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)
