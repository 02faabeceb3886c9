"""The command line that every generator has: --rows, --seed, --out; a user's mistake is one line and exit status 1.

What the generators need of the library is imported here and nowhere else.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json, write_jsonl, written
from pipeline_lib.core.text import normalised

__all__ = ["UserError", "normalised", "run", "write_json"]


def run(
    arguments: list[str] | None,
    *,
    what: str,
    about: str | None,
    rows: int,
    make: Callable[[int, int], Iterable[Any]],
    header: Sequence[str] = (),
    most: int | None = None,
) -> int:
    """Write what `make(rows, seed)` returns; return the exit status.

    With a `header` the file is CSV and `make` returns the cells of each row, without one it is JSONL and `make` returns
    its objects. `what` is the package's name and that of a row in the plural, `about` the docstring shown by --help,
    `rows` the default number of rows and `most` the largest.
    """
    parser = argparse.ArgumentParser(prog=f"python -m generators.{what}", description=(about or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=rows, help=f"how many {what} (default {rows})")
    parser.add_argument("--seed", type=int, default=7, help="the random seed, 0 or more (default 7)")
    parser.add_argument("--out", required=True, help=f"the {'CSV' if header else 'JSONL'} file to write")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.rows < 1:
            raise UserError(f"--rows must be at least 1, not {chosen.rows}: {rows} are enough to train and to test")
        if most is not None and chosen.rows > most:
            raise UserError(f"--rows must be at most {most}, not {chosen.rows}: choose fewer")
        if chosen.seed < 0:  # Random(-7) is the same generator as Random(7)
            raise UserError(f"--seed must be 0 or more, not {chosen.seed}: the default is 7")
        made = make(chosen.rows, chosen.seed)
        if header:
            with written(chosen.out) as draft, open(draft, "w", encoding="utf-8", newline="") as file:
                table = csv.writer(file, lineterminator="\n")
                table.writerow(header)
                table.writerows(made)
        else:
            write_jsonl(chosen.out, list(made))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
