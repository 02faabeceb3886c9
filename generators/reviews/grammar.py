"""Say what a thing reviewed is made of: its aspects, the words for them, and what happens to those who try it.

How to run: not alone; the modules film.py, series.py, book.py, restaurant.py and gadget.py use it.
What comes out: values for wording.py to put in words.

Whatever has a polarity comes as a pair (good, bad), so that a slot of a frame can ask for the polarity of the label or
for the opposite one. No word is left to one label: a negated, ironic or outweighed opinion uses those of the other.
"""

from dataclasses import dataclass

Pair = tuple[tuple[str, ...], tuple[str, ...]]  # (good, bad)


@dataclass(frozen=True)
class Aspect:
    """One side of a thing: a noun, what it can be called, and what it can do."""

    noun: str
    kind: str  # count | mass | plural: whether an adjective before it takes a/an, and the verb an s
    main: bool  # decides an opinion; a side aspect can be outweighed by it, as costumes are by a plot
    adjectives: Pair  # mild ones that "very" and "not" go with, and that stand before a noun
    does: Pair  # verb phrases in the tense of the domain
    only: tuple[str, ...]  # things that have it; empty: all


@dataclass(frozen=True)
class Domain:
    """One kind of thing reviewed. Slots like {who} are allowed in every text."""

    things: tuple[str, ...]
    past: bool  # a meal is over, a book is still there
    aspects: tuple[Aspect, ...]
    whole: Pair  # adjectives for the thing itself, mild
    felt: Pair  # participles: "I was {felt}"
    nouns: Pair  # what it has or lacks: charm, padding
    deeds: Pair  # what one does while at it, base form: "not once did I {deed}"
    events: Pair  # what happened, a clause without a word of praise or blame where it can be
    advice: Pair  # imperatives
    verdicts: Pair  # clauses that end a review
    contexts: tuple[str, ...]  # neutral sentences
    seen: str  # participle: "I have never {seen} such a useful {thing}"
    again: str  # "watch it again"
    doing: str  # "watching it"
    costs: tuple[str, ...]  # what it takes: "two hours"
    gripes: tuple[str, ...]  # fragments after "Great, "
    mockery: Pair  # ironic sentences: (meant well, meant badly)


def lines(text: str) -> tuple[str, ...]:
    """Return the non-empty lines of a block."""
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())


def words(text: str) -> tuple[str, ...]:
    """Return the items of a list separated by commas."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def aspect(
    noun: str,
    good: str,
    bad: str,
    does_good: str,
    does_bad: str,
    *,
    kind: str = "count",
    main: bool = True,
    only: str = "",
) -> Aspect:
    """Build an Aspect: `good` and `bad` list adjectives, `does_good` and `does_bad` verb phrases, a line each."""
    return Aspect(noun, kind, main, (words(good), words(bad)), (lines(does_good), lines(does_bad)), words(only))
