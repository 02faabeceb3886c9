"""The showcase, docs/report.html and docs/word_pairs.html: the last run on the embedded data, as it is published.

    python -m tools.docs

Both pages quote rows. Rows of your own may be patients' text, so this refuses unless every file comes from the
embedded reports, which nobody lived: params.yaml names them, the generator still writes them byte for byte, and DVC
says that the last run was of them. The same run gives the same bytes on any machine.
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
from stages import report

EMBEDDED, ROWS, SEED = "data/reports.csv", 960, 7
DOCS = Path("docs")


def check_data() -> None:
    """Raise UserError unless the data are the embedded reports, as the generator writes them."""
    named = load_params("params.yaml").get("data")
    if named != EMBEDDED:
        raise UserError(
            f"only pages of {EMBEDDED} may be published, params.yaml has data: {named}: its rows may be of real people"
        )
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "reports.csv"
        generate(["--rows", str(ROWS), "--seed", str(SEED), "--out", str(made)])
        if not Path(EMBEDDED).is_file() or Path(EMBEDDED).read_bytes() != made.read_bytes():
            raise UserError(
                f"{EMBEDDED} must be what the generator writes, it is not: its rows may be of real people; bring it "
                f"back with python -m generators.reports --rows {ROWS} --seed {SEED} --out {EMBEDDED}"
            )


def check_run() -> None:
    """Raise UserError unless DVC says that the pages' files are there, and come from data and settings as they are."""
    asked = [sys.executable, "-m", "dvc", "status", "--json", "--with-deps", "plot", "report"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"dvc status failed: {reason}")
    changed = json.loads(done.stdout)
    if changed:
        raise UserError(f"the last run is not of the files as they are ({', '.join(sorted(changed))}): run dvc repro")


def arguments() -> list[str]:
    """Return the command line of the report stage in dvc.yaml: the paths stand there and nowhere else."""
    pipeline = YAML(typ="safe", pure=True).load(Path("dvc.yaml").read_text(encoding="utf-8"))
    words = pipeline["stages"]["report"]["cmd"].split()
    return words[words.index("stages.report") + 1 :]


def main() -> None:
    """Check, then write both pages."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    check_data()
    check_run()
    words = arguments()
    pairs = Path(words[words.index("--pairs-figure") + 1]).with_suffix(".html")
    with tempfile.TemporaryDirectory() as folder:  # the summary and the card are the stage's own outs already
        own = ["--page", str(DOCS / "report.html"), "--summary", f"{folder}/REPORT.md", "--card", f"{folder}/card"]
        report.main([*words, *own, "--reproducible"])
    # The report links to it by its name, here as beside the original.
    with written(DOCS / pairs.name) as draft:
        shutil.copyfile(pairs, draft)


if __name__ == "__main__":
    command.run(main)
