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
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from pipeline_lib.cli import command
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_jsonl
from pipeline_lib.training import job
from pipeline_lib.training import run as training_run
from stages import finetune, finetune_classifier, generate
from stages import verify_determinism as verify
from tests.helpers import toys
from tests.helpers.crashes import Crash, at_step
from tests.helpers.disk import full_disk
from tests.helpers.stages import error_of, refused
from tests.helpers.training_outputs import contents, history, listed, places

SPEEDS = ("seconds", "tokens_per_second", "seconds_left", "memory_gb")
OUTS = ["training", "tuned"]
BEFORE = ["cache", "params.yaml", "split"]


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
    for name in ("split", "cache"):
        (folder / name).mkdir()
    for name, rows in (("train", made[:10]), ("validation", made[10:])):
        write_jsonl(folder / "split" / f"{name}.jsonl", rows)
    set_params(folder, model)
    return folder


def set_params(folder: Path, model: Path, **changes) -> None:
    small = {"epochs": 3, "lora.dropout": 0.2, "prompt.few_shot": 0}
    toys.write_params(folder / "params.yaml", model, small | changes)


def tune(folder: Path) -> None:
    finetune.main(places(folder))


def stopped(main, code: int) -> None:
    """Run a stage as its command line does; it must exit with `code`."""
    with pytest.raises(SystemExit) as ended:
        command.run(main)
    assert ended.value.code == code


def crashed(folder: Path, number: int) -> None:
    """Train until that step is done, and end without any handler before it is saved."""

    def crash():
        raise Crash

    with pytest.MonkeyPatch.context() as patched:
        at_step(patched, number, crash)
        with pytest.raises(Crash):
            tune(folder)


def runs(folder: Path) -> list[str]:
    """Return the names of the runs that can be continued."""
    return sorted({path.parent.name for path in (folder / "cache" / "runs").glob("*/*.safetensors")})


def lasting(folder: Path) -> list[dict[str, str]]:
    return [{name: text for name, text in row.items() if name not in SPEEDS} for row in history(folder)]


def results(folder: Path):
    return contents(folder / "tuned"), lasting(folder)


def take(folder: Path):
    """Return the results, and remove them."""
    found = results(folder)
    for name in OUTS:
        shutil.rmtree(folder / name)
    return found


@pytest.mark.parametrize("step", [1, 3, 4, 9])
def test_a_killed_run_continues_and_ends_with_the_same_bytes(project, expected, capsys, step):
    crashed(project, step)
    assert listed(project) == BEFORE, "half an adapter is none"
    capsys.readouterr()
    tune(project)
    assert results(project) == expected
    said = capsys.readouterr().out
    if step > 1:
        assert re.search(rf"^continuing from step {step - 1} of 9, saved \d seconds ago$", said, re.MULTILINE)
    assert listed(project / "cache" / "runs") == [], "checkpoints go when the outs are there"


def test_a_run_may_be_killed_several_times(project, expected):
    for step in (2, 5, 5, 8):
        crashed(project, step)
    tune(project)
    assert results(project) == expected


