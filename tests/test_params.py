"""The params file: what DVC writes is read as meant, what a person mistypes is refused in one helpful line."""

from pathlib import Path

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.params import RULES, load_params, read_params
from tests.helpers.toys import ROOT, write_params


def written(folder: Path, text: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


COMMITTED = [ROOT / "params.yaml", *sorted(ROOT.glob("recipes/*/params.yaml"))]


def names(path: Path) -> set[str]:
    found = set()
    for name, value in load_params(path).items():
        if name == "grid":
            found |= {key for row in value.values() for key in row}
        elif isinstance(value, dict) and name != "columns":
            found |= {f"{name}.{key}" for key in value}
        else:
            found.add(name)
    return found


def test_the_committed_files_pass_and_hold_every_key():
    assert len(COMMITTED) > 1
    held = {path: names(path) for path in COMMITTED}
    assert set().union(*held.values()) == set(RULES)
    assert {"lr", "epochs", "lora.r", "split.contained", "split.min_words"} <= set.intersection(*held.values())


@pytest.mark.parametrize(
    ("text", "value"), [("1e-05", 1e-5), ("1e-5", 1e-5), ("0.0002", 2e-4), ("2E-4", 2e-4), ("1.0e-5", 1e-5), ("1", 1)]
)
def test_lr_is_a_number_however_it_is_written(tmp_path, text, value):
    # `dvc exp run -S lr=1e-5` writes 1e-05, which YAML 1.1 takes for text.
    assert read_params(written(tmp_path, f"lr: {text}\n"), ("lr",)) == {"lr": value}


def test_a_stage_sees_what_it_declares_and_nothing_else(tmp_path):
    path = written(tmp_path, "lr: 1e-4\nseed: 7\nprompt: {max_tokens: 64, neighbours: 2, together: 1}\n")
    assert read_params(path, ("prompt", "seed")) == {
        "prompt": {"max_tokens": 64, "few_shot": 2, "share_prefix": 1},
        "seed": 7,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lr: fast", "lr must be a number, {path} has 'fast': write lr: 0.0002"),
        ("lr: '1e-5'", "lr must be a number, {path} has '1e-5': write lr: 0.0002"),
        ("lr:", "lr must be a number, {path} has nothing: write lr: 0.0002"),
        ("lr: true", "lr must be a number, {path} has True: write lr: 0.0002"),
        ("lr: [1e-5, 1e-4]", "lr must be a number, {path} has [1e-05, 0.0001]: write lr: 0.0002"),
        ("seed: true", "seed must be a whole number, {path} has True: write seed: 1"),
        ("epochs: 3.0", "epochs must be a whole number, {path} has 3.0: write epochs: 1"),
        ("prompt: {max_tokens: 8}", "prompt.max_tokens must be at least 16, {path} has 8: change prompt.max_tokens"),
        ("lr: 0", "lr must be above 0 and at most 1, {path} has 0: change lr there"),
        ("lr: -1e-5", "lr must be above 0 and at most 1, {path} has -1e-05: change lr there"),
        ("lr: .nan", "lr must be above 0 and at most 1, {path} has nan: change lr there"),
        ("lr: .inf", "lr must be above 0 and at most 1, {path} has inf: change lr there"),
        ("max_grad_norm: .nan", "max_grad_norm must be above 0, {path} has nan: change max_grad_norm there"),
        ("batch_size: 0", "batch_size must be at least 1 and at most 4096, {path} has 0: change batch_size there"),
        ("lora: {dropout: 1}", "lora.dropout must be at least 0 and at most 0.9, {path} has 1: change lora.dropout"),
        (
            "trust_remote_code: 1",
            "trust_remote_code must be true or false, {path} has 1: write trust_remote_code: true",
        ),
        ("precision: bf61", "precision must be one of auto, fp32, bf16, fp16, {path} has 'bf61' (did you mean bf16?)"),
        (
            "split: {duplicates: dorp}",
            "split.duplicates must be one of keep, drop, {path} has 'dorp' (did you mean drop?)",
        ),
        ("epoch: 3", "unknown parameter epoch in {path} (did you mean epochs?)"),
        ("learning_rate: 3e-4", "unknown parameter learning_rate in {path} (did you mean lr?)"),
        ("lora: {rank: 8}", "unknown parameter lora.rank in {path} (did you mean lora.r?)"),
        ("max_new_tokens: 8", "unknown parameter max_new_tokens in {path} (did you mean generate.max_new_tokens?)"),
        ("zebra: 3", "unknown parameter zebra in {path}: remove it or mend its name"),
        ("3: 3", "unknown parameter 3 in {path}: remove it or mend its name"),
        ("lora: 8", "lora must be a mapping in {path}, like lora: {r: 1}"),
        ("split:", "split must be a mapping in {path}, like split: {train: 1}"),
        ("- lr", "{path} must be a mapping of names to values, like lr: 0.0002"),
        ("", "{path} must be a mapping of names to values, like lr: 0.0002"),
        ("lr: [1e-4", "{path} is not YAML: "),
        ("lr: 1e-4\nlr: 1e-5", "{path} is not YAML: "),
        ("lr: 1e-4\n\tseed: 1", "{path} is not YAML: "),
        ("seed: 2024-13-45", "{path} is not YAML: "),
    ],
)
def test_a_mistake_is_named_with_its_remedy(tmp_path, text, message):
    path = written(tmp_path, text + "\n")
    with pytest.raises(UserError) as caught:
        load_params(path)
    assert str(caught.value).startswith(message.replace("{path}", str(path)))


