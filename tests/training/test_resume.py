"""Stages that train end with the same files after they were killed, stopped, out of time or started twice."""

import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from pipeline_lib.cli import command
from pipeline_lib.core.files import write_jsonl
from pipeline_lib.training import job
from pipeline_lib.training import run as training_run
from stages import finetune
from stages import verify_determinism as verify
from tests.helpers import toys
from tests.helpers.classifier_runs import split_of
from tests.helpers.crashes import at_step, crash_at
from tests.helpers.disk import full_disk
from tests.helpers.preloaded import preloaded_python
from tests.helpers.stages import error_of, refused, run_stage
from tests.helpers.training_outputs import contents, history, listed, places

SPEEDS = ("seconds", "tokens_per_second", "seconds_left", "memory_gb")
OUTS = ["training", "tuned"]
BEFORE = ["cache", "params.yaml", "split"]
SIGNALS = pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")]
)
SECONDS = "must be a number of seconds, at least"
ONE = {"weights": "a" * 64, "losses": [2.5, 2.25], "environment": {"torch": "2.13.0", "threads": 2}}


@pytest.fixture
def project(tmp_path, llama_folder, monkeypatch):
    """A folder with a split, params for 9 steps, 3 an epoch, and a cache of its own, where each step is saved."""
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TARE_CHECKPOINT_SECONDS", "0")
    return filled(tmp_path, llama_folder)


