"""Put a passage in words and keep where each value stands.

While it is worded, a text has its spans marked as <number of the fact.name:words>; the marks are cut out at the end.
"""

import re
from dataclasses import dataclass, field
from random import Random

from generators.engine import chosen, mended, worded
from generators.passages.facts import Article, Fact, Values

SLOT = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
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

    article: Article
    text: str = ""
    facts: list[Fact] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


def resolved(rng: Random, frame: str, article: Article) -> str:
    """Return a frame with its choices made, and the subject's premises named."""
    return with_site(chosen(rng, frame), article)


def with_site(text: str, article: Article) -> str:
    """Return a text with {site} replaced by what the subject's premises are called."""
    return text.replace("{site}", article.lexicon.get("site", ("{the}",))[0])


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
        article.words[name] = article.pick(article.lexicon[name])
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
    passage = Passage(article)
    parts: list[str] = []
    named = False
    for number, (fact, frame, values) in enumerate(in_time(article, told)):
        passage.facts.append(fact)
        passage.values.append(values)

        def fill(slot: str, number: int = number, fact: Fact = fact, values: Values = values) -> str:
            nonlocal named
            name, _, case = slot.partition(".")
            if name == "the":
                full = not named or rng.random() < AGAIN
                named = True
                return article.name if full else article.short
            if name.lower() in CASES:
                return pronoun(article, article.title, name)
            value = value_of(article, fact, values, name)
            return pronoun(article, value, case) if case else f"<{number}.{name}:{value}>"

        parts.append(worded(rng, re.sub(r"<(\w+):", rf"<{number}.\1:", frame), fill))
    passage.text, passage.spans = unmarked(mended(" ".join(parts)), passage.facts)
    return passage


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
