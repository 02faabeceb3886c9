"""Put a passage in words and keep where each value stands.

How to run: not alone; articles.py uses `compose`. What comes out: a Passage.
While it is worded, a text has its spans marked as <number of the fact.name:words>; the marks are cut out at the end.
"""

import re
from dataclasses import dataclass, field
from random import Random

from generators.passages.grammar import Fact
from generators.passages.memory import Article, Values
from generators.reports.slots import choose

CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
A_BEFORE = re.compile(r'\b([Aa]) ((?:<[\w.]+:|")*)(?=[aeio]|u(?!ni|se|ti))')
HEAD = re.compile(r'(^|[.!?]"? )((?:<[\w.]+:|")*)([a-z])')
CASES = {"he": ("he", "she"), "his": ("his", "her"), "him": ("him", "her")}
AGAIN = 0.25  # of the later mentions of the subject are its full name again


@dataclass(frozen=True)
class Span:
    """A value of a fact at a place of the text; sort: what it can be mistaken for."""

    fact: int
    name: str
    sort: str
    start: int
    text: str


@dataclass
class Passage:
    """A text, what is told in it, and the values of each of its facts."""

    text: str = ""
    facts: list[Fact] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


def resolved(rng: Random, frame: str, article: Article) -> str:
    """Return a frame with its choices made, and the subject's premises named."""
    while hit := CHOICE.search(frame):
        frame = frame[: hit.start()] + choose(rng, hit[1].split("|")) + frame[hit.end() :]
    return frame.replace("{site}", article.lexicon.get("site", ("{the}",))[0])


def pronoun(article: Article, person: str, case: str) -> str:
    """Return he, his, him, or she, her, her, for a person, with a capital where `case` has one."""
    word = CASES[case.lower()][article.pronouns[person] == "she"]
    return word.capitalize() if case[0].isupper() else word


def value_of(article: Article, fact: Fact, values: Values, name: str) -> str:
    """Return the value of a slot or of one of the article's own words, drawn when it is first asked for."""
    if name in fact.slots:
        slot = fact.slots[name]
        if slot.after:
            value_of(article, fact, values, slot.after)
        if name not in values:
            values[name] = slot.draw(article, values)
        return values[name]
    if name not in article.words:
        article.words[name] = article.deal(article.lexicon[name])
    return article.words[name]


def opens(frame: str) -> bool:
    """Whether a frame names the subject at once, as the first of a passage must."""
    return "{the}" in re.split(r"[.;] ", frame)[0]


def in_time(article: Article, told: list[tuple[Fact, str]]) -> list[tuple[Fact, str, Values]]:
    """Return the facts with their years drawn, by the first year of each; one without stays behind the one before."""
    dated: list[tuple[int, tuple[Fact, str, Values]]] = []
    now = 0
    for fact, frame in told:
        values: Values = {}
        drawn = [
            int(value_of(article, fact, values, hit[1]))
            for hit in SLOT.finditer(frame)
            if hit[1] in fact.slots and fact.slots[hit[1]].sort == "year"
        ]
        now = 0 if fact.lead else min(drawn, default=now)
        dated.append((now, (fact, frame, values)))
    ordered = [one for _, one in sorted(dated, key=lambda one: one[0])]
    first = next(one for one in ordered if opens(one[1]))
    return [first, *(one for one in ordered if one is not first)]


def compose(rng: Random, article: Article, told: list[tuple[Fact, str]]) -> Passage:
    """Return the passage that tells these facts in these resolved frames, in the order of time."""
    passage = Passage()
    parts = []
    named = False
    for number, (fact, frame, values) in enumerate(in_time(article, told)):
        passage.facts.append(fact)
        passage.values.append(values)
        text = re.sub(r"<(\w+):", rf"<{number}.\1:", frame)
        while hit := SLOT.search(text):
            name, part = hit[1], hit[2]
            if name == "the":
                said = article.name if not named or rng.random() < AGAIN else article.short
                named = True
            elif name.lower() in CASES:
                said = pronoun(article, article.title, name)
            else:
                value = value_of(article, fact, values, name)
                said = pronoun(article, value, part) if part else f"<{number}.{name}:{value}>"
            text = text[: hit.start()] + said + text[hit.end() :]
        parts.append(text)
    marked = mended(" ".join(parts))
    passage.text, passage.spans = unmarked(marked, passage.facts)
    return passage


def mended(text: str) -> str:
    """Return a text with single spaces, a or an as the next word wants it, and capitals at the head of sentences."""
    text = re.sub(r" +([.,;:])", r"\1", " ".join(text.split()))
    text = A_BEFORE.sub(r"\1n \2", text)
    return HEAD.sub(lambda hit: hit[1] + hit[2] + hit[3].upper(), text)


def sort_of(fact: Fact, name: str) -> str:
    """Return what a span can be mistaken for: a span named why... is a reason, any other its slot's sort."""
    if name.startswith("why"):
        return "reason"
    return fact.slots[name].sort if name in fact.slots else {"place": "town", "far": "town"}.get(name, name)


def unmarked(marked: str, facts: list[Fact]) -> tuple[str, list[Span]]:
    """Return the text without marks, and its spans in the order in which they end."""
    text = ""
    spans: list[Span] = []
    opened: list[tuple[int, str, int]] = []
    for piece in re.split(r"(<\d+\.\w+:|>)", marked):
        if piece == ">":
            number, name, start = opened.pop()
            spans.append(Span(number, name, sort_of(facts[number], name), start, text[start:]))
        elif hit := re.fullmatch(r"<(\d+)\.(\w+):", piece):
            opened.append((int(hit[1]), hit[2], len(text)))
        else:
            text += piece
    return text, spans
