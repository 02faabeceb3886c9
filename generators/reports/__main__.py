"""Write synthetic radiology reports: what the project trains on where no real reports can be had.

How to run:     python -m generators.reports --rows 960 --seed 7 --out data/reports.csv      (under a second)
What comes out: a CSV file `Report Name,History,Observation,Impression` with the traits of real files: duplicates,
equal observations with different impressions, newlines and non-ASCII in cells, histories without content. The same
arguments give the same bytes on any machine; more rows with the same seed begin with the same rows. No sentence is
taken from a real report and no patient is behind any of them.
"""

import sys

from generators.command import run
from generators.reports.reports import make_reports

HEADER = ("Report Name", "History", "Observation", "Impression")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; a user's mistake is one line on stderr and exit status 1."""
    return run(
        arguments,
        what="reports",
        about=__doc__,
        rows=960,
        header=HEADER,
        make=lambda rows, seed: (row.cells() for row in make_reports(rows, seed)),
    )


if __name__ == "__main__":
    sys.exit(main())
