"""Co-occurrence counts by hand, PPMI and its decomposition against dense algebra, and words without a context."""

import numpy as np
import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.vectors.cooccurrence import cooccurrence_vectors, cooccurrences, ppmi


def sentences_of(*sentences: list[int], count: int = 1) -> list[Sentence]:
    return [Sentence("", count, words) for words in sentences]


def zipf(words: int, sentences: int, length: int, seed: int = 0) -> list[Sentence]:
    random = np.random.default_rng(seed)
    rates = 1 / np.arange(1, words + 1)
    drawn = random.choice(words, (sentences, length), p=rates / rates.sum())
    return sentences_of(*drawn.tolist())


def test_counts_are_those_of_a_loop_within_the_window():
    counts = cooccurrences([Sentence("", 3, [0, 1, 2, 3]), Sentence("", 1, [1, 0])], 4, 2).toarray()
    assert counts.tolist() == [[0, 4, 3, 0], [4, 0, 3, 3], [3, 3, 0, 3], [0, 3, 3, 0]]
    counts = cooccurrences(sentences_of([0, 1], [2], [3, 3]), 4, 50).toarray()  # a window ends with its sentence
    assert counts.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 2]]
    sentences = zipf(30, 40, 9)
    expected = np.zeros((30, 30))
    for sentence in sentences:
        for at, row in enumerate(sentence.words):
            for other in sentence.words[max(0, at - 3) : at] + sentence.words[at + 1 : at + 4]:
                expected[row, other] += 1
    np.testing.assert_array_equal(cooccurrences(sentences, 30, 3).toarray(), expected)


def test_ppmi_is_its_formula():
    counts = cooccurrences(zipf(12, 50, 6), 12, 2)
    n = counts.toarray()
    contexts = n.sum(axis=0) ** 0.75
    with np.errstate(divide="ignore"):
        pmi = np.log((n / n.sum()) / np.outer(n.sum(axis=1) / n.sum(), contexts / contexts.sum()))
    found = ppmi(counts)
    np.testing.assert_allclose(found.toarray(), np.maximum(pmi, 0), atol=1e-12)
    assert (found.data > 0).all()


def test_cosines_are_those_of_the_exact_decomposition():
    sentences = zipf(60, 400, 8)
    vectors, alone = cooccurrence_vectors(sentences, 60, 4, 10)
    assert (vectors.dtype, vectors.shape, alone) == (np.float32, (60, 10), [])
    left, values, _ = np.linalg.svd(ppmi(cooccurrences(sentences, 60, 4)).toarray())
    exact = left[:, :10] * np.sqrt(values[:10])
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors @ vectors.T, exact @ exact.T, atol=0.01)
    assert cooccurrence_vectors(sentences, 60, 4, 10)[0].tobytes() == vectors.tobytes()


def test_words_with_the_same_contexts_have_a_high_cosine():
    # 0 and 1 occur beside 2 and 3; 4 and 5 beside 6 and 7.
    sentences = sentences_of([0, 2], [0, 3], [1, 2], [1, 3], [4, 6], [4, 7], [5, 6], [5, 7])
    vectors, alone = cooccurrence_vectors(sentences, 8, 5, 4)
    cosine = vectors @ vectors.T
    assert (alone, cosine[0, 1], cosine[4, 5]) == ([], pytest.approx(1, abs=1e-5), pytest.approx(1, abs=1e-5))
    assert abs(cosine[0, 4]) < 1e-5


def test_a_word_without_contexts_or_with_those_of_no_dimension_has_cosine_0():
    vectors, alone = cooccurrence_vectors(sentences_of([0, 1, 2], [2, 0], [3], [4], [3]), 5, 5, 3)
    assert alone == [3, 4]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    cosine = vectors @ vectors.T
    np.testing.assert_array_equal(cosine[3:], np.eye(5, dtype=np.float32)[3:])
    # Each pair takes two of four dimensions; the rarer pair takes the first two.
    vectors, alone = cooccurrence_vectors([*sentences_of([0, 1], count=9), *sentences_of([2, 3])], 4, 5, 2)
    assert (vectors.shape, alone) == ((4, 4), [0, 1])
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(4), atol=1e-6)
    with pytest.raises(UserError, match=r"4 of 4 occur beside no other word .*: set embed.method: encoder"):
        cooccurrence_vectors(sentences_of([0], [1], [2], [3]), 4, 5, 3)


@pytest.mark.parametrize("words", [1, 2])
def test_words_that_never_co_occur_each_have_a_dimension(words):
    for sentences in (sentences_of([0], [0]), []):
        vectors, alone = cooccurrence_vectors(sentences, words, 5, 100)
        assert (vectors.tolist(), alone) == (np.eye(words).tolist(), list(range(words)))
