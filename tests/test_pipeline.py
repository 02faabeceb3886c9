"""The real pipeline as a user runs it, on a random model of two layers: repro, experiments, queue, diff, plots."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.toys import write_encoder, write_project_model

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow
WORD_BRANCH = ("preprocess_text", "embed", "pair_mine")
TRAINED = {"finetune", "generate", "score", "plot", "report"}  # what another learning rate reruns


class Project:
    """A copy of this project in a repository of its own, with small settings."""

    def __init__(self, folder: Path, models: Path) -> None:
        self.folder = folder
        tracked = self._out(["git", "ls-files", "-co", "--exclude-standard"], ROOT).splitlines()
        for name in tracked:
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (folder / "dvc.lock").unlink(missing_ok=True)
        for name in ("metrics", "plots"):
            shutil.rmtree(folder / name, ignore_errors=True)
        yaml = YAML()
        params = yaml.load((folder / "params.yaml").read_text(encoding="utf-8"))
        params.update(model=str(write_project_model(models / "lm")), epochs=1, lr=1e-3)
        params["split"].update(train=24, eval=4, validation=4)
        params["prompt"].update(max_tokens=700, neighbours=1)  # a byte or two a token
        params["generate"]["max_new_tokens"] = 4
        params["embed"]["model"] = str(write_encoder(models / "encoder"))
        params["words"]["min_documents"] = 60
        params["pairs"]["top"] = 20
        with (folder / "params.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(params, file)
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "copy"]):
            self.git(*command)

    def git(self, *command: str) -> str:
        return self._out(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *command], self.folder)

    def dvc(self, *command: str) -> str:
        return self._out([sys.executable, "-m", "dvc", *command], self.folder)

    def python(self, module: str, *words: str) -> str:
        return self._out([sys.executable, "-m", module, *words], self.folder)

    def scores(self) -> dict:
        return json.loads((self.folder / "metrics" / "scores.json").read_text(encoding="utf-8"))

    def _out(self, command: list[str], folder: Path) -> str:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org",
            "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
            "HF_HUB_OFFLINE": "1",
        }  # fmt: skip
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


def ran(log: str) -> set[str]:
    """Return the stages that a DVC log says were run."""
    return {line.split("'")[1] for line in log.splitlines() if line.startswith("Running stage ")}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = Project(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("models"))
    made.log = made.dvc("repro")
    made.git("add", "-A")
    made.git("commit", "-qm", "first run")
    return made


def test_repro_runs_every_stage_and_writes_every_out(project):
    assert ran(project.log) == {*TRAINED, "split", "generate_base", "floors", *WORD_BRANCH}
    scores = project.scores()
    assert set(scores) == {"n", "groups", "headline", "base", "tuned", "floor", "best_floor", "lift"}
    assert scores["n"] == 4
    assert scores["tuned"].keys() == scores["base"].keys()
    assert scores["tuned"].keys() > {"perplexity", "bits_per_byte", "rouge1", "rouge2", "rougeL", "rougeL_low"}
    assert set(scores["floor"]) == {"constant", "neighbour", "consensus", "lead"}
    assert scores["lift"]["floor"]["against"] == scores["best_floor"]["name"]
    assert scores["best_floor"]["chosen_on"] == "validation"
    plots = {file.name for file in (project.folder / "plots").iterdir()}
    assert plots >= {"loss.csv", "loss.png", "word_pairs.csv", "word_pairs.png", "word_pairs.html", "report.html"}
    assert (project.folder / "REPORT.md").is_file()
    assert (project.folder / "models" / "card" / "README.md").is_file()


def test_what_quotes_reports_is_not_in_git(project):
    tracked = set(project.git("ls-files").split())
    assert {
        "metrics/scores.json",
        "metrics/rows.csv",
        "metrics/split.json",
        "REPORT.md",
        "plots/word_pairs.png",
        "dvc.lock",
    } <= tracked
    quoting = ("data/split", "data/generations", "data/floors", "models/", "plots/word_pairs.html", "plots/report")
    assert not [name for name in tracked if name.startswith(quoting)]


def test_a_second_repro_runs_nothing(project):
    assert ran(project.dvc("repro")) == set()


def test_another_learning_rate_reruns_what_depends_on_it_and_going_back_restores(project):
    before = project.scores()
    log = project.dvc("exp", "run", "-S", "lr=1e-5", "--name", "gentle")
    assert ran(log) == TRAINED
    assert "lr: 1e-05" in (project.folder / "params.yaml").read_text(encoding="utf-8")
    assert project.scores()["tuned"] != before["tuned"]
    assert project.scores()["base"] == before["base"]

    table = project.dvc("metrics", "diff", "--all", "HEAD")
    assert "tuned.perplexity" in table
    assert "base.rougeL" in table

    compared = project.python("stages.compare", "HEAD", "gentle", "--json")
    assert json.loads(compared)["metrics"].keys() >= {"rougeL", "perplexity"}

    log = project.dvc("exp", "run", "-S", "lr=0.001")
    assert not ran(log) & {"finetune", "generate"}  # the run cache has them
    assert project.scores() == before


def test_queued_and_temporary_experiments_run(project):
    project.dvc("exp", "run", "--queue", "-S", "lr=0.0001,0.0003")
    project.dvc("exp", "run", "--run-all")
    project.dvc("exp", "run", "--temp", "-S", "lr=0.0002", "--name", "aside")
    table = json.loads(project.dvc("exp", "show", "--json"))
    rates = json.dumps(table)
    for rate in ("0.0001", "0.0003", "0.0002"):
        assert rate in rates
    assert "aside" in project.dvc("exp", "list")


def test_plots_and_dag_show(project):
    project.dvc("plots", "show", "--out", "shown")
    page = (project.folder / "shown" / "index.html").read_text(encoding="utf-8")
    assert "Cross-entropy" in page
    assert "finetune" in project.dvc("dag")
    project.python("tools.plots_page")
    page = (project.folder / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    assert "Cross-entropy" in page
    assert 'src="http' not in page
