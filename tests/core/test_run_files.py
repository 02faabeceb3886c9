"""Files that earlier stages left, edited or broken, are one line that names the stage to run again; so are links."""

import re
from pathlib import Path

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, write_json, written
from pipeline_lib.core.run_files import read_history_rows, read_identity, read_scores
from tests.helpers.stages import refused

IDENTITY = {"name": "toy", "revision": None, "sha256": "ab", "method": "lora", "labels": ["no"], "settings": {"lr": 1}}
HISTORY = "step,epoch,split,loss,kept,memory_gb\n1,1,train,0.5,,1.5\n1,1,validation,0.4,1,\n"


@pytest.mark.parametrize(("changed", "line"), [
    ({}, None),
    ({"revision": "main"}, None),
    ({"sha256": 5}, "sha256 in PATH must be a text, it is 5: train again (dvc repro)"),
    ({"revision": 5}, "revision in PATH must be a text or null, it is 5: train again (dvc repro)"),
    ({"settings": []}, "settings in PATH must be a mapping, it is []: train again (dvc repro)"),
    ({"method": "magic"}, "method in PATH must be one of lora, full, merged, it is 'magic': train again (dvc repro)"),
    ({"labels": "yes"}, "labels in PATH must be a list of texts, it is 'yes': train again (dvc repro)"),
    ([], "PATH has no name, revision, sha256, method, settings: train again (dvc repro)"),
    ("name revision sha256 method settings", "PATH has no name, revision, sha256, method, settings: train again (dv"),
    ({"name": ...}, "PATH has no name: train again (dvc repro)"),
])  # fmt: skip
def test_an_edited_base_json_is_one_line(changed, line, tmp_path):
    content = IDENTITY | changed if isinstance(changed, dict) else changed
    if isinstance(content, dict):
        content = {key: value for key, value in content.items() if value is not ...}
    write_json(tmp_path / "base.json", content)
    if line is None:
        assert read_identity(tmp_path) == content
        return
    refused("^" + re.escape(line.replace("PATH", str(tmp_path / "base.json"))), read_identity, tmp_path)
    with pytest.raises(UserError, match=r"base.json is a file, not the folder of a trained model: name its folder"):
        read_identity(tmp_path / "base.json")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("0.4", "0.3", None),
        ("0.4", "nan", "line 3: loss must be a finite number, it is 'nan': train again (dvc repro)"),
        ("0.4", "", "line 3: loss must be a finite number, it is '': train again (dvc repro)"),
        ("1,1,val", "1.5,1,val", "line 3: step must be a whole number, it is '1.5': train again (dvc repro)"),
        ("1,1,val", "1,-1,val", "line 3: epoch must be a whole number, it is '-1': train again (dvc repro)"),
        ("validation", "valid", "line 3: split must be train or validation, it is 'valid': train again"),
        ("1.5", "lots", "line 2: memory_gb must be a finite number, it is 'lots': train again (dvc repro)"),
    ],
)
def test_an_edited_history_is_one_line(old, new, line, tmp_path):
    path = tmp_path / "history.csv"
    path.write_text(HISTORY.replace(old, new))
    if line is None:
        assert [row["loss"] for row in read_history_rows(path, ["step", "split", "loss"])] == ["0.5", "0.3"]
        return
    refused("^" + re.escape(f"{path} {line}"), read_history_rows, path, ["step", "epoch", "split", "loss"])


@pytest.mark.parametrize("content", [[], {}, 5, {"best_baseline": 3}, {"best_baseline": {"name": None}}])
def test_scores_without_a_best_baseline_are_one_line(content, tmp_path):
    write_json(tmp_path / "scores.json", content)
    refused(r"scores.json .*: run the score stage again \(dvc repro\)$", read_scores, tmp_path / "scores.json")


def test_a_link_that_dvc_refuses_is_refused_before_the_work(tmp_path, monkeypatch):
    project, disk = tmp_path / "project", tmp_path / "disk"
    (project / "real").mkdir(parents=True)
    (disk / "tuned").mkdir(parents=True)
    (project / "outside").symlink_to(disk)
    (project / "inside").symlink_to(project / "real")
    (project / "real" / "link").symlink_to(disk / "tuned")

    def write(path: Path) -> None:
        with written(path, mark="base.json") as draft:
            draft.mkdir()
            write_json(draft / "base.json", 1)

    with pytest.raises(
        UserError, match=rf"^cannot write the folder .*link: it is a link to {disk}/tuned: remove the l"
    ):
        write(project / "real" / "link")
    write(project / "outside" / "new")
    monkeypatch.setenv("DVC_ROOT", str(project))
    line = rf"^cannot write .*new: {project}/outside is a link to {disk}, outside the repository, where DVC tracks noth"
    refused(line, write, project / "outside" / "new")
    write(project / "inside" / "new")
    write(disk / "elsewhere")
    assert read_json(project / "real" / "new" / "base.json") == 1
