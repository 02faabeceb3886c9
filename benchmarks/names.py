"""How many names of people words.names: drop finds, and what else it leaves out: names planted into your text.

    python -m benchmarks.names                                   # the embedded reports
    python -m benchmarks.names --data FILE --columns findings impression
    python -m benchmarks.names --text FILE --every 9 --show 100

Each of 144 invented people of 12 origins is planted into six documents, in one of 17 shapes in which names occur in
reports; 17 runs, so that each occurs in each shape. The last eight shapes were added after the rules were written. A
name is a first or last name of at least three letters that the text itself has not; recall is the share of these that
are left out of the vocabulary. "words left out" are those of the text itself, without the planted names: in
de-identified reports all of these are mistakes. --show prints some at random, to judge them.

The methods: `list` leaves out what is in Faker's lists of names and in no dictionary; `capitals` what is written with a
capital wherever it is not the first word of a sentence; `both` what is in the lists and written so; `drop` is what the
pipeline does. Prints Markdown. Takes two minutes.
"""

import argparse
import csv
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from pipeline_lib.cli.command import run
from pipeline_lib.core.text import tokens, without_contraction
from pipeline_lib.data.tables import read_table
from pipeline_lib.words.corpus.documents import read_corpus, read_texts
from pipeline_lib.words.corpus.lexicon import lexicon
from pipeline_lib.words.corpus.name_lists import all_names
from pipeline_lib.words.corpus.names import LOWER, PARTICLES, NameEvidence

PEOPLE = Path(__file__).with_name("names_people.csv")
TIMES, MIN_DOCUMENTS, MIN_LETTERS = 6, 5, 3
SHAPES = {
    "Dr. L": ("Discussed with Dr. {L}.", "Results were called to Dr. {L} at 14:05.", "Dr. {L} was informed."),
    "Dr L": ("Discussed with Dr {L} on the ward.", "Dr {L} was informed.", "Reviewed with Dr {L}."),
    "Mr. L's": ("Comparison is made with Mr. {L}'s previous study.", "Mrs. {L} had pain during the scan."),
    "F L": ("Discussed with {F} {L}.", "{F} {L} was informed.", "Findings were called to {F} {L} at 09:30."),
    "LAST, FIRST": ("Patient: {L:u}, {F:u}.", "Referred by {L:u}, {F:u}.", "Attending: {L:u}, {F:u}."),
    "F. L, MD": ("Signed by {F:i}. {L}, MD.", "Electronically signed by {F:i}. {L}, M.D."),
    "by L": ("Discussed with {L} by telephone.", "Reviewed by {L}.", "Findings were seen together with {L}."),
    "Role: L": ("Radiologist: {L}.", "Reported by: {L}.", "Signed: {L}"),
    "F": ("Sedation was given to {F} before the scan.", "The scan of {F} was repeated."),
    # Not known when the rules were written:
    "nurse L": ("Nurse {L} was called.", "The patient was sedated by nurse {L}."),
    "(L)": ("Transferred from the intensive care unit ({L}).", "Compared with the report of the ward ({L})."),
    "F L, role": ("{F} {L}, resident, was informed.", "Seen with {F} {L}, the referring physician."),
    "L/L": ("Staff: {L}/{F}.", "Read with {L}/{F}."),
    "LAST FIRST": ("{L:u} {F:u} was seen.", "Name {L:u} {F:u}"),
    "DR. L": ("DISCUSSED WITH DR. {L:u}.", "DR. {L:u} WAS INFORMED."),
    "dr. l": ("discussed with dr. {L:l}.", "dr. {L:l} was informed."),
    "by l": ("discussed with {L:l} by telephone.", "reviewed by {L:l}."),
}
METHODS = ("list", "capitals", "both", "drop")


class _Name(str):
    def __format__(self, how: str) -> str:
        return {"": str(self), "u": self.upper(), "l": self.lower(), "i": self[:1]}[how]


