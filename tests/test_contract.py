"""The architecture: who may import whom, and dvc.yaml against the code.

DVC reruns a stage when something it declares changed. What a stage reads and does not declare gives old results that
look new; what it declares and does not read reruns it for nothing.
"""

import ast
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from pipeline_lib.core.tasks import load
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.params import Params, load_params
from tests.helpers.imports import LIBRARY, ROOT, calls, code_of_stage, imports, nodes, packages, reached, source_of

# package -> the packages it may import beside itself; a name with a dot is a single module
MAY_IMPORT = {
    "core": set(),
    "cli": {"core"},
    "data": {"core"},
    "models": {"core"},
    "evaluation": {"core"},
    "words": {"core", "models"},
    "training": {"core", "models"},
    "inference": {"core", "models"},
    "export": {"core", "models"},
    "report": {"core", "evaluation", "words", "models.registry"},
    "tasks": {"core"},
    "prediction": {"core", "data", "evaluation", "models", "inference"},
    "publishing": {"core"},
    "preview": {"core", "data", "models", "evaluation", "report"},
    "study": {"core", "evaluation", "report"},
    "planning": {"core", "models", "training", "preview"},
}
ALSO = {"training.run": {"cli"}, "inference.run": {"cli"}}  # the modules that show progress and handle signals
# What these parts of a task may import beside core.
TASK_PARTS = {"data": {"data"}, "scoring": {"evaluation"}, "new_rows": {"data"}}
SLOW = ("finetune", "finetune_classifier", "generate", "classify", "classify_lm", "embed", "multiple_choice")
CODE = ("stages/", "pipeline_lib/")


def modules() -> list[str]:
    """Return our library's modules by their names below pipeline_lib."""
    files = sorted(file for file in LIBRARY.rglob("*.py") if file.parent != LIBRARY and file.name != "__init__.py")
    return [file.relative_to(LIBRARY).with_suffix("").as_posix().replace("/", ".") for file in files]


def below(name: str) -> set[str]:
    """Return what a module of the library imports of it, by names below pipeline_lib."""
    found = imports(f"pipeline_lib.{name}")
    return {other.removeprefix("pipeline_lib.") for other in found if other.count(".") and other != "pipeline_lib"}


def test_imports_go_downwards_only():
    for name in modules():
        package, *rest = name.split(".")
        allowed = {package, *MAY_IMPORT[package], *ALSO.get(name, ())}
        if package == "tasks":
            allowed |= TASK_PARTS.get(rest[-1], set())
            assert not any(other.startswith("tasks.") and other.split(".")[1] != rest[0] for other in below(name))
        if name.endswith(".settings"):
            allowed = {"core"}
        for other in below(name):
            assert other.split(".")[0] in allowed or other in allowed, f"{name} imports {other}"
        # No package imports the params, a stage or a task.
        for other in imports(f"pipeline_lib.{name}"):
            assert not other.startswith(("pipeline_lib.params", "stages")), f"{name} imports {other}"
            assert name.startswith("tasks.") or not other.startswith("pipeline_lib.tasks"), f"{name} imports {other}"


def test_only_stages_load_the_parts_of_a_task():
    """Else a stage would run code of a task that its own script does not name, and dvc.yaml would not declare it."""
    for name in modules():
        if name.startswith("prediction."):  # no stage of a pipeline imports it
            continue
        assert not calls(f"pipeline_lib.{name}", "load_scoring"), name
        loads = "core.tasks" in below(name) and calls(f"pipeline_lib.{name}", "load")
        assert name == "evaluation.scoring" or not loads, name


def test_no_two_modules_import_one_another_or_share_a_name():
    for name in modules():
        for other in below(name):
            if other != name and source_of(f"pipeline_lib.{other}").name != "__init__.py":
                assert f"pipeline_lib.{name}" not in reached(f"pipeline_lib.{other}"), f"{name} and {other}"
    names = [name.split(".")[-1] for name in modules() if not name.startswith("tasks.")]
    own = [name for name in names if name not in ("settings", "run")]
    assert sorted(own) == sorted(set(own))


