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
MEASURES = {"", *(unit for unit, _ in _UNITS.values())}
_UNIT = re.compile("|".join(f"(?P<u{number}>{unit})" for number, unit in enumerate(_UNITS)))
_SPELLED = "one two three four five six seven eight nine ten eleven twelve".split()
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
# Text with digits that is no number: dates, years, times, counts of views, vertebrae and names such as F-18. Years and
# vertebrae are read by _places.
_NO_NUMBERS = re.compile(
    r"""\b[0-9]{1,4}([/.-])[0-9]{1,2}\1[0-9]{2,4}\b
    |\b(?:[0-9]{1,2}(?:st|nd|rd|th)?\s)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march
      |april|june|july|august|september|october|november|december)\b\.?
      (?:\s[0-9]{1,2}(?:st|nd|rd|th)?\b(?![.][0-9]|[ ]?[cm]m\b),?)?(?:\s[0-9]{4}\b)?
    |\b(?:19|20)[0-9]{2}\b(?!\s?(?:[cm]m|ml|cc)\b)
    |\b(?:[1-9]|one|two|three|four|five|six)[ -]{1,3}(?:views?|images?|projections?)\b
    |\b[0-9]{1,2}:[0-9]{2}\b
    |\b(?!x|[cm]m[23])[a-z]{1,2}[0-9]{1,2}(?:[-–/][a-z]?[0-9]{1,2}|\s[-–]\s[a-z][0-9]{1,2})?\b
    |\b(?:covid|[a-z]{1,2})-[0-9]{1,3}[a-z]?\b""",
    re.VERBOSE,
)
_NUMERAL = re.compile(r"(?<![\w.,/-])([0-9]{1,2})(?:[ ]?\.(?![0-9])|[ ]?\))")
_STARTS = re.compile(r"(?:\A|\n|[.!?;:]\s)[ \t]*+\(?\Z")
_HEADED = re.compile(r"(?:\A|\n|[.!?;:]\s)\s*+[a-z]+(?:\s[a-z]+)?\s\Z")  # "Chest 1. No acute disease"
_GRADE = re.compile(
    r"\b(?P<scale>[a-z]{1,4}[ -]?rads|bosniak|aspects|fazekas|modic|salter[ -]harris|grade|stage|type|class|segment"
    r"|zone|level|tr(?=[0-9])|lr(?=-?[0-9]))(?:[ :-]{1,3}(?:category|score|class|grade|type|of|tr(?=[0-9])))"
    r"{0,2}[ :-]{0,3}"
    r"(?P<grade>[0-9]{1,2}[a-f]?|(?:i{1,3}|iv|vi?)f?|(?<=type )[a-e])\b(?![.,][0-9])"
)
# Possessive quantifiers keep the time linear; ten digits are an identifier. The last unit is that of the whole range.
DIGITS = rf"(?:[0-9]{{1,9}}+(?:[.,][0-9]{{1,9}}+){{0,3}}+|(?:{'|'.join(_SPELLED)})\b)"
_NUMBERS = re.compile(
    rf"(?<![\w.,])(?P<values>{DIGITS}(?:\s?(?:[x×–/-]|by|to)\s?{DIGITS})*)"
    rf"(?:[\s-]{{0,3}}(?P<unit>{'|'.join(sorted((u for units in _UNITS for u in units.split('|')), key=len)[::-1])}))?"
    r"(?![\w]|/[a-z])"
)
_VALUE = re.compile(DIGITS)


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
    """Return what a text counts: grades, then vertebrae, ordinals and years, then numbers. List numerals are left out.

    So are days and months, counts of views, and "one" without a unit, which is mostly a pronoun.
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
    found += _places(plain)
    for match in _NUMBERS.finditer(_NO_NUMBERS.sub(" | ", _without_numerals(_GRADE.sub(" | ", plain)))):
        values = _VALUE.findall(match["values"])
        unit, factor = _unit(match["unit"])
        for written in values:
            value = _value(written)
            if value is not None and (written != "one" or unit or len(values) > 1):
                size = _plain(value * Decimal(factor))
                found.append(Quantity(f"{written} {match['unit'] or ''}".strip(), _plain(value), unit, size))
    return found


ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
ORDINAL = rf"(?:(?:[0-9]{{1,2}}(?:st|nd|rd|th))|{'|'.join(ORDINALS)})"
# What is counted from an end of the body; "first" of anything else is mostly no place.
_COUNTED = r"ribs?|metatarsals?|metacarpals?|toes?|fingers?|digits?|rays?|phalan\w+|mtp|mcp|pip|dip|trimester|ventricle"
_ORDINAL_NOUN = rf"(?:[a-z]+[ -]){{0,3}}?(?:{_COUNTED})\b"
_PLACES = re.compile(
    rf"""\b(?P<region>[ctls])-?(?P<from>[0-9]{{1,2}})(?:\s?[-–/]\s?(?P<same>[ctls]?)(?P<to>[0-9]{{1,2}}))?\b
    |\b(?P<ordinal>{ORDINAL})\b(?P<more>(?:(?:,\s(?:and\s)?|\s(?:and|to|through|or)\s|-|/|\s&\s){ORDINAL}\b){{0,8}})
        (?=[ -]{_ORDINAL_NOUN})
    |\b(?P<year>(?:19|20)[0-9]{{2}})\b(?!\s?(?:[cm]m|ml|cc|hu|mg|ng)\b|[.,][0-9])
    |\b[0-9]{{1,2}}[/.][0-9]{{1,2}}[/.](?P<short>[0-9]{{2}})\b""",
    re.VERBOSE,
)
_SEQUENCES = re.compile("weight|sequence|signal|intens|flair|stir|mri|mr ")  # where T1 and T2 are no vertebrae
LAST_VERTEBRA = {"c": 8, "t": 12, "l": 6, "s": 5}  # vertebrae of a region


def _places(text: str) -> list[Quantity]:
    """Return the vertebrae, counted bones and years that a text in lower case names."""
    found, sequences = [], _SEQUENCES.search(text)
    for match in _PLACES.finditer(text):
        if match["region"]:
            ends = [(match["region"], match["from"]), (match["same"] or match["region"], match["to"])]
            names = [region + number for region, number in ends if number and 0 < int(number) <= LAST_VERTEBRA[region]]
            if names in (["t1"], ["t2"], ["t1", "t2"]) and sequences:
                continue
            found += [Quantity(name.upper(), name, "vertebra", name) for name in names]
        elif match["ordinal"]:
            for word in re.findall(ORDINAL, match["ordinal"] + match["more"]):
                value = _plain(Decimal(ORDINALS.index(word) + 1 if word in ORDINALS else int(word[:-2])))
                found.append(Quantity(word, value, "ordinal", value))
        else:
            year = match["year"] or ("20" if int(match["short"]) < 50 else "19") + match["short"]
            found.append(Quantity(year, year, "year", year))
    return found


def _without_numerals(text: str) -> str:
    """Return a text without the numerals of its lists: "1." at the start of a line or sentence, then "2." anywhere.

    Radiologists leave out the full stop between two items: "1. No acute disease 2. Emphysema".
    """
    parts, end, expected = [], 0, -1
    for match in _NUMERAL.finditer(text):
        number = int(match[1])
        pattern = _HEADED if number == 1 and text[match.start() - 1 : match.start()] == " " else _STARTS
        starts = pattern.search(text, max(end, match.start() - 40), match.start()) or _STARTS.search(
            text, max(end, match.start() - 20), match.start()
        )
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
