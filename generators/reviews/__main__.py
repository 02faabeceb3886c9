"""Write synthetic reviews with a sentiment: what the sentiment recipes train on where no real reviews can be had.

How to run:     python -m generators.reviews --rows 1800 --seed 7 --out recipes/sentiment/data/reviews.csv    (seconds)
What comes out: a CSV file `text,label,phenomenon`: 4 to 40 words on a film, a series, a book, a restaurant or a gadget;
positive or negative, as many of each; and how the opinion is put: plain, negation, contrast, irony, mixed or hedging.
The same arguments give the same bytes on any machine; more rows with the same seed begin with the same rows. No
sentence is taken from a real review.
"""

import argparse
import csv
import sys

from generators.reviews.rows import make_reviews
from pipeline_lib.errors import UserError
from pipeline_lib.files import written

HEADER = ("text", "label", "phenomenon")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; a user's mistake is one line on stderr and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m generators.reviews", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1800, help="how many reviews (default 1800)")
    parser.add_argument("--seed", type=int, default=7, help="the random seed, 0 or more (default 7)")
    parser.add_argument("--out", required=True, help="the CSV file to write")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.rows < 1:
            raise UserError(f"--rows must be at least 1, not {chosen.rows}: 1800 are enough to train and to test")
        if chosen.seed < 0:  # Random(-7) is the same generator as Random(7)
            raise UserError(f"--seed must be 0 or more, not {chosen.seed}: the default is 7")
        reviews = make_reviews(chosen.rows, chosen.seed)
        with written(chosen.out) as draft, open(draft, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(HEADER)
            table.writerows(review.cells() for review in reviews)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
