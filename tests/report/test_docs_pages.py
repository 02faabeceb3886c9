"""The pages that tools.docs publishes: those of the embedded data and no others, the same bytes each time."""

import json
from types import SimpleNamespace

import pytest

from tests.helpers.report_run import command, write_run
from tests.helpers.stages import refused
from tools import docs


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project's folder with the embedded data and a finished run, where DVC finds nothing changed."""
    words = [*command(write_run(tmp_path)), "--pairs-figure", f"{tmp_path}/pairs.png"]
    cmd = json.dumps("python -m stages.report " + " ".join(words))
    (tmp_path / "dvc.yaml").write_text(f"stages:\n  report:\n    cmd: {cmd}\n", encoding="utf-8")
    with (tmp_path / "params.yaml").open("a", encoding="utf-8") as file:
        file.write("data: data/reports.csv\n")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "words.html").write_text("the words", encoding="utf-8")
    docs.generate(["--rows", "960", "--seed", "7", "--out", str(tmp_path / "data" / "reports.csv")])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["docs"])
    monkeypatch.setattr(docs, "check_run", lambda: None)
    return tmp_path


def test_both_pages_are_the_same_twice(project):
    docs.main()
    first = {path.name: path.read_bytes() for path in (project / "docs").iterdir()}
    assert sorted(first) == ["report.html", "word_pairs.html"]
    assert b"tokens/s" not in first["report.html"]
    assert b'href="word_pairs.html"' in first["report.html"]
    assert first["word_pairs.html"] == b"the words"
    docs.main()
    assert {path.name: path.read_bytes() for path in (project / "docs").iterdir()} == first
    assert [path.name for path in (project / "pages").iterdir()] == ["words.html"]


def test_nothing_of_other_data_is_published(project):
    params = (project / "params.yaml").read_text(encoding="utf-8")
    (project / "params.yaml").write_text(params.replace("data/reports.csv", "data/mine.csv"), encoding="utf-8")
    refused(r"params.yaml has data: data/mine.csv: its rows may be of real people", docs.main)
    (project / "params.yaml").write_text(params, encoding="utf-8")
    with (project / "data" / "reports.csv").open("a", encoding="utf-8") as file:
        file.write("CT,h,o,i\n")
    refused("must be what the generator writes", docs.main)
    assert not (project / "docs").exists()


@pytest.mark.parametrize(
    ("code", "out", "message"),
    [
        (0, '{"split": [{"changed deps": {}}], "report": []}', r"\(report, split\): run dvc repro"),
        (1, "", "dvc status failed: no stage report"),
    ],
)
def test_a_run_that_is_not_up_to_date_is_not_published(monkeypatch, code, out, message):
    done = SimpleNamespace(returncode=code, stdout=out, stderr="x\nno stage report\n")
    monkeypatch.setattr(docs.subprocess, "run", lambda *_, **__: done)
    refused(message, docs.check_run)
