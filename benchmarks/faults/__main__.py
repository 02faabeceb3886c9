"""Whether the tests see faults: each of the table is put into a copy of the project, one at a time, and tests are run.

    python -m benchmarks.faults
    python -m benchmarks.faults --only evaluation --jobs 1

Seen: a named test fails. Not seen: all pass. Broken: pytest cannot run them, as where a fault's own code is wrong, or
they take more than 400 seconds. Tracked files are copied as they are in the working tree, once for each
job; nothing in it changes. Writes docs/faults.md when all packages were tried. Takes 11 to 14 minutes on 2 cores.
"""

import argparse
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}  # before torch

import pytest

from benchmarks.faults.fault import ROOT, Fault
from benchmarks.faults.table import FAULTS
from pipeline_lib.core.files import write_text
from tests.helpers.preloaded import LIBRARIES

PAGE = Path("docs/faults.md")
LIMIT = 400  # seconds
SEEN, NOT_SEEN, BROKEN = "seen", "not seen", "broken"
OUTCOMES = (SEEN, NOT_SEEN, BROKEN)
_CODES = {0: NOT_SEEN, 1: SEEN}  # pytest's exit codes; all others are broken
_TAIL = 15  # lines that are shown of a run that is broken
_OURS = ("benchmarks", "generators", "pipeline_lib", "stages", "tests", "tools")

Found = Mapping[str, Sequence[tuple[Fault, str]]]  # by package


def main(argv: list[str] | None = None) -> None:
    """Read the command line, try the faults, print and write what came of them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", nargs="+", choices=FAULTS, help="packages (default: all)")
    arguments.add_argument("--match", default="", help="faults whose sentence has this in it")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    args = arguments.parse_args(argv)
    chosen = {
        package: [fault for fault in faults if args.match in fault.what]
        for package, faults in FAULTS.items()
        if args.only is None or package in args.only
    }
    began = time.monotonic()
    found = try_faults(chosen, args.jobs)
    print(summary(found))
    print(f"{time.monotonic() - began:.0f} s")
    if not (args.only or args.match):
        write_text(ROOT / PAGE, page(found))
        print(f"wrote {PAGE}")


@dataclass
class _Run:
    """The tests of a fault in a process of their own, with the fault in the project in `folder`."""

    fault: Fault
    folder: Path
    before: str = ""  # the content of the file
    process: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def file(self) -> Path:
        """The file that the fault is in."""
        return self.folder / self.fault.file

    @property
    def output(self) -> Path:
        """The file of what pytest prints."""
        return self.folder.with_suffix(".txt")

    def start(self) -> None:
        """Put the fault into its file, and run the tests in a fork of this process, which has loaded the libraries."""
        broken = self.fault.broken(self.folder)
        self.before = self.file.read_text(encoding="utf-8")
        _write(self.file, broken)
        self.process = os.fork()
        if not self.process:
            code = 3
            try:
                os.setsid()  # so that processes which a test started can be ended with it
                code = _test(self.fault, self.folder, self.output)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)

    def end(self, status: int) -> str:
        """Take the fault out, and return the outcome; a process that another signal than ours ended has crashed."""
        _write(self.file, self.before)
        code = os.waitstatus_to_exitcode(status)
        return SEEN if code < 0 and code != -signal.SIGKILL else _CODES.get(code, BROKEN)


_times = count(1)  # seconds since 1970


def _write(file: Path, content: str) -> None:
    """Write a file with a time that it never had: else Python could take what it compiled of it before."""
    file.write_text(content, encoding="utf-8")
    second = next(_times)
    os.utime(file, (second, second))


def try_faults(chosen: Mapping[str, Sequence[Fault]], jobs: int) -> dict[str, list[tuple[Fault, str]]]:
    """Return each fault with its outcome, by package; print a line for each. Raises ValueError as Fault.broken does."""
    waiting = [fault for faults in chosen.values() for fault in faults]
    for fault in waiting:
        fault.broken()
    for name in LIBRARIES:
        importlib.import_module(name)
    total, outcomes, running = len(waiting), dict[Fault, str](), dict[int, _Run]()
    with tempfile.TemporaryDirectory() as home:
        free = [_copy(Path(home, str(number))) for number in range(jobs)]
        try:
            while waiting or running:
                while waiting and free:
                    run = _Run(waiting.pop(0), free.pop())
                    run.start()
                    running[run.process] = run
                process, status = os.waitpid(-1, os.WNOHANG)
                if process:
                    run = running.pop(process)
                    outcomes[run.fault] = run.end(status)
                    free.append(run.folder)
                    _tell(run, outcomes[run.fault], f"{len(outcomes)}/{total}")
                else:
                    time.sleep(0.05)
                    for run in running.values():
                        if time.monotonic() - run.began > LIMIT:
                            os.killpg(run.process, signal.SIGKILL)
        finally:
            for process in running:
                os.killpg(process, signal.SIGKILL)
    return {package: [(fault, outcomes[fault]) for fault in faults] for package, faults in chosen.items()}


def _tell(run: _Run, outcome: str, place: str) -> None:
    """Print what came of a fault, and of tests that could not be run the end of what pytest printed."""
    seconds = time.monotonic() - run.began
    print(f"{place} {outcome} in {seconds:.0f} s: {run.fault.file}: {run.fault.what}", file=sys.stderr, flush=True)
    if outcome == BROKEN:
        text = run.output.read_text(encoding="utf-8", errors="replace")
        print("\n".join(text.splitlines()[-_TAIL:]), file=sys.stderr, flush=True)


def _test(fault: Fault, folder: Path, output: Path) -> int:
    """Run the tests of a fault with the modules in `folder`, and return pytest's exit code."""
    with output.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.chdir(folder)
    for name in [name for name in sys.modules if name.split(".")[0] in _OURS]:
        del sys.modules[name]
    sys.path[:] = [str(folder), *(place for place in sys.path if place and Path(place).resolve() != ROOT)]
    words = ["-x", "-q", "-p", "no:cacheprovider", f"--basetemp={folder}-files", *fault.tests]
    try:
        return int(pytest.main(words))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _copy(folder: Path) -> Path:
    """Return `folder` with the tracked files of the project in it, as a Git repository: some tests ask Git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def summary(found: Found) -> str:
    """Return the table of outcomes by package, and their sum."""
    counts = {package: Counter(outcome for _, outcome in faults) for package, faults in found.items()}
    counts["all"] = sum(counts.values(), Counter())
    lines = [f"| package | faults | {' | '.join(OUTCOMES)} |", "|---" + "|---:" * (1 + len(OUTCOMES)) + "|"]
    for package, each in counts.items():
        lines.append(f"| {package} | {each.total()} | {' | '.join(str(each[one]) for one in OUTCOMES)} |")
    return "\n".join(lines)


def page(found: Found) -> str:
    """Return docs/faults.md."""
    about = " ".join((__doc__ or "").split("\n\n")[2].split())
    missed = [
        f"- {outcome}: {fault.what} ({fault.file})"
        for faults in found.values()
        for fault, outcome in faults
        if outcome != SEEN
    ]
    parts = [
        "# Faults that the tests see",
        f"`python -m benchmarks.faults` writes this page from the faults in benchmarks/faults/table.py. {about}",
        summary(found),
        "\n".join(["Not seen:", "", *missed]) if missed else "All are seen.",
    ]
    for package, faults in found.items():
        lines = [f"- {fault.what} ({fault.file})" for fault, _ in faults]
        parts.append(f"<details><summary>{package}</summary>\n\n" + "\n".join(lines) + "\n\n</details>")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
