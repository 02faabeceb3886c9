"""The project as a user has it: a copy in a repository of its own, driven through git and dvc."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.helpers.preloaded import preloaded_python

ROOT = Path(__file__).parents[2]


def git(folder: Path, *command: str) -> str:
    """Return what git prints when it is run in a folder, as a person with a name."""
    person = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(
        ["git", *person, *command], cwd=folder, capture_output=True, text=True, check=True, errors="replace"
    ).stdout


def environment() -> dict[str, str]:
    """Return the environment in which a test runs git, dvc and stages: a person's name, no network, one thread."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([preloaded_python(), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org",
        "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
        "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1",  # a second thread makes a toy slower
    }  # fmt: skip


def printed(command: list[str], folder: Path) -> str:
    """Return what a command prints that is run in a folder and succeeds."""
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


class Project:
    """A copy of this project in a repository of its own, with small settings.

    `pipeline` is the folder of a dvc.yaml in it; `changes` are to its params file, names with dots.
    """

    def __init__(self, folder: Path, pipeline: str, changes: dict[str, Any]) -> None:
        self.folder, self.pipeline = folder, Path(folder, pipeline)
        tracked = printed(["git", "ls-files", "-co", "--exclude-standard"], ROOT).splitlines()
        for name in tracked:
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        for lock in folder.rglob("dvc.lock"):
            lock.unlink()
        for name in ("metrics", "plots", "predictions", "pages"):
            shutil.rmtree(self.pipeline / name, ignore_errors=True)
        self.log = ""  # what the first repro printed
        yaml = YAML()
        params = yaml.load((self.pipeline / "params.yaml").read_text(encoding="utf-8"))
        for name, value in changes.items():
            *groups, key = name.split(".")
            inner = params
            for group in groups:
                inner = inner[group]
            inner[key] = value
        with (self.pipeline / "params.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(params, file)
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "copy"]):
            self.git(*command)

    def first_run(self, *target: str) -> "Project":
        """Run the pipeline, or the one of `target`, and commit what it wrote."""
        self.log = self.dvc("repro", *target)
        self.git("add", "-A")
        self.git("commit", "-qm", "first run")
        return self

    def git(self, *command: str) -> str:
        return printed(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *command], self.folder)

    def dvc(self, *command: str) -> str:
        return printed([sys.executable, "-m", "dvc", *command], self.folder)

    def python(self, module: str, *words: str) -> str:
        return printed([sys.executable, "-m", module, *words], self.folder)

    def scores(self) -> dict:
        return self.json("metrics/scores.json")

    def split_groups(self, part: str) -> set[str]:
        lines = (self.pipeline / "data" / "split" / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
        return {json.loads(line)["group"] for line in lines}

    def json(self, name: str) -> dict:
        return json.loads((self.pipeline / name).read_text(encoding="utf-8"))


def ran(log: str) -> set[str]:
    """Return the stages that a DVC log says were run."""
    return {line.split("'")[1] for line in log.splitlines() if line.startswith("Running stage ")}
