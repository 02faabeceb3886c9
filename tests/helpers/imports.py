"""What the project's modules import, read from their code: files of ours, and the parts of a task."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "pipeline_lib"
# What no stage declares: it can stop a run and never changes what is written (held by test_params and test_contract).
UNDECLARED = ("pipeline_lib.cli", "pipeline_lib.params")


def file_of(module: str) -> Path | None:
    """Return the file of one of our modules or packages; None for what is none, a function of a module for example."""
    path = ROOT / module.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def source_of(module: str) -> Path:
    """Return the file of one of our modules."""
    file = file_of(module)
    assert file, module
    return file


@cache
def nodes(module: str) -> list[ast.AST]:
    """Return the nodes of a module's code."""
    return list(ast.walk(ast.parse(source_of(module).read_text(encoding="utf-8"))))


@cache
def named(module: str) -> frozenset[str]:
    """Return what a module names in its import statements: modules, and what it takes from them."""
    found: set[str] = set()
    for node in nodes(module):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def packages(module: str) -> set[str]:
    """Return the packages that a module imports, ours and others."""
    return {name.split(".")[0] for name in named(module)}


@cache
def imports(module: str) -> frozenset[str]:
    """Return the modules of ours that a module names in its import statements."""
    ours = ("pipeline_lib", "stages", "generators")
    return frozenset(name for name in named(module) if name.split(".")[0] in ours and file_of(name))


@cache
def reached(module: str) -> frozenset[str]:
    """Return the modules that importing `module` runs, itself included, but not UNDECLARED."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found and not name.startswith(UNDECLARED):
            found.add(name)
            waiting += imports(name)
    return frozenset(found)


def calls(module: str, name: str) -> list[ast.Call]:
    """Return the calls of a function called `name` in a module's own code."""
    return [node for node in nodes(module) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name]


def task_parts(script: str) -> set[str]:
    """Return the parts of a task that a stage loads: data by `load(task, "data")`, scoring by `load_scoring(task)`."""
    parts = {ast.literal_eval(call.args[1]) for call in calls(script, "load")}
    return parts | ({"scoring"} if calls(script, "load_scoring") else set())


def code_of_stage(script: str, task: str) -> set[str]:
    """Return the files that a stage's script runs, as paths from the root; no package that is a docstring."""
    modules = set(reached(script))
    for part in task_parts(script):
        modules |= reached(f"pipeline_lib.tasks.{task}.{part}")
    files = {file for name in modules if (file := file_of(name))}
    return {
        file.relative_to(ROOT).as_posix()
        for file in files
        if file.name != "__init__.py" or len(ast.parse(file.read_text(encoding="utf-8")).body) > 1
    }
