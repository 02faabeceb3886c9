"""Deal the findings of one report and put them in words.

How to run: not alone; `python -m generators.reports` does.
What comes out: `draw_case` gives a Case, `observe` its observation, `conclude` its impression.
Reports come from two houses: the first writes prose, the second likes headings and numbers, and each has its habits of
wording. So much of the wording of an impression can be told from the observation, as in real files.
"""

import re
from random import Random

from generators.reports.grammar import Case, Exam
from generators.reports.slots import Values, between, choose, weighted

ACUTE = 3  # from this severity on an impression no longer says "no acute abnormality"


def render(rng: Random, templates: tuple[str, ...], values: Values) -> str:
    """Word one of the templates: choices made, slots filled, articles and capitals mended."""
    text = re.sub(r"\[([^\[\]]*)\]", lambda hit: choose(rng, hit[1].split("|")), choose(rng, templates))
    text = re.sub(r" {2,}", " ", text.format(**values)).strip()
    text = re.sub(r" +([.,])", r"\1", text)  # an empty choice before a full stop
    text = re.sub(r"\b([Aa]) (?=8|11\b|18\b|[aeio]|u(?!ni|te|se|re|ri))", r"\1n ", text)
    return re.sub(r"(^|[.] +)([a-z])", lambda hit: hit[1] + hit[2].upper(), text)


def draw_case(rng: Random, exams: tuple[Exam, ...]) -> Case:
    """Deal one report: an exam, the patient, and zero to four findings in different structures."""
    exam = weighted(rng, exams)
    title, technique = choose(rng, exam.titles).split(" | ")
    values = {
        "limb": choose(rng, ("left", "right")),
        "man": exam.sex or choose(rng, ("man", "woman")),
        "age": str(between(rng, *exam.ages)),
        "prior": "yes" if rng.random() < 0.35 else "",
        "house": "first" if rng.random() < 0.55 else "second",
    }
    mark = rng.random()
    count = 0 if mark < 0.29 else 1 if mark < 0.66 else 2 if mark < 0.87 else 3 if mark < 0.97 else 4
    wanted = [True] * count + [False] * (rng.random() < 0.25 and count < 4)  # the last one incidental
    found, taken = [], set()
    for reportable in wanted:
        free = [
            one
            for one in exam.findings
            if (one.severity > 0) == reportable
            and not taken & {one.topic, *one.hides}
            and one.only in title
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
    """Word technique and comparison, each there or not; empty where neither is."""
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
    """Word the observation structure by structure: as a line each, as paragraphs or in one run."""
    first = opening(rng, case)
    hidden = {name for one, _ in case.found for name in (one.topic, *one.hides)}
    body = []
    for topic, normals in case.exam.topics.items():
        here = [render(rng, one.says, slots) for one, slots in case.found if one.topic == topic]
        if not here and topic not in hidden and rng.random() < 0.92:  # a reader leaves out a structure now and then
            here = [render(rng, normals, case.values)]
        if here:
            body.append((topic, " ".join(here)))
    headed, paragraphs = (0.0, 0.25) if case.values["house"] == "first" else (0.6, 0.8)
    mark = rng.random()
    if mark < headed:
        bare = [(topic, text.removeprefix(f"At {topic}, ")) for topic, text in body]
        labelled = [f"{topic[0].upper()}{topic[1:]}: {text[0].upper()}{text[1:]}" for topic, text in bare]
        return "\n".join([first, *labelled] if first else labelled)
    prose = " ".join(text for _, text in body)
    return ("\n\n" if mark < paragraphs else " ").join([first, prose] if first else [prose])


def habit(templates: tuple[str, ...], rng: Random, house: str) -> tuple[str, ...]:
    """Return the one wording that a house prefers, now and then all of them: reports of one place sound alike."""
    usual = templates[:1] if house == "first" else templates[1:2]
    return usual if usual and rng.random() < 0.9 else templates


def conclude(rng: Random, case: Case, house: str = "") -> str:
    """Word the impression as `house` does: the reportable findings, the most severe first, or that there is none."""
    house = house or case.values["house"]
    reported = case.reported()
    if not reported:
        return render(rng, habit(case.exam.normal, rng, house), case.values)
    items = [render(rng, habit(one.means, rng, house), slots) for one, slots in reported]
    if reported[0][0].severity < ACUTE:
        items.append(render(rng, habit(case.exam.negative, rng, house), case.values))
    prose, plain_lines = (0.5, 0.75) if house == "first" else (0.05, 0.15)
    mark = rng.random()
    if len(items) == 1 or mark < prose:
        return " ".join(items)
    if mark < plain_lines:
        return "\n".join(items)
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, start=1))
