"""One way to run a stage in a test, and one to expect the one line of a user's mistake."""

import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from types import ModuleType

import pytest

from pipeline_lib.core.errors import UserError


def run_stage(stage: ModuleType, *words: object, **options: object) -> str:
    """Run the stage in this process and return what it printed.

    `words` are arguments as they are; an option is `--name=value`, a list several values, None no option.
    """
    argv = [str(word) for word in words]
    for name, value in options.items():
        if isinstance(value, list):
            argv += [f"--{name}", *map(str, value)]
        elif value is not None:
            argv.append(f"--{name}={value}")
    with redirect_stdout(io.StringIO()) as printed:
        stage.main(argv)
    return printed.getvalue()


def error_of(call: Callable, *given: object, **named: object) -> str:
    """Return the one line of the UserError that the call raises."""
    with pytest.raises(UserError) as caught:
        call(*given, **named)
    message = str(caught.value)
    assert "\n" not in message
    return message


def refused(pattern: str, call: Callable, *given: object, **named: object) -> None:
    """Fail unless the call raises a UserError of one line in which the pattern occurs."""
    message = error_of(call, *given, **named)
    assert re.search(pattern, message), message
