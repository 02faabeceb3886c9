"""One script for each stage: `python -m stages.NAME --help`. Command lines are read here and nowhere else."""

import os
import signal
import sys
from types import FrameType

import pipeline_lib  # noqa: F401 - sets how torch's threads wait, before a stage loads torch


def _stop(number: int, frame: FrameType | None) -> None:
    os.write(2, b"stopped; nothing was written\n")
    os._exit(128 + number)


if sys.argv[0] == "-m":  # the interpreter loads this for `python -m stages.NAME`; loading torch takes seconds
    for _number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(_number, _stop)  # until the stage's `run` takes over
