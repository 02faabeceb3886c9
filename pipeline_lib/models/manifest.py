"""The manifest of a cached model: SHA-256, size and modification time of each of its files, to notice a changed one.

It is a JSON file beside the model's folder. A file of the same size and time is not read again, so that a check takes
milliseconds; a file whose time differs is hashed once.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json
from pipeline_lib.models.registry import sha256

Facts = dict[str, dict[str, Any]]  # {path in the folder: {"sha256", "size", "mtime_ns"}}


def read_manifest(path: Path) -> Facts:
    """Return the facts that a manifest holds; {} where there is none, or a broken one."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return {name: {key: one[key] for key in ("sha256", "size", "mtime_ns")} for name, one in facts.items()}
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return {}


def write_manifest(path: Path, facts: Facts) -> None:
    """Write a manifest, if the cache can be written: without it the files are hashed each time."""
    with suppress(UserError):
        write_json(path, facts)


def file_names(folder: Path) -> list[str]:
    """Return the paths of all files in `folder`, in it, but for hidden ones (.DS_Store): nothing loads those."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return sorted(path.as_posix() for path in found if not path.name.startswith("."))


def measure(folder: Path, names: Iterable[str], known: Mapping[str, Any]) -> Facts:
    """Return the facts of the files `names` as they are; one that is not there is left out.

    The hash of a file whose size and time are those of `known` is taken from there.
    """
    facts: Facts = {}
    for name in names:
        with suppress(FileNotFoundError):
            file = folder / name
            here = {"size": file.stat().st_size, "mtime_ns": file.stat().st_mtime_ns}
            before = known.get(name, {})
            same = here == {key: before.get(key) for key in here}
            facts[name] = {"sha256": before["sha256"] if same else sha256(file), **here}
    return facts


def differing(left: Facts, right: Facts) -> list[str]:
    """Return the names of the files that only one of two has, or whose hashes differ."""
    names = sorted(left.keys() | right.keys())
    return [name for name in names if left.get(name, {}).get("sha256") != right.get(name, {}).get("sha256")]
