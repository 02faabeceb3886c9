"""The params file: what DVC writes is read as meant, what a person mistypes is refused in one helpful line."""

from pathlib import Path

import pytest

from pipeline_lib.errors import UserError
from pipeline_lib.params import RULES, load_params, read_params
from tests.toys import ROOT, write_params


def written(folder: Path, text: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_committed_file_passes_and_holds_every_key():
    content = load_params(ROOT / "params.yaml")
    flat = {
        f"{name}.{key}" if isinstance(value, dict) and name != "columns" else name
        for name, value in content.items()
        for key in (value if isinstance(value, dict) and name != "columns" else [""])
    }
    assert flat == set(RULES)


@pytest.mark.parametrize(
    ("text", "value"), [("1e-05", 1e-5), ("1e-5", 1e-5), ("0.0002", 2e-4), ("2E-4", 2e-4), ("1.0e-5", 1e-5), ("1", 1)]
)
def test_lr_is_a_number_however_it_is_written(tmp_path, text, value):
    # `dvc exp run -S lr=1e-5` writes 1e-05, which YAML 1.1 takes for text.
    assert read_params(written(tmp_path, f"lr: {text}\n"), ("lr",)) == {"lr": value}


def test_a_stage_sees_what_it_declares_and_nothing_else(tmp_path):
    path = written(tmp_path, "lr: 1e-4\nseed: 7\nprompt: {max_tokens: 64, neighbours: 2}\n")
    assert read_params(path, ("prompt", "seed")) == {"prompt": {"max_tokens": 64, "neighbours": 2}, "seed": 7}


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
        ("clip: .nan", "clip must be above 0, {path} has nan: change clip there"),
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
