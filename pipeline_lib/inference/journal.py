"""Results kept batch by batch on disk, so that a run that was killed computes none of them twice.

A batch is one JSON file, named after its number and the SHA-256 of its content. It is written under another name and
renamed, so that a half-written or damaged file does not match its name. The rows of a batch are planned beforehand, so
that a result does not depend on where a run was interrupted.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written

PATTERN = "[!.]*-*.json"  # the name of a half-written draft begins with a dot


class Journal:
    """The batches in the folder of one run; `log` gets a line for each damaged one."""

    def __init__(self, folder: Path, log: Callable[[str], None] = lambda line: None) -> None:
        """Use `folder`, which need not exist yet."""
        self.folder, self.log = folder, log
        self.found = len(list(folder.glob(PATTERN)))  # batches of an earlier run, damaged ones included

    def keep(self, number: int, compute: Callable[[], list[Any]]) -> list[Any]:
        """Return the batch `number`, read from disk or computed and written; its values are those that JSON has."""
        name = f"batch-{number:06}"
        for path in sorted(self.folder.glob(f"{name}-*.json")):
            text = path.read_text(encoding="utf-8", errors="replace")
            if path.stem == f"{name}-{_digest(text)}":
                return json.loads(text)
            self.log(f"the kept batch {number} is damaged: computed again")
        result = compute()
        text = json.dumps(result, allow_nan=False)
        # On a full disk: go on without keeping it.
        with suppress(UserError), written(self.folder / f"{name}-{_digest(text)}.json") as draft:
            draft.touch(0o600)  # answers in tokens: text that only its owner may read
            draft.write_text(text, encoding="utf-8")
        return result


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]
