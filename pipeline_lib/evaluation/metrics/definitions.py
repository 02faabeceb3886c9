"""Definitions of the metrics: columns of per-row numbers, and a function of their sums over rows.

Because every metric is a function of sums, intervals and tests resample it as it is defined, ratios included.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline_lib.evaluation.metrics import bleu, finding_overlap


@dataclass(frozen=True)
class Metric:
    """A metric: `value` of the sums of `columns` over rows (arrays of one shape), and how to read it."""

    columns: tuple[str, ...]
    value: Callable[..., NDArray[np.float64]]
    better: str  # higher | lower
    title: str
    meaning: str


@dataclass(frozen=True)
class CorpusMetric:
    """How to read a metric of all rows at once that is no function of sums; scoring.corpus_metrics computes it."""

    better: str  # higher | lower
    title: str
    meaning: str


def definition(metric: Metric | CorpusMetric) -> dict[str, Any]:
    """Return the definition of a metric as definitions.json has it; a CorpusMetric has no columns."""
    columns = list(metric.columns) if isinstance(metric, Metric) else []
    return {"columns": columns, "better": metric.better, "title": metric.title, "meaning": metric.meaning}


def share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part / whole, and 0 for 0 / 0, as in a bootstrap draw that has no row of a kind."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=np.asarray(whole) > 0)


@dataclass(frozen=True)
class Ratio:
    """A metric's value that divides one sum by another; each is a sum of the metric's columns by its weights.

    Intervals of a ratio are better than those of any other function of sums: see significance.interval.
    """

    part: tuple[float, ...]
    whole: tuple[float, ...]
    then: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None  # an increasing function of the ratio
    most: float = 1.0  # the largest ratio there can be; the smallest is 0

    def __call__(self, *sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the metric of `sums`, arrays of one shape, one for each column."""
        return self.of(share(_weighted(self.part, sums), _weighted(self.whole, sums)))

    def of(self, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the metric of the ratio."""
        return ratio if self.then is None else self.then(ratio)

    def sides(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the two numbers (n, 2) whose sums are divided, from the metric's columns (n, C)."""
        return np.stack([_weighted(weights, columns.T) for weights in (self.part, self.whole)], axis=1)


def _weighted(weights: Sequence[float], sums: Sequence[Any] | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(sum(weight * one for weight, one in zip(weights, sums, strict=True) if weight))


MEAN = Ratio((1, 0), (0, 1))  # of a column over rows, or over those that another column counts


def _mean(column: str, better: str, title: str, meaning: str, of: str = "rows") -> Metric:
    return Metric((column, of), MEAN, better, title, meaning)


_ROUGE = "F-measure of {}, Porter stemmer, as torchmetrics and Google's rouge_score define it; the mean over rows"
_FINDINGS = (
    "findings that both the answer and the reference assert or hold possible (term, side, structure) / {}; of all rows "
    "together"
)
_METEOR = (
    "words of the reference that the answer has as they stand{} (NLTK, alpha 0.9, beta 3, gamma 0.5), the reference it "
    "suits best; the mean over rows with an answer"
)
METRICS = {
    "loss": Metric(
        ("nats", "tokens"),
        Ratio((1, 0), (0, 1), most=math.inf),
        "lower",
        "loss on the reference",
        "-sum of log p / tokens, in nats a token, over the tokens that the perplexity is over, whose logarithm it is",
    ),
    "perplexity": Metric(
        ("nats", "tokens"),
        Ratio((1, 0), (0, 1), np.exp, math.inf),
        "lower",
        "perplexity of the reference",
        "exp(-sum of log p / tokens) over the tokens of the reference and the one that closes it, given the prompt",
    ),
    "bits_per_byte": Metric(
        ("nats", "bytes"),
        Ratio((1 / math.log(2), 0), (0, 1), most=math.inf),
        "lower",
        "bits per byte",
        "-sum of log2 p over the reference's UTF-8 bytes: compares models whose tokens differ",
    ),
    "rouge1": _mean("rouge1", "higher", "ROUGE-1", _ROUGE.format("single words")),
    "rouge2": _mean("rouge2", "higher", "ROUGE-2", _ROUGE.format("word pairs")),
    "rougeL": _mean("rougeL", "higher", "ROUGE-L", _ROUGE.format("the longest common subsequence")),
    "exact": _mean(
        "exact",
        "higher",
        "exact match",
        "share of questions whose answer is a gold one but for case, ASCII punctuation, articles and spaces; saying "
        "that there is no answer is right where there is none (SQuAD 2.0)",
    ),
    "f1": _mean(
        "f1",
        "higher",
        "F1",
        "F1 of the words that the answer shares with the gold answer it suits best, the mean over questions "
        "(SQuAD 2.0)",
    ),
    **{
        f"{name}_{kind}": _mean(
            f"{name}_{kind}", "higher", f"{title}, {what}", f"the same, over the {what} questions", of
        )
        for kind, what, of in (("has", "answerable", "has"), ("no", "unanswerable", "no"))
        for name, title in (("exact", "exact match"), ("f1", "F1"))
    },
    **{
        f"{name}_threshold": _mean(
            f"{name}_threshold",
            "higher",
            f"{title} with a threshold",
            "the same, no answer also where the model holds it likelier than a threshold that validation rows chose",
        )
        for name, title in (("exact", "exact match"), ("f1", "F1"))
    },
    "meteor": _mean("meteor", "higher", "METEOR", _METEOR.format(", by stem and by WordNet's synonyms"), "has"),
    "meteor_no_synonyms": _mean(
        "meteor_no_synonyms", "higher", "METEOR without synonyms", _METEOR.format(" and by stem"), "has"
    ),
    "bleu": Metric(
        bleu.COLUMNS,
        bleu.value,
        "higher",
        "BLEU",
        "sacrebleu's corpus BLEU, 0 to 1, over rows with an answer: precisions of 1 to 4 words, exponential smoothing, "
        "brevity penalty",
    ),
    "relevance": _mean(
        "relevance",
        "higher",
        "relevance",
        "cosine of the reply's TF-IDF vector with that of the true next turn, weights from the training turns; the "
        "mean over turns",
    ),
    "speaker": _mean("speaker", "higher", "right speaker", "share of replies with the label of whoever speaks next"),
    "ended": _mean("ended", "higher", "turns ended", "share of replies that end their turn within the tokens allowed"),
    "not_ended": _mean(
        "not_ended",
        "lower",
        "answers not ended",
        "share of answers that were cut after generate.max_new_tokens",
    ),
    "repeated": _mean(
        "again",
        "lower",
        "repeated runs",
        "share of the runs of three words that stood in their reply before (seq-rep-n of Welleck et al. 2020)",
        of="runs",
    ),
    **{
        f"finding_{name}": Metric(
            finding_overlap.COLUMNS, Ratio(part, whole), "higher", f"{title} of findings", _FINDINGS.format(divisor)
        )
        for name, title, part, whole, divisor in (
            ("f1", "F1", (2, 0, 0), (0, 1, 1), "the mean of those of the answer and those of the reference"),
            ("precision", "precision", (1, 0, 0), (0, 1, 0), "those of the answer"),
            ("recall", "recall", (1, 0, 0), (0, 0, 1), "those of the reference"),
        )
    },
    "negation_flip": _mean(
        "negation_flip",
        "lower",
        "negation flips",
        "share of answers that assert a finding which the reference (or else the input) denies, or the reverse",
    ),
    "side_swap": _mean(
        "side_swap",
        "lower",
        "side swaps",
        "share of answers that put a finding on the other side than the reference (or else the input) does",
    ),
    "unsupported_number": _mean(
        "unsupported_number",
        "lower",
        "unsupported numbers",
        "share of answers with a number, measure, vertebra, ordinal or year that the input does not contain",
    ),
    "uncertainty_dropped": _mean(
        "uncertainty_dropped",
        "lower",
        "uncertainty dropped",
        "share of answers that assert a finding which the reference (or else the input) has as possible only",
    ),
}
