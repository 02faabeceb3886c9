"""A stand-in for a stage that starts itself in several processes; it loads no torch, so that each starts at once.

    python -m tests.helpers.launched PROCESSES FOLDER ACT NUMBER WORD ...

Each process writes its number, its process id and the words to FOLDER; process NUMBER (all: each) then does ACT.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline_lib.cli.command import Stopped, run, say, stoppable
from pipeline_lib.cli.launch import launch
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json

MODULE = "tests.helpers.launched"


def main(argv: list[str] | None = None) -> None:
    """Start the processes, or be one of them."""
    processes, folder, act, number, *words = sys.argv[1:] if argv is None else argv
    if launch(MODULE, argv, int(processes), None):
        return
    own = os.environ["RANK"]
    said = {"pid": os.getpid(), "words": words, "size": os.environ["WORLD_SIZE"], "omp": os.environ["OMP_NUM_THREADS"]}
    say(f"process {own} speaks")
    write_json(Path(folder, f"{own}.json"), said)  # whole or not at all: the launcher may end a process that writes
    if number == "all" and own != "0" and act in AFTER_THE_FIRST:
        _wait_for_end_of(0)
    if number in (own, "all"):
        ACTS[act]()
    else:
        time.sleep(300)


def done() -> None:
    """End as a stage that has done its work."""


def mistake() -> None:
    raise UserError("a rule, its value, a remedy")


def bug() -> None:
    raise ZeroDivisionError("a bug")


def late() -> None:
    raise Stopped("stopped by the time limit" if os.environ["RANK"] == "0" else "", 75)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def lost() -> None:
    """Fail as a process does whose connection to another one is closed."""
    exec(compile("raise RuntimeError('Connection closed by peer')", "/x/torch/distributed/c10d.py", "exec"))


def first_lost() -> None:
    """Be killed, or lose the other process once it is."""
    if os.environ["RANK"] != "0":
        killed()
    _wait_for_end_of(1)
    lost()


def _wait_for_end_of(number: int) -> None:
    """Return when the process `number` has started and ended."""
    file = Path(sys.argv[2], f"{number}.json")
    while not file.exists() or running(json.loads(file.read_text(encoding="utf-8"))["pid"]):
        time.sleep(0.05)


def running(pid: int) -> bool:
    """Return whether a process runs; one that has ended and is not waited for does not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def waiting() -> None:
    """Stop within a second of a signal, as a training does after its step."""
    with stoppable(quiet=os.environ["RANK"] != "0") as codes:
        while not codes:
            time.sleep(0.05)
        raise Stopped("stopped" if os.environ["RANK"] == "0" else "", codes[0])


AFTER_THE_FIRST = ("mistake", "bug", "late", "lost")  # where all do the same, the launcher sees the first one end first
ACTS: dict[str, Callable[[], None]] = {
    each.__name__: each for each in (done, mistake, bug, late, killed, lost, first_lost, waiting)
}

if __name__ == "__main__":
    run(main)
