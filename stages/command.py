"""What every stage's command line shares: its help is its docstring, a user's mistake is one line and exit 1."""

import argparse
import os
import sys
from collections.abc import Callable

from pipeline_lib.errors import UserError


def parser(module_docstring: str | None) -> argparse.ArgumentParser:
    """Return a parser whose help is the stage's docstring, with the --params every stage takes."""
    made = argparse.ArgumentParser(description=module_docstring, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--params", default="params.yaml", help="the params file (default: %(default)s)")
    return made


def run(main: Callable[[], None]) -> None:
    """Run a stage. UserError: one line on stderr, exit code 1. Ctrl-C: exit code 130. No traceback for either."""
    try:
        main()
    except UserError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("stopped by Ctrl-C; nothing half-written was left behind", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone (| head): not an error worth a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if type(error).__name__ != "OutOfMemoryError":  # torch's, by name: most stages never load torch
            raise
        print(
            "error: the device's memory is too small: lower micro_batch (finetune), generate.batch_size (generate) or "
            "prompt.max_tokens, or name a smaller model",
            file=sys.stderr,
        )
        sys.exit(1)


def say(message: str) -> None:
    """Print one line of a stage's log, at once."""
    print(message, flush=True)
