"""The stage import_data: local files, and datasets of the Hub from memory."""

import json
import re
from types import SimpleNamespace

import pytest
from datasets import Dataset
from dvc.repo import Repo

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.tracking import refuse_unguarded
from pipeline_lib.params import load_params
from stages import import_data
from tests.helpers.projects import git

PARAMS = "# ours\ndata: data/reports.csv  # any table\ncolumns: {text: a}\ntask: impression\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")
    (folder / ".gitignore").write_text("/data/*\n!/data/*.dvc\n", encoding="utf-8")
    git(folder, "init", "-q")
    Repo.init(str(folder)).close()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def hub(monkeypatch):
    requests = []

    class Api:
        def dataset_info(self, name, revision=None):
            requests.append((name, revision))
            return SimpleNamespace(sha="c0ffee0123456789")

    def load(name, config, split, revision):
        requests.append((split, revision))
        return Dataset.from_dict({"sentence": ["très bon", 'bad, "very"'], "label": [2**53 + 1, None]})

    splits = SimpleNamespace(info=SimpleNamespace(splits={"train": None, "validation": None}))
    monkeypatch.setattr("huggingface_hub.HfApi", Api)
    monkeypatch.setattr("datasets.load_dataset_builder", lambda name, config, revision: splits)
    monkeypatch.setattr("datasets.load_dataset", load)
    return requests


def test_a_file_is_copied_put_under_dvc_and_named_in_the_params_file(project, capsys):
    name = "q&a (2024) $(touch x);'é\".csv"
    (project.parent / name).write_text("a,b\n1,2\n", encoding="utf-8")
    for _ in range(2):  # a second time changes nothing
        import_data.main([str(project.parent / name)])
    assert (project / "data" / name).read_text(encoding="utf-8") == "a,b\n1,2\n"
    assert (project / "data" / f"{name}.dvc").is_file()
    text = (project / "params.yaml").read_text(encoding="utf-8")
    assert text == PARAMS.replace("data/reports.csv ", f"data/{name}")
    assert load_params("params.yaml")["data"] == f"data/{name}"
    git(project, "add", "-A")
    assert "a,b" not in git(project, "diff", "--cached")
    assert "\ngit add 'data/q&a (2024) $(touch x);'" in capsys.readouterr().out


def test_a_file_in_the_project_stays_where_it_is(project):
    (project / "mine.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"mine.csv is in neither, .*: run python -m stages.import_data with its name"):
        refuse_unguarded("mine.csv")
    import_data.main(["mine.csv"])
    refuse_unguarded("mine.csv")
    assert "\ndata: mine.csv          # any table\n" in (project / "params.yaml").read_text(encoding="utf-8")
    assert not list((project / "data").iterdir())


@pytest.mark.parametrize(("where", "refused"), [("data/x.csv", False), ("other/x.csv", True), ("in_git.csv", False)])
def test_data_that_a_commit_would_take_by_accident_is_refused(project, where, refused):
    (project / where).parent.mkdir(exist_ok=True)
    (project / where).write_text("a\n1\n", encoding="utf-8")
    if where == "in_git.csv":
        git(project, "add", where)
    for path in (where, str((project / where).parent)) if refused else (where,):
        if refused:
            with pytest.raises(UserError, match="in DVC or be ignored by Git"):
                refuse_unguarded(path)
        else:
            refuse_unguarded(path)


def test_a_split_of_the_hub_is_written_with_its_commit(project, hub, capsys):
    import_data.main(["hub:stanfordnlp/sst2@v1", "--split", "train[:2]"])
    out = project / "data/stanfordnlp-sst2-train-2-c0ffee012345.jsonl"
    assert hub == [("stanfordnlp/sst2", "v1"), ("train[:2]", "c0ffee0123456789")]
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert rows == [{"sentence": "très bon", "label": 2**53 + 1}, {"sentence": 'bad, "very"', "label": None}]
    assert "2 rows of stanfordnlp/sst2@c0ffee0123456789 (sentence, label)" in capsys.readouterr().out


def test_two_splits_of_the_hub_named_in_the_params_make_a_folder(project, hub):
    (project / "params.yaml").write_text(PARAMS.replace("data/reports.csv", "hub:a/b"), encoding="utf-8")
    import_data.main(["--test-split", "validation"])
    folder = project / "data/a-b-train-validation-c0ffee012345"
    assert sorted(path.name for path in folder.iterdir()) == ["test.jsonl", "train.jsonl"]
    assert f"data: data/{folder.name}" in (project / "params.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["hub:a b"], "a dataset must be named hub:ID or hub:ID@REVISION"),
        (["hub:a/b", "--split", "tests"], "dataset a/b has no split 'tests': it has train, validation"),
        (["none.csv"], "data file none.csv is missing: name a file, a folder or hub:ID"),
        (["../x.csv", "--name", "y.csv"], "y.csv is there with other content: give the new file another name"),
        (["data/y.csv"], "is in Git: to keep its rows out, run git rm --cached -r with its name"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(project, hub, words, message):
    (project.parent / "x.csv").write_text("new", encoding="utf-8")
    (project / "data/y.csv").write_text("old", encoding="utf-8")
    git(project, "add", "-f", "data/y.csv")
    with pytest.raises(UserError, match=re.escape(message)):
        import_data.main(words)
    assert [path.name for path in (project / "data").iterdir()] == ["y.csv"]
    assert (project / "params.yaml").read_text(encoding="utf-8") == PARAMS


def test_no_network_is_one_line(project, monkeypatch):
    class Api:
        def dataset_info(self, name, revision=None):
            raise ConnectionError("Name or service not known")

    monkeypatch.setattr("huggingface_hub.HfApi", Api)
    with pytest.raises(UserError, match=r"cannot be had from the Hub \(ConnectionError: Name or service not known\)"):
        import_data.main(["hub:a/b"])
    assert not list((project / "data").iterdir())
