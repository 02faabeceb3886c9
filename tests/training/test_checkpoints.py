"""A run continued at any step ends with the same bits, and damaged checkpoints are never used."""

import json
import math
import os
import re
import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from filelock import FileLock
from safetensors import safe_open

from pipeline_lib.core.errors import UserError
from pipeline_lib.models import run_cache
from pipeline_lib.models.classifier import Labelled, label_nll
from pipeline_lib.models.loading import head_of, load_causal, load_classifier, locate
from pipeline_lib.models.lora import add_lora
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.training import checkpoint_policy, checkpoints
from pipeline_lib.training.checkpoint_policy import CheckpointPolicy
from pipeline_lib.training.checkpoints import Checkpoints
from pipeline_lib.training.loop import train
from pipeline_lib.training.objective import Objective
from pipeline_lib.training.state import State, restore
from tests.helpers.disk import full_disk
from tests.helpers.stages import refused
from tests.helpers.toy_training import learnt, objective
from tests.helpers.training_outputs import listed

EPOCHS, STEPS = 4, 3  # 3 an epoch
SETTINGS: dict[str, Any] = {
    "epochs": EPOCHS, "batch_size": 4, "micro_batch_size": 4, "warmup_ratio": 0.2, "weight_decay": 0.01,
    "max_grad_norm": 1.0, "patience": None, "seed": 3,
}  # fmt: skip
ADAPTER: dict[str, Any] = {"r": 4, "alpha": 8, "dropout": 0.2, "target_modules": "all-linear", "seed": 1}
SPEEDS = ("seconds", "tokens_per_second", "seconds_left", "memory_gb")


def loaded(store) -> Any:
    """Return a state that is there."""
    return store.load()


@dataclass
class EachStep:
    """Saves the state after each step and each epoch, each in a folder of its own."""

    folder: Path
    kept: list[Path] = field(default_factory=list)

    def load(self):
        return None

    def due(self, step, epoch_end):
        return True

    def save(self, state):
        self.kept.append(self.folder / f"{len(self.kept):03}")
        Checkpoints(self.kept[-1]).save(state)


@dataclass
class From:
    """Continues from a folder, and saves nothing."""

    folder: Path

    def load(self):
        return Checkpoints(self.folder).load()

    def due(self, step, epoch_end):
        return False

    def save(self, state):
        raise AssertionError("nothing is due")


def lora(llama_folder, encoder_folder):
    model = add_lora(load_causal(locate(str(llama_folder)), torch.float32), **ADAPTER)
    return model, texts(), texts()[:4], objective(), 0.03


def full(llama_folder, encoder_folder):
    model = load_causal(locate(str(llama_folder)), torch.float32)
    return model.requires_grad_(True), texts(), texts()[:4], objective(), 0.01


def classifier(llama_folder, encoder_folder):
    torch.manual_seed(1)
    model = load_classifier(locate(str(encoder_folder)), ["no", "yes"], torch.float32, new_head=True)
    assert model.config.hidden_dropout_prob > 0
    model = add_lora(model, **ADAPTER, head=head_of(model))
    rows = [Labelled(str(row), [2, *[10 + row % 2] * (3 + row % 3), 3], row % 2, 0) for row in range(9)]
    return model, rows, rows[:4], Objective(partial(label_nll, pad_id=0), lambda row: 1), 0.01


def texts() -> list[Encoded]:
    """Return 9 short rows of differing lengths."""
    return [
        Encoded(str(row), [40 + row * 7 % 50, 60 + row, 45, *range(50 + 3 * row, 54 + 3 * row + row % 3), 2], 3, 0)
        for row in range(9)
    ]


class Turn:
    """Errors that fall until the end of the second epoch and rise then, on any machine.

    They are the distance from the weights that the first run had at that end.
    """

    def __init__(self):
        self.seen = []

    def __call__(self, model, rows):
        self.seen.append(sum(weight.abs().sum().item() for weight in model.parameters() if weight.requires_grad))
        return abs(self.seen[-1] - self.seen[min(1, len(self.seen) - 1)])


def run(case, llama_folder, encoder_folder, checkpoint, turn=None):
    model, rows, validation, measure, lr = case(llama_folder, encoder_folder)
    torch.manual_seed(int(time.time()))  # whatever was drawn before
    here = Accelerator(cpu=True)
    measure = replace(measure, errors=turn)
    result = train(model, rows, validation, measure, accelerator=here, checkpoint=checkpoint, lr=lr, **SETTINGS)
    return learnt(model), result


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def lasting(history):
    """Return the history without the speeds: a second run must repeat it."""
    return [{name: value for name, value in row.items() if name not in SPEEDS} for row in history]


