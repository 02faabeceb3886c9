"""The state of a training run on disk, so that a run that was killed goes on where it was, bit for bit.

A checkpoint is one safetensors file, JSON in its header, named after its step and its SHA-256: written beside, synced
and renamed, and what is half-written or damaged does not fit its name. Those of a run lie in a folder of the user's
cache, named after all that decides the result: another setting, row or version never meets an old checkpoint.
"""

import json
import math
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import remove
from pipeline_lib.models.registry import sha256
from pipeline_lib.models.run_cache import sync

KEPT = 2  # checkpoints of a run: should the newest be damaged, there is one before it


@dataclass
class State:
    """Where a run is: all that its next step depends on, but the model, the rows and the settings.

    Names are those of the model's weights; `random` holds the generators' states, (processes, bytes) each.
    """

    step: int = 0  # steps done
    epoch: int = 1  # the epoch under way, from 1
    place: int = 0  # batches done of it
    seconds: float = 0.0  # of training so far
    best_epoch: int = 0  # 0: no epoch is done yet, and `best` is empty
    best_loss: float = math.inf  # or what else chose it: the share of wrong rows
    history: list[dict[str, Any]] = field(default_factory=list)
    schedule: dict[str, Any] = field(default_factory=dict)
    scaler: dict[str, Any] = field(default_factory=dict)  # of fp16
    saved: float = 0.0  # seconds since 1970
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    optimizer: dict[str, torch.Tensor] = field(default_factory=dict)
    random: dict[str, torch.Tensor] = field(default_factory=dict)


FACTS = ("step", "epoch", "place", "seconds", "best_epoch", "best_loss", "history", "schedule", "scaler", "saved")
TENSORS = ("weights", "best", "optimizer", "random")


class Checkpoints:
    """The checkpoints in `folder`, which is one run's; `tell` hears of each that is damaged."""

    def __init__(self, folder: Path, tell: Callable[[str], None] = lambda line: None) -> None:
        """Take the folder; it need not be there yet."""
        self.folder, self.tell = folder, tell
        self._good: list[Path] = []

    def load(self) -> State | None:
        """Return the newest state that is whole; None where there is none."""
        found = sorted(self.folder.glob("*.safetensors"), reverse=True)
        self._good = []
        for path in found:
            try:
                state = _read(path)
            except (OSError, SafetensorError, ValueError, KeyError):
                self.tell(f"the checkpoint of step {int(path.name.split('-')[0])} is damaged: skipped")
            else:
                self._good = [path]
                return state
        if found:
            self.tell("no checkpoint is whole: training starts from the beginning")
        return None

    def save(self, state: State) -> None:
        """Write a state, and remove all but the last two that are whole.

        Raises UserError where it cannot be written; those before it are still there.
        """
        state.saved = time.time()
        facts = {name: getattr(state, name) for name in FACTS}
        if not state.best_epoch:
            del facts["best_loss"]  # infinity is no JSON
        tensors = {
            f"{group}.{name}": tensor.detach().cpu().contiguous()
            for group in TENSORS
            for name, tensor in getattr(state, group).items()
        }
        draft = self.folder / "draft"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_file(tensors, draft, {"state": json.dumps(facts, allow_nan=False)})
            sync(draft)
            path = self.folder / f"{state.step:08}-{state.epoch:06}-{sha256(draft)}.safetensors"
            os.replace(draft, path)
            sync(self.folder)
        except (OSError, SafetensorError) as error:
            with suppress(OSError):
                remove(draft)
            why = error.strerror if isinstance(error, OSError) else error
            raise UserError(
                f"cannot write the checkpoint of step {state.step} to {self.folder}: {why}: free some space, or set "
                "TARE_CACHE to another folder"
            ) from error
        self._good = [*(good for good in self._good if good != path), path][-KEPT:]
        for other in set(self.folder.glob("*.safetensors")) - set(self._good):
            with suppress(OSError):
                other.unlink()

    def remove(self) -> None:
        """Remove the folder: the run is done."""
        remove(self.folder)


def _read(path: Path) -> State:
    if sha256(path) != path.stem.split("-")[-1]:
        raise ValueError(f"{path} is not what was written")
    groups: dict[str, Any] = {group: {} for group in TENSORS}
    with safe_open(path, framework="pt") as file:
        facts = json.loads(file.metadata()["state"])
        for key in file.keys():  # noqa: SIM118 (it is no dict)
            group, name = key.split(".", 1)
            groups[group][name] = file.get_tensor(key).clone()  # the file may go
    return State(**facts, **groups)
