"""The engine of the generators: it reads the text files, draws from them and words what is drawn.

README.md beside this file describes the text files and the notation `[this|that]`, `{slot}`. Every draw rests on
Random.random(), the one method whose sequence Python promises to keep, so equal seeds give equal bytes on any machine.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast, get_type_hints

from generators.command import normalised

T = TypeVar("T")
RUN = 5  # words of a run
ALIKE = 0.6  # texts that share this part of their runs (Jaccard) are near-duplicates
CHOICE = re.compile(r"\[([^\[\]]*)\]")
INNERMOST = re.compile(r"\[([^\[\]]*)\]|\{([^{}\[\]]+)\}")
MARKS = r'((?:<[\w.]+:|")*)'  # what can stand between a space and a word: a quotation mark, the mark of a span
AN = r"8|11\b|18\b|hour|honest|[aeio](?!ne-)|u(?!ni[cfloqtv]|re|ri|se|sual|te|ti)"  # begins a word that takes "an"
A_BEFORE = re.compile(rf"\b([Aa]) {MARKS}(?={AN})")
HEAD = re.compile(rf'(^|[.!?]"? +){MARKS}([a-z])')


# Text files


class Entry:
    """One entry of a text file: its kind, its name, and fields that hold lines or items, in the order of the file."""

    def __init__(self, place: str, kind: str, name: str) -> None:
        """Begin without fields; `place` is the file and line for messages."""
        self.place, self.kind, self.name = place, kind, name
        self.fields: dict[str, tuple[str, ...]] = {}
        self.read: set[str] = set()

    def all(self, key: str) -> tuple[str, ...]:
        """Return the lines or items of a field, none if the entry does not have it."""
        self.read.add(key)
        return self.fields.get(key, ())

    def text(self, key: str) -> str:
        """Return the one line of a field."""
        found = self.all(key)
        if len(found) != 1:
            raise ValueError(f"{self.place}: {self.kind} {self.name} must have one text in {key!r}, not {len(found)}")
        return found[0]

    def rest(self) -> dict[str, tuple[str, ...]]:
        """Return the fields that were not read yet."""
        return {key: self.all(key) for key in self.fields if key not in self.read}

    def others(self, record: type) -> dict[str, tuple[str, ...]]:
        """Return the fields that are none of the dataclass `record`."""
        names = {one.name.replace("_", " ") for one in fields(record)}
        return {key: self.all(key) for key in self.fields if key not in names}

    def build(self, record: type[T], **given: Any) -> T:
        """Return a `record`, a dataclass, with the values `given` and the entry's fields of the same names.

        A field is read as its type in the dataclass says: one text, a number, "yes" or "no", a span like "3 to 12",
        all its lines, or the items of each line. It may be left out where the dataclass has a default.
        """
        types = get_type_hints(record)
        for one in fields(cast(Any, record)):
            key = one.name.replace("_", " ")
            if one.name not in given and (key in self.fields or one.default is MISSING):
                given[one.name] = READ_AS[types[one.name]](self, key)
        self.close()
        return record(**given)

    def close(self) -> None:
        """Raise ValueError if a field was not read: its name is misspelt, or nobody needs it."""
        for key in self.fields:
            if key not in self.read:
                raise ValueError(f"{self.place}: {self.kind} {self.name} has a field {key!r} that is not known")


def _span(entry: Entry, key: str) -> tuple[int, int]:
    low, high = entry.text(key).split(" to ")
    return int(low), int(high)


READ_AS: dict[Any, Callable[[Entry, str], Any]] = {
    str: Entry.text,
    int: lambda entry, key: int(entry.text(key)),
    float: lambda entry, key: float(entry.text(key)),
    bool: lambda entry, key: {"yes": True, "no": False}[entry.text(key)],
    tuple[int, int]: _span,
    tuple[str, ...]: Entry.all,
    tuple[tuple[str, ...], ...]: lambda entry, key: tuple(items(line) for line in entry.all(key)),
}


def read(beside: str, name: str) -> list[Entry]:
    """Return the entries of the text file `name`.txt in the folder of the module `beside` (its __file__)."""
    path = Path(beside).with_name(f"{name}.txt")
    return parsed(path.read_text(encoding="utf-8"), path.name)


def parsed(text: str, file: str) -> list[Entry]:
    """Return the entries of a text; a line that does not fit the format raises ValueError with its place."""
    numbered = [(number, line.rstrip()) for number, line in enumerate(text.splitlines(), start=1)]
    entries: list[Entry] = []
    key = inline = ""  # the name of the field that is being read, and its text where that began in the same line
    for number, line in _repeated([one for one in numbered if one[1].strip() and not one[1].lstrip().startswith("#")]):
        place, indent, text = f"{file}:{number}", len(line) - len(line.lstrip()), line.strip()
        known = entries[-1].fields if entries else {}
        if indent == 0:
            kind, _, name = text.partition(" ")
            entries.append(Entry(place, kind, name))
            key = ""
        elif indent == 2 and entries:
            key, colon, inline = text.partition(":")
            if not colon or key in known:
                raise ValueError(f"{place}: {text!r} must be a field of its own name, as in 'name: value'")
            known[key] = items(inline)
        elif indent == 4 and key and not inline:
            known[key] = (*known[key], text)
        elif indent >= 4 and key and inline:
            inline += f" {text}"
            known[key] = items(inline)
        elif indent >= 6 and key and known[key]:
            known[key] = (*known[key][:-1], f"{known[key][-1]} {text}")
        else:
            raise ValueError(f"{place}: {text!r} must be indented by 0, 2 or 4 spaces, a line that continues by more")
    return entries


def items(text: str) -> tuple[str, ...]:
    """Return the items of a list separated by bars with a space on both sides."""
    return tuple(item.strip() for item in f" {text} ".split(" | ") if item.strip())


def _repeated(numbered: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the lines with each block from @for to @end written out once for every row of its table."""
    made: list[tuple[int, str]] = []
    names: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    body: list[tuple[int, str]] = []
    depth = 0
    for number, line in numbered:
        if line.startswith("@for "):
            depth += 1
        elif line == "@end":
            depth -= 1
        if depth == 0 and line != "@end":
            made.append((number, line))
        elif depth == 1 and line.startswith("@for "):
            names, rows, body = items(line.removeprefix("@for ")), [], []
        elif depth == 1 and line.startswith("@ "):
            rows.append(items(line.removeprefix("@ ")))
        elif depth > 0:
            body.append((number, line))
        else:
            for row in rows:
                made += _repeated([(at, _filled(one, dict(zip(names, row, strict=True)))) for at, one in body])
    return made


