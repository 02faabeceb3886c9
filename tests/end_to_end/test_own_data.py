"""A user's own file in the project: any file name, and no row of it in a commit of an experiment."""

import json
import re
import sys
from pathlib import Path

import pytest
from dvc.repo import Repo

from stages import import_data
from tests.helpers.projects import Project, git

pytestmark = pytest.mark.slow
PLANTED = " ".join(("Zzyzx", "Road", "4711"))  # stands in the user's rows alone, not even in this file


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    changes = {"split.train": 8, "split.test": 2, "split.validation": 2}
    made = Project(tmp_path_factory.mktemp("project"), ".", changes)
    # The split alone, and no recipes: `dvc exp run --queue split` would not bring a .dvc file's data (DVC 3.67).
    text = (made.folder / "dvc.yaml").read_text(encoding="utf-8")
    (made.folder / "dvc.yaml").write_text(text[: text.index("\n  finetune:")], encoding="utf-8")
    made.git("rm", "-rq", "recipes")
    return made


def write_rows(path: Path) -> None:
    """Write 20 rows of the main pipeline's columns."""
    rows = [f"CT,Pain,Finding {number} at {PLANTED} is word{number} alone,Impression {number}" for number in range(20)]
    path.write_text("\n".join(["Report Name,History,Observation,Impression", *rows]) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", [
    "our reports (2024) & more.csv", "x;touch pwned;`touch pwned`$(touch pwned).csv", 'it\'s "quoted" #1 %20.csv',
    "-dash --out x.csv", "отчёты 报告 ${seed} [a]*.csv",
])  # fmt: skip
def test_any_file_name_runs_and_no_part_of_it_is_a_command(project, name, monkeypatch):
    write_rows(project.folder / "data" / name)
    monkeypatch.chdir(project.folder)
    import_data.main([f"data/{name}"])
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    with Repo(str(project.folder)) as repo:
        repo.reproduce("split")
    assert project.json("metrics/split.json")["rows"] == 20
    assert not list(project.folder.rglob("pwned"))


def test_no_commit_of_an_experiment_has_a_row_and_a_queued_one_finds_the_rows(project):
    write_rows(project.folder / "data" / "mine.csv")
    project.python("stages.import_data", "data/mine.csv")
    project.git("add", "-A")
    project.git("commit", "-qm", "our data")
    project.dvc("exp", "run", "-S", "seed=2")
    project.dvc("exp", "run", "--queue", "-S", "seed=3")
    assert "split" in project.dvc("exp", "run", "--run-all", "-j", "1")
    refs = project.git("for-each-ref", "--format=%(refname)", "refs/exps").split()
    finished = [ref for ref in refs if re.match("refs/exps/[0-9a-f]{2}/", ref)]
    assert len(finished) == 2
    for ref in finished:
        assert json.loads(project.git("show", f"{ref}:metrics/split.json"))["rows"] == 20
    objects = git(project.folder, "cat-file", "--batch", "--batch-all-objects", "--buffer")
    assert "observation: Observation" in objects
    assert PLANTED not in objects
