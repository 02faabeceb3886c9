"""The guide's code of a server: the merged model under `transformers serve`, asked by OpenAI's own client."""

import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from pipeline_lib import load
from pipeline_lib.models.loading import locate
from stages import export
from tests.helpers import toys
from tests.helpers.stages import run_stage
from tests.helpers.tuned_run import write_tuned_run

for name in ("fastapi", "uvicorn", "rich", "openai"):  # of no requirements file
    pytest.importorskip(name)

GUIDE = (Path(__file__).parents[2] / "docs" / "use_and_publish.md").read_text(encoding="utf-8")
QUESTION = "Where is the left effusion?"


@pytest.fixture
def served(tmp_path):
    """Yield the folder of a merged model, and the port of the server of it."""
    base = locate(str(toys.write_gemma(tmp_path / "toy")))
    run_stage(export, tuned=write_tuned_run(tmp_path, base, "company", 0), out=tmp_path / "merged", model=base.folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["serve", str(tmp_path / "merged"), "--port", str(port)]
    command = [sys.executable, "-m", "transformers.cli.transformers", *words]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            for _ in range(600):
                assert server.poll() is None, (tmp_path / "log").read_text()
                try:
                    urllib.request.urlopen(f"http://localhost:{port}/health", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield tmp_path / "merged", port
        finally:
            server.terminate()


def test_a_server_answers_as_the_package_does(served, capsys):
    folder, port = served
    [code] = re.findall(r"```python\n(from openai import .*?)```", GUIDE, flags=re.DOTALL)
    code = code.replace("8000", str(port)).replace("models/merged", str(folder))
    code = re.sub(r'"content": "[^"]*"', lambda _: f'"content": {QUESTION!r}', code).replace(": 72", ": 8")
    exec(compile(code, "GUIDE", "exec"), {})
    answer = load(folder).predict({"question": QUESTION})["answer"]
    assert answer
    assert capsys.readouterr().out == f"{answer}\n"
