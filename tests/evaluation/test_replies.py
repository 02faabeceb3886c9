"""How replies fit and vary: by hand, by scikit-learn's cosine and by sacrebleu."""

import random
from statistics import fmean

import pytest
import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from pipeline_lib.evaluation.metrics.replies import (
    COMPARED,
    distinct_n,
    fit_relevance,
    relevance,
    repetition,
    self_bleu,
)

TURNS = ["Shall we have tea?", "Tea, please, and some milk.", "I have no milk.", "No tea then, no milk.", "Coffee?"]


# Relevance.


def test_equal_texts_have_relevance_1_and_disjoint_ones_0():
    vectorizer = fit_relevance(TURNS)
    assert relevance("Tea, please!", "please TEA", vectorizer) == pytest.approx(1)
    assert relevance("Tea, please!", "please TEA", vectorizer) <= 1
    assert relevance("tea", "milk", vectorizer) == 0
    assert relevance("", "milk", vectorizer) == 0
    assert relevance("", "", vectorizer) == 0
    assert relevance("unknown words", "unknown words", vectorizer) == 0, "words of no training text count for nothing"
    assert relevance("tea unheard", "tea", vectorizer) == pytest.approx(1)


def test_relevance_is_scikit_learns_cosine():
    vectorizer = fit_relevance(TURNS)
    theirs = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b").fit(TURNS)
    pairs = [("tea and milk", "some tea"), ("no no milk", "No milk!"), ("I have it", "Shall we have tea?")]
    for reply, reference in pairs:
        wanted = cosine_similarity(theirs.transform([reply]), theirs.transform([reference])).item()
        assert 0 < wanted < 1
        assert relevance(reply, reference, vectorizer) == pytest.approx(wanted)
        assert relevance(reference, reply, vectorizer) == pytest.approx(wanted)


def test_a_rare_word_weighs_more_than_a_frequent_one():
    vectorizer = fit_relevance(TURNS)
    assert relevance("coffee milk", "coffee tea", vectorizer) > relevance("coffee milk", "shall milk", vectorizer)


@pytest.mark.parametrize("texts", [["?", "..."], []])
def test_without_training_words_relevance_is_0(texts):
    assert relevance("?", "?", fit_relevance(texts)) == 0
    assert relevance("tea", "tea", fit_relevance(texts)) == 0


# Repetition.


@pytest.mark.parametrize(
    ("reply", "repeated", "ngrams"),
    [
        ("", 0, 0),
        ("one two", 0, 0),
        ("one two three", 0, 1),
        ("no no no", 0, 1),
        ("No, no! No no", 1, 2),
        ("a b c a b c a b c", 4, 7),  # abc bca cab abc bca cab abc
        ("I like tea. I like tea. I like milk", 3, 7),  # ilt lti til ilt lti til ilm
    ],
)
def test_repeated_ngrams_by_hand(reply, repeated, ngrams):
    assert repetition(reply) == (repeated, ngrams)


# Variety.


@pytest.mark.parametrize(
    ("replies", "one", "two"),
    [
        ([], None, None),
        (["", "?"], None, None),
        (["Yes."], 1.0, None),
        (["yes", "Yes!", "no"], 2 / 3, None),
        (["I like tea", "I like milk", ""], 4 / 6, 3 / 4),
        (["a b a b a"], 2 / 5, 2 / 4),
        (["a b", "b a"], 2 / 4, 1.0),  # no run goes from one reply to the next
    ],
)
def test_distinct_by_hand(replies, one, two):
    assert (distinct_n(replies, 1), distinct_n(replies, 2)) == (one, two)


def test_self_bleu_is_sacrebleus_of_each_with_the_others():
    replies = ["I like tea with milk.", "I like tea.", "Shall we have some soup today?", "No.", "  "]
    texts = replies[:4]
    scores = [
        sacrebleu.sentence_bleu(text, [other for other in texts if other != text], use_effective_order=True).score
        for text in texts
    ]
    assert max(scores) > 20 > min(scores)
    assert self_bleu(replies) == pytest.approx(fmean(scores) / 100)


def test_self_bleu_of_equal_and_of_different_replies():
    assert self_bleu(["No."] * 5) == pytest.approx(1)
    assert self_bleu(["I am well today"] * 2) == pytest.approx(1)
    assert self_bleu(["one two three four", "five six seven eight"]) == pytest.approx(0, abs=0.1)
    assert self_bleu(["one"]) is None
    assert self_bleu(["one", " ", ""]) is None
    assert self_bleu([]) is None


def test_of_many_replies_a_number_at_even_distances_is_compared():
    draw = random.Random(1)
    words = "tea milk soup rain sun bread we I have like no yes".split()
    replies = [" ".join(draw.choices(words, k=3)) for _ in range(2 * COMPARED + 1)]
    picked = [replies[at * len(replies) // COMPARED] for at in range(COMPARED)]
    assert len(set(picked)) > 100
    assert self_bleu(replies) == self_bleu(picked)
    assert self_bleu(replies) != self_bleu(replies[:COMPARED])
