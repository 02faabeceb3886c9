"""Results kept batch by batch on disk, so that a run that was killed computes none of them twice.

A batch is one JSON file, named after its number and the SHA-256 of its content: written beside and renamed, and what is
half-written or damaged does not fit its name. Which rows are in a batch is a fixed plan, so that a result does not
depend on where a run was interrupted.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_text

PATTERN = "[!.]*-*.json"  # a draft that was left half-written begins with a point


class Journal:
    """The batches in `folder`, which is one run's; `tell` hears of damaged ones, and of a disk that is full."""

    def __init__(self, folder: Path, tell: Callable[[str], None] = lambda line: None) -> None:
        """Take the folder; it need not be there yet."""
        self.folder, self.tell = folder, tell
        self.found = len(list(folder.glob(PATTERN)))  # batches of a run before, damaged ones among them

    def keep(self, number: int, compute: Callable[[], list[Any]]) -> list[Any]:
        """Return the batch `number`: as it was kept, or as `compute` makes it, which is kept. It is what JSON holds."""
        name = f"batch-{number:06}"
        for path in sorted(self.folder.glob(f"{name}-*.json")):
            text = path.read_text(encoding="utf-8", errors="replace")
            if path.stem == f"{name}-{_digest(text)}":
                return json.loads(text)
            self.tell(f"the kept batch {number} is damaged: computed again")
        made = compute()
        text = json.dumps(made, allow_nan=False)
        with suppress(UserError):  # a full disk: go on without
            write_text(self.folder / f"{name}-{_digest(text)}.json", text)
        return made


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]
