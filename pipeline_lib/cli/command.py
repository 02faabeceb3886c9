"""What every stage's command line shares: its help is its docstring, a user's mistake is one line and exit 1."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline_lib.core.errors import UserError

CTRL_C, TERMINATED, OUT_OF_TIME = 130, 143, 75  # exit codes: 128 + the signal's number; sysexits' EX_TEMPFAIL
_CODES = {signal.SIGINT: CTRL_C, signal.SIGTERM: TERMINATED}


class Stopped(Exception):
    """A run that was asked to stop and can go on later: one line for the user, "" for none, and the exit code."""

    def __init__(self, message: str, code: int) -> None:
        """Take both."""
        super().__init__(message)
        self.code = code


class _Terminated(BaseException):
    """SIGTERM, raised so that what is half-written is removed on the way out."""


def parser(module_docstring: str | None) -> argparse.ArgumentParser:
    """Return a parser whose help is the stage's docstring, with the --params every stage takes."""
    made = argparse.ArgumentParser(description=module_docstring, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--params", default="params.yaml", help="the params file (default: %(default)s)")
    return made


def run(main: Callable[[], None]) -> None:
    """Run a stage. A mistake of the user's, a signal or a full memory is one line on stderr, without a traceback.

    Exit code 1 for UserError and too little memory, 130 for Ctrl-C, 143 for SIGTERM, 75 for a time limit.
    """
    try:
        with _signals({signal.SIGTERM: _terminate}):
            main()
    except UserError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(1)
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
        # Whoever read our output has gone (| head): not an error worth a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if type(error).__name__ != "OutOfMemoryError":  # torch's, by name: most stages never load torch
            raise
        print(
            "error: the device's memory is too small: lower micro_batch_size (finetune), generate.batch_size (generate) or "
            "prompt.max_tokens, or name a smaller model",
            file=sys.stderr,
        )
        sys.exit(1)


@contextmanager
def stoppable(quiet: bool = False) -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM wait for a good moment: yield a list, and put the exit code into it when one comes.

    The second stops at once, as without this. Quiet ones say nothing.
    """
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in _CODES}

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(_CODES[signal.Signals(number)])
        for each, handler in before.items():
            signal.signal(each, handler)
        if not quiet:  # print is not safe here: the signal may have come within one
            os.write(2, b"stopping after this step; a second time stops at once\n")

    with _signals(dict.fromkeys(_CODES, note)):
        yield asked


@contextmanager
def _signals(handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]]) -> Iterator[None]:
    """Handle signals so, and then as before. Only the main thread may: elsewhere nothing changes."""
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
    """Print one line of a stage's log, at once."""
    print(message, flush=True)
