"""The stages that generate, in two processes: the same bytes as one, each with its share of the batches."""

import re
import signal
import subprocess
import sys

import pytest

from pipeline_lib.core.files import read_jsonl, write_jsonl
from stages import generate, generate_prompted
from tests.helpers import toys
from tests.helpers.stages import run_stage
from tests.helpers.training_outputs import contents, listed


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A split with 1 validation row, fewer than processes; `python -m stages.generate` runs at the root."""
    monkeypatch.chdir(toys.ROOT)
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "cache"))
    toys.write_split(tmp_path)
    write_jsonl(tmp_path / "split" / "validation.jsonl", read_jsonl(tmp_path / "split" / "validation.jsonl")[:1])
    return tmp_path


@pytest.mark.parametrize("stage", [generate, generate_prompted])
def test_two_processes_write_the_bytes_of_one(project, llama_folder, capfd, monkeypatch, stage):
    where = {"data": project / "split", "params": project / "params.yaml", "parts": ["validation", "test"]}
    # By where a row lies in memory MKL adds up in another order on some processors; this makes it one order.
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    for processes in (1, 2):
        changes = {"launch.processes": processes, "generate.batch_size": 1}
        toys.write_params(project / "params.yaml", llama_folder, changes)
        if processes == 1:  # a process of its own too: MKL reads its setting once
            words = [f"--data={where['data']}", f"--params={where['params']}", "--parts", *where["parts"]]
            subprocess.run([sys.executable, "-m", stage.__name__, *words, f"--out={project / 'answers-1'}"], check=True)
        else:
            run_stage(stage, **where, out=project / "answers-2")
    printed = capfd.readouterr().out
    if stage is generate:
        assert re.findall(r"(\d+) (\w+) rows answered by 2 processes", printed) == [("1", "validation"), ("4", "test")]
        assert contents(project / "answers-1") == contents(project / "answers-2")
    else:
        for part in ("validation", "test"):
            assert contents(project / "answers-1" / part) == contents(project / "answers-2" / part)
    assert listed(project / "cache" / "runs") == []
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
