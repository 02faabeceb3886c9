"""The params file is read as meant, and a mistake in it is refused in one line that names the remedy.

Stages declare the settings.py of the packages they depend on, and not params.py: it can stop a run, but it never
changes what a run writes. `test_a_stage_gets_the_files_values_and_the_defaults_of_settings_py` holds that for each
setting.
"""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.settings import Settings
from pipeline_lib.params import ALSO_CALLED, GROUPS, RENAMED, SETTINGS, Params, edit_params, load_params, read_params
from pipeline_lib.training.settings import GRID_KEYS
from tools.params_schema import PATH, schema, text

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = [ROOT / "params.yaml", *sorted(ROOT.glob("recipes/*/params.yaml"))]
REQUIRED: dict[str, dict] = {
    "split": {"train": 8, "test": 2, "validation": 2},
    "multiple_choice": {"data": "questions.jsonl"},
}


def written(folder: Path, content: Any) -> Path:
    path = folder / "params.yaml"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def error_of(folder: Path, content: Any, *names: str, row: str | None = None) -> str:
    """Return the message of the error, with params.yaml for the path of the file."""
    path = written(folder, content)
    with pytest.raises(UserError) as caught:
        read_params(path, names, row)
    return str(caught.value).replace(str(path), "params.yaml")


def another(name: str) -> Any:
    """Return a valid value of a setting that is not its default."""
    field = SETTINGS[name]
    usual = field.examples[0] if field.examples else field.default
    if get_origin(field.annotation) is Literal:
        return next(choice for choice in get_args(field.annotation) if choice != usual)
    if usual == "auto" and field.annotation is not str:
        return 64
    if isinstance(usual, bool):
        return not usual
    if isinstance(usual, int):
        return usual + 1
    if isinstance(usual, float):
        return usual * 0.99 or 0.25
    mappings = {
        "columns": {"text": "Review", "label": 3}, "grid": {"a": {"lr": 1}}, "labels": {"1": "spam"},
        "encoding": "cp1252", "prompt.date": "2024-02-29",
    }  # fmt: skip
    return mappings.get(name, "something else")


# What stages get


@pytest.mark.parametrize("name", SETTINGS)
def test_a_stage_gets_the_files_values_and_the_defaults_of_settings_py(tmp_path, name):
    top, _, key = name.partition(".")
    value = another(name)
    given = {**REQUIRED.get(top, {}), key: value} if key else value
    expected = given
    if key:
        fields = GROUPS[top].model_fields
        expected = {other: given.get(other, field.default) for other, field in fields.items()}
    path = written(tmp_path, {top: given, **({"seed": 7} if top != "seed" else {})})
    found = read_params(path, (top,))
    assert repr(found) == repr({top: expected}), "types and order too: 1 for a float stays 1"
    assert value != SETTINGS[name].default


@pytest.mark.parametrize("group", GROUPS)
def test_what_a_group_leaves_out_has_its_default(tmp_path, group):
    given = REQUIRED.get(group, {})
    made = GROUPS[group].model_validate(given).model_dump()
    assert repr(read_params(written(tmp_path, {group: given}), (group,))) == repr({group: made})


def test_the_file_is_not_filled_in_and_an_unknown_name_is_our_mistake(tmp_path):
    content = {"lora": {"alpha": 8, "r": 4}, "lr": 1}
    assert repr(load_params(written(tmp_path, content))) == repr(content)
    with pytest.raises(KeyError, match="learning_rate"):
        read_params(written(tmp_path, {"lr": 1e-4}), ("learning_rate",))


@pytest.mark.parametrize(
    ("number", "value"), [("1e-05", 1e-5), ("1e-5", 1e-5), ("0.0002", 2e-4), ("2E-4", 2e-4), ("1.0e-5", 1e-5), ("1", 1)]
)
def test_lr_is_a_number_however_it_is_written(tmp_path, number, value):
    # `dvc exp run -S lr=1e-5` writes 1e-05, which YAML 1.1 reads as text.
    assert read_params(written(tmp_path, f"lr: {number}\n"), ("lr",)) == {"lr": value}


def test_a_row_of_grid_replaces_top_level_keys(tmp_path):
    grid = {"low": {"lr": 1e-5, "epochs": 3}, "high": {"lr": 2e-3, "patience": None}}
    path = written(tmp_path, {"lr": 0.5, "batch_size": 8, "grid": grid})
    assert read_params(path, ("lr", "epochs", "batch_size"), row="low") == {"lr": 1e-5, "epochs": 3, "batch_size": 8}
    assert read_params(path, ("lr",)) == {"lr": 0.5}
    assert list(read_params(path, ("grid",))["grid"].items()) == list(grid.items()), "in the order of the file"
    assert read_params(path, ("patience",), row="high") == {"patience": None}
    assert load_params(path)["lr"] == 0.5


