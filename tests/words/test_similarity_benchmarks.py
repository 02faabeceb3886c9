"""Judgements and their words, rho and its bootstrap against SciPy, relations in a small WordNet, the benchmark."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from benchmarks import word_similarity as benchmark
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.vectors.similarity_benchmarks import (
    RESAMPLES,
    Estimate,
    Judgement,
    bootstrap_rhos,
    cosines,
    estimate,
    match_judgements,
    read_judgements,
    relation,
    row_finder,
    spearman,
)
from tests.helpers.stages import refused


def test_judgements_are_read_in_lower_case_and_other_columns_ignored(tmp_path):
    (tmp_path / "set.tsv").write_text('word1\tword2\tscore\tcui\nGlaucoma\t "Tylenol" \t279\tC1\nold\tnew\t1.58\t\n')
    assert read_judgements(tmp_path / "set.tsv") == [
        Judgement("glaucoma", '"tylenol"', 279.0),
        Judgement("old", "new", 1.58),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is missing: name a file of word pairs with scores"),
        ("word1,word2,score\na,b,1\n", "has no column word1, word2, score: give it a header"),
        ("", "has no column word1, word2, score: give it a header"),
        ("word1\tword2\tscore\na\tb\thigh\n", "holds a row that is no two words and a number"),
        ("word1\tword2\tscore\na\tb\n", "holds a row that is no two words and a number"),
        ("word1\tword2\tscore\na\t\t1\n", "holds a row without a word, or a score that is not finite"),
        ("word1\tword2\tscore\na\tb\tnan\n", "holds a row without a word, or a score that is not finite"),
    ],
)
def test_a_broken_file_is_a_users_error(tmp_path, content, message):
    if content is not None:
        (tmp_path / "set.tsv").write_text(content)
    refused(message, read_judgements, tmp_path / "set.tsv")


def test_words_are_found_by_spelling_then_by_lemma_and_others_counted():
    words = [Word(name, "", lemma, 1, 1) for name, lemma in (("lungs", "lung"), ("child", "child"), ("men", "man"))]
    find = row_finder(words)
    assert [find(word) for word in ("lungs", "lung", "children", "man", "heart")] == [0, 0, 1, 2, None]
    pairs = [("lung", "children", 3.0), ("lung", "heart", 1.0), ("lung", "lungs", 9.0), ("man", "child", 5.0)]
    matched = match_judgements([Judgement(*pair) for pair in pairs], find)
    assert (matched.lefts.tolist(), matched.rights.tolist(), matched.scores.tolist()) == ([0, 2], [1, 1], [3.0, 5.0])
    assert (matched.outside, matched.same) == (1, 1)
    matched = match_judgements([Judgement("a", "b", 1.0)], row_finder([]))
    assert (len(matched.scores), matched.outside, matched.lefts.dtype.kind) == (0, 1, "i")


def test_rho_gives_ties_their_mean_rank_and_resamples_are_scipys():
    # Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: Pearson's r of these is 4.5 / sqrt(4.5 * 5).
    assert spearman(np.array([1.0, 2.0, 2.0, 7.0]), np.array([1.0, 3.0, 2.0, 9.0])) == pytest.approx(4.5 / 22.5**0.5)
    assert np.isnan(spearman(np.array([1.0, 1.0]), np.array([1.0, 2.0])))
    assert np.isnan(spearman(np.array([1.0]), np.array([1.0])))
    vectors = np.array([[1, 0], [0.6, 0.8], [0, -1]], dtype=np.float32)
    found = cosines(vectors, np.array([0, 1]), np.array([1, 2]))
    np.testing.assert_allclose(found, [0.6, -0.8], atol=1e-7)
    random = np.random.default_rng(3)
    found, scores = random.normal(size=40), random.integers(0, 5, 40).astype(float)
    resampled = bootstrap_rhos(found, scores, 7)
    assert resampled.shape == (RESAMPLES,)
    picked = np.random.default_rng(7).integers(0, 40, (100, 40))
    expected = [stats.spearmanr(found[rows], scores[rows]).statistic for rows in picked]
    np.testing.assert_allclose(resampled[:100], expected, atol=1e-12)
    a, b = np.random.default_rng(0).normal(size=(2, 30))
    difference = bootstrap_rhos(a, b, 5) - bootstrap_rhos(a * 2, b, 5)
    assert estimate(0.0, difference) == Estimate(0.0, 0.0, 0.0)
    one = np.array([1.0])
    none = estimate(spearman(one, one), bootstrap_rhos(one, one, 0))
    assert np.isnan([none.value, none.low, none.high]).all()


def test_the_interval_of_rho_is_close_to_fishers():
    random = np.random.default_rng(0)
    a = random.normal(size=500)
    b = 0.7 * a + random.normal(size=500)
    rho = spearman(a, b)
    found = estimate(rho, bootstrap_rhos(a, b, 1))
    # Fisher's z, with the variance for rank correlations of Bonett and Wright (2000).
    reach = 1.96 * np.sqrt((1 + rho**2 / 2) / (500 - 3))
    np.testing.assert_allclose([found.low, found.high], np.tanh(np.arctanh(rho) + np.array([-reach, reach])), atol=0.02)


@dataclass(eq=False)
class Synset:
    """The part of NLTK's synset that `relation` uses."""

    links: dict[str, list["Synset"]] = field(default_factory=dict)
    forms: dict[str, list["Synset"]] = field(default_factory=dict)

    def __getattr__(self, name):
        return lambda: self.links.get(name, [])

    def lemmas(self):
        return [Lemma(self.forms)]