def test_the_params_file_is_read_from_core_and_the_settings_alone():
    for other in imports("pipeline_lib.params"):
        ours = other.startswith("pipeline_lib.core") or other.endswith(".settings")
        assert ours or source_of(other).name == "__init__.py"


def test_the_command_line_writes_no_file():
    """Stages do not declare pipeline_lib/cli: it may stop a run or print, and can change nothing that is written."""
    writers = {"open", "written", "write_text", "write_bytes", "write_json", "write_jsonl", "write_csv"}
    for file in (LIBRARY / "cli").glob("*.py"):
        for node in nodes(f"pipeline_lib.cli.{file.stem}"):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                on_os = called.startswith("os.")  # os.open of the null device, os.write to stderr
                assert called.split(".")[-1] not in writers or on_os, f"{file.name} calls {called}"


def test_the_page_of_the_architecture_says_what_each_package_may_import():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1]
    rows = re.findall(r"^(\w+) {2,}.*? {2,}(core.*|nothing of ours)$", text, flags=re.MULTILINE)
    plain = {name: words.split(", and ")[0].replace("nothing of ours", "").split() for name, words in rows}
    allowed = {
        name: {one.replace("models.registry", "models/registry.py") for one in MAY_IMPORT[name]} for name in plain
    }
    assert {name: set(words) for name, words in plain.items()} == allowed
    assert set(plain) == set(MAY_IMPORT)


# Stages


def scripts() -> list[Path]:
    """Return the scripts in stages/."""
    return sorted(file for file in (ROOT / "stages").glob("*.py") if file.name != "__init__.py")


def test_a_stage_is_a_short_script_and_imports_no_other():
    for script in scripts():
        tree = ast.parse(script.read_text(encoding="utf-8"))
        main = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main")
        assert (main.end_lineno or 0) - main.lineno < 50, script
        others = {name for name in imports(f"stages.{script.stem}") if name.startswith("stages.")}
        # Two train a few steps with the two stages that train, one shows the preview of the file that it wrote.
        assert script.stem in ("verify_determinism", "plan", "init") or not others


def load_stages() -> list[Any]:
    """Return every stage of every dvc.yaml as DVC reads it."""
    with Repo(str(ROOT)) as repo:
        return [stage for stage in repo.index.stages if getattr(stage, "cmd", None)]


STAGES = load_stages()


def after(stage: Any, flag: str, otherwise: str) -> str:
    """Return the word that stands behind a flag of the stage's command."""
    words = stage.cmd.split()
    return words[words.index(flag) + 1] if flag in words else otherwise


def script_of(stage: Any) -> str:
    """Return the module that a stage runs, stages.split."""
    return after(stage, "-m", "")


def row_of(stage: Any) -> str:
    """Return the row of grid that a stage is run for, "" for none."""
    return stage.addressing.partition("@")[2]


def params_file(stage: Any) -> Path:
    """Return the params file that a stage reads."""
    return ROOT / after(stage, "--params", "params.yaml")


@cache
def params_in(path: Path) -> dict[str, Any]:
    """Return the content of a params file, which is read once."""
    return load_params(path)


def task_of(stage: Any) -> str:
    """Return the task of a stage's pipeline."""
    return params_in(params_file(stage))["task"]


@cache
def declared_in(module: str) -> tuple[str, ...]:
    """Return a script's PARAMS."""
    names = [one for one in nodes(module) if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "PARAMS"]
    return ast.literal_eval(names[0].value)


def params_of(stage: Any) -> set[str]:
    """Return the top-level keys that a stage reads, those of its task's parts among them."""
    code = source_of(script_of(stage)).read_text(encoding="utf-8")
    read = set(declared_in(script_of(stage)))
    if "scoring.PARAMS" in code:
        read |= set(load_scoring(task_of(stage)).PARAMS)
    if 'getattr(task, "PARAMS"' in code:
        read |= set(getattr(load(task_of(stage), "data"), "PARAMS", ()))
    return read


