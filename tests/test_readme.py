"""The texts against the project: tables, files, commands, options and modules that they name.

Generated tables are compared with the committed files, so that an experiment in the working tree breaks nothing here.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tools.readme import FOLDERS, filled, pictures, tables

ROOT = Path(__file__).parents[1]
READMES = [(Path(folder) / "README.md").as_posix() for folder in FOLDERS]
DOCS = (
    "architecture", "word_vectors", "your_data", "models", "use_and_publish", "figures", "pipeline", "words", "results",
    "studies",
)  # fmt: skip
TEXTS = [*READMES, "CONTRIBUTING.md", *(f"docs/{name}.md" for name in DOCS)]
PARSERS = ("pipeline_lib/cli/command.py", "pipeline_lib/training/run.py")  # options that several stages share


def committed(path: str) -> str:
    """Return the text of a file as it is in the last commit."""
    done = subprocess.run(["git", "show", f"HEAD:{path}"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{path} is not committed: {done.stderr.strip()}")
    return done.stdout


def read(path: str) -> str:
    """Return the text of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a Git checkout")
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_tables_are_those_of_the_committed_files(folder):
    for path, found in tables(committed, folder).items():
        text = committed(path)
        assert filled(text, found, path) == text, f"run make readme, and commit {path} with the metrics"


def test_the_readme_is_short():
    assert len(read("README.md").splitlines()) < 150


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a Git checkout")
def test_the_pictures_are_those_of_the_committed_metrics():
    found = pictures(committed)
    assert sorted(found) == ["docs/verdict-dark.svg", "docs/verdict-light.svg"]
    for path, text in found.items():
        assert committed(path) == text, "run make readme, and commit the pictures with the metrics"


def test_tables_of_the_benchmark_and_of_every_recipe():
    text = read("docs/word_vectors.md")
    table = read("benchmarks/word_similarity.md").strip()
    assert filled(text, {"vectors": table}, "docs/word_vectors.md") == text
    assert sorted(FOLDERS[1:]) == sorted(
        path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("recipes/*/dvc.yaml")
    )
    with pytest.raises(SystemExit, match="must hold"):
        filled("no marks", {"results": "|"})


@pytest.mark.parametrize("path", [*TEXTS, "CHANGELOG.md", "docs/experiments.md"])
def test_links_lead_to_files(path):
    # ../../actions are the repository's runs on GitHub.
    targets = re.findall(r"\]\((?!https?:|#|\.\./\.\./actions)([^)#]+)[^)]*\)", read(path))
    missing = [target for target in targets if not ((ROOT / path).parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("path", TEXTS)
def test_commands_name_modules_and_targets_that_exist(path):
    text = read(path)
    for module in re.findall(r"-m ((?:stages|tools|generators|benchmarks)\.[a-z_]+)", text):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module
    targets = re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE)
    for target in re.findall(r"(?:`|^)make ([a-z-]+)", text, flags=re.MULTILINE):
        assert target in targets, target


@pytest.mark.parametrize("path", TEXTS)
def test_commands_have_only_options_of_their_stage(path):
    shared = "".join(read(parser) for parser in PARSERS)
    commands = re.findall(r"-m stages\.([a-z_]+)([^`\n]*)", read(path).replace("\\\n", ""))
    unknown = [
        f"stages.{stage} {option}"
        for stage, rest in commands
        for option in re.findall(r"--[a-z-]+", rest)
        if f'"{option}"' not in read(f"stages/{stage}.py") + shared
    ]
    assert unknown == []


@pytest.mark.parametrize("path", TEXTS)
def test_files_of_the_code_that_are_named_exist(path):
    """A name like `core/rows.py` is a file of the library; `data.py` alone is a kind of file."""
    for name in re.findall(r"`(\w[\w/]*/\w+\.py)`", read(path)):
        assert "NAME" in name or (ROOT / name).is_file() or (ROOT / "pipeline_lib" / name).is_file(), name


def test_the_tree_of_packages_names_every_module_of_the_library():
    tree = re.search(r"^pipeline_lib/.*?\n(.*?)^  params.py", read("CONTRIBUTING.md"), flags=re.MULTILINE | re.DOTALL)
    assert tree
    named: dict[str, list[str]] = {}
    package = place = ""
    for line in re.sub(r"\([^)]*\)", "", tree[1]).splitlines():
        head = re.match(r"( +)(\w+)/ +", line)
        if head and len(head[1]) == 2:  # a package, and in words what it is for
            package = place = head[2]
            named[place] = []
            continue
        if head:  # a package within the last one, and its modules
            place = f"{package}/{head[2]}"
        named.setdefault(place, []).extend(re.findall(r"\w+", line[head.end() if head else 0 :]))
    library = ROOT / "pipeline_lib"
    found: dict[str, list[str]] = {package: [] for package in named}
    for file in library.rglob("*.py"):
        place = file.parent.relative_to(library).as_posix()
        if place != "." and not place.startswith("tasks/") and file.stem not in ("__init__", "settings"):
            found.setdefault(place, []).append(file.stem)
    found["tasks"] = [folder.parent.name for folder in library.glob("tasks/*/__init__.py")]
    # core/settings.py is named: it says how a setting is declared.
    found["core"].append("settings")
    assert {place: sorted(names) for place, names in named.items()} == {
        place: sorted(names) for place, names in found.items()
    }


def test_the_table_of_stages_is_that_of_the_dvc_files():
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.+) \|$", read("CONTRIBUTING.md"), flags=re.MULTILINE)
    table = {
        stage: set(re.findall(r"`([\w/.]+)`", re.sub(r"\(.*\)", "", code)))
        for stages, code in rows
        for stage in re.findall(r"`(\w+)`", stages)
    }
    declared: dict[str, set[str]] = {}
    for file in (ROOT / "dvc.yaml", *ROOT.glob("recipes/*/dvc.yaml")):
        for given in YAML(typ="safe").load(file.read_text(encoding="utf-8"))["stages"].values():
            stage = given.get("do", given)
            name = re.search(r"-m stages\.(\w+)", stage["cmd"])
            assert name
            deps = [path.replace("${task}", "NAME") for path in stage["deps"] if path.startswith("pipeline_lib/")]
            code = {path.removeprefix("pipeline_lib/") for path in deps}
            declared.setdefault(name[1], set()).update(code - {"core", "tasks/NAME/settings.py"})
    assert table == declared