@dataclass
class Lemma:
    forms: dict[str, list[Synset]]

    def __getattr__(self, name):
        return lambda: [SimpleNamespace(synset=lambda synset=synset: synset) for synset in self.forms.get(name, [])]


@pytest.fixture(scope="module")
def wordnet():
    organ = Synset()
    lung, heart = Synset({"hypernyms": [organ]}), Synset({"hypernyms": [organ]})
    mild, severe, widen, wide = Synset(), Synset(), Synset(), Synset()
    mild.forms["antonyms"] = [severe]
    widen.forms["derivationally_related_forms"] = [wide]
    wide.links["similar_tos"] = [widen]
    known = {
        "lung": [lung], "lights": [lung, Synset()], "heart": [heart], "organ": [organ], "mild": [mild],
        "severe": [severe], "widen": [widen], "wide": [wide],
    }  # fmt: skip
    return type("WordNet", (), {"synsets": lambda self, word: known.get(word, [])})()


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ("lung lights", "synonym"),
        ("lung organ, organ lung, lung heart, mild severe", "relative"),
        ("widen wide, wide widen", "derivation"),
        ("lung mild", "none"),
        ("lung tylenol", "unknown"),
    ],
)
def test_the_relation_of_two_words(wordnet, pairs, expected):
    for left, right in map(str.split, pairs.split(",")):
        assert relation(wordnet, left, right) == expected, (left, right)


@pytest.fixture
def corpus(tmp_path):
    """A corpus of fruit and tools in different contexts, and two sets of judgements."""
    fruit, tools = ("apple", "pear", "plum", "peach"), ("hammer", "wrench", "drill", "chisel")
    lines = [f"Eat sweet ripe {each}.\tPeel juicy {each}." for each in fruit]
    lines += [f"Use heavy steel {each}.\tGrip worn {each}." for each in tools]
    (tmp_path / "corpus.txt").write_text("\n".join(lines) + "\n")
    words = [*fruit, *tools]
    pairs = [(a, b) for at, a in enumerate(words) for b in words[at + 1 :]]
    rows = [f"{a}\t{b}\t{9 if (a in fruit) == (b in fruit) else 1}\n" for a, b in pairs]
    header = "word1\tword2\tscore\n"
    (tmp_path / "things.tsv").write_text(header + "".join(rows) + "apple\tapples\t10\nking\tqueen\t8\n")
    (tmp_path / "royals.tsv").write_text(header + "king\tqueen\t8\n")
    return tmp_path


def benchmarked(folder, capsys, *more):
    sets = [str(folder / name) for name in ("things.tsv", "royals.tsv")]
    given = ["--text", str(folder / "corpus.txt"), "--sets", *sets, "--min-documents", "1", "--wordnet", "none"]
    benchmark.main([*given, "--least", "10", *more])
    return capsys.readouterr().out


def test_the_benchmark_ranks_good_vectors_above_bad_ones(corpus, encoder_folder, capsys):
    methods = ["--methods", "encoder_context", "cooccurrence", "--encoder", str(encoder_folder)]
    output = benchmarked(corpus, capsys, *methods, "--isotropy", "none", "mean", "--dimensions", "4").splitlines()
    assert output[0].startswith("8 of 8 documents, 18 words in at least 1, vectors of 18; 16 distinct sentences; ")
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in output if line.startswith("|")]
    assert table[0] == ["vectors", "isotropy", "things (28 of 30)", "royals (0 of 1)", "mean", "behind"]
    rows = {tuple(cells[:2]): cells[2:] for cells in table[2:]}
    named = ("encoder_context", "cooccurrence")
    assert list(rows) == [(method, treatment) for method in named for treatment in ("none", "mean")]
    # 12 pairs within a group and 16 across have two scores only, so that no rho reaches 1.
    assert float(rows["cooccurrence", "none"][0]) > 0.8 > float(rows["encoder_context", "none"][0])
    assert "best" in {rows["cooccurrence", treatment][3] for treatment in ("none", "mean")}
    assert all(cells[1] == "" and cells[0] == cells[2] for cells in rows.values())
    assert output[-3].endswith(": things 1 and 1, royals 1 and 0")
    assert output[-2] == "`mean` is over the sets with at least 10 pairs: things"


def test_the_benchmark_of_judged_words_alone_and_of_too_few(corpus, encoder_folder, capsys):
    options = ["--methods", "encoder_context", "--encoder", str(encoder_folder), "--isotropy", "none"]
    full, part = (benchmarked(corpus, capsys, *options, *more) for more in ((), ("--only-sets",)))
    assert "vectors of 18;" in full
    assert "vectors of 8;" in part
    rows = [[line for line in output.splitlines() if line.startswith("| encoder_context")] for output in (full, part)]
    assert rows[0] == rows[1] != []
    output = benchmarked(corpus, capsys, "--methods", "cooccurrence", "--least", "29")
    assert "| cooccurrence" not in output
    assert "`mean` is over the sets with at least 29 pairs: none, so no rho" in output
    refused("--sample must be at least 1, it is 0: raise it", benchmarked, corpus, capsys, "--sample", "0")
