"""The guide's Python of a trained model, run as it stands on a toy."""

import re
from pathlib import Path

from pipeline_lib import load
from pipeline_lib.models.loading import locate
from stages import export
from tests.helpers import toys
from tests.helpers.stages import run_stage
from tests.helpers.tuned_run import write_tuned_run

GUIDE = (Path(__file__).parents[2] / "docs" / "use_and_publish.md").read_text(encoding="utf-8")
COLUMNS = {"observation": "Observation", "history": "History", "title": "Report Name", "impression": "Impression"}


def test_the_readmes_code_answers_rows(tmp_path, capsys):
    base = locate(str(toys.write_project_model(tmp_path / "toy")))
    adapter = write_tuned_run(tmp_path, base, "impression", 2, COLUMNS)
    run_stage(export, tuned=adapter, out=tmp_path / "merged", model=base.folder)
    [code] = re.findall(r"```python\n(from pipeline_lib import load.*?)```", GUIDE, flags=re.DOTALL)
    capsys.readouterr()
    exec(compile(code.replace("models/tuned", str(tmp_path / "merged")), "GUIDE", "exec"), {})
    printed = capsys.readouterr().out
    rows: list = [{"Observation": "There is a small left effusion.", "History": "cough"}, "No acute fracture."]
    first, second, third = load(adapter, model=str(base.folder)).predict([*rows, "The heart is enlarged."])
    assert printed.startswith(f"{first['answer']} ")
    assert printed.endswith(f" {first['ended']}\n{second['answer']}\n{third['answer']}\n")
    for name in ("prompt.txt", "few_shot.jsonl"):
        assert (tmp_path / "merged" / name).read_bytes() == (adapter / name).read_bytes()
