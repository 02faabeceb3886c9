"""A progress bar on a terminal, and a plain line every few seconds anywhere else."""

import sys
import time

from tqdm import tqdm

LINE_EVERY = 10.0  # seconds between plain lines


class Progress:
    """Progress of a stage: `with Progress(total, "train", "step") as progress: progress.advance(1, "loss 2.31")`."""

    def __init__(self, total: int, label: str, unit: str, quiet: bool = False) -> None:
        """Expect `total` of `unit`; with `quiet` (all processes but the first) nothing is printed."""
        self.total, self.label, self.unit, self.quiet = total, label, unit, quiet
        self.done, self.began, self.last_line = 0, time.monotonic(), time.monotonic()
        on_terminal = sys.stderr.isatty() and not quiet
        self.bar = tqdm(total=total, desc=label, unit=unit, dynamic_ncols=True) if on_terminal else None

    def __enter__(self) -> "Progress":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the bar."""
        if self.bar is not None:
            self.bar.close()

    def advance(self, count: int, note: str = "") -> None:
        """Count `count` more units as done; `note`, like the loss, is printed after them."""
        self.done += count
        if self.bar is not None:
            self.bar.set_postfix_str(note, refresh=False)
            self.bar.update(count)
            return
        now = time.monotonic()
        if not self.quiet and (self.done >= self.total or now - self.last_line >= LINE_EVERY):
            self.last_line = now
            left = (now - self.began) / max(self.done, 1) * (self.total - self.done)
            print(
                f"{self.label}: {self.unit} {self.done}/{self.total}{', ' + note if note else ''}, {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )
