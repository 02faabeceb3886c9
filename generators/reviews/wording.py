"""Put one review in words: fill the slots of a frame, mend articles and capitals, type it as people do.

How to run: not alone; `python -m generators.reviews` does.
What comes out: `Pen(...).write(frame)` gives a text, `typed` the same with a slip of the fingers or none.
Everything rests on Random.random(), the one method whose sequence Python promises to keep.
"""

import re
from random import Random

from generators.reports.slots import choose
from generators.reviews.frames import ANSWERS, CONCLUSIONS
from generators.reviews.general import BECAME, LIKE, LIKED, OTHERS, RECOMMEND, STRONG, VERDICTS
from generators.reviews.grammar import Aspect, Domain, Pair

TYPO = 0.02  # of the reviews have one slip
LOWER = 0.06  # begin in lower case and end without a full stop
KEEN = 0.06  # end with an exclamation mark
FULL = frozenset(  # adjectives that are whole already: nothing is very gorgeous
    "stunning gorgeous delicious useless tasteless one-note burnt lifeless full breathtaking believable".split()
)
INNER = re.compile(r"\[([^\[\]]*)\]|\{([^{}\[\]]+)\}")
A_BEFORE = re.compile(r'\b(a) (?="?[aeiou](?!ne-|ni[qtv]|se|sual)|hour|honest)', re.IGNORECASE)


class Pen:
    """Words one review. It remembers what it has said: no aspect, adjective or event comes twice."""

    def __init__(self, rng: Random, domain: Domain, positive: bool) -> None:
        """Take a thing of `domain` to write about, liked or not."""
        self.rng, self.domain, self.positive = rng, domain, positive
        self.thing = choose(rng, domain.things)
        self.aspect: Aspect | None = None  # the last one named
        self.used: set[str] = set()  # asked, never walked through: the order of a set differs from run to run

    def write(self, frame: str) -> str:
        """Return a frame with all slots filled, and what the slots bring along filled too."""
        text = frame
        while hit := INNER.search(text):
            filled = choose(self.rng, hit[1].split("|")) if hit[1] is not None else self.fill(hit[2])
            text = text[: hit.start()] + filled + text[hit.end() :]
        return mended(text)

    def fresh(self, options: tuple[str, ...]) -> str:
        """Return an option that was not used before, where there is one."""
        option = choose(self.rng, [one for one in options if one not in self.used] or options)
        self.used.add(option)
        return option

    def fill(self, slot: str) -> str:
        """Return the words for a slot; see frames.py for what slots there are."""
        sign = slot[0] if slot[0] in "~+-" else ""
        good = {"": self.positive, "~": not self.positive, "+": True, "-": False}[sign]
        name = slot[len(sign) :]
        return self.paired(name, good) or self.of_aspect(name, good) or self.plain(name)

    def paired(self, name: str, good: bool) -> str:
        """Return one of a list that has a good and a bad side, "" for other slots."""
        here = self.domain
        pairs: dict[str, Pair] = {
            "strong": STRONG,
            "liked": LIKED,
            "like": LIKE,
            "recommend": RECOMMEND,
            "became": BECAME,
            "answer": ANSWERS,
            "conclusion": CONCLUSIONS,
            "rescue": (("spoil",), ("save",)),
            "feared": (("feared",), ("hoped",)),
            "verdict": (VERDICTS[0] + here.verdicts[0] * 2, VERDICTS[1] + here.verdicts[1] * 2),
            "whole": here.whole,
            "felt": here.felt,
            "noun": here.nouns,
            "deed": here.deeds,
            "event": here.events,
            "advice": here.advice,
            "mockery": here.mockery,
        }
        return self.fresh(pairs[name][0 if good else 1]) if name in pairs else ""

    def take(self, among: str) -> Aspect:
        """Pick an aspect not spoken of yet: a "main" one, a "side" one, a "loose" side one (no article), or any."""
        having = [one for one in self.domain.aspects if not one.only or self.thing in one.only]
        if among in ("main", "side", "loose"):
            having = [one for one in having if one.main == (among == "main")]
        if among == "loose":
            having = [one for one in having if one.kind != "count"]
        free = [one for one in having if one.noun not in self.used]
        self.aspect = choose(self.rng, free or having)
        self.used.add(self.aspect.noun)
        return self.aspect

    def of_aspect(self, name: str, good: bool) -> str:
        """Return what is said of an aspect, "" for other slots."""
        side = 0 if good else 1
        if name in ("clause", "main", "side"):
            one = self.take(name)
            if self.rng.random() < 0.5:
                return f"the {one.noun} {self.fresh(one.does[side])}"
            degree = choose(self.rng, ("", "", "", "really ", "very ", "so "))
            said = self.fresh(one.adjectives[side])
            return f"the {one.noun} {self.copula()} {'' if said in FULL else degree}{said}"
        if name.endswith("np"):  # np, main np, side np, loose np, and the same with the article "the"
            one = self.take(name.removeprefix("the ").removesuffix("np").strip())
            article = "the " if name.startswith("the ") else "a " if one.kind == "count" else ""
            degree = choose(self.rng, ("", "", "", "", "very "))
            said = self.fresh(one.adjectives[side])
            return f"{article}{'' if said in FULL or article == 'the ' else degree}{said} {one.noun}"
        if name == "fit at":
            self.take("any")
        if name == "aspect":
            self.take("any")
        if self.aspect is None:
            return ""
        return {
            "aspect": f"the {self.aspect.noun}",
            "aspect at": f"the {self.aspect.noun}",
            "is": self.copula(),
            "isn't": f"{self.copula()}n't",
        }.get(name) or (self.fresh(self.aspect.adjectives[side]) if name in ("fit", "fit at") else "")

    def copula(self) -> str:
        """Return is, are, was or were, as the last aspect and the domain want it."""
        assert self.aspect is not None, "the frame has {is} before an aspect"
        plural = self.aspect.kind == "plural"
        return ("were" if plural else "was") if self.domain.past else ("are" if plural else "is")

    def plain(self, name: str) -> str:
        """Return the words for a slot without a polarity."""
        here = self.domain
        lists = {**OTHERS, "context": here.contexts, "cost": here.costs, "gripe": here.gripes}
        if name in lists:
            return self.fresh(lists[name])
        past, present = {
            "it is": ("it was", "it's"),
            "it isn't": ("it wasn't", "it isn't"),
            "be": ("was", "is"),
            "has": ("had", "has"),
            "lacks": ("lacked", "lacks"),
            "can": ("could", "can"),
            "does not": ("didn't", "doesn't"),
            "thing": (self.thing, self.thing),
            "things": (plural(self.thing), plural(self.thing)),
            "seen": (here.seen, here.seen),
            "again": (here.again, here.again),
            "doing": (here.doing, here.doing),
        }[name]
        return past if here.past else present


def plural(noun: str) -> str:
    """Return the plural of a thing: thrillers, comedies, smartwatches, series."""
    if noun.endswith("series"):
        return noun
    if noun.endswith("y"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("ch", "sh", "x", "s")) else "s")


def mended(text: str) -> str:
    """Return a text with a or an as the next word wants it, and capitals at the head of sentences."""
    text = A_BEFORE.sub(r"\1n ", " ".join(text.split()))
    text = re.sub(r"\bi\b(?=[ '])", "I", text)
    return re.sub(r'(^|[.!?]"? +)("?)([a-z])', lambda hit: hit[1] + hit[2] + hit[3].upper(), text)


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
