"""A context shortened for its question: which sentences are kept, in which order, never more than the budget."""

import math
import random
import re

import pytest

from pipeline_lib.core.passages import ADJACENT, K1, B, shorten_passage
from tests.helpers.stages import error_of

PASSAGE = (
    "The lighthouse of Marn was built in 1871. It stands on a reef 3.5 km off the coast.\n"
    "Ada Holm, e.g. in the winter of 1890, lit the lamp by hand. The U.S. consul praised her for it. "
    "Fishing was poor that year. A ferry has crossed to Marn since 1932."
)
PARTS = [
    "The lighthouse of Marn was built in 1871. ",
    "It stands on a reef 3.5 km off the coast.\n",
    "Ada Holm, e.g. in the winter of 1890, lit the lamp by hand. ",
    "The U.S. consul praised her for it. ",
    "Fishing was poor that year. ",
    "A ferry has crossed to Marn since 1932.",
]


def words(text: str) -> int:
    return len(text.split())


def test_a_context_that_fits_is_unchanged():
    assert shorten_passage(f" {PASSAGE}\n", "Who?", words(PASSAGE), words) == (f" {PASSAGE}\n", False)
    assert shorten_passage("", "Who?", 1, words) == ("", False)


@pytest.mark.parametrize(("question", "budget", "kept"), [
    # The sentence with the words of the question, whatever their forms.
    ("Who was lighting the lamps?", 13, "Ada Holm, e.g. in the winter of 1890, lit the lamp by hand."),
    ("When did ferries start crossing?", 8, "A ferry has crossed to Marn since 1932."),
    # One that is too long is cut at its end, after a word.
    ("When did ferries start crossing?", 5, "A ferry has crossed to"),
    # In the order of the text, with the text's own space, the next best sentence cut.
    ("Which consul praised the reef?", 17,
     "It stands on a reef 3.5 km off the coast.\nThe U.S. consul praised her for it."),
    ("Which consul praised the reef?", 11, "It stands on a... The U.S. consul praised her for it."),
    # Without a word in common: the beginning.
    ("Quo vadis", 8, "The lighthouse of Marn was built in 1871."),
    ("", 10, "The lighthouse of Marn was built in 1871. It stands"),
    # A rare word counts more than a frequent one: Marn stands twice, and praise once.
    ("Praise in Marn", 7, "The U.S. consul praised her for it."),
    # Stop words are light, not nothing.
    ("has it been since", 8, "A ferry has crossed to Marn since 1932."),
])  # fmt: skip
def test_which_sentences_are_kept(question, budget, kept):
    assert shorten_passage(PASSAGE, question, budget, words) == (kept, True)


def test_a_sentence_next_to_a_relevant_one_comes_first():
    context = "Snow fell. Rain fell. Ada Holm kept the lamp. She was born in 1851. Hail fell. Sleet fell."
    lamp, born = "Ada Holm kept the lamp.", "She was born in 1851."
    for question, budget, kept in (
        ("When was Ada Holm born?", 10, f"{lamp} {born}"),
        ("Who is Ada Holm?", 7, f"Rain fell. {lamp}"),  # of two adjacent without a word of the question, the earlier
        ("Who is Ada Holm?", 12, f"Rain fell. {lamp} {born}"),
    ):
        assert shorten_passage(context, question, budget, words)[0] == kept


def test_the_order_is_that_of_bm25_with_a_quarter_of_the_adjacent_scores():
    # Made-up words, none of which has other forms: the formula on its own.
    chance = random.Random(4)
    kinds = ["zog", "mub", "tiv", "kal", "pex", "dof"]
    for _ in range(100):
        bags = [chance.choices(kinds, k=chance.randint(1, 6)) for _ in range(6)]
        context = " ".join(f"{' '.join(bag).capitalize()}." for bag in bags)
        question = chance.sample(kinds, 3)
        mean = sum(map(len, bags)) / 6
        own = []
        for bag in bags:
            score = 0.0
            for word in question:
                have = sum(word in other for other in bags)
                idf = math.log(1 + (6 - have + 0.5) / (have + 0.5))
                score += idf * bag.count(word) * (K1 + 1) / (bag.count(word) + K1 * (1 - B + B * len(bag) / mean))
            own.append(score)
        scores = [sum(own[at] * (1 if at == place else ADJACENT) for at in (place - 1, place, place + 1) if 0 <= at < 6)
                  for place in range(6)]  # fmt: skip
        best = max(range(6), key=lambda place: (round(scores[place], 9), -place))
        kept, _ = shorten_passage(context, " ".join(question), len(bags[best]), words)
        assert kept == f"{' '.join(bags[best]).capitalize()}."


def test_a_text_without_spaces_is_cut_within_a_word():
    assert shorten_passage("abcdefgh ij", "Who?", 3, len) == ("abc", True)
    assert shorten_passage("马恩岛的灯塔建于1871年。渡船一天两班。", "?", 5, len) == ("马恩岛的灯", True)
    assert shorten_passage("abcd", "Who?", 1, lambda text: 2 * len(text)) == ("", True)
    assert shorten_passage("   \n ", "Who?", 2, len) == ("", True)


@pytest.mark.parametrize("count", [words, len, lambda text: len(re.findall(r"\w{1,4}|\W", text))])
def test_the_result_fits_the_budget_and_adds_nothing(count):
    chance = random.Random(5)
    for budget in range(1, count(PASSAGE)):
        question = " ".join(chance.sample(PASSAGE.split(), 3))
        kept, was_cut = shorten_passage(PASSAGE, question, budget, count)
        assert was_cut
        assert count(kept) <= budget
        assert (kept, was_cut) == shorten_passage(PASSAGE, question, budget, count)
        # Beginnings of sentences, in their order; only one is no whole sentence, and it is marked unless last.
        at, rest, partly = 0, kept, 0
        while rest:
            part = next((p for p in PARTS[at:] if rest.startswith(p) or rest == p.strip()), None)
            if part is None:
                partly += 1
                head, mark, after = rest.partition("... ")
                part = next(p for p in PARTS[at:] if p.startswith(head))
                rest = after if mark else ""
            else:
                rest = rest.removeprefix(part) if rest.startswith(part) else ""
            at = PARTS.index(part) + 1
        assert partly <= 1


def test_all_of_the_budget_is_used():
    for budget in range(1, words(PASSAGE)):
        assert words(shorten_passage(PASSAGE, "Who lit the lamp for the consul?", budget, words)[0]) == budget


@pytest.mark.parametrize("budget", [0, -3])
def test_a_budget_is_at_least_one(budget):
    assert error_of(shorten_passage, "", "Who?", budget, words) == (
        f"a context needs a budget of at least 1 token, not {budget}: raise prompt.max_tokens in the params file, or "
        "shorten the question"
    )


def test_the_cost_is_linear_in_the_length_of_the_context():
    # Counted so that a ranking or a cut that is quadratic shows: each count reads no more than is needed.
    read = 0

    def count(text: str) -> int:
        nonlocal read
        read += len(text)
        return words(text)

    context = " ".join(f"House {at} is painted in colour {at % 7}." for at in range(5000))
    kept, _ = shorten_passage(context, "What colour is house 4321?", 70, count)
    assert "House 4321 is painted in colour 2." in kept
    assert read < 10 * len(context)
    one = "word " * 100_000
    read = 0
    assert shorten_passage(one, "word", 6000, count) == (("word " * 6000).strip(), True)
    assert read < 10 * len(one)
