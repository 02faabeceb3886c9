"""A stage that was killed computes no kept batch twice and writes the same bytes."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_jsonl
from pipeline_lib.inference import run as answers
from pipeline_lib.inference.journal import PATTERN, Journal
from pipeline_lib.tasks.dialogue import data as dialogue
from stages import finetune, generate
from tests.helpers import toys
from tests.helpers.crashes import Crash
from tests.helpers.dialogues import SETTINGS, talks
from tests.helpers.stages import error_of, refused

WHOLE = [0, 1, 2]


@pytest.fixture
def project(tmp_path, llama_folder, monkeypatch) -> Path:
    """Five turns to predict, two a batch, and a cache of its own."""
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "cache"))
    made = talks(4)
    turns = dialogue.questions(made[2:], {"turns_asked": 3})[:5]
    for name, rows in (("train", made[:2]), ("validation", turns[:2]), ("test", turns)):
        write_jsonl(tmp_path / "split" / f"{name}.jsonl", rows)
    toys.write_params(tmp_path / "params.yaml", llama_folder, SETTINGS)
    return tmp_path


@pytest.fixture
def expected(project) -> bytes:
    """The answers of a run without interruption, which are removed."""
    answers = answer(project)
    shutil.rmtree(project / "answers")
    return answers


def arguments(folder: Path, *more: str) -> list[str]:
    where = {"params": "params.yaml", "data": "split", "out": "answers"}
    return [*(f"--{name}={folder / file}" for name, file in where.items()), *more]


def answer(folder: Path, *more: str) -> bytes:
    generate.main(arguments(folder, *more))
    (file,) = (folder / "answers").iterdir()
    return file.read_bytes()


@pytest.fixture
def computed(monkeypatch) -> list:
    """The numbers of the batches that are computed and not read from disk."""
    seen: Any = []
    real = Journal.keep

    def keep(self, number, compute):
        return real(self, number, lambda: seen.append(number) or compute())

    monkeypatch.setattr(Journal, "keep", keep)
    return seen


def crashed(folder: Path, batches: int, *more: str) -> None:
    """Run until so many batches are kept, and end without any handler in the next one."""
    advance, counts = answers.Progress.advance, []

    def stop(self, count, note=""):
        counts.append(count)
        if len(counts) == batches:
            raise Crash
        advance(self, count, note)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(answers.Progress, "advance", stop)
        with pytest.raises(Crash):
            generate.main(arguments(folder, *more))


def kept(folder: Path) -> list[str]:
    return sorted(path.name[:13] for path in (folder / "cache" / "runs").glob(f"*/{PATTERN}"))


def runs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "cache" / "runs").iterdir())


def test_a_finished_run_leaves_nothing(project, computed, capsys):
    first = answer(project)
    assert (computed, runs(project)) == (WHOLE, [])
    assert answer(project) == first
    assert computed == WHOLE * 2
    assert "continuing" not in capsys.readouterr().out


@pytest.mark.parametrize("stops", [[1], [2], [3], [1, 2, 2, 3]])  # batches that are kept are counted too
def test_a_run_that_was_killed_computes_no_batch_twice(project, expected, computed, capsys, stops):
    for batches in stops:
        crashed(project, batches)
    assert not (project / "answers").exists()
    assert (computed, len(kept(project))) == (WHOLE[:batches], batches)
    capsys.readouterr()
    assert answer(project) == expected
    assert computed == WHOLE, "each once, over all runs"
    assert f"continuing after {batches} batches of an earlier run\n" in capsys.readouterr().out
    assert runs(project) == []


@pytest.mark.parametrize("how", ["half", "other", "empty"])
def test_a_damaged_batch_is_logged_and_computed_again(project, expected, computed, capsys, how):
    crashed(project, 2)
    computed.clear()
    path = next((project / "cache" / "runs").glob("*/batch-000000-*.json"))
    text = path.read_text(encoding="utf-8")
    other = json.dumps([[logp, [5] * len(ids), *rest] for logp, ids, *rest in json.loads(text)])
    path.write_text({"half": text[: len(text) // 2], "other": other, "empty": ""}[how], encoding="utf-8")
    capsys.readouterr()
    assert (answer(project), computed) == (expected, [0, 2])
    assert "the kept batch 0 is damaged: computed again\n" in capsys.readouterr().out


def test_runs_differ_by_everything_that_decides_an_answer(project, llama_folder, gpt2_folder, computed):
    finetune.main([
        f"--params={project / 'params.yaml'}", f"--data={project / 'split'}", f"--out={project / 'tuned'}",
        f"--record={project / 'training'}",
    ])  # fmt: skip
    crashed(project, 2)
    cases: list[tuple[dict, tuple[str, ...], int]] = [
        ({}, (), 2),  # the same goes on
        ({"generate.max_new_tokens": 11}, (), 1),
        ({"generate.batch_size": 3}, (), 1),
        ({"prompt.max_tokens": 30}, (), 1),
        ({"model": str(gpt2_folder)}, (), 1),
        ({}, (f"--tuned={project / 'tuned'}",), 1),
        ({}, ("--parts", "validation"), 1),
    ]
    for number, (changes, more, at) in enumerate(cases):
        computed.clear()
        toys.write_params(project / "params.yaml", llama_folder, SETTINGS | changes)
        crashed(project, at, *more)
        assert len(computed) == (0 if number == 0 else 1), (changes, more)
        assert len(runs(project)) == max(1, number + 1), (changes, more)
    path = project / "tuned" / "adapter_config.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"lora_alpha": 8', '"lora_alpha": 16'), encoding="utf-8")
    computed.clear()
    toys.write_params(project / "params.yaml", llama_folder, SETTINGS)
    crashed(project, 1, f"--tuned={project / 'tuned'}")
    assert len(computed) == 1, "another adapter"


def test_a_second_process_is_refused_with_the_number_of_the_first(project, expected, monkeypatch):
    errors, advance, me = list[str](), answers.Progress.advance, os.getpid()

    def again(self, count, note=""):
        advance(self, count, note)
        if not errors:
            errors.append(error_of(generate.main, arguments(project)))

    monkeypatch.setattr(answers.Progress, "advance", again)
    assert answer(project) == expected
    wait = rf"by process {me} on \S+: wait for it, or stop it \(kill {me}\) and run this again"
    assert re.fullmatch(f"the same answers are being computed {wait}", errors[0])


def test_a_mistake_before_the_first_batch_leaves_no_folder(project, monkeypatch):
    monkeypatch.setattr(answers, "generate", lambda *_, **__: (_ for _ in ()).throw(UserError("no")))
    assert error_of(answer, project) == "no"
    assert runs(project) == []


def test_a_full_disk_at_the_end_loses_no_answer(project, expected, computed, monkeypatch):
    def full(path, rows):
        raise UserError(f"cannot write {path}: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(generate, "write_jsonl", full)
        refused("cannot write", answer, project)
    assert computed == WHOLE
    assert (answer(project), computed) == (expected, WHOLE)


def test_kill_9(project, llama_folder):
    long = {"generate.batch_size": 1, "generate.max_new_tokens": 400, "prompt.max_tokens": 400}
    toys.write_params(project / "params.yaml", llama_folder, SETTINGS | long)
    expected = answer(project)
    shutil.rmtree(project / "answers")
    shutil.rmtree(project / "cache")
    command = [sys.executable, "-m", "stages.generate", *arguments(project)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    start: Any = {"cwd": toys.ROOT, "env": environment, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, **start)
    while process.poll() is None and not any((project / "cache" / "runs").glob("*/batch-*.json")):
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (project / "answers").exists()
    assert 1 <= len(kept(project)) < 5
    process = subprocess.Popen(command, **start)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    assert re.search(r"^continuing after [1-4] batches of an earlier run$", out, re.MULTILINE)
    assert (project / "answers" / "test.jsonl").read_bytes() == expected
    assert runs(project) == []