# What is refused. In the table: what the file holds, and the message, with @ for the path of the file.

MISTAKES = r"""
lr: fast => lr must be a number, @ has 'fast': write lr: 0.0002
lr: => lr must be a number, @ has nothing: write lr: 0.0002
lr: 2 => lr must be above 0 and at most 1, @ has 2: change lr there
lr: .nan => lr must be above 0 and at most 1, @ has nan: change lr there
max_grad_norm: .inf => max_grad_norm must be above 0 and finite, @ has inf: change max_grad_norm there
lora: {alpha: .inf} => lora.alpha must be a whole number, @ has inf: write lora.alpha: 32
lora: {dropout: 1} => lora.dropout must be at least 0 and at most 0.9, @ has 1: change lora.dropout there
seed: -1 => seed must be at least 0 and at most 4294967295, @ has -1: change seed there
lr: 0 => lr must be above 0 and at most 1, @ has 0: change lr there
patience: 0 => patience must be at least 1, @ has 0: change patience there
split: {train: 0} => split.train must be at least 1, @ has 0: change split.train there
split: {test: 0} => split.test must be at least 1, @ has 0: change split.test there
sample: {top_p: 0} => sample.top_p must be above 0 and at most 1, @ has 0: change sample.top_p there
generate: {max_new_tokens: 0} => generate.max_new_tokens must be at least 1 and at most 8192, @ has 0: change generate.max_new_tokens there
patience: x => patience must be a whole number or null, @ has 'x': write patience: 2
trust_remote_code: 1 => trust_remote_code must be true or false, @ has 1: write trust_remote_code: false
precision: bf61 => precision must be one of auto, fp32, bf16, fp16, @ has 'bf61' (did you mean bf16?): change precision there
split: {contained: true} => split.contained must be one of group, allow, @ has True: change split.contained there
lora: {target_modules: [q, 1]} => lora.target_modules must be text or a list of text, @ has ['q', 1]: write lora.target_modules: all-linear
prompt: {max_tokens: 8} => prompt.max_tokens must be at least 16, @ has 8: change prompt.max_tokens there
generate: {max_new_tokens: often} => generate.max_new_tokens must be a whole number or auto, @ has 'often': write generate.max_new_tokens: auto
lora: 8 => lora must be a mapping in @, like lora: {r: 16}
split: => split must be a mapping in @, like split: {train: 300}
- lr => @ must be a mapping of names to values, like lr: 0.0002
=> @ must be a mapping of names to values, like lr: 0.0002
epoch: 3 => unknown parameter epoch in @ (did you mean epochs?): remove it or correct its name
embeds: {} => unknown parameter embeds in @ (did you mean embed?): remove it or correct its name
lora: {rank: 8} => unknown parameter lora.rank in @ (did you mean lora.r?): remove it or correct its name
3: 3 => unknown parameter 3 in @: remove it or correct its name
lora.r: 8 => lora.r must be a key of lora in @, like lora: {r: 16}
lr: [1e-4 => @ is not YAML: expected ',' or ']', but got '<stream end>' in line 1: correct it there
lr: 1\nlr: 2 => @ is not YAML: found duplicate key "lr" with value "2" (original value: "1") in line 2: correct it there
seed: 2024-13-45 => @ is not YAML: month must be in 1..12: correct it there
prompt: {date: 2024-01-01} => prompt.date must be text, @ has datetime.date(2024, 1, 1): write prompt.date: "2026-01-01"
prompt: {date: "9 March"} => prompt.date must be a day like 2026-01-31, @ has '9 March': write prompt.date: "2026-01-01"
epochs: 0\nepoch: 1\nlr: 2 => epochs must be at least 1 and at most 1000, @ has 0: change epochs there
epoch: 1\nepochs: 0 => unknown parameter epoch in @ (did you mean epochs?): remove it or correct its name
grid: {a: {epoch: 3}} => a row of grid can set KEYS, grid.a in @ has epoch (did you mean epochs?): remove it, or set it for all rows
grid: {a: {3: 3}} => a row of grid can set KEYS, grid.a in @ has 3: remove it, or set it for all rows
grid: {a: {clip: 1}} => grid.a.clip is called max_grad_norm now: rename it in @
grid: {a: {lr: fast}} => grid.a.lr must be a number, @ has 'fast': write grid.a.lr: 0.0002
grid: {a: {lr: 0.1}, b: {lr: 2}} => grid.b.lr must be above 0 and at most 1, @ has 2: change grid.b.lr there
grid: {a: 0.1} => grid.a must be a mapping in @, like a: {lr: 0.0002, epochs: 2}
grid: {a: {}} => grid.a must be a mapping in @, like a: {lr: 0.0002, epochs: 2}
grid: {} => grid must be a mapping in @, like grid: {low: {lr: 0.0002, epochs: 2}}
grid: => grid must be a mapping in @, like grid: {low: {lr: 0.0002, epochs: 2}}
grid: [0.1, 0.2] => grid must be a mapping in @, like grid: {low: {lr: 0.0002, epochs: 2}}
grid: {1: {lr: 0.1}} => a row of grid must be named by a letter, then letters, digits, _ or -, @ has 1: rename it
grid: {../up: {lr: 1}} => a row of grid must be named by a letter, then letters, digits, _ or -, @ has '../up': rename it
grid: {"a\x0a": {lr: 1}} => a row of grid must be named by a letter, then letters, digits, _ or -, @ has 'a\n': rename it
""".replace("KEYS", ", ".join(GRID_KEYS))  # noqa: E501


