"""Counts and PMI against values by hand, the log-likelihood ratio against SciPy's, and well-known pairs."""

import math

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency

from pipeline_lib.params import load_params
from pipeline_lib.tasks.impression import data as impression
from pipeline_lib.words.corpus.documents import read_corpus
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.pairs.collocations import SIGNIFICANT, Collocations, count_collocations
from tests.helpers.stages import refused
from tests.helpers.toys import ROOT


def counted(*sentences: tuple[list[int], int], size: int = 6) -> Collocations:
    return count_collocations([Sentence("", count, words) for words, count in sentences], size)


def test_counts_of_sentences_and_of_adjacent_words():
    counts = counted(([0, 1, 0], 3), ([1, 2], 2), ([0, 1, 2], 1), ([3], 4))
    left, right = np.array([0, 0, 1, 0]), np.array([1, 2, 2, 3])
    assert counts.together(left, right).tolist() == [4, 1, 3, 0]
    bits = counts.pmi(left, right)
    assert bits[:3].tolist() == pytest.approx([math.log2(4 * 10 / (4 * 6)), math.log2(10 / 12), math.log2(30 / 18)])
    assert math.isnan(bits[3])
    assert counts.together(np.array([], dtype=int), np.array([], dtype=int)).tolist() == []
    counts = count_collocations(
        [Sentence("", 2, [0, 1, 2, 2, 1], [0, 0, 1, 1, 1]), Sentence("", 3, [3, 0], [0, 0]), Sentence("", 5, [1])], 4
    )
    found = [counts.left.tolist(), counts.right.tolist(), counts.adjacent.tolist()]
    assert set(zip(*found, strict=True)) == {(0, 1, 2), (1, 2, 2), (0, 3, 3)}
    often = [([0, 1], 1000)]
    assert counted(*often, ([2, 3], 1)).collocates().tolist() == [[0, 1]]
    assert counted(*often, ([2, 3], 2)).collocates().tolist() == [[0, 1], [2, 3]]
    assert counted(([0], 5), ([1], 5)).collocates().tolist() == []
    assert counted(*often).together(np.array([4]), np.array([5])).tolist() == [0]


def test_the_likelihood_ratio_is_that_of_scipy():
    random = np.random.default_rng(0)
    sentences = [Sentence("", int(random.integers(1, 4)), random.integers(8, size=6).tolist()) for _ in range(60)]
    sentences += [Sentence("", 3, [2, 3])] * 9
    counts = count_collocations(sentences, 8)
    table = np.zeros((8, 8))
    table[counts.left, counts.right] = counts.adjacent
    table += table.T
    total, expected = table.sum(), []
    for i, j in zip(counts.left, counts.right, strict=True):
        a, b, both = table[i].sum(), table[j].sum(), table[i, j]
        cells = [[both, a - both], [b - both, total - a - b + both]]
        g2 = chi2_contingency(cells, correction=False, lambda_="log-likelihood").statistic
        if g2 >= chi2.isf(0.001, 1) and both > a * b / total:
            expected.append([i, j])
    assert counts.collocates().tolist() == expected
    assert [2, 3] in expected
    assert 1 < len(expected) < len(counts.left)
    assert pytest.approx(chi2.isf(0.001, 1), abs=0.01) == SIGNIFICANT


def test_collocates_of_the_embedded_reports_are_those_a_radiologist_would_name():
    columns = load_params(ROOT / "params.yaml")["columns"]
    reports = impression.documents(impression.read(ROOT / "data" / "reports.csv", columns))
    corpus = read_corpus(reports, "lemma", 5, 3)
    row = {word.lemma: at for at, word in enumerate(corpus.words)}
    counts = count_collocations(corpus.sentences(), len(row))
    collocates = {frozenset(pair) for pair in counts.collocates().tolist()}
    for pair in ("pleural effusion", "heart size", "bile duct", "coronary artery", "thyroid gland"):
        assert frozenset(row[name] for name in pair.split()) in collocates, pair
    interchangeable = "left right/mild moderate/effusion pneumothorax/gray white/aorta aortic/superior inferior"
    for pair in interchangeable.split("/"):
        assert frozenset(row[name] for name in pair.split()) not in collocates, pair
    one, other = np.array([[row["effusion"]], [row["pneumothorax"]]])
    assert counts.pmi(one, other)[0] > 4, "words that often share a sentence need not be collocates"


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([], "there are no sentences to count words in: run preprocess_text again"),
        ([Sentence("", 1, [0, 6])], "the sentences name word 6, the vocabulary has rows 0 to 5"),
    ],
)
def test_sentences_of_another_vocabulary_are_a_users_error(sentences, message):
    refused(message, count_collocations, iter(sentences), 6)
