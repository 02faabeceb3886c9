"""Say what an exam, a finding and a drawn case are.

How to run: not alone; the exam modules beside this one use it. What comes out: values for wording.py to put in words.

A template is one line of text with `{slot}` for a drawn value and `[this|that]` for a free choice of words. The
observation and the impression of a finding share its slots, so side, size and level agree by construction.
"""

from dataclasses import dataclass, field

from generators.reports.slots import Slot, Values


@dataclass(frozen=True)
class Finding:
    """One thing to see: how it is described (`says`), what it is called (`means`), what it takes the place of."""

    topic: str  # the structure it is described under
    severity: int  # 5 emergency ... 1 minor, all in the impression, highest first; 0 incidental, left out of it
    says: tuple[str, ...]
    means: tuple[str, ...]
    slots: dict[str, Slot] = field(hash=False)
    hides: tuple[str, ...] = ()  # further topics whose normal sentence would contradict it
    only: str = ""  # words the report name must hold, such as "with contrast"
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


@dataclass(frozen=True)
class Case:
    """One drawn report before wording: the exam, its name and what is found."""

    exam: Exam
    title: str
    technique: str
    values: Values = field(hash=False)
    found: tuple[tuple[Finding, Values], ...]

    def reported(self) -> list[tuple[Finding, Values]]:
        """The findings for the impression, the most severe first, then in anatomic order; none means normal."""
        order = list(self.exam.topics)
        pairs = [pair for pair in self.found if pair[0].severity > 0]
        return sorted(pairs, key=lambda pair: (-pair[0].severity, order.index(pair[0].topic)))


def lines(text: str) -> tuple[str, ...]:
    """Return the non-empty lines of a block of templates."""
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())


def finding(
    topic: str,
    severity: int,
    says: str,
    means: str = "",
    *,
    hides: str = "",
    only: str = "",
    sex: str = "",
    from_age: int = 0,
    weight: float = 1.0,
    **slots: Slot,
) -> Finding:
    """Build a Finding from blocks of lines; `hides` lists topics separated by commas; slots are drawn in order."""
    hidden = tuple(name.strip() for name in hides.split(",") if name.strip())
    return Finding(topic, severity, lines(says), lines(means), slots, hidden, only, sex, from_age, weight)