@pytest.mark.parametrize("text", ["lora: {alpha: .inf}"])
def test_an_infinite_number_is_out_of_range(tmp_path, text):
    with pytest.raises(UserError, match=r"lora\.alpha must be"):
        load_params(written(tmp_path, text))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_bytes("model: café\n".encode("latin-1"))
    with pytest.raises(UserError, match="is not YAML"):
        load_params(path)


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(UserError, match=r"params file .* is missing: run from the project's folder, or name it with"):
        load_params(tmp_path / name)


def test_a_missing_key_is_named(tmp_path):
    path = written(tmp_path, "lr: 1e-4\nlora: {r: 8, alpha: 16, dropout: 0}\n")
    with pytest.raises(UserError, match=r"has no seed: add it, for example seed: 1"):
        read_params(path, ("lr", "seed"))
    with pytest.raises(UserError, match=r"has no lora\.target_modules: add it, for example lora\.target_modules: text"):
        read_params(path, ("lr", "lora"))
    with pytest.raises(UserError, match=r"has no split\.train: add it"):
        read_params(path, ("split",))


def test_a_stage_that_declares_what_has_no_rule_is_our_own_bug(tmp_path):
    with pytest.raises(KeyError, match="learning_rate"):
        read_params(written(tmp_path, "lr: 1e-4\n"), ("learning_rate",))


def test_the_toys_params_pass(tmp_path):
    path = write_params(tmp_path / "params.yaml", "models/toy", {"lr": 1e-5, "lora.r": 2})
    assert load_params(path)["lora"]["r"] == 2
    assert read_params(path, ("lr", "model")) == {"lr": 1e-5, "model": "models/toy"}


# A grid of settings.


GRID_TEXT = "lr: 0.5\nbatch_size: 8\nseed: 3\ngrid:\n  gentle: {lr: 1e-5, epochs: 3}\n  brisk: {lr: 2e-3}\n"


def test_a_row_counts_in_place_of_the_top_level_and_fills_what_it_lacks(tmp_path):
    path = written(tmp_path, GRID_TEXT)
    wanted = ("lr", "epochs", "batch_size")
    assert read_params(path, wanted, row="gentle") == {"lr": 1e-5, "epochs": 3, "batch_size": 8}
    assert read_params(path, ("lr", "seed"), row="brisk") == {"lr": 2e-3, "seed": 3}
    assert read_params(path, ("lr",)) == {"lr": 0.5}, "no row, no grid"
    with pytest.raises(UserError, match=r"has no epochs: add it, for example epochs: 1"):
        read_params(path, wanted, row="brisk")
    assert load_params(path)["lr"] == 0.5


def test_a_stage_may_see_the_whole_grid(tmp_path):
    path = written(tmp_path, GRID_TEXT)
    grid = {"gentle": {"lr": 1e-5, "epochs": 3}, "brisk": {"lr": 2e-3}}
    assert read_params(path, ("seed", "grid")) == {"seed": 3, "grid": grid}
    assert list(read_params(path, ("grid",))["grid"]) == ["gentle", "brisk"], "in the order of the file"
    with pytest.raises(UserError, match=r"has no grid: add it, for example grid: \{gentle: "):
        read_params(written(tmp_path, "lr: 1e-4\n"), ("grid",))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("gentel", "grid in {path} has no row 'gentel' (did you mean gentle?): it has gentle, brisk"),
        ("x", "grid in {path} has no row 'x': it has gentle, brisk"),
        ("", "grid in {path} has no row '': it has gentle, brisk"),
    ],
)
def test_an_unknown_row_is_named_with_the_nearest(tmp_path, row, message):
    path = written(tmp_path, GRID_TEXT)
    with pytest.raises(UserError) as caught:
        read_params(path, ("lr",), row=row)
    assert str(caught.value) == message.replace("{path}", str(path))


