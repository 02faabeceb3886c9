"""Read what can be reviewed and how: a text file for each kind of thing, general.txt and frames.txt.

Whatever has a polarity is a pair (good, bad), so that a slot of a frame can ask for the polarity of the label or for
the opposite one. No word is left to one label: a negated, ironic or outweighed opinion uses those of the other.
"""

from dataclasses import dataclass

from generators.engine import Entry, read

Texts = tuple[str, ...]
Pair = tuple[Texts, Texts]  # (good, bad)


@dataclass(frozen=True)
class Aspect:
    """One side of a thing: a noun, what it can be called, and what it can do."""

    noun: str
    adjectives: Pair  # mild ones that "very" and "not" go with, and that stand before a noun
    does: Pair  # verb phrases in the tense of the domain
    kind: str = "count"  # or mass, plural: whether an adjective before it takes a/an, and the verb an s
    main: bool = True  # decides an opinion; a side aspect can be outweighed by it, as costumes are by a plot
    only: Texts = ()  # things that have it; empty: all


@dataclass(frozen=True)
class Domain:
    """One kind of thing reviewed."""

    things: Texts
    past: bool  # a meal is over, a book is still there
    aspects: tuple[Aspect, ...]
    pairs: dict[str, Pair]  # slot with a polarity -> its texts
    lists: dict[str, Texts]  # slot without one -> its texts
    verbs: dict[str, str]  # slot -> its text: "watching it"


@dataclass(frozen=True)
class Phenomenon:
    """How an opinion is put: its shares of a hundred rows, its frames, and what may follow them."""

    name: str
    positive: int
    negative: int
    tailed: float  # share that has a tail
    tails: Texts
    both: Texts
    good: Texts = ()
    bad: Texts = ()

    def frames(self, positive: bool) -> Texts:
        """The frames that a review of one label may have."""
        return self.both + (self.good if positive else self.bad)


def pairs_of(entry: Entry) -> dict[str, Pair]:
    """Return the pairs of an entry with the fields "name good" and "name bad"."""
    names = [key.removesuffix(" good") for key in entry.fields if key.endswith(" good")]
    return {name: (entry.all(f"{name} good"), entry.all(f"{name} bad")) for name in names}


_general = {entry.kind: entry for entry in read(__file__, "general")}
TENSES = _general["tenses"].rest()  # slot -> what stands for it: in the past, in the present
PAIRS = pairs_of(_general["pairs"])
LISTS = _general["lists"].rest()


def read_domain(name: str) -> Domain:
    """Return the kind of thing that the text file `name`.txt describes."""
    thing, pairs, lists, *entries = read(__file__, name)
    own = pairs_of(pairs)
    pairs.close()
    good, bad = PAIRS["verdict"]
    own["verdict"] = (good + own["verdict"][0] * 2, bad + own["verdict"][1] * 2)  # its own come twice as often
    aspects = tuple(one.build(Aspect, noun=one.name, **pairs_of(one)) for one in entries)
    verbs = {key: text for key, (text,) in thing.others(Domain).items()}
    return thing.build(Domain, aspects=aspects, pairs=PAIRS | own, lists=LISTS | lists.rest(), verbs=verbs)


def read_frames() -> tuple[Phenomenon, ...]:
    """Return the phenomena in the order of frames.txt."""
    tails, *phenomena = read(__file__, "frames")
    return tuple(one.build(Phenomenon, name=one.name, tails=tails.all(one.text("tails"))) for one in phenomena)


DOMAINS = tuple(read_domain(name) for name in ("film", "series", "book", "restaurant", "gadget"))
PHENOMENA = read_frames()
