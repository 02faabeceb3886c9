"""Write synthetic radiology reports: what the project trains on where no real reports can be had.

How to run:     python -m generators.reports --rows 960 --seed 7 --out data/reports.csv      (under a second)
What comes out: a CSV file `Report Name,History,Observation,Impression` with the traits of real files: duplicates,
equal observations with different impressions, newlines and non-ASCII in cells, histories without content. The same
arguments give the same bytes on any machine; more rows with the same seed begin with the same rows. No sentence is
taken from a real report and no patient is behind any of them.
"""

import argparse
import csv
import sys

from generators.reports.rows import make_reports
from pipeline_lib.errors import UserError
from pipeline_lib.files import written

HEADER = ("Report Name", "History", "Observation", "Impression")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; a user's mistake is one line on stderr and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m generators.reports", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=960, help="how many reports (default 960)")
    parser.add_argument("--seed", type=int, default=7, help="the random seed, 0 or more (default 7)")
    parser.add_argument("--out", required=True, help="the CSV file to write")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.rows < 1:
            raise UserError(f"--rows must be at least 1, not {chosen.rows}: 960 are enough to train and to test")
        if chosen.seed < 0:  # Random(-7) is the same generator as Random(7)
            raise UserError(f"--seed must be 0 or more, not {chosen.seed}: the default is 7")
        reports = make_reports(chosen.rows, chosen.seed)
        with written(chosen.out) as draft, open(draft, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(HEADER)
            table.writerows(report.cells() for report in reports)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