@pytest.mark.parametrize("line", MISTAKES.strip().splitlines())
def test_a_mistake_is_named_with_its_remedy(tmp_path, line):
    content, _, message = line.partition("=> ")
    assert error_of(tmp_path, content.strip().replace(r"\n", "\n")) == message.replace("@", "params.yaml")


@pytest.mark.parametrize("old", RENAMED)
def test_an_old_name_is_refused_with_the_new_one(tmp_path, old):
    group, _, key = old.rpartition(".")
    assert error_of(tmp_path, {group: {key: 1}} if group else {old: {"data": 1}}) == (
        f"{old} is called {RENAMED[old]} now: rename it in params.yaml"
    )
    assert old not in SETTINGS | GROUPS
    assert RENAMED[old] in SETTINGS | GROUPS


def test_a_name_of_another_tool_is_answered_with_ours(tmp_path):
    for theirs, ours in ALSO_CALLED.items():
        assert f"unknown parameter {theirs} in params.yaml (did you mean {ours}?): " in error_of(tmp_path, {theirs: 1})
        assert ours in SETTINGS
        assert theirs not in SETTINGS


def test_what_a_stage_needs_must_be_there(tmp_path):
    content = {"lr": 1e-4, "split": {"train": 8}, "grid": {"low": {"lr": 0.1}, "high": {"lr": 0.2}}}
    for message, name, row in [
        ("params.yaml has no seed: add it, for example seed: 42", "seed", None),
        ("params.yaml has no lora: add it, for example lora: {r: 16}", "lora", None),
        ("params.yaml has no split.test: add it, for example split.test: 30", "split", None),
        ("params.yaml has no epochs: add it, for example epochs: 3", "epochs", "low"),
        ("grid in params.yaml has no row 'lo' (did you mean low?): it has low, high", "lr", "lo"),
    ]:
        assert error_of(tmp_path, content, name, row=row) == message
    no_grid = {"lr": 1e-4}
    assert error_of(tmp_path, no_grid, row="low") == "grid in params.yaml has no row 'low': it has none"
    example = "grid: {low: {lr: 0.0002, epochs: 2}}"
    assert error_of(tmp_path, no_grid, "grid") == f"params.yaml has no grid: add it, for example {example}"


STRICT = {
    "epochs": {"accepted": ["3", "1000"], "refused": ["3.0", "'3'", "true", "null", "[3]", "1e1", "2024-01-01"]},
    "lr": {"accepted": ["0.1", "1", "1e-3"], "refused": ["'0.1'", "true", "null", ".nan", ".inf", "-.inf"]},
    "model": {"accepted": ["text", "'3'", "''"], "refused": ["3", "true", "null", "[a]", "2024-01-01"]},
    "trust_remote_code": {"accepted": ["true", "false"], "refused": ["yes", "1", "0", "'true'", "null"]},
    "revision": {"accepted": ["null", "main", "'3'"], "refused": ["3", "false", "1e5"]},
    "prompt": {
        "accepted": ["{date: '2024-02-29'}"],
        "refused": ["{date: 2024-01-01}", "{date: '2023-02-29'}", "{date: '20240229'}"],
    },
    "columns": {"accepted": ["{}", "{a: b}", "{a: 2023}"], "refused": ["a", "null", "[a]", "{3: a}", "{a: true}"]},
}


@pytest.mark.parametrize("name", STRICT)
def test_no_value_is_converted(tmp_path, name):
    for value in STRICT[name]["accepted"]:
        read_params(written(tmp_path, f"{name}: {value}"), (name,))
    for value in STRICT[name]["refused"]:
        assert error_of(tmp_path, f"{name}: {value}").startswith((f"{name} must be ", f"{name}.date must be ")), value