def settings_file(key: str) -> str:
    """Return the settings.py in which a key of the params file is declared."""
    owner = next(made for made in Params.__mro__ if key in inspect.get_annotations(made))
    return source_of(owner.__module__).relative_to(ROOT).as_posix()


def relative(path: str) -> str:
    """Return a path from the root."""
    return Path(path).resolve().relative_to(ROOT).as_posix()


def yaml_of(stage: Any) -> dict[str, Any]:
    """Return a stage as it is written in dvc.yaml, before DVC fills in values."""
    entry = stages_in(Path(stage.path))[stage.name.partition("@")[0]]
    return entry.get("do", entry)


def users_files(stage: Any) -> set[str]:
    """Return the files that a stage finds by the params it declares: data, off_topic, multiple_choice.data."""
    params = params_in(params_file(stage))
    values = [params[key] for dep in params_deps(stage) for key in dep.params if key in params]
    values += [inner for value in values if isinstance(value, dict) for inner in value.values()]
    return {value for value in values if isinstance(value, str)} & files_of(stage)


def params_deps(stage: Any) -> list[Any]:
    """Return a stage's params as DVC has them."""
    return [dep for dep in stage.deps if type(dep).__name__ == "ParamsDependency"]


def files_of(stage: Any) -> set[str]:
    """Return the files and folders that a stage depends on."""
    return {relative(dep.fs_path) for dep in stage.deps if type(dep).__name__ != "ParamsDependency"}


def inside(path: str, folder: str) -> bool:
    """Return whether a path is `folder` or lies in it."""
    return path == folder or path.startswith(f"{folder}/")


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.addressing)
class TestStage:
    def test_runs_at_the_root_as_a_module_and_has_a_description(self, stage):
        assert Path(stage.wdir).resolve() == ROOT
        assert stage.cmd.startswith("python -m stages.")
        assert stage.desc

    def test_pastes_no_value_of_the_params_into_a_shell_command(self, stage):
        """A file's name may hold a space, a quote or a command: stages read such values from the params file."""
        lines = yaml_of(stage)["cmd"].replace("${here}", "")
        assert not set("$`;&|<>()'\"\\") & set(lines)

    def test_declares_the_code_it_runs_and_no_other(self, stage):
        declared = {path for path in files_of(stage) if path.startswith(CODE)}
        settings = {settings_file(key) for key in params_of(stage)}
        needed = code_of_stage(script_of(stage), task_of(stage)) | settings
        undeclared = {file for file in needed if not any(inside(file, path) for path in declared)}
        unused = {path for path in declared if not any(inside(file, path) for file in needed)}
        twice = {path for path in declared if any(inside(path, other) for other in declared - {path})}
        assert (undeclared, unused, twice) == (set(), set(), set())

    def test_declares_the_parameters_it_reads_and_no_others(self, stage):
        declared = {name for dep in params_deps(stage) for name in dep.params}
        read = params_of(stage)
        row = row_of(stage)
        if row and "{row}" in after(stage, "--record", ""):  # what the row sets counts in place of the key of that name
            read = read - set(params_in(params_file(stage))["grid"][row]) | {f"grid.{row}"}
        assert declared == read
        assert {Path(dep.fs_path) for dep in params_deps(stage)} <= {params_file(stage)}
        whole = any(not dep.params for dep in params_deps(stage))
        assert whole == bool(calls(script_of(stage), "load_params")), "it declares the whole file where it reads it"

    def test_command_names_what_dvc_tracks_or_a_folder_of_it_and_nothing_else(self, stage):
        tracked = {path for path in files_of(stage) if not path.startswith(CODE)}
        tracked |= {relative(out.fs_path) for out in stage.outs}
        cmd = stage.cmd.replace("{row}", row_of(stage))
        words = [word for word in cmd.split() if not word.endswith("params.yaml")]
        named = {word for word in words if "/" in word or word.endswith(".md") or (ROOT / word).is_dir()}
        named |= {word for word in words[3:] if any(inside(path, word) for path in tracked)}
        users = users_files(stage)
        assert not {path for path in tracked - users if not any(inside(path, word) for word in named)}
        assert not users & named
        assert not {word for word in named if not any(inside(path, word) for path in tracked)}

    def test_what_is_slow_or_quotes_rows_is_cached_and_lies_where_git_does_not_look(self, stage):
        slow = script_of(stage).split(".")[1] in SLOW
        for out in stage.outs:
            place = relative(out.fs_path).removeprefix(f"recipes/{params_file(stage).parent.name}/").split("/")[0]
            assert out.use_cache == (place in ("data", "models", "predictions", "pages"))
            assert out.use_cache or (place in ("metrics", "plots", "REPORT.md") and not slow)


