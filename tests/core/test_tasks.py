"""Parts of a task loaded by name, and which packages each part may import."""

import ast

import pytest

from pipeline_lib.core.tasks import TASKS, load
from tests.helpers.stages import refused

NAMES = sorted(file.parent.name for file in TASKS.glob("*/data.py"))


@pytest.mark.parametrize("task", NAMES)
def test_every_part_of_a_task_is_loaded_and_has_what_it_must(task):
    data, prompt = load(task, "data"), load(task, "prompt")
    assert isinstance(data.DISTINCT, bool)
    assert all(callable(getattr(data, name)) for name in ("read", "documents", "examples"))
    assert getattr(prompt, "TRANSCRIPT", False) or (prompt.CUE and callable(prompt.prompt))
    assert load(task, "scoring").__name__ == f"pipeline_lib.tasks.{task}.scoring"


def test_an_unknown_task_is_named_with_the_most_similar():
    refused(r"task must be one of .*, not 'impresion' \(did you mean impression\?\)", load, "impresion", "data")


@pytest.mark.parametrize(("part", "allowed"), [("prompt", ("core",)), ("data", ("core", "data"))])
@pytest.mark.parametrize("task", NAMES)
def test_what_is_shown_does_not_depend_on_how_a_file_is_read(task, part, allowed):
    tree = ast.parse((TASKS / task / f"{part}.py").read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    ours = {name for name in modules if name.startswith("pipeline_lib.")} - {f"pipeline_lib.tasks.{task}.prompt"}
    assert {name.split(".")[1] for name in ours} <= set(allowed)
