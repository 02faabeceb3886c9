"""The figures of a running training in TensorBoard's format, where the variable TARE_LIVE asks for them.

They are for a person who watches the run. No stage reads them, and DVC and Git do not see them.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import say
from pipeline_lib.core.errors import UserError

LIVE = "TARE_LIVE"
FOLDER = Path("live")
FIGURES = ("loss", "errors", "lr", "tokens_per_second", "memory_gb")
FLUSH_EVERY = 5  # seconds, about what TensorBoard waits before it reads again


@contextmanager
def live_figures(record: Path, quiet: bool = False) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield a function that writes a row of a training's history at once; without TARE_LIVE it does nothing.

    TARE_LIVE=1 writes to live/, another value is the folder. In it a run has the folder RECORD/TIME, with a folder for
    each split, so that TensorBoard draws training and validation loss into one chart. With `quiet` (all processes but
    the first) nothing is written. Where writing fails, one line is printed and the training goes on.

    Raises UserError where the value is no folder or the package is missing.
    """
    folder = _folder(os.environ.get(LIVE, ""))
    if folder is None:
        yield lambda row: None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UserError(
            f"{LIVE} needs the package tensorboard, which is not installed: pip install -c constraints.txt tensorboard"
        ) from error
    if quiet:
        yield lambda row: None
        return
    run = folder / _inner(record) / _name()
    writers = {"train": SummaryWriter(run / "train", flush_secs=FLUSH_EVERY)}  # an error now where it cannot be written
    say(f"live figures: tensorboard --logdir {folder}")

    def write(row: dict[str, Any]) -> None:
        if row["split"] not in writers:
            writers[row["split"]] = SummaryWriter(run / row["split"], flush_secs=FLUSH_EVERY)
        for name in FIGURES:
            if name in row:
                writers[row["split"]].add_scalar(name, row[name], row["step"])

    def close() -> None:
        for writer in writers.values():
            writer.close()

    tried = _Tried(run)
    try:
        yield lambda row: tried(write, row)
    finally:
        tried(close)


class _Tried:
    """Calls functions that write to `folder`, until the first one fails: a full disk must not end a run of hours."""

    def __init__(self, folder: Path) -> None:
        """Start without a failure."""
        self.folder, self.failed = folder, False

    def __call__(self, function: Callable[..., None], *given: Any) -> None:
        """Call the function; after an OSError print one line, and call none any more."""
        if self.failed:
            return
        try:
            function(*given)
        except OSError as error:
            self.failed = True
            say(f"warning: no more live figures, {self.folder} cannot be written: {error.strerror}")


def _folder(value: str) -> Path | None:
    """Return the folder that a value of TARE_LIVE names, None for none."""
    if value in ("", "0"):
        return None
    if value == "1":
        return FOLDER
    if os.sep not in value:
        raise UserError(f"{LIVE} must be 1, which writes to {FOLDER}/, or a folder with a / in it, it is {value!r}")
    return Path(value)


def _inner(record: Path) -> Path:
    """Return the path of a record as one within another folder."""
    return Path(*(part for part in record.parts if part not in (record.anchor, "..")))


def _name() -> str:
    """Return the name of a run that starts now, with that of DVC's experiment where it is one."""
    experiment = re.sub(r"[^\w.-]", "-", os.environ.get("DVC_EXP_NAME", ""))
    return time.strftime("%Y-%m-%d_%H-%M-%S") + (f"-{experiment}" if experiment else "")