@pytest.mark.parametrize("case", [lora, full, classifier])
def test_a_run_continued_at_any_step_ends_with_the_same_bits(case, llama_folder, encoder_folder, tmp_path):
    again = partial(run, case, llama_folder, encoder_folder, turn=Turn())
    again(None)
    plain, whole = again(None)
    assert whole.best_epoch == 2
    each = EachStep(tmp_path)
    saved, result = again(each)
    assert same(plain, saved), "saving changes nothing"
    assert lasting(result.history) == lasting(whole.history)
    assert len(each.kept) == EPOCHS * (STEPS + 1)
    for folder in each.kept:
        resumed, result = again(From(folder))
        assert same(plain, resumed), folder.name
        assert lasting(result.history) == lasting(whole.history)
        assert result.best_epoch == whole.best_epoch
        assert result.seconds >= sum(row.get("seconds", 0) for row in result.history), "of both parts"


def test_a_run_without_validation_rows_continues_too(llama_folder, encoder_folder, tmp_path):
    model, rows, _, measure, lr = lora(llama_folder, encoder_folder)
    each = EachStep(tmp_path)
    go: Any = partial(train, accelerator=Accelerator(cpu=True), lr=lr, **(SETTINGS | {"epochs": 2}))
    first = go(model, rows, [], measure, checkpoint=each)
    for folder in each.kept:
        again, *_ = lora(llama_folder, encoder_folder)
        result = go(again, rows, [], measure, checkpoint=From(folder))
        assert same(learnt(model), learnt(again))
        assert (result.best_epoch, lasting(result.history)) == (2, lasting(first.history))


def test_due_is_called_after_each_step_and_each_epoch(llama_folder, encoder_folder):
    calls = []

    class Never(From):
        def due(self, step, epoch_end):
            calls.append((step, epoch_end))
            return False

    run(full, llama_folder, encoder_folder, Never(Path("nowhere")))
    assert calls[:8] == [
        (1, False), (2, False), (3, False), (3, True), (4, False), (5, False), (6, False), (6, True),
    ]  # fmt: skip
    assert len(calls) == EPOCHS * (STEPS + 1)


def state(step: int, **changes) -> State:
    """Return a state with a value in each field, also values that no short decimal has."""
    fresh = State(
        step=step, epoch=2, place=1, seconds=12.5 + 1e-13, best_epoch=1, best_loss=math.pi / 3,
        history=[{"step": 1, "epoch": 1, "split": "train", "loss": 0.1 + 0.2, "lr": 1e-5 / 3}],
        schedule={"last_epoch": step, "_last_lr": [1 / 3], "lr_lambdas": [{}]},
        scaler={"scale": 65536.0},
        weights={"a.b": torch.randn(3, 2), "c": torch.randn(4).bfloat16()},
        best={"a.b": torch.randn(3, 2), "c": torch.zeros(4)},
        optimizer={"0.step": torch.tensor(3.0), "0.exp_avg": torch.randn(3, 2)},
        random={"cpu": torch.get_rng_state()[None]},
    )  # fmt: skip
    return replace(fresh, **changes)


def steps(folder: Path) -> list[int]:
    return [int(name.split("-")[0]) for name in listed(folder)]


def test_a_saved_state_loads_unchanged(tmp_path):
    torch.manual_seed(1)
    written, store = state(7), Checkpoints(tmp_path / "run")
    before = time.time()
    store.save(written)
    found = loaded(Checkpoints(tmp_path / "run"))
    for name in ("weights", "best", "optimizer", "random"):
        mine, its = getattr(written, name), getattr(found, name)
        assert same(mine, its)
        assert {key: value.dtype for key, value in mine.items()} == {key: value.dtype for key, value in its.items()}
    for name in ("step", "epoch", "place", "seconds", "best_epoch", "best_loss", "history", "schedule", "scaler"):
        assert getattr(found, name) == getattr(written, name)
    assert before <= found.saved <= time.time()
    # Before the first epoch is done there is no best.
    store.save(state(8, best={}, best_epoch=0, best_loss=math.inf))
    found = loaded(store)
    assert (found.best, found.best_epoch, found.best_loss) == ({}, 0, math.inf)
    store.remove()
    assert listed(tmp_path) == []


