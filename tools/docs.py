"""Write docs/report.html and docs/word_pairs.html, the published pages of the last run on the embedded data.

    python -m tools.docs

Both pages quote rows. Rows of your own may be patients' text, so the embedded reports, which are invented, are the only
data whose pages are written: params.yaml must name them, they must be what the generator writes, byte for byte, and DVC
must find the last run up to date with them. The same run gives the same bytes on any machine.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from generators.reports.__main__ import main as generate
from pipeline_lib.cli import command
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written
from pipeline_lib.params import load_params
from pipeline_lib.report import page
from stages import report

EMBEDDED, ROWS, SEED = "data/reports.csv", 960, 7
DOCS = Path("docs")
WORDS = "word_pairs.html"  # the name of the page of the words in docs/


def check_data() -> None:
    """Raise UserError unless the data are the embedded reports, as the generator writes them."""
    data = load_params("params.yaml").get("data")
    if data != EMBEDDED:
        raise UserError(
            f"only pages of {EMBEDDED} may be published, params.yaml has data: {data}: its rows may be of real people"
        )
    with tempfile.TemporaryDirectory() as folder:
        generated = Path(folder) / "reports.csv"
        generate(["--rows", str(ROWS), "--seed", str(SEED), "--out", str(generated)])
        if not Path(EMBEDDED).is_file() or Path(EMBEDDED).read_bytes() != generated.read_bytes():
            raise UserError(
                f"{EMBEDDED} must be what the generator writes, it is not: its rows may be of real people; restore it "
                f"with python -m generators.reports --rows {ROWS} --seed {SEED} --out {EMBEDDED}"
            )


def check_run() -> None:
    """Raise UserError unless DVC finds the pages up to date with data and settings."""
    command = [sys.executable, "-m", "dvc", "status", "--json", "--with-deps", "plot", "report"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"dvc status failed: {reason}")
    changed = json.loads(done.stdout)
    if changed:
        raise UserError(f"the last run is not up to date ({', '.join(sorted(changed))}): run dvc repro")


def report_arguments() -> list[str]:
    """Return the command line of the report stage as dvc.yaml has it."""
    pipeline = YAML(typ="safe", pure=True).load(Path("dvc.yaml").read_text(encoding="utf-8"))
    arguments = pipeline["stages"]["report"]["cmd"].split()
    return arguments[arguments.index("stages.report") + 1 :]


def main() -> None:
    """Check, then write both pages."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    check_data()
    check_run()
    arguments = report_arguments()
    words_page = Path(arguments[arguments.index("--page") + 1]).with_name(page.WORDS)
    with tempfile.TemporaryDirectory() as folder:  # a second summary and card, which nobody needs
        outs = ["--page", str(DOCS / "report.html"), "--summary", f"{folder}/REPORT.md", "--card", f"{folder}/card"]
        report.main([*arguments, *outs, "--words-page", WORDS, "--reproducible"])
    with written(DOCS / WORDS) as draft:
        shutil.copyfile(words_page, draft)


if __name__ == "__main__":
    command.run(main)
