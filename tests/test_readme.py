"""The README's tables against the committed files: a user's own experiment in the working tree breaks nothing here."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.readme import FOLDERS, filled, tables

ROOT = Path(__file__).parents[1]


def committed(path: str) -> str:
    done = subprocess.run(["git", "show", f"HEAD:{path}"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{path} is not committed: {done.stderr.strip()}")
    return done.stdout


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a Git checkout")
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_tables_are_what_the_committed_files_say(folder):
    text = committed((Path(folder) / "README.md").as_posix())
    assert filled(text, tables(committed, folder)) == text, "run make readme, and commit the README with the metrics"


def test_every_recipe_has_its_tables():
    assert sorted(FOLDERS[1:]) == sorted(
        path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("recipes/*/dvc.yaml")
    )


def test_a_missing_mark_is_an_error():
    with pytest.raises(SystemExit, match="must hold"):
        filled("no marks", {"results": "|"})


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_readme_names_only_files_and_commands_that_exist(folder):
    text = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text):
        assert (ROOT / folder / target).exists(), target
    for module in re.findall(r"python -m ((?:stages|tools|generators|benchmarks)\.\w+)", text):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for target in re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", text, flags=re.MULTILINE):
        assert (target[0] or target[1]) in targets, target