def test_a_row_of_a_file_without_grid_is_named(tmp_path):
    with pytest.raises(UserError, match=r"has no row 'gentle': it has none"):
        read_params(written(tmp_path, "lr: 1e-4\n"), ("lr",), row="gentle")


CAN_SET = (
    "a row of grid can set lr, epochs, batch_size, micro_batch_size, warmup_ratio, weight_decay, max_grad_norm, patience, grid.a in {path} "
    "has "
)


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("{a: {epoch: 3}}", CAN_SET + "epoch (did you mean epochs?): take it out, or set it for all rows"),
        ("{a: {lora.r: 3}}", CAN_SET + "lora.r"),
        ("{a: {seed: 3}}", CAN_SET + "seed: take it out, or set it for all rows"),
        ("{a: {3: 3}}", CAN_SET + "3: take it out"),
        ("{a: {lr: fast}}", "grid.a.lr must be a number, {path} has 'fast': write grid.a.lr: 0.0002"),
        ("{a: {lr: }}", "grid.a.lr must be a number, {path} has nothing: write grid.a.lr: 0.0002"),
        ("{a: {epochs: 2.5}}", "grid.a.epochs must be a whole number, {path} has 2.5: write grid.a.epochs: 1"),
        ("{a: {lr: 2}}", "grid.a.lr must be above 0 and at most 1, {path} has 2: change grid.a.lr there"),
        ("{a: {lr: 0.1}, b: {epochs: 0}}", "grid.b.epochs must be at least 1 and at most 1000, {path} has 0"),
        ("{a: 0.1}", "grid.a must be a mapping in {path}, like a: {lr: 0.0002, epochs: 2}"),
        ("{a: {}}", "grid.a must be a mapping in {path}, like a: {lr: 0.0002, epochs: 2}"),
        ("{}", "grid must be a mapping of names to settings in {path}, like grid: {gentle: {lr: 0.0002}}"),
        ("", "grid must be a mapping of names to settings in {path}, like grid: {gentle: {lr: 0.0002}}"),
        ("[0.1, 0.2]", "grid must be a mapping of names to settings in {path}, like"),
        ("{1: {lr: 0.1}}", "a row of grid must have a name of letters, {path} has 1: call it gentle, say"),
        ("{../up: {lr: 0.1}}", "a row of grid must have a name of letters, {path} has '../up': call it gentle, say"),
        ("{'': {lr: 0.1}}", "a row of grid must have a name of letters, {path} has '': call it gentle, say"),
        ('{"a\\n": {lr: 0.1}}', "a row of grid must have a name of letters, {path} has 'a\\n': call it gentle, say"),
    ],
)
def test_a_mistake_in_the_grid_is_named_with_its_remedy(tmp_path, grid, message):
    path = written(tmp_path, f"lr: 0.1\ngrid: {grid}\n")
    with pytest.raises(UserError) as caught:
        load_params(path)
    assert str(caught.value).startswith(message.replace("{path}", str(path)))


@pytest.mark.parametrize("name", ["gentle", "Brisk-2", "a_b"])
def test_a_row_is_called_what_a_file_can_be_called(tmp_path, name):
    assert load_params(written(tmp_path, f"grid: {{{name}: {{lr: 0.1}}}}\n"))["grid"] == {name: {"lr": 0.1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("split: {contained: grup}", "split.contained must be one of group, allow, {path} has 'grup' (did you mean gr"),
        ("split: {contained: true}", "split.contained must be text, {path} has True: write split.contained: group"),
        ("split: {min_words: -1}", "split.min_words must be at least 0, {path} has -1: change split.min_words there"),
        ("max_tokens: 4", "max_tokens must be at least 8, {path} has 4: change max_tokens there"),
        ("max_length: 4", "unknown parameter max_length in {path} (did you mean max_tokens?)"),
        ("choose: {batch_size: 0}", "classify.batch_size must be at least 1"),
        ("classify: {batch_size: x}", "classify.batch_size must be a whole number, {path} has 'x'"),
        ("classify: {size: 1}", "unknown parameter classify.size in {path}"),
    ],
)
def test_a_classifiers_parameters_have_their_rules(tmp_path, text, message):
    path = written(tmp_path, text + "\n")
    with pytest.raises(UserError) as caught:
        load_params(path)
    assert str(caught.value).startswith(message.replace("{path}", str(path)))
