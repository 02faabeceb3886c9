"""ROUGE of one pair by torchmetrics, and ROUGE-L of many pairs at once."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from nltk.stem.porter import PorterStemmer
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from pipeline_lib.core.text import words as text_words

ROUGE = ("rouge1", "rouge2", "rougeL")
_STEMMER = PorterStemmer()


def rouge(prediction: str, reference: str) -> dict[str, float]:
    """Return rouge1, rouge2 and rougeL F-measures (0-1) of one pair, with the Porter stemmer.

    torchmetrics' definition, which follows Google's rouge_score, over the words of every script: those two read ASCII
    letters and digits alone, and texts in ASCII have their figures. The others have those of rouge_score over words
    parted by spaces, Chinese by the signs of sacrebleu's zh tokenizer. Without the Lsum variant nothing asks NLTK for
    data.
    """
    from torchmetrics.functional.text.rouge import rouge_score  # imported here, for it loads torch

    found = rouge_score(prediction, reference, rouge_keys=ROUGE, normalizer=str, tokenizer=words)
    return {key: float(found[f"{key}_fmeasure"]) for key in ROUGE}


def rouge_l(answers: Sequence[str], references: Sequence[str]) -> NDArray[np.float64]:
    """Return ROUGE-L (n, m) of every answer with every reference: rouge()'s figure, for thousands of pairs."""
    left, right = ([words(text) for text in texts] for texts in (answers, references))
    common = cdist(left, right, scorer=LCSseq.similarity, dtype=np.int32).astype(float)
    total = np.add.outer([len(text) for text in left], [len(text) for text in right])
    return np.divide(2 * common, total, out=np.zeros_like(common), where=total > 0)


def words(text: str) -> list[str]:
    """Return a text's words as ROUGE counts them: core.text.words, parted at "_", stemmed above 3 letters."""
    return [_stem(word) if len(word) > 3 else word for word in _unstemmed(text)]


def _unstemmed(text: str) -> list[str]:
    return text_words(text.replace("_", " "))


@cache
def _stem(word: str) -> str:
    return _STEMMER.stem(word)
