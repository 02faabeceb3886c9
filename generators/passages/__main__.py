"""Write synthetic passages with questions: what the question answering recipe trains on where no real data can be had.

How to run:     python -m generators.passages --articles 42 --seed 7 --out recipes/qa/data/passages.json    (seconds)
What comes out: a JSON file in the format of SQuAD 2.0: articles on invented bridges, birds, clubs and the like, two to
four passages each, and questions, a third of them without an answer in their passage; `plausible_answers` names what
one might take for it. The same arguments give the same bytes on any machine; more articles with the same seed begin
with the same articles. No passage is about anything real.
"""

import argparse
import sys

from generators.command import UserError, write_json
from generators.passages.articles import make_articles

VERSION = "v2.0"  # as SQuAD names the format with questions that have no answer
MOST = 100  # articles: some kinds run out of titles soon after


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; a user's mistake is one line on stderr and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m generators.passages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=42, help="how many articles (default 42)")
    parser.add_argument("--seed", type=int, default=7, help="the random seed, 0 or more (default 7)")
    parser.add_argument("--out", required=True, help="the JSON file to write")
    chosen = parser.parse_args(arguments)
    try:
        if not 1 <= chosen.articles <= MOST:
            raise UserError(f"--articles must be from 1 to {MOST}, not {chosen.articles}: the default is 42")
        if chosen.seed < 0:  # Random(-7) is the same generator as Random(7)
            raise UserError(f"--seed must be 0 or more, not {chosen.seed}: the default is 7")
        write_json(chosen.out, {"version": VERSION, "data": make_articles(chosen.articles, chosen.seed)})
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
