"""The numbers, measures and grades that a clinical text names."""

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

_UNITS = {
    "mm|millimeters?|millimetres?": ("mm", "1"),
    "cm|centimeters?|centimetres?": ("mm", "10"),
    "ml|cc|cm3|milliliters?|millilitres?": ("ml", "1"),
    "liters?|litres?": ("ml", "1000"),
    "hu|hounsfield units?": ("HU", "1"),
    "degrees?|deg|°": ("degrees", "1"),
    "%|percent|per cent": ("%", "1"),
    "months?": ("months", "1"),
    "years?|yrs?": ("months", "12"),
    "days?": ("days", "1"),
    "weeks?": ("days", "7"),
    "hours?|hrs?": ("hours", "1"),
    **{unit: (unit, "1") for unit in ("cm/s", "m/s", "mmhg", "mg", "kg", "bpm", "cm2", "mm2", "mm3", "mg/dl", "ng/ml")},
}
_UNIT = re.compile("|".join(f"(?P<u{number}>{unit})" for number, unit in enumerate(_UNITS)))
_SPELLED = "one two three four five six seven eight nine ten eleven twelve".split()
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
# Text with digits that is no number: dates, years, times, vertebrae and names such as F-18.
_NO_NUMBERS = re.compile(
    r"""\b[0-9]{1,4}([/.-])[0-9]{1,2}\1[0-9]{2,4}\b
    |\b(?:[0-9]{1,2}(?:st|nd|rd|th)?\s)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march
      |april|june|july|august|september|october|november|december)\b\.?
      (?:\s[0-9]{1,2}(?:st|nd|rd|th)?\b(?![.][0-9]|[ ]?[cm]m\b),?)?(?:\s[0-9]{4}\b)?
    |\b(?:19|20)[0-9]{2}\b(?!\s?(?:[cm]m|ml|cc)\b)
    |\b[0-9]{1,2}:[0-9]{2}\b
    |\b(?!x|[cm]m[23])[a-z]{1,2}[0-9]{1,2}(?:[-–/][a-z]?[0-9]{1,2}|\s[-–]\s[a-z][0-9]{1,2})?\b
    |\b(?:covid|[a-z]{1,2})-[0-9]{1,3}[a-z]?\b""",
    re.VERBOSE,
)
_NUMERAL = re.compile(r"(?<![\w.,/-])([0-9]{1,2})(?:[ ]?\.(?![0-9])|[ ]?\))")
_STARTS = re.compile(r"(?:\A|\n|[.!?;:]\s)[ \t]*+\(?\Z")
_GRADE = re.compile(
    r"\b(?P<scale>[a-z]{1,4}[ -]?rads|bosniak|aspects|fazekas|modic|salter[ -]harris|grade|stage|type|class|tr(?=[0-9])"
    r"|lr(?=-?[0-9]))(?:[ :-]{1,3}(?:category|score|class|grade|type|of|tr(?=[0-9]))){0,2}[ :-]{0,3}"
    r"(?P<grade>[0-9]{1,2}[a-f]?|(?:i{1,3}|iv|vi?)f?)\b(?![.,][0-9])"
)
# Possessive quantifiers keep the time linear; ten digits are an identifier. The last unit is that of the whole range.
_DIGITS = rf"(?:[0-9]{{1,9}}+(?:[.,][0-9]{{1,9}}+){{0,3}}+|(?:{'|'.join(_SPELLED)})\b)"
_NUMBERS = re.compile(
    rf"(?<![\w.,])(?P<values>{_DIGITS}(?:\s?(?:[x×–/-]|by|to)\s?{_DIGITS})*)"
    rf"(?:[\s-]{{0,3}}(?P<unit>{'|'.join(sorted((u for units in _UNITS for u in units.split('|')), key=len)[::-1])}))?"
    r"(?![\w]|/[a-z])"
)
_VALUE = re.compile(_DIGITS)


class Quantity(NamedTuple):
    """A number where a text names it: as written, its value as written, and its unit and value in that unit.

    Lengths are in mm, volumes in ml, times of months and years in months, of weeks and days in days. unit: "" for a
    bare number, the scale's name for a grade.
    """

    text: str
    value: str
    unit: str
    size: str


def quantities(text: str) -> list[Quantity]:
    """Return the numbers and grades that a text names, grades first. Dates, vertebrae, list numerals are left out.

    Ordinals ("5th rib") name a place and are left out too; so is "one" without a unit, which is mostly a pronoun.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    found = []
    for match in _GRADE.finditer(plain):
        scale = re.sub("[^a-z]", "", match["scale"])
        scale = {"tr": "tirads", "lr": "lirads"}.get(scale, scale)
        grade = match["grade"]
        roman = _ROMAN.get(grade.rstrip("f"))
        value = roman + "f" * grade.endswith("f") if roman else grade
        found.append(Quantity(match.group(), value, scale, value))
    for match in _NUMBERS.finditer(_NO_NUMBERS.sub(" | ", _without_numerals(_GRADE.sub(" | ", plain)))):
        values = _VALUE.findall(match["values"])
        unit, factor = _unit(match["unit"])
        for written in values:
            value = _value(written)
            if value is not None and (written != "one" or unit or len(values) > 1):
                size = _plain(value * Decimal(factor))
                found.append(Quantity(f"{written} {match['unit'] or ''}".strip(), _plain(value), unit, size))
    return found


def _without_numerals(text: str) -> str:
    """Return a text without the numerals of its lists: "1." at the start of a line or sentence, then "2." anywhere.

    Radiologists leave out the full stop between two items: "1. No acute disease 2. Emphysema".
    """
    parts, end, expected = [], 0, -1
    for match in _NUMERAL.finditer(text):
        starts = _STARTS.search(text, max(end, match.start() - 20), match.start())
        number = int(match[1])
        if (starts and text[match.end() : match.end() + 1].strip() != ",") or number == expected:
            parts += [text[end : match.start()], "; "]
            end, expected = match.end(), number + 1
    return "".join(parts) + text[end:]


def _unit(written: str | None) -> tuple[str, str]:
    """Return the unit that a written one is counted in, and how many of it make one."""
    match = _UNIT.fullmatch(written or "")
    return list(_UNITS.values())[int((match.lastgroup or "")[1:])] if match else ("", "1")


def _value(written: str) -> Decimal | None:
    """Return a written number; 1,200 is a thousand and more, 1,5 a decimal; None for 1.2.3."""
    if written in _SPELLED:
        return Decimal(_SPELLED.index(written) + 1)
    if re.fullmatch(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?", written):
        return Decimal(written.replace(",", ""))
    decimal = written.replace(",", ".")
    return Decimal(decimal) if decimal.count(".") < 2 else None


def _plain(value: Decimal) -> str:
    """Return a number without the zeros at its end."""
    return f"{value.normalize():f}"
