"""Remember what has been used: names, years and numbers of one article, and how often each option came in all.

How to run: not alone; grammar.py draws from it. What comes out: values that do not repeat while others are left.
Everything rests on Random.random(), the one method whose sequence Python promises to keep.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

from generators.passages import names
from generators.reports.slots import choose

Values = dict[str, str]
LAST_YEAR = 2024
TRIES = 40


class Deck:
    """Options of all articles: those used least come first."""

    def __init__(self, rng: Random) -> None:
        """Begin with nothing used."""
        self.rng = rng
        self.used: Counter[str] = Counter()

    def deal(self, listed: tuple[str, ...], but: frozenset[str] = frozenset()) -> str:
        """Return one of the options used least, none of `but` where others are left."""
        free = [option for option in listed if option not in but] or list(listed)
        fewest = min(self.used[option] for option in free)
        option = choose(self.rng, [option for option in free if self.used[option] == fewest])
        self.used[option] += 1
        return option


class Article:
    """One article while it is written."""

    def __init__(self, deck: Deck, lexicon: dict[str, tuple[str, ...]], born: int) -> None:
        """Draw what the whole article shares: its place, region and currency."""
        self.deck, self.rng, self.lexicon, self.born = deck, deck.rng, lexicon, born
        self.taken: set[str] = set()  # asked, never walked through: the order of a set differs from run to run
        self.pronouns: dict[str, str] = {}  # of each person
        self.facts: set[str] = set()  # told already
        self.name = self.short = self.title = ""
        self.words = {
            "place": self.town(),
            "far": self.town(),
            "region": self.deal(names.REGIONS),
            "currency": self.deal(names.CURRENCIES),
        }

    def deal(self, listed: tuple[str, ...]) -> str:
        """Return one of the options, those used least first, none twice in an article where others are left."""
        option = self.deck.deal(listed, frozenset(self.taken))
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

    def family(self) -> str:
        """Return a family name that nobody else in the article has."""
        return self.deal(names.FAMILIES)

    def person(self, pronoun: str = "") -> str:
        """Return a full name; `pronoun` is she, he or "" for either."""
        given = self.deal({"she": names.WOMEN, "he": names.MEN}.get(pronoun, names.WOMEN + names.MEN))
        person = f"{given} {self.family()}"
        self.pronouns[person] = "she" if given in names.WOMEN else "he"
        return person

    def town(self) -> str:
        """Return a name of a town."""
        return self.deal(names.TOWNS)
