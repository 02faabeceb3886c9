"""Where words meet: in one sentence, and side by side. What two similar words are to each other follows from it."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.special import xlogy

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.sentences import Sentence

INTERCHANGEABLE, COLLOCATES = "interchangeable", "collocates"
SIGNIFICANT = 10.83  # G2 that chance exceeds once in 1,000 times: chi-squared, 1 degree of freedom
ANECDOTE = 1  # contacts that say nothing, however rare the words (Moore 2004)


@dataclass(frozen=True)
class Collocations:
    """Which words each sentence holds, and how often two stand side by side; by the vocabulary's rows.

    counts: (sentences,) how often each occurs; holds: (sentences, words), 1 where it holds the word; left, right,
    contacts: (k,) how often two words touch, left < right, each two once, in order.
    """

    counts: np.ndarray
    holds: csc_array
    left: np.ndarray
    right: np.ndarray
    contacts: np.ndarray

    def together(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return in how many sentences, repeats counted, the words of each pair meet: (k,) int64."""
        return np.asarray((self.holds[:, left].multiply(self.holds[:, right])).T @ self.counts).astype(np.int64)

    def pmi(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the pointwise mutual information of each pair in bits, NaN for two that never meet: (k,).

        log2(n_ab N / (n_a n_b)) over N sentences that hold a word of the vocabulary (Church and Hanks 1990).
        """
        alone = (self.holds.T @ self.counts).astype(np.float64)  # (words,)
        both = self.together(left, right).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.log2(both) + np.log2(self.counts.sum()) - np.log2(alone[left]) - np.log2(alone[right])
        return np.where(both > 0, found, np.nan)

    def collocates(self) -> np.ndarray:
        """Return the pairs of words that belong side by side, (k, 2) with left < right, in order.

        Those that touch more often than by chance: more than once, more often than the product of their shares of all
        contacts lets expect, and with a log-likelihood ratio G2 (Dunning 1993) of at least SIGNIFICANT.

        All other pairs are interchangeable, whether or not they meet in a sentence. Meeting alone does not tell: on the
        Open-i reports "effusion / pneumothorax", "left / right" and "mild / moderate" meet in far more sentences than
        by chance (G2 of 5,270, 46 and 17), as things that are listed, ruled out or compared together do. They hardly
        touch (7, 1 and 0 times; 11, 45 and 0.9 expected), "pleural / effusion" do (2,096; 72 expected).
        """
        size = self.holds.shape[1]
        touching = np.bincount(self.left, self.contacts, size) + np.bincount(self.right, self.contacts, size)
        total = touching.sum()  # each contact seen from both its words
        often = self.contacts > ANECDOTE
        left, right, both = self.left[often], self.right[often], self.contacts[often]
        a, b = touching[left], touching[right]
        observed = np.stack([both, a - both, b - both, total - a - b + both])
        expected = np.stack([a * b, a * (total - b), (total - a) * b, (total - a) * (total - b)]) / max(total, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            g2 = 2 * xlogy(observed, observed / expected).sum(axis=0)
        belong = (both > expected[0]) & (g2 >= SIGNIFICANT)
        return np.stack([left[belong], right[belong]], axis=1)


def collocations(sentences: Iterable[Sentence], size: int) -> Collocations:
    """Return where the `size` words of a vocabulary meet; sentences may be a generator.

    Two words touch where one follows the other in one phrase, whatever words that are none of the vocabulary stand
    between. Memory: 13 bytes an occurrence, at its peak thrice that. Raises UserError when the sentences are of
    another vocabulary.
    """
    counts, rows, phrases, ends = array("q"), array("i"), array("i"), array("q", [0])
    for sentence in sentences:
        counts.append(sentence.count)
        rows.extend(sentence.words)
        phrases.extend(sentence.phrases or [0] * len(sentence.words))
        ends.append(len(rows))
    if not counts:
        raise UserError("there are no sentences to see words meet in: run preprocess_text again (dvc repro)")
    words, often = np.frombuffer(rows, dtype=np.intc), np.frombuffer(counts, dtype=np.int64)
    if words.size and words.max() >= size:
        raise UserError(
            f"the sentences name word {words.max()}, the vocabulary has rows 0 to {size - 1}: "
            "they are of two runs, run preprocess_text again (dvc repro)"
        )
    bounds = np.frombuffer(ends, dtype=np.int64)
    place = np.repeat(np.arange(len(often), dtype=np.intc), np.diff(bounds))  # the sentence of each occurrence
    ones = np.ones(len(words), dtype=np.int8)
    holds = csr_array((ones, words, bounds), shape=(len(often), size))
    holds.sum_duplicates()
    holds.data[:] = 1
    spoken = np.frombuffer(phrases, dtype=np.intc)
    touch = (place[1:] == place[:-1]) & (spoken[1:] == spoken[:-1]) & (words[1:] != words[:-1])
    one, other = words[:-1][touch].astype(np.int64), words[1:][touch].astype(np.int64)
    keys, which = np.unique(np.minimum(one, other) * size + np.maximum(one, other), return_inverse=True)
    contacts = np.bincount(which, often[place[1:][touch]], len(keys))
    return Collocations(often, holds.tocsc(), keys // size, keys % size, contacts)
