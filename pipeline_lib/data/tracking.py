"""Whether the user's rows could reach Git by accident: files in the project that neither DVC nor .gitignore knows."""

import filecmp
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written


def refuse_unguarded(path: str | Path) -> None:
    """Raise UserError where a file or folder inside a Git repository is in neither DVC nor .gitignore.

    `git add -A` and `dvc exp run` take such a file into a commit, with every row. A file that is in Git already was
    put there on purpose, like the embedded data. Outside a repository, or without git, nothing is checked.
    """
    if not Path(path).exists() or in_dvc(path):
        return
    new = _git(Path(path).parent, "ls-files", "--others", "--exclude-standard", "-z", "--", Path(path).name)
    if new:
        raise UserError(
            f"data inside the project must be in DVC or be ignored by Git, {path} is in neither, so a commit would "
            "take its rows: run python -m stages.import_data with its name"
        )


def refuse_overwriting(outputs: Iterable[str | Path], inputs: Iterable[str | Path]) -> None:
    """Raise UserError where an output of a stage is one of its inputs: the user's rows would be gone."""
    given = [os.path.abspath(path) for path in inputs]
    for output in outputs:
        if os.path.abspath(output) in given:
            raise UserError(f"an output must not be what is read, {output} is both: name another file")


def in_dvc(path: str | Path) -> bool:
    """Return whether a file or folder, or a folder it lies in, was put under DVC by `dvc add`."""
    source = Path(os.path.abspath(path))  # not resolve(): a link is added under its own name
    return any(place.with_name(f"{place.name}.dvc").is_file() for place in (source, *source.parents) if place.name)


def repository(folder: str | Path) -> Path | None:
    """Return the root of the Git repository that a folder lies in; None where there is none, or no git."""
    root = _git(folder, "rev-parse", "--show-toplevel").rstrip("\n")
    return Path(root) if root else None


def _git(folder: str | Path, *arguments: str) -> str:
    """Return what git prints; "" where it fails. A name is taken as it is, not as a pattern."""
    command = ["git", "--literal-pathspecs", *arguments]
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    except OSError:
        return ""
    return result.stdout if result.returncode == 0 else ""


def in_git(path: str | Path) -> bool:
    """Return whether Git has a file, or a file of a folder."""
    return bool(_git(Path(path).parent, "ls-files", "-z", "--", Path(path).name))


def unchanged_in_git(path: str | Path) -> bool:
    """Return whether Git has a file exactly as it is, so that `git restore` brings it back."""
    changed = _git(Path(path).parent, "status", "--porcelain", "--", Path(path).name)
    return in_git(path) and not changed


def bring_into(folder: Path, source: Path, name: str | None = None) -> Path:
    """Return the place of the data in the project: `source` itself where it is inside, else its copy in `folder`.

    Raises UserError where `source` is missing or unreadable, and where another file has the name in `folder`.
    """
    if not source.exists():
        raise UserError(f"data file {source} is missing: name a file, a folder or hub:ID")
    root = repository(folder.parent)
    place = source.absolute()
    if name is None and root and place.resolve().is_relative_to(root.resolve()):
        return place
    target = folder / (name or source.name)
    if target.exists():
        if not _same(source, target):
            raise UserError(f"{target} is there with other content: give the new file another name with --name")
        return target
    with written(target) as draft:
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, draft)
    return target


def _same(one: Path, other: Path) -> bool:
    """Return whether two files, or two folders, have the same content."""
    if one.is_dir() != other.is_dir():
        return False
    if one.is_file():
        return filecmp.cmp(one, other, shallow=False)
    names = sorted(path.name for path in one.iterdir())
    return names == sorted(path.name for path in other.iterdir()) and all(_same(one / n, other / n) for n in names)
