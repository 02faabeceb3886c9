"""Every name that our code imports from our own modules exists, also where a function imports it when it is called."""

import ast
import importlib
from pathlib import Path

import pytest

OURS = ("pipeline_lib", "stages", "benchmarks", "generators", "tools")
FILES = sorted(path for folder in OURS for path in Path(folder).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imported_names_exist(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
            module = importlib.import_module(node.module)
            for name in node.names:
                if not hasattr(module, name.name):
                    importlib.import_module(f"{node.module}.{name.name}")  # it is a module of a package
