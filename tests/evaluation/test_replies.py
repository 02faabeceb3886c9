"""How replies fit and vary: by hand, by scikit-learn's cosine and by sacrebleu."""

import random
from statistics import fmean

import pytest
import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from pipeline_lib.evaluation.metrics.replies import distinct_n, fit_relevance, relevance, repetition, self_bleu

TURNS = ["Shall we have tea?", "Tea, please, and some milk.", "I have no milk.", "No tea then, no milk.", "Coffee?"]


# Relevance.
@pytest.mark.parametrize(
    ("reply", "reference", "expected"),
    [
        ("Tea, please!", "please TEA", 1),
        ("tea unheard", "tea", 1),
        ("tea", "milk", 0),
        ("", "milk", 0),
        ("", "", 0),
        ("unknown words", "unknown words", 0),  # words of no training text count for nothing
    ],
)
def test_equal_texts_have_relevance_1_and_disjoint_ones_0(reply, reference, expected):
    found = relevance(reply, reference, fit_relevance(TURNS))
    assert found == pytest.approx(expected)
    assert found <= 1
    for texts in (["?", "..."], []):  # no words to learn from
        assert relevance(reply, reference, fit_relevance(texts)) == 0


def test_relevance_is_scikit_learns_cosine():
    vectorizer = fit_relevance(TURNS)
    theirs = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b").fit(TURNS)
    pairs = [("tea and milk", "some tea"), ("no no milk", "No milk!"), ("I have it", "Shall we have tea?")]
    for reply, reference in pairs:
        expected = cosine_similarity(theirs.transform([reply]), theirs.transform([reference])).item()
        assert 0 < expected < 1
        assert relevance(reply, reference, vectorizer) == pytest.approx(expected)
        assert relevance(reference, reply, vectorizer) == pytest.approx(expected)


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


def test_self_bleu_is_sacrebleus_of_each_with_the_others(monkeypatch):
    texts = ["I like tea with milk.", "I like tea.", "Shall we have some soup today?", "No."]
    others = [[other for other in texts if other != text] for text in texts]
    scores = [
        sacrebleu.sentence_bleu(text, rest, use_effective_order=True).score
        for text, rest in zip(texts, others, strict=True)
    ]
    assert max(scores) > 20 > min(scores)
    assert self_bleu([*texts, "  "]) == pytest.approx(fmean(scores) / 100)
    assert (self_bleu(["No."] * 5), self_bleu(["I am well today"] * 2)) == (pytest.approx(1), pytest.approx(1))
    assert self_bleu(["one two three four", "five six seven eight"]) == pytest.approx(0, abs=0.1)
    assert [self_bleu(replies) for replies in (["one"], ["one", " ", ""], [])] == [None] * 3
    monkeypatch.setattr("pipeline_lib.evaluation.metrics.replies.COMPARED", 40)
    draw = random.Random(1)
    words = "tea milk soup rain sun bread we I have like no yes".split()
    replies = [" ".join(draw.choices(words, k=3)) for _ in range(81)]
    picked = [replies[at * 81 // 40] for at in range(40)]
    assert len(set(picked)) > 35
    assert self_bleu(replies) == self_bleu(picked) != self_bleu(replies[:40])
