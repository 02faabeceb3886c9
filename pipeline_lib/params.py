"""The params file: YAML 1.2, every key known, every value in range, and a stage gets only the settings it names.

The settings themselves stand in each package's settings.py. Reading them here can stop a run, and never changes a value
that the file gives.
"""

from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.core.files import written
from pipeline_lib.core.settings import CoreSettings, Settings
from pipeline_lib.data.settings import DataSettings
from pipeline_lib.evaluation.settings import EvaluationSettings
from pipeline_lib.inference.settings import InferenceSettings
from pipeline_lib.models.settings import ModelSettings
from pipeline_lib.tasks.dialogue.settings import DialogueSettings
from pipeline_lib.tasks.sentiment.settings import SentimentSettings
from pipeline_lib.training.settings import GRID_KEYS, GridRow, TrainingSettings
from pipeline_lib.words.settings import WordSettings


class Params(
    CoreSettings,
    DataSettings,
    ModelSettings,
    TrainingSettings,
    InferenceSettings,
    EvaluationSettings,
    WordSettings,
    DialogueSettings,
    SentimentSettings,
):
    """What a params file may hold. Which keys it must hold depends on the stages that read it."""


GROUPS: dict[str, type[Settings]] = {
    name: field.annotation
    for name, field in Params.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Settings)
}
# Each setting by its name in the file: lr, lora.r, ...
SETTINGS: dict[str, FieldInfo] = {name: field for name, field in Params.model_fields.items() if name not in GROUPS}
SETTINGS |= {f"{name}.{key}": field for name, group in GROUPS.items() for key, field in group.model_fields.items()}

RENAMED = {
    "micro_batch": "micro_batch_size",
    "clip": "max_grad_norm",
    "warmup": "warmup_ratio",
    "converse": "sample",
    "choose": "classify",
    "arc": "multiple_choice",
    "split.eval": "split.test",
    "prompt.neighbours": "prompt.few_shot",
    "prompt.together": "prompt.share_prefix",
    "sample.repetition": "sample.repetition_penalty",
    "dialogue.learn": "dialogue.train_on",
    "dialogue.asked": "dialogue.turns_asked",
}
# What other tools call a setting of ours.
ALSO_CALLED = {
    "learning_rate": "lr",
    "num_train_epochs": "epochs",
    "num_epochs": "epochs",
    "per_device_train_batch_size": "micro_batch_size",
    "gradient_accumulation_steps": "batch_size",
    "model_name_or_path": "model",
    "early_stopping_patience": "patience",
    "max_length": "max_tokens",
    "max_seq_length": "max_tokens",
    "max_new_tokens": "generate.max_new_tokens",
    "lora_alpha": "lora.alpha",
    "lora_dropout": "lora.dropout",
}
_LIMITS = {"gt": "above", "ge": "at least", "le": "at most"}  # pydantic's name of a limit, and ours
_OUT_OF_RANGE = ("greater_than", "greater_than_equal", "less_than_equal", "finite_number")
_KINDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false", NoneType: "null"}


def load_params(path: str | Path) -> dict[str, Any]:
    """Return the content of the params file, checked; a key that is not in it is not filled in.

    Raises UserError for a missing or broken file, an unknown or renamed key (with the right one), and a value of the
    wrong type or out of range.
    """
    source = Path(path)
    if not source.is_file():
        raise _error(f"params file {path} is missing: run from the project's folder, or name it with --params")
    try:
        # YAML 1.2 reads the 1e-05 that `dvc exp run -S lr=1e-5` writes as a number; PyYAML's 1.1 as text.
        content = YAML(typ="safe", pure=True).load(StringIO(source.read_text(encoding="utf-8")))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" in line {mark.line + 1}" if mark else ""
        raise _error(f"{path} is not YAML: {error.problem or error.context}{place}: correct it there") from error
    except RecursionError as error:
        raise _error(f"{path} is nested too deeply: a params file has groups of settings, and no more") from error
    except (YAMLError, ValueError) as error:  # ValueError: not UTF-8, or a date that does not exist
        raise _error(f"{path} is not YAML: {' '.join(str(error).split())}: correct it there") from error
    if not isinstance(content, dict):
        raise _error(f"{path} must be a mapping of names to values, like lr: 0.0002")
    try:
        Params.model_validate(content)
    except ValidationError as error:
        faults = [fault for fault in error.errors(include_url=False) if fault["type"] != "missing"]
        if faults:
            first = min(faults, key=lambda fault: _position(content, fault["loc"]))
            raise _error(_explain(first["type"], first["loc"], content, path)) from error
    return content


