"""The command line of every stage: its help is its docstring, a user's mistake is one line and exit code 1."""

import argparse
import atexit
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tqdm import tqdm

from pipeline_lib.core.errors import UserError

CTRL_C, TERMINATED, OUT_OF_TIME = 130, 143, 75  # exit codes: 128 + the signal's number; sysexits' EX_TEMPFAIL
ROW = "{row}"  # in a path: the name of the row of grid that a stage is run for
_LONGEST_NAME = 200  # characters of a path in a message
_CODES = {signal.SIGINT: CTRL_C, signal.SIGTERM: TERMINATED}


class Stopped(Exception):
    """A run that stopped on request and can be resumed: one line for the user ("" for none) and the exit code."""

    def __init__(self, message: str, code: int) -> None:
        """Keep the message and the exit code."""
        super().__init__(message)
        self.code = code


class _Terminated(BaseException):
    """SIGTERM as an exception, so that cleanup code runs and removes half-written files."""


def parser(module_docstring: str | None) -> argparse.ArgumentParser:
    """Return a parser with the stage's docstring as its help and the option --params."""
    arguments = argparse.ArgumentParser(
        description=module_docstring, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--params", default="params.yaml", help="the params file (default: %(default)s)")
    return arguments


def count(text: str) -> int:
    """Return an argument as a whole number from 0 up."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 up, not {text!r}")
    return int(text)


def fill_row(args: argparse.Namespace) -> None:
    """Put the name of the grid's row in place of {row} in the paths of `args`, and in args.row.

    The row is the one of --row, else the one for which DVC runs the stage: what follows @ in $DVC_STAGE. So dvc.yaml
    need not paste a name of the params file into a shell command. Raises UserError where there is no name.
    """
    paths = {name: path for name, path in vars(args).items() if isinstance(path, Path) and ROW in path.parts}
    if not paths:
        return
    args.row = args.row or os.environ.get("DVC_STAGE", "").partition("@")[2]
    if not args.row:
        raise UserError(f"a path with {ROW} needs the name of a row of grid: add --row NAME")
    for name, path in paths.items():
        setattr(args, name, Path(*(args.row if part == ROW else part for part in path.parts)))


def run(main: Callable[[], None]) -> None:
    """Run a stage; a user's mistake, a signal or too little memory ends it with one line on stderr, no traceback.

    Exit code 1 for UserError, a file that cannot be read or written and too little memory, 130 for Ctrl-C, 143 for
    SIGTERM, 75 for a time limit.
    """
    gc.freeze()  # what the imports made is no garbage: searching it, in the run and at its end, takes seconds
    atexit.register(gc.freeze)
    try:
        with _signals({signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _terminate}):
            main()
    except UserError as error:
        _fail(str(error))
    except Stopped as stopped:
        if str(stopped):
            print(stopped, file=sys.stderr)
        sys.exit(stopped.code)
    except KeyboardInterrupt:
        print("stopped by Ctrl-C; nothing half-written was left behind", file=sys.stderr)
        sys.exit(CTRL_C)
    except _Terminated:
        print("stopped by SIGTERM; nothing half-written was left behind", file=sys.stderr)
        sys.exit(TERMINATED)
    except BrokenPipeError:
        # The reader of our output has ended (| head): not an error worth a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        name = str(error.filename)
        shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
        _fail(f"cannot use {shown}: {error.strerror}: check its name, its rights and the space on its disk")
    except Exception as error:
        # torch's own is compared by name: most stages never load torch
        if type(error).__name__ != "OutOfMemoryError" and not isinstance(error, MemoryError):
            raise
        _fail(
            "too little memory: lower micro_batch_size (finetune), generate.batch_size (generate) or "
            "prompt.max_tokens, or choose a smaller model"
        )


def _fail(message: str) -> NoReturn:
    print(f"error: {printable(' '.join(message.split()))}", file=sys.stderr)
    sys.exit(1)


def printable(text: str) -> str:
    """Return a text in which each character that could steer a terminal is written as its escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


@contextmanager
def stoppable(quiet: bool = False) -> Iterator[list[int]]:
    """Yield a list to which the first Ctrl-C or SIGTERM adds its exit code, for the caller to stop when it can.

    The second one stops the process at once, as without this. With `quiet` nothing is printed.
    """
    codes: list[int] = []
    before = {number: signal.getsignal(number) for number in _CODES}

    def note(number: int, frame: FrameType | None) -> None:
        codes.append(_CODES[signal.Signals(number)])
        for each, handler in before.items():
            signal.signal(each, handler)
        if not quiet:  # print is not safe here: the signal may have come within one
            os.write(2, b"stopping after this step; a second time stops at once\n")

    with _signals(dict.fromkeys(_CODES, note)):
        yield codes


@contextmanager
def _signals(handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]]) -> Iterator[None]:
    """Handle signals by `handlers` in the body, then as before; only in the main thread, elsewhere nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise _Terminated


def say(message: str) -> None:
    """Print a line of a stage's log at once, above a progress bar; what comes from data cannot steer the terminal."""
    with tqdm.external_write_mode(nolock=True):
        print("\n".join(map(printable, message.split("\n"))), flush=True)
