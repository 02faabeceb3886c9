"""Where words meet: counts and PMI by hand, the log-likelihood ratio against SciPy's, what the classic pairs are."""

import math

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency

from pipeline_lib.core.errors import UserError
from pipeline_lib.params import load_params
from pipeline_lib.tasks.impression import data as impression
from pipeline_lib.words.corpus.documents import read_corpus
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.pairs.collocations import SIGNIFICANT, collocations
from tests.helpers.toys import ROOT


def of(*sentences: tuple[list[int], int], size: int = 6):
    return collocations([Sentence("", count, words) for words, count in sentences], size)


def test_sentences_count_as_often_as_they_occur_and_once_for_a_word_said_twice():
    met = of(([0, 1, 0], 3), ([1, 2], 2), ([0, 1, 2], 1), ([3], 4))
    left, right = np.array([0, 0, 1, 0]), np.array([1, 2, 2, 3])
    assert met.together(left, right).tolist() == [4, 1, 3, 0]
    bits = met.pmi(left, right)
    assert bits[:3].tolist() == pytest.approx([math.log2(4 * 10 / (4 * 6)), math.log2(10 / 12), math.log2(30 / 18)])
    assert math.isnan(bits[3])
    assert met.together(np.array([], dtype=int), np.array([], dtype=int)).tolist() == []


def test_words_touch_within_a_phrase_and_a_sentence():
    met = collocations(
        [Sentence("", 2, [0, 1, 2, 2, 1], [0, 0, 1, 1, 1]), Sentence("", 3, [3, 0], [0, 0]), Sentence("", 5, [1])], 4
    )
    touching = dict(zip(zip(met.left.tolist(), met.right.tolist(), strict=True), met.contacts.tolist(), strict=True))
    assert touching == {(0, 1): 2, (1, 2): 2, (0, 3): 3}


def test_the_likelihood_ratio_is_scipys():
    random = np.random.default_rng(0)
    sentences = [Sentence("", int(random.integers(1, 4)), random.integers(8, size=6).tolist()) for _ in range(60)]
    sentences += [Sentence("", 3, [2, 3])] * 9
    met = collocations(sentences, 8)
    table = np.zeros((8, 8))
    table[met.left, met.right] = met.contacts
    table += table.T
    total, expected = table.sum(), []
    for i, j in zip(met.left, met.right, strict=True):
        a, b, both = table[i].sum(), table[j].sum(), table[i, j]
        cells = [[both, a - both], [b - both, total - a - b + both]]
        g2 = chi2_contingency(cells, correction=False, lambda_="log-likelihood").statistic
        if g2 >= chi2.isf(0.001, 1) and both > a * b / total:
            expected.append([i, j])
    assert met.collocates().tolist() == expected
    assert [2, 3] in expected
    assert 1 < len(expected) < len(met.left)
    assert pytest.approx(chi2.isf(0.001, 1), abs=0.01) == SIGNIFICANT


def test_one_contact_is_an_anecdote_and_no_contact_no_company():
    often = [([0, 1], 1000)]
    assert of(*often, ([2, 3], 1)).collocates().tolist() == [[0, 1]]
    assert of(*often, ([2, 3], 2)).collocates().tolist() == [[0, 1], [2, 3]]
    met = of(*often)
    assert of(([0], 5), ([1], 5)).collocates().tolist() == []
    assert met.together(np.array([4]), np.array([5])).tolist() == [0]


def test_words_of_the_embedded_reports_are_what_a_radiologist_calls_them():
    columns = load_params(ROOT / "params.yaml")["columns"]
    reports = impression.documents(impression.read(ROOT / "data" / "reports.csv", columns))
    corpus = read_corpus(reports, "lemma", 5, 3)
    row = {word.lemma: at for at, word in enumerate(corpus.words)}
    met = collocations(corpus.sentences(), len(row))
    collocates = {frozenset(pair) for pair in met.collocates().tolist()}
    for pair in ("pleural effusion", "heart size", "bile duct", "coronary artery", "thyroid gland"):
        assert frozenset(row[name] for name in pair.split()) in collocates, pair
    for pair in (
        "left right",
        "mild moderate",
        "effusion pneumothorax",
        "gray white",
        "aorta aortic",
        "superior inferior",
    ):
        assert frozenset(row[name] for name in pair.split()) not in collocates, pair
    one, other = np.array([[row["effusion"]], [row["pneumothorax"]]])
    assert met.pmi(one, other)[0] > 4, "meeting often does not make collocates"


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([], "there are no sentences to see words meet in: run preprocess_text again"),
        ([Sentence("", 1, [0, 6])], "the sentences name word 6, the vocabulary has rows 0 to 5"),
    ],
)
def test_sentences_that_do_not_fit_are_a_users_error(sentences, message):
    with pytest.raises(UserError, match=message):
        collocations(iter(sentences), 6)
