"""Revisions, experiments and files of many commits, read from Git itself in a few calls."""

import subprocess
from collections.abc import Sequence

from pipeline_lib.core.errors import UserError

EXPERIMENTS = "refs/exps"
_NO_REPOSITORY = "this folder is not in a Git repository, so there are no experiments in it: run it in the project"


def git(*arguments: str, given: bytes = b"") -> bytes | None:
    """Return what git prints, `given` on its standard input; None where it fails. UserError outside a repository."""
    command = ["git", "--literal-pathspecs", *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)
    except OSError as error:
        raise UserError(f"git cannot be run ({error.strerror}): install it") from error
    if done.returncode and b"not a git repository" in done.stderr:
        raise UserError(_NO_REPOSITORY)
    return None if done.returncode else done.stdout


def commit_of(revision: str) -> str | None:
    """Return the commit of a revision in 40 digits; None where there is none."""
    found = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return None if found is None else found.decode().strip()


def experiment_refs() -> list[tuple[str, str, str]]:
    """Return (name, commit, the commit it was started from) of each finished DVC experiment, the oldest first."""
    found = git("for-each-ref", "--sort=creatordate", "--format=%(objectname) %(refname)", EXPERIMENTS) or b""
    experiments = []
    for line in found.decode(errors="replace").splitlines():
        commit, _, ref = line.partition(" ")
        parts = ref.split("/")  # refs/exps/01/23456789.../name; those of queues have other parts
        if len(parts) == 5 and len(parts[2] + parts[3]) in (40, 64):
            experiments.append((parts[4], commit, parts[2] + parts[3]))
    return experiments


def commits_with(paths: Sequence[str]) -> list[str]:
    """Return the commits of all branches, tags and experiments that changed a file, the oldest first.

    The paths are from here. Side branches count although a merge took nothing of them.
    """
    found = git("log", "--all", "--full-history", "--date-order", "--reverse", "--format=%H", "--", *paths) or b""
    return found.decode().split()


def contents(names: Sequence[str]) -> list[bytes | None]:
    """Return the content of each file called `names`, such as COMMIT:./FILE; None where there is no such file.

    A file that is the same in many commits is read once.
    """
    if any("\n" in name for name in names):
        raise UserError("a folder of metrics must not have a line break in its name: rename it")
    checked = git("cat-file", "--batch-check", given="".join(f"{name}\n" for name in names).encode()) or b""
    heads = [line.split(b" ") for line in checked.splitlines()]
    files = [head[0] if head[1:2] == [b"blob"] and len(head) == 3 else None for head in heads]
    unique = list(dict.fromkeys(file for file in files if file is not None))
    out = git("cat-file", "--batch", given=b"".join(file + b"\n" for file in unique)) or b""
    found: dict[bytes | None, bytes] = {}
    at = 0
    for file in unique:
        end = out.index(b"\n", at)
        size = int(out[at:end].split(b" ")[2])
        found[file] = out[end + 1 : end + 1 + size]
        at = end + size + 2  # and the line break behind it
    return [found.get(file) for file in files]


def is_shallow() -> bool:
    """Return whether the history was cut when it was fetched, as in CI."""
    return (git("rev-parse", "--is-shallow-repository") or b"").strip() == b"true"
