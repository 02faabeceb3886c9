"""Which numbers of a generated text its source does not hold."""

import re
import unicodedata

from pipeline_lib.evaluation.metrics.quantities import DIGITS, LAST_VERTEBRA, MEASURES, ORDINAL, ORDINALS, quantities


def unsupported(answer: str, source: str) -> list[str]:
    """Return the quantities of an answer that the source does not hold, as written, each once.

    Vertebrae are compared only where the source names one: "cervical spine" may become "C5-C6". How
    long to wait ("repeat CT in 6 weeks") is advice that a source does not give; it needs no support.
    """
    given = quantities(source)
    exact, values = {(one.unit, one.size) for one in given}, {one.value for one in given if one.unit != "year"}
    exact.update(_ranges(source))
    units = {one.unit for one in given}
    named = {"vertebra", "year"} | (units - MEASURES)  # a grade of a scale that the source has is of that scale
    found = [
        quantity.text
        for quantity in quantities(_without_advice(answer))
        if not (
            (quantity.unit, quantity.size) in exact
            or (quantity.unit == "vertebra" and "vertebra" not in units)
            or (quantity.unit not in named and ("", quantity.value) in exact)
            or (not quantity.unit and quantity.value in values)
        )
    ]
    return list(dict.fromkeys(found))


_SPINE = [f"{region}{number}" for region in "ctls" for number in range(1, LAST_VERTEBRA[region] + 1)]
_RANGE = re.compile(
    rf"\b(?P<first>[ctls][0-9]{{1,2}})\s?(?:[-–]|to|through|thru)\s?(?P<last>[ctls]?[0-9]{{1,2}})\b"
    rf"|\b(?P<low>{ORDINAL})\s?(?:[-–]|to|through|thru)\s?(?P<high>{ORDINAL})\b"
)


def _ranges(source: str) -> list[tuple[str, str]]:
    """Return unit and size of what lies inside the ranges of a text: "C5-C7" holds C6, "4th through 6th" the 5th."""
    found = []
    for match in _RANGE.finditer(unicodedata.normalize("NFKC", source).lower()):
        if match["first"]:
            last = match["last"] if match["last"][0].isalpha() else match["first"][0] + match["last"]
            if match["first"] in _SPINE and last in _SPINE:
                ends = _SPINE.index(match["first"]), _SPINE.index(last)
                found += [("vertebra", name) for name in _SPINE[ends[0] : ends[1] + 1]]
        else:
            low, high = (
                ORDINALS.index(word) + 1 if word in ORDINALS else int(word[:-2])
                for word in (match["low"], match["high"])
            )
            found += [("ordinal", str(number)) for number in range(low, high + 1)]
    return found


_SENTENCE_END = re.compile(r"(?<=[.;!?])\s|\n")
_ADVISES = re.compile(
    r"\b(?:follow|repeat|recommend|suggest|surveill|recheck|reassess|re-?evaluat|consider|advis|helpful|reasonable"
    r"|ensure|confirm|document|screening|annual)",
    re.IGNORECASE,
)
_WAIT = re.compile(
    rf"{DIGITS}(?:\s?(?:[–-]|to|or)\s?{DIGITS})?[\s-]{{0,3}}(?:hours?|hrs?|days?|weeks?|wks?|months?|years?|yrs?)\b",
    re.IGNORECASE,
)


def _without_advice(text: str) -> str:
    """Return a text without the times of its sentences that advise."""
    return "\n".join(
        _WAIT.sub(" ", sentence) if _ADVISES.search(sentence) else sentence for sentence in _SENTENCE_END.split(text)
    )
