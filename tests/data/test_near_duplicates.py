"""Near-duplicates compared with their definition, pair by pair; and groups of connected texts."""

import random
import tracemalloc

import pytest

from pipeline_lib.data.near_duplicates import connected, near_duplicates
from tests.helpers.brute_force import brute_force


def varied(chance: random.Random, count: int, words: int) -> list[str]:
    """Return texts of up to `words` words: new ones, and earlier ones with a word changed, cut or added."""
    made: list[list[str]] = []
    for _ in range(count):
        if made and chance.random() < 0.7:
            text = list(chance.choice(made))
            for _ in range(chance.randint(0, 2)):
                at = chance.choice([0, len(text), chance.randint(0, len(text))])
                text[at : at + chance.randint(0, 1)] = chance.choice([[], ["new"], [f"n{chance.randint(0, 3)}"]])
        else:
            text = [f"w{int(chance.random() ** 2 * 40)}" for _ in range(chance.randint(0, words))]
        made.append(text)
    return [" ".join(text) for text in made]


@pytest.mark.parametrize("contained", [0.1, 0.75, 1.0])
@pytest.mark.parametrize("threshold", [0.1, 0.5, 2 / 3, 0.8, 0.875, 1.0])
def test_the_pairs_are_those_of_the_definition(threshold, contained):
    chance = random.Random(int(threshold * 100))
    pairs = 0
    for _ in range(6):
        texts = varied(chance, 60, chance.choice([6, 20, 60]))
        found = near_duplicates(texts, threshold, contained)
        assert found == brute_force(texts, threshold, contained)
        pairs += len(found)
    assert pairs > 50, "nothing was tested"


@pytest.mark.parametrize("block", [1, 7, 59, 60, 1000])
def test_blocks_and_parts_do_not_change_the_result(block, monkeypatch):
    texts = varied(random.Random(5), 60, 40)
    found = near_duplicates(texts, block=block)
    assert found == brute_force(texts)
    assert len(found) > 20
    monkeypatch.setattr("pipeline_lib.data.near_duplicates.CELLS", 100)
    texts = varied(random.Random(6), 60, 40)
    assert near_duplicates(texts) == brute_force(texts)


@pytest.mark.parametrize(("part", "whole"), [(4, 5), (11, 20), (7, 10)])
def test_a_similarity_equal_to_the_threshold_counts(part, whole):
    # As a float 0.55 x 20 is more than 11; one word less is too few.
    for times in range(1, 30):
        words = ["word" + "a" * number for number in range(times * whole)]
        long, short, shorter = (" ".join(words[:n]) for n in (times * whole, times * part, times * part - 1))
        changed = f"{short} {' '.join('x' * times * (whole - part))}"
        for limits in ({"threshold": part / whole, "contained": 1}, {"threshold": 1, "contained": part / whole}):
            expected = [(0, 1, part / whole)] if times * whole >= 16 or limits["contained"] == 1 else []
            assert near_duplicates([long, short], **limits) == expected
            assert near_duplicates([short, long], **limits) == expected
            assert near_duplicates([long, shorter], **limits) == []
            assert near_duplicates([long, changed], **limits) == (expected if limits["contained"] == 1 else [])


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def text(letters: str) -> str:
    return " ".join(letters)


def test_the_changes_that_leave_a_text_nearly_equal_and_those_that_do_not():
    eight, sixteen = text(LETTERS[:8]), text(LETTERS[:16])
    assert near_duplicates([eight, text("hgfedcbz")]) == [(0, 1, 7 / 8)], "one of 8 words and the order"
    assert near_duplicates([eight, text("abcdefyz")]) == []
    assert near_duplicates([text("abcdefg"), text("abcdefz")]) == [], "one of 7 words"
    assert near_duplicates([text("abcdefg"), text("gfedcba")]) == [(0, 1, 1.0)]
    assert near_duplicates([text("aabbccdd"), text("abcdabce")]) == [(0, 1, 7 / 8)], "words count each time they stand"
    assert near_duplicates([text("aabbccdd"), text("abcd")]) == []
    # A sentence left out: of a text of 16 words or more up to a quarter, and nothing else.
    assert near_duplicates([sixteen, text(LETTERS[:12])]) == [(0, 1, 12 / 16)]
    assert near_duplicates([sixteen, text(LETTERS[:11])]) == []
    assert near_duplicates([sixteen, text(LETTERS[:11] + "z")]) == []
    assert near_duplicates([text(LETTERS[:15]), text(LETTERS[:12])]) == []


def test_a_number_counts_as_three_words():
    words = text("abcdefghijklmnopqrstu")  # 21
    assert near_duplicates([f"{words} 4", f"{words} 5"]) == [(0, 1, 21 / 24)]
    assert near_duplicates([f"{words[2:]} 4", f"{words[2:]} 5"]) == []
    assert near_duplicates([f"{words[2:]} 4mm", f"{words[2:]} 5mm"]) == []
    assert near_duplicates([f"{words[2:]} 4", f"4 {words[2:]}"]) == [(0, 1, 1.0)]


@pytest.mark.parametrize("texts", [[], ["one text alone, of six words"], [""], ["", "a"], ["a b c d e f", "g h i j"]])
def test_texts_without_a_pair(texts):
    assert near_duplicates(texts) == []


def test_what_counts_as_a_word():
    texts = ["no acute disease", "No acute disease.", "no acute disease seen", "", "!"]
    assert near_duplicates(texts) == [(0, 1, 1.0), (3, 4, 1.0)]
    texts = [
        "Die Straße führt nach Süden, sagt man",
        "die STRASSE fu\u0308hrt -- nach su\u0308den_sagt\u00a0man!",
        "Die Strasse fuhrt nach Suden sagt man",
        "５ mm 結節 右肺 下葉 外側",
        "5 MM 結節・右肺・下葉・外側",
    ]
    assert near_duplicates(texts) == [(0, 1, 1.0), (3, 4, 1.0)]
    # Texts without spaces are compared sign by sign: one of ten differs, four of ten.
    assert near_duplicates(["右肺下葉有一個小結節", "右肺上葉有一個小結節", "左肺上葉見一個大結節"]) == [(0, 1, 0.9)]


def test_memory_is_linear_in_texts_with_shared_boilerplate():
    shared = " ".join("s" * number for number in range(1, 51))  # words that all texts have

    def peak(count: int) -> int:
        texts = [f"{shared} " + " ".join(f"t{text}x{number}" for number in range(6)) for text in range(count)]
        texts[count // 2] = texts[10] + " end"
        tracemalloc.start()
        assert [pair[:2] for pair in near_duplicates(texts, block=64)] == [(10, count // 2)]
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(50)  # the first call loads modules
    assert peak(1500) < 4 * peak(500)


def test_connected_texts_lead_to_the_first():
    assert (connected([], 3), connected([(0, 2, 0.9), (1, 2, 0.8)], 4)) == ([0, 1, 2], [0, 0, 0, 3])
    assert connected([(1, 3, 0.9), (2, 4, 0.9), (3, 4, 0.8)], 5) == [0, 1, 1, 1, 1]
    chance = random.Random(2)
    for _ in range(50):
        drawn = [sorted(chance.sample(range(20), 2)) for _ in range(12)]
        pairs = [(left, right, 0.9) for left, right in drawn]
        linked = {text: {text} for text in range(20)}
        for left, right, _ in pairs:
            for text in (group := linked[left] | linked[right]):
                linked[text] = group
        assert connected(pairs, 20) == [min(linked[text]) for text in range(20)]
