"""Which words make a pair, the kinds of pairs, and what is known of each pair."""

import itertools

import numpy as np
import pytest

from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.collocations import Collocations, count_collocations
from pipeline_lib.words.pairs.mining import compounds, form_groups, top_pairs
from pipeline_lib.words.pairs.pair_table import Pair
from tests.helpers.stages import refused


def words_named(names: str) -> list[Word]:
    return [Word(name, name, name, i + 1, i + 1) for i, name in enumerate(names.split())]


def counts_of(size: int, *sentences: list[int]) -> Collocations:
    """Return the counts of some sentences; without any, of a sentence with one word."""
    return count_collocations([Sentence("", 1, words) for words in (sentences or [[0]])], size)


def names(pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.left, pair.right) for pair in pairs]


@pytest.mark.parametrize("kind", ["any", "interchangeable", "collocates"])
@pytest.mark.parametrize("group_count", [10_000, 100])
def test_a_kind_is_chosen_before_the_pairs_are_ranked(kind, group_count):
    random = np.random.default_rng(group_count)
    spelled = random.permutation([f"w{i:03d}" for i in range(80)])  # some share a lemma or a stem with others
    forms = [(f"s{random.integers(group_count)}", f"l{random.integers(group_count)}") for _ in range(80)]
    words = [Word(str(name), *form, 9, 5) for name, form in zip(spelled, forms, strict=True)]
    sentences = [random.integers(80, size=2).tolist() * 2 for _ in range(80)]
    vectors, counts = random.standard_normal((80, 24)), counts_of(80, *sentences)
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    groups, collocates = form_groups(words), {frozenset(pair) for pair in counts.collocates().tolist()}
    assert len(collocates) > 40
    every = []
    for i, j in itertools.combinations(range(80), 2):
        own_kind = "collocates" if frozenset((i, j)) in collocates else "interchangeable"
        if groups[i] != groups[j] and kind in ("any", own_kind):
            left, right = sorted((words[i].word, words[j].word))
            every.append((-float(unit[i] @ unit[j]), left, right, own_kind, frozenset((groups[i], groups[j]))))
    chosen, seen = [], set()
    for minus, left, right, own_kind, both in sorted(every, key=lambda entry: entry[:3]):
        if both not in seen:
            seen.add(both)
            chosen.append((left, right, round(-minus, 6), own_kind))
    found = top_pairs(words, vectors, counts, 30, kind, 16)
    assert [(pair.left, pair.right, pair.cosine, pair.kind) for pair in found] == chosen[:30]
    assert [pair.rank for pair in found] == list(range(1, 31))


def test_a_pair_has_the_counts_of_its_words():
    words = [Word("color", "c", "c", 4, 3), Word("colour", "d", "d", 2, 1), Word("bright", "b", "b", 9, 8)]
    counts = counts_of(3, [2, 0], [0, 2], [1], [1, 0])
    vectors = np.array([[1, 0], [1, 0.1], [0, 1]])
    assert top_pairs(words, vectors, counts, 9, "any", 2) == [
        Pair(1, "color", "colour", 0.995037, "interchangeable", True, 1, round(np.log2(4 / 6), 3), 4, 2, 3, 1),
        Pair(2, "bright", "colour", 0.099504, "interchangeable", False, 0, None, 9, 2, 8, 1),
        Pair(3, "bright", "color", 0.0, "interchangeable", False, 2, round(np.log2(8 / 6), 3), 9, 4, 8, 3),
    ]


def test_forms_of_one_word_make_no_pair_and_one_pair_with_another():
    # word, stem, lemma: of apex another stem and the same lemma, of mild another lemma and the same stem
    forms = """effusion effus effusion, effusions effus effusion, fluid fluid fluid, apex apex apex, apices apic apex,
        mild mild mild, mildly mild mildly"""
    words = [Word(word, stem, lemma, 1, 1) for word, stem, lemma in map(str.split, forms.split(","))]
    vectors = np.random.default_rng(1).standard_normal((7, 4))
    found = names(top_pairs(words, vectors, counts_of(7), 100, "any", 3))
    assert len(found) == 6  # four words, each two once
    assert len({frozenset(name[:4] for name in pair) for pair in found}) == 6
    words = [Word("base", "base", "base", 1, 1), Word("bases", "bas", "base", 1, 1), Word("based", "bas", "b", 1, 1)]
    assert len(set(form_groups(words).tolist())) == 1, "transitive"
    assert len(set(form_groups(words_named("a b c")).tolist())) == 3


