"""Hold recipes/sentiment/data/reviews.csv against its generator, its English, and the ceiling of a bag of words.

How to run:     pytest tests/test_generate_reviews.py -s      (seconds; -s shows the bag of words)
What comes out: the accuracy of TF-IDF with logistic regression, overall and for each phenomenon.
"""

import csv
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from generators.reviews.__main__ import HEADER, main
from generators.reviews.frames import FRAMES, HEDGED_TAILS, TAILED, TAILS
from generators.reviews.rows import DOMAINS, SHARES, make_reviews
from generators.reviews.wording import Pen, mended, plural
from pipeline_lib.core.text import normalised
from pipeline_lib.data.near_duplicates import near_duplicates

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "recipes" / "sentiment" / "data" / "reviews.csv"
ROWS, SEED = 1800, 7


@pytest.fixture(scope="module")
def table():
    with open(FILE, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sentences(text):
    """The sentences of three words and more, folded."""
    parts = [normalised(part) for part in re.split(r"[.!?:;]", text)]
    return [part for part in parts if len(part.split()) >= 3]


# The file


def test_the_committed_file_is_what_the_documented_command_writes(tmp_path):
    out = tmp_path / "reviews.csv"
    assert main(["--rows", str(ROWS), "--seed", str(SEED), "--out", str(out)]) == 0
    written = out.read_bytes()
    assert written == FILE.read_bytes()
    assert written.startswith(b"text,label,phenomenon\n")
    assert b"\r" not in written
    assert [path.name for path in tmp_path.iterdir()] == ["reviews.csv"]


def test_more_rows_begin_with_the_same_rows(table):
    longer = make_reviews(ROWS + 50, SEED)
    assert [review.cells() for review in longer[:ROWS]] == [tuple(row.values()) for row in table]
    shorter = make_reviews(137, SEED)
    assert longer[:137] == shorter


def test_another_seed_gives_other_rows(table):
    others = {review.text for review in make_reviews(300, SEED + 1)}
    assert len(others & {row["text"] for row in table}) <= 9  # "Not bad at all." has few other forms


@pytest.mark.parametrize(("option", "value"), [("--rows", "0"), ("--rows", "-3"), ("--seed", "-7")])
def test_a_bad_number_is_one_line(tmp_path, capsys, option, value):
    assert main([option, value, "--out", str(tmp_path / "reviews.csv")]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert option in message
    assert value in message
    assert not list(tmp_path.iterdir())


# The rows


def test_schema_balance_and_shares(table):
    assert len(table) == ROWS
    assert all(tuple(row) == HEADER for row in table)
    labels = Counter(row["label"] for row in table)
    assert set(labels) == {"positive", "negative"}
    assert abs(labels["positive"] - labels["negative"]) <= 0.02 * ROWS
    dealt = Counter((row["phenomenon"], row["label"]) for row in table)
    for phenomenon, (good, bad) in SHARES.items():
        assert dealt[phenomenon, "positive"] == good * ROWS / 100
        assert dealt[phenomenon, "negative"] == bad * ROWS / 100
    assert sum(map(sum, SHARES.values())) == 100


def test_any_length_is_balanced(table):
    for rows in (100, 500, 1000, 1234):
        positive = sum(row["label"] == "positive" for row in table[:rows])
        assert abs(2 * positive - rows) <= 0.04 * rows


def test_lengths_short_long_and_between(table):
    words = [len(row["text"].split()) for row in table]
    assert min(words) >= 4
    assert max(words) <= 40
    assert sum(count <= 5 for count in words) >= 15  # the error categories short and long have rows
    assert sum(count >= 30 for count in words) >= 15


def test_texts_are_distinct_and_few_are_alike(table):
    texts = [row["text"] for row in table]
    assert len({normalised(text) for text in texts}) == ROWS
    pairs = near_duplicates(texts, threshold=0.8)
    print(f"\n{len(pairs)} pairs of near-duplicates among {ROWS} rows")
    assert len(pairs) < 0.005 * ROWS


def test_every_kind_of_thing_is_reviewed(table):
    everything = "\n".join(row["text"].lower() for row in table)
    for domain in DOMAINS:
        assert sum(everything.count(thing) for thing in set(domain.things)) > 50


# The English


@pytest.mark.parametrize(
    "mistake",
    [
        r"[{}\[\]|~]",
        r"  |\s$|^\s",
        r" [.,;:!?]",
        r"\.\.|,,|[!?][.,]|[.,;:][.,;:]",
        r"\b[Aa] \"?(?=[aeioAEIO]|un)(?!one-)",
        r"\b[Aa]n \"?(?=[bcdfgjklmnpqrstvwxyz])",
        r"\b[Aa]n (?:use|one-|uni[qt])",
        r"\b(\w+) \1\b",
        r"\bi\b",
        r"\b(?:the|a|an) (?:the|a|an)\b",
        r"\b(?:colours|buttons|pictures|costumes|chairs|portions|jokes|maps|characters) (?:is|was|isn't|wasn't)\b",
        r"\b(?:the|this) (?:plot|food|service|screen|sound|ending) (?:are|were|aren't|weren't)\b",
        r"[.!?] +[a-z]",
    ],
)
def test_no_text_has(table, mistake):
    found = [row["text"] for row in table if re.search(mistake, row["text"])]
    assert found == []


def test_a_and_an():
    assert mended("a unimaginative plot, a unique ending") == "An unimaginative plot, a unique ending"
    assert mended("a useful manual in a hour, a one-note hero, a honest man, a easy read") == (
        "A useful manual in an hour, a one-note hero, an honest man, an easy read"
    )
    assert mended('ah yes, a "addictive" show. so i left') == 'Ah yes, an "addictive" show. So I left'


def test_plurals():
    nouns = ("thriller", "comedy", "crime series", "smartwatch", "memoir")
    assert [plural(noun) for noun in nouns] == ["thrillers", "comedies", "crime series", "smartwatches", "memoirs"]


def test_casual_spelling_is_there_and_rare(table):
    lower = sum(row["text"][0].islower() for row in table)
    keen = sum(row["text"].endswith("!") for row in table)
    assert 0.02 <= lower / ROWS <= 0.1
    assert 0.03 <= keen / ROWS <= 0.25


@pytest.mark.parametrize("phenomenon", list(FRAMES))
@pytest.mark.parametrize("positive", [True, False])
def test_every_frame_can_be_written_for_every_kind_of_thing(phenomenon, positive):
    tails = (HEDGED_TAILS if phenomenon == "hedging" else TAILS) if TAILED[phenomenon] else ()
    for domain in DOMAINS:
        for frame in FRAMES[phenomenon].of(positive) + tails:
            text = Pen(Random(3), domain, positive).write(frame)
            assert not re.search(r"[{}\[\]|]", text), text


def test_there_is_much_to_draw_from():
    for frames in FRAMES.values():
        assert min(len(frames.of(True)), len(frames.of(False))) >= 18
    for domain in DOMAINS:
        assert len(domain.aspects) >= 12
        assert min(map(len, domain.events)) >= 10
        assert min(map(len, domain.mockery)) >= 7
        for one in domain.aspects:
            assert set(one.only) <= set(domain.things), one.noun
            assert not set(one.adjectives[0]) & set(one.adjectives[1])


# The ceiling of a bag of words


def deal(table, seed):
    """1,200 rows to train on and 300 to test."""
    order = list(table)
    Random(seed).shuffle(order)
    return order[:1200], order[1200:1500]


def test_reviews_are_no_recombination_of_sentences_seen(table):
    train, test = deal(table, 0)
    seen = {part for row in train for part in sentences(row["text"])}
    known = sum(all(part in seen for part in sentences(row["text"])) for row in test if sentences(row["text"]))
    print(f"\n{known} of {len(test)} test reviews consist of sentences of training reviews")
    assert known <= 0.06 * len(test)


def test_a_bag_of_words_gets_the_plain_ones_and_fails_where_words_turn(table):
    hits = {}
    for seed in range(5):
        train, test = deal(table, seed)
        vectorizer = TfidfVectorizer(ngram_range=(1, 2))
        model = LogisticRegression(max_iter=1000)
        model.fit(vectorizer.fit_transform(row["text"] for row in train), [row["label"] for row in train])
        said = model.predict(vectorizer.transform(row["text"] for row in test))
        right = [label == row["label"] for label, row in zip(said, test, strict=True)]
        print(f"\nseed {seed}: accuracy {sum(right) / len(right):.3f} on {len(right)} rows", end="")
        assert 0.70 <= sum(right) / len(right) <= 0.88
        for row, hit in zip(test, right, strict=True):
            hits.setdefault(row["phenomenon"], []).append(hit)
    rates = {phenomenon: sum(found) / len(found) for phenomenon, found in hits.items()}
    print("\n" + ", ".join(f"{phenomenon} {rate:.3f} ({len(hits[phenomenon])})" for phenomenon, rate in rates.items()))
    assert rates["plain"] > 0.9
    for phenomenon in ("negation", "contrast", "irony", "mixed", "hedging"):
        assert rates[phenomenon] < rates["plain"] - 0.08
