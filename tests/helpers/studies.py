"""Runs of a made-up study: in memory, and as commits and experiments of a Git repository."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline_lib.core.files import write_json
from pipeline_lib.evaluation.metrics.definitions import METRICS, definition
from pipeline_lib.evaluation.run_comparison import Run
from pipeline_lib.study.ledger import Ledger
from pipeline_lib.study.study_runs import Design, StudyRun, design
from tests.helpers.tables import write_table

HASH = "c0ffee" * 10 + "beef"
BASELINES = {"lead": "the first 4 sentences of the input", "nearest_row": "the target of the nearest training row"}
COMMITTED = {"task": "impression", "lr": 0.001, "seed": 42, "split.train": 300}


WHO = {f"GIT_{role}_{what}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def table(number: int, lift: float, rows: int = 30, headline: str = "rougeL") -> pd.DataFrame:
    """Return rows.csv of a run: the baselines are alike in all, tuned is `lift` above its level, noise by `number`."""
    fixed, noise = np.random.default_rng(0), np.random.default_rng(number)
    found = []
    for row in range(rows):
        level, lead, near, untrained = fixed.uniform(0.2, 0.6, 4)
        tuned = float(np.clip(level + lift + noise.uniform(-0.1, 0.1), 0, 1))
        systems = {"tuned": tuned, "lead": lead, "nearest_row": 0.8 * near, "untrained": 0.3 * untrained}
        found.append(
            {"id": f"r{row:02}", "group": f"g{row:02}", "leaked": 0, "rows": 1}
            | {f"{name}.{headline}": round(value, 6) for name, value in systems.items()}
        )
    return pd.DataFrame(found)


def scores(validation: float | None, headline: str = "rougeL") -> dict[str, Any]:
    """Return what a study reads of scores.json."""
    found: dict[str, Any] = {"headline": headline}
    if validation is not None:
        ends = {f"{headline}_low": validation - 0.05, f"{headline}_high": validation + 0.05}
        others = {"rouge1": validation + 0.1, "perplexity": 3.0, "empty": 0}
        found["validation"] = {"n": 30, headline: validation, **ends, **others, "loss": 1.5 - validation}
    return found


def study_run(
    name: str, number: int, lift: float, validation: float | None = None, headline: str = "rougeL", **params: Any
) -> StudyRun:
    """Return a run in memory; params are added to COMMITTED, `rows` is split.train, `form` words.form."""
    given = COMMITTED | {
        {"rows": "split.train", "form": "words.form", "split_seed": "split.seed"}.get(key, key): value
        for key, value in params.items()
    }
    rows = table(number, lift, headline=headline).set_index("id")
    metrics = {headline: definition(METRICS[headline])}
    run = Run(name, name, headline, HASH, metrics, BASELINES, [], rows, scores(validation, headline))
    return StudyRun(name, name, run, given)


def designed(*runs: StudyRun) -> Design:
    """Return the design of some runs, the first being the committed one."""
    return design(runs, runs[0])


def ledger(*runs: StudyRun, more: int = 0) -> Ledger:
    """Return the ledger of some runs, and of `more` that a study does not hold and that came before."""
    from pipeline_lib.study.ledger import result_key

    return Ledger(HASH, 30, (*map(str, range(more)), *(result_key(run.run) for run in runs)), True)


class Repository:
    """A DVC project in Git, with a commit of metrics; experiments are refs as DVC writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, 1_700_000_000
        self.commits: dict[str, str] = {}  # by the name of the commit or experiment
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        (folder / ".dvc").mkdir()
        (folder / ".dvc" / "config").write_text("")
        (folder / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
        (folder / ".gitignore").write_text("/study/\n")
        (folder / "dvc.yaml").write_text("stages: {}\n")

    def git(self, *command: str) -> str:
        self.clock += 1  # no two commits in one second: the ledger is in the order of time
        times = {f"GIT_{role}_DATE": f"{self.clock} +0000" for role in ("AUTHOR", "COMMITTER")}
        done = subprocess.run(
            ["git", *command],
            cwd=self.folder,
            env=os.environ | WHO | times,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(
        self,
        number: int,
        lift: float,
        validation: float | None = None,
        hashed: str = HASH,
        at: str = "",
        rows: int = 30,
        **params: Any,
    ) -> None:
        """Write params and metrics of a run below `at`, a folder of the project."""
        folder = self.folder / at
        (folder / "metrics").mkdir(parents=True, exist_ok=True)
        given = COMMITTED | params
        content = {key: value for key, value in given.items() if key not in ("split.train", "rows_trained")}
        content["split"] = {"train": given.get("rows_trained", 300)}
        (folder / "params.yaml").write_text(json.dumps(content))
        write_table(folder / "metrics" / "rows.csv", table(number, lift, rows).to_dict("records"))
        meanings = {"test_rows": hashed, "train_rows": "ef" * 32, "baselines": BASELINES}
        meanings |= {"metrics": {"rougeL": definition(METRICS["rougeL"])}}
        write_json(folder / "metrics" / "definitions.json", meanings)
        write_json(folder / "metrics" / "scores.json", scores(validation))

    def commit(self, message: str) -> str:
        """Commit everything; return the commit."""
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        self.commits[message] = self.git("rev-parse", "HEAD")
        return self.commits[message]

    def experiment(self, name: str, *given: Any, **params: Any) -> str:
        """Save a run on the current commit as an experiment, and go back."""
        branch, start = self.git("branch", "--show-current"), self.git("rev-parse", "HEAD")
        self.git("checkout", "-q", "--detach")
        self.write(*given, **params)
        commit = self.commit(name)
        self.git("update-ref", self._ref(start, name), commit)
        self.git("checkout", "-q", branch)
        return commit

    def forget(self, name: str) -> None:
        """Remove an experiment of the current commit."""
        self.git("update-ref", "-d", self._ref(self.git("rev-parse", "HEAD"), name))

    @staticmethod
    def _ref(start: str, name: str) -> str:
        return f"refs/exps/{start[:2]}/{start[2:]}/{name}"


def seeds_apart(count: int, mean: float, apart: float, rows: int = 30) -> np.ndarray:
    """Return columns (S, n, 2) of a mean, in which each seed has one figure for all rows, `apart` from the next."""
    figures = mean + apart * (np.arange(count) - (count - 1) / 2)
    return np.stack([np.column_stack([np.full(rows, figure), np.ones(rows)]) for figure in figures])


def names(rows: int) -> Sequence[str]:
    """Return a group for each row."""
    return [str(row) for row in range(rows)]