def test_each_process_goes_on_from_its_own_random_state():
    randoms = [torch.Generator().manual_seed(seed).get_state() for seed in (1, 2)]
    weight = torch.nn.Parameter(torch.zeros(2, 2))
    optimizer = torch.optim.AdamW([weight])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    kept = State(weights={"a": torch.ones(2, 2)}, schedule=schedule.state_dict(), random={"cpu": torch.stack(randoms)})
    for number, own in enumerate(randoms):
        process: Any = SimpleNamespace(process_index=number, scaler=None)
        restore(kept, {"a": weight}, optimizer, schedule, process)
        assert torch.equal(torch.get_rng_state(), own)
    assert torch.equal(weight, torch.ones(2, 2))


def test_a_checkpoint_is_safetensors_with_json_named_after_its_hash(tmp_path):
    Checkpoints(tmp_path).save(state(12))
    (name,) = listed(tmp_path)
    assert re.fullmatch(r"00000012-000002-[0-9a-f]{64}\.safetensors", name)
    with safe_open(tmp_path / name, framework="pt") as file:
        facts = json.loads(file.metadata()["state"], parse_constant=pytest.fail)
    assert (facts["step"], facts["best_loss"]) == (12, math.pi / 3)


def test_the_last_two_are_kept(tmp_path):
    store = Checkpoints(tmp_path)
    for step in (8, 9, 10, 11):
        store.save(state(step))
    assert (steps(tmp_path), loaded(store).step) == ([10, 11], 11)
    # The same step again, after its validation: the newer one counts.
    store.save(state(11, epoch=3, place=0))
    assert (steps(tmp_path), loaded(store).epoch) == ([11, 11], 3)


def damaged(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "half":
        content = content[: len(content) // 2]
    elif how == "empty":
        content = bytearray()
    else:
        content[-1] ^= 1  # one bit, in a tensor: safetensors itself would not see it
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["half", "empty", "bit"])
def test_damaged_checkpoints_are_skipped_with_a_line(tmp_path, how):
    lines: list[str] = []
    store = Checkpoints(tmp_path, lines.append)
    for step in (4, 5):
        store.save(state(step))
    damaged(tmp_path / listed(tmp_path)[1], how)
    assert loaded(store).step == 4
    assert lines == ["the checkpoint of step 5 is damaged: skipped"]
    # It is not counted among the two that are kept.
    store.save(state(5))
    assert steps(tmp_path) == [4, 5]
    assert loaded(Checkpoints(tmp_path, pytest.fail)).step == 5
    for name in listed(tmp_path):
        damaged(tmp_path / name, how)
    assert store.load() is None
    assert lines[1:] == [
        "the checkpoint of step 5 is damaged: skipped",
        "the checkpoint of step 4 is damaged: skipped",
        "all checkpoints are damaged: training starts from the beginning",
    ]
    store.save(state(1))
    assert steps(tmp_path) == [1]


def test_an_empty_folder_has_no_checkpoint(tmp_path):
    assert Checkpoints(tmp_path / "nowhere", pytest.fail).load() is None
    (tmp_path / "draft").write_bytes(b"killed while this was written")
    assert Checkpoints(tmp_path, pytest.fail).load() is None


def test_a_full_disk_is_one_line_and_keeps_the_earlier_checkpoint(tmp_path):
    store = Checkpoints(tmp_path)
    store.save(state(1))
    before = listed(tmp_path)
    message = rf"cannot write the checkpoint of step 2 to {re.escape(str(tmp_path))}: .*: free some space, or set TARE_"
    with full_disk(50_000):
        refused(message, store.save, state(2, weights={"a": torch.zeros(100_000)}))
    assert (listed(tmp_path), loaded(store).step) == (before, 1)


def test_only_one_lock_of_a_folder_at_a_time(tmp_path):
    folder = tmp_path / "runs" / "a"
    with run_cache.lock(folder, "this is done"):
        Checkpoints(folder).save(state(1))
        wanted = rf"this is done by process {os.getpid()} on \S+: wait for it, or stop it \(kill {os.getpid()}\)"
        with pytest.raises(UserError, match=wanted), run_cache.lock(folder, "this is done"):
            pytest.fail("held twice")
    with run_cache.lock(folder, "this is done"):
        assert loaded(Checkpoints(folder)).step == 1, "it stays for whoever goes on"


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_a_folder_without_checkpoints_is_removed_with_its_lock(tmp_path, error):
    expected = pytest.raises(error) if error else nullcontext()
    with expected, run_cache.lock(tmp_path / "runs" / "a", "this is done"):
        if error:
            raise error
    assert listed(tmp_path / "runs") == []


def test_an_abandoned_run_is_removed(tmp_path):
    lines: list[str] = []
    for name in ("old", "locked", "new"):
        Checkpoints(tmp_path / name).save(state(1))
    long_ago, lately = time.time() - 31 * 86400, time.time() - 29 * 86400
    os.utime(tmp_path / "new", (lately, lately))
    with FileLock(tmp_path / "locked" / "lock"):
        for name in ("old", "locked"):
            os.utime(tmp_path / name, (long_ago, long_ago))
        run_cache.remove_abandoned(tmp_path, lines.append)
    assert listed(tmp_path) == ["locked", "new"]
    assert lines == ["removed the checkpoints of a run that was not continued for 30 days (old)"]
    run_cache.remove_abandoned(tmp_path / "nowhere", pytest.fail)


def test_the_folder_of_runs_is_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "mine"))
    assert run_cache.runs_folder() == tmp_path / "mine" / "runs"
    monkeypatch.delenv("TARE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert run_cache.runs_folder() == tmp_path / "tare" / "runs"


def test_fingerprints_differ_where_anything_differs(tmp_path):
    assert run_cache.fingerprint({"a": 1, "b": 0.1}) == run_cache.fingerprint({"b": 0.1, "a": 1})
    assert run_cache.fingerprint({"a": 1}) != run_cache.fingerprint({"a": 2})
    rows = [Encoded("1", [5, 6], 1, 0), Encoded("2", [7], 1, 0)]
    assert run_cache.fingerprint_rows(rows) == run_cache.fingerprint_rows(list(rows))
    others = [[*rows, rows[0]], rows[::-1], [rows[0], replace(rows[1], ids=[8])], [rows[0], replace(rows[1], start=0)]]
    assert len({run_cache.fingerprint_rows(other) for other in [rows, *others]}) == 5
    tensor = torch.tensor([[1.0, 2.0]])
    changed = [{"b": tensor}, *({"a": one} for one in (tensor.T, tensor.double(), tensor + 1e-7, tensor.bfloat16()))]
    assert len({run_cache.fingerprint_tensors(other) for other in [{"a": tensor}, *changed]}) == 6
    assert run_cache.fingerprint_tensors({"a": tensor, "b": tensor}) == run_cache.fingerprint_tensors(
        {"b": tensor, "a": tensor.clone()}
    )
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "weights.bin").write_text("x")
    one = run_cache.fingerprint_files(tmp_path, ".json", ".py")
    (tmp_path / "config.json").write_text("{ }")
    assert list(one) == ["config.json"]
    assert run_cache.fingerprint_files(tmp_path, ".json", ".py") != one


