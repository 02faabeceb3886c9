"""Signals, kills, full disks, folders that cannot be written to, and a process without a home."""

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs.case import Case, Ended, content_of, limit_files, run_stage, start_stage, wait
from benchmarks.bad_inputs.finished import LANGUAGE, copy, outs_of

ROOT = Path(__file__).parents[2]
_NOBODY, _UNKNOWN = 65534, 54321


def _killed(words: Sequence[str], at: int, call: str, folder: Path) -> Ended:
    """Kill a stage with signal 9 at its n-th call of a function of os, run it again, compare with an undisturbed run."""

    def die() -> None:
        real, count = getattr(os, call), 0

        def counted(*given: object, **named: object) -> object:
            nonlocal count
            count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)

        setattr(os, call, counted)

    wanted = content_of(folder)
    ended = run_stage(folder, words, die)
    if ended.code not in (-9, 0):
        return ended
    again = run_stage(folder, words)
    found = content_of(folder)
    if drafts := [name for name in found if ".tmp" in name]:
        return Ended(2, "", f"left behind: {drafts[0]}")
    # The history has the speed of each step.
    differ = [name for name in wanted if found.get(name) != wanted[name] and not name.endswith("history.csv")]
    return Ended(2, "", f"not as an undisturbed run: {differ[0]}") if differ and not again.code else again


def _signalled(words: Sequence[str], number: signal.Signals, after: float, folder: Path) -> Ended:
    """Send a signal to a stage that runs in a fork, after so many seconds."""
    pid, streams = start_stage(folder, words)
    time.sleep(after)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    return wait(pid, streams)


def _process(words: Sequence[str], number: signal.Signals, after: float, folder: Path) -> Ended:
    """Run a stage as a user does, in a process of its own, and send it a signal after so many seconds."""
    command = [sys.executable, "-m", f"stages.{words[0]}", *words[1:]]
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(after)
    process.send_signal(number)
    out, err = process.communicate()
    return Ended(process.returncode, out, err)


def _failing(call: str, number: int) -> Callable[[], None]:
    """Return what makes a function of os fail with an error of the system."""

    def fail(*given: object, **_: object) -> None:
        raise OSError(number, os.strerror(number), str(given[0]))

    return lambda: setattr(os, call, fail)


def faults() -> list[Case]:
    """Return the cases; each begins with a copy of a finished run."""
    begin = partial(copy, "language")

    def stopped(name: str, how: Callable[..., Ended], stage: str, number: signal.Signals, after: float) -> Case:
        run, codes = partial(how, LANGUAGE[stage], number, after), (128 + number, 75)
        return Case(
            f"{number.name} {name}", begin, "stopped", _any, outs=outs_of(stage), run=run, codes=codes, begins="stop"
        )

    cases = []
    for stage in ("split", "baselines", "score", "finetune", "generate"):
        for call, at in (("replace", 1), ("replace", 2), ("fsync", 1), ("fsync", 3)):
            name = f"kill -9 of {stage} at its call {at} of os.{call}, then again"
            cases.append(
                Case(name, begin, None, _any, outs=outs_of(stage), run=partial(_killed, LANGUAGE[stage], at, call))
            )
    for sent in (signal.SIGINT, signal.SIGTERM):
        for stage in ("finetune", "generate", "baselines"):
            cases.append(stopped(f"during {stage}", _signalled, stage, sent, 0.25))
        for after in (0.4, 1.5):
            cases.append(stopped(f"to finetune as it starts, after {after} s", _process, "finetune", sent, after))
    for stage in ("split", "baselines", "score", "finetune", "generate", "plot", "report"):
        full = partial(limit_files, 600)
        cases.append(Case(f"a full disk during {stage}", begin, "annot", stage=LANGUAGE[stage], within=full))
        name = f"folders that {stage} may not write to"
        cases.append(Case(name, begin, "annot", stage=LANGUAGE[stage], within=_no_rights))
    split = LANGUAGE["split"]
    for error in (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO):
        name = f"{errno.errorcode[error]} as split gives its outputs their names"
        cases.append(Case(name, begin, "cannot", stage=split, within=_failing("replace", error)))
    for name, what, says in (
        ("an output that is a file", "file", "data/split"),
        ("an output folder with other things in it", "things", "holds other things"),
        ("an output that is a link to a folder", "link", "link"),
    ):
        cases.append(Case(name, partial(_in_place, what), says, stage=split))
    for name, out, metrics in (
        ("an output below a file", "mine.csv/split", "metrics/split.json"),
        ("the user's file as the output folder", "mine.csv", "metrics/split.json"),
        ("the user's file as the metrics", "data/split", "mine.csv"),
        ("the params file as the metrics", "data/split", "params.yaml"),
    ):
        says = next(part for part in ("mine.csv", "params.yaml") if part in out + metrics)
        cases.append(Case(name, begin, says, stage=("split", "--out", out, "--metrics", metrics)))
    words, outs = LANGUAGE["finetune"], outs_of("finetune")
    return [*cases, Case("finetune without a home", begin, "TARE_CACHE", _any, words, outs, _homeless)]


def _any(folder: Path) -> str:
    return ""


def _in_place(what: str, folder: Path) -> None:
    """Put something else in place of the split."""
    place = copy("language", folder) / "data/split"
    shutil.rmtree(place)
    if what == "file":
        place.write_text("mine")
    elif what == "things":
        place.mkdir()
        (place / "thesis.txt").write_text("mine")
    else:
        (folder / "elsewhere").mkdir()
        (folder / "elsewhere/thesis.txt").write_text("mine")
        place.symlink_to(folder / "elsewhere")


def _no_rights() -> None:
    """Take the rights to write to all folders here from this process; root gives up being root."""
    for place, _, _ in os.walk("."):
        os.chmod(place, 0o555)
    _drop(_NOBODY)


def _homeless() -> None:
    """Run as a user whom the system does not know, with no folder of its own."""
    for place, _, names in os.walk("."):
        for path in (place, *(os.path.join(place, name) for name in names)):
            os.chmod(path, 0o777)
    for name in ("HOME", "TARE_CACHE", "XDG_CACHE_HOME", "HF_HOME"):
        os.environ.pop(name, None)
    _drop(_UNKNOWN)


def _drop(user: int) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
