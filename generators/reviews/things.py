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
    kind: str  # count | mass | plural: whether an adjective before it takes a/an, and the verb an s
    main: bool  # decides an opinion; a side aspect can be outweighed by it, as costumes are by a plot
    adjectives: Pair  # mild ones that "very" and "not" go with, and that stand before a noun
    does: Pair  # verb phrases in the tense of the domain
    only: Texts  # things that have it; empty: all


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
    shares: tuple[int, int]  # positive, negative
    tailed: float  # share that has a tail
    tails: Texts
    both: Texts
    good: Texts
    bad: Texts

    def frames(self, positive: bool) -> Texts:
        """The frames that a review of one label may have."""
        return self.both + (self.good if positive else self.bad)


def pairs_of(entry: Entry) -> dict[str, Pair]:
    """Return the pairs of an entry with the fields "name good" and "name bad"."""
    names = [key.removesuffix(" good") for key in entry.fields if key.endswith(" good")]
    return {name: (entry.all(f"{name} good"), entry.all(f"{name} bad")) for name in names}


general = {entry.kind: entry for entry in read(__file__, "general")}
TENSES = {name: (past, present) for name, (past, present) in general["tenses"].rest().items()}  # slot -> is it over?
PAIRS = pairs_of(general["pairs"])
LISTS = general["lists"].rest()


def read_domain(name: str) -> Domain:
    """Return the kind of thing that the text file `name`.txt describes."""
    thing, pairs, lists, *aspects = read(__file__, name)
    own = pairs_of(pairs)
    good, bad = PAIRS["verdict"]
    own["verdict"] = (good + own["verdict"][0] * 2, bad + own["verdict"][1] * 2)  # its own come twice as often
    domain = Domain(
        things=thing.all("things"),
        past=thing.text("tense") == "past",
        aspects=tuple(_aspect(entry) for entry in aspects),
        pairs=PAIRS | own,
        lists=LISTS | lists.rest(),
        verbs={key: thing.text(key) for key in ("seen", "again", "doing")},
    )
    for entry in (thing, pairs):
        entry.close()
    return domain


def _aspect(entry: Entry) -> Aspect:
    aspect = Aspect(
        noun=entry.name,
        kind=entry.text("kind", "count"),
        main=entry.text("rank", "main") == "main",
        adjectives=(entry.all("good"), entry.all("bad")),
        does=(entry.all("does good"), entry.all("does bad")),
        only=entry.all("only"),
    )
    entry.close()
    return aspect


def read_frames() -> tuple[Phenomenon, ...]:
    """Return the phenomena in the order of frames.txt."""
    tails, *phenomena = read(__file__, "frames")
    made = []
    for entry in phenomena:
        positive, negative = entry.all("shares")
        made.append(
            Phenomenon(
                name=entry.name,
                shares=(int(positive), int(negative)),
                tailed=float(entry.text("tailed")),
                tails=tails.all(entry.text("tails")),
                both=entry.all("both"),
                good=entry.all("good"),
                bad=entry.all("bad"),
            )
        )
        entry.close()
    tails.close()
    return tuple(made)


DOMAINS = tuple(read_domain(name) for name in ("film", "series", "book", "restaurant", "gadget"))
PHENOMENA = read_frames()
