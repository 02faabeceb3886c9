"""The closest pairs against every pair compared at once, whatever the block; what is no pair; the stage."""

import itertools
import tracemalloc

import numpy as np
import pytest

from pipeline_lib import pairs as mining
from pipeline_lib.errors import UserError
from pipeline_lib.pairs import Pair, families, part_of, read_pairs, read_vectors, top_pairs, write_pairs
from pipeline_lib.words import Word, write_vocabulary
from stages import pair_mine


def words_named(names: str) -> list[Word]:
    return [Word(name, name, name, i + 1, i + 1) for i, name in enumerate(names.split())]


def random_words(n: int, kin: int, seed: int) -> tuple[list[Word], np.ndarray]:
    """Return n words, of which some share a lemma or a stem with others, and random vectors of unequal length."""
    random = np.random.default_rng(seed)
    names = random.permutation([f"w{i:03d}" for i in range(n)])
    words = [Word(str(name), f"s{random.integers(kin)}", f"l{random.integers(kin)}", 9, 5) for name in names]
    return words, random.standard_normal((n, 24)).astype(np.float32) * random.uniform(0.1, 9, (n, 1)).astype(np.float32)


def by_brute_force(words: list[Word], vectors: np.ndarray, top: int) -> list[tuple[str, str, float]]:
    exact = vectors.astype(np.float64)
    unit = exact / np.linalg.norm(exact, axis=1)[:, None]
    family = families(words)
    every = []
    for i, j in itertools.combinations(range(len(words)), 2):
        if family[i] != family[j]:
            left, right = sorted((words[i].word, words[j].word))
            every.append((-float(unit[i] @ unit[j]), left, right, frozenset((family[i], family[j]))))
    chosen, seen = [], set()
    for minus, left, right, both in sorted(every, key=lambda entry: (round(entry[0], 12), entry[1:3])):
        if both not in seen:
            seen.add(both)
            chosen.append((left, right, round(-minus, 6)))
    return chosen[:top]


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
@pytest.mark.parametrize(("n", "kin", "top"), [(150, 10_000, 40), (150, 200, 40), (60, 40, 5000), (2, 10_000, 1)])
def test_pairs_are_those_of_brute_force(n, kin, top, block):
    words, vectors = random_words(n, kin, seed=n + kin)
    found = top_pairs(words, vectors, top, block)
    assert [(pair.left, pair.right, pair.cosine) for pair in found] == by_brute_force(words, vectors, top)
    assert [pair.rank for pair in found] == list(range(1, len(found) + 1))


def test_small_chunks_find_the_same(monkeypatch):
    words, vectors = random_words(120, 100, seed=5)
    expected = top_pairs(words, vectors, 30, 50)
    monkeypatch.setattr(mining, "CHUNK", 3)
    assert top_pairs(words, vectors, 30, 50) == expected


@pytest.mark.parametrize("block", [1, 2, 3, 10])
def test_ties_go_by_alphabet_whatever_the_order_of_rows(block):
    words = words_named("e d c b a")
    vectors = np.ones((5, 8), dtype=np.float32)
    found = [(pair.left, pair.right, pair.cosine) for pair in top_pairs(words, vectors, 3, block)]
    assert found == [("a", "b", 1.0), ("a", "c", 1.0), ("a", "d", 1.0)]


def test_a_pair_names_both_words_left_first_by_alphabet():
    found = top_pairs(words_named("right left"), np.eye(2, dtype=np.float32) + 1, 100, 2048)
    assert found == [Pair(1, "left", "right", 0.8, 2, 1, 2, 1)]


def test_forms_of_one_word_make_no_pair_and_one_pair_with_another():
    words = [
        Word("effusion", "effus", "effusion", 1, 1),
        Word("effusions", "effus", "effusion", 1, 1),
        Word("fluid", "fluid", "fluid", 1, 1),
        Word("apex", "apex", "apex", 1, 1),
        Word("apices", "apic", "apex", 1, 1),  # another stem, the same lemma
        Word("mild", "mild", "mild", 1, 1),
        Word("mildly", "mild", "mildly", 1, 1),  # another lemma, the same stem
    ]
    random = np.random.default_rng(1)
    found = [(pair.left, pair.right) for pair in top_pairs(words, random.standard_normal((7, 4)), 100, 3)]
    assert len(found) == 6  # four words, each two once
    assert len({frozenset(name[:4] for name in pair) for pair in found}) == 6


