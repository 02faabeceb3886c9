"""The real pipeline as a user runs it, on a random model of two layers: repro, experiments, queue, diff, plots."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests.helpers.projects import Project, printed, ran
from tests.helpers.s3 import ACCOUNT, S3Server
from tests.helpers.toys import write_encoder, write_project_model

WORD_BRANCH = ("preprocess_text", "embed", "pair_mine")
TEST_FIGURES = {"rougeL", "perplexity", "rouge1", "rouge2", "gain", "gain_low", "gain_high"}
SUMMARY = {"validation_rougeL", "validation_loss", "validation_perplexity", *TEST_FIGURES}
WIDEST = 160  # columns of a terminal in which a table of experiments is still read
TRAINED = {"finetune", "generate", "score", "plot", "report"}  # what another learning rate reruns


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    changes = {"model": str(write_project_model(models / "lm")), "epochs": 1, "lr": 1e-3}
    changes |= {"split.train": 24, "split.test": 4, "split.validation": 4, "generate.max_new_tokens": 4}
    changes |= {"prompt.max_tokens": 700, "prompt.few_shot": 1}  # a byte or two a token
    changes |= {"embed.model": str(write_encoder(models / "encoder")), "words.min_documents": 60, "pairs.top": 20}
    return Project(tmp_path_factory.mktemp("project"), ".", changes).first_run()


def test_repro_runs_every_stage_and_writes_every_out(project):
    assert ran(project.log) == {*TRAINED, "split", "generate_untrained", "generate_prompted", "baselines", *WORD_BRANCH}
    scores = project.scores()
    names = "n groups seed headline validation untrained tuned baselines best_baseline gain references_without_words"
    assert set(scores) == set(names.split())
    assert project.json("metrics/summary.json").keys() == SUMMARY
    assert scores["n"] == 4
    assert scores["tuned"].keys() == scores["untrained"].keys()
    assert scores["tuned"].keys() > {"perplexity", "bits_per_byte", "rouge1", "rouge2", "rougeL", "rougeL_low"}
    assert set(scores["baselines"]) == {
        "majority",
        "nearest_row",
        "minimum_bayes_risk",
        "lead",
        "prompted_3",
    }  # six do not fit
    assert scores["gain"]["baseline"]["against"] == scores["best_baseline"]["name"]
    assert {file.name for file in (project.folder / "plots").iterdir()} == {
        "loss.csv", "loss.png", "word_pairs.csv", "word_pairs.png", "word_pairs.svg", "word_ranking.png",
        "word_heatmap.png",
    }  # fmt: skip
    assert {file.name for file in (project.folder / "pages").iterdir()} == {"report.html", "words.html"}
    assert {file.name for file in (project.folder / "models/training").iterdir()} == {"history.csv", "parameters.json"}
    assert (project.folder / "REPORT.md").is_file()
    assert (project.folder / "models" / "card" / "README.md").is_file()


def test_what_quotes_reports_is_not_in_git(project):
    tracked = set(project.git("ls-files").split())
    published = {"summary.json", "scores.json", "rows.csv", "split.json"}
    assert {*(f"metrics/{name}" for name in published), "REPORT.md", "plots/word_pairs.png", "dvc.lock"} <= tracked
    quoting = ("data/", "models/", "predictions/", "pages/")
    assert [name for name in tracked if name.startswith(quoting)] == ["data/reports.csv"]


def test_a_second_repro_runs_nothing(project):
    assert ran(project.dvc("repro")) == set()


def test_another_learning_rate_reruns_what_depends_on_it_and_going_back_restores(project):
    before = project.scores()
    log = project.dvc("exp", "run", "-S", "lr=1e-5", "--name", "gentle")
    assert ran(log) == TRAINED
    assert "lr: 1e-05" in (project.folder / "params.yaml").read_text(encoding="utf-8")
    assert project.scores()["tuned"] != before["tuned"]
    assert project.scores()["untrained"] == before["untrained"]

    table = project.dvc("metrics", "diff", "--all", "HEAD", "--targets", "metrics/summary.json").splitlines()
    assert {line.split()[1] for line in table if line.startswith("metrics/summary.json")} == SUMMARY
    # As the README has it: settings and validation figures, in a terminal's width.
    shown = project.dvc("exp", "show", "--only-changed", "--drop", "(?!Exp|.*params|.*validation_[^p])").splitlines()
    assert max(len(line.rstrip()) for line in shown) <= WIDEST
    assert any("validation_loss" in line and "params.yaml:lr" in line for line in shown)

    compared = project.python("stages.compare_runs", "HEAD", "gentle", "--json")
    assert json.loads(compared)["metrics"].keys() >= {"rougeL", "perplexity"}

    log = project.dvc("exp", "run", "-S", "lr=0.001")
    assert not ran(log) & {"finetune", "generate"}  # the run cache has them
    assert project.scores() == before


def test_queued_and_temporary_experiments_run(project):
    project.dvc("exp", "run", "--queue", "-S", "pairs.top=7,9")  # no training: what the queue does is held here
    project.dvc("exp", "run", "--run-all")
    project.dvc("exp", "run", "--temp", "-S", "lr=0.0002", "--name", "aside")
    shown = project.dvc("exp", "show", "--json")
    assert all(value in shown for value in ('"top": 7', '"top": 9', "0.0002"))
    assert "aside" in project.dvc("exp", "list")


def test_plots_and_dag_show(project):
    project.dvc("plots", "show", "--out", "shown")
    page = (project.folder / "shown" / "index.html").read_text(encoding="utf-8")
    assert "Cross-entropy" in page
    project.dvc("plots", "show", "dvc.yaml", "--out", "own")
    page = (project.folder / "own" / "index.html").read_text(encoding="utf-8")
    assert "Cross-entropy on the target" in page
    assert "recipes" not in page
    assert "finetune" in project.dvc("dag")
    project.python("tools.plots_page")
    page = (project.folder / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    assert "Cross-entropy on the target" in page
    assert re.findall(r'<section id="(\w+)">', page) == [
        "main", "company", "dialogue", "qa", "sentiment", "sentiment_lm",
    ]  # fmt: skip
    assert 'src="http' not in page


@pytest.fixture
def server(monkeypatch):
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    started = S3Server()
    yield started
    started.stop()


def test_another_machine_pulls_from_s3_and_computes_nothing(project, server, tmp_path):
    project.dvc("remote", "add", "-d", "store", "s3://bucket/tare")
    project.dvc("remote", "modify", "store", "endpointurl", server.url)
    project.git("commit", "-aqm", "a remote")
    server.denied = True
    with pytest.raises(AssertionError, match="Access Denied"):
        project.dvc("push", "--run-cache")
    server.denied = False
    assert not server.names()

    server.uploads_left = 10
    with pytest.raises(AssertionError, match="Could not connect to the endpoint URL"):
        project.dvc("push", "--run-cache")
    server.uploads_left = None
    server.start()
    before = server.names()
    assert len(before) >= 9
    project.dvc("push", "--run-cache")
    assert server.names() > before

    clone = tmp_path / "clone"
    printed(["git", "clone", "-q", str(project.folder), str(clone)], tmp_path)
    dvc = [sys.executable, "-m", "dvc"]
    for folder in ("data/split", "pages", "models", "predictions"):
        assert not (clone / folder).exists()
    printed([*dvc, "pull", "--run-cache", "dvc.yaml"], clone)
    for folder in ("data/split", "pages", "models", "predictions"):
        assert files(clone / folder) == files(project.folder / folder) != {}
    assert ran(printed([*dvc, "repro"], clone)) == set()
    assert printed(["git", "status", "--porcelain"], clone) == ""


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
