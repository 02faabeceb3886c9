"""Baselines: answers that need no language model, which a tuned model has to beat.

Each baseline is fitted to training rows alone and answers other rows. Its `meaning` says in words what it did.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from pipeline_lib.core.dialogues import split_label, turn_line, turns_to_predict
from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.core.logistic import label_probabilities, of_all_labels
from pipeline_lib.core.passages import rank_sentences
from pipeline_lib.core.retrieval import fit_tfidf, nearest_rows
from pipeline_lib.core.rows import NO_ANSWER, Example
from pipeline_lib.core.text import CLOSING, STOP, sentences, sign_share
from pipeline_lib.evaluation.metrics.rouge import rouge_l

Score = Callable[[str, Example], float]  # the headline metric of one answer; more is better

SENTENCES = 5  # the most that `lead` tries
TUNING_ROWS = 1000  # training rows, at most, on which `lead` and `minimum_bayes_risk` choose their one setting
WIDTHS = (0.05, 0.1, 0.2, 0.4)  # of cosine: how fast the weight of a training row falls in `minimum_bayes_risk`
CANDIDATES = 3000  # training rows, at most, whose targets `minimum_bayes_risk` chooses from
RARE = 0.01  # share of words below which a script is not named
_SENTENCE = regex.compile(rf"(?V1)(?<=[.!?])\s+|(?<={STOP}{CLOSING}*)(?!{STOP}|{CLOSING})\s*|\n+")


@dataclass(frozen=True)
class Baseline:
    """The answers of a baseline, one for each row, and what it did in words.

    A baseline that predicts labels may give their probabilities, {label: 0 to 1} for each row.
    """

    answers: list[str]
    meaning: str
    probabilities: list[dict[str, float]] | None = None


def majority(train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Answer every row with the most frequent training target; of equally frequent ones the first."""
    answer, count = Counter(row["target"] for row in train).most_common(1)[0]
    return Baseline([answer] * len(rows), f"the most frequent training target ({count} of {len(train)}), always")


