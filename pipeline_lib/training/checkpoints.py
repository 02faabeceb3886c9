"""Checkpoints of a training run on disk, from which a run that was killed continues, bit for bit.

A checkpoint is one safetensors file with JSON in its header, named after its step and its SHA-256. It is written under
another name, synced and renamed, so that a half-written or damaged file does not match its name. The folder is in the
user's cache and named after everything that decides the result (models.run_cache): a run with another setting, row or
version has another folder.
"""

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import remove
from pipeline_lib.models.registry import sha256
from pipeline_lib.models.run_cache import sync
from pipeline_lib.training.state import State

KEPT = 2  # checkpoints of a run: where the newest is damaged, the one before it is used

JSON_FIELDS = (
    "step", "epoch", "place", "seconds", "best_epoch", "best_loss", "history", "schedule", "scaler", "saved",
)  # fmt: skip
TENSOR_FIELDS = ("weights", "best", "optimizer", "random")


class Checkpoints:
    """The checkpoints in the folder of one run; `log` gets a line for each damaged one."""

    def __init__(self, folder: Path, log: Callable[[str], None] = lambda line: None) -> None:
        """Use `folder`, which need not exist yet."""
        self.folder, self.log = folder, log
        self._undamaged: list[Path] = []

    def load(self) -> State | None:
        """Return the newest undamaged state; None where there is none."""
        found = sorted(self.folder.glob("*.safetensors"), reverse=True)
        self._undamaged = []
        for path in found:
            try:
                state = _read(path)
            except (OSError, SafetensorError, ValueError, KeyError):
                self.log(f"the checkpoint of step {int(path.name.split('-')[0])} is damaged: skipped")
            else:
                self._undamaged = [path]
                return state
        if found:
            self.log("all checkpoints are damaged: training starts from the beginning")
        return None

    def save(self, state: State) -> None:
        """Write a state, and remove all but the last two undamaged ones.

        Raises UserError where it cannot be written; the earlier ones are kept then.
        """
        state.saved = time.time()
        facts = {name: getattr(state, name) for name in JSON_FIELDS}
        if not state.best_epoch:
            del facts["best_loss"]  # infinity is not valid JSON
        tensors = {
            f"{group}.{name}": tensor.detach().cpu().contiguous()
            for group in TENSOR_FIELDS
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
        self._undamaged = [*(other for other in self._undamaged if other != path), path][-KEPT:]
        for other in set(self.folder.glob("*.safetensors")) - set(self._undamaged):
            with suppress(OSError):
                other.unlink()

    def remove(self) -> None:
        """Remove the folder, at the end of the run."""
        remove(self.folder)


def _read(path: Path) -> State:
    if sha256(path) != path.stem.split("-")[-1]:
        raise ValueError(f"{path} does not have the SHA-256 of its name")
    groups: dict[str, Any] = {group: {} for group in TENSOR_FIELDS}
    with safe_open(path, framework="pt") as file:
        facts = json.loads(file.metadata()["state"])
        for key in file.keys():  # noqa: SIM118 (it is no dict)
            group, name = key.split(".", 1)
            groups[group][name] = file.get_tensor(key).clone()  # the file may be removed before the tensor
    return State(**facts, **groups)
