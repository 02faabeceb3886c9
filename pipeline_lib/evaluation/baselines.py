"""Answers that need no model: what a tuned model must beat before it has earned anything.

Each baseline learns from training rows alone and answers other rows. Its `meaning` says what it did, for people.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline_lib.core.dialogues import split_label, turn_line, turns_to_predict
from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.core.passages import rank_sentences
from pipeline_lib.core.retrieval import nearest_rows
from pipeline_lib.core.rows import NO_ANSWER, Example
from pipeline_lib.core.text import sentences
from pipeline_lib.core.logistic import label_probabilities
from pipeline_lib.evaluation.metrics.rouge import rouge_l

Score = Callable[[str, Example], float]  # of an answer: more is better

SENTENCES = 5  # the most `lead` tries
TRIED_ON = 1000  # training rows, at most, on which it tries them
WIDTHS = (0.05, 0.1, 0.2, 0.4)  # of cosine: how far from the nearest row `consensus` still listens
LISTENED_TO = 3000  # training rows, at most, that it listens to
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Baseline:
    """What a baseline says, one answer for each row asked, and how it came by it.

    A baseline that chooses among labels may say how likely it holds each, {label: 0 to 1} for each row.
    """

    answers: list[str]
    meaning: str
    probabilities: list[dict[str, float]] | None = None


def majority(train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Give the most frequent training target to every row; of equally frequent ones the first."""
    answer, count = Counter(row["target"] for row in train).most_common(1)[0]
    return Baseline([answer] * len(asked), f"the most frequent training target ({count} of {len(train)}), always")


def nearest_row(train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Give the target of the training row whose source is nearest (TF-IDF of words and word pairs, cosine)."""
    places, _ = nearest_rows(train, asked, 1)
    return Baseline(
        [train[place]["target"] for place in places[:, 0]], "the target of the nearest training row (TF-IDF)"
    )


def minimum_bayes_risk(train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Give the training target that is most like those of similar training rows: a nearest neighbour that asks around.

    The target with the highest expected ROUGE-L, each training row counting exp((its cosine - the nearest's) / width):
    minimum Bayes risk (Kumar and Byrne 2004) without a model. The width that scores best on the training rows, each
    answered without its own group.
    """
    known = train[:LISTENED_TO]
    targets = [row["target"] for row in known]
    alike = rouge_l(targets, targets)  # (N, N)
    places, cosines = nearest_rows(known, tried := known[:TRIED_ON], len(known))
    own = {width: _most_alike(alike, places, cosines, width) for width in WIDTHS}
    truth = np.arange(len(tried))
    width = max(WIDTHS, key=lambda width: float(alike[own[width], truth].mean()))
    answers = [targets[place] for place in _most_alike(alike, *nearest_rows(known, asked, len(known)), width)]
    return Baseline(answers, f"the training target most like those of similar training rows (TF-IDF, width {width:g})")


def _most_alike(
    alike: NDArray[np.float64], places: NDArray[np.int64], cosines: NDArray[np.float64], width: float
) -> NDArray[np.int64]:
    """Return for each row (n,) the place of the target with the highest expected score among its neighbours (n, k)."""
    weights = np.zeros((len(places), len(alike)))
    np.put_along_axis(weights, places, np.exp((cosines - cosines[:, :1]) / width), axis=1)
    return (weights @ alike).argmax(axis=1)


def lead(train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Give the first k sentences of the row's own source; the k that scores best on the training rows."""
    tried = train[:TRIED_ON]

    def mean(k: int) -> float:
        return sum(score(first_sentences(row["source"], k), row) for row in tried) / len(tried)

    k = max(range(1, SENTENCES + 1), key=mean)
    answers = [first_sentences(row["source"], k) for row in asked]
    return Baseline(answers, f"the first {k} sentences of the input" if k > 1 else "the first sentence of the input")


def no_answer(train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Say of every question that its passage does not answer it."""
    return Baseline([NO_ANSWER] * len(asked), "that the passage does not say, always")


def best_sentence(train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Give the sentence of the passage that shares most with the question (BM25, as relevance.ranked has it)."""
    answers = []
    for row in asked:
        parts = sentences(row["source"])
        answers.append(parts[rank_sentences(parts, row["question"])[0]].strip() if parts else "")
    return Baseline(answers, "the sentence of the passage that shares most with the question (BM25)")


def regression(train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Give the label that a logistic regression on TF-IDF of words and word pairs holds for the likeliest.

    Its penalty is chosen by cross-validation on the training rows (scikit-learn's LogisticRegressionCV).
    """
    counted = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\b\w+\b")
    features = counted.fit_transform([row["source"] for row in train])
    sheet = label_probabilities(
        features, [row["target"] for row in train], counted.transform([row["source"] for row in asked])
    )
    return Baseline(
        [max(turn_line, key=turn_line.__getitem__) for turn_line in sheet],
        "logistic regression on TF-IDF of words and word pairs, learnt from the training rows",
        sheet,
    )


def reply(train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Give what was said after the training turn that is nearest to the last turn (TF-IDF), as whoever speaks next."""
    known = [
        {"group": row["group"], "source": row["turns"][-1]["text"], "target": row["target"]} for row in _said(train)
    ]
    last = [{"group": row["group"], "source": row["turns"][-1]["text"]} for row in asked]
    places, _ = nearest_rows(known, last, 1)
    answers = [_as(row, known[place]["target"]) for row, place in zip(asked, places[:, 0], strict=True)]
    return Baseline(answers, "what was said after the training turn nearest to the last turn (TF-IDF)")


def shuffled(train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Give a training reply drawn at random: what any talk of this kind has in common."""
    known = _said(train)
    draws = random.Random(0).choices(known, k=len(asked))
    return Baseline(
        [_as(row, one["target"]) for row, one in zip(asked, draws, strict=True)], "a training reply at random"
    )


def _said(train: Sequence[Example]) -> list[Example]:
    """Return the replies of training dialogues; UserError where there are none."""
    found = [row for dialogue in train for row in turns_to_predict(dialogue)]
    if not found:
        raise UserError(
            "there are no training replies for the baselines to learn from: choose another dialogue.train_on"
        )
    return found


def _as(row: Example, said: str) -> str:
    """Return a line with the label of whoever speaks next in `row`, so that no model wins by the label alone."""
    return turn_line({"speaker": row["speaker"], "text": split_label(said)[1]})


BASELINES: dict[str, Callable[[Sequence[Example], Sequence[Example], Score], Baseline]] = {
    "majority": majority,
    "nearest_row": nearest_row,
    "minimum_bayes_risk": minimum_bayes_risk,
    "lead": lead,
    "regression": regression,
    "no_answer": no_answer,
    "best_sentence": best_sentence,
    "reply": reply,
    "shuffled": shuffled,
}


def answer_baseline(name: str, train: Sequence[Example], asked: Sequence[Example], score: Score) -> Baseline:
    """Return what the baseline `name` says to `asked`; an unknown one, or no training rows, raises UserError."""
    if name not in BASELINES:
        raise UserError(
            f"a baseline must be one of {', '.join(BASELINES)}, not {name!r}{did_you_mean(name, tuple(BASELINES))}"
        )
    if not train:
        raise UserError("there are no training rows for the baselines to learn from: run the split stage")
    return BASELINES[name](train, asked, score)


def first_sentences(text: str, k: int) -> str:
    """Return the first k sentences of a text; a line break ends one too."""
    return " ".join(part.strip() for part in [part for part in _SENTENCE.split(text.strip()) if part][:k])
