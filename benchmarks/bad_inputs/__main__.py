"""What becomes of some hundred bad or unusual inputs and faults: each is one clear line, or is read as it is.

    python -m benchmarks.bad_inputs
    python -m benchmarks.bad_inputs --only names --show

Each case is written anew into a temporary folder and given to the stage that would meet it. One line: the stage ended
with exit code 1 and one line on stderr (after those of its progress), left nothing half-written and changed nothing;
one that was told to stop by a signal has two lines at most. Accepted: what was read is compared with what was written.
Wrong: a traceback, several lines, another exit code, or a good file refused. Silent: a bad input was accepted, or a
good one changed. Lost: finished work or the user's file is gone or changed. Needs no network. Takes minutes on 2
cores. Writes docs/bad_inputs.md when all families were run.
"""

import argparse
import codecs
import importlib
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}  # before torch

from benchmarks.bad_inputs import faults, files, finished, machines, settings, shapes, tables
from benchmarks.bad_inputs.case import ACCEPTED, ONE_LINE, OUTCOMES, Case, Result, try_case
from pipeline_lib.core.files import write_text

PAGE = Path("docs/bad_inputs.md")
FAMILIES: dict[str, Callable[[], list[Case]]] = {
    "text in many encodings": files.encodings,
    "the same cells in each format": files.formats,
    "packed and binary files": files.containers,
    "CSV syntax": tables.csv_syntax,
    "JSON": tables.json_values,
    "columns and tasks": tables.columns,
    "sizes of the split, labels": tables.sizes,
    "names of files": tables.names,
    "params files": settings.params,
    "questions and answers": shapes.company,
    "dialogues": shapes.dialogues,
    "passages, as in SQuAD": shapes.passages,
    "outputs of our own stages, tampered with": finished.tampered,
    "models that cannot be used": finished.models,
    "plans, several processes, less memory": machines.machines,
    "signals, full disks, missing rights": faults.faults,
}
_cases: list[Case] = []  # of the family that is tried: its processes are forked with it
HEADER = (
    "family", "tried", *("one clear line" if outcome == ONE_LINE else outcome for outcome in OUTCOMES)
)  # fmt: skip
_SHOWN = 180  # characters of a message in the page


def main(argv: list[str] | None = None) -> None:
    """Read the command line, try the cases, print and write what came of them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", default="", help="families whose name has this in it")
    arguments.add_argument("--show", action="store_true", help="print the message of each case")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    args = arguments.parse_args(argv)
    began = time.monotonic()
    found = try_families([name for name in FAMILIES if args.only in name], args.jobs, args.show)
    print(table(found))
    print(f"{time.monotonic() - began:.0f} s")
    if not args.only:
        write_text(PAGE, page(found))
        print(f"wrote {PAGE}")


def try_families(names: Sequence[str], jobs: int = 1, show: bool = False, every: int = 1) -> dict[str, list[Result]]:
    """Return what came of each case, or of each `every`-th, of these families; print progress."""
    for stage in ("split", "preprocess_text", "embed", "pair_mine", "plot", "baselines", "score", "report", "generate",
                  "generate_prompted", "finetune", "finetune_classifier", "classify", "error_analysis", "plan"):  # fmt: skip
        importlib.import_module(f"stages.{stage}")
    codecs.lookup("unicode-escape")  # jinja's; a case that gives up its rights could not import it any more
    found: dict[str, list[Result]] = {}
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o755)  # for the cases that run as another user
        os.environ["TARE_CACHE"] = str(Path(home, "cache"))
        on_a_run = {module.__name__ for module in (finished, machines, faults)}
        if any(FAMILIES[name].__module__ in on_a_run for name in names):
            finished.prepare(Path(home, "finished"))
        for name in names:
            _cases[:] = FAMILIES[name]()[::every]
            with get_context("fork").Pool(jobs) as pool:
                places = ((number, Path(home, f"{len(found)}-{number}")) for number in range(len(_cases)))
                found[name] = []
                for result in pool.imap(_try, places):
                    found[name].append(result)
                    if show or result.outcome not in (ONE_LINE, ACCEPTED):
                        print(f"{result.outcome}: {name}: {result.name}: {result.message}", flush=True)
            print(f"{name}: {len(found[name])} tried", file=sys.stderr, flush=True)
    return found


def _try(place: tuple[int, Path]) -> Result:
    number, folder = place
    os.environ["TARE_CACHE"] = f"{folder}-cache"
    folder.mkdir()
    return try_case(_cases[number], folder)


def table(found: dict[str, list[Result]]) -> str:
    """Return the table: a line for each family, and their sum."""
    counts = {name: Counter(result.outcome for result in results) for name, results in found.items()}
    counts["all"] = sum(counts.values(), Counter())
    lines = [f"| {' | '.join(HEADER)} |", "|---" + "|---:" * (len(HEADER) - 1) + "|"]
    for name, count in counts.items():
        lines.append(f"| {name} | {count.total()} | {' | '.join(str(count[outcome]) for outcome in OUTCOMES)} |")
    return "\n".join(lines)


def page(found: dict[str, list[Result]]) -> str:
    """Return docs/bad_inputs.md."""
    about = " ".join((__doc__ or "").split("\n\n")[2].split())
    parts = [
        "# Bad and unusual inputs, and what becomes of them",
        f"`python -m benchmarks.bad_inputs` writes this page. {about}",
        table(found),
    ]
    for name, results in found.items():
        lines = [
            f"- {_code(one.name)}: {one.outcome}{'. ' + _code(one.message) if one.message else ''}" for one in results
        ]
        parts.append(f"<details><summary>{name}</summary>\n\n" + "\n".join(lines) + "\n\n</details>")
    return "\n\n".join(parts) + "\n"


def _code(text: str) -> str:
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    fence = "``" if "`" in short else "`"
    return f"{fence} {short} {fence}" if "`" in short else f"`{short}`"


if __name__ == "__main__":
    main()
