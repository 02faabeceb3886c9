"""One wrong value for each setting of a params file, from the settings' own declarations, and broken params files."""

import json
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from benchmarks.bad_inputs.case import Case, as_csv, write_params
from benchmarks.bad_inputs.files import PLAIN
from pipeline_lib.params import GROUPS, RENAMED, SETTINGS


def wrong_value(field: FieldInfo) -> Any:
    """Return a value outside the setting's range, of none of its words, or of another type."""
    parts = [part for kind in get_args(field.annotation) for part in getattr(kind, "__metadata__", ())]
    for limit in [*field.metadata, *parts, *(m for part in parts for m in getattr(part, "metadata", ()))]:
        for name, step in (("le", 1), ("lt", 0), ("gt", 0), ("ge", -1)):
            if hasattr(limit, name):
                return getattr(limit, name) + step
    if get_origin(field.annotation) is Literal:
        return f"{get_args(field.annotation)[0]}x"
    return 1 if field.annotation is bool else [1]


def params() -> list[Case]:
    """Return the cases of params files."""
    cases = []
    for name, field in SETTINGS.items():
        cases.append(_case(f"{name}: {json.dumps(wrong_value(field))}", name, {name: wrong_value(field)}))
        if field.annotation in (int, float):
            cases.append(_case(f'{name}: "7"', name, {name: "7"}))
    cases += [_case(f"{old} was renamed", new, {old: 1}) for old, new in RENAMED.items()]
    cases += [_case(f"{group}.unknown", f"{group}.unknown", {f"{group}.unknown": 1}) for group in GROUPS]
    cases += [_case(f"{group}: 7", group, {group: 7}) for group in GROUPS]
    more: dict[str, tuple[str, Any]] = {
        "a typing mistake": ("seed", {"sed": 1}), "what other tools call it": ("lr", {"learning_rate": 0.1}),
        "a key of a group at the top": ("lora.r", {"r": 8}), "NaN": ("lr", {"lr": float("nan")}),
        "infinity": ("max_grad_norm", {"max_grad_norm": float("inf")}), "true for a number": ("epochs", {"epochs": True}),
        "a number with a point for a whole one": ("epochs", {"epochs": 3.0}), "a name of a row of grid": ("grid", {"grid": {"../up": {"lr": 0.1}}}),
        "an empty row of grid": ("grid", {"grid": {"low": {}}}), "an unknown key in grid": ("seed", {"grid": {"low": {"seed": 1}}}),
        "a wrong value in grid": ("grid.low.lr", {"grid": {"low": {"lr": -1}}}), "data that is null": ("data", {"data": None}),
    }  # fmt: skip
    cases += [_case(name, says, changes) for name, (says, changes) in more.items()]
    texts = {
        "not YAML": "data: [", "a tab": "data:\n\tx: 1", "a key twice": "seed: 1\nseed: 2", "a list": "- 1", "empty": "",
        "a text": "hello", "a tag that runs code": "data: !!python/object/apply:os.system ['touch pwned']",
        "an alias that grows": "a: &a [x]\nb: &b [*a,*a]\ndata: *b", "not UTF-8": "data: gr\udcfcn", "NUL": "data: a\0b",
        "a date that is none": "data: 2024-13-45", "100,000 lists": "data: " + "[" * 100_000, "two documents": "seed: 1\n---\nseed: 2",
        "an alias without an anchor": "data: *x", "no seed": "data: mine.csv\nencoding: auto\ntask: impression\ncolumns: {}\nsplit: {}",
    }  # fmt: skip
    cases += [Case(f"a params file: {name}", partial(_write, text), says="") for name, text in texts.items()]
    return [*cases, Case("no params file", lambda folder: None, says="params.yaml")]


def _case(name: str, says: str, changes: dict[str, Any]) -> Case:
    def prepare(folder: Path) -> None:
        (folder / "mine.csv").write_text(as_csv(PLAIN), encoding="utf-8")
        write_params(folder, "mine.csv", len(PLAIN))
        path = folder / "params.yaml"
        content = json.loads(path.read_text(encoding="utf-8"))
        for key, value in changes.items():
            group, _, inner = key.rpartition(".")
            (content.setdefault(group, {}) if group else content)[inner] = value
        text = json.dumps(content).replace("NaN", ".nan").replace("Infinity", ".inf")
        path.write_text(text, encoding="utf-8")

    return Case(name, prepare, says)


def _write(text: str, folder: Path) -> None:
    (folder / "params.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