@pytest.mark.parametrize("place", ['"KEY": 3', 'lr: "KEY"', 'lora: {"KEY": 3}', 'grid: {"KEY": {lr: 1}}', '"KEY": ['])
def test_control_characters_of_the_file_do_not_reach_the_terminal(tmp_path, place):
    message = error_of(tmp_path, place.replace("KEY", r"lr\e[2J\r\n\u202e"))
    assert message.isprintable()
    assert r"lr\x1b[2J\r\n\u202e" in message or place.endswith("[")


def test_a_missing_file_and_one_that_is_not_text_are_refused(tmp_path):
    for path in (tmp_path / "nowhere.yaml", tmp_path):
        with pytest.raises(UserError, match=r"^params file .* is missing: run from the project's folder, or name it"):
            load_params(path)
    (tmp_path / "params.yaml").write_bytes("model: café\n".encode("latin-1"))
    with pytest.raises(UserError, match=r"params\.yaml is not YAML: 'utf-8' codec can't decode"):
        load_params(tmp_path / "params.yaml")


# The settings, the committed files and the schema


def test_every_settings_py_is_part_of_params_and_imports_core_alone():
    sources = sorted((ROOT / "pipeline_lib").rglob("settings.py"))
    assert len(sources) >= 8
    names: list[str] = []
    for source in sources:
        module = ".".join(source.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(("pipeline_lib", "stages")):
                assert node.module == "pipeline_lib.core.settings", module
        for name, made in vars(importlib.import_module(module)).items():
            if name.endswith("Settings") and made is not Settings and made.__module__ == module:
                assert made in Params.__bases__, name
                names += made.model_fields
    assert sorted(names) == sorted(Params.model_fields), "each is declared once"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_a_sentence_and_a_valid_example(tmp_path, name):
    field = SETTINGS[name]
    assert field.description
    assert field.description.endswith(".")
    top, _, key = name.partition(".")
    for value in [*(field.examples or []), *([] if field.is_required() else [field.default])]:
        load_params(written(tmp_path, {top: {key: value}} if key else {top: value}))
    assert field.examples or not field.is_required()


def test_reading_params_loads_no_model_library():
    code = "import sys, pipeline_lib.params; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_committed_files_pass_and_hold_every_setting():
    found = set()
    for path in COMMITTED:
        for name, value in load_params(path).items():
            rows = value.values() if name == "grid" else []
            in_group = {f"{name}.{key}" for key in value} if name in GROUPS else set()
            found |= in_group or {name, *(key for row in rows for key in row)}
    assert found == set(SETTINGS)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.parent.name)
def test_a_committed_file_names_the_schema_and_follows_it(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert (path.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve() == PATH
    content = YAML(typ="safe", pure=True).load(path)
    Draft202012Validator(schema()).validate(content)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.parent.name)
def test_an_edit_changes_its_settings_and_no_other_line(path, tmp_path):
    changes = {"data": "data/q&a #1: it's.csv", "split.train": 7}
    edit_params(tmp_path / "params.yaml", changes, path)
    before, after = load_params(path), load_params(tmp_path / "params.yaml")
    assert after == before | {"data": changes["data"], "split": before["split"] | {"train": 7}}
    left, right = (file.read_text(encoding="utf-8").splitlines() for file in (path, tmp_path / "params.yaml"))
    differing = [
        (one.split(":")[0], one.split("#")[-1] == two.split("#")[-1])
        for one, two in zip(left, right, strict=True)
        if one != two
    ]
    assert differing == [("data", True), ("  train", True)]


def test_a_file_with_a_mistake_is_not_edited(tmp_path):
    (tmp_path / "params.yaml").write_text("lr: 0.1\nlr: 0.2\n", encoding="utf-8")
    with pytest.raises(UserError, match="is not YAML"):
        edit_params(tmp_path / "params.yaml", {"data": "x"}, tmp_path / "params.yaml")
    assert (tmp_path / "params.yaml").read_text(encoding="utf-8") == "lr: 0.1\nlr: 0.2\n"


def test_the_schema_is_up_to_date_and_refuses_what_params_refuses():
    assert PATH.read_text(encoding="utf-8") == text(), "run python -m tools.params_schema"
    Draft202012Validator.check_schema(schema())
    check = Draft202012Validator(schema())
    wrong = [{"lr": 2}, {"lr": True}, {"epoch": 1}, {"lora": {"rank": 8}}, {"split": {"train": 8}}, {"method": "x"}]
    grids: list[dict[str, Any]] = [{}, {"a": {"seed": 1}}, {"a": {}}, {"1": {"lr": 1}}]
    wrong += [{"grid": grid} for grid in grids]
    assert not [content for content in wrong if check.is_valid(content)]
    assert schema()["$defs"]["Generate"]["properties"]["batch_size"] == {
        "description": "Prompts that are decoded together. Unit: rows.",
        "type": "integer", "minimum": 1, "maximum": 4096, "default": 16,
    }  # fmt: skip
