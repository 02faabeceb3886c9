"""Say what an article is made of: facts with sentences and questions, and the slots that vary in them.

How to run: not alone; the modules of facts and kinds.py use it.
What comes out: values for wording.py to put in words and for asking.py to ask about.

A sentence may leave out a slot that a question asks for: the same question is then answerable in one passage and not
in the next, so that no wording of a question tells which.
"""

from collections.abc import Callable
from dataclasses import dataclass

from generators.passages.memory import Article, Values
from generators.reports.slots import between

HOUSES = "museum library observatory theatre garden"
BUILT = "bridge lighthouse railway"
TEAMS = "club festival company"
INSTITUTIONS = f"{HOUSES} {BUILT} {TEAMS}"
OTHERS = "river species expedition machine person"
ALL = f"{INSTITUTIONS} {OTHERS}"

SMALL = "no one two three four five six seven eight nine ten eleven twelve".split()


@dataclass(frozen=True)
class Slot:
    """Something that varies. Two slots of one sort can be mistaken for each other, as two years can."""

    sort: str
    draw: Callable[[Article, Values], str]  # of the article, and of the fact's slots drawn so far
    size: float  # words, about
    after: str = ""  # a slot that must be drawn before


@dataclass(frozen=True)
class Ask:
    """A question: the slot or span that answers it, what tempts where that is not told, the wording."""

    answer: str
    tempting: str  # "": whatever is of the answer's sort
    derivable: bool  # it may follow from the rest where it is not told, as an end from a start and a duration
    text: str


@dataclass(frozen=True)
class Fact:
    """What is told in one sentence or two, in several wordings, and what can be asked about it.

    In `says`: {slot}; {slot.he}, {slot.his} and {slot.him} of a person; {the} for the subject, {site} for its premises;
    [this|that|] for a choice; <name:words> for a span that answers a question without being a slot. The same name twice
    gives two variants of the answer. In `asks`: {slot~} may be replaced by another value of its sort in the passage; an
    answer with ! is not asked for where it is not told.
    """

    name: str
    kinds: tuple[str, ...]
    says: tuple[str, ...]
    asks: tuple[Ask, ...]
    slots: dict[str, Slot]
    lead: bool = False  # says what the subject is: the article begins with it


@dataclass(frozen=True)
class Kind:
    """A kind of article: how its titles are made, what its subject is called, its own words."""

    name: str
    titles: tuple[str, ...]
    called: str  # how a sentence names the title
    short: str  # and how it does afterwards
    themes: tuple[str, ...]  # what its passages can be about, in order
    words: dict[str, tuple[str, ...]]
    born: tuple[int, int] = (1830, 1935)  # the years in which it can have begun


def blocks(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text, each on one line."""
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def options(text: str) -> tuple[str, ...]:
    """Return the items of a list separated by bars, which may run over lines."""
    return tuple(" ".join(item.split()) for item in text.split("|") if item.strip())


def fact(name: str, kinds: str, says: str, asks: str, *, lead: bool = False, **slots: Slot) -> Fact:
    """Build a Fact: `says` has a paragraph for each wording, `asks` a line "answer / tempting: question" each."""
    made = []
    for line in filter(None, map(str.strip, asks.splitlines())):
        wanted, text = line.split(": ", 1)
        answer, _, tempting = wanted.partition(" / ")
        made.append(Ask(answer.rstrip("!"), tempting, answer.endswith("!"), text))
    return Fact(name, tuple(kinds.split()), blocks(says), tuple(made), slots, lead)


# Slots


def year(low: int, high: int) -> Slot:
    """A year from `low` to `high` years after the subject began; no year comes twice in an article."""
    return Slot("year", lambda article, _: article.year(article.born + low, article.born + high), 1)


def recent(low: int = 1986, high: int = 2023) -> Slot:
    """A year of our time."""
    return Slot("year", lambda article, _: article.year(low, high), 1)


def later(of: str, low: int, high: int) -> Slot:
    """A year from `low` to `high` years after that of slot `of`."""
    return Slot("year", lambda article, values: article.year(int(values[of]) + low, int(values[of]) + high), 1, of)


def number(low: int, high: int, step: int = 1, unit: str = "", sort: str = "") -> Slot:
    """A number in digits, with its unit if it has one; no number comes twice in an article."""

    def draw(article: Article, values: Values) -> str:
        return article.fresh(lambda: f"{between(article.rng, low // step, high // step) * step:,} {unit}".strip())

    return Slot(sort or unit or "number", draw, 2 if unit else 1)


def money(low: int, high: int, step: int = 1) -> Slot:
    """A sum in the article's currency."""

    def draw(article: Article, values: Values) -> str:
        sum_ = between(article.rng, low // step, high // step) * step
        return f"{sum_:,} {article.words['currency']}"

    return Slot("money", lambda article, values: article.fresh(lambda: draw(article, values)), 2)


def count(low: int, high: int) -> Slot:
    """A number up to twelve, in words."""
    return Slot("number", lambda article, _: article.fresh(lambda: SMALL[between(article.rng, low, high)]), 1)


def lasting(low: int, high: int, unit: str) -> Slot:
    """A span of time of two units or more, up to twelve in words."""

    def draw(article: Article, values: Values) -> str:
        many = between(article.rng, low, high)
        return f"{SMALL[many] if many < len(SMALL) else many} {unit}"

    return Slot("duration", lambda article, values: article.fresh(lambda: draw(article, values)), 2)


def pick(text: str, sort: str = "") -> Slot:
    """One of the options, those used least first."""
    listed = options(text)
    size = sum(len(option.split()) for option in listed) / len(listed)
    return Slot(sort or listed[0], lambda article, _: article.deal(listed), size)


def word(name: str, sort: str = "") -> Slot:
    """One of the kind's own words."""
    return Slot(sort or name, lambda article, _: article.deal(article.lexicon[name]), 4)


def three(text: str, sort: str) -> Slot:
    """A list of three of the options."""
    listed = options(text)

    def draw(article: Article, values: Values) -> str:
        first, second, third = (article.deal(listed) for _ in range(3))
        return f"{first}, {second} and {third}"

    return Slot(sort, draw, 6)


PERSON = Slot("person", lambda article, _: article.person(), 2)
MAN = Slot("person", lambda article, _: article.person("he"), 2)
WOMAN = Slot("person", lambda article, _: article.person("she"), 2)
TOWN = Slot("town", lambda article, _: article.town(), 1)
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
MONTH = pick(MONTHS, "month")
WEEKDAY = pick("Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday", "weekday")
DATE = Slot(
    "date",
    lambda article, _: article.fresh(lambda: f"{between(article.rng, 1, 28)} {article.deal(options(MONTHS))}"),
    2,
)
TRADE = pick(
    """
    retired postman | pharmacist | ship's carpenter | piano tuner | sheep farmer | schoolteacher | brewer | notary
    | bookbinder | watchmaker | coal merchant | wine merchant | country doctor | dentist | land surveyor | printer
    | beekeeper | baker | glazier | tax inspector | vet | miller | tailor | judge | church organist | cheese merchant
    | customs officer | harbour pilot | silk weaver | saddler | blacksmith | optician | market gardener | locksmith
    | night watchman | newspaper editor | cartographer | rope maker | interpreter | railway clerk
    """,
    "trade",
)
