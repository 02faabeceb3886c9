"""The command line that every generator has: --rows, --seed, --out; a user's mistake is one line and exit status 1."""

import argparse
import csv
import sys
from collections.abc import Callable, Iterable, Sequence

from pipeline_lib.errors import UserError
from pipeline_lib.files import written


def run(
    arguments: list[str] | None,
    *,
    what: str,
    about: str | None,
    rows: int,
    header: Sequence[str],
    make: Callable[[int, int], Iterable[Sequence[object]]],
) -> int:
    """Write the CSV file that `make(rows, seed)` gives the cells of; return the exit status.

    `what` is the package's name and that of a row in the plural, `about` its docstring, `rows` the default.
    """
    parser = argparse.ArgumentParser(prog=f"python -m generators.{what}", description=(about or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=rows, help=f"how many {what} (default {rows})")
    parser.add_argument("--seed", type=int, default=7, help="the random seed, 0 or more (default 7)")
    parser.add_argument("--out", required=True, help="the CSV file to write")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.rows < 1:
            raise UserError(f"--rows must be at least 1, not {chosen.rows}: {rows} are enough to train and to test")
        if chosen.seed < 0:  # Random(-7) is the same generator as Random(7)
            raise UserError(f"--seed must be 0 or more, not {chosen.seed}: the default is 7")
        cells = make(chosen.rows, chosen.seed)
        with written(chosen.out) as draft, open(draft, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(header)
            table.writerows(cells)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
