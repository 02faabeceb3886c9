"""One case: an input or a fault, the stage that meets it, what must follow, and what did.

A stage runs in a fork of this process, which has its libraries loaded: about 0.1 s each in place of five.
"""

import contextlib
import hashlib
import json
import os
import re
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline_lib.cli import command

ONE_LINE, ACCEPTED, WRONG, SILENT, LOST = OUTCOMES = ("one line", "accepted", "wrong", "silent", "lost")
SPLIT = ("split", "--out", "out/split", "--metrics", "out/split.json")
FINISHED = {"out/split/train.jsonl": '{"of": "an earlier run"}\n', "out/split.json": "{}\n"}
SECONDS = 30  # a stage that takes longer is stopped, and the case is wrong
_PROGRESS = re.compile(r"\w+: \w+ \d+/\d+")  # "generate: row 8/16, 0 s left"
_LONGEST = 1200  # characters of one line that a person reads

Check = Callable[[Path], str]  # returns what is not as it was written, "" where all is


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (-9: killed by signal 9) and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Case:
    """One input or fault. `says` alone: it must be refused; `check` alone: accepted; both: either will do."""

    name: str
    prepare: Callable[[Path], object]  # writes the input into a folder
    says: str | None = None  # what the one line must hold, the value or the place
    check: Check | None = None
    stage: Sequence[str] = SPLIT
    outs: tuple[str, ...] = ("out/",)  # what the stage may write
    within: Callable[[], object] = field(default=lambda: None)  # called in the process, before the stage
    run: Callable[[Path], Ended] | None = None  # in place of the stage
    codes: tuple[int, ...] = (1,)  # exit codes of a refusal
    begins: str = "error: "  # how its one line begins


@dataclass(frozen=True)
class Result:
    """What came of a case."""

    name: str
    outcome: str
    message: str


def run_stage(folder: Path, words: Sequence[str], within: Callable[[], object] = lambda: None) -> Ended:
    """Run a stage in a fork, in a folder: the first of `words` is its name, the others are its arguments."""
    pid, streams = start_stage(folder, words, within)
    return wait(pid, streams)


