"""The sentences of a long context that bear on a question, for a model that cannot read it all.

Chosen by the question alone: the answer is never looked at, so that test rows are shortened as a user's would be.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from nltk.stem.snowball import SnowballStemmer
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.text import sentences, tokens, without_contraction

K1, B = 1.2, 0.75  # of BM25: how soon repeats stop counting, how much long sentences are marked down
STOP = 0.1  # the weight of a stop word: 0 would rank "who was it" by nothing, 1 by noise
BESIDE = 0.25  # the share of its few_shot' scores that a sentence has too: "he", "the city" stand beside their names
MORE = "... "  # behind a sentence that was cut: run on into the next one taken, the two would say what neither does

_QUESTION_WORDS = {"did", "does"}  # the others are stop words already


def shorten_passage(context: str, question: str, budget: int, count: Callable[[str], int]) -> tuple[str, bool]:
    """Return the context, or what of it bears most on the question in at most `budget` tokens; and whether it was cut.

    count: how many tokens a text has. A context that fits comes back as it is. Otherwise its sentences are ranked:

    - Each scores by BM25 (Robertson and Zaragoza 2009, idf as in Lucene: log(1 + (n - df + 0.5) / (df + 0.5))) with
      the question's distinct words as the query and the context's own n sentences as the collection, so that a word
      counts the more the fewer of them have it. Words are lower-case Snowball stems; a stop word weighs STOP.
    - A quarter (BESIDE) of its two few_shot' scores is added, since a sentence after the one that names the subject
      often says "it". Equal scores: the earlier sentence first, so without any word in common the beginning is kept.

    They are taken in that order, whole, until one does not fit; that one is cut at its end, after a word, and is the
    last. What was taken stands in the order of the context, each with the space that followed it there; nothing is
    added but "..." between a cut sentence and the next. Where not even the first word fits, it is cut within. The same
    input always gives the same text.

    Raises UserError for a budget below 1. English: in other languages stems and stop words do little, no harm.
    """
    if budget < 1:
        raise UserError(
            f"a context needs a budget of at least 1 token, not {budget}: raise prompt.max_tokens in the params file, "
            "or shorten the question"
        )
    if count(context) <= budget:
        return context, False
    parts = sentences(context)
    taken: dict[int, str] = {}  # place -> text

    def fits(place: int, text: str) -> bool:
        return count(_joined(taken | {place: text})) <= budget

    for place in rank_sentences(parts, question):
        if not fits(place, parts[place]):
            more = MORE if place < max(taken, default=-1) else ""
            if part := _beginning(parts[place], more, partial(fits, place), within=not taken):
                taken[place] = part
            break
        taken[place] = parts[place]
    return _joined(taken), True


def rank_sentences(parts: list[str], question: str) -> list[int]:
    """Return the places of the sentences, the most relevant first."""
    bags = [Counter(_stems(part)) for part in parts]
    lengths = [bag.total() for bag in bags]
    mean = sum(lengths) / len(lengths) or 1.0
    spread = Counter(stem for bag in bags for stem in bag)
    own = [0.0] * len(parts)
    for stem in sorted(set(_stems(question))):  # in order: a sum of floats depends on it
        have = spread[stem]
        weight = math.log(1 + (len(parts) - have + 0.5) / (have + 0.5)) * (STOP if stem in _stops() else 1.0)
        for place, bag in enumerate(bags):
            if often := bag[stem]:
                own[place] += weight * often * (K1 + 1) / (often + K1 * (1 - B + B * lengths[place] / mean))
    padded = [0.0, *own, 0.0]
    scores = [score + BESIDE * (padded[at] + padded[at + 2]) for at, score in enumerate(own)]
    return sorted(range(len(parts)), key=lambda place: (-scores[place], place))


def _beginning(sentence: str, more: str, fits: Callable[[str], bool], within: bool) -> str:
    """Return the longest beginning of a sentence that fits with `more` behind it, to the end of a word.

    "" where there is none; or, `within` a word, part of the first.
    """
    ends = [match.end() for match in re.finditer(r"\S+", sentence)]
    if not ends:
        return ""
    if end := _last(lambda at: fits(sentence[:at] + more), ends):
        return sentence[:end] + more
    return sentence[: _last(lambda at: fits(sentence[:at]), range(1, ends[0]))] if within else ""


def _last(fits: Callable[[int], bool], ends: Sequence[int]) -> int:
    """Return the last of the growing `ends` that fits, by bisection; 0 where none does."""
    low, high = 0, len(ends)  # the first `low` fit, those from `high` do not
    while low < high:
        middle = (low + high) // 2
        if fits(ends[middle]):
            low = middle + 1
        else:
            high = middle
    return ends[low - 1] if low else 0


def _joined(taken: dict[int, str]) -> str:
    return "".join(taken[place] for place in sorted(taken)).strip()


def _stems(text: str) -> Iterator[str]:
    for token in tokens(text):
        yield from (_stem(word) for word in without_contraction(token).split("-") if word)


@cache
def _stem(word: str) -> str:
    return _stemmer().stem(word)


@cache
def _stemmer() -> SnowballStemmer:
    return SnowballStemmer("english")


@cache
def _stops() -> frozenset[str]:
    return frozenset(map(_stem, ENGLISH_STOP_WORDS | _QUESTION_WORDS))
