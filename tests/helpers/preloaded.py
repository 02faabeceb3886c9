"""A `python` for DVC whose processes have the libraries loaded: a stage starts at once and not after five seconds.

`preloaded_python()` returns a folder for the PATH. `python -m MODULE ...` is then run by a fork of one server, which
has imported torch and the like and nothing of this project: in the caller's folder, environment and streams.
"""

import atexit
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import tempfile
import traceback
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

LIBRARIES = (
    "torch transformers.generation.utils transformers.models.auto.modeling_auto "
    "transformers.models.auto.tokenization_auto transformers.models.llama.modeling_llama "
    "transformers.models.bert.modeling_bert torch.utils.flop_counter peft accelerate pandas scipy.stats "
    "scipy.cluster.hierarchy sklearn.linear_model sklearn.feature_extraction.text sklearn.metrics sklearn.manifold "
    "matplotlib.figure matplotlib.font_manager sacrebleu.metrics nltk.stem.snowball nltk.translate.meteor_score "
    "torchmetrics.functional.text.rouge pydantic jinja2 ruamel.yaml networkx vl_convert "
).split()
CLIENT = """\
#!{python} -IS
import json, os, socket, sys
if sys.argv[1:2] != ["-m"]:
    os.execv({python!r}, ["python", *sys.argv[1:]])
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
socket.send_fds(server, [b"x"], [0, 1, 2])
server.sendall(json.dumps([sys.argv[2:], os.getcwd(), dict(os.environ)]).encode())
server.shutdown(socket.SHUT_WR)
sys.exit(int(server.recv(9) or 1))
"""


@cache
def preloaded_python() -> str:
    """Start the server, which ends with this process, and return the folder of its `python`; on Linux alone."""
    if sys.platform != "linux":
        return str(Path(sys.executable).parent)
    folder = tempfile.TemporaryDirectory()
    address = str(Path(folder.name, "socket"))
    client = Path(folder.name, "bin", "python")
    client.parent.mkdir()
    client.write_text(CLIENT.format(python=sys.executable, address=address), encoding="utf-8")
    client.chmod(0o755)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(
        [sys.executable, __file__, address], cwd=folder.name, env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout
    assert server.stdout.readline() == b"ready\n"
    atexit.register(folder.cleanup)
    atexit.register(server.communicate)  # closes its stdin and waits
    return str(client.parent)


def serve(address: str) -> None:
    """Answer each connection in a fork, until stdin is closed."""
    sys.path.pop(0)
    for name in LIBRARIES:
        import_module(name)
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
    print("ready", flush=True)
    while server in select.select([server, sys.stdin], [], [])[0]:
        connection, _ = server.accept()
        if os.fork() == 0:
            server.close()
            answer(connection)
        connection.close()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def answer(connection: socket.socket) -> None:
    """Run the module that the client names, send its exit code and end."""
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    (module, *words), folder, environment = json.loads(b"".join(iter(lambda: connection.recv(65536), b"")))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv, sys.path[:0] = ["-m", *words], [folder]
    code: object = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code or 0
        if not isinstance(code, int):
            print(code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(code if isinstance(code, int) else 1).encode())
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