def start_stage(folder: Path, words: Sequence[str], within: Callable[[], object] = lambda: None) -> tuple[int, Any]:
    """Start a stage in a fork; return its process and the files that get its output."""
    streams = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  # wait closes them
    pid = os.fork()
    if pid:
        return pid, streams
    code = 1
    try:
        for number, stream in enumerate(streams, start=1):
            os.dup2(stream.fileno(), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        # Not the ones of this process, which need not be the files 1 and 2.
        sys.stdout, sys.stderr = (open(n, "w", 1, "utf-8", "backslashreplace", closefd=False) for n in (1, 2))  # noqa: SIM115
        os.chdir(folder)
        signal.alarm(SECONDS)
        main = import_module(f"stages.{words[0]}").main
        within()
        sys.argv = list(words)
        command.run(partial(main, list(words[1:])))
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(BaseException):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def wait(pid: int, streams: Any) -> Ended:
    """Return how a stage that start_stage started ends."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    texts = []
    for stream in streams:
        stream.seek(0)
        texts.append(stream.read().decode("utf-8", "replace"))
        stream.close()
    return Ended(code, *texts)


def try_case(case: Case, folder: Path) -> Result:
    """Prepare a case in an empty folder, run it, and return what came of it."""
    for name, content in FINISHED.items() if case.stage is SPLIT else ():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    case.prepare(folder)
    before = content_of(folder)
    ended = case.run(folder) if case.run else run_stage(folder, case.stage, case.within)
    outcome, message = _judge(case, folder, before, ended)
    shown = re.sub(r"\.\d+\.tmp", ".PID.tmp", message.replace(f"{folder}/", "").replace(str(folder), "FOLDER"))
    shown = shown.replace(str(Path.home()), "~")
    return Result(case.name, outcome, command.printable(" ".join(shown.split())))


def _judge(case: Case, folder: Path, before: dict[str, str], ended: Ended) -> tuple[str, str]:
    after = content_of(folder)
    done = ended.code == 0
    gone = [name for name in before if after.get(name) != before[name] and not (done and name.startswith(case.outs))]
    lines = [line for line in ended.err.strip().splitlines() if not _PROGRESS.match(line)]
    last = lines[-1] if lines else ended.out.strip().rpartition("\n")[2]
    if gone:
        return LOST, f"{gone[0]} is gone or changed; {last}"
    new = [name for name in after if name not in before]
    drafts = [name for name in new if ".tmp" in name or not (done and name.startswith(case.outs))]
    if done:
        if case.check is None:
            return SILENT, f"accepted, should be refused; {last}"
        fault = case.check(folder)
        if not fault and drafts:
            return WRONG, f"left behind: {', '.join(drafts[:3])}"
        return (SILENT, fault) if fault else (ACCEPTED, "")
    if case.says is None:
        return WRONG, f"refused, should be accepted; {last}"
    # A stage that is told to stop says so at once, and how to go on when it has stopped.
    most = 1 if case.begins == "error: " else 2
    wrong = ended.code not in case.codes or not all(line.startswith(case.begins) for line in lines)
    if wrong or not 0 < len(lines) <= most:
        return WRONG, f"exit code {ended.code}, {len(lines)} lines on stderr; {last}"
    if case.says not in last or len(last) > _LONGEST:
        return WRONG, f"the line must hold {case.says!r} and be short, it has {len(last)} characters; {last}"
    return (WRONG, f"left behind: {', '.join(drafts[:3])}; {last}") if drafts else (ONE_LINE, last)


def content_of(folder: Path) -> dict[str, str]:
    """Return the hash of each file in a folder, and where each link points, by its path."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if os.path.islink(path):
                found[os.path.relpath(path, folder)] = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def write_params(folder: Path, data: str, rows: int, **changes: Any) -> None:
    """Write params.yaml for a file of so many rows; a change of a group changes the keys that it names."""
    sizes = {"train": max(rows - 3, 1), "test": 2 if rows > 3 else 1, "validation": 1 if rows > 2 else 0}
    content: dict[str, Any] = {
        "data": data, "encoding": "auto", "task": "impression", "columns": {}, "seed": 1, "labels": {},
        "dialogue": {"train_on": "all", "turns_asked": 1},
        "split": {**sizes, "duplicates": "keep", "near_duplicates": "allow"},
    }  # fmt: skip
    for name, value in changes.items():
        content[name] = {**content[name], **value} if name in ("split", "dialogue") else value
    (folder / "params.yaml").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")  # JSON is YAML


Content = bytes | str | Callable[[Path], object]


def table(
    name: str,
    content: Content,
    rows: Sequence[Sequence[Any]] | None = None,
    says: str | None = None,
    file: str = "mine.csv",
    keys: Sequence[str] = ("source", "target"),
    **params: Any,
) -> Case:
    """Return the case of one user's file: the split must hold these rows, or the line say that.

    `keys` are those of a row of the split that are compared with `rows`, in the file's order.
    """

    def prepare(folder: Path) -> None:
        path = folder / file
        if callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        write_params(folder, **params | {"data": params.get("data", file), "rows": len(rows or "ab")})

    return Case(name, prepare, says, None if rows is None else partial(same_rows, rows, keys))


def same_rows(rows: Sequence[Sequence[Any]], keys: Sequence[str], folder: Path) -> str:
    """Return the first difference of the rows of a split from those that were written into the user's file."""
    parts = [read_lines(folder / f"out/split/{part}.jsonl") for part in ("train", "validation", "test")]
    found = sorted((row for part in parts for row in part), key=lambda row: (len(row["id"]), row["id"]))
    if len(found) != len(rows):
        return f"{len(rows)} rows were written, {len(found)} read"
    for wanted, row in zip(rows, found, strict=True):
        read = [row.get(key) for key in keys]
        if read != list(wanted):
            return f"row {row['id']}: written {list(wanted)!r:.100}, read {read!r:.100}"
    return ""


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file of one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def limit_files(size: int) -> None:
    """Let no file of this process grow beyond `size` bytes: a write fails as it does on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def numbered(count: int, first: int = 1) -> list[tuple[str, str]]:
    """Return so many distinct reports: findings and impression."""
    return [
        (f"There is a {n + 3} mm nodule in segment {n}. The heart is normal.", f"Nodule of {n + 3} mm in {n}.")
        for n in range(first, first + count)
    ]


def as_csv(rows: Iterable[Sequence[str]], header: Sequence[str] = ("observation", "impression"), sep: str = ",") -> str:
    """Return rows as a table in which every cell is in quotes."""
    return "".join(sep.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in [header, *rows])


def as_objects(rows: Iterable[Sequence[Any]], keys: Sequence[str] = ("observation", "impression")) -> list[dict]:
    """Return rows as objects."""
    return [dict(zip(keys, row, strict=True)) for row in rows]


def as_jsonl(rows: Iterable[Any]) -> str:
    """Return one JSON value a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
