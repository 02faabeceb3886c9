"""Exact match and F1 of short answers as SQuAD 2.0 defines them, and its no-answer threshold.

Rajpurkar et al. (2016), SQuAD, EMNLP, section 6.1, and Rajpurkar et al. (2018), Know What You Don't Know, ACL. The
figures are those of their evaluation script (evaluate-v2.0.py) to the last digit: benchmarks.squad_official compares.
Answers in scripts other than Latin, of which that script would take a clause for one word, are read as the script of
MLQA reads them (Lewis et al. 2020, ACL).
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping

import regex

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.text import separate_signs

_PUNCTUATION = dict.fromkeys(map(ord, string.punctuation))  # ASCII only, as the script has it
_ANY_PUNCTUATION = regex.compile(r"\p{P}")
_NOT_LATIN = regex.compile(r"(?V1)[\p{L}--\p{Latin}]")
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalised_answer(text: str) -> str:
    """Return `text` in lower case, without ASCII punctuation, articles (a, an, the) and superfluous white space.

    Punctuation goes first and leaves no space: "U.S." is "us", "well-known" is "wellknown", "a." is an article. In a
    text with letters of another script than Latin all punctuation goes, and where a script has no spaces between words
    each sign is a word (core.text.words).
    """
    plain = text.lower().translate(_PUNCTUATION)
    if not text.isascii() and _NOT_LATIN.search(text):
        plain = separate_signs(_ANY_PUNCTUATION.sub("", plain))
    return " ".join(_ARTICLES.sub(" ", plain).split())


def exact(prediction: str, answers: Iterable[str]) -> float:
    """Return 1.0 where `prediction` is one of the gold `answers`, both normalised, else 0.0.

    Gold answers of which nothing is left are dropped. Where none is left the question has no answer, and an empty
    prediction is the right one.
    """
    return float(normalised_answer(prediction) in _gold(answers))


def f1(prediction: str, answers: Iterable[str]) -> float:
    """Return the highest F1 (0-1) of the words of `prediction` with those of a gold answer, as bags of words.

    Where either side has no words it is 1.0 if neither has, else 0.0; gold answers are dropped as in `exact`.
    """
    words = normalised_answer(prediction).split()
    return max(_f1(words, answer.split()) for answer in _gold(answers))


def _gold(answers: Iterable[str]) -> list[str]:
    return list(filter(None, map(normalised_answer, answers))) or [""]


def _f1(words: list[str], gold: list[str]) -> float:
    if not words or not gold:
        return float(words == gold)
    common = (Counter(words) & Counter(gold)).total()
    if not common:
        return 0.0
    precision, recall = common / len(words), common / len(gold)
    return 2 * precision * recall / (precision + recall)  # 2 common / (both lengths) differs in the last digit


def with_threshold(
    figures: Mapping[str, float],
    no_answer: Mapping[str, float],
    has_answer: Mapping[str, bool],
    threshold: float,
) -> dict[str, float]:
    """Return `figures` (exact or F1 by id) if the model had given no answer wherever `no_answer` is above `threshold`.

    `no_answer` is the probability that a question has no answer, `has_answer` whether it has one. Raises UserError
    where the ids differ, or a probability is none.
    """
    _check(figures, no_answer, has_answer)
    return {
        name: float(not has_answer[name]) if no_answer[name] > threshold else figure for name, figure in figures.items()
    }


def best_threshold(
    no_answer: Mapping[str, float],
    figures: Mapping[str, float],
    has_answer: Mapping[str, bool],
    predictions: Mapping[str, str],
) -> tuple[float, float]:
    """Return the highest mean of `figures` (percent, 0-100) that a threshold on `no_answer` gives, and that threshold.

    The search of the official script, find_best_thresh, with its two peculiarities: an answer to a question without
    one is wrong unless it is the empty string (`exact` forgives "the"), and questions of equal probability are taken
    one after another in the order of `no_answer`, so that the mean may be out of with_threshold's reach. A threshold
    that is chosen on the rows it is reported for is optimistic: choose it on others. Raises UserError as with_threshold
    does, and where there are no questions.
    """
    _check(figures, no_answer, has_answer, predictions)
    if not figures:
        raise UserError("there are no questions to find a threshold on: name a file that has some")
    now = best = float(sum(not has for has in has_answer.values()))  # as if no question were answered
    threshold = 0.0
    for name in sorted(no_answer, key=lambda name: no_answer[name]):
        now += figures[name] if has_answer[name] else -bool(predictions[name])
        if now > best:
            best, threshold = now, no_answer[name]
    return 100.0 * best / len(figures), threshold


def _check(figures: Mapping[str, float], no_answer: Mapping[str, float], *others: Mapping[str, object]) -> None:
    for given in (no_answer, *others):
        apart = figures.keys() ^ given.keys()
        if apart:
            raise UserError(
                f"every question must have a figure, a probability of no answer and a prediction, {len(apart)} lack "
                f"one, {min(map(str, apart))} for one: write them anew for the same questions"
            )
    for name, value in no_answer.items():
        if not 0 <= value <= 1:  # NaN is in no range
            raise UserError(f"question {name}: the probability of no answer must be from 0 to 1, not {value}: mend it")
