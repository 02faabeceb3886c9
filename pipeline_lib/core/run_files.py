"""What the stages of a run leave for later ones, read and checked: the split, base.json, history.csv, scores.json.

Someone may have edited such a file, or an older version may have written it: each fault is one line that names the
stage to run again.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, read_json, read_jsonl
from pipeline_lib.core.rows import Example

MEANINGS = "meanings.json"  # beside answers of baselines: {name: what the baseline did, in words}
PROMPTED = "prompted_"  # the names of baselines that are the untrained model, shown training rows, begin with it
COLUMNS = "columns.json"  # beside the rows of a split: the user's headers by the task's names
IDENTITY = "base.json"  # beside a trained model; written by models.lora.save_trained
IDENTITY_TYPES: dict[str, tuple[type, ...]] = {
    "name": (str,), "revision": (str, NoneType), "sha256": (str,), "method": (str,), "settings": (dict,),
}  # fmt: skip
METHODS = ("lora", "full", "merged")
_WHOLE = ("step", "epoch", "targets", "tokens")  # columns of the history that hold whole numbers
_NEEDED = ("step", "epoch", "loss")  # those that no row is without


def read_split_rows(path: Path) -> list[Example]:
    """Return the rows of a part of the split; UserError where id, source or target is no text, or an id is repeated."""
    rows = read_jsonl(path)
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        for key in ("id", "source", "target"):
            if not isinstance(row.get(key), str):
                raise UserError(
                    f"every row of {path} must have {key} as text, row {number} has {_shown(row.get(key))}: run the "
                    "split stage again (dvc repro)"
                )
        if row["id"] in seen:
            raise UserError(f"{path} has the id {row['id']!r} twice: run the split stage again (dvc repro)")
        seen.add(row["id"])
    return rows


def labels_of(row: Example, path: Path) -> list[str]:
    """Return the labels of a row of the split, which `path` names in messages; UserError where it has none."""
    labels = row.get("labels")
    if not isinstance(labels, list) or not labels or not all(isinstance(label, str) for label in labels):
        raise UserError(
            f"rows to label must have labels, those of {path} have {_shown(labels)}: run the split stage of a task "
            "that gives labels, like sentiment"
        )
    return labels


def read_object(path: Path, keys: Sequence[str], again: str = "run the stage that makes it again (dvc repro)") -> Any:
    """Return the JSON object in a file. Raises UserError where it is none, or lacks one of `keys`."""
    content = read_json(path)
    missing = [key for key in keys if not isinstance(content, dict) or key not in content]
    if missing or not isinstance(content, dict):
        raise UserError(f"{path} has no {', '.join(missing)}: {again}")
    return content


def read_identity(folder: Path, keys: Sequence[str] = tuple(IDENTITY_TYPES)) -> dict[str, Any]:
    """Return the content of base.json in `folder`: {name, revision, sha256} of the base model, {method, settings}.

    A classifier also has {labels}. Raises UserError where one of `keys` is missing, or any value has another type.
    """
    path, again = folder / IDENTITY, "train again (dvc repro)"
    if folder.is_file():
        raise UserError(f"{folder} is a file, not the folder of a trained model: name its folder")
    identity: dict[str, Any] = read_object(path, keys, again)
    for key, types in IDENTITY_TYPES.items():
        if key in identity and not isinstance(identity[key], types):
            raise UserError(f"{key} in {path} must be {_named(types)}, it is {identity[key]!r}: {again}")
    if "method" in identity and identity["method"] not in METHODS:
        raise UserError(f"method in {path} must be one of {', '.join(METHODS)}, it is {identity['method']!r}: {again}")
    labels = identity.get("labels", [])
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise UserError(f"labels in {path} must be a list of texts, it is {labels!r}: {again}")
    return identity


def read_history_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a training's history.csv, which has `columns`.

    Raises UserError for a cell that is no finite number, and for a split other than train and validation.
    """
    rows = read_csv(path, list(columns))
    for number, row in enumerate(rows, start=2):
        place = f"{path} line {number}"
        if row["split"] not in ("train", "validation"):
            raise UserError(f"{place}: split must be train or validation, it is {row['split']!r}: train again")
        for name, cell in row.items():
            needed = name in columns and name in _NEEDED
            if name != "split" and (cell or needed) and not _is_number(cell, name in _WHOLE):
                kind = "whole" if name in _WHOLE else "finite"
                raise UserError(f"{place}: {name} must be a {kind} number, it is {cell!r}: train again (dvc repro)")
    return rows


def read_scores(path: Path) -> dict[str, Any]:
    """Return scores.json; UserError where it does not name the best baseline."""
    scores: dict[str, Any] = read_object(path, ["best_baseline"], "run the score stage again (dvc repro)")
    best = scores["best_baseline"]
    if not isinstance(best, Mapping) or not isinstance(best.get("name"), str):
        raise UserError(
            f"best_baseline in {path} must have a name, it is {best!r}: run the score stage again (dvc repro)"
        )
    return scores


def _shown(value: object) -> str:
    text = "none" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _named(types: tuple[type, ...]) -> str:
    names = {str: "a text", dict: "a mapping", NoneType: "null"}
    return " or ".join(names[one] for one in types)


def _is_number(cell: object, whole: bool) -> bool:
    try:
        return int(str(cell)) >= 0 if whole else math.isfinite(float(str(cell)))
    except ValueError:
        return False
