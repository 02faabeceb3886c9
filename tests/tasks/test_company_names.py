"""Every name in backticks in the data of recipes/company exists: a setting, a command, a file, a name of the code."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, read_jsonl
from pipeline_lib.models.registry import CATALOG
from pipeline_lib.params import GROUPS, SETTINGS, load_params

ROOT = Path(__file__).resolve().parents[2]
CODE = ("stages", "pipeline_lib", "tools", "generators")
OLD = ("pipeline_lib/params.py", "pipeline_lib/evaluation/old_names.py")  # these hold names that were given up
# Names of other programs, examples, and what none of the rules below knows.
OTHERS = {
    "PeftModel.from_pretrained", "save_pretrained()", "hf auth login", "--help", ".venv", ".safetensors",
    "observation: Befund", "hub:ID@REVISION", "here:", "dvc_plots/index.html",
}  # fmt: skip

questions = read_jsonl(ROOT / "recipes" / "company" / "data" / "questions.jsonl")
names = sorted({name for row in questions for name in re.findall("`([^`]+)`", f"{row['question']} {row['answer']}")})


@cache
def code_names() -> frozenset[str]:
    """Return all file names, identifiers and texts of the code but those in OLD."""
    found: set[str] = set()
    for path in [file for folder in CODE for file in (ROOT / folder).rglob("*.py")]:
        if path.relative_to(ROOT).as_posix() in OLD:
            continue
        found.add(path.name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = [getattr(node, key, None) for key in ("id", "name", "attr", "arg", "value")]
            found |= {part for part in parts if isinstance(part, str)}
    return frozenset(found)


@cache
def pipeline() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the stages of dvc.yaml, the outputs that DVC caches and those that Git has."""
    stages = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
    outs = [out for stage in stages.values() for out in stage["outs"]]
    cached = frozenset(out for out in outs if isinstance(out, str))
    return frozenset(stages), cached, frozenset(path for out in outs if isinstance(out, dict) for path in out)


@cache
def make_targets() -> frozenset[str]:
    return frozenset(re.findall("^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@cache
def baselines() -> frozenset[str]:
    return frozenset(read_json(ROOT / "metrics" / "definitions.json")["baselines"])


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def is_command(words: list[str]) -> bool:
    """Return whether a command's module or target exists, and the options and settings that it names."""
    if words[0] == "make":
        return words[1] in make_targets()
    if words[0] == "dvc":
        keys = [word.partition("=")[0] for word in words if "=" in word]
        return all(key in SETTINGS or key == "name" for key in keys)
    options = [word for word in words if word.startswith("--")]
    module = words[words.index("-m") + 1]
    return ("<" in module or is_module(module)) and all(one in OTHERS or one in code_names() for one in options)


def is_setting(name: str, folder: Path) -> bool:
    """Return whether `key: value` is allowed in a params file, where a key of a group is group.key."""
    key, _, value = name.partition(": ")
    group, _, inner = key.rpartition(".")
    (folder / "params.yaml").write_text(f"{group}: {{{inner}: {value}}}" if group else name, encoding="utf-8")
    try:
        load_params(folder / "params.yaml")
    except UserError:
        return False
    return True


def is_path(name: str) -> bool:
    """Return whether the project has a file or folder, or a stage writes it."""
    path = name.rstrip("/")
    _, cached, in_git = pipeline()
    if (ROOT / path).exists() and not path.startswith(("data/", "models", "predictions", "pages")):
        return True
    if path in cached | in_git or any(out.startswith(f"{path}/") for out in cached):
        return True
    inside = any(path.startswith(f"{out}/") for out in cached)
    return inside and path.rpartition("/")[2] in code_names()


def exists(name: str, folder: Path) -> bool:
    """Return whether a name in backticks is one of this project."""
    words = name.split()
    if name in OTHERS or "(" in name:
        return True
    if name.startswith("-S "):
        return words[1].partition("=")[0] in SETTINGS
    if words[0] in ("make", "dvc") or "-m" in words:
        return is_command(words)
    if ": " in name:
        return is_setting(name, folder)
    if name.endswith(":"):
        return name[:-1] in {**SETTINGS, **GROUPS}
    if re.match(r"(stages|generators)\.", name):
        return is_module(name)
    if "/" in name or (ROOT / name).exists():
        return is_path(name)
    return name in {*SETTINGS, *GROUPS, *pipeline()[0], *make_targets(), *CATALOG, *baselines()} | code_names()


@pytest.mark.parametrize(
    "name",
    [
        "split.eval", "prompt.neighbours", "stages.compare", "stages.fetch", "floors", "data/floors", "micro_batch",
        "generate_base", "models/adapter", "models/history.csv", "eval.jsonl", "EXPERIMENTS.md", "plots/report.html",
        "pipeline_lib/clinical.py", "python -m stages.parameters MODEL", "make showcase", "neighbour", "consensus",
        "split.duplicates: some", "dvc exp run -S clip=1", "python -m stages.count_parameters MODEL --rank 8",
    ],
)  # fmt: skip
def test_a_name_that_was_given_up_or_never_was_does_not_exist(name, tmp_path):
    assert not exists(name, tmp_path)


def test_every_name_in_backticks_exists(tmp_path):
    assert len(names) > 200
    assert [name for name in names if not exists(name, tmp_path)] == []
