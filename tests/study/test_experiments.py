"""Which experiments a study reads: by default, by commit, by name, and what is refused."""

import os
import subprocess
import sys

import pytest

from pipeline_lib.study import experiments
from pipeline_lib.study.experiments import Chosen, Experiment, Unfinished, choose
from pipeline_lib.study.git_objects import contents
from tests.helpers.stages import error_of, refused
from tests.helpers.studies import WHO, Repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a project with two commits, experiments a and b on the first, c on the second, and twin on both."""
    made = Repository(tmp_path_factory.mktemp("experiments"))
    made.write(1, 0.1)
    made.commit("first")
    made.experiment("a", 2, 0.1)
    made.experiment("b", 3, 0.1)
    made.experiment("twin", 4, 0.1)
    made.write(5, 0.1)
    made.commit("second")
    made.experiment("c", 6, 0.1)
    made.experiment("twin", 7, 0.1)
    return made


@pytest.fixture
def project(repository, monkeypatch):
    """Go to the project; failed is on its second commit, and a failed once before it was done."""
    monkeypatch.chdir(repository.folder)
    queue = [
        Unfinished("broken", "failed", repository.commits["second"]),
        Unfinished("c", "failed", repository.commits["second"]),
    ]
    monkeypatch.setattr(experiments, "_queue", lambda: queue)
    return repository


def test_all_on_the_commit_or_on_another_one(project):
    here = choose([], None)
    assert (here.start, {one.name: one.commit for one in here.finished}) == (
        project.commits["second"], {"c": project.commits["c"], "twin": project.commits["twin"]},
    )  # fmt: skip
    assert here.unfinished == [Unfinished("broken", "failed", project.commits["second"])]
    before = choose([], "HEAD~1")
    assert (before.start, sorted(one.name for one in before.finished)) == (project.commits["first"], ["a", "b", "twin"])
    assert before.unfinished == []


def test_names_are_experiments_on_one_commit_or_revisions(project):
    a, b = (Experiment(name, project.commits[name], project.commits["first"]) for name in "ab")
    assert choose(["b", "a", "b"], None) == Chosen(project.commits["first"], [b, a], [])
    assert choose(["twin"], None).finished == [Experiment("twin", project.commits["twin"], project.commits["second"])]
    assert choose(["main", "broken"], None) == Chosen(
        project.commits["second"],
        [Experiment("main", project.commits["second"], "")],
        [Unfinished("broken", "failed", project.commits["second"])],
    )
    assert choose(["a", "c"], "main").start == project.commits["second"]
    message = error_of(choose, ["a", "c"], None)
    assert f"a on {project.commits['first'][:7]}, c on {project.commits['second'][:7]}" in message


def test_what_is_not_known_is_refused(project, tmp_path, monkeypatch):
    refused(r"no experiment or revision 'brokn' \(did you mean broken\?\)", choose, ["brokn"], None)
    refused("there is no revision 'v9': name a branch", choose, [], "v9")
    project.git("checkout", "-q", "--orphan", "empty")
    try:
        refused("the repository has no commit", choose, [], None)
    finally:
        project.git("checkout", "-qf", "main")
    monkeypatch.chdir(tmp_path)
    refused("not in a Git repository", choose, [], None)


def test_a_name_on_two_other_commits_is_refused(project):
    project.git("checkout", "-q", "--detach")
    project.git("commit", "-q", "--allow-empty", "-m", "third")
    try:
        refused("2 experiments are called 'twin', on ", choose, ["twin"], None)
        assert choose(["twin"], project.commits["first"]).finished[0].baseline == project.commits["first"]
    finally:
        project.git("checkout", "-q", "main")


def test_contents_of_what_is_there_and_what_is_not(project):
    names = ["HEAD:./nothing", "HEAD:./.gitignore", "HEAD:./metrics", "HEAD:./a b", "HEAD:./.gitignore"]
    assert contents(names) == [None, b"/study/\n", None, None, b"/study/\n"]
    assert contents([]) == []
    refused("line break", contents, ["HEAD:./a\nb"])


@pytest.mark.slow
def test_what_stands_in_dvcs_queue(tmp_path, monkeypatch):
    made = Repository(tmp_path / "queue")
    made.write(1, 0.1)
    start = made.commit("start")
    monkeypatch.chdir(made.folder)
    assert experiments._queue() == []
    queued = [sys.executable, "-m", "dvc", "exp", "run", "-q", "--queue", "--name", "waits", "-S", "lr=0.5"]
    done = subprocess.run(queued, cwd=made.folder, env=os.environ | WHO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert choose([], None) == Chosen(start, [], [Unfinished("waits", "queued", start)])
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    assert experiments._queue() == []  # no DVC project
