"""A fault: a piece of our code, and what is wrong in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# what is wrong: (the code as it is, the code with the fault) and, where others than the file's tests see it, these.
Replacements = Mapping[str, tuple[str, str] | tuple[str, str, str]]


@dataclass(frozen=True)
class Fault:
    """What is wrong, the file, its text as it is and with the fault, and what pytest is given: files or tests."""

    what: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]

    def broken(self, root: Path = ROOT) -> str:
        """Return the content of the file with the fault. Raises ValueError unless it has the text exactly once."""
        content = (root / self.file).read_text(encoding="utf-8")
        count = content.count(self.text)
        if count != 1:
            raise ValueError(f"{self.file} has the text of the fault {self.what!r} {count} times, it must have it once")
        return content.replace(self.text, self.instead)


def faults_in(file: str, tests: str, replacements: Replacements) -> list[Fault]:
    """Return the faults of one file; `tests` are words for pytest, separated by spaces, "tests/" left out."""
    found = []
    for what, (text, instead, *others) in replacements.items():
        words = (others[0] if others else tests).split()
        found.append(Fault(what, file, text, instead, tuple(f"tests/{word}" for word in words)))
    return found
