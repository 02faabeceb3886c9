"""Read the kinds of article and the facts that are told of them, and draw the values of a fact's slots.

A sentence may leave out a slot that a question asks for: the same question is then answerable in one passage and not
in the next, so that no wording of a question tells which.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from generators.engine import Entry, between, choose, read

FILES = "origins inside ways troubles people today fame river species expedition machine person".split()
LAST_YEAR = 2024
TRIES = 40  # draws of a value whose number the article may have already
Texts = tuple[str, ...]
Values = dict[str, str]


@dataclass(frozen=True)
class Slot:
    """Something that varies. Two slots of one sort can be mistaken for each other, as two years can."""

    sort: str
    draw: Callable[["Article", Values], str]  # of the article, and of the fact's slots drawn so far
    size: float  # words, about
    after: str = ""  # a slot that must be drawn before


@dataclass(frozen=True)
class Ask:
    """A question: the slot or span that answers it, what tempts where that is not told, the wording."""

    answer: str
    plausible: str  # "": whatever is of the answer's sort
    derivable: bool  # it may follow from the rest where it is not told, as an end from a start and a duration
    text: str


@dataclass(frozen=True)
class Fact:
    """What is told in one sentence or two, in several wordings, and what can be asked about it."""

    name: str
    kinds: frozenset[str]
    says: Texts
    asks: tuple[Ask, ...]
    slots: dict[str, Slot]
    lead: bool = False  # says what the subject is: the article begins with it


@dataclass(frozen=True)
class Kind:
    """A kind of article: how its titles are made, what its subject is called, its own words."""

    name: str
    titles: Texts
    called: str  # how a sentence names the title
    short: str  # and how it does afterwards
    themes: Texts  # what its passages can be about, in order
    words: dict[str, Texts]
    born: tuple[int, int] = (1830, 1935)  # the years in which it can have begun


# One article while it is written


class LeastUsed:
    """Chooses evenly over all articles: the options used least come first."""

    def __init__(self, rng: Random) -> None:
        """Begin with nothing used."""
        self.rng = rng
        self.used: Counter[str] = Counter()

    def pick(self, listed: Texts, but: set[str]) -> str:
        """Return one of the options used least, none of `but` where others are left."""
        free = [option for option in listed if option not in but] or list(listed)
        fewest = min(self.used[option] for option in free)
        option = choose(self.rng, [option for option in free if self.used[option] == fewest])
        self.used[option] += 1
        return option


class Article:
    """What one article has used: names, years and numbers do not repeat while others are left."""

    def __init__(self, least_used: LeastUsed, lexicon: dict[str, Texts], born: int) -> None:
        """Draw what the whole article shares: its place, region and currency."""
        self.least_used, self.rng, self.lexicon, self.born = least_used, least_used.rng, lexicon, born
        self.taken: set[str] = set()  # for membership only: the order of a set differs from run to run
        self.pronouns: dict[str, str] = {}  # of each person
        self.facts: set[str] = set()  # told already
        self.name = self.short = self.title = ""
        self.words = {
            "place": self.town(),
            "far": self.town(),
            "region": self.pick(NAMES["region"]),
            "currency": self.pick(NAMES["currency"]),
        }

    def pick(self, listed: Texts) -> str:
        """Return one of the options, those used least first, none twice in an article where others are left."""
        option = self.least_used.pick(listed, self.taken)
        self.taken.add(option)
        return option

    def fresh(self, draw: Callable[[], str]) -> str:
        """Return a value drawn, again if the article has its number already."""
        for _ in range(TRIES):
            value = draw()
            if value.split()[0] not in self.taken:
                break
        self.taken.add(value.split()[0])
        return value

    def year(self, low: int, high: int) -> str:
        """Return a year of the range that the article does not have, or the next such one before it."""
        high = min(high, LAST_YEAR)
        free = [year for year in range(min(low, high), high + 1) if str(year) not in self.taken]
        while not free:
            low -= 1
            free = [low] if str(low) not in self.taken else []
        year = str(choose(self.rng, free))
        self.taken.add(year)
        return year

    def person(self, pronoun: str = "") -> str:
        """Return a full name; `pronoun` is she, he or "" for either."""
        women, men = NAMES["woman"], NAMES["man"]
        given = self.pick({"she": women, "he": men}.get(pronoun, women + men))
        person = f"{given} {self.pick(NAMES['family'])}"
        self.pronouns[person] = "she" if given in women else "he"
        return person

    def town(self) -> str:
        """Return a name of a town."""
        return self.pick(TOWNS)


# Slots


def _slot(key: str, spec: Texts) -> tuple[str, Slot]:
    """Return name and slot of a field; README.md lists what can be written there."""
    name, _, sort = key.removesuffix(")").partition(" (")
    first = spec[0]
    if len(spec) == 1 and (
        hit := re.fullmatch(r"(\w+) (-?\d+) to (-?\d+)(?: by (\d+))?(?: after (\w+))?( .+)?", first)
    ):
        how, low, high, step = hit[1], int(hit[2]), int(hit[3]), int(hit[4] or 1)
        return name, _counted(how, low, high, step, hit[5] or "", (hit[6] or "").strip(), sort)
    if len(spec) == 1 and first in ("person", "man", "woman"):
        pronoun = {"man": "he", "woman": "she"}.get(first, "")
        return name, Slot("person", lambda article, _: article.person(pronoun), 2)
    if len(spec) == 1 and first == "town":
        return name, Slot("town", lambda article, _: article.town(), 1)
    if len(spec) == 1 and first == "date":
        return name, Slot("date", lambda article, _: article.fresh(lambda: _date(article)), 2)
    if len(spec) == 1 and first.startswith("word "):
        own = first.removeprefix("word ")
        return name, Slot(sort or own, lambda article, _: article.pick(article.lexicon[own]), 4)
    if first.startswith("three of "):
        listed = (first.removeprefix("three of "), *spec[1:])
        return name, Slot(sort or name, lambda article, _: _three(article, listed), 6)
    if len(spec) == 1:
        sort, spec = sort or first, NAMES[first]
    size = sum(len(option.split()) for option in spec) / len(spec)
    return name, Slot(sort or name, lambda article, _: article.pick(spec), size)


def _counted(how: str, low: int, high: int, step: int, after: str, unit: str, sort: str) -> Slot:
    """Return the slot of a number of any kind from `low` to `high`."""

    def number(article: Article) -> int:
        return between(article.rng, low // step, high // step) * step

    def year(article: Article, values: Values) -> str:
        since = int(values[after]) if after else 0 if low > 1000 else article.born
        return article.year(since + low, since + high)

    def draw(article: Article) -> str:
        many = number(article)
        if how == "money":
            return f"{many:,} {article.words['currency']}"
        if how == "number":
            return f"{many:,} {unit}".strip()
        return f"{SMALL[many] if many < len(SMALL) else many} {unit}".strip()  # lasting and count: in words if small

    if how == "year":
        return Slot("year", year, 1, after)
    usual, size = {
        "money": ("money", 2),
        "number": (unit or "number", 2 if unit else 1),
        "lasting": ("duration", 2),
        "count": ("number", 1),
    }[how]
    return Slot(sort or usual, lambda article, _: article.fresh(lambda: draw(article)), size)


def _date(article: Article) -> str:
    return f"{between(article.rng, 1, 28)} {article.pick(NAMES['month'])}"


def _three(article: Article, listed: Texts) -> str:
    first, second, third = (article.pick(listed) for _ in range(3))
    return f"{first}, {second} and {third}"


# Text files


def _fact(entry: Entry, kinds: Texts) -> Fact:
    """Return a fact of these kinds unless it names others."""
    asks = []
    for line in entry.all("asks"):
        wanted, text = line.split(": ", 1)
        answer, _, plausible = wanted.partition(" / ")
        asks.append(Ask(answer.rstrip("!"), plausible, answer.endswith("!"), text))
    named = frozenset(name for one in entry.all("kinds") or kinds for name in GROUPS.get(one, (one,)))
    slots = dict(_slot(name, spec) for key, spec in entry.others(Fact).items() for name in _names(key))
    return entry.build(Fact, name=entry.name, kinds=named, asks=tuple(asks), slots=slots)


def _names(key: str) -> list[str]:
    """Return the keys that a field like "elder, younger (sort)" stands for."""
    names, bracket, sort = key.partition(" (")
    return [f"{name}{bracket}{sort}" for name in names.split(", ")]


def _themes() -> dict[str, tuple[Fact, ...]]:
    """Return the facts of each theme, in the order of the files."""
    found: dict[str, tuple[Fact, ...]] = {}
    for file in FILES:
        for entry in read(__file__, file):
            if entry.kind == "theme":
                theme, kinds = entry.name, entry.all("kinds")
                found[theme] = ()
                entry.close()
            else:
                found[theme] += (_fact(entry, kinds),)
    return found


_names_file, *_kind_entries = read(__file__, "names") + read(__file__, "kinds")
NAMES = _names_file.rest()
SMALL = NAMES["small number"]
TOWNS = tuple(first + last for last in NAMES["end of a town"] for first in NAMES["beginning of a town"])
GROUPS = _kind_entries.pop(0).rest()
KINDS = tuple(one.build(Kind, name=one.name, words=one.others(Kind)) for one in _kind_entries)
THEMES = _themes()
