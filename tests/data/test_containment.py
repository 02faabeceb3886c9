"""Texts that contain one another, compared with the definition word by word; and the cleaning of training rows."""

import random
import re
import tracemalloc
import unicodedata
from collections import Counter

import pytest

from pipeline_lib.data.containment import (
    REASONS,
    TrainableRows,
    contained_in,
    containment_groups,
    rows_to_train_on,
    words,
)
from tests.helpers.stages import refused


def words_by_definition(text: str) -> tuple[str, ...]:
    """Return what `words` has to return, computed from the definition."""
    made = []
    for token in re.split(r"\s+", unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").strip()):
        marks = "".join({mark for mark in token if unicodedata.category(mark)[0] == "P"})
        made.append(token.strip(marks) or token)
    return tuple(filter(None, made))


def contains(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    return any(outer[at : at + len(inner)] == inner for at in range(len(outer) - len(inner) + 1))


def brute_groups(texts: list[str], least: int) -> list[int]:
    """Return what `containment_groups` has to return: all pairs, joined until nothing changes."""
    all_words = [words_by_definition(text) for text in texts]
    group = list(range(len(texts)))
    pairs = [
        (i, j)
        for i, outer in enumerate(all_words)
        for j, inner in enumerate(all_words)
        if i != j and (outer == inner or (len(inner) >= least and contains(outer, inner)))
    ]
    while True:
        before = list(group)
        for i, j in pairs:
            group[i] = group[j] = min(group[i], group[j])
        if group == before:
            return group


def brute_in(texts: list[str], sentences: list[str], least: int) -> list[int]:
    test_rows = [words_by_definition(sentence) for sentence in sentences]
    return [
        place
        for place, inner in enumerate(map(words_by_definition, texts))
        if inner and any(outer == inner or (len(inner) >= least and contains(outer, inner)) for outer in test_rows)
    ]


def cut(chance: random.Random, count: int, vocabulary: int, longest: int) -> list[str]:
    """Return random texts, and phrases cut out of earlier ones, some with words put around them."""
    made: list[list[str]] = []
    for _ in range(count):
        if made and chance.random() < 0.6:
            whole = chance.choice(made)
            start = chance.randint(0, len(whole))
            text = whole[start : chance.randint(start, len(whole))]
            if chance.random() < 0.3:
                text = [chance.choice("uvw"), *text, chance.choice("xyz")]
        else:
            text = [f"w{chance.randrange(vocabulary)}" for _ in range(chance.randint(0, longest))]
        made.append(text)
    return [" ".join(text) for text in made]


@pytest.mark.parametrize("least", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("vocabulary", [1, 2, 5, 1000])
def test_groups_and_contained_texts_are_those_of_the_definition(least, vocabulary):
    chance = random.Random(least * 1000 + vocabulary)
    linked = caught = 0
    for _ in range(40):
        texts = cut(chance, 40, vocabulary, chance.choice([5, 12, 25]))
        groups = containment_groups(texts, least)
        assert groups == brute_groups(texts, least)
        linked += len(texts) - len(set(groups))
        train, test = texts[::2], texts[1::2]
        found = contained_in(train, test, least)
        assert found == brute_in(train, test, least)
        caught += len(found)
    assert linked > 20, "nothing was tested"
    assert caught > 20, "nothing was tested"


def test_words_decide_and_not_case_encoding_or_punctuation():
    texts = [
        "a chase through a fruit market , how original",
        "through a fruit market",
        "a fruit market",  # too short to link
        "a market through a fruit",  # the same words in another order
        "rough a fruit market",  # no whole words of "through a fruit market"
    ]
    assert (containment_groups(texts), containment_groups(texts, 3)) == ([0, 0, 2, 3, 4], [0, 0, 0, 3, 0])
    texts = ["Die Stra\u00dfe fu\u0308hrt nach S\u00fcden, sagt man.", "die STRASSE f\u00fchrt nach su\u0308den"]
    assert containment_groups(texts) == [0, 0]
    assert contained_in(texts[1:], texts[:1]) == [0]


def test_groups_follow_links_and_not_the_order():
    # The two long sentences have only one phrase in common.
    shared = "one two three four"
    assert containment_groups([f"{shared} five", "other words of no matter", f"zero {shared}", shared]) == [0, 1, 0, 0]
    assert containment_groups([f"{shared} five", f"zero {shared}"]) == [0, 1], "sharing words is not containing"
    nested = [" ".join(f"w{number}" for number in range(size)) for size in range(4, 40)]
    assert (set(containment_groups(nested)), set(containment_groups(nested[::-1]))) == ({0}, {0})
    texts = cut(random.Random(3), 60, 6, 12)
    groups = containment_groups(texts, 3)
    order = random.Random(4).sample(range(60), 60)
    again = containment_groups([texts[place] for place in order], 3)
    together = {frozenset(i for i in range(60) if groups[i] == name) for name in groups}
    assert together == {frozenset(order[i] for i in range(60) if again[i] == name) for name in again}
    assert groups == containment_groups(texts, 3)


def test_short_and_repeated_words():
    assert containment_groups(["so so so so", "so so so so so so", "so so so"]) == [0, 0, 2]
    assert containment_groups(["a b a b", "b a b a b", "b a b a"]) == [0, 0, 0]
    assert containment_groups(["so bad", "so bad", "So bad!", "so"]) == [0, 0, 0, 3], "equal ones are one group"
    assert containment_groups(["good", "a good film", "Good", "bad", "good."]) == [0, 1, 0, 3, 0]
    assert containment_groups(["good", "a good film", "film"], 1) == [0, 0, 0]


def test_without_texts_there_are_no_groups():
    assert (containment_groups([]), containment_groups(["one text of its own"])) == ([], [0])
    assert containment_groups(["", " ", "a"]) == [0, 0, 2]
    assert contained_in([], ["a sentence of some words"]) == []
    assert contained_in(["a sentence of some words"], []) == []
    assert contained_in(["", "  "], ["", "a sentence of some words"]) == [], "no words are in no sentence"
    assert rows_to_train_on([], [], 3) == TrainableRows([], dict.fromkeys(REASONS, 0))


def test_test_sentences_find_their_phrases():
    sentences = iter(["It was a film of great beauty, and I slept.", "Bad."])
    texts = [
        "a film of great beauty",
        "film of great beauty and I slept",  # without the comma
        "great beauty",  # too short
        "bad",  # short, but equal to a sentence
        "It was a film of great beauty, and I slept. Really.",  # contains a sentence and is not in one
        "a film of great beauty",
    ]
    assert contained_in(texts, sentences) == [0, 1, 3, 5]
    assert contained_in(["It was bad.", "a film"], texts[:1], 2) == [1]
    swapped = contained_in(["Fine, I liked it a lot"], ["I say: fine, I liked it a lot, I did"])
    assert swapped == [0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("  A\u00a0GOOD\n film ", ["a", "good", "film"]),
        ("a good film .", ["a", "good", "film", "."]),
        ("Good, really (good)!", ["good", "really", "good"]),
        ("it 's n't 3.5 -- :(", ["it", "s", "n't", "3.5", "--", ":("]),
        ("Don\u2019t", ["don't"]),
        ("... \u2026", ["...", "..."]),
        ("\u00abStra\u00dfe\u00bb cafe\u0301 CAF\u00c9", ["strasse", "caf\u00e9", "caf\u00e9"]),
        ("\uff21\uff22 \u7d50\u3002", ["ab", "\u7d50"]),
        ("well-made \U0001f44d great\U0001f44d", ["well-made", "\U0001f44d", "great\U0001f44d"]),
    ],
)
def test_words(text, found):
    assert words(text) == found == list(words_by_definition(text))


def test_what_is_left_out_is_counted_under_its_first_reason():
    rows = [
        ("a fine film", "positive"),  # kept
        ("", "positive"),  # empty
        ("A fine film!", "positive"),  # duplicate of the first
        ("bad", "negative"),  # short
        ("bad", "positive"),  # short, though it has two labels
        ("what a film", "positive"),  # two labels
        ("what a film", "negative"),  # two labels
        ("what a film", "negative"),  # two labels: both are left out, and copies of them
        (" \n", "negative"),  # empty
        ("not my film", "negative"),  # kept
        ("a fine film", "positive"),  # duplicate
    ]
    texts, labels = ([row[at] for row in rows] for at in (0, 1))
    found = rows_to_train_on(texts, labels, min_words=3)
    assert found.kept == [0, 9]
    assert found.dropped == {"empty": 2, "short": 2, "two_labels": 3, "duplicate": 2}
    found = rows_to_train_on(texts, labels, min_words=1)
    assert found.kept == [0, 9]
    assert found.dropped == {"empty": 2, "short": 0, "two_labels": 5, "duplicate": 2}
    # Texts that differ in an emoticon are not duplicates.
    emoticons = ["that was it :)", "that was it :(", ":(", "?!"]
    found = rows_to_train_on(emoticons, ["positive", "negative", "negative", "negative"], 1)
    assert found.kept == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="shorter"):
        rows_to_train_on(["a fine film", "a bad film"], ["positive"], 1)


def test_every_row_is_kept_or_counted():
    chance = random.Random(8)
    for _ in range(100):
        texts = cut(chance, 40, 3, 4)
        labels = [chance.choice(["positive", "negative"]) for _ in texts]
        found = rows_to_train_on(texts, labels, chance.randint(1, 4))
        assert len(found.kept) + sum(found.dropped.values()) == len(texts)
        assert tuple(found.dropped) == REASONS
        all_words = [words_by_definition(text) for text in texts]
        counts = Counter(all_words[place] for place in found.kept)
        assert set(counts.values()) <= {1}
        for place in found.kept:
            same = [at for at, words in enumerate(all_words) if words == all_words[place]]
            assert {labels[at] for at in same} == {labels[place]}
            assert place == same[0]


@pytest.mark.parametrize("least", [0, -4])
@pytest.mark.parametrize(
    "ask",
    [
        lambda least: containment_groups(["a b c d"], least),
        lambda least: contained_in(["a b c d"], ["a b c d"], least),
        lambda least: rows_to_train_on(["a b c d"], ["positive"], least),
    ],
)
def test_min_words_is_at_least_one(ask, least):
    refused(rf"min_words must be at least 1, not {least}: ", ask, least)


def test_memory_is_linear_in_texts_with_a_common_beginning():
    def peak(count: int) -> int:
        texts = [f"this is a film of n{number} things" for number in range(count)]
        texts += [f"{text} and more" for text in texts[:10]]
        tracemalloc.start()
        assert len(set(containment_groups(texts))) == count
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(50)  # the first call loads modules
    assert peak(6000) < 5 * peak(2000)