@pytest.fixture(scope="module")
def expected(tmp_path_factory, llama_folder):
    """The files and the history of a run without interruption."""
    folder = filled(tmp_path_factory.mktemp("uninterrupted"), llama_folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TARE_CACHE", str(folder / "cache"))
        tune(folder)
    return results(folder)


def filled(folder: Path, model: Path) -> Path:
    """Write a split of 10 training and 3 validation rows, and params."""
    made = toys.examples(13)
    (folder / "cache").mkdir()
    for name, rows in (("train", made[:10]), ("validation", made[10:])):
        write_jsonl(folder / "split" / f"{name}.jsonl", rows)
    set_params(folder, model)
    return folder


def set_params(folder: Path, model: Path, **changes) -> None:
    small = {"epochs": 3, "lora.dropout": 0.2, "prompt.few_shot": 0}
    toys.write_params(folder / "params.yaml", model, small | changes)


def tune(folder: Path) -> str:
    return run_stage(finetune, *places(folder))


def stopped(folder: Path, code: int, capfd) -> str:
    """Train as the command line does, exit with `code`, leave nothing, and return what is on stderr."""
    with pytest.raises(SystemExit) as ended:
        command.run(partial(finetune.main, places(folder)))
    assert (ended.value.code, listed(folder)) == (code, BEFORE)
    return capfd.readouterr().err


def runs(folder: Path) -> list[str]:
    """Return the names of the runs that can be continued."""
    return sorted({path.parent.name for path in (folder / "cache" / "runs").glob("*/*.safetensors")})


def lasting(folder: Path) -> list[dict[str, str]]:
    return [{name: text for name, text in row.items() if name not in SPEEDS} for row in history(folder)]


def results(folder: Path):
    return contents(folder / "tuned"), lasting(folder)


def remove_results(folder: Path) -> None:
    for name in OUTS:
        shutil.rmtree(folder / name)


@pytest.mark.parametrize("steps", [[1], [3], [4], [9], [2, 5, 5, 8]])
def test_a_killed_run_continues_and_ends_with_the_same_bytes(project, expected, steps):
    for step in steps:
        crash_at(step, tune, project)
        assert listed(project) == BEFORE, "half an adapter is none"
    printed = tune(project)
    assert results(project) == expected
    if steps != [1]:
        assert re.search(rf"^continuing from step {steps[-1] - 1} of 9, saved \d seconds ago$", printed, re.MULTILINE)
    assert listed(project / "cache" / "runs") == [], "checkpoints go when the outs are there"


def test_a_full_disk_at_the_end_loses_no_training(project, expected, monkeypatch):
    def full(model, tokenizer, base, folder, **_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(job, "save_trained", full)
        refused(r"cannot write .*: No space left on device; nothing was left behind", tune, project)
    assert listed(project) == BEFORE
    assert re.search(r"continuing from step 9 of 9, saved \d seconds ago", tune(project))
    assert results(project) == expected


def test_a_damaged_checkpoint_is_skipped_with_a_line(project, expected):
    crash_at(6, tune, project)
    found = sorted((project / "cache" / "runs").glob("*/*.safetensors"))
    assert [path.name[:8] for path in found] == ["00000004", "00000005"]
    found[-1].write_bytes(found[-1].read_bytes()[:-1] + b"\x7f")
    printed = tune(project)
    assert "the checkpoint of step 5 is damaged: skipped\n" in printed
    assert "continuing from step 4 of 9, saved " in printed
    assert results(project) == expected


@pytest.mark.parametrize(
    "change",
    [{"lr": 0.011}, {"seed": 7}, {"epochs": 4}, {"lora.dropout": 0.1}, {"micro_batch_size": 2}, "train", "validation"],
)
def test_other_params_or_data_never_use_an_old_checkpoint(project, llama_folder, change):
    crash_at(4, tune, project)
    before = runs(project)
    assert len(before) == 1
    if isinstance(change, dict):
        set_params(project, llama_folder, **change)
    else:
        path = project / "split" / f"{change}.jsonl"
        text = path.read_text(encoding="utf-8")
        assert "mm" in text
        path.write_text(text.replace("mm", "cm", 1), encoding="utf-8")
    crash_at(2, tune, project)
    assert len(runs(project)) == 2
    assert set(before) < set(runs(project))


def test_another_number_of_threads_or_another_base_is_another_run(project, monkeypatch):
    params = finetune.read_params(project / "params.yaml", finetune.PARAMS)
    prepared = finetune.prepare(params, project / "split")
    first = prepared.facts()
    assert finetune.prepare(params, project / "split").facts() == first
    assert json.loads(json.dumps(first)) == first
    monkeypatch.setattr("torch.get_num_threads", lambda: 7)
    other = prepared.facts()
    assert {name for name in first if first[name] != other[name]} == {"environment"}
    params["model"] = str(toys.write_gpt2(project / "other"))
    other = finetune.prepare(params, project / "split").facts()
    assert {"base", "base_files", "rows", "validation"} <= {name for name in first if first[name] != other[name]}


@pytest.mark.parametrize(
    ("seconds", "again", "step"),
    [("0", {"TARE_CHECKPOINT_SECONDS": "1000", "TARE_TIME_LIMIT_SECONDS": "1000"}, 7), ("300", {}, 6)],
    ids=["other seconds are the same run", "the end of an epoch is always saved"],
)
def test_checkpoint_interval_and_time_limit_do_not_change_the_run(project, monkeypatch, seconds, again, step):
    monkeypatch.setenv("TARE_CHECKPOINT_SECONDS", seconds)
    crash_at(8, tune, project)
    for name, value in again.items():
        monkeypatch.setenv(name, value)
    assert f"continuing from step {step} of 9" in tune(project)


def test_a_failed_run_leaves_no_checkpoint(project, llama_folder):
    set_params(project, llama_folder, lr=1e-45)
    refused("training changed no weight", tune, project)
    assert listed(project / "cache" / "runs") == []
    # Drafts of a killed run are removed.
    set_params(project, llama_folder)
    for name in (".tuned.123.tmp", ".training.123.tmp", ".tuned.123.tmp.old"):
        (project / name).mkdir()
        (project / name / ("base.json" if name.endswith(".old") else "history.csv")).write_text("{")
    tune(project)
    assert listed(project) == sorted([*BEFORE, *OUTS]), "what it replaced came back, and was replaced"


@SIGNALS
def test_a_signal_stops_after_the_step_and_says_how_to_go_on(project, expected, monkeypatch, capfd, number, code, word):
    monkeypatch.setenv("TARE_CHECKPOINT_SECONDS", "1000")
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with monkeypatch.context() as patched:
        at_step(patched, 5, lambda: os.kill(os.getpid(), number))
        printed = stopped(project, code, capfd)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert "stopping after this step; a second time stops at once\n" in printed
    assert printed.endswith(f"\nstopped by {word}: run the same command again to continue from step 5 of 9\n")
    assert "Traceback" not in printed
    assert "continuing from step 5 of 9" in tune(project)
    assert results(project) == expected


@SIGNALS
def test_a_second_signal_stops_at_once(project, monkeypatch, capfd, number, code, word):
    def twice():
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        pytest.fail("it went on")

    with monkeypatch.context() as patched:
        at_step(patched, 5, twice)
        assert stopped(project, code, capfd).endswith(f"stopped by {word}; nothing half-written was left behind\n")
    assert "continuing from step 4 of 9" in tune(project)


def test_a_signal_after_the_last_step_stops_before_anything_is_written(project, monkeypatch, capfd):
    def late(*args, **kwargs):
        result = train(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGINT)
        return result

    train = training_run.train
    monkeypatch.setattr(training_run, "train", late)
    assert "run the same command again to continue from step 9 of 9\n" in stopped(project, 130, capfd)


def test_a_run_in_several_time_limits_ends_the_same(project, expected, monkeypatch, capfd):
    monkeypatch.setenv("TARE_TIME_LIMIT_SECONDS", "1")
    with monkeypatch.context() as patched:
        for step in range(1, 10):
            at_step(patched, step, lambda: time.sleep(0.4))
        found = []
        for _ in range(2):
            wanted = r"by the time limit \(TARE_TIME_LIMIT_SECONDS\): run the .* step (\d) of 9\n"
            found.append(int(re.findall(wanted, stopped(project, 75, capfd))[0]))
    assert 1 <= found[0] <= 3
    assert found[0] < found[1]
    monkeypatch.delenv("TARE_TIME_LIMIT_SECONDS")
    assert f"continuing from step {found[1]} of 9" in tune(project)
    assert results(project) == expected


def test_a_full_cache_disk_is_a_warning(project, monkeypatch, capfd):
    monkeypatch.setenv("TARE_CHECKPOINT_SECONDS", "1000")
    at_step(monkeypatch, 5, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with full_disk(20_000), pytest.raises(SystemExit, match="143"):
        command.run(partial(finetune.main, places(project)))
    printed = capfd.readouterr()
    assert "warning: cannot write the checkpoint of step 3 to " in printed.out
    message = "stopped by SIGTERM: no checkpoint could be written, the same command starts from the beginning\n"
    assert printed.err.endswith(message)
    assert runs(project) == []


def test_sigterm_while_writing_removes_the_draft(project, monkeypatch, capfd):
    def kill(model, tokenizer, base, folder, **_):
        (folder / "adapter_model.safetensors").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("it went on")

    monkeypatch.setattr(job, "save_trained", kill)
    assert stopped(project, 143, capfd).endswith("stopped by SIGTERM; nothing half-written was left behind\n")


def test_a_second_process_is_refused_with_the_number_of_the_first(project, llama_folder, monkeypatch):
    me, errors = os.getpid(), list[str]()

    def again():
        errors.extend(error_of(run_stage, finetune, *places(project, out)) for out in ("tuned", "other"))
        # Killing dvc leaves its child training: what it writes in the end would take the place of a new run's files.
        set_params(project, llama_folder, lr=0.02)
        errors.append(error_of(tune, project))

    at_step(monkeypatch, 2, again)
    tune(project)
    wait = rf"by process {me} on \S+: wait for it, or stop it \(kill {me}\) and run this again"
    same_folder = rf"\S+/tuned is being made {wait}"
    patterns = (same_folder, f"the same training is being done {wait}", same_folder)
    for wanted, error in zip(patterns, errors, strict=True):
        assert re.fullmatch(wanted, error)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("TARE_CHECKPOINT_SECONDS", "five", f"{SECONDS} 0, it is 'five': set"),
        ("TARE_CHECKPOINT_SECONDS", "-1", f"{SECONDS} 0, it is '-1': set"),
        ("TARE_CHECKPOINT_SECONDS", "nan", f"{SECONDS} 0, it is 'nan': set"),
        ("TARE_TIME_LIMIT_SECONDS", "0", f"{SECONDS} 1, it is '0': set"),
        ("TARE_TIME_LIMIT_SECONDS", "inf", f"{SECONDS} 1, it is 'inf': set"),
        ("TARE_CACHE", __file__, r"cannot use the folder of checkpoints .*: set TARE_CACHE to another folder"),
    ],
)
def test_a_wrong_variable_is_an_error_before_training(project, monkeypatch, capsys, name, value, message):
    monkeypatch.setenv(name, value)
    refused(message, tune, project)
    assert listed(project) == BEFORE
    assert "train:" not in capsys.readouterr().err


def start(folder: Path, *how: str, **environment: str) -> subprocess.Popen:
    python = f"{preloaded_python()}/python" if how else sys.executable  # a launcher may start at once
    return subprocess.Popen(
        [python, "-m", *how, "stages.finetune", *places(folder)], cwd=toys.ROOT, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(folder / "cache"), **environment},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def wait_for_step(folder: Path, process: subprocess.Popen, step: int) -> None:
    """Wait for a checkpoint of that step or of a later one."""
    while process.poll() is None:
        for path in (folder / "cache" / "runs").glob("*/*.safetensors"):
            if int(path.name.split("-")[0]) >= step:
                return
        time.sleep(0.002)
    pytest.fail(f"it ended before step {step}: {process.communicate()}")


def test_signals_at_random_points(project, llama_folder):
    set_params(project, llama_folder, epochs=40)
    tune(project)
    expected = results(project)
    remove_results(project)
    assert len(expected[1]) == 40 * 4
    # So far apart that no run has passed the next point when it is stopped.
    points = [start + random.randrange(8) for start in (2, 20, 70, 90)]
    print("stopped after steps", points)
    codes = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}
    for number, step in zip([*codes, signal.SIGKILL], points, strict=True):
        process = start(project)
        wait_for_step(project, process, step)
        if number == signal.SIGTERM:
            refused(f"is being made by process {process.pid} on", tune, project)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert process.returncode == codes[number], err
        assert ("continuing from step" in out) == (step > points[0])
        if number != signal.SIGKILL:
            assert re.search(r"run the same command again to continue from step \d+ of 120\n$", err)
        assert listed(project) == BEFORE
    assert re.search(r"continuing from step \d+ of 120, saved \d+ seconds ago", tune(project))
    assert results(project) == expected
    assert listed(project / "cache" / "runs") == []


