"""Which words make a pair, which pairs a kind leaves, what is said of each; the stage, here and on a cluster."""

import itertools
import time

import distributed
import numpy as np
import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.sentences import Sentence, write_sentences
from pipeline_lib.words.corpus.vocabulary import Word, write_vocabulary
from pipeline_lib.words.pairs.collocations import Collocations, collocations
from pipeline_lib.words.pairs.mining import compounds, families, is_variant, top_pairs
from pipeline_lib.words.pairs.pair_table import Pair
from stages import pair_mine

HEADER = "rank,left,right,cosine,kind,spelling,together,pmi,left_count,right_count,left_documents,right_documents\n"


def words_named(names: str) -> list[Word]:
    return [Word(name, name, name, i + 1, i + 1) for i, name in enumerate(names.split())]


def met(size: int, *sentences: list[int]) -> Collocations:
    """Return where words meet, in a corpus of at least one sentence."""
    return collocations([Sentence("", 1, words) for words in (sentences or [[0]])], size)


def names(pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.left, pair.right) for pair in pairs]


def random_words(n: int, kin: int, seed: int) -> tuple[list[Word], np.ndarray, Collocations]:
    """Return n words, of which some share a lemma or a stem with others, their vectors, and sentences of them."""
    random = np.random.default_rng(seed)
    spelled = random.permutation([f"w{i:03d}" for i in range(n)])
    words = [Word(str(name), f"s{random.integers(kin)}", f"l{random.integers(kin)}", 9, 5) for name in spelled]
    sentences = [random.integers(n, size=2).tolist() * 2 for _ in range(n)]
    return words, random.standard_normal((n, 24)), met(n, *sentences)


@pytest.mark.parametrize("kind", ["any", "interchangeable", "collocates"])
@pytest.mark.parametrize("kin", [10_000, 100])
def test_a_kind_is_chosen_before_the_pairs_are_ranked(kind, kin):
    words, vectors, where = random_words(80, kin, seed=kin)
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    family, close = families(words), {frozenset(pair) for pair in where.collocates().tolist()}
    assert len(close) > 40
    every = []
    for i, j in itertools.combinations(range(80), 2):
        its = "collocates" if frozenset((i, j)) in close else "interchangeable"
        if family[i] != family[j] and kind in ("any", its):
            left, right = sorted((words[i].word, words[j].word))
            every.append((-float(unit[i] @ unit[j]), left, right, its, frozenset((family[i], family[j]))))
    chosen, seen = [], set()
    for minus, left, right, its, both in sorted(every, key=lambda entry: entry[:3]):
        if both not in seen:
            seen.add(both)
            chosen.append((left, right, round(-minus, 6), its))
    found = top_pairs(words, vectors, where, 30, kind, 16)
    assert [(pair.left, pair.right, pair.cosine, pair.kind) for pair in found] == chosen[:30]
    assert [pair.rank for pair in found] == list(range(1, 31))


def test_a_pair_says_what_is_known_of_its_words():
    words = [Word("color", "c", "c", 4, 3), Word("colour", "d", "d", 2, 1), Word("bright", "b", "b", 9, 8)]
    where = met(3, [2, 0], [0, 2], [1], [1, 0])
    vectors = np.array([[1, 0], [1, 0.1], [0, 1]])
    assert top_pairs(words, vectors, where, 9, "any", 2) == [
        Pair(1, "color", "colour", 0.995037, "interchangeable", True, 1, round(np.log2(4 / 6), 3), 4, 2, 3, 1),
        Pair(2, "bright", "colour", 0.099504, "interchangeable", False, 0, None, 9, 2, 8, 1),
        Pair(3, "bright", "color", 0.0, "interchangeable", False, 2, round(np.log2(8 / 6), 3), 9, 4, 8, 3),
    ]


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
    vectors = np.random.default_rng(1).standard_normal((7, 4))
    found = names(top_pairs(words, vectors, met(7), 100, "any", 3))
    assert len(found) == 6  # four words, each two once
    assert len({frozenset(name[:4] for name in pair) for pair in found}) == 6


def test_families_follow_lemma_and_stem_through():
    words = [
        Word("base", "base", "base", 1, 1),
        Word("bases", "bas", "base", 1, 1),
        Word("based", "bas", "b", 1, 1),
    ]
    assert len(set(families(words).tolist())) == 1
    assert len(set(families(words_named("a b c")).tolist())) == 3


@pytest.mark.parametrize("kind", ["any", "interchangeable"])
def test_a_compound_is_no_partner_of_its_part(kind):
    words = words_named("spine t-spine left-sided right-sided sided")
    words.append(Word("spines", "spine", "spine", 1, 1))
    assert compounds(words).tolist() == [[0, 1], [4, 2], [4, 3], [5, 1]]
    vectors = np.ones((6, 3), dtype=np.float32)
    found = names(top_pairs(words, vectors, met(6), 100, kind, 8))
    assert ("left-sided", "right-sided") in found
    assert not {("spine", "t-spine"), ("spines", "t-spine"), ("left-sided", "sided"), ("right-sided", "sided")} & set(
        found
    )
    assert compounds(words_named("a b")).shape == (0, 2)
    company = met(6, *[[0, 1], [2, 3]] * 9)
    assert names(top_pairs(words, vectors, company, 100, "collocates", 8)) == [("left-sided", "right-sided")]


