"""The notebook of the main pipeline, run as a person runs it in a copy of the project, on a random Gemma."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from ruamel.yaml import YAML

from tests.helpers.projects import ROOT, Project, environment
from tests.helpers.toys import write_encoder, write_gemma

NOTEBOOK = "notebooks/flagship.ipynb"
SETTINGS = (
    "epochs=1 lr=0.001 split.train=24 split.test=4 split.validation=4 prompt.max_tokens=700 prompt.few_shot=1 "
    "generate.max_new_tokens=4 words.min_documents=60 pairs.top=20"
)


@pytest.fixture
def surroundings(tmp_path, monkeypatch):
    """The environment of a test's stages for the notebook's kernel too, and its files in a folder of the test."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))


def execute(folder: Path) -> list[nbformat.NotebookNode]:
    """Return the cells of the notebook in the folder of a project, run in it."""
    notebook = nbformat.read(folder / NOTEBOOK, as_version=4)
    where = {"metadata": {"path": str((folder / NOTEBOOK).parent)}}
    NotebookClient(notebook, timeout=900, resources=where).execute()
    return notebook.cells


def shown(cell: nbformat.NotebookNode) -> dict[str, list[str]]:
    """Return what a cell shows, by MIME type; what it prints is text/plain."""
    found: dict[str, list[str]] = {}
    for output in cell.get("outputs", []):
        for kind, content in output.get("data", {"text/plain": output.get("text", "")}).items():
            found.setdefault(kind, []).append(content)
    return found


def test_it_is_committed_without_outputs():
    notebook = nbformat.read(ROOT / NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)
    assert 'os.environ.get("MODEL", "google/gemma-2b-it")' in code[0].source


def test_it_runs_the_pipeline_and_shows_verdict_picture_and_table(tmp_path, monkeypatch, surroundings):
    monkeypatch.setenv("MODEL", str(write_gemma(tmp_path / "toy-gemma")))
    monkeypatch.setenv("SETTINGS", f"{SETTINGS} embed.model={write_encoder(tmp_path / 'encoder')}")
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", ".", {})
    cells = execute(project.folder)
    assert project.json("metrics/scores.json")["n"] == 4
    result = next(shown(cell) for cell in cells if "verdict_picture" in cell.source)
    verdict, table = result["text/markdown"]
    assert verdict.startswith("### Did training help?\n\n**")
    assert table.startswith("### Figures on 4 test rows\n\n| |")
    assert "data:image/svg+xml;base64," in result["text/html"][0]
    assert result["image/png"]
    written = YAML(typ="safe", pure=True).load(project.folder / "params.yaml")
    assert written["model"] == str(tmp_path / "toy-gemma")


def test_a_model_that_cannot_be_read_stops_it(tmp_path, monkeypatch, surroundings):
    monkeypatch.setenv("MODEL", "smollm-of-nobody")
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", ".", {})
    with pytest.raises(CellExecutionError, match=r"this failed, the lines above say why: .*count_parameters smollm-of"):
        execute(project.folder)
    assert not (project.folder / "metrics").exists()