def read_params(path: str | Path, names: Iterable[str], row: str | None = None) -> dict[str, Any]:
    """Return the settings in `names` (top-level keys) and no others: the file's values, and defaults within groups.

    With `row`, what that row of grid sets replaces the key of that name. Raises UserError as load_params does, and when
    one of `names`, a key of a group that has no default, or the row is not in the file.
    """
    content = load_params(path)
    if row is not None:
        grid = content.get("grid", {})
        if row not in grid:
            known = ", ".join(grid) or "none"
            raise _error(f"grid in {path} has no row {row!r}{did_you_mean(row, tuple(grid))}: it has {known}")
        content |= grid[row]
    return pick_params(content, names, path)


def pick_params(content: Mapping[str, Any], names: Iterable[str], path: str | Path) -> dict[str, Any]:
    """Return the settings in `names` of the content of a params file, with defaults within groups.

    Raises UserError as read_params does; `path` is named in it.
    """
    picked = {}
    for name in names:
        if name not in Params.model_fields:
            raise KeyError(f"{name} is named by a stage, but is declared in no settings.py")
        if name not in content:
            raise _error(f"{path} has no {name}: add it, for example {name}: {_example(name)}")
        picked[name] = _filled(name, content[name], path) if name in GROUPS else content[name]
    return picked


def edit_params(path: str | Path, changes: Mapping[str, Any], source: str | Path) -> None:
    """Write the params file `source` to `path` with other values, by their names (data, split.train); comments stay."""
    load_params(source)  # else a file with a mistake would be an error of the YAML library
    yaml = YAML()
    yaml.width = 2**20  # no line is broken
    yaml.preserve_quotes = True
    yaml.representer.add_representer(NoneType, lambda made, _: made.represent_scalar("tag:yaml.org,2002:null", "null"))
    content = yaml.load(Path(source).read_text(encoding="utf-8"))
    for name, value in changes.items():
        *group, key = name.split(".")
        (content[group[0]] if group else content)[key] = value
    with written(path) as draft, draft.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def _filled(group: str, given: Mapping[str, Any], path: str | Path) -> dict[str, Any]:
    """Return the group's settings in their declared order, with the default of each that is not given."""
    filled = {}
    for key, field in GROUPS[group].model_fields.items():
        if key not in given and field.is_required():
            name = f"{group}.{key}"
            raise _error(f"{path} has no {name}: add it, for example {name}: {_example(name)}")
        filled[key] = given.get(key, field.default)
    return filled


def _position(content: Any, loc: tuple[int | str, ...]) -> list[int]:
    """Return the place of a fault in the file, for sorting."""
    places: list[int] = []
    for part in loc:
        if not isinstance(content, dict) or part not in content:
            break
        places.append(list(content).index(part))
        content = content[part]
    return places


def _explain(fault: str, loc: tuple[int | str, ...], content: dict[str, Any], path: str | Path) -> str:
    """Return the line of one fault that pydantic found at `loc`: the rule, the value and the remedy."""
    top, *below = map(str, loc)
    if top == "grid" and below:
        return _explain_row(fault, loc[1], below[1:], content["grid"], path)
    if fault in ("extra_forbidden", "invalid_key"):
        return _unknown(".".join([top, *below]), path)
    if top in GROUPS and below:
        name = f"{top}.{below[0]}"
        return _wrong_value(name, SETTINGS[name], content[top][below[0]], fault, path)
    if top in GROUPS or top == "grid":
        return f"{top} must be a mapping in {path}, like {top}: {_example(top)}"
    return _wrong_value(top, SETTINGS[top], content[top], fault, path)


