"""How a stage ends: one line for each mistake, fault and signal, and no control character of a user's data raw."""

import errno
import io
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import pytest

from pipeline_lib.cli.command import fill_row, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.errors import UserError
from tests.helpers.stages import refused


def failing(error):
    def main():
        raise error

    return main


@pytest.mark.parametrize(("error", "message", "code"), [
    (UserError("wrong\n  value \x1b[31m: write \u202eanother"), r"error: wrong value \x1b[31m: write \u202eanother", 1),
    (PermissionError(errno.EACCES, "Permission denied", "a\x07b"), r"cannot use a\x07b: Permission denied: check", 1),
    (OSError(errno.ENAMETOOLONG, "File name too long", "x" * 300), "xxx...: File name too long: check its name", 1),
    (MemoryError(), "error: too little memory: lower micro_batch_size", 1),
    (KeyboardInterrupt(), "stopped by Ctrl-C; nothing half-written was left behind", 130),
])  # fmt: skip
def test_a_fault_is_one_line(error, message, code, capsys):
    with pytest.raises(SystemExit) as stop:
        run(failing(error))
    captured = capsys.readouterr()
    assert stop.value.code == code
    assert message in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_has_its_exit_code(number, code):
    with pytest.raises(SystemExit) as stop:
        run(lambda: os.kill(os.getpid(), number))
    assert stop.value.code == code


def test_the_row_of_the_grid_is_that_of_the_command_or_of_dvcs_stage(monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "recipes/sentiment/dvc.yaml:finetune@low")
    for given, name in ((None, "low"), ("high", "high")):
        args = Namespace(row=given, out=Path("grid/{row}/tuned"), data=Path("split"))
        fill_row(args)
        assert (args.row, args.out, args.data) == (name, Path(f"grid/{name}/tuned"), Path("split"))
    monkeypatch.setenv("DVC_STAGE", "finetune")
    refused("needs the name of a row of grid: add --row NAME", fill_row, Namespace(row=None, out=Path("{row}")))


def test_an_error_of_ours_keeps_its_traceback():
    for error in (ValueError("bug"), OSError("no file")):
        with pytest.raises(type(error)):
            run(failing(error))


def test_a_log_line_cannot_steer_the_terminal(capsys):
    say("header \x1b]0;title\x07 and \r, two\nlines é 报告")
    assert capsys.readouterr().out == "header \\x1b]0;title\\x07 and \\r, two\nlines é 报告\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_log_line_is_above_the_progress_bar_and_not_in_it(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(3, "train", "step") as progress:
        assert progress.bar is not None
        progress.bar.mininterval = 0
        progress.advance(1, "loss 2.3")
        say("epoch 1: validation loss 2.1")
        progress.advance(1, "loss 2.2")
    shown = [line.rpartition("\r")[2] for line in terminal.getvalue().split("\n")]  # a \r starts the line again
    assert shown[0] == "epoch 1: validation loss 2.1"
    assert "2/3" in shown[1]
    assert "loss 2.2" in shown[1]
    assert shown[2:] == [""]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_libraries_are_loaded_is_one_line(number, tmp_path):
    (tmp_path / "torch.py").write_text("import time\nopen('loading', 'w').close()\ntime.sleep(60)\n", encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), os.getcwd()])
    command = [sys.executable, "-m", "stages.finetune", "--help"]
    stage = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths}, stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "loading").exists():
        time.sleep(0.02)
    stage.send_signal(number)
    assert (stage.communicate()[1], stage.returncode) == ("stopped; nothing was written\n", 128 + number)
