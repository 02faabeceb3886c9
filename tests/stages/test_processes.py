"""The stages that generate, in two processes: the same answers as one, each with its share of the batches."""

import re
import signal
from pathlib import Path

import pytest

from pipeline_lib.core.files import read_jsonl, write_jsonl
from stages import generate, generate_prompted
from tests.helpers import toys
from tests.helpers.stages import run_stage
from tests.helpers.training_outputs import listed


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A split with 1 validation row, fewer than processes; `python -m stages.generate` runs at the root."""
    monkeypatch.chdir(toys.ROOT)
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "cache"))
    toys.write_split(tmp_path)
    write_jsonl(tmp_path / "split" / "validation.jsonl", read_jsonl(tmp_path / "split" / "validation.jsonl")[:1])
    return tmp_path


def compare(one: Path, two: Path) -> None:
    """Assert that all is equal but the last digits of log-likelihoods.

    By where a row lies in memory MKL adds up in another order on some processors: 1e-8 of logp on an AMD EPYC (Zen 5).
    """
    assert listed(one) == listed(two)
    for path in sorted(one.glob("*.jsonl")):
        ours, theirs = read_jsonl(path), read_jsonl(two / path.name)
        assert [row.pop("logp") for row in ours] == pytest.approx([row.pop("logp") for row in theirs], rel=1e-6)
        assert ours == theirs


@pytest.mark.parametrize("stage", [generate, generate_prompted])
def test_two_processes_write_the_answers_of_one(project, llama_folder, capfd, stage):
    where = {"data": project / "split", "params": project / "params.yaml", "parts": ["validation", "test"]}
    for processes in (1, 2):
        changes = {"launch.processes": processes, "generate.batch_size": 1}
        toys.write_params(project / "params.yaml", llama_folder, changes)
        run_stage(stage, **where, out=project / f"answers-{processes}")
    printed = capfd.readouterr().out
    if stage is generate:
        assert re.findall(r"(\d+) (\w+) rows answered by 2 processes", printed) == [("1", "validation"), ("4", "test")]
        compare(*(project / f"answers-{processes}" for processes in (1, 2)))
    else:
        for part in ("validation", "test"):
            compare(*(project / f"answers-{processes}" / part for processes in (1, 2)))
    assert listed(project / "cache" / "runs") == []
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
