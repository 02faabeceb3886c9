"""TODO."""

from pipeline_lib.training import run as fitting


class Crash(BaseException):
    """As near to kill -9 as a test within one process comes."""


def at_step(monkeypatch, number: int, act) -> None:
    """Do `act` when that step has been taken, before it is saved."""
    advance = fitting.Progress.advance

    def advance_and_act(self, count, note=""):
        advance(self, count, note)
        if note and self.done == number:
            act()

    monkeypatch.setattr(fitting.Progress, "advance", advance_and_act)
