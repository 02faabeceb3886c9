"""Draw the values that fill a template: sides, sizes, earlier sizes, and the advice that follows from them by rule.

How to run: not alone; the exam modules beside this one use it.
What comes out: a slot, a function of the random generator and of the values drawn before it, which returns a text.
Everything rests on Random.random(), the one method whose sequence Python promises to keep.
"""

import re
from collections.abc import Callable
from random import Random

Values = dict[str, str]
Slot = Callable[[Random, Values], str]


def choose(rng: Random, options: tuple | list):
    """Return one of `options`, all equally likely."""
    return options[int(rng.random() * len(options))]


def weighted(rng: Random, options: tuple | list):
    """Return one of `options` by its `.weight`."""
    mark = rng.random() * sum(option.weight for option in options)
    for option in options:
        mark -= option.weight
        if mark < 0:
            return option
    return options[-1]


def between(rng: Random, low: int, high: int) -> int:
    """Return a whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def as_tenths(count: int) -> str:
    """Return 34 as "3.4" (no float is printed: the text cannot depend on rounding)."""
    return f"{count // 10}.{count % 10}"


def scaled(text: str, percent: int) -> str:
    """Return a number at a percentage of its size, with as many decimals as it has, never 0."""
    count = max(1, int(text.replace(".", "")) * percent // 100)
    return as_tenths(count) if "." in text else str(count)


def pick(*options: str) -> Slot:
    """One of the options."""
    return lambda rng, values: choose(rng, options)


def whole(low: int, high: int) -> Slot:
    """A whole number from low to high."""
    return lambda rng, values: str(between(rng, low, high))


def tenths(low: float, high: float) -> Slot:
    """A number with one decimal from low to high."""
    return lambda rng, values: as_tenths(between(rng, round(low * 10), round(high * 10)))


def part(of: str) -> Slot:
    """A second dimension: 60 to 90% of slot `of`."""
    return lambda rng, values: scaled(values[of], between(rng, 60, 90))


def other(of: str = "side") -> Slot:
    """The side opposite to slot `of`."""
    return lambda rng, values: "left" if values[of] == "right" else "right"


def look(of: str, table: dict[str, str]) -> Slot:
    """The table's text for the value of slot `of`: a rule, not a draw."""
    return lambda rng, values: table[values[of]]


def by(of: str, *steps: tuple[float, str] | str) -> Slot:
    """The text of the first step (limit, text) with slot `of` below limit, else the last: a rule, not a draw."""

    def rule(rng: Random, values: Values) -> str:
        for limit, text in steps[:-1]:
            if float(values[of]) < limit:
                return text.format(**values)
        return steps[-1].format(**values)

    return rule


def previously(of: str, unit: str) -> Slot:
    """An earlier size such as " (previously 6 mm)"; empty when there is no prior study."""

    def earlier(rng: Random, values: Values) -> str:
        if not values["prior"] or rng.random() < 0.3:
            return ""
        percent = choose(rng, (100, 100, 65, 75, 140))
        return f" (previously {scaled(values[of], percent)} {unit})"

    return earlier


def trend(of: str, was: str = "was") -> Slot:
    """What the earlier size in slot `was` says about `of`: "enlarging ", "stable ", "smaller " or nothing."""

    def change(rng: Random, values: Values) -> str:
        numbers = re.findall(r"[\d.]+", values[was])
        if not numbers:
            return ""
        now, then = float(values[of]), float(numbers[0])
        return "stable " if now == then else "enlarging " if now > then else "smaller "

    return change


SIDE = pick("left", "right")
LOBE = pick("right upper lobe", "right middle lobe", "right lower lobe", "left upper lobe", "left lower lobe")