def nearest_row(train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Answer with the target of the training row whose source is nearest (TF-IDF of words and word pairs, cosine)."""
    places, _ = nearest_rows(train, rows, 1)
    return Baseline(
        [train[place]["target"] for place in places[:, 0]], "the target of the nearest training row (TF-IDF)"
    )


def minimum_bayes_risk(train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Answer with the training target that is most like the targets of similar training rows.

    It is the target with the highest expected ROUGE-L where each training row weighs exp((its cosine - the nearest
    row's) / width): minimum Bayes risk decoding (Kumar and Byrne 2004) with training rows in place of a model's
    samples. The width is the one that scores best on the training rows, each answered without its own group.
    """
    known = train[:CANDIDATES]
    targets = [row["target"] for row in known]
    similarity = rouge_l(targets, targets)  # (N, N)
    places, cosines = nearest_rows(known, tuning := known[:TUNING_ROWS], len(known))
    chosen = {width: _lowest_risk(similarity, places, cosines, width) for width in WIDTHS}
    truth = np.arange(len(tuning))
    width = max(WIDTHS, key=lambda width: float(similarity[chosen[width], truth].mean()))
    answers = [targets[place] for place in _lowest_risk(similarity, *nearest_rows(known, rows, len(known)), width)]
    return Baseline(answers, f"the training target most like those of similar training rows (TF-IDF, width {width:g})")


def _lowest_risk(
    similarity: NDArray[np.float64], places: NDArray[np.int64], cosines: NDArray[np.float64], width: float
) -> NDArray[np.int64]:
    """Return for each row (n,) the place of the target with the highest expected score over the nearest rows (n, k)."""
    weights = np.zeros((len(places), len(similarity)))
    np.put_along_axis(weights, places, np.exp((cosines - cosines[:, :1]) / width), axis=1)
    return (weights @ similarity).argmax(axis=1)


def lead(train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Answer with the first k sentences of the row's own source; k is the one that scores best on training rows."""
    tuning = train[:TUNING_ROWS]

    def mean(k: int) -> float:
        return sum(score(first_sentences(row["source"], k), row) for row in tuning) / len(tuning)

    k = max(range(1, SENTENCES + 1), key=mean)
    answers = [first_sentences(row["source"], k) for row in rows]
    return Baseline(answers, f"the first {k} sentences of the input" if k > 1 else "the first sentence of the input")


def no_answer(train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Answer every question with the words for no answer."""
    return Baseline([NO_ANSWER] * len(rows), "that the passage does not say, always")


def best_sentence(train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Answer with the sentence of the passage that shares most with the question (BM25: passages.rank_sentences)."""
    answers = []
    for row in rows:
        parts = sentences(row["source"])
        answers.append(parts[rank_sentences(parts, row["question"])[0]].strip() if parts else "")
    return Baseline(answers, "the sentence of the passage that shares most with the question (BM25)")


def regression(train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Answer with the most probable label of a logistic regression on TF-IDF of words and word pairs.

    Where text has no spaces between words, as in Chinese, of characters, their pairs and threes (core.text.terms). The
    penalty is chosen by cross-validation on the training rows (scikit-learn's LogisticRegressionCV).
    """
    texts = [row["source"] for row in train]
    features, vectorizer = fit_tfidf(texts)
    given = label_probabilities(
        features, [row["target"] for row in train], vectorizer.transform([row["source"] for row in rows])
    )
    probabilities = of_all_labels(given, train[0].get("labels", []))
    return Baseline(
        [max(given, key=given.__getitem__) for given in probabilities],
        f"logistic regression on TF-IDF of {_terms_in_words(texts)}, learnt from the training rows",
        probabilities,
    )


def _terms_in_words(texts: Sequence[str]) -> str:
    """Return what the terms of these texts are; a kind that less than a hundredth of the words have is not named."""
    share = sign_share(texts)
    if share < RARE:
        return "words and word pairs"
    characters = "characters, their pairs and threes"
    return characters if share > 1 - RARE else f"words and word pairs (where text has no spaces, of {characters})"


def reply(train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Answer with the reply to the training turn nearest to the row's last turn (TF-IDF), as the next speaker."""
    known = [
        {"group": row["group"], "source": row["turns"][-1]["text"], "target": row["target"]} for row in _replies(train)
    ]
    last = [{"group": row["group"], "source": row["turns"][-1]["text"]} for row in rows]
    places, _ = nearest_rows(known, last, 1)
    answers = [_with_speaker(row, known[place]["target"]) for row, place in zip(rows, places[:, 0], strict=True)]
    return Baseline(answers, "what was said after the training turn nearest to the last turn (TF-IDF)")


def shuffled(train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Answer with a training reply drawn at random: the relevance that unrelated replies of this kind have."""
    known = _replies(train)
    draws = random.Random(0).choices(known, k=len(rows))
    return Baseline(
        [_with_speaker(row, one["target"]) for row, one in zip(rows, draws, strict=True)], "a training reply at random"
    )


def _replies(train: Sequence[Example]) -> list[Example]:
    """Return the turns of training dialogues that a model is trained on; UserError where there are none."""
    found = [row for dialogue in train for row in turns_to_predict(dialogue)]
    if not found:
        raise UserError("there are no training replies to fit the baselines to: choose another dialogue.train_on")
    return found


def _with_speaker(row: Example, line: str) -> str:
    """Return the line with the label of the speaker of `row`, so that no model wins by the label alone."""
    return turn_line({"speaker": row["speaker"], "text": split_label(line)[1]})


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


def answer_baseline(name: str, train: Sequence[Example], rows: Sequence[Example], score: Score) -> Baseline:
    """Return the answers of the baseline `name` to `rows`; an unknown one, or no training rows, raises UserError."""
    if name not in BASELINES:
        raise UserError(
            f"a baseline must be one of {', '.join(BASELINES)}, not {name!r}{did_you_mean(name, tuple(BASELINES))}"
        )
    if not train:
        raise UserError("there are no training rows to fit the baselines to: run the split stage")
    return BASELINES[name](train, rows, score)


def first_sentences(text: str, k: int) -> str:
    """Return the first k sentences of a text; a line break ends a sentence too."""
    return " ".join(part.strip() for part in [part for part in _SENTENCE.split(text.strip()) if part][:k])
