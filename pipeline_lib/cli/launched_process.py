"""One of the processes that cli.launch, torch.distributed.run or accelerate's launcher started.

The first one prints; the others write to a file what went wrong, and the launcher says it if nothing else does. A
process whose launcher is gone stops as by SIGTERM. One that only lost the others ends with LOST, and is not to blame.
"""

import os
import shutil
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType

LOST = 76  # the exit code of a process that failed because another one had ended; sysexits' EX_PROTOCOL
LAUNCHER, MESSAGES = "TARE_LAUNCHER", "TARE_MESSAGES"  # our launcher's process number, and its folder of messages
_WATCH_EVERY = 1.0  # seconds


def is_launched() -> bool:
    """Return whether a launcher, ours or another, has started this process."""
    return "RANK" in os.environ or LAUNCHER in os.environ


def join() -> None:
    """Make this process one of several: see the module's docstring."""
    rank = int(os.environ.get("RANK", 0))
    if rank:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if LAUNCHER not in os.environ:
        return
    messages = os.open(message_file(os.environ[MESSAGES], rank), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if rank:
        os.dup2(messages, 2)
    threading.Thread(target=_stop_without, args=(int(os.environ[LAUNCHER]),), daemon=True).start()

    def unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        files = [frame.f_code.co_filename.replace(os.sep, "/") for frame, _ in traceback.walk_tb(trace)]
        if not any("/torch/distributed/" in file for file in files):
            sys.__excepthook__(kind, error, trace)
            return
        os.write(messages, f"{kind.__name__}: {error}\n".encode(errors="replace"))
        sys.stdout.flush()
        os._exit(LOST)  # the usual end would wait for the others

    sys.excepthook = unexpected


def message_file(folder: str, rank: int) -> Path:
    """Return the file that the process number `rank` writes its errors to."""
    return Path(folder, f"process-{rank}.txt")


def _stop_without(launcher: int) -> None:
    """Send this process SIGTERM once its launcher is gone, killed for one, and remove what that one left."""
    while os.getppid() == launcher:
        time.sleep(_WATCH_EVERY)
    shutil.rmtree(os.environ[MESSAGES], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)
