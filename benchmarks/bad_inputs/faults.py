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
from benchmarks.bad_inputs.finished import LABELS, LANGUAGE, _outs, copy

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


def _process(
    words: Sequence[str], number: signal.Signals | None, after: float, folder: Path, **environment: str
) -> Ended:
    """Run a stage as a user does, in a process of its own, and send it a signal after so many seconds."""
    given = {name: value for name, value in (os.environ | environment).items() if value}
    command = [sys.executable, "-m", f"stages.{words[0]}", *words[1:]]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=given | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if number:
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
    """Return the cases."""

    def run(
        words: Sequence[str],
        how: Callable[..., Ended],
        name: str,
        *given: object,
        kind: str = "language",
        **more: object,
    ) -> Case:
        stage = next(key for key, value in (LANGUAGE if kind == "language" else LABELS).items() if value == words)
        return Case(
            name,
            partial(copy, kind),
            run=partial(how, words, *given),
            outs=(*_outs(stage), "metrics/split.json"),
            **more,
        )  # type: ignore[arg-type]

    cases = []
    for stage in ("split", "baselines", "score", "finetune", "generate"):
        for call, times in (("replace", (1, 2)), ("fsync", (1, 3))):
            for at in times:
                name = f"kill -9 of {stage} at its call {at} of os.{call}, then again"
                cases.append(run(LANGUAGE[stage], _killed, name, at, call, check=lambda folder: ""))
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        for stage in ("finetune", "generate", "baselines"):
            cases.append(
                run(
                    LANGUAGE[stage],
                    _signalled,
                    f"{number.name} during {stage}",
                    number,
                    0.25,
                    says="stopped",
                    check=lambda folder: "",
                    codes=(code, 75),
                    begins="stop",
                )  # fmt: skip
            )
        for after in (0.4, 1.5):
            cases.append(
                run(
                    LANGUAGE["finetune"],
                    _process,
                    f"{number.name} to finetune as it starts, after {after} s",
                    number,
                    after,
                    says="stopped",
                    codes=(code,),
                    begins="stop",
                )  # fmt: skip
            )
    for stage in ("split", "baselines", "score", "finetune", "generate", "plot", "report"):
        cases.append(
            Case(
                f"a full disk during {stage}",
                partial(copy, "language"),
                says="annot",
                stage=LANGUAGE[stage],
                within=partial(limit_files, 600),
            )
        )
        cases.append(
            Case(
                f"a folder that {stage} may not write to",
                partial(copy, "language"),
                says="annot",
                stage=LANGUAGE[stage],
                within=_no_rights,
            )
        )
    for number in (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO):
        within = _failing("replace", number)
        cases.append(
            Case(
                f"{errno.errorcode[number]} as split gives its outputs their names",
                partial(copy, "language"),
                says="cannot",
                stage=LANGUAGE["split"],
                within=within,
            )
        )
    split, elsewhere = LANGUAGE["split"], ("--metrics", "metrics/split.json")
    return [
        *cases,
        Case("finetune without a home", partial(copy, "language"), "TARE_CACHE", lambda folder: "", LANGUAGE["finetune"], _outs("finetune"), _homeless),
        Case("an output that is a file", lambda folder: _in_place(folder, "file"), "data/split", stage=split),
        Case("an output folder with other things in it", lambda folder: _in_place(folder, "things"), "holds other things", stage=split),
        Case("an output that is a link to a folder", lambda folder: _in_place(folder, "link"), "link", stage=split),
        Case("an output below a file", partial(copy, "language"), "mine.csv", stage=("split", "--out", "mine.csv/split", *elsewhere)),
        Case("the user's file as the output folder", partial(copy, "language"), "mine.csv", stage=("split", "--out", "mine.csv", *elsewhere)),
        Case("the user's file as the metrics", partial(copy, "language"), "mine.csv", stage=("split", "--out", "data/split", "--metrics", "mine.csv")),
        Case("the params file as the metrics", partial(copy, "language"), "params.yaml", stage=("split", "--out", "data/split", "--metrics", "params.yaml")),
    ]  # fmt: skip


def _in_place(folder: Path, what: str) -> None:
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
