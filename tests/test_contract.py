"""dvc.yaml against the code: every stage declares every module, file and parameter it reads, and nothing else.

DVC reruns a stage when something declared changed. What is read and not declared gives stale results that look fresh.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from dvc.repo import Repo

from pipeline_lib.params import load_params

ROOT = Path(__file__).parents[1]
OURS = ("stages", "pipeline_lib", "generators")
SLOW = ("finetune", "generate", "classify", "choose", "embed")


def stages():
    with Repo(str(ROOT)) as repo:
        return [stage for stage in repo.index.stages if getattr(stage, "cmd", None)]


STAGES = stages()


@cache
def imported(module: str) -> frozenset[str]:
    """Every file of ours that importing `module` reads, itself included, as paths from the root."""
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


def script_of(stage) -> str:
    words = stage.cmd.split()
    return words[words.index("-m") + 1]


def params_of(module: str) -> tuple[str, ...]:
    tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PARAMS":
            return ast.literal_eval(node.value)
    raise AssertionError(f"{module} has no PARAMS")


def relative(path: str) -> str:
    return Path(path).resolve().relative_to(ROOT).as_posix()


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.addressing)
class TestStage:
    def files(self, stage):
        return {relative(dep.fs_path) for dep in stage.deps if type(dep).__name__ != "ParamsDependency"}

    def test_runs_at_the_root_as_a_module(self, stage):
        assert Path(stage.wdir).resolve() == ROOT
        assert stage.cmd.startswith("python -m stages.")

    def test_declares_the_modules_it_imports_and_no_others(self, stage):
        declared = {file for file in self.files(stage) if file.startswith(tuple(f"{name}/" for name in OURS))}
        needed = set(imported(script_of(stage)))
        task = load_params(self.params_file(stage))["task"]
        for folder in ("tasks", "scoring"):  # each imports the module of the task that the params file names
            if f"pipeline_lib/{folder}/__init__.py" in needed:
                needed |= imported(f"pipeline_lib.{folder}.{task}")
        assert declared == needed

    def test_declares_the_parameters_it_reads_and_no_others(self, stage):
        declared = {
            name.split(".")[0] for dep in stage.deps if type(dep).__name__ == "ParamsDependency" for name in dep.params
        }
        assert declared == set(params_of(script_of(stage)))

    def test_command_names_the_files_that_dvc_tracks_and_no_others(self, stage):
        data = {file for file in self.files(stage) if not file.startswith(tuple(f"{name}/" for name in OURS))}
        tracked = data | {relative(out.fs_path) for out in stage.outs}
        words = [word for word in stage.cmd.split() if not word.endswith("params.yaml")]
        named = {word for word in words if "/" in word or word.endswith(".md")}
        assert named == tracked

    def test_a_slow_stage_caches_all_its_outs(self, stage):
        if script_of(stage).split(".")[1] in SLOW:
            assert all(out.use_cache for out in stage.outs)

    def test_tells_what_it_does(self, stage):
        assert stage.desc

    def params_file(self, stage) -> Path:
        words = stage.cmd.split()
        return ROOT / (words[words.index("--params") + 1] if "--params" in words else "params.yaml")


def test_there_is_the_flagship_with_all_its_stages():
    names = {stage.addressing for stage in STAGES}
    assert names >= {
        "split", "finetune", "generate_base", "generate", "floors", "score", "report",
        "preprocess_text", "embed", "pair_mine", "plot",
    }  # fmt: skip


def test_the_learning_rate_reaches_only_what_depends_on_it():
    """`-S lr=1e-5` may rerun finetune and what shows its run; never generate_base, the floors or the word branch."""
    changed = {stage.addressing for stage in STAGES if "lr" in params_of(script_of(stage))}
    assert changed == {"finetune", "report"}
    outs = {relative(out.fs_path): stage.addressing for stage in STAGES for out in stage.outs}
    grown = True
    while grown:
        grown = False
        for stage in STAGES:
            reads = {outs.get(relative(dep.fs_path)) for dep in stage.deps if hasattr(dep, "fs_path")}
            if reads & changed and stage.addressing not in changed:
                changed.add(stage.addressing)
                grown = True
    assert changed == {"finetune", "generate", "score", "plot", "report"}


@pytest.mark.parametrize("module", sorted({script_of(stage) for stage in STAGES}))
def test_a_stage_without_a_model_loads_neither_torch_nor_transformers(module):
    """floors and score are not among them: ROUGE is torchmetrics'. Nor report: the catalogue also converts models."""
    heavy = {f"pipeline_lib.{name}" for name in ("models", "vectors", "training", "rouge", "catalog")}
    files = imported(module)
    uses_model = any(f"{name.replace('.', '/')}.py" in files for name in heavy)
    banned = {"torch", "transformers", "peft", "accelerate", "torchmetrics"}
    seen = set()
    for file in files:
        if file.endswith(".py"):
            for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    seen |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    seen.add(node.module.split(".")[0])
    assert uses_model or not seen & banned


def test_nothing_asks_nltk_to_download():
    for folder in (*OURS, "tools", "benchmarks"):
        for file in (ROOT / folder).rglob("*.py"):
            assert "nltk.download(" not in file.read_text(encoding="utf-8"), file