def test_code_hashes_and_environment(monkeypatch):
    hashes = run_cache.code_hashes("models", "training")
    assert {"training/loop.py", "models/batching.py", "models/forward.py", "models/classifier.py"} <= hashes.keys()
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in hashes.values())
    assert all(name.startswith("inference/") for name in run_cache.code_hashes("inference"))
    here = torch.device("cpu")
    found = run_cache.environment(here, "bf16")
    assert {"torch", "transformers", "peft", "accelerate"} <= found.keys()
    assert (found["device"], found["processes"], found["threads"]) == ("cpu", 1, torch.get_num_threads())
    assert run_cache.environment(here, "no", 2) == found | {"precision": "no", "processes": 2}
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    assert run_cache.environment(here, "bf16") == found | {"MKL_CBWR": "COMPATIBLE"}


def test_a_checkpoint_and_its_folder_are_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    done: list[str] = []
    replace_file = os.replace

    def rename(draft: Path, path: Path) -> None:
        done.append("rename")
        replace_file(draft, path)

    monkeypatch.setattr(checkpoints, "sync", lambda path: done.append(f"sync {path.name}"))
    monkeypatch.setattr(checkpoints.os, "replace", rename)
    Checkpoints(tmp_path / "run").save(state(1))
    assert done == ["sync draft", "rename", "sync run"]


def test_slow_saves_take_a_twentieth_of_the_time_at_most(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(checkpoint_policy.time, "monotonic", lambda: now)
    saved: list[float] = []

    def save(_: State) -> None:
        nonlocal now
        saved.append(now)
        now += 10  # a save of ten seconds

    store: Any = SimpleNamespace(save=save, load=lambda: None)
    alone: Any = SimpleNamespace(
        gather=lambda numbers: numbers, device=torch.device("cpu"), is_main_process=True, wait_for_everyone=lambda: None
    )
    policy = CheckpointPolicy(
        store, alone, 999, every=30.0, stop_code=lambda seconds: 0, log=print, on_resume=lambda loaded: None
    )
    for _ in range(900):
        now += 1
        if policy.due(1, epoch_end=False):
            policy.save(state(1))
    assert saved == [1030.0, 1240.0, 1450.0, 1660.0, 1870.0], "after 30 s, and then 200 s after each save of 10 s"