def test_a_run_of_two_processes_is_that_of_one_and_continues(project, llama_folder):
    # 10 rows in batches of 3 over 2 processes: uneven shares, and a last batch that one process has no row of.
    settings = {"epochs": 8, "batch_size": 3, "micro_batch_size": 1, "lora.dropout": 0.0}
    set_params(project, llama_folder, **settings)
    tune(project)
    one, losses = load_file(project / "tuned" / "adapter_model.safetensors"), history(project)
    remove_results(project)
    set_params(project, llama_folder, **settings, **{"launch.processes": 2})
    printed = run_to_end(project)
    assert re.findall(r"\d+ x cpu", printed) == ["2 x cpu"], "two processes, of which the first one prints"
    expected = results(project)
    two = load_file(project / "tuned" / "adapter_model.safetensors")
    assert one.keys() == two.keys()
    for name in one:
        assert torch.allclose(one[name], two[name], atol=2e-5), name
    found, wanted = ([float(row["loss"]) for row in rows] for rows in (history(project), losses))
    # Training and validation loss of the first epoch; after that, rounding adds up.
    assert found[:5] == pytest.approx(wanted[:5], abs=1e-5)
    assert found == pytest.approx(wanted, abs=1e-4)
    remove_results(project)
    limited = start(project, TARE_TIME_LIMIT_SECONDS="1")
    _, err = limited.communicate(timeout=300)
    assert (limited.returncode, err.count("stopped by the time limit")) == (75, 1), err
    assert listed(project) == BEFORE
    # As a launcher of one's own starts them: the processes do not start others.
    by_hand = ("torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m")
    assert "continuing from step" in run_to_end(project, *by_hand)
    assert results(project) == expected


