"""Draw the dialogues of a file: topics and lengths in fixed shares, no two dialogues alike.

Of each four in a row there is one of each topic, so that any number of rows is balanced and a longer list begins with
the shorter one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, TypeVar

from generators.dialogues import booking, greeting, small_talk, troubleshooting
from generators.dialogues.guesthouse import VISITORS
from generators.dialogues.talk import Talk
from generators.engine import Distinct, shuffled

T = TypeVar("T")
TOPICS = {"greeting": greeting, "booking": booking, "troubleshooting": troubleshooting, "small talk": small_talk}
LENGTHS = (4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 10, 10)  # turns, of each seventeen dialogues of a topic
ONE_IN_TEN = (True,) + (False,) * 9
LONG_ENOUGH = 6  # turns, for a third person to come in, or one to speak twice


def make_dialogues(rows: int, seed: int) -> list[dict[str, Any]]:
    """Return `rows` dialogues as they are written; a longer list with the same seed begins with the shorter one."""
    rng = Random(seed)
    topics = _rounds(rng, tuple(TOPICS))
    lengths = {topic: _rounds(rng, LENGTHS) for topic in TOPICS}
    breaks = {topic: _rounds(rng, ONE_IN_TEN) for topic in TOPICS}
    thirds = _rounds(rng, ONE_IN_TEN)
    made: list[dict[str, Any]] = []
    numbers: Counter[str] = Counter()
    distinct = Distinct()
    while len(made) < rows:
        topic = next(topics)
        length, twice = next(lengths[topic]), next(breaks[topic])
        third = topic == "small talk" and next(thirds)
        if twice or third:
            length = max(length, LONG_ENOUGH)
        turns = draw(rng, topic, length, twice, third)
        while not distinct.accept("\n".join(f"{turn['speaker']}: {turn['text']}" for turn in turns)):
            turns = draw(rng, topic, length, twice, third)
        numbers[topic] += 1
        made.append({"id": f"{topic.replace(' ', '-')}-{numbers[topic]:03}", "topic": topic, "turns": turns})
    return made


def draw(rng: Random, topic: str, length: int, twice: bool, third: bool) -> list[dict[str, str]]:
    """Return `length` turns; twice: one speaker has two in a row; third: a third person joins in."""
    while True:
        visitor, other = shuffled(rng, VISITORS)[:2]
        talk = Talk(rng, TOPICS[topic].SAYS, visitor, {"third": other} if third else {})
        TOPICS[topic].plan(talk)
        if twice and not talk.breaks:
            continue
        if twice:
            talk.twice()
        if len(talk.turns) == length:
            return talk.turns


def _rounds(rng: Random, items: Sequence[T]) -> Iterator[T]:
    """Yield the items in drawn order, again and again."""
    while True:
        yield from shuffled(rng, items)
