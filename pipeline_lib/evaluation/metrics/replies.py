"""Metrics of replies: relevance to the true next turn, repetition within a reply, variety over all replies."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline_lib.core.retrieval import fit_tfidf
from pipeline_lib.core.text import separate_signs, tokens, words

REPEATED = 3  # words in an n-gram whose repetition is counted
COMPARED = 200  # replies, at most, of which each is compared with all others


def fit_relevance(texts: Sequence[str]) -> TfidfVectorizer:
    """Return a TF-IDF vectorizer of single words fitted to `texts`; its vectors have unit length."""
    return fit_tfidf(texts, words)[1]


def relevance(reply: str, reference: str, vectorizer: Any) -> float:
    """Return the cosine of two texts' TF-IDF vectors, 0 to 1, with the vectorizer of `fit_relevance`.

    Words that no training text has are ignored.
    """
    one, other = vectorizer.transform([reply, reference])
    return float(min((one @ other.T).sum(), 1.0))


def repetition(reply: str) -> tuple[int, int]:
    """Return how many n-grams of REPEATED words of a text occurred in it before, and how many there are.

    Their ratio is seq-rep-n of Welleck et al. 2020 (Neural Text Generation with Unlikelihood Training).
    """
    found = tokens(reply)
    ngrams = [tuple(found[at : at + REPEATED]) for at in range(len(found) - REPEATED + 1)]
    return len(ngrams) - len(set(ngrams)), len(ngrams)


def distinct_n(replies: Sequence[str], n: int) -> float | None:
    """Return distinct-n: distinct n-grams over all n-grams, of all texts together.

    Li et al. (2016) divide by the number of words, so that their distinct-2 is somewhat lower. None where no text has n
    words. It falls as texts are added: compare only over equally many.
    """
    ngrams: Counter[tuple[str, ...]] = Counter()
    for text in replies:
        found = tokens(text)
        ngrams.update(tuple(found[at : at + n]) for at in range(len(found) - n + 1))
    return len(ngrams) / ngrams.total() if ngrams else None


def self_bleu(replies: Sequence[str]) -> float | None:
    """Return self-BLEU, 0 to 1: the mean BLEU of each text with all others as references (Zhu et al. 2018).

    sacrebleu's sentence BLEU (exponential smoothing, its own tokenizer). Of more than COMPARED texts, so many are taken
    at even distances. Lower is more varied; equal texts have 1. None for fewer than two texts with words.
    """
    texts = [separate_signs(text) for text in replies if text.strip()]
    if len(texts) > COMPARED:
        texts = [texts[at * len(texts) // COMPARED] for at in range(COMPARED)]
    if len(texts) < 2:
        return None
    scorer = sacrebleu.BLEU(effective_order=True)
    scores = [scorer.sentence_score(text, texts[:at] + texts[at + 1 :]).score for at, text in enumerate(texts)]
    return sum(scores) / len(scores) / 100