def test_a_full_disk_at_the_end_loses_no_training(project, expected, monkeypatch, capsys):
    def full(model, tokenizer, base, folder, **_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(job, "save_trained", full)
        refused(r"cannot write .*: No space left on device; nothing was left behind", tune, project)
    assert listed(project) == BEFORE
    capsys.readouterr()
    tune(project)
    assert "continuing from step 9 of 9, saved 0 seconds ago" in capsys.readouterr().out
    assert results(project) == expected


def test_drafts_of_a_killed_run_are_removed(project):
    left = [".tuned.123.tmp", ".training.123.tmp"]
    (project / left[0]).mkdir()
    (project / left[0] / "adapter_model.safetensors").write_bytes(b"half")
    (project / left[1]).mkdir()
    (project / left[1] / "history.csv").write_text("step,")
    (project / ".tuned.123.tmp.old").mkdir()  # what was there before, killed between the two renames: the user's
    tune(project)
    assert listed(project) == sorted([".tuned.123.tmp.old", *BEFORE, *OUTS])


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")


@pytest.mark.parametrize("number", [1, 2])
def test_damaged_checkpoints_are_skipped_with_a_line(project, expected, capsys, number):
    crashed(project, 6)
    found = sorted((project / "cache" / "runs").glob("*/*.safetensors"))
    assert [path.name[:8] for path in found] == ["00000004", "00000005"]
    for path in found[-number:]:
        damage(path)
    capsys.readouterr()
    tune(project)
    said = capsys.readouterr().out
    assert "the checkpoint of step 5 is damaged: skipped\n" in said
    if number == 1:
        assert "continuing from step 4 of 9, saved " in said
    else:
        assert (
            "the checkpoint of step 4 is damaged: skipped\nall checkpoints are damaged: training starts from the "
            in said
        )
        assert "going on" not in said
    assert results(project) == expected


@pytest.mark.parametrize(
    "change",
    [{"lr": 0.011}, {"seed": 7}, {"epochs": 4}, {"lora.dropout": 0.1}, {"micro_batch_size": 2}, "train", "validation"],
)
def test_other_params_or_data_never_use_an_old_checkpoint(project, llama_folder, capsys, change):
    crashed(project, 4)
    before = runs(project)
    assert len(before) == 1
    if isinstance(change, dict):
        set_params(project, llama_folder, **change)
    else:
        path = project / "split" / f"{change}.jsonl"
        text = path.read_text(encoding="utf-8")
        assert "mm" in text
        path.write_text(text.replace("mm", "cm", 1), encoding="utf-8")
    crashed(project, 2)
    assert len(runs(project)) == 2
    assert set(before) < set(runs(project))
    assert "going on" not in capsys.readouterr().out


def test_another_number_of_threads_or_another_base_is_another_run(project, monkeypatch):
    params = finetune.read_params(project / "params.yaml", finetune.PARAMS)
    prepared = finetune.prepare(params, project / "split")
    first = prepared.facts()
    assert finetune.prepare(params, project / "split").facts() == first
    assert json.loads(json.dumps(first)) == first
    monkeypatch.setattr("torch.get_num_threads", lambda: 7)
    other = prepared.facts()
    assert {name for name in first if first[name] != other[name]} == {"environment"}
    toys.gpt2_tokenizer().save_pretrained(project / "other")
    folder = toys.write_gpt2(project / "other")
    params["model"] = str(folder)
    other = finetune.prepare(params, project / "split").facts()
    assert {"base", "base_files", "rows", "validation"} <= {name for name in first if first[name] != other[name]}


def test_checkpoint_interval_and_time_limit_do_not_change_the_run(project, monkeypatch, capsys):
    crashed(project, 5)
    monkeypatch.setenv("TARE_CHECKPOINT_SECONDS", "1000")
    monkeypatch.setenv("TARE_TIME_LIMIT_SECONDS", "1000")
    tune(project)
    assert "continuing from step 4 of 9" in capsys.readouterr().out


def test_the_end_of_an_epoch_is_always_saved(project, monkeypatch, capsys):
    monkeypatch.delenv("TARE_CHECKPOINT_SECONDS")
    crashed(project, 8)
    tune(project)
    assert "continuing from step 6 of 9" in capsys.readouterr().out


def test_a_failed_run_leaves_no_checkpoint(project, llama_folder):
    set_params(project, llama_folder, lr=1e-45)
    refused("training changed no weight", tune, project)
    assert listed(project / "cache" / "runs") == []


@pytest.mark.parametrize(("number", "code", "word"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")])
def test_a_signal_stops_after_the_step_and_says_how_to_continue(
    project, expected, monkeypatch, capfd, number, code, word
):
    monkeypatch.setenv("TARE_CHECKPOINT_SECONDS", "1000")
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with monkeypatch.context() as patched:
        at_step(patched, 5, lambda: os.kill(os.getpid(), number))
        stopped(partial(tune, project), code)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers
    said = capfd.readouterr().err
    assert "stopping after this step; a second time stops at once\n" in said
    assert said.endswith(f"\nstopped by {word}: run the same command again to continue from step 5 of 9\n")
    assert "Traceback" not in said
    assert listed(project) == BEFORE
    tune(project)
    assert results(project) == expected
    assert "continuing from step 5 of 9" in capfd.readouterr().out


@pytest.mark.parametrize(("number", "code", "word"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")])
def test_a_second_signal_stops_at_once(project, monkeypatch, capfd, number, code, word):
    def twice():
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        pytest.fail("it went on")

    with monkeypatch.context() as patched:
        at_step(patched, 5, twice)
        stopped(partial(tune, project), code)
    assert capfd.readouterr().err.endswith(f"stopped by {word}; nothing half-written was left behind\n")
    assert listed(project) == BEFORE
    tune(project)
    assert "continuing from step 4 of 9" in capfd.readouterr().out


def test_a_signal_after_the_last_step_stops_before_anything_is_written(project, monkeypatch, capfd):
    def late(*args, **kwargs):
        result = train(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGINT)
        return result

    train = training_run.train
    with monkeypatch.context() as patched:
        patched.setattr(training_run, "train", late)
        stopped(partial(tune, project), 130)
    assert "run the same command again to continue from step 9 of 9\n" in capfd.readouterr().err
    assert listed(project) == BEFORE


def test_a_run_in_several_time_limits_ends_the_same(project, expected, monkeypatch, capfd):
    monkeypatch.setenv("TARE_TIME_LIMIT_SECONDS", "1")
    with monkeypatch.context() as patched:
        for step in range(1, 10):
            at_step(patched, step, lambda: time.sleep(0.4))
        stopped(partial(tune, project), 75)
        said = capfd.readouterr().err
        done = int(
            re.search(r"by the time limit \(TARE_TIME_LIMIT_SECONDS\): run the .* step (\d) of 9\n", said).group(1)
        )
        assert 1 <= done <= 3
        stopped(partial(tune, project), 75)
        assert f"continuing from step {done} of 9" in capfd.readouterr().out
    assert listed(project) == BEFORE
    monkeypatch.delenv("TARE_TIME_LIMIT_SECONDS")
    tune(project)
    assert results(project) == expected


def test_a_full_cache_disk_is_a_warning(project, monkeypatch, capfd):
    monkeypatch.setenv("TARE_CHECKPOINT_SECONDS", "1000")
    with monkeypatch.context() as patched, full_disk(20_000):
        at_step(patched, 5, lambda: os.kill(os.getpid(), signal.SIGTERM))
        stopped(partial(tune, project), 143)
    said = capfd.readouterr()
    assert "warning: cannot write the checkpoint of step 3 to " in said.out
    assert said.err.endswith(
        "stopped by SIGTERM: no checkpoint could be written, the same command starts from the beginning\n"
    )
    assert runs(project) == []


def test_sigterm_while_writing_removes_the_draft(project, monkeypatch, capfd):
    def kill(model, tokenizer, base, folder, **_):
        (folder / "adapter_model.safetensors").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("it went on")

    monkeypatch.setattr(job, "save_trained", kill)
    stopped(partial(tune, project), 143)
    assert capfd.readouterr().err.endswith("stopped by SIGTERM; nothing half-written was left behind\n")
    assert listed(project) == BEFORE


def test_a_second_process_is_refused_with_the_number_of_the_first(project, monkeypatch):
    told = []

    def again():
        for out in ("tuned", "other"):
            told.append(error_of(finetune.main, places(project, out)))

    at_step(monkeypatch, 2, again)
    tune(project)
    me = os.getpid()
    first, second = told
    assert re.fullmatch(
        rf"\S+/tuned is being made by process {me} on \S+: wait for it, or stop it \(kill {me}\) and run this again",
        first,
    )
    assert re.fullmatch(
        rf"the same training is being done by process {me} on \S+: wait for it, or stop it \(kill {me}\) and run .*",
        second,
    )


def test_a_run_with_other_params_may_not_write_the_same_folder_meanwhile(project, llama_folder, monkeypatch):
    # Killing dvc leaves its child training: what it writes in the end would take the place of the new one.
    def other():
        set_params(project, llama_folder, lr=0.02)
        refused("tuned is being made by process", tune, project)

    at_step(monkeypatch, 2, other)
    tune(project)


@pytest.mark.parametrize(
    ("name", "value", "least"),
    [
        ("TARE_CHECKPOINT_SECONDS", "five", 0),
        ("TARE_CHECKPOINT_SECONDS", "-1", 0),
        ("TARE_CHECKPOINT_SECONDS", "nan", 0),
        ("TARE_TIME_LIMIT_SECONDS", "0", 1),
        ("TARE_TIME_LIMIT_SECONDS", "inf", 1),
    ],
)
def test_a_wrong_number_of_seconds_is_one_line(project, monkeypatch, name, value, least):
    monkeypatch.setenv(name, value)
    refused(f"{name} must be a number of seconds, at least {least}, it is '{value}': set", tune, project)
    assert listed(project) == BEFORE


def test_a_cache_that_cannot_be_made_is_an_error_before_training(project, monkeypatch, capsys):
    (project / "cache" / "file").write_text("no folder")
    monkeypatch.setenv("TARE_CACHE", str(project / "cache" / "file"))
    refused(r"cannot use the folder of checkpoints .*: set TARE_CACHE to another folder", tune, project)
    assert "train:" not in capsys.readouterr().err


def start(folder: Path, *how: str, stage: str = "stages.finetune", **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", *how, stage, *places(folder)],
        cwd=toys.ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen, code: int = 0) -> str:
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    return out


def wait_for_step(folder: Path, process: subprocess.Popen, step: int) -> None:
    """Wait for a checkpoint of that step or of a later one."""
    while process.poll() is None:
        for path in (folder / "cache" / "runs").glob("*/*.safetensors"):
            if int(path.name.split("-")[0]) >= step:
                return
        time.sleep(0.002)
    pytest.fail(f"it ended before step {step}: {process.communicate()}")


@pytest.mark.slow
def test_kill_9_at_three_random_points(project, llama_folder):
    set_params(project, llama_folder, epochs=40)
    finish(start(project))
    expected = take(project)
    assert len(expected[1]) == 40 * 4
    points = sorted(random.sample(range(2, 110), 3))
    print("killed after steps", points)
    for number, step in enumerate(points):
        process = start(project)
        wait_for_step(project, process, step)
        process.kill()
        out, err = process.communicate()
        assert process.returncode == -signal.SIGKILL, err
        assert ("continuing from step" in out) == (number > 0)
        assert listed(project) == BEFORE
    assert re.search(r"continuing from step \d+ of 120, saved \d+ seconds ago", finish(start(project)))
    assert results(project) == expected
    assert listed(project / "cache" / "runs") == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_from_another_process(project, llama_folder, number, code):
    set_params(project, llama_folder, epochs=40)
    process = start(project)
    wait_for_step(project, process, 5)
    refused(f"is being made by process {process.pid} on", tune, project)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert re.search(r"run the same command again to continue from step \d+ of 120\n$", err)
    assert listed(project) == BEFORE


@pytest.mark.slow
def test_a_run_of_two_processes_continues(project, llama_folder):
    """Compares one process with itself today: this launcher starts only one on a CPU."""
    set_params(project, llama_folder, epochs=20, batch_size=5, micro_batch_size=2)
    launch = ("accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1", "-m")
    finish(start(project, *launch))
    expected = take(project)
    limited = start(project, *launch, TARE_TIME_LIMIT_SECONDS="1")
    _, err = limited.communicate(timeout=300)
    assert limited.returncode != 0
    assert "stopped by the time limit" in err, err
    assert listed(project) == BEFORE
    assert "continuing from step" in finish(start(project, *launch))
    assert results(project) == expected


def verified(folder: Path, *more: str) -> list[str]:
    return ["--params", str(folder / "params.yaml"), "--data", str(folder / "split"), *more]


@pytest.mark.slow
def test_two_runs_from_scratch_give_the_same_bytes(project, capsys):
    verify.main(verified(project, "--steps", "4"))
    assert re.fullmatch(r"the same bits twice after 4 steps: weights [0-9a-f]{16}\n", capsys.readouterr().out)


@pytest.mark.slow
def test_verify_reports_a_failed_process_in_one_line(project):
    (project / "split" / "train.jsonl").unlink()
    with pytest.raises(UserError, match=r"the first of the two runs failed: .*train.jsonl is missing: run the stage"):
        verify.main(verified(project))


def test_verify_stops_after_so_many_steps(project, capsys):
    verify.main(verified(project, "--steps", "2", "--once"))
    two = json.loads(capsys.readouterr().out.splitlines()[-1])
    verify.main(verified(project, "--steps", "99", "--once"))
    whole = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (len(two["losses"]), len(whole["losses"])) == (2, 9)
    assert two["losses"] == whole["losses"][:2]
    assert two["weights"] != whole["weights"]
    assert two["environment"] == whole["environment"]
    assert listed(project / "cache") == [], "it keeps nothing"


def test_verify_trains_a_classifier_too(tmp_path, encoder_folder, capsys):
    rows = [
        {"id": str(row), "source": f"the heart is {word}", "target": label, "labels": ["bad", "good"]}
        for row, (word, label) in enumerate([("normal", "good"), ("small", "bad")] * 4)
    ]
    (tmp_path / "split").mkdir()
    write_jsonl(tmp_path / "split" / "train.jsonl", rows)
    write_jsonl(tmp_path / "split" / "validation.jsonl", [])
    toys.write_params(tmp_path / "params.yaml", encoder_folder, {"max_tokens": 32, "task": "sentiment"})
    verify.main(verified(tmp_path, "--steps", "1", "--classifier", "--once"))
    first = json.loads(capsys.readouterr().out.splitlines()[-1])
    verify.main(verified(tmp_path, "--steps", "1", "--classifier", "--once"))
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == first


def test_verify_needs_a_step(project):
    refused("--steps must be at least 1, not 0", verify.main, verified(project, "--steps", "0"))


ONE = {"weights": "a" * 64, "losses": [2.5, 2.25], "environment": {"torch": "2.13.0", "threads": 2}}


def test_verify_lists_the_differences():
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


def test_verify_exits_with_1_where_they_differ(project, monkeypatch, capsys):
    found = iter([ONE, ONE | {"weights": "b" * 64}, ONE, ONE])
    monkeypatch.setattr(verify, "_in_own_process", lambda *_: next(found))
    with pytest.raises(SystemExit) as ended:
        verify.main(verified(project))
    assert ended.value.code == 1
    assert capsys.readouterr().out.startswith("NOT the same bits")
    with suppress(SystemExit):
        verify.main(verified(project))
    assert capsys.readouterr().out == f"the same bits twice after 2 steps: weights {'a' * 16}\n"


@pytest.mark.parametrize("stage", [finetune, finetune_classifier, verify, generate])
def test_help_is_the_docstring(stage, capsys):
    with pytest.raises(SystemExit) as ended:
        stage.main(["--help"])
    assert ended.value.code == 0
    assert stage.__doc__.strip() in capsys.readouterr().out