def reruns(path: str) -> set[str]:
    """Return the stages that an edit of a file reruns by itself: those that declare it or a folder it lies in."""
    assert (ROOT / path).exists(), path
    return {stage.addressing for stage in STAGES if any(inside(path, declared) for declared in files_of(stage))}


def running(*names: str) -> set[str]:
    """Return the stages whose script is one of `names`."""
    return {stage.addressing for stage in STAGES if script_of(stage).removeprefix("stages.") in names}


TRAINING = ("finetune", "finetune_classifier")
ANSWERING = ("generate", "classify", "classify_lm", "refusal_probe", "multiple_choice", "sample_dialogues")
WORDS = ("preprocess_text", "embed", "pair_mine")


@pytest.mark.parametrize(
    "path",
    [
        "words/settings.py", "words/pairs/mining.py", "data/tables.py", "data/settings.py",
        "evaluation/score_table.py", "evaluation/baselines.py", "tasks/impression/data.py",
        "tasks/impression/scoring.py", "report/page.py", "report/figures/loss.py", "report/report.html",
    ],
)  # fmt: skip
def test_an_edit_outside_the_model_never_retrains(path):
    assert not reruns(f"pipeline_lib/{path}") & running(*TRAINING)


@pytest.mark.parametrize("path", ["pipeline_lib/training/loop.py", "pipeline_lib/training/settings.py"])
def test_an_edit_of_the_training_loop_trains_again_and_leaves_the_words_alone(path):
    assert reruns(path) >= running(*TRAINING)
    assert not reruns(path) & running(*WORDS, *ANSWERING, "split", "baselines", "score", "report")


@pytest.mark.parametrize("path", ["pipeline_lib/inference/decoding.py", "pipeline_lib/inference/settings.py"])
def test_an_edit_of_decoding_answers_again_without_training(path):
    assert reruns(path) >= running("generate")
    assert not reruns(path) & running(*TRAINING, *WORDS)


def test_what_decides_nothing_reruns_nothing_and_writes_nothing():
    beside = ("preview/guess.py", "planning/plan.py", "prediction/trained.py", "export/merging.py")
    for path in ("params.py", "cli/command.py", *beside, "publishing/hub_upload.py", "study/ledger.py"):
        assert reruns(f"pipeline_lib/{path}") == set()
    assert {stage.addressing for stage in MAIN} == {
        "split", "finetune", "generate_untrained", "generate_prompted", "generate", "baselines", "score", "report",
        "preprocess_text", "embed", "pair_mine", "plot",
    }  # fmt: skip


MAIN = [stage for stage in STAGES if params_file(stage) == ROOT / "params.yaml"]


def test_the_learning_rate_reaches_only_what_depends_on_it():
    """`-S lr=1e-5` may rerun finetune and what shows its run, but not generate_untrained, baselines or the words."""
    whole = {stage.addressing for stage in MAIN if any(not dep.params for dep in params_deps(stage))}
    changed = whole | {stage.addressing for stage in MAIN if "lr" in declared_in(script_of(stage))}
    assert changed == {"finetune", "report"}
    outs = {relative(out.fs_path): stage.addressing for stage in MAIN for out in stage.outs}
    grown = True
    while grown:
        grown = False
        for stage in MAIN:
            reads = {name for out, name in outs.items() for file in files_of(stage) if inside(out, file)}
            if reads & changed and stage.addressing not in changed:
                changed.add(stage.addressing)
                grown = True
    assert changed == {"finetune", "generate", "score", "plot", "report"}


