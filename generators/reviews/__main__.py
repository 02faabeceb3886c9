"""Write synthetic reviews with a sentiment: what the sentiment recipes train on where no real reviews can be had.

How to run:     python -m generators.reviews --rows 1800 --seed 7 --out recipes/sentiment/data/reviews.csv    (seconds)
What comes out: a CSV file `text,label,phenomenon`: 4 to 40 words on a film, a series, a book, a restaurant or a gadget;
positive or negative, as many of each; and how the opinion is put: plain, negation, contrast, irony, mixed or hedging.
The same arguments give the same bytes on any machine; more rows with the same seed begin with the same rows. No
sentence is taken from a real review.
"""

import sys

from generators.command import run
from generators.reviews.reviews import make_reviews

HEADER = ("text", "label", "phenomenon")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; a user's mistake is one line on stderr and exit status 1."""
    return run(
        arguments,
        what="reviews",
        about=__doc__,
        rows=1800,
        header=HEADER,
        make=lambda rows, seed: (row.cells() for row in make_reviews(rows, seed)),
    )


if __name__ == "__main__":
    sys.exit(main())
