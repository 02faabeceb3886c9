"""dvc.yaml against the code: every stage declares every module, file and parameter it reads, and nothing else.

DVC reruns a stage when something declared changed. What is read and not declared gives stale results that look fresh.
"""

import ast
from pathlib import Path

import pytest
from dvc.repo import Repo

from pipeline_lib.core.tasks import load
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.params import load_params
from tools.deps import OURS, ROOT, imported, needed, pipelines, rewritten

SLOW = ("finetune", "finetune_classifier", "generate", "classify", "choose", "embed")


def stages():
    with Repo(str(ROOT)) as repo:
        return [stage for stage in repo.index.stages if getattr(stage, "cmd", None)]


STAGES = stages()


def script_of(stage) -> str:
    return after(stage, "-m", "")


def after(stage, flag: str, otherwise: str) -> str:
    """Return the word that stands behind a flag of the stage's command."""
    words = stage.cmd.split()
    return words[words.index(flag) + 1] if flag in words else otherwise


def params_file(stage) -> Path:
    return ROOT / after(stage, "--params", "params.yaml")


def code_of(stage) -> str:
    return (ROOT / (script_of(stage).replace(".", "/") + ".py")).read_text(encoding="utf-8")


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
        assert declared == needed(script_of(stage), load_params(params_file(stage))["task"])

    def test_declares_the_parameters_it_reads_and_no_others(self, stage):
        declared = {name for dep in params_deps(stage) for name in dep.params}
        read = set(params_of(script_of(stage)))
        task = load_params(params_file(stage))["task"]
        if "scoring.PARAMS" in code_of(stage):  # and those of the task's scoring
            read |= set(load_scoring(task).PARAMS)
        if 'getattr(task, "PARAMS"' in code_of(stage):  # and those of the task itself
            read |= set(getattr(load(task, "data"), "PARAMS", ()))
        row = after(stage, "--row", "")
        if row:  # what a row of grid sets counts in place of the key of that name
            read = read - set(load_params(params_file(stage))["grid"][row]) | {f"grid.{row}"}
        assert declared == read
        assert {Path(dep.fs_path) for dep in params_deps(stage)} <= {params_file(stage)}

    def test_reads_the_whole_params_file_only_where_it_declares_the_whole(self, stage):
        whole = any(not dep.params for dep in params_deps(stage))
        assert whole == ("load_params(" in code_of(stage))

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


def params_deps(stage) -> list:
    return [dep for dep in stage.deps if type(dep).__name__ == "ParamsDependency"]


@pytest.mark.parametrize("path", pipelines(), ids=lambda path: path.parent.name)
def test_the_modules_are_as_make_deps_writes_them(path):
    text = path.read_text(encoding="utf-8")
    assert text == rewritten(text, load_params(path.with_name("params.yaml"))["task"])


FLAGSHIP = [stage for stage in STAGES if params_file(stage) == ROOT / "params.yaml"]


def test_there_is_the_flagship_with_all_its_stages():
    assert {stage.addressing for stage in FLAGSHIP} == {
        "split", "finetune", "generate_base", "generate", "baselines", "score", "report",
        "preprocess_text", "embed", "pair_mine", "plot",
    }  # fmt: skip


def test_the_learning_rate_reaches_only_what_depends_on_it():
    """`-S lr=1e-5` may rerun finetune and what shows its run; never generate_base, the baselines or the word branch."""
    whole = {stage.addressing for stage in FLAGSHIP if any(not dep.params for dep in params_deps(stage))}
    changed = whole | {stage.addressing for stage in FLAGSHIP if "lr" in params_of(script_of(stage))}
    assert changed == {"finetune", "report"}
    outs = {relative(out.fs_path): stage.addressing for stage in FLAGSHIP for out in stage.outs}
    grown = True
    while grown:
        grown = False
        for stage in FLAGSHIP:
            reads = {outs.get(relative(dep.fs_path)) for dep in stage.deps if hasattr(dep, "fs_path")}
            if reads & changed and stage.addressing not in changed:
                changed.add(stage.addressing)
                grown = True
    assert changed == {"finetune", "generate", "score", "plot", "report"}


@pytest.mark.parametrize("module", sorted({script_of(stage) for stage in STAGES}))
def test_a_stage_without_a_model_loads_neither_torch_nor_transformers(module):
    """baselines and score are not among them: ROUGE is torchmetrics'. Nor report: the catalogue also converts models.

    Nor pair_mine: torch multiplies bfloat16, which numpy does not know.
    """
    heavy = {f"pipeline_lib.{name}" for name in ("models", "vectors", "training", "rouge", "catalog", "closest")}
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
