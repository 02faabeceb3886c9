"""Make the rows of a report file, with the traits that real ones have.

How to run: not alone; `python -m generators.reports` writes what `make_reports` returns.
What comes out: reports, about a tenth of them exact duplicates of an earlier row, a few with an earlier observation
and another impression, histories that only point to a document or say nothing.
"""

import re
from dataclasses import dataclass, field, replace
from random import Random

from generators.reports import (
    ct_abdomen,
    ct_chest,
    ct_head,
    ct_neck,
    mri_brain,
    mri_cervical,
    mri_knee,
    mri_lumbar,
    mri_shoulder,
    us_abdomen,
    us_leg,
    us_pelvis,
    us_thyroid,
    xray_chest,
    xray_knee,
    xray_pelvis,
)
from generators.reports.grammar import Case
from generators.reports.slots import choose
from generators.reports.wording import conclude, draw_case, observe, render

EXAMS = (
    ct_head.EXAM,
    mri_brain.EXAM,
    xray_chest.EXAM,
    ct_chest.EXAM,
    ct_abdomen.EXAM,
    us_abdomen.EXAM,
    mri_lumbar.EXAM,
    mri_cervical.EXAM,
    mri_knee.EXAM,
    mri_shoulder.EXAM,
    xray_knee.EXAM,
    us_leg.EXAM,
    us_pelvis.EXAM,
    xray_pelvis.EXAM,
    us_thyroid.EXAM,
    ct_neck.EXAM,
)
OBSERVATION_WORDS = (40, 150)
IMPRESSION_WORDS = (5, 40)
DUPLICATE = 0.088  # of the rows repeat an earlier one, cell by cell
REWORDED = 0.022  # of the rows are an earlier report with the impression in other words
ATTACHED = ("document attached", "Document attached.", "Document Attached")


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
    """Draw a report until its texts have the lengths wanted."""
    while True:
        case = draw_case(rng, EXAMS)
        plain = rng.random() < (0.15 if case.values["house"] == "first" else 0.65)
        observation, impression = typed(observe(rng, case), plain), typed(conclude(rng, case), plain)
        if not (in_range(observation, OBSERVATION_WORDS) and in_range(impression, IMPRESSION_WORDS)):
            continue
        name = case.title.replace("left", "Left").replace("right", "Right")
        mark = rng.random()
        templates = ATTACHED if mark < 0.15 else ("",) if mark < 0.19 else case.exam.history
        history = choose(rng, templates) if mark < 0.19 else render(rng, templates, case.values)
        return Report(name, history, observation, impression, case, plain)


def reworded(rng: Random, report: Report) -> Report | None:
    """Return the report with its impression as the other house words it; None where it stays the same or too long."""
    house = "second" if report.case.values["house"] == "first" else "first"
    for _ in range(8):
        impression = typed(conclude(rng, report.case, house), report.plain)
        if bare(impression) != bare(report.impression) and in_range(impression, IMPRESSION_WORDS):
            return replace(report, impression=impression)
    return None


def make_reports(rows: int, seed: int) -> list[Report]:
    """Return `rows` reports; a longer list with the same seed begins with the shorter one."""
    rng = Random(seed)
    reports: list[Report] = []
    seen: set[str] = set()  # asked, never walked through: the order of a set differs from run to run
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