@pytest.mark.parametrize(
    "file", [ROOT / "dvc.yaml", *sorted(ROOT.glob("recipes/*/dvc.yaml"))], ids=lambda path: path.parent.name
)
def test_summary_json_is_the_one_metrics_file_of_a_pipeline(file):
    """`dvc metrics` and `dvc exp show` have a column for each number of each metrics file."""
    entries = [entry.get("do", entry) for entry in stages_in(file).values()]
    assert [entry["metrics"] for entry in entries if "metrics" in entry] == [
        [{"metrics/summary.json": {"cache": False}}]
    ]


RECIPES = sorted(path.parent.name for path in ROOT.glob("recipes/*/dvc.yaml"))
# What a recipe may add to a stage of the main pipeline's: its task's own settings, and files that only it has.
OWN = ("--parts validation test", "--epochs models/epochs", "models/epochs", "pipeline_lib/tasks/${task}/settings.py")
ROOTS = ("--pairs-figure plots/word_pairs.png", "plots/word_pairs.png", "--parts validation test")


@cache
def stages_in(path: Path) -> dict[str, dict[str, Any]]:
    """Return the stages of a dvc.yaml as they are written, without `${here}`."""
    text = path.read_text(encoding="utf-8").replace(" --params ${here}/params.yaml", "").replace("${here}/", "")
    return YAML(typ="safe").load(text)["stages"]


def without(command: str, *options: str) -> str:
    """Return a command without some of its options."""
    for option in options:
        command = command.replace(f" {option}", "")
    return command


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    "name", ["split", "finetune", "generate_untrained", "generate_prompted", "generate", "baselines", "score", "report"]
)
def test_a_stage_that_pipelines_share_is_that_of_the_main_pipeline(recipe, name):
    ours, theirs = stages_in(ROOT / "dvc.yaml")[name], stages_in(ROOT / "recipes" / recipe / "dvc.yaml").get(name)
    if theirs is None or "foreach" in theirs:
        pytest.skip("labels, or one training for each row of grid")
    assert without(theirs["cmd"], *OWN) == without(ours["cmd"], *ROOTS)
    for key in ("deps", "outs", "metrics"):
        assert [x for x in theirs.get(key, []) if x not in OWN] == [x for x in ours.get(key, []) if x not in ROOTS]
    if name != "report":
        task = params_in(ROOT / "recipes" / recipe / "params.yaml")["task"]
        own = {*load_scoring(task).PARAMS, "dialogue", "labels"}
        assert [key for key in theirs["params"][0]["params.yaml"] if key not in own] == ours["params"]


def test_a_stage_without_a_model_loads_neither_torch_nor_transformers():
    """Score and baselines do, for ROUGE is torchmetrics'; pair_mine: torch multiplies bfloat16, which numpy cannot."""
    heavy = ("pipeline_lib.models.", "pipeline_lib.evaluation.metrics.rouge", "pipeline_lib.words.pairs.nearest_pairs")
    found = [reached(f"stages.{script.stem}") for script in scripts()]
    allowed = "pipeline_lib.models.registry"
    light = [names for names in found if not any(name.startswith(heavy) and name != allowed for name in names)]
    assert light
    for name in frozenset().union(*light):
        assert not packages(name) & {"torch", "transformers", "peft", "accelerate", "torchmetrics"}, name


def test_nothing_asks_nltk_to_download():
    for folder in ("pipeline_lib", "stages", "generators", "tools", "benchmarks"):
        for file in (ROOT / folder).rglob("*.py"):
            assert "nltk.download(" not in file.read_text(encoding="utf-8"), file
