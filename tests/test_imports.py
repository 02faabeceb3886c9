"""Every name that is imported from our own modules is there, inside functions too, which no import of a file shows."""

import ast
import importlib
from pathlib import Path

import pytest

OURS = ("pipeline_lib", "stages", "benchmarks", "generators", "tools")
FILES = sorted(path for folder in OURS for path in Path(folder).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imported_names_are_there(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
            module = importlib.import_module(node.module)
            for name in node.names:
                if not hasattr(module, name.name):
                    importlib.import_module(f"{node.module}.{name.name}")  # a module of a package
