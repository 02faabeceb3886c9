"""Draw and word the reviews of a file: phenomena and labels in fixed shares, texts that are all distinct.

Each hundred rows have the shares of frames.txt exactly, in drawn order, so that any length is balanced and a longer
list begins with the shorter one.
"""

import re
from dataclasses import dataclass
from random import Random

from generators.command import normalised
from generators.engine import Distinct, choose, mended, shuffled, unused, worded
from generators.reviews.things import DOMAINS, PHENOMENA, TENSES, Aspect, Domain, Phenomenon

WORDS = (4, 40)
LONGER = 0.2  # of the reviews say where and when first
TYPO = 0.02  # have one slip
LOWER = 0.06  # begin in lower case and end without a full stop
KEEN = 0.06  # end with an exclamation mark
FULL = frozenset(  # adjectives that no "very" goes with: nothing is very gorgeous
    "stunning gorgeous delicious useless tasteless one-note burnt lifeless full breathtaking believable".split()
)


@dataclass(frozen=True)
class Review:
    """One row."""

    text: str
    positive: bool
    phenomenon: str

    def cells(self) -> tuple[str, str, str]:
        """The row as it is written."""
        return self.text, "positive" if self.positive else "negative", self.phenomenon


class ReviewWriter:
    """Words one review. It remembers what it has said: no aspect, adjective or event comes twice."""

    def __init__(self, rng: Random, domain: Domain, positive: bool) -> None:
        """Take a thing of `domain` to write about, liked or not."""
        self.rng, self.domain, self.positive = rng, domain, positive
        self.thing = choose(rng, domain.things)
        self.aspect: Aspect | None = None  # the last one named
        self.used: set[str] = set()  # for membership only: the order of a set differs from run to run

    def write(self, frame: str) -> str:
        """Return a frame with all slots filled, and what the slots bring along filled too."""
        return mended(worded(self.rng, frame, self.fill))

    def fill(self, slot: str) -> str:
        """Return the words for a slot; README.md lists the slots."""
        sign = slot[0] if slot[0] in "~+-" else ""
        side = {"": not self.positive, "~": self.positive, "+": False, "-": True}[sign]  # 0 good, 1 bad
        name = slot[len(sign) :]
        if name in self.domain.pairs:
            return unused(self.rng, self.domain.pairs[name][side], self.used)
        return self.of_aspect(name, side) or self.plain(name)

    def take(self, among: str) -> Aspect:
        """Return an aspect not spoken of yet: a "main" one, a "side" one, a "loose" side one (no article), or any."""
        having = [one for one in self.domain.aspects if not one.only or self.thing in one.only]
        if among in ("main", "side", "loose"):
            having = [one for one in having if one.main == (among == "main")]
        if among == "loose":
            having = [one for one in having if one.kind != "count"]
        free = [one for one in having if one.noun not in self.used]
        self.aspect = choose(self.rng, free or having)
        self.used.add(self.aspect.noun)
        return self.aspect

    def of_aspect(self, name: str, side: int) -> str:
        """Return what is said of an aspect, "" for other slots."""
        if name in ("clause", "main", "side"):
            one = self.take(name)
            if self.rng.random() < 0.5:
                return f"the {one.noun} {unused(self.rng, one.does[side], self.used)}"
            degree = choose(self.rng, ("", "", "", "really ", "very ", "so "))
            said = unused(self.rng, one.adjectives[side], self.used)
            return f"the {one.noun} {self.copula(one)} {'' if said in FULL else degree}{said}"
        if name.endswith("np"):  # np, main np, side np, loose np, and the same with the article "the"
            one = self.take(name.removeprefix("the ").removesuffix("np").strip())
            article = "the " if name.startswith("the ") else "a " if one.kind == "count" else ""
            degree = choose(self.rng, ("", "", "", "", "very "))
            said = unused(self.rng, one.adjectives[side], self.used)
            return f"{article}{'' if said in FULL or article == 'the ' else degree}{said} {one.noun}"
        if name in ("fit at", "aspect"):
            self.take("any")
        if self.aspect is None:
            return ""
        if name in ("fit", "fit at"):
            return unused(self.rng, self.aspect.adjectives[side], self.used)
        noun, verb = f"the {self.aspect.noun}", self.copula(self.aspect)
        return {"aspect": noun, "aspect at": noun, "is": verb, "isn't": f"{verb}n't"}.get(name, "")

    def copula(self, aspect: Aspect) -> str:
        """Return is, are, was or were, as the aspect and the domain want it."""
        plural = aspect.kind == "plural"
        return ("were" if plural else "was") if self.domain.past else ("are" if plural else "is")

    def plain(self, name: str) -> str:
        """Return the words for a slot without a polarity."""
        if name in self.domain.lists:
            return unused(self.rng, self.domain.lists[name], self.used)
        if name in TENSES:
            past, present = TENSES[name]
            return past if self.domain.past else present
        return (self.domain.verbs | {"thing": self.thing, "things": plural(self.thing)})[name]


def plural(noun: str) -> str:
    """Return the plural of a thing: thrillers, comedies, smartwatches, series."""
    if noun.endswith("series"):
        return noun
    if noun.endswith("y"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("ch", "sh", "x", "s")) else "s")


def slip(rng: Random, text: str) -> str:
    """Return a text with two neighbouring letters swapped, or one left out, inside one of its longer words."""
    places = [hit.start() for hit in re.finditer(r"\b[a-z]{6,}\b", text)]
    if not places:
        return text
    at = choose(rng, places) + 2
    if text[at] == text[at + 1] or rng.random() < 0.4:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def typed(rng: Random, text: str) -> str:
    """Return a text as a person types it: mostly as it is, now and then in a hurry or with feeling."""
    mark = rng.random()
    if mark < LOWER and not text.startswith(("I ", "I'", '"')):
        text = text[0].lower() + text[1:].removesuffix(".")
    elif mark < LOWER + KEEN and text.endswith("."):
        text = text[:-1] + "!"
    return slip(rng, text) if rng.random() < TYPO else text


def draw(rng: Random, positive: bool, phenomenon: Phenomenon) -> str:
    """Return a text of 4 to 40 words."""
    while True:
        writer = ReviewWriter(rng, choose(rng, DOMAINS), positive)
        frame = choose(rng, phenomenon.frames(positive))
        if "{context}" not in frame and rng.random() < LONGER:
            frame = "{context} " + frame
        if rng.random() < phenomenon.tailed:
            frame = f"{frame} {choose(rng, phenomenon.tails)}"
        text = writer.write(frame)
        if WORDS[0] <= len(text.split()) <= WORDS[1]:
            return typed(rng, text)


def make_reviews(rows: int, seed: int) -> list[Review]:
    """Return `rows` reviews; a longer list with the same seed begins with the shorter one."""
    rng = Random(seed)
    hundred = [
        (positive, phenomenon)
        for phenomenon in PHENOMENA
        for positive, count in ((True, phenomenon.positive), (False, phenomenon.negative))
        for _ in range(count)
    ]
    reviews: list[Review] = []
    seen: set[str] = set()
    distinct = Distinct()
    while len(reviews) < rows:
        for positive, phenomenon in shuffled(rng, hundred)[: rows - len(reviews)]:
            text = draw(rng, positive, phenomenon)
            while normalised(text) in seen or not distinct.accept(text):
                text = draw(rng, positive, phenomenon)
            seen.add(normalised(text))
            reviews.append(Review(text, positive, phenomenon.name))
    return reviews
