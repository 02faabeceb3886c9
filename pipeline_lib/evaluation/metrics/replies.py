"""How a reply fits and reads: what it shares with the true next turn, how varied replies are, how much one repeats."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline_lib.core.text import tokens

REPEATED = 3  # words in a run whose repetition is counted
COMPARED = 200  # replies, at most, of which each is held against all others


def fit_relevance(texts: Sequence[str]) -> TfidfVectorizer:
    """Return how much each word tells, learnt from `texts`: TF-IDF of single words, unit length."""
    counted = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    try:
        return counted.fit(texts)
    except ValueError:  # no word in any of them: nothing is like anything
        return counted.fit(["none"])


def relevance(said: str, reference: str, learnt: Any) -> float:
    """Return the cosine of two texts' TF-IDF vectors, 0 to 1, with the weights of `fit_relevance`.

    Words that no training text has count for nothing.
    """
    one, other = learnt.transform([said, reference])
    return float(min((one @ other.T).sum(), 1.0))


def repetition(said: str) -> tuple[int, int]:
    """Return how many runs of REPEATED words of a text stood in it before, and how many there are.

    Their ratio is seq-rep-n of Welleck et al. 2020 (Neural Text Generation with Unlikelihood Training).
    """
    words = tokens(said)
    runs = [tuple(words[at : at + REPEATED]) for at in range(len(words) - REPEATED + 1)]
    return len(runs) - len(set(runs)), len(runs)


def distinct_n(said: Sequence[str], n: int) -> float | None:
    """Return distinct-n: different runs of n words over all runs of n words, of all texts (Li et al. 2016).

    None where no text has n words. It falls as texts are added: compare only over equally many.
    """
    runs: Counter[tuple[str, ...]] = Counter()
    for text in said:
        words = tokens(text)
        runs.update(tuple(words[at : at + n]) for at in range(len(words) - n + 1))
    return len(runs) / runs.total() if runs else None


def self_bleu(said: Sequence[str]) -> float | None:
    """Return self-BLEU, 0 to 1: the mean BLEU of each text with all others as references (Zhu et al. 2018).

    sacrebleu's sentence BLEU (exponential smoothing, its own tokenizer). Of more than COMPARED texts, that many spread
    evenly. Lower is more varied; equal texts have 1. None for fewer than two texts with words.
    """
    texts = [text for text in said if text.strip()]
    if len(texts) > COMPARED:
        texts = [texts[at * len(texts) // COMPARED] for at in range(COMPARED)]
    if len(texts) < 2:
        return None
    scorer = sacrebleu.BLEU(effective_order=True)
    scores = [scorer.sentence_score(text, texts[:at] + texts[at + 1 :]).score for at, text in enumerate(texts)]
    return sum(scores) / len(scores) / 100
