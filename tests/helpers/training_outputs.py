"""The command line of a stage that trains in a test's folder, and the files it leaves."""

import csv
from pathlib import Path


def places(folder: Path, out: str = "tuned") -> list[str]:
    """Return the options of finetune and finetune_classifier: all files are in `folder`."""
    where = {"--data": "split", "--out": out, "--record": "training", "--params": "params.yaml"}
    return [part for name, file in where.items() for part in (name, str(folder / file))]


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def history(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the history that `places(folder)` names."""
    with (folder / "training" / "history.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_no_path(folder: Path, *others: Path) -> None:
    """Fail where a file in `folder` holds a path of this machine: `folder`, one of `others`, a home or a /tmp."""
    for path in folder.iterdir():
        content = path.read_bytes()
        for trace in (str(folder), *map(str, others), str(Path.home()), "/tmp/", "/home/"):
            assert trace.encode() not in content, f"{path.name} holds {trace}"
