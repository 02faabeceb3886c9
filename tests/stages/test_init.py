"""A params file for a user's own file: what is written, what is kept, and what is not overwritten."""

import json
import shutil
from typing import Any

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.params import load_params
from stages import init
from tests.helpers.projects import git
from tests.helpers.toys import ROOT, reports

ROWS: dict[str, Any] = {
    "impression": list(reports(70)),
    "sentiment": [{"Review": f"the film number {at} was fine", "spam": at % 2} for at in range(90)],
    "company": [{"q": f"Where is thing {at}?", "a": f"Thing {at} is here." if at else ""} for at in range(90)],
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with the params files, in which the command runs."""
    for name in ("params.yaml", *(f"recipes/{name}/params.yaml" for name in ("sentiment", "company"))):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".gitignore").write_text("/data\n/pages\n", encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "params")
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(project, name):
    lines = [json.dumps(row) + "\n" for row in ROWS[name]]
    (project / "data/mine.jsonl").write_text("".join(lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "place", "diff"),
    [
        ("impression", ".", {
            "data: data/mine.jsonl", "  train: 39", "  test: 23", "  validation: 8",
        }),
        ("sentiment", "recipes/sentiment", {
            "data: data/mine.jsonl", "columns:", "  text: Review", "  label: spam", "labels: {0: not spam, 1: spam}",
            "  train: 49", "  test: 30", "  validation: 11",
        }),
        ("company", "recipes/company", {
            "data: data/mine.jsonl", "columns:", "  question: q", "  answer: a", "  train: 49", "  test: 29",
            "  validation: 11",
        }),
    ],
)  # fmt: skip
def test_a_params_file_for_a_file(name, place, diff, project, capsys):
    write(project, name)
    init.main(["data/mine.jsonl", "--no-model"])
    changed = [line for line in git(project, "diff", "-U0").splitlines() if line.startswith("+") and line[1] != "+"]
    assert {line[1:].split(" #")[0].rstrip() for line in changed} <= diff
    params = load_params(f"{place}/params.yaml")
    assert params["data"] == "data/mine.jsonl"
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(
        f"wrote {'' if place == '.' else f'{place}/'}params.yaml for the task {name}: its columns"
    )
    pipeline = "" if place == "." else f" {place}/dvc.yaml"
    own = "params.yaml" if place == "." else f"{place}/params.yaml"
    assert lines[-3:] == [
        f"next: python -m stages.import_data --params {own}",
        f"next: dvc repro{pipeline}",
        f"back to the embedded data: git restore {own}",
    ]
    kept = [line.split("#")[1] for line in git(project, "show", f"HEAD:{own}").splitlines() if line.startswith("  r:")]
    assert kept
    assert kept[0] in (project / own).read_text(encoding="utf-8")


def test_what_git_does_not_have_is_not_overwritten(project, capsys):
    write(project, "company")
    init.main(["data/mine.jsonl", "--no-model"])
    for arguments in ([], ["--out", "data/other.yaml"]):
        (project / "data/other.yaml").write_text("mine", encoding="utf-8")
        with pytest.raises(UserError, match="is there and holds what Git does not have: commit it, name another file"):
            init.main(["data/mine.jsonl", "--no-model", *arguments])
    assert (project / "data/other.yaml").read_text(encoding="utf-8") == "mine"
    init.main(["data/mine.jsonl", "--no-model", "--force", "--out", "data/other.yaml"])
    assert "next: cp data/other.yaml recipes/company/params.yaml" in capsys.readouterr().out
    assert load_params("data/other.yaml") == load_params("recipes/company/params.yaml")


def test_rows_that_lack_something_are_dropped_and_counted(project, capsys):
    ROWS["sentiment"][3]["Review"] = ""
    write(project, "sentiment")
    init.main(["data/mine.jsonl", "--no-model"])
    assert "1 rows lack their input or target: split.incomplete is drop, which leaves them out" in (
        capsys.readouterr().out.splitlines()
    )
    assert load_params("recipes/sentiment/params.yaml")["split"]["incomplete"] == "drop"