def _explain_row(fault: str, row: int | str, below: list[str], grid: dict[Any, Any], path: str | Path) -> str:
    if below == ["[key]"]:
        return f"a row of grid must be named by a letter, then letters, digits, _ or -, {path} has {row!r}: rename it"
    if not below:
        return f"grid.{row} must be a mapping in {path}, like {row}: {{lr: 0.0002, epochs: 2}}"
    key, name = below[0], f"grid.{row}.{below[0]}"
    if key in GRID_KEYS:
        return _wrong_value(name, GridRow.model_fields[key], grid[row][key], fault, path)
    if key in RENAMED:
        return f"{name} is called {RENAMED[key]} now: rename it in {path}"
    return (
        f"a row of grid can set {', '.join(GRID_KEYS)}, grid.{row} in {path} has {key}{did_you_mean(key, GRID_KEYS)}: "
        "remove it, or set it for all rows"
    )


def _unknown(name: str, path: str | Path) -> str:
    if name in RENAMED:
        return f"{name} is called {RENAMED[name]} now: rename it in {path}"
    if name in SETTINGS:  # "lora.r: 8" at the top
        group, key = name.split(".")
        return f"{name} must be a key of {group} in {path}, like {group}: {{{key}: {_example(name)}}}"
    inside = [group for group, settings in GROUPS.items() if name in settings.model_fields]
    other = ALSO_CALLED.get(name) or (f"{inside[0]}.{name}" if len(inside) == 1 else None)
    hint = f" (did you mean {other}?)" if other else did_you_mean(name, (*SETTINGS, *GROUPS))
    return f"unknown parameter {name} in {path}{hint}: remove it or correct its name"


def _wrong_value(name: str, field: FieldInfo, value: Any, fault: str, path: str | Path) -> str:
    if fault in _OUT_OF_RANGE:
        limits = _limits(field)
        rules = [f"{word} {getattr(m, key)}" for key, word in _LIMITS.items() for m in limits if hasattr(m, key)]
        finite = ["finite"] if fault == "finite_number" and not any(hasattr(m, "le") for m in limits) else []
        return f"{name} must be {' and '.join(rules + finite)}, {path} has {value}: change {name} there"
    if get_origin(field.annotation) is Literal:
        choices = get_args(field.annotation)
        hint = did_you_mean(value, choices) if isinstance(value, str) else ""
        return f"{name} must be one of {', '.join(choices)}, {path} has {value!r}{hint}: change {name} there"
    shown = "nothing" if value is None else repr(value)
    if fault == "value_error":  # of the one kind of text that is checked
        return f"{name} must be a day like 2026-01-31, {path} has {shown}: write {name}: {_example(field)}"
    return f"{name} must be {_kind(field.annotation)}, {path} has {shown}: write {name}: {_example(field)}"


def _limits(field: FieldInfo) -> list[Any]:
    """Return the limits of a number, pydantic's objects; also those of a number that may be a word (auto) instead."""
    inside = [part for kind in get_args(field.annotation) for part in getattr(kind, "__metadata__", ())]
    return [*field.metadata, *(limit for part in inside for limit in part.metadata)]


def _kind(annotation: Any) -> str:
    """Return a type in words."""
    if get_origin(annotation) is Literal:
        return " or ".join(get_args(annotation))
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    origin, inner = get_origin(annotation), [_kind(part) for part in get_args(annotation)]
    if origin in (Union, UnionType):
        return " or ".join(inner)
    if origin is list:
        return f"a list of {inner[0]}"
    if origin is dict:
        return f"a mapping of {inner[0]} to {inner[1]}"
    return _KINDS[annotation]


def _example(of: str | FieldInfo) -> str:
    """Return a value that would do for a setting or a group, as it is written in YAML."""
    if isinstance(of, str) and of in GROUPS:
        key, field = next(iter(GROUPS[of].model_fields.items()))
        return f"{{{key}: {_example(field)}}}"
    field = SETTINGS[of] if isinstance(of, str) else of
    return _yaml(field.examples[0] if field.examples else field.default)


def _yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, str) and value[:1].isdecimal():  # a day, which is text in quotes only
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)


def _error(message: str) -> UserError:
    """Return the error: one line, in which a control character of the file is written as its escape."""
    return UserError("".join(char if char.isprintable() else ascii(char)[1:-1] for char in message))
