"""Read the text file of each exam: its names, its normal sentences, its findings and the slots of each finding.

A slot is drawn as a function of the random generator and of the values drawn before it. The observation and the
impression of a finding share its slots, so that side, size and level agree by construction.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from generators.engine import between, choose, read

NAMES = (
    "ct_head mri_brain xray_chest ct_chest ct_abdomen us_abdomen mri_lumbar mri_cervical mri_knee mri_shoulder "
    "xray_knee us_leg us_pelvis xray_pelvis us_thyroid ct_neck"
).split()  # the order is that of the draws
Values = dict[str, str]
Slot = Callable[[Random, Values], str]


@dataclass(frozen=True)
class Finding:
    """One thing to see: how it is described (`says`), what it is called (`means`), what it takes the place of."""

    topic: str  # the structure it is described under
    severity: int  # 5 emergency ... 1 minor, all in the impression, highest first; 0 incidental, left out of it
    says: tuple[str, ...]
    slots: dict[str, Slot] = field(hash=False)
    means: tuple[str, ...] = ()  # none if it is incidental
    hides: tuple[str, ...] = ()  # further topics whose normal sentence would contradict it
    only: str = ""  # words the name of the exam must hold, such as "with contrast"
    sex: str = ""  # "man" or "woman" where only one can have it
    from_age: int = 0  # years
    weight: float = 1.0


@dataclass(frozen=True)
class Exam:
    """One kind of exam: its names, its normal sentences in anatomic order, its findings."""

    titles: tuple[str, ...]  # "name | technique sentence"; {limb} is the side examined
    topics: dict[str, tuple[str, ...]] = field(hash=False)  # topic -> normal sentences, in reading order
    findings: tuple[Finding, ...]
    normal: tuple[str, ...]  # impressions of a report without reportable findings
    negative: tuple[str, ...]  # closes an impression that holds nothing acute
    history: tuple[str, ...]
    weight: float = 1.0
    sex: str = ""
    ages: tuple[int, int] = (19, 88)  # years


def read_exam(name: str) -> Exam:
    """Return the exam that the text file `name`.txt describes."""
    exam, topics, *findings = read(__file__, name)
    found = tuple(entry.build(Finding, topic=entry.name, slots=_slots(entry.others(Finding))) for entry in findings)
    return exam.build(Exam, topics=topics.rest(), findings=found)


# Slots


def _slots(fields: dict[str, tuple[str, ...]]) -> dict[str, Slot]:
    return dict(_slot(key, lines) for key, lines in fields.items())


def _slot(key: str, lines: tuple[str, ...]) -> tuple[str, Slot]:
    """Return name and slot of a field; README.md lists what can be written there."""
    name, _, of = key.partition(" by ")
    if of:
        return name, _by(of, tuple((when, text.strip()) for when, _, text in (line.partition(":") for line in lines)))
    spec = " | ".join(lines)
    if hit := re.fullmatch(r"(\d+) to (\d+)", spec):
        return name, _whole(int(hit[1]), int(hit[2]))
    if hit := re.fullmatch(r"([\d.]+) to ([\d.]+)", spec):
        return name, _tenths(round(float(hit[1]) * 10), round(float(hit[2]) * 10))
    if hit := re.fullmatch(r"(part of|opposite of|trend of) (\w+)", spec):
        return name, {"part of": _part, "opposite of": _opposite, "trend of": _trend}[hit[1]](hit[2])
    if hit := re.fullmatch(r"earlier (\w+) in (\w+)", spec):
        return name, _earlier(hit[1], hit[2])
    if len(lines) == 1 and not spec.isalpha():
        raise ValueError(f"slot {key} must be a list with bars or one of the forms in README.md, not {spec!r}")
    return name, lambda rng, values: choose(rng, lines)


def as_tenths(count: int) -> str:
    """Return 34 as "3.4" (no float is printed: the text cannot depend on rounding)."""
    return f"{count // 10}.{count % 10}"


def scaled(text: str, percent: int) -> str:
    """Return a number at a percentage of its size, with as many decimals as it has, never 0."""
    count = max(1, int(text.replace(".", "")) * percent // 100)
    return as_tenths(count) if "." in text else str(count)


def _whole(low: int, high: int) -> Slot:
    return lambda rng, values: str(between(rng, low, high))


def _tenths(low: int, high: int) -> Slot:
    return lambda rng, values: as_tenths(between(rng, low, high))


def _part(of: str) -> Slot:
    """A second dimension: 60 to 90% of slot `of`."""
    return lambda rng, values: scaled(values[of], between(rng, 60, 90))


def _opposite(of: str) -> Slot:
    return lambda rng, values: "left" if values[of] == "right" else "right"


def _by(of: str, steps: tuple[tuple[str, str], ...]) -> Slot:
    """The text of the first step that is true of slot `of`: "below 6", its very value, or "else"."""

    def rule(rng: Random, values: Values) -> str:
        for when, text in steps:
            below = when.removeprefix("below ")
            if float(values[of]) < float(below) if below != when else when in ("else", values[of]):
                return text.format(**values)
        raise ValueError(f"no step of {steps} is true of {of} = {values[of]}")

    return rule


def _earlier(of: str, unit: str) -> Slot:
    """An earlier size such as " (previously 6 mm)"; empty when there is no prior study."""

    def earlier(rng: Random, values: Values) -> str:
        if not values["prior"] or rng.random() < 0.3:
            return ""
        percent = choose(rng, (100, 100, 65, 75, 140))
        return f" (previously {scaled(values[of], percent)} {unit})"

    return earlier


def _trend(of: str) -> Slot:
    """What the earlier size in slot `was` says about `of`: "enlarging ", "stable ", "smaller " or nothing."""

    def change(rng: Random, values: Values) -> str:
        numbers = re.findall(r"[\d.]+", values["was"])
        if not numbers:
            return ""
        now, then = float(values[of]), float(numbers[0])
        return "stable " if now == then else "enlarging " if now > then else "smaller "

    return change


EXAMS = tuple(read_exam(name) for name in NAMES)