def test_a_run_whose_second_process_is_killed_says_so_and_continues(project, llama_folder):
    set_params(project, llama_folder, epochs=40, **{"launch.processes": 2})
    process = start(project)
    wait_for_step(project, process, 2)
    killed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()[-1]
    os.kill(int(killed), signal.SIGKILL)
    _, err = process.communicate(timeout=300)
    last = err.splitlines()[-1]
    assert process.returncode == 1
    assert re.fullmatch(r"error: process \d of this run was ended by SIGKILL, .*: run the same command again, .*", last)
    assert "Traceback" not in err
    assert listed(project) == BEFORE
    assert re.search(r"continuing from step \d+ of 120", run_to_end(project))


def run_to_end(folder: Path, *how: str) -> str:
    process = start(folder, *how)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out


def verify_once(folder: Path, *more: str, **options) -> str:
    """Run verify_determinism and return its last line."""
    where = {"params": folder / "params.yaml", "data": folder / "split"}
    return run_stage(verify, *more, **where, **options).splitlines()[-1]


def test_two_runs_from_scratch_give_the_same_bytes(project, monkeypatch):
    monkeypatch.setattr(sys, "executable", f"{preloaded_python()}/python")
    printed = verify_once(project, steps=4)
    assert re.fullmatch(r"the same bits twice after 4 steps: weights [0-9a-f]{16}", printed)
    refused("--steps must be at least 1, not 0", verify_once, project, steps=0)
    (project / "split" / "train.jsonl").unlink()
    message = r"the first of the two runs failed: .*train.jsonl is missing: run the stage"
    refused(message, verify_once, project)


