"""Evaluation of word vectors: rank correlation with human similarity judgements, and WordNet relations of pairs."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.lexicon import lexicon
from pipeline_lib.words.corpus.vocabulary import Word

COLUMNS = ("word1", "word2", "score")
RELATIONS = ("synonym", "derivation", "relative", "none", "unknown")
RESAMPLES = 1000
LEVEL = 0.95
# One step in WordNet, from synset to synset.
_SYNSET_LINKS = (
    "hypernyms", "hyponyms", "instance_hypernyms", "instance_hyponyms", "member_holonyms", "part_holonyms",
    "substance_holonyms", "member_meronyms", "part_meronyms", "substance_meronyms", "similar_tos", "also_sees",
    "attributes", "verb_groups", "entailments", "causes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """Two words in lower case and how similar people find them, on the scale of the data set."""

    left: str
    right: str
    score: float


@dataclass(frozen=True)
class MatchedJudgements:
    """The judgements of two words of a vocabulary, as rows and scores; and how many were left out, by reason."""

    lefts: np.ndarray  # (p,)
    rights: np.ndarray  # (p,)
    scores: np.ndarray  # (p,)
    outside: int  # a word is not in the vocabulary
    same: int  # both are the same word of the vocabulary


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its bootstrap percentile interval at LEVEL; nan where there are too few pairs."""

    value: float
    low: float
    high: float


def read_judgements(path: str | Path) -> list[Judgement]:
    """Return the judgements of a tab-separated file with the columns word1, word2, score; UserError for others."""
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t")
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or [])]
            if missing:
                raise UserError(f"{path} has no column {', '.join(missing)}: give it a header word1, word2, score")
            judgements = [Judgement(_word(row, "word1"), _word(row, "word2"), float(row["score"])) for row in rows]
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UserError(f"{path} is missing: name a file of word pairs with scores") from error
    except (ValueError, TypeError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} holds a row that is no two words and a number ({error}): correct it") from error
    if not all(judgement.left and judgement.right and np.isfinite(judgement.score) for judgement in judgements):
        raise UserError(f"{path} holds a row without a word, or a score that is not finite: correct it")
    return judgements


def _word(row: dict[str, str], name: str) -> str:
    return (row[name] or "").strip().lower()


def row_finder(words: Sequence[Word]) -> Callable[[str], int | None]:
    """Return a function from a word to its row: the row of that spelling, else of its lemma, else None."""
    lemma = lexicon().lemma
    spellings = {word.word: row for row, word in enumerate(words)}
    lemmas: dict[str, int] = {}
    for row, word in enumerate(words):
        lemmas.setdefault(word.lemma, row)  # the more frequent form stays

    def find(word: str) -> int | None:
        return spellings[word] if word in spellings else lemmas.get(lemma(word))

    return find


def match_judgements(judgements: Iterable[Judgement], find: Callable[[str], int | None]) -> MatchedJudgements:
    """Return the judgements of two different rows, and how many were left out; find: from `row_finder`."""
    kept, outside, same = [], 0, 0
    for judgement in judgements:
        left, right = find(judgement.left), find(judgement.right)
        if left is None or right is None:
            outside += 1
        elif left == right:
            same += 1
        else:
            kept.append((left, right, judgement.score))
    table = np.array(kept, dtype=np.float64).reshape(-1, 3)
    return MatchedJudgements(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2], outside, same)


def cosines(vectors: np.ndarray, lefts: np.ndarray, rights: np.ndarray) -> np.ndarray:
    """Return the cosines of pairs of rows of unit-length vectors (n, d): (p,)."""
    return np.einsum("pd,pd->p", vectors[lefts], vectors[rights], dtype=np.float64)


def spearman(similarities: np.ndarray, scores: np.ndarray) -> float:
    """Return Spearman's rho of two columns (p,), ties with their mean rank; nan for a constant column."""
    if len(scores) < 2 or np.ptp(similarities) == 0 or np.ptp(scores) == 0:
        return float("nan")
    return float(stats.spearmanr(similarities, scores).statistic)


def bootstrap_rhos(similarities: np.ndarray, scores: np.ndarray, seed: int) -> np.ndarray:
    """Return Spearman's rho of each bootstrap resample, (RESAMPLES,); equal seeds resample the same pairs.

    So the rhos of two models can be subtracted, a paired bootstrap.
    """
    random = np.random.default_rng(seed)
    rhos = []
    for _ in range(0, RESAMPLES, 100):
        pairs = random.integers(0, len(scores), (100, len(scores)))
        a, b = (stats.rankdata(column[pairs], axis=1) for column in (similarities, scores))  # (100, p)
        a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):  # a resample of one pair alone has no rho
            rhos.append((a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1)))
    return np.concatenate(rhos)


def estimate(value: float, resampled: np.ndarray) -> Estimate:
    """Return a value with the percentile interval of its resampled values (RESAMPLES,), nan among them left out."""
    finite = resampled[np.isfinite(resampled)]
    if not len(finite) or not np.isfinite(value):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))


def relation(wordnet: Any, left: str, right: str) -> str:
    """Return the relation of two words in WordNet (NLTK's reader): one of RELATIONS, the first that holds.

    synonym: they share a synset; derivation: one is derived from the other ("degenerate / degeneration"); relative: one
    link apart (antonym, hypernym, part, similar, attribute, verb group, entailment), or with a common hypernym; none:
    in WordNet, but unrelated; unknown: one of them is not in WordNet.
    """
    a, b = set(wordnet.synsets(left)), set(wordnet.synsets(right))
    if not a or not b:
        return "unknown"
    if a & b:
        return "synonym"
    derived = ("derivationally_related_forms", "pertainyms")
    if _lemma_links(a, derived) & b or _lemma_links(b, derived) & a:
        return "derivation"
    if _synset_links(a) & b or _synset_links(b) & a or _lemma_links(a, ("antonyms",)) & b:
        return "relative"
    over_a, over_b = ({over for synset in synsets for over in synset.hypernyms()} for synsets in (a, b))
    return "relative" if over_a & over_b else "none"


def _synset_links(synsets: Iterable[Any]) -> set[Any]:
    return {other for synset in synsets for link in _SYNSET_LINKS for other in getattr(synset, link)()}


def _lemma_links(synsets: Iterable[Any], links: Sequence[str]) -> set[Any]:
    lemmas = [lemma for synset in synsets for lemma in synset.lemmas()]
    return {other.synset() for lemma in lemmas for link in links for other in getattr(lemma, link)()}
