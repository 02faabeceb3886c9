"""Answers out of a passage: SQuAD's exact match and F1, overlap, perplexity, and a threshold for no answer."""

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
PARAMS = ("wordnet",)
_QUESTION_WORDS = ("who", "whom", "whose", "what", "which", "when", "where", "why", "how")
_LONG = 3  # words; more make a long answer


def metrics(examples: Sequence[Example], *, wordnet: str) -> dict[str, Metric]:
    """Return SQuAD's figures, overlap and perplexity; those of a kind of question only where there is one."""
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


def measure(example: Example, answer: Answer, *, wordnet: str) -> dict[str, float]:
    """Return SQuAD's figures, with the threshold where one was chosen; overlap; and nats where it has logp."""
    said, gold, has = plain(answer["prediction"]), example["answers"], float(bool(example["answers"]))
    found = {"exact": exact(said, gold), "f1": f1(said, gold), "has": has, "no": 1 - has}
    for name in ("exact", "f1"):
        found |= {f"{name}_has": found[name] * has, f"{name}_no": found[name] * (1 - has)}
    if "rejected" in answer:
        kept = "" if answer["rejected"] else said
        found |= {"exact_threshold": exact(kept, gold), "f1_threshold": f1(kept, gold)}
    known = _wordnet(wordnet)
    overlap = {meteor_name(known): meteor(said, gold, known) if has else 0.0}
    counts = bleu.statistics(said, gold) if has else dict.fromkeys(bleu.COLUMNS, 0.0)
    nats = {"nats": -answer["logp"]} if "logp" in answer else {}
    empty = {"empty": float(not answer["prediction"].strip())}
    return {**nats, **found, **rouge(answer["prediction"], example["target"]), **overlap, **counts, **empty}


def decide(examples: Sequence[Example], answers: Sequence[Answer], asked: Sequence[Answer]) -> list[Answer]:
    """Return the asked answers with `rejected`: the model holds no answer likelier than a threshold.

    The threshold is the one of the best F1 on `answers` to the validation `examples`, as SQuAD's script chooses it.
    """
    by_id = {row["id"]: row for row in answers}
    said = {row["id"]: plain(by_id[row["id"]]["prediction"]) for row in examples}
    figures = {row["id"]: f1(said[row["id"]], row["answers"]) for row in examples}
    likely = {row["id"]: _no_answer(by_id[row["id"]]) for row in examples}
    _, threshold = best_threshold(likely, figures, {row["id"]: bool(row["answers"]) for row in examples}, said)
    return [{**row, "rejected": _no_answer(row) > threshold} for row in asked]


def facets(example: Example) -> dict[str, str]:
    """Return question word, answerable or not, the first answer's length, and the third of the passage it stands in."""
    spoken = example["question"].casefold().split()
    found = next((word for word in map(_bare, spoken) if word in _QUESTION_WORDS), "other")
    words, place = len(example["target"].split()), example.get("position")
    length = "one word" if words == 1 else "two or three words" if words <= _LONG else "longer"
    where = "unknown" if place is None else ("beginning", "middle", "end")[min(2, int(place * 3))]
    has = bool(example["answers"])
    return {
        "question": "how much" if found == "how" and {"many", "much", "long", "far", "old"} & set(spoken) else found,
        "kind": "answerable" if has else "unanswerable",
        "answer": length if has else "none",
        "place": where if has else "none",
    }


def plain(answer: str) -> str:
    """Return what was answered, "" where it was the words for no answer."""
    return "" if normalised_answer(answer) == NO_ANSWER else answer


def _no_answer(answer: Answer) -> float:
    return math.exp(answer["no_answer"])


def _bare(word: str) -> str:
    return word.strip(".,;:!?\"'()").removesuffix("'s")


@cache
def _wordnet(where: str) -> WordNet | None:
    return load_wordnet(where)
