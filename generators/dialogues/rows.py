"""Deal the dialogues of a file: topics and lengths in fixed shares, no two dialogues alike.

How to run: not alone; `python -m generators.dialogues` writes what `make_dialogues` returns.
What comes out: dialogues. Of each four in a row there is one of each topic, so that any number of rows is balanced and
a longer list begins with the shorter one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from generators.dialogues import booking, greeting, small_talk, troubleshooting
from generators.dialogues.house import VISITORS
from generators.dialogues.wording import Talk
from generators.reviews.rows import alike, runs, shuffled

TOPICS = {"greeting": greeting, "booking": booking, "troubleshooting": troubleshooting, "small talk": small_talk}
LENGTHS = (4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 10, 10)  # turns, of each seventeen dialogues of a topic
ONE_IN_TEN = (True,) + (False,) * 9
LONG_ENOUGH = 6  # turns, for a third person to come in, or one to speak twice


@dataclass(frozen=True)
class Dialogue:
    """One row, and the facts it ended with, which are not written."""

    id: str
    topic: str
    turns: list[dict[str, str]]
    facts: dict[str, str]

    def row(self) -> dict[str, Any]:
        """The row as it is written."""
        return {"id": self.id, "topic": self.topic, "turns": self.turns}

    def transcript(self) -> str:
        """The dialogue as lines "Name: text"."""
        return "\n".join(f"{turn['speaker']}: {turn['text']}" for turn in self.turns)


def make_dialogues(rows: int, seed: int) -> list[dict[str, Any]]:
    """Return `rows` dialogues as they are written; a longer list with the same seed begins with the shorter one."""
    return [dialogue.row() for dialogue in deal(rows, seed)]


def deal(rows: int, seed: int) -> list[Dialogue]:
    """Return `rows` dialogues with their facts."""
    rng = Random(seed)
    topics = _cards(rng, tuple(TOPICS))
    lengths = {topic: _cards(rng, LENGTHS) for topic in TOPICS}
    breaks = {topic: _cards(rng, ONE_IN_TEN) for topic in TOPICS}
    thirds = _cards(rng, ONE_IN_TEN)
    made: list[Dialogue] = []
    places: dict[str, list[int]] = {}  # run of words -> the earlier dialogues that have it
    sizes: list[int] = []
    while len(made) < rows:
        topic = next(topics)
        length, twice = next(lengths[topic]), next(breaks[topic])
        third = topic == "small talk" and next(thirds)
        while True:
            talk = draw(rng, topic, max(length, LONG_ENOUGH) if twice or third else length, twice, third)
            number = 1 + sum(one.topic == topic for one in made)
            dialogue = Dialogue(f"{topic.replace(' ', '-')}-{number:03}", topic, talk.turns, talk.facts)
            mine = runs(dialogue.transcript())
            if not alike(mine, places, sizes):
                break
        for run in mine:
            places.setdefault(run, []).append(len(made))
        sizes.append(len(mine))
        made.append(dialogue)
    return made


def draw(rng: Random, topic: str, length: int, twice: bool, third: bool) -> Talk:
    """Return a talk of `length` turns; twice: one speaker has two in a row; third: a third person joins in."""
    while True:
        visitor, other = shuffled(rng, list(VISITORS))[:2]
        talk = Talk(rng, TOPICS[topic].SAYS, visitor, {"third": other} if third else {})
        TOPICS[topic].plan(talk)
        if twice and talk.breaks:
            talk.twice()
        elif twice:
            continue
        if len(talk.turns) == length:
            return talk


def _cards(rng: Random, cards: tuple) -> Iterator:
    """Yield the cards in drawn order, again and again."""
    while True:
        yield from shuffled(rng, list(cards))