def main(argv: list[str] | None = None) -> None:
    """Run the benchmark."""
    args = _parse(argv)
    documents = list(_documents(args))
    own, own_left_out = _vocabulary(documents)
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])  # (shape or origin, method) -> found, planted
    missed: dict[str, set[str]] = defaultdict(set)
    for shift in range(len(SHAPES)):
        planted, texts = _plant(documents, shift)
        words, left_out = _vocabulary(texts)
        for origin, shape, name in planted:
            if name in words and name not in own:
                for method in METHODS:
                    hit = name in left_out[method]
                    for key in ("all", shape, origin):
                        found[key, method][0] += hit
                        found[key, method][1] += 1
                if name not in left_out["drop"]:
                    missed[shape].add(name)
    _print(found, len(own), {method: len(own_left_out[method]) for method in METHODS})
    for shape, names in missed.items():
        print(f"missed by `drop` as {shape}, {len(names)}: {' '.join(sorted(names)[:12])}")
    shown = sorted(own_left_out["drop"])
    print("left out by `drop`, of the text itself:", *random.Random(0).sample(shown, min(args.show, len(shown))))


def _documents(args: argparse.Namespace) -> Iterable[str]:
    if args.text:
        return list(read_texts(args.text))[:: args.every]
    table = read_table(args.data, {}, (), tuple(args.columns))
    return dict.fromkeys(
        "\n".join(filter(None, row)) for row in zip(*(table[each] for each in args.columns), strict=True)
    )


def _plant(documents: list[str], shift: int) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Return (origin, shape, name) of what was planted, and the documents with it."""
    rng, texts, planted = random.Random(shift), list(documents), []
    with PEOPLE.open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            shape = list(SHAPES)[(number + shift) % len(SHAPES)]
            first, last = _Name(row["first"]), _Name(row["last"])
            for chosen in rng.sample(range(len(texts)), TIMES):
                sentence = rng.choice(SHAPES[shape]).format(F=first, L=last)
                texts[chosen] = f"{texts[chosen]} {sentence}" if rng.random() < 0.5 else f"{sentence} {texts[chosen]}"
            names = {without_contraction(token) for token in tokens(f"{first} {last}")} - PARTICLES
            planted += [(row["origin"], shape, name) for name in sorted(names)]
    return planted, texts


def _vocabulary(documents: list[str]) -> tuple[set[str], dict[str, set[str]]]:
    """Return the words of some documents, and those of them that each method leaves out."""
    corpus = read_corpus(documents, "word", MIN_DOCUMENTS, MIN_LETTERS)
    words = {word.word for word in corpus.words}
    evidence = NameEvidence()
    for sentence in corpus.texts:
        evidence.read(sentence)
    known = lexicon().known

    def capital(word: str) -> bool:
        within, lower = evidence.within[word], evidence.lower[word]
        return within > 0 and lower <= LOWER * (lower + within)

    methods: dict[str, Callable[[str], bool]] = {
        "list": lambda word: word in all_names() and not known(word),
        "capitals": capital,
        "both": lambda word: word in all_names() and capital(word),
        "drop": lambda word: evidence.is_name([word]),
    }
    return words, {method: {word for word in words if holds(word)} for method, holds in methods.items()}


def _print(found: dict[tuple[str, str], list[int]], words: int, mistakes: dict[str, int]) -> None:
    print("| | names | " + " | ".join(f"`{method}`" for method in METHODS) + " |")
    print("|---|---:|" + "---:|" * len(METHODS))
    keys = ["all", *SHAPES]
    for key in keys + sorted({key for key, _ in found if key not in keys}):
        shares = [found[key, method] for method in METHODS]
        print(f"| {key} | {shares[0][1]} | " + " | ".join(f"{hit / of:.3f}" for hit, of in shares) + " |")
    print(f"| words left out, of {words} | | " + " | ".join(str(mistakes[method]) for method in METHODS) + " |")


def _parse(argv: list[str] | None) -> argparse.Namespace:
    command = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("--data", default="data/reports.csv")
    command.add_argument("--columns", nargs="+", default=["Observation", "Impression"])
    command.add_argument("--text", help="plain text, one document a line")
    command.add_argument("--every", type=int, default=1, help="read every so-manieth document of --text")
    command.add_argument("--show", type=int, default=20)
    return command.parse_args(argv)


if __name__ == "__main__":
    run(main)
