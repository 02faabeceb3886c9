"""A training run that is stopped at a chosen step, within the test's own process."""

from collections.abc import Callable

import pytest

from pipeline_lib.training import run


class Crash(BaseException):
    """Ends a run without any handler of the code under test, as kill -9 does."""


def at_step(monkeypatch, number: int, act: Callable[[], None]) -> None:
    """Call `act` after that training step, before its state is saved."""
    advance = run.Progress.advance

    def advance_and_act(self, count, note=""):
        advance(self, count, note)
        if note and self.done == number:
            act()

    monkeypatch.setattr(run.Progress, "advance", advance_and_act)


def crash_at(number: int, call: Callable, *given) -> None:
    """Make the call, which trains, and end it without any handler after that step, before its state is saved."""

    def crash():
        raise Crash

    with pytest.MonkeyPatch.context() as patched:
        at_step(patched, number, crash)
        with pytest.raises(Crash):
            call(*given)