def test_verify_stops_after_so_many_steps(project):
    two, whole = (json.loads(verify_once(project, "--once", steps=steps)) for steps in (2, 99))
    assert (len(two["losses"]), len(whole["losses"])) == (2, 9)
    assert two["losses"] == whole["losses"][:2]
    assert two["weights"] != whole["weights"]
    assert two["environment"] == whole["environment"]
    assert listed(project / "cache") == [], "it keeps nothing"


def test_verify_trains_a_classifier_too(tmp_path, encoder_folder):
    split_of(tmp_path, validation=[])
    toys.write_params(tmp_path / "params.yaml", encoder_folder, {"max_tokens": 32, "task": "sentiment"})
    first, second = (json.loads(verify_once(tmp_path, "--classifier", "--once", steps=1)) for _ in range(2))
    assert first == second


def test_verify_lists_the_differences(project, monkeypatch, capsys):
    assert verify.differences(ONE, ONE | {"environment": {}}) == [], "the bits count"
    other = {"weights": "b" * 64, "losses": [2.5, 2.26], "environment": {"torch": "2.13.0", "threads": 1, "MKL": "x"}}
    first = f"NOT the same bits: weights {'a' * 16} and {'b' * 16}"
    assert verify.differences(ONE, other) == [
        first, "the losses differ from step 2 on: 2.25 and 2.26", "MKL differs: None and x",
        "threads differs: 2 and 1",
    ]  # fmt: skip
    assert verify.differences(ONE, ONE | {"weights": "b" * 64}) == [
        first,
        "the losses are the same: only the last step's weights differ",
        "the environment is the same (torch 2.13.0, threads 2): an operation of this device has no fixed order",
    ]
    found = iter([ONE, other, ONE, ONE])
    monkeypatch.setattr(verify, "_in_own_process", lambda *_: next(found))
    with pytest.raises(SystemExit, match="1"):
        verify.main([f"--params={project / 'params.yaml'}", f"--data={project / 'split'}"])
    assert capsys.readouterr().out.startswith(first)
    assert verify_once(project) == f"the same bits twice after 2 steps: weights {'a' * 16}"
