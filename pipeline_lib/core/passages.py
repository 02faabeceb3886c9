"""The sentences of a long context that are relevant to a question, for a model that cannot read all of it.

The question alone decides. The answer is never looked at, so test rows are shortened as a user's rows would be.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

import regex
from nltk.stem.snowball import SnowballStemmer
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.text import SIGN, sentences, tokens, without_contraction

K1, B = 1.2, 0.75  # of BM25: how soon repeats stop counting, how much long sentences are penalised
STOP = 0.1  # weight of a stop word: 0 would leave no word of "who was it", 1 would rank by noise
# Share of the scores of the sentences before and after it that a sentence gets: "he" and "the city" follow their names.
ADJACENT = 0.25
CUT_MARK = "... "  # after a cut sentence: joined to the next one, the two would state what neither does

_WORD_END = regex.compile(rf"(?V1){SIGN}|(?:(?!{SIGN})\S)+")

_QUESTION_WORDS = {"did", "does"}  # the others are stop words already


def shorten_passage(context: str, question: str, budget: int, count: Callable[[str], int]) -> tuple[str, bool]:
    """Return the context, or its most relevant sentences in at most `budget` tokens; and whether it was shortened.

    count: returns the number of tokens of a text. A context that fits comes back unchanged. Otherwise its sentences
    are ranked:

    - Each scores by BM25 (Robertson and Zaragoza 2009, idf as in Lucene: log(1 + (n - df + 0.5) / (df + 0.5))) with
      the question's distinct words as the query and the context's own n sentences as the collection, so that a
      rarer word counts more. Words are lower-case Snowball stems; a stop word has the weight STOP.
    - A quarter (ADJACENT) of the scores of the sentences before and after it is added, since the sentence after the
      one that names the subject often says "it". Of equal scores the earlier sentence comes first, so without any word
      in common the beginning is kept.

    Sentences are taken in that order until one does not fit. That one is cut after a word, and is the last. The result
    has them in the order of the context, each with the space that followed it there; only "..." is added, between a cut
    sentence and the next. Where not even the first word fits, the word is cut. The result is deterministic.

    Raises UserError for a budget below 1. For English; in other languages stems and stop words have little effect.
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
            mark = CUT_MARK if place < max(taken, default=-1) else ""
            if part := _beginning(parts[place], mark, partial(fits, place), within_word=not taken):
                taken[place] = part
            break
        taken[place] = parts[place]
    return _joined(taken), True


def rank_sentences(parts: list[str], question: str) -> list[int]:
    """Return the indices of the sentences, the most relevant first."""
    bags = [Counter(_stems(part)) for part in parts]
    lengths = [bag.total() for bag in bags]
    mean = sum(lengths) / len(lengths) or 1.0
    document_frequency = Counter(stem for bag in bags for stem in bag)
    own = [0.0] * len(parts)
    for stem in sorted(set(_stems(question))):  # sorted: a sum of floats depends on the order
        frequency = document_frequency[stem]
        weight = math.log(1 + (len(parts) - frequency + 0.5) / (frequency + 0.5)) * (STOP if stem in _stops() else 1.0)
        for place, bag in enumerate(bags):
            if count := bag[stem]:
                own[place] += weight * count * (K1 + 1) / (count + K1 * (1 - B + B * lengths[place] / mean))
    padded = [0.0, *own, 0.0]
    scores = [score + ADJACENT * (padded[at] + padded[at + 2]) for at, score in enumerate(own)]
    return sorted(range(len(parts)), key=lambda place: (-scores[place], place))


def _beginning(sentence: str, mark: str, fits: Callable[[str], bool], within_word: bool) -> str:
    """Return the longest beginning of a sentence that ends after a word and fits together with `mark`.

    Where there is none: part of the first word if `within_word`, else "".
    """
    ends = [match.end() for match in _WORD_END.finditer(sentence)]
    if not ends:
        return ""
    if end := _last(lambda at: fits(sentence[:at] + mark), ends):
        return sentence[:end] + mark
    return sentence[: _last(lambda at: fits(sentence[:at]), range(1, ends[0]))] if within_word else ""


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
