"""Fonts for the texts of a figure: DejaVu Sans, which matplotlib has, and an installed one for what that lacks.

Joined letters and the direction of Arabic and Hebrew are matplotlib's own work (from 3.11 on, by libraqm).
"""

import logging
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from functools import cache

import regex
from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager, get_font

DEJAVU = "DejaVu Sans"
# Before all others, which come by name: one font for all Chinese, and sans-serif for the rest.
PREFERRED = ("Noto Sans CJK SC", "Noto Sans", "Hiragino Sans", "Microsoft YaHei", "Malgun Gothic", "Nirmala UI")
_CJK = regex.compile(r"[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]")
_UNDRAWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp")

_reported: set[str] = set()

LOG = logging.getLogger(__name__)


def families(text: str) -> list[str]:
    """Return the font families that have the characters of a text, DejaVu Sans first."""
    found = [DEJAVU]
    for character in sorted(set(text)):
        family = _family(character)
        if family and family not in found:
            found.append(family)
    return found


def report_missing(texts: Iterable[str]) -> None:
    """Log in one line which characters of `texts` no installed font has, each once: they are drawn as boxes."""
    missing = {character for character in set("".join(texts)) - _reported if _family(character) is None}
    _reported.update(missing)
    if missing:
        shown = "".join(sorted(missing))
        kinds = {"fonts-noto-cjk" if _CJK.match(character) else "fonts-noto-core" for character in missing}
        LOG.warning(
            "no installed font has %s%s, which figures show as %s: install fonts for these scripts, for example %s %s",
            shown[:20], "…" if len(shown) > 20 else "", "a box" if len(shown) == 1 else "boxes",
            "the packages" if len(kinds) > 1 else "the package", " and ".join(sorted(kinds)),
        )  # fmt: skip


@cache
def _family(character: str) -> str | None:
    """Return the first font that has a character, DejaVu Sans for one that is not drawn; None where no font has it."""
    if unicodedata.category(character) in _UNDRAWN or ord(character) in _characters(DEJAVU):
        return DEJAVU
    return next((name for name in _others() if ord(character) in _characters(name)), None)


@cache
def _others() -> list[str]:
    """Return the installed regular fonts, the preferred ones first."""
    known = {entry.fname for entry in fontManager.ttflist}
    for path in sorted(set(findSystemFonts()) - known):  # installed since matplotlib made its list
        with suppress(Exception):  # a file that is no font it can read
            fontManager.addfont(path)
    regular = {entry.name for entry in fontManager.ttflist if entry.style == "normal" and entry.weight == 400}
    names = sorted(name for name in regular if "last resort" not in name.lower())  # that one has boxes for everything
    rank = {name: place for place, name in enumerate(PREFERRED)}
    return sorted(names, key=lambda name: (rank.get(name, len(rank)), not name.startswith("Noto Sans"), name))


@cache
def _characters(family: str) -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=family))).get_charmap())