def _filled(line: str, row: dict[str, str]) -> str:
    """Return a line with <name> replaced by the row's value of that name."""
    return re.sub(r"<(\w+)>", lambda hit: row.get(hit[1], hit[0]), line)


# Draws


def choose(rng: Random, options: Sequence[T]) -> T:
    """Return one of `options`, all equally likely."""
    return options[int(rng.random() * len(options))]


def between(rng: Random, low: int, high: int) -> int:
    """Return a whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def shuffled(rng: Random, items: Sequence[T]) -> list[T]:
    """Return the items in drawn order (Random.shuffle may change with Python, Random.random may not)."""
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order


def unused(rng: Random, options: Sequence[str], used: set[str]) -> str:
    """Return one of `options` that is not in `used`, where there is one, and add it there."""
    option = choose(rng, [one for one in options if one not in used] or options)
    used.add(option)
    return option


# Wording


def chosen(rng: Random, text: str) -> str:
    """Return a text with one side of each [this|that] chosen, the innermost first; its slots stay."""
    while hit := CHOICE.search(text):
        text = text[: hit.start()] + choose(rng, hit[1].split("|")) + text[hit.end() :]
    return text


def worded(rng: Random, text: str, slot: Callable[[str], str]) -> str:
    """Return a text with choices made and each {name} replaced by slot(name), from the left, the innermost first."""
    while hit := INNERMOST.search(text):
        filled = choose(rng, hit[1].split("|")) if hit[1] is not None else slot(hit[2])
        text = text[: hit.start()] + filled + text[hit.end() :]
    return text


def mended(text: str) -> str:
    """Return a text with single spaces, a or an as the next word wants it, and capitals where sentences begin."""
    text = re.sub(r" +([.,;:])", r"\1", " ".join(text.split()))
    text = re.sub(r"\bi\b(?=[ '])", "I", A_BEFORE.sub(r"\1n \2", text))
    return HEAD.sub(lambda hit: hit[1] + hit[2] + hit[3].upper(), text)


# Near-duplicates


class Distinct:
    """The texts accepted so far, of which none is nearly the same as another."""

    def __init__(self) -> None:
        """Begin with no text."""
        self.places: dict[str, list[int]] = {}  # run of words -> the texts that have it
        self.sizes: list[int] = []  # of each text, in runs

    def accept(self, text: str) -> bool:
        """Return False if an earlier text is nearly the same, else remember the text and return True."""
        words = normalised(text).split()
        runs = {" ".join(words[at : at + RUN]) for at in range(max(len(words) - RUN + 1, 1))}
        shared: dict[int, int] = {}
        for run in runs:
            for place in self.places.get(run, ()):
                shared[place] = shared.get(place, 0) + 1
        if any(count / (len(runs) + self.sizes[place] - count) >= ALIKE for place, count in shared.items()):
            return False
        for run in runs:
            self.places.setdefault(run, []).append(len(self.sizes))
        self.sizes.append(len(runs))
        return True
