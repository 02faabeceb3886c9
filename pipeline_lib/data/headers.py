"""Headers: compared without case, outer spaces and zero-width signs, and a few of them in a message."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

# Signs without a width: zero-width space, joiners, direction marks, word joiner, byte order mark, soft hyphen.
ZERO_WIDTH = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_OUTER = re.compile(rf"^[\s{ZERO_WIDTH}]+|[\s{ZERO_WIDTH}]+$")
_NO_WIDTH = str.maketrans("", "", ZERO_WIDTH)


def clean_header(header: object) -> str:
    """Return a header without outer spaces and zero-width signs."""
    return _OUTER.sub("", "" if header is None else str(header))


def header_key(header: object) -> str:
    """Return what equal headers share: neither case nor outer spaces nor zero-width signs tell them apart."""
    text = clean_header(header).translate(_NO_WIDTH)
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def find_header(wanted: object, headers: Sequence[str]) -> str | None:
    """Return the one of `headers` that equals `wanted` (header_key), None where none does."""
    key = header_key(wanted)
    return next((header for header in headers if header_key(header) == key), None)


def listed(names: Iterable[str], most: int = 10) -> str:
    """Return names for a message: the first ten, each shortened, and how many there are in all."""
    every = list(names)
    shown = ", ".join(_short(name) for name in every[:most])
    return shown if len(every) <= most else f"{shown}, ... ({len(every):,} in all)"


def _short(name: str) -> str:
    """Return a name of at most 40 signs, without control characters."""
    name = name if len(name) <= 40 else f"{name[:37]}..."
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name) or "''"
