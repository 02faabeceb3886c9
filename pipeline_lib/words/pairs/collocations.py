"""How often two words occur in one sentence and side by side, and which words are therefore collocates."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.special import xlogy

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.sentences import Sentence

INTERCHANGEABLE, COLLOCATES = "interchangeable", "collocates"
SIGNIFICANT = 10.83  # smallest G2: p = 0.001 of chi-squared with 1 degree of freedom
MIN_ADJACENT = 2  # one occurrence side by side is no evidence, however rare the words (Moore 2004)


@dataclass(frozen=True)
class Collocations:
    """Which words each sentence contains, and how often two words are adjacent; words are rows of the vocabulary."""

    counts: np.ndarray  # (sentences,) how often each occurs
    contains: csc_array  # (sentences, words) 1 where the sentence contains the word
    left: np.ndarray  # (k,) pairs that are ever adjacent, left < right, sorted
    right: np.ndarray  # (k,)
    adjacent: np.ndarray  # (k,) how often each of these is adjacent

    def together(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return how many sentences, repeats counted, contain both words of each pair: (k,) int64."""
        both = self.contains[:, left].multiply(self.contains[:, right])
        return np.asarray(both.T @ self.counts).astype(np.int64)

    def pmi(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the pointwise mutual information of each pair in bits: (k,), nan for words never in one sentence.

        log2(n_ab N / (n_a n_b)) over the N sentences with a word of the vocabulary (Church and Hanks 1990).
        """
        single = (self.contains.T @ self.counts).astype(np.float64)  # (words,) sentences with each word
        both = self.together(left, right).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            bits = np.log2(both) + np.log2(self.counts.sum()) - np.log2(single[left]) - np.log2(single[right])
        return np.where(both > 0, bits, np.nan)

    def collocates(self) -> np.ndarray:
        """Return the pairs of collocates, words adjacent more often than by chance: (k, 2), left < right, sorted.

        Such words are adjacent at least MIN_ADJACENT times, more often than expected of independent words, and with a
        log-likelihood ratio G2 (Dunning 1993) of at least SIGNIFICANT.

        No other pair is one of collocates, whether or not they occur in one sentence, for that alone does not decide:
        in the Open-i reports "effusion / pneumothorax", "left / right" and "mild / moderate" share far more sentences
        than by chance (G2 of 5,270, 46 and 17), as words that are listed, excluded or compared together do. They are
        hardly ever adjacent (7, 1 and 0 times; 11, 45 and 0.9 expected), "pleural / effusion" are (2,096; 72 expected).
        """
        size = self.contains.shape[1]
        single = np.bincount(self.left, self.adjacent, size) + np.bincount(self.right, self.adjacent, size)  # (words,)
        total = single.sum()  # each adjacency counted for both of its words
        enough = self.adjacent >= MIN_ADJACENT
        left, right, both = self.left[enough], self.right[enough], self.adjacent[enough]
        a, b = single[left], single[right]
        observed = np.stack([both, a - both, b - both, total - a - b + both])
        expected = np.stack([a * b, a * (total - b), (total - a) * b, (total - a) * (total - b)]) / max(total, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            g2 = 2 * xlogy(observed, observed / expected).sum(axis=0)
        chosen = (both > expected[0]) & (g2 >= SIGNIFICANT)
        return np.stack([left[chosen], right[chosen]], axis=1)


def count_collocations(sentences: Iterable[Sentence], size: int) -> Collocations:
    """Return the counts of a corpus with a vocabulary of `size` words; sentences may be a generator.

    Two words are adjacent where one follows the other within a phrase, with no other word of the vocabulary between.
    Memory: 13 bytes an occurrence, at its peak three times that. Raises UserError when the sentences belong to another
    vocabulary.
    """
    counts, rows, phrases, ends = array("q"), array("i"), array("i"), array("q", [0])
    for sentence in sentences:
        counts.append(sentence.count)
        rows.extend(sentence.words)
        phrases.extend(sentence.phrases or [0] * len(sentence.words))
        ends.append(len(rows))
    if not counts:
        raise UserError("there are no sentences to count words in: run preprocess_text again (dvc repro)")
    words, repeats = np.frombuffer(rows, dtype=np.intc), np.frombuffer(counts, dtype=np.int64)
    if words.size and words.max() >= size:
        raise UserError(
            f"the sentences name word {words.max()}, the vocabulary has rows 0 to {size - 1}: "
            "they come from two runs, run preprocess_text again (dvc repro)"
        )
    bounds = np.frombuffer(ends, dtype=np.int64)
    sentence_of = np.repeat(np.arange(len(repeats), dtype=np.intc), np.diff(bounds))  # (occurrences,)
    ones = np.ones(len(words), dtype=np.int8)
    contains = csr_array((ones, words, bounds), shape=(len(repeats), size))
    contains.sum_duplicates()
    contains.data[:] = 1
    phrase_of = np.frombuffer(phrases, dtype=np.intc)
    same_phrase = (sentence_of[1:] == sentence_of[:-1]) & (phrase_of[1:] == phrase_of[:-1])
    adjacent = same_phrase & (words[1:] != words[:-1])
    one, other = words[:-1][adjacent].astype(np.int64), words[1:][adjacent].astype(np.int64)
    keys, which = np.unique(np.minimum(one, other) * size + np.maximum(one, other), return_inverse=True)
    counted = np.bincount(which, repeats[sentence_of[1:][adjacent]], len(keys))
    return Collocations(repeats, contains.tocsc(), keys // size, keys % size, counted)