@pytest.mark.parametrize("kind", ["any", "interchangeable"])
def test_a_compound_and_its_part_make_no_pair(kind):
    words = words_named("spine t-spine left-sided many-sided sided")
    words.append(Word("spines", "spine", "spine", 1, 1))
    assert compounds(words).tolist() == [[0, 1], [4, 2], [4, 3], [5, 1]]
    vectors = np.ones((6, 3), dtype=np.float32)
    found = names(top_pairs(words, vectors, counts_of(6), 100, kind, 8))
    assert ("left-sided", "many-sided") in found
    parts = {("spine", "t-spine"), ("spines", "t-spine"), ("left-sided", "sided"), ("many-sided", "sided")}
    assert not parts & set(found)
    assert compounds(words_named("a b")).shape == (0, 2)
    often = counts_of(6, *[[0, 1], [2, 3]] * 9)
    assert names(top_pairs(words, vectors, often, 100, "collocates", 8)) == [("left-sided", "many-sided")]


@pytest.mark.parametrize("block", [1, 2, 3, 10])
def test_ties_are_sorted_by_alphabet_in_any_order_of_rows(block):
    words = words_named("e d c b a")
    found = top_pairs(words, np.ones((5, 8), dtype=np.float32), counts_of(5), 3, "any", block)
    assert names(found) == [("a", "b"), ("a", "c"), ("a", "d")]


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.ones((3, 4)), r"there are 2 words and vectors of shape \(3, 4\): run embed again"),
        (np.ones(2), r"vectors of shape \(2,\)"),
        (np.ones((2, 0)), r"the vector of 'a' \(row 0\) is zero"),
        (np.array([[1.0, 0], [0, 0]]), r"the vector of 'b' \(row 1\) is zero"),
        (np.array([[1.0, np.nan], [0, 1]]), r"the vector of 'a' \(row 0\) is not finite"),
        (np.array([[1.0, 0], [np.inf, 1]]), r"the vector of 'b' \(row 1\) is not finite"),
    ],
)
def test_vectors_that_cannot_be_compared_are_a_users_error(vectors, message):
    refused(message, top_pairs, words_named("a b"), vectors, counts_of(2), 5, "any", 10)


@pytest.mark.parametrize(
    ("kind", "expected"), [("any", "collocates"), ("collocates", "collocates"), ("interchangeable", "")]
)
def test_the_nearest_pair_is_no_interchangeable_one_where_its_words_are_collocates(kind, expected):
    words = words_named("effusion pleural heart lung")
    counts = counts_of(4, *([[1, 0]] * 20), *([[2], [3], [0, 0], [1, 1], [2, 3]] * 4))
    assert [0, 1] in counts.collocates().tolist()
    vectors = np.array([[1, 0, 0.0], [1, 0.01, 0], [0, 1, 0], [0, 0, 1]])
    kinds = {(pair.left, pair.right): pair.kind for pair in top_pairs(words, vectors, counts, 100, kind, 8)}
    assert kinds.get(("effusion", "pleural"), "") == expected


@pytest.mark.parametrize("kind", ["any", "opposite", "derivation", "collocates", "interchangeable"])
def test_a_pair_is_of_the_first_kind_that_fits(kind):
    words = words_named("compressible noncompressible pelvic pelvis pleural effusion kidney renal typical atypical")
    counts = counts_of(10, *([[0, 1], [2, 3], [4, 5]] * 20), *([[row] for row in range(10)] * 20))
    assert counts.collocates().tolist() == [[0, 1], [2, 3], [4, 5]]
    vectors = np.repeat(np.eye(5), 2, axis=0) + 0.01 * np.arange(10)[:, None]
    found = top_pairs(words, vectors, counts, 45, kind, 4)
    kinds = {(pair.left, pair.right): pair.kind for pair in found if pair.cosine > 0.9}
    expected = {
        ("compressible", "noncompressible"): "opposite",
        ("atypical", "typical"): "opposite",
        ("pelvic", "pelvis"): "derivation",
        ("effusion", "pleural"): "collocates",
        ("kidney", "renal"): "interchangeable",
    }
    assert kinds == {pair: own for pair, own in expected.items() if kind in ("any", own)}
    assert {pair.kind for pair in found} == (set(expected.values()) if kind == "any" else {kind})
    assert [pair.spelling for pair in found] == [False] * len(found)
