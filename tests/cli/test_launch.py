"""Several processes of one stage: arguments, messages, exit codes, signals, and no process that is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline_lib.cli.command import Stopped
from pipeline_lib.cli.launch import launch
from pipeline_lib.core.errors import UserError
from tests.helpers.launched import MODULE, running
from tests.helpers.stages import refused
from tests.helpers.toys import ROOT


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    """`python -m tests.helpers.launched` finds its module there."""
    monkeypatch.chdir(ROOT)


def start(folder: Path, act: str, number: str = "all", *words: str, processes: int = 2) -> bool:
    return launch(MODULE, [str(processes), str(folder), act, number, *words], processes, None)


def facts(folder: Path) -> list[dict]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("?.json"))]  # no drafts


def gone(pids: list[int], seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while any(map(running, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(running, pids))


def test_one_process_is_this_one(tmp_path):
    assert not launch(MODULE, [], 1, None)


def test_each_process_gets_the_arguments_as_they_are_and_the_first_one_speaks(tmp_path, monkeypatch, capfd):
    words = ["a b", "$HOME", "${local_rank}", "$$", "`id`", "'; exit 3 #", "*"]
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr("torch.get_num_threads", lambda: 7)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert start(tmp_path, "done", "all", *words)
    first, second = facts(tmp_path)
    assert first["pid"] != second["pid"]
    assert first["words"] == second["words"] == words
    assert (first["size"], first["omp"]) == ("2", "3")
    assert tuple(capfd.readouterr()) == ("process 0 speaks\n", "")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert not [name for name in os.environ if name.startswith("TARE_LAUNCH") or name == "OMP_NUM_THREADS"]


@pytest.mark.parametrize(
    ("act", "number", "code", "message", "printed"),
    [
        ("mistake", "all", 1, "", "error: a rule, its value, a remedy\n"),
        ("mistake", "1", 1, "error: a rule, its value, a remedy", None),
        ("late", "all", 75, "", "stopped by the time limit\n"),
        ("lost", "all", 76, "RuntimeError: Connection closed by peer", ""),
    ],
)
def test_the_exit_code_and_the_message_of_the_process_to_blame_come_through(
    tmp_path, capfd, act, number, code, message, printed
):
    with pytest.raises(Stopped) as ended:
        start(tmp_path, act, number)
    assert (ended.value.code, str(ended.value)) == (code, message)
    assert printed is None or capfd.readouterr().err == printed
    assert gone([one["pid"] for one in facts(tmp_path)])


def test_a_bug_keeps_its_traceback(tmp_path, capfd):
    with pytest.raises(Stopped) as ended:
        start(tmp_path, "bug", "all")
    assert ended.value.code == 1
    assert capfd.readouterr().err.count("ZeroDivisionError: a bug") == 1
    with pytest.raises(Stopped, match=r"(?s)Traceback.*ZeroDivisionError: a bug"):
        start(tmp_path, "bug", "1")


@pytest.mark.parametrize(("act", "number"), [("killed", "1"), ("first_lost", "all")])
def test_a_process_that_is_killed_ends_the_others_with_one_line(tmp_path, capfd, act, number):
    with pytest.raises(UserError) as error:
        start(tmp_path, act, number)
    assert str(error.value) == (
        "process 2 of this run was ended by SIGKILL, which the system does where memory runs out: run the same "
        "command again, it continues from the last checkpoint"
    )
    assert "Traceback" not in capfd.readouterr().err
    assert gone([one["pid"] for one in facts(tmp_path)])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_signal_reaches_every_process_and_none_is_left(tmp_path, number, code):
    command = [sys.executable, "-m", MODULE, "2", str(tmp_path), "waiting", "all"]
    stage = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while len(facts(tmp_path)) < 2:
        assert stage.poll() is None, stage.communicate()
        time.sleep(0.05)
    time.sleep(0.5)  # until they wait for a signal
    stage.send_signal(number)
    _, err = stage.communicate(timeout=60)
    assert stage.returncode == code
    assert err == "stopping after this step; a second time stops at once\nstopped\n"
    assert gone([one["pid"] for one in facts(tmp_path)])


def test_settings_that_do_not_fit_the_machine_are_refused(tmp_path, monkeypatch):
    def with_config(text: str, processes: int = 1) -> None:
        path = tmp_path / "accelerate.yaml"
        path.write_text(text, encoding="utf-8")
        launch(MODULE, [], processes, str(path))

    refused("launch takes processes or config, it has processes: 2 and config: ", with_config, "", 2)
    refused("launch.config must be an accelerate config file, nowhere is none", launch, MODULE, [], 1, "nowhere")
    refused("is no accelerate config file .*: correct it", with_config, "distributed_type: [")
    refused("is no accelerate config file .*: correct it", with_config, "num_processes: 2\nsurprise: 1\n")
    two = "compute_environment: LOCAL_MACHINE\nuse_cpu: true\nnum_processes: 2\nnum_machines: 1\ndistributed_type: "
    refused("asks for 2 processes with distributed_type MULTI_CPU, accelerate would start one: set launch: "
            r"\{processes: 2\}", with_config, f"{two}MULTI_CPU\n")  # fmt: skip
    refused("divides the model over processes \\(FSDP\\), here each process holds a complete one: set distributed_type",
            with_config, f"{two}FSDP\n".replace("use_cpu: true", "use_cpu: false"))  # fmt: skip
    monkeypatch.setattr("torch.accelerator.is_available", lambda: True)
    monkeypatch.setattr("torch.accelerator.device_count", lambda: 1)
    refused("launch.processes is 2, this machine shows 1 devices to this run", launch, MODULE, [], 2, None)