@pytest.mark.parametrize(
    ("left", "right", "is_one"),
    [
        ("color", "colour", True),
        ("recieve", "receive", True),
        ("osseous", "osseus", True),
        ("x-ray", "xray", True),
        ("größe", "grösse", False),
        ("left", "right", False),
        ("hypodense", "hyperdense", False),
    ],
)
def test_spellings_are_one_edit_apart(left, right, is_one):
    assert is_variant(left, right) is is_variant(right, left) is is_one


@pytest.mark.parametrize("block", [1, 2, 3, 10])
def test_ties_go_by_alphabet_whatever_the_order_of_rows(block):
    words = words_named("e d c b a")
    found = top_pairs(words, np.ones((5, 8), dtype=np.float32), met(5), 3, "any", block)
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
    with pytest.raises(UserError, match=message):
        top_pairs(words_named("a b"), vectors, met(2), 5, "any", 10)


def stage(folder, settings: str, *more: str) -> str:
    (folder / "params.yaml").write_text(f"pairs: {settings}\n")
    files = {
        "params": "params.yaml", "data": "v.npy", "words": "v.csv", "sentences": "s.jsonl", "out": "p.csv",
    }  # fmt: skip
    pair_mine.main([*(part for name, file in files.items() for part in (f"--{name}", str(folder / file))), *more])
    return (folder / "p.csv").read_text(encoding="utf-8")


@pytest.fixture
def three(tmp_path):
    write_vocabulary(tmp_path / "v.csv", words_named("b a c"))
    np.save(tmp_path / "v.npy", np.array([[1, 0], [1, 1], [0, 1]], dtype=np.float32))
    write_sentences(tmp_path / "s.jsonl", [Sentence("A b.", 20, [1, 0]), Sentence("C.", 20, [2])])
    return tmp_path


def test_stage_says_when_there_are_fewer_pairs(three, capsys):
    assert stage(three, "{top: 100, kind: any, block: 2}") == (
        HEADER + "1,a,b,0.707107,collocates,yes,20,1.000,2,1,2,1\n"
        "2,a,c,0.707107,interchangeable,yes,0,,2,3,2,3\n"
        "3,b,c,0.000000,interchangeable,yes,0,,1,3,1,3\n"
    )
    assert capsys.readouterr().out == "pairs.top asks for 100 pairs, 3 words have only 3: wrote those\n"


def test_stage_takes_one_kind(three, capsys):
    assert stage(three, "{top: 1, kind: interchangeable, block: 2}") == (
        HEADER + "1,a,c,0.707107,interchangeable,yes,0,,2,3,2,3\n"
    )
    assert capsys.readouterr().out == (
        "the closest 1 pairs of interchangeable of 3 words, cosine 0.707107 to 0.707107\n"
    )
    assert stage(three, "{top: 9, kind: collocates, block: 2}") == (
        HEADER + "1,a,b,0.707107,collocates,yes,20,1.000,2,1,2,1\n"
    )
    assert "asks for 9 pairs of collocates, 3 words have only 1" in capsys.readouterr().out


def test_one_word_makes_no_pair(tmp_path, capsys):
    write_vocabulary(tmp_path / "v.csv", words_named("lung"))
    np.save(tmp_path / "v.npy", np.ones((1, 3), dtype=np.float32))
    write_sentences(tmp_path / "s.jsonl", [Sentence("Lung.", 1, [0])])
    for kind in ("any", "interchangeable", "collocates"):
        assert stage(tmp_path, f"{{top: 100, kind: {kind}, block: 8192}}") == HEADER
    assert "1 words have only 0: wrote those" in capsys.readouterr().out


def test_files_of_two_runs_are_a_users_error(three):
    write_sentences(three / "s.jsonl", [Sentence("D.", 1, [3])])
    with pytest.raises(UserError, match="the sentences name word 3, the vocabulary has rows 0 to 2"):
        stage(three, "{top: 1, kind: any, block: 2}")


@pytest.mark.slow
def test_a_cluster_finds_the_same_bytes(tmp_path):
    """Dask's workers are processes of their own, as on other machines."""
    random = np.random.default_rng(0)
    write_vocabulary(tmp_path / "v.csv", words_named(" ".join(f"w{i}" for i in range(400))))
    np.save(tmp_path / "v.npy", random.standard_normal((400, 48)).astype(np.float32))
    write_sentences(tmp_path / "s.jsonl", [Sentence("", 3, random.integers(400, size=6).tolist()) for _ in range(200)])
    settings = "{top: 100, kind: interchangeable, block: 64}"
    here = stage(tmp_path, settings)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp"
    ) as cluster:
        assert stage(tmp_path, settings, "--dask", cluster.scheduler_address) == here
        with distributed.Client(cluster) as client:
            moves = client.run(lambda dask_worker: dask_worker.state.transition_counter)
    assert min(moves.values()) > 10, "each worker had tasks"


def test_a_cluster_that_is_not_there_is_a_users_error(three, monkeypatch):
    begun = time.monotonic()
    monkeypatch.setattr(pair_mine, "PATIENCE", 1)
    with pytest.raises(UserError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 .*: start one with"):
        stage(three, "{top: 1, kind: any, block: 2}", "--dask", "tcp://127.0.0.1:9")
    assert time.monotonic() - begun < 20
