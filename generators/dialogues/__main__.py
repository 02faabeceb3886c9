"""Write synthetic dialogues: what the dialogue recipe trains on where no real ones exist.

How to run:     python -m generators.dialogues --rows 300 --seed 7 --out recipes/dialogue/data/dialogues.jsonl
What comes out: a JSONL file, a dialogue a line: {"id", "topic", "turns": [{"speaker", "text"}, ...]}, in seconds.
Robin, at the desk of an invented guesthouse, speaks with a visitor on one of four topics, 4 to 10 turns. What is said
there rests on what was said before and on the rules of the house, the same in all dialogues. The same arguments give
the same bytes on any machine; more rows with the same seed begin with the same rows. Nobody in it is real.
"""

import sys

from generators.command import run
from generators.dialogues.dialogues import make_dialogues

MOST = 1000  # rows: up to here no two dialogues of the seeds tried were alike, and 300 are enough


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; a user's mistake is one line on stderr and exit status 1."""
    return run(arguments, what="dialogues", about=__doc__, rows=300, most=MOST, make=make_dialogues)


if __name__ == "__main__":
    sys.exit(main())