def test_families_follow_lemma_and_stem_through():
    words = [Word("base", "base", "base", 1, 1), Word("bases", "bas", "base", 1, 1), Word("based", "bas", "b", 1, 1)]
    assert len(set(families(words).tolist())) == 1
    assert len(set(families(words_named("a b c")).tolist())) == 3


def test_a_compound_is_no_partner_of_its_part():
    spine, t_spine, left, right, sided = words_named("spine t-spine left-sided right-sided sided")
    assert part_of(spine, t_spine)
    assert part_of(sided, left)
    assert not part_of(t_spine, spine)
    assert not part_of(left, right)
    vectors = np.ones((2, 3), dtype=np.float32)
    assert top_pairs([spine, t_spine], vectors, 5, 8) == []
    assert len(top_pairs([left, right], vectors, 5, 8)) == 1


def test_memory_is_bounded_by_the_block():
    words = words_named(" ".join(f"w{i}" for i in range(3000)))
    vectors = np.random.default_rng(0).standard_normal((3000, 8)).astype(np.float32)
    tracemalloc.start()
    top_pairs(words, vectors, 100, 128)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6e6  # bytes; all pairs at once would take 36e6 for the cosines alone


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.ones((3, 4)), r"there are 2 words and vectors of shape \(3, 4\): run embed again"),
        (np.ones(2), r"vectors of shape \(2,\)"),
        (np.array([[1.0, 0], [0, 0]]), r"the vector of 'b' \(row 1\) is zero"),
        (np.array([[1.0, np.nan], [0, 1]]), r"the vector of 'a' \(row 0\) is not finite"),
        (np.array([[1.0, 0], [np.inf, 1]]), r"the vector of 'b' \(row 1\) is not finite"),
    ],
)
def test_vectors_that_cannot_be_compared_are_a_users_error(vectors, message):
    with pytest.raises(UserError, match=message):
        top_pairs(words_named("a b"), vectors, 5, 10)


def test_pairs_survive_their_file(tmp_path):
    pairs = [Pair(1, "größe", "size", 0.5, 4, 3, 2, 1)]
    write_pairs(tmp_path / "p.csv", pairs)
    assert (tmp_path / "p.csv").read_text(encoding="utf-8") == (
        "rank,left,right,cosine,left_count,right_count,left_documents,right_documents\n1,größe,size,0.500000,4,3,2,1\n"
    )
    assert read_pairs(tmp_path / "p.csv") == pairs


def test_broken_files_are_a_users_error(tmp_path):
    path = tmp_path / "v.npy"
    with pytest.raises(UserError, match=r"is missing: run embed \(dvc repro\)"):
        read_vectors(path)
    for content in (b"", b"\x93NUMPY\x01\x00", b"not a number"):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"is no \.npy file of numbers"):
            read_vectors(path)
    np.save(path, np.array([{"code": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match=r"is no \.npy file of numbers"):
        read_vectors(path)
    np.save(path, np.array(["text"]))
    with pytest.raises(UserError, match="holds no array of floating-point numbers"):
        read_vectors(path)
    (tmp_path / "p.csv").write_text(
        "rank,left,right,cosine,left_count,right_count,left_documents,right_documents\n1,a,b,high,1,1,1,1\n"
    )
    with pytest.raises(UserError, match="a cell that is no number"):
        read_pairs(tmp_path / "p.csv")


def test_stage_says_when_there_are_fewer_pairs(tmp_path, capsys):
    (tmp_path / "params.yaml").write_text("pairs: {top: 100, block: 2}\n")
    write_vocabulary(tmp_path / "v.csv", words_named("b a c"))
    np.save(tmp_path / "v.npy", np.array([[1, 0], [1, 1], [0, 1]], dtype=np.float32))
    arguments = {"params": "params.yaml", "data": "v.npy", "words": "v.csv", "out": "p.csv"}
    pair_mine.main([part for name, file in arguments.items() for part in (f"--{name}", str(tmp_path / file))])
    assert (tmp_path / "p.csv").read_text() == (
        "rank,left,right,cosine,left_count,right_count,left_documents,right_documents\n"
        "1,a,b,0.707107,2,1,2,1\n2,a,c,0.707107,2,3,2,3\n3,b,c,0.000000,1,3,1,3\n"
    )
    said = capsys.readouterr().out
    assert said == "pairs.top asks for 100 pairs, 3 words have only 3: wrote those\n"
