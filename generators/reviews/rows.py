"""Deal the rows of a review file: phenomena and labels in fixed shares, texts that are all distinct.

How to run: not alone; `python -m generators.reviews` writes what `make_reviews` returns.
What comes out: reviews. Each hundred has the shares of SHARES exactly, in drawn order, so that any length is balanced
and a longer list begins with the shorter one.
"""

from dataclasses import dataclass
from random import Random

from generators.reports.slots import choose
from generators.reviews import book, film, gadget, restaurant, series
from generators.reviews.frames import FRAMES, HEDGED_TAILS, TAILED, TAILS
from generators.reviews.wording import Pen, typed
from pipeline_lib.core.text import normalised
from pipeline_lib.data.near_duplicates import RUN

DOMAINS = (film.DOMAIN, series.DOMAIN, book.DOMAIN, restaurant.DOMAIN, gadget.DOMAIN)
SHARES = {  # phenomenon: (positive, negative) of each hundred rows
    "plain": (18, 17),
    "negation": (9, 9),
    "contrast": (9, 8),
    "irony": (4, 6),  # mock blame is rarer than mock praise
    "mixed": (5, 5),
    "hedging": (5, 5),
}
WORDS = (4, 40)
LONGER = 0.2  # of the reviews say where and when first
ALIKE = 0.6  # a text with this share of five-word runs from one earlier text is drawn anew


@dataclass(frozen=True)
class Review:
    """One row."""

    text: str
    positive: bool
    phenomenon: str

    def cells(self) -> tuple[str, str, str]:
        """The row as it is written."""
        return self.text, "positive" if self.positive else "negative", self.phenomenon


def shuffled(rng: Random, items: list) -> list:
    """Return the items in drawn order (Random.shuffle may change with Python, Random.random may not)."""
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order


def runs(text: str) -> frozenset[str]:
    """The runs of five words of a text, of a shorter one the whole: what near-duplicates share."""
    parts = normalised(text).split()
    return frozenset(" ".join(parts[at : at + RUN]) for at in range(max(len(parts) - RUN + 1, 1)))


def draw(rng: Random, positive: bool, phenomenon: str) -> str:
    """Return a text of 4 to 40 words."""
    while True:
        pen = Pen(rng, choose(rng, DOMAINS), positive)
        frame = choose(rng, FRAMES[phenomenon].of(positive))
        if "{context}" not in frame and rng.random() < LONGER:
            frame = "{context} " + frame
        if rng.random() < TAILED[phenomenon]:
            tails = HEDGED_TAILS if phenomenon == "hedging" else TAILS
            frame = f"{frame} {choose(rng, tails)}"
        text = pen.write(frame)
        if WORDS[0] <= len(text.split()) <= WORDS[1]:
            return typed(rng, text)


def make_reviews(rows: int, seed: int) -> list[Review]:
    """Return `rows` reviews; a longer list with the same seed begins with the shorter one."""
    rng = Random(seed)
    hundred = [
        (positive, phenomenon)
        for phenomenon, counts in SHARES.items()
        for positive, count in zip((True, False), counts, strict=True)
        for _ in range(count)
    ]
    reviews: list[Review] = []
    seen: set[str] = set()
    places: dict[str, list[int]] = {}  # run of words -> the earlier texts that have it
    sizes: list[int] = []
    while len(reviews) < rows:
        for positive, phenomenon in shuffled(rng, hundred)[: rows - len(reviews)]:
            while True:
                text = draw(rng, positive, phenomenon)
                mine = runs(text)
                if normalised(text) not in seen and not alike(mine, places, sizes):
                    break
            seen.add(normalised(text))
            for run in mine:
                places.setdefault(run, []).append(len(reviews))
            sizes.append(len(mine))
            reviews.append(Review(text, positive, phenomenon))
    return reviews


def alike(mine: frozenset[str], places: dict[str, list[int]], sizes: list[int]) -> bool:
    """Whether an earlier text shares so many runs of words that it is nearly the same (Jaccard)."""
    shared: dict[int, int] = {}
    for run in mine:
        for place in places.get(run, ()):
            shared[place] = shared.get(place, 0) + 1
    return any(count / (len(mine) + sizes[place] - count) >= ALIKE for place, count in shared.items())
