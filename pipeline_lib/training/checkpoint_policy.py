"""When a training run saves its state, and when it stops."""

import time
from collections.abc import Callable

import torch
from accelerate import Accelerator

from pipeline_lib.core.errors import UserError
from pipeline_lib.training.checkpoints import Checkpoints
from pipeline_lib.training.state import State

SAVING_SHARE = 0.05  # of the time, at most, for checkpoints that take longer than a second


class Interrupted(Exception):
    """Training was stopped before its end; the message says how to continue, `code` is the exit code."""

    def __init__(self, message: str, code: int) -> None:
        """Take both."""
        super().__init__(message)
        self.code = code


class CheckpointPolicy:
    """Saves a run of `steps` steps every `every` seconds and at an epoch's end, and stops it; a loop.Checkpointing.

    `stop_code(seconds)` returns the exit code when it is time to stop, 0 before; `seconds` are those since the start.
    `log` gets a line for each checkpoint that cannot be written, `on_resume` the state that the run continues from.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        accelerator: Accelerator,
        steps: int,
        *,
        every: float,
        stop_code: Callable[[float], int],
        log: Callable[[str], None],
        on_resume: Callable[[State], None],
    ) -> None:
        """Start the clock."""
        self.checkpoints, self.accelerator, self.steps = checkpoints, accelerator, steps
        self.every, self.stop_code, self.log, self.on_resume = every, stop_code, log, on_resume
        self.began = self.last = time.monotonic()
        self.took = 0.0  # seconds of the last save
        self.code = 0  # the exit code, once it is time to stop
        self.saved_step = 0  # the step that the run can continue from
        self.loaded = False

    def load(self) -> State | None:
        """Return the newest undamaged state. Raises UserError where the processes find different ones."""
        state = self.checkpoints.load()
        found = self._gathered([state.step, state.epoch] if state else [0, 0])
        if not bool((found == found[0]).all()):
            raise UserError(
                "the processes of a run must see the same checkpoints, they found other steps: set TARE_CACHE to a "
                "folder that all machines share"
            )
        self.loaded = True
        if state:
            self.saved_step = state.step
            self.on_resume(state)
        return state

    def due(self, step: int, epoch_end: bool) -> bool:
        """Return whether to save now, or to stop. It is so in all processes where it is so in one."""
        now = time.monotonic()
        late = now - self.last >= self.every or epoch_end
        too_slow = self.took > 1 and now - self.last < self.took / SAVING_SHARE
        numbers = [int(late and not too_slow), self.stop_code(now - self.began)]
        save, self.code = (int(value) for value in self._gathered(numbers).amax(0))
        return bool(save or self.code)

    def save(self, state: State) -> None:
        """Save the state; where the disk is full, log it and go on. Raises Interrupted when it is time to stop."""
        began = time.monotonic()
        if self.accelerator.is_main_process:
            try:
                self.checkpoints.save(state)
                self.saved_step = state.step
            except UserError as error:
                self.log(f"warning: {error}")
        self.accelerator.wait_for_everyone()
        self.last = time.monotonic()
        self.took = self.last - began
        self.stop(self.code)

    def stop(self, code: int) -> None:
        """Raise Interrupted, unless the code is 0."""
        if code:
            raise Interrupted(self.how_to_continue(), code)

    def how_to_continue(self) -> str:
        """Return how to continue the run."""
        if not self.saved_step:
            return "no checkpoint could be written, the same command starts from the beginning"
        return f"run the same command again to continue from step {self.saved_step} of {self.steps}"

    def _gathered(self, numbers: list[int]) -> torch.Tensor:
        """Return every process's numbers, a row each."""
        return self.accelerator.gather(torch.tensor([numbers], device=self.accelerator.device)).cpu()
