"""Write the modules that each stage depends on into the dvc.yaml files, from what the code imports.

    python -m tools.deps

DVC reruns a stage when a file it lists has changed, so each stage lists every module of ours that it imports. A test
holds the lists against the code; this writes them.
"""

import ast
import re
import sys
from functools import cache
from pathlib import Path

from pipeline_lib.params import load_params

ROOT = Path(__file__).parents[1]
OURS = ("stages", "pipeline_lib", "generators")
BY_TASK = ("tasks", "scoring")  # packages of which a stage imports the module that `task` in the params file names
_STAGE = re.compile(r"^  (\w+):")
_SCRIPT = re.compile(r"python -m (stages\.\w+)")
_MODULE = re.compile(rf"^(\s+)- ({'|'.join(OURS)})/")


@cache
def imported(module: str) -> frozenset[str]:
    """Return every file of ours that importing `module` reads, itself included, as paths from the root."""
    found: set[str] = set()
    todo = [module]
    while todo:
        name = todo.pop()
        file = ROOT / (name.replace(".", "/") + ".py")
        if not file.is_file():
            file = ROOT / name.replace(".", "/") / "__init__.py"
        path = file.relative_to(ROOT).as_posix()
        if not file.is_file() or path in found:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if len(tree.body) > 1 or file.name != "__init__.py":  # a package that is a docstring alone says nothing
            found.add(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names if alias.name.startswith(OURS)]
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(OURS):
                todo += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            # A template beside the code is read by its name.
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"\w+\.\w+", node.value):
                beside = file.parent / node.value
                if beside.is_file() and beside.suffix != ".py":
                    found.add(beside.relative_to(ROOT).as_posix())
    return frozenset(found)


def needed(script: str, task: str) -> set[str]:
    """Return the files of ours that a stage's `script` reads, the modules of its `task` among them."""
    files = set(imported(script))
    for package in BY_TASK:
        if f"pipeline_lib/{package}/__init__.py" in files:
            files |= imported(f"pipeline_lib.{package}.{task}")
    return files


def pipelines() -> list[Path]:
    """Return the dvc.yaml files of the project, the flagship's first."""
    return [ROOT / "dvc.yaml", *sorted(ROOT.glob("recipes/*/dvc.yaml"))]


def rewritten(text: str, task: str) -> str:
    """Return the text of a dvc.yaml with the modules of each stage's deps written anew."""
    lines: list[str] = []
    script, done = "", False
    for line in text.splitlines():
        if _STAGE.match(line):
            script, done = "", False
        if found := _SCRIPT.search(line):
            script = found.group(1)
        module = _MODULE.match(line)
        if module is None:
            lines.append(line)
        elif not done:
            done = True
            lines += [f"{module.group(1)}- {path}" for path in _ordered(script, task)]
    return "\n".join(lines) + "\n"


def _ordered(script: str, task: str) -> list[str]:
    """Return a stage's files, its script first, the task's own modules under the name that DVC fills in."""
    files = needed(script, task)
    first = script.replace(".", "/") + ".py"
    stages = sorted(file for file in files if file.startswith("stages/") and file != first)
    library = sorted(file for file in files if not file.startswith("stages/"))
    own = {f"pipeline_lib/{package}/{task}.py": f"pipeline_lib/{package}/${{task}}.py" for package in BY_TASK}
    return [first, *stages, *(own.get(file, file) for file in library)]


def main() -> None:
    """Rewrite every dvc.yaml that has changed."""
    for path in pipelines():
        text = path.read_text(encoding="utf-8")
        made = rewritten(text, load_params(path.with_name("params.yaml"))["task"])
        if made != text:
            path.write_text(made, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
