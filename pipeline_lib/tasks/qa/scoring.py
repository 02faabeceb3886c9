"""Scoring of answers from a passage: SQuAD's exact match and F1, overlap, perplexity, a threshold for no answer."""

import math
from collections.abc import Sequence
from functools import cache

from pipeline_lib.core.rows import NO_ANSWER, Answer, Example
from pipeline_lib.evaluation.metrics import bleu
from pipeline_lib.evaluation.metrics.definitions import METRICS, Metric
from pipeline_lib.evaluation.metrics.meteor import WordNet, load_wordnet, meteor, meteor_name
from pipeline_lib.evaluation.metrics.rouge import rouge
from pipeline_lib.evaluation.metrics.squad import best_threshold, exact, f1, normalised_answer

HEADLINE = "f1"
BASELINES = ("no_answer", "best_sentence")
SUMMARY = ("exact", "f1_has", "f1_no")
PARAMS = ("wordnet",)
_QUESTION_WORDS = ("who", "whom", "whose", "what", "which", "when", "where", "why", "how")
_LONG = 3  # words; more make a long answer


def metrics(examples: Sequence[Example], *, wordnet: str) -> dict[str, Metric]:
    """Return SQuAD's metrics, overlap and perplexity; those by kind of question only where that kind occurs."""
    names = ["f1", "exact", "f1_threshold", "exact_threshold"]
    if any(row["answers"] for row in examples):
        names += ["f1_has", "exact_has"]
    if not all(row["answers"] for row in examples):
        names += ["f1_no", "exact_no"]
    names += ["rouge1", "rouge2", "rougeL", meteor_name(_wordnet(wordnet)), "bleu", "perplexity", "bits_per_byte"]
    return {name: METRICS[name] for name in names}


def score(answer: str, example: Example) -> float:
    """Return SQuAD's F1."""
    return f1(plain(answer), example["answers"])


def row_metrics(example: Example, answer: Answer, *, wordnet: str) -> dict[str, float]:
    """Return SQuAD's metrics, with the threshold where one was applied; overlap; and nats where it has logp."""
    text, gold, has = plain(answer["prediction"]), example["answers"], float(bool(example["answers"]))
    found = {"exact": exact(text, gold), "f1": f1(text, gold), "has": has, "no": 1 - has}
    for name in ("exact", "f1"):
        found |= {f"{name}_has": found[name] * has, f"{name}_no": found[name] * (1 - has)}
    if "rejected" in answer:
        kept = "" if answer["rejected"] else text
        found |= {"exact_threshold": exact(kept, gold), "f1_threshold": f1(kept, gold)}
    known = _wordnet(wordnet)
    overlap = {meteor_name(known): meteor(text, gold, known) if has else 0.0}
    counts = bleu.statistics(text, gold) if has else dict.fromkeys(bleu.COLUMNS, 0.0)
    nats = {"nats": -answer["logp"]} if "logp" in answer else {}
    empty = {"empty": float(not answer["prediction"].strip())}
    return {**nats, **found, **rouge(answer["prediction"], example["target"]), **overlap, **counts, **empty}


def apply_threshold(
    validation: Sequence[Example], validation_answers: Sequence[Answer], test_answers: Sequence[Answer]
) -> list[Answer]:
    """Return the test answers with `rejected`: whether the model's probability of no answer is above a threshold.

    The threshold is the one with the best F1 on the validation rows, as SQuAD's script chooses it.
    """
    by_id = {row["id"]: row for row in validation_answers}
    texts = {row["id"]: plain(by_id[row["id"]]["prediction"]) for row in validation}
    scores = {row["id"]: f1(texts[row["id"]], row["answers"]) for row in validation}
    no_answer = {row["id"]: _no_answer(by_id[row["id"]]) for row in validation}
    _, threshold = best_threshold(no_answer, scores, {row["id"]: bool(row["answers"]) for row in validation}, texts)
    return [{**row, "rejected": _no_answer(row) > threshold} for row in test_answers]


def slices(example: Example) -> dict[str, str]:
    """Return question word, answerable or not, length of the first answer, and its third of the passage."""
    question = example["question"].casefold().split()
    found = next((word for word in map(_bare, question) if word in _QUESTION_WORDS), "other")
    words, place = len(example["target"].split()), example.get("position")
    length = "one word" if words == 1 else "two or three words" if words <= _LONG else "longer"
    where = "unknown" if place is None else ("beginning", "middle", "end")[min(2, int(place * 3))]
    has = bool(example["answers"])
    return {
        "question": "how much" if found == "how" and {"many", "much", "long", "far", "old"} & set(question) else found,
        "kind": "answerable" if has else "unanswerable",
        "answer": length if has else "none",
        "place": where if has else "none",
    }


def plain(answer: str) -> str:
    """Return the answer's text, "" where it says that there is no answer."""
    return "" if normalised_answer(answer) == NO_ANSWER else answer


def _no_answer(answer: Answer) -> float:
    return math.exp(answer["no_answer"])


def _bare(word: str) -> str:
    return word.strip(".,;:!?\"'()").removesuffix("'s")


@cache
def _wordnet(where: str) -> WordNet | None:
    return load_wordnet(where)
