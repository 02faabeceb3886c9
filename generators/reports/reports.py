"""Draw and word the reports of a file, with the traits that real ones have.

About a tenth are exact duplicates of an earlier row, a few have an earlier observation and another impression, some
histories only point to a document or say nothing. Reports come from two departments: the first writes prose, the
second likes headings and numbers, and each has its own usual wordings. So much of the wording of an impression can be
told from the observation, as in real files.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import TypeVar

from generators.engine import between, choose, mended, worded
from generators.reports.exams import EXAMS, Exam, Finding, Values

Weighted = TypeVar("Weighted", Exam, Finding)
ACUTE = 3  # from this severity on an impression no longer says "no acute abnormality"
OBSERVATION_WORDS = (40, 150)
IMPRESSION_WORDS = (5, 40)
DUPLICATE = 0.088  # of the rows repeat an earlier one, cell by cell
REWORDED = 0.022  # of the rows are an earlier report with the impression in other words
ATTACHED = ("document attached", "Document attached.", "Document Attached")


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


@dataclass(frozen=True)
class Report:
    """One row, and the case it was worded from."""

    name: str
    history: str
    observation: str
    impression: str
    case: Case = field(hash=False)
    plain: bool  # ASCII punctuation, as some departments type it

    def cells(self) -> tuple[str, str, str, str]:
        """The row as it is written."""
        return self.name, self.history, self.observation, self.impression


# Drawing and wording one report


def weighted(rng: Random, options: Sequence[Weighted]) -> Weighted:
    """Return one of `options` by its `.weight`."""
    mark = rng.random() * sum(option.weight for option in options)
    for option in options:
        mark -= option.weight
        if mark < 0:
            return option
    return options[-1]


def render(rng: Random, templates: tuple[str, ...], values: Values) -> str:
    """Return one of the templates in words: choices made, slots filled, articles and capitals mended."""
    return mended(worded(rng, choose(rng, templates), values.__getitem__))


def draw_case(rng: Random) -> Case:
    """Return one report to be worded: an exam, the patient, and zero to four findings in different structures."""
    exam = weighted(rng, EXAMS)
    title, technique = choose(rng, exam.titles).split(" | ")
    values = {
        "limb": choose(rng, ("left", "right")),
        "man": exam.sex or choose(rng, ("man", "woman")),
        "age": str(between(rng, *exam.ages)),
        "prior": "yes" if rng.random() < 0.35 else "",
        "department": "first" if rng.random() < 0.55 else "second",
    }
    mark = rng.random()
    count = 0 if mark < 0.29 else 1 if mark < 0.66 else 2 if mark < 0.87 else 3 if mark < 0.97 else 4
    wanted = [True] * count + [False] * (rng.random() < 0.25 and count < 4)  # the last one incidental
    found: list[tuple[Finding, Values]] = []
    taken: set[str] = set()
    for reportable in wanted:
        free = [
            one
            for one in exam.findings
            if (one.severity > 0) == reportable
            and not taken & {one.topic, *one.hides}
            and (not one.only or f" {one.only} " in f" {title} ")
            and one.sex in ("", values["man"])
            and one.from_age <= int(values["age"])
        ]
        if free:
            one = weighted(rng, free)
            taken |= {one.topic, *one.hides}
            slots = dict(values)
            for name, slot in one.slots.items():
                slots[name] = slot(rng, slots)
            found.append((one, slots))
    return Case(exam, title.format(**values), technique, values, tuple(found))


def opening(rng: Random, case: Case) -> str:
    """Return technique and comparison in words, each there or not; empty where neither is."""
    texts = []
    if "{limb}" in case.technique or rng.random() < 0.45:  # the side examined must be in the text itself
        texts.append(render(rng, (case.technique,), case.values))
    if case.values["prior"]:
        date = f"{between(rng, 1, 28):02d}/{between(rng, 1, 12):02d}/{between(rng, 2015, 2023)}"
        forms = ("Comparison: {date}.", "Comparison is made with the [prior|previous] study dated {date}.")
        texts.append(render(rng, forms, {"date": date}))
    elif rng.random() < 0.25:
        texts.append(choose(rng, ("Comparison: None.", "No prior studies are available for comparison.")))
    return " ".join(texts)


def observe(rng: Random, case: Case) -> str:
    """Return the observation, structure by structure: as a line each, as paragraphs or in one run."""
    first = opening(rng, case)
    hidden = {name for one, _ in case.found for name in (one.topic, *one.hides)}
    body = []
    for topic, normals in case.exam.topics.items():
        here = [render(rng, one.says, slots) for one, slots in case.found if one.topic == topic]
        if not here and topic not in hidden and rng.random() < 0.92:  # a reader leaves out a structure now and then
            here = [render(rng, normals, case.values)]
        if here:
            body.append((topic, " ".join(here)))
    headed, paragraphs = (0.0, 0.25) if case.values["department"] == "first" else (0.6, 0.8)
    mark = rng.random()
    if mark < headed:
        bare = [(topic, text.removeprefix(f"At {topic}, ")) for topic, text in body]
        labelled = [f"{topic[0].upper()}{topic[1:]}: {text[0].upper()}{text[1:]}" for topic, text in bare]
        return "\n".join([first, *labelled] if first else labelled)
    prose = " ".join(text for _, text in body)
    return ("\n\n" if mark < paragraphs else " ").join([first, prose] if first else [prose])


def habit(templates: tuple[str, ...], rng: Random, department: str) -> tuple[str, ...]:
    """Return the one wording that a department prefers, now and then all of them: reports of one place sound alike."""
    usual = templates[:1] if department == "first" else templates[1:2]
    return usual if usual and rng.random() < 0.9 else templates


def conclude(rng: Random, case: Case, department: str = "") -> str:
    """Return the impression as `department` words it: the reportable findings, most severe first, or none."""
    department = department or case.values["department"]
    reported = case.reported()
    if not reported:
        return render(rng, habit(case.exam.normal, rng, department), case.values)
    items = [render(rng, habit(one.means, rng, department), slots) for one, slots in reported]
    if reported[0][0].severity < ACUTE:
        items.append(render(rng, habit(case.exam.negative, rng, department), case.values))
    prose, plain_lines = (0.5, 0.75) if department == "first" else (0.05, 0.15)
    mark = rng.random()
    if len(items) == 1 or mark < prose:
        return " ".join(items)
    if mark < plain_lines:
        return "\n".join(items)
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, start=1))


# The rows of a file


def in_range(text: str, limits: tuple[int, int]) -> bool:
    """Whether a text has a number of whitespace-split words within limits."""
    return limits[0] <= len(text.split()) <= limits[1]


def typed(text: str, plain: bool) -> str:
    """Return the text as it is, or with × and the en-dash typed in ASCII."""
    return text.replace(" × ", " x ").replace("–", "-") if plain else text


def bare(impression: str) -> str:
    """Return an impression without list numbers, line ends and case: what it says, not how it is laid out."""
    return " ".join(re.sub(r"^\d\. ", "", impression, flags=re.MULTILINE).lower().split())


def new_report(rng: Random) -> Report:
    """Draw a report until its texts have the lengths wanted, and return it."""
    while True:
        case = draw_case(rng)
        plain = rng.random() < (0.15 if case.values["department"] == "first" else 0.65)
        observation, impression = typed(observe(rng, case), plain), typed(conclude(rng, case), plain)
        if not (in_range(observation, OBSERVATION_WORDS) and in_range(impression, IMPRESSION_WORDS)):
            continue
        name = case.title.replace("left", "Left").replace("right", "Right")
        mark = rng.random()
        templates = ATTACHED if mark < 0.15 else ("",) if mark < 0.19 else case.exam.history
        history = choose(rng, templates) if mark < 0.19 else render(rng, templates, case.values)
        return Report(name, history, observation, impression, case, plain)


def reworded(rng: Random, report: Report) -> Report | None:
    """Return the report with its impression as the other department words it; None if it stays the same or too long."""
    department = "second" if report.case.values["department"] == "first" else "first"
    for _ in range(8):
        impression = typed(conclude(rng, report.case, department), report.plain)
        if bare(impression) != bare(report.impression) and in_range(impression, IMPRESSION_WORDS):
            return replace(report, impression=impression)
    return None


def make_reports(rows: int, seed: int) -> list[Report]:
    """Return `rows` reports; a longer list with the same seed begins with the shorter one."""
    rng = Random(seed)
    reports: list[Report] = []
    seen: set[str] = set()  # for membership only: the order of a set differs from run to run
    while len(reports) < rows:
        mark = rng.random()
        report = None
        if reports and mark < DUPLICATE:
            report = choose(rng, reports)
        elif reports and mark < DUPLICATE + REWORDED:
            report = reworded(rng, choose(rng, reports))
        if report is None:
            report = new_report(rng)
            while report.observation in seen:
                report = new_report(rng)
        seen.add(report.observation)
        reports.append(report)
    return reports
