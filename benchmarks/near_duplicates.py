"""How many changed copies the search for near-duplicates finds, and how many distinct rows it takes for copies.

    python -m benchmarks.near_duplicates                                # data/reports.csv
    python -m benchmarks.near_duplicates FILE --column findings

FILE is a table of any format that the project reads. Rows of equal words count once. A copy is a text of the file with
words replaced by words drawn from all texts, a sentence left out, or its sentences in another order. Long texts are
those of at least 20 words. Prints a table in Markdown; seconds for a few thousand rows, the same figures each time.

False alarms are judged by other means than the search: two rows are copies of one another if they have the same
sentences but for one, or else if what is left without the sentences of both is at most three words apart (edit
distance; one word in texts that are not long). Many distinct rows of real data are such copies.
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable

from rapidfuzz.distance import Levenshtein

from pipeline_lib.core.text import normalised, sentences
from pipeline_lib.data.near_duplicates import near_duplicates
from pipeline_lib.data.records import read_records

COPIES = 300  # of a kind, at most
LEAST = 30  # fewer texts say nothing
LONG = 20  # words
Change = Callable[[random.Random, str, list[str]], str]  # (chance, text, words of all texts) -> copy


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", nargs="?", default="data/reports.csv", help="a table (default: data/reports.csv)")
    arguments.add_argument("--column", default="Observation", help="the column of the texts (default: Observation)")
    arguments.add_argument("--rows", type=int, help="as many rows, drawn (default: all)")
    args = arguments.parse_args()
    cells = [str(row.get(args.column) or "") for row in read_records(args.file).rows]
    texts = list({normalised(text): text for text in reversed(cells) if normalised(text)}.values())
    if len(texts) < 2:
        arguments.error(f"{args.file} must have two rows or more in its column {args.column!r}, has {len(texts)}")
    if args.rows and args.rows < len(texts):
        texts = random.Random(0).sample(texts, args.rows)
    print(f"{len(texts):,} distinct rows\n\n| change | copies | found |\n|---|---:|---:|")
    for name, copies, share in recalls(texts):
        print(f"| {name} | {copies} | {share:.2f} |" if copies else f"| {name} | too few texts | |")
    paired, alarms = false_alarms(texts)
    print(f"\n| distinct rows | share |\n|---|---:|\n| with a near-duplicate | {paired:.2%} |")
    print(f"| with one that is not a copy: false alarms | {alarms:.2%} |")


# Copies.
def recalls(texts: list[str]) -> list[tuple[str, int, float]]:
    """Return (kind of change, number of copies, share of the copies found); 0 copies where too few texts fit."""
    pool = [word for text in texts for word in normalised(text).split()]
    lengths = {text: len(normalised(text).split()) for text in texts}
    long = [text for text in texts if lengths[text] >= LONG]
    parted = [text for text in texts if len(sentences(text)) >= 3]
    kinds: list[tuple[str, list[str], Change]] = [
        ("one word, long texts", long, words_changed(1)),
        ("two words, long texts", long, words_changed(2)),
        ("three words, long texts", long, words_changed(3)),
        ("one sentence of three or more left out", parted, sentence_left_out),
        ("sentences in another order", parted, sentences_moved),
    ]
    for count in (16, 8):
        cut = [" ".join(normalised(text).split()[:count]) for text in texts if lengths[text] >= count]
        kinds.append((f"one word of {count}", list(dict.fromkeys(cut)), words_changed(1)))
    found = []
    for name, chosen, change in kinds:
        if len(chosen) < LEAST:
            found.append((name, 0, 0.0))
            continue
        chance = random.Random(name)
        originals = chance.sample(chosen, min(COPIES, len(chosen)))
        copies = [change(chance, text, pool) for text in originals]
        pairs = {pair[:2] for pair in near_duplicates(originals + copies)}
        hits = sum((place, len(originals) + place) in pairs for place in range(len(originals)))
        found.append((name, len(originals), hits / len(originals)))
    return found


def words_changed(count: int) -> Change:
    """Return a function that replaces `count` words of a text with words of the pool."""

    def change(chance: random.Random, text: str, pool: list[str]) -> str:
        words = normalised(text).split()
        for place in chance.sample(range(len(words)), count):
            words[place] = next(word for word in iter(lambda: chance.choice(pool), None) if word != words[place])
        return " ".join(words)

    return change


def sentence_left_out(chance: random.Random, text: str, pool: list[str]) -> str:
    """Return the text without one of its sentences."""
    parts = sentences(text)
    del parts[chance.randrange(len(parts))]
    return "".join(parts)


def sentences_moved(chance: random.Random, text: str, pool: list[str]) -> str:
    """Return the text with its sentences in another order."""
    parts = [part.strip() for part in sentences(text)]
    return " ".join(chance.sample(parts, len(parts)))


# False alarms.
def false_alarms(texts: list[str]) -> tuple[float, float]:
    """Return the share of texts that have a near-duplicate, and of those that have one which is no copy."""
    pairs = near_duplicates(texts)
    paired = {place for left, right, _ in pairs for place in (left, right)}
    wrong = {place for left, right, _ in pairs if not are_copies(texts[left], texts[right]) for place in (left, right)}
    return len(paired) / len(texts), len(wrong) / len(texts)


def are_copies(one: str, other: str) -> bool:
    """Return whether two texts differ by a sentence that one lacks, or by a few words."""
    bags = [Counter(map(normalised, sentences(text))) for text in (one, other)]
    left, right = list((bags[0] - bags[1]).elements()), list((bags[1] - bags[0]).elements())
    if min(len(left), len(right)) == 0 and max(len(left), len(right)) <= 1:
        return True
    words = max(len(normalised(text).split()) for text in (one, other))
    return Levenshtein.distance(" ".join(left).split(), " ".join(right).split()) <= (3 if words >= LONG else 1)


if __name__ == "__main__":
    main()
