"""Metrics of a classifier: accuracy, F1, ROC-AUC, calibration error, confusion table, and McNemar's exact test.

Accuracy, precision, recall and F1 are functions of sums of per-row columns, and have their intervals from significance.
ROC-AUC depends on the order of all rows, and calibration error cannot be below 0: each has its own interval.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.core.rows import MANY_LABELS, Answer, Example
from pipeline_lib.evaluation import significance
from pipeline_lib.evaluation.metrics.definitions import MEAN, Metric, Ratio, share
from pipeline_lib.evaluation.rates import LEVEL, Z
from pipeline_lib.evaluation.significance import Interval, Value, gain, interval

BINS = 15  # of equal width, as in Guo et al. (2017)
TOLERANCE = 1e-4  # how far from 1 the probabilities of a row may add up: what rounding to six digits leaves
ROC_AUC = (
    "the chance that a row of the label is given a higher probability of it than a row without, ties counted half; "
    "two labels: of the second; more: each against the rest, the plain mean (scikit-learn's roc_auc_score, ovr, macro)"
)
CALIBRATION = (
    f"expected calibration error (Guo et al. 2017): |accuracy - confidence| of {BINS} bins of equal width, the mean "
    "weighted by rows; confidence is the probability of the predicted label. Even perfect probabilities do not score "
    "0, and its interval is rough: in simulations of 300 rows it held the truth 9 times in 10"
)
_NO_ERROR = 1e-9  # a smaller error is rounding: no row is misplaced
_AVERAGES = ("macro", "weighted")
_EDGES = np.arange(1, BINS) / BINS

Floats = NDArray[np.float64]


_SCORES: dict[str, tuple[str, Ratio, str]] = {  # of tp, fp and fn
    "precision": (
        "precision",
        Ratio((1, 0, 0), (1, 1, 0)),
        "of the rows predicted as the label, the share that has it; 0 where none is predicted",
    ),
    "recall": (
        "recall",
        Ratio((1, 0, 0), (1, 0, 1)),
        "of the rows with the label, the share predicted as it; 0 where no row has it",
    ),
    "f1": (
        "F1",
        # By way of tp / (tp + fp + fn), a rate of rows: its interval is F1's (Lam 2023, Confidence Intervals for the F1
        # Score, arXiv 2309.14621: "Wilson, indirect").
        Ratio((1, 0, 0), (1, 1, 1), lambda rate: 2 * rate / (1 + rate)),
        "2 tp / (2 tp + fp + fn) of the label, the harmonic mean of precision and recall; 0 where it never occurs",
    ),
}


def metrics_of(labels: Sequence[str]) -> dict[str, Metric]:
    """Return accuracy, and precision, recall and F1: macro, weighted, and of each label ("f1_positive").

    Of more than MANY_LABELS labels the averages alone: each figure would have an interval of its own.
    Their columns are those of label_columns, and "rows". As scikit-learn's precision_recall_fscore_support over all
    `labels` with zero_division=0. Raises UserError for fewer than two labels, equal or empty ones,
    and one whose metrics would have the name of others (macro).
    """
    _check_label_names(labels)
    found = {
        "accuracy": Metric(("right", "rows"), MEAN, "higher", "accuracy", "the share of rows whose label is predicted")
    }
    every = tuple(f"{kind}_{label}" for label in labels for kind in ("tp", "fp", "fn"))
    for name, (title, score, meaning) in _SCORES.items():
        for average in _AVERAGES:
            how = "the plain mean over labels" if average == "macro" else "the mean over labels weighted by their rows"
            value = _averaged(score, average)
            if (name, average) == ("recall", "weighted"):  # is accuracy, a rate of rows
                value = Ratio((1, 0, 0) * len(labels), (1, 0, 1) * len(labels))
            found[f"{name}_{average}"] = Metric(every, value, "higher", f"{title}, {average}", f"{how} of: {meaning}")
        for place, label in enumerate(labels if len(labels) <= MANY_LABELS else ()):
            own = every[3 * place : 3 * place + 3]
            found[f"{name}_{label}"] = Metric(own, score, "higher", f"{title} of {label}", meaning)
    return found


def _averaged(score: Ratio, average: str) -> Value:
    """Return the average of `score` over labels, from the sums tp, fp, fn of the first label, the second, ..."""

    def value(*sums: Floats) -> Floats:
        triples = [sums[place : place + 3] for place in range(0, len(sums), 3)]
        scores = np.stack([score(*triple) for triple in triples])  # (K, ...)
        if average == "macro":
            return scores.mean(axis=0)
        support = np.stack([tp + fn for tp, _, fn in triples])
        return share((support * scores).sum(axis=0), support.sum(axis=0))

    return value


def label_columns(label: str, predicted: str, labels: Sequence[str]) -> dict[str, float]:
    """Return the columns of one row, each 0 or 1: right, and tp_, fp_ and fn_ of each label.

    A prediction that is none of `labels` is a false negative of the label and a false positive of none.
    """
    columns = {"right": float(label == predicted)}
    for name in labels:
        columns[f"tp_{name}"] = float(label == name == predicted)
        columns[f"fp_{name}"] = float(label != name == predicted)
        columns[f"fn_{name}"] = float(label == name != predicted)
    return columns


def roc_auc(
    truth: Sequence[str], probabilities: Floats, labels: Sequence[str], groups: Sequence[str], seed: int
) -> Interval | None:
    """Return ROC-AUC (see ROC_AUC) of `probabilities` (n, K), columns as `labels`; None where it is not defined.

    It is not defined where a label has no rows or all of them. The interval is DeLong's on the logit scale (DeLong et
    al. 1988, Biometrics 44:837; Qin and Hotilovac 2008, Statistical Methods in Medical Research 17:207), the parts of
    each group added up (Obuchowski 1997, Biometrics 53:567), with Student's t and the degrees of freedom that Welch
    gives the rows with and without the label. Where no row is misplaced it has no width, and the interval is that of
    Newcombe (2006, Statistics in Medicine 25:559, method 5), a group counting as a row. Both ends are None where all
    rows with or without a label are in one group, and for more than MANY_LABELS labels, which have few rows each.
    Raises UserError for a probability that is not finite.
    """
    if not np.isfinite(probabilities).all():
        raise UserError("every probability must be a finite number: the model has diverged, lower lr")
    places = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    group = np.array([places[name] for name in groups])  # (n,)
    columns = [1] if len(labels) == 2 else range(len(labels))
    sides = [(probabilities[:, column], np.array([name == labels[column] for name in truth])) for column in columns]
    if any(member.all() or not member.any() for _, member in sides):
        return None
    parts = [_placements(*side) for side in sides]
    found = float(np.mean([area for area, _ in parts]))
    fewest = min((len(set(group[member == side])) for _, member in sides for side in (True, False)), default=0)
    if len(labels) > MANY_LABELS or fewest < 2:
        return Interval(found, None, None)
    moved, variances = np.zeros(len(places)), []
    for (area, placed), (_, member) in zip(parts, sides, strict=True):
        for side in (True, False):
            own = member == side
            summed = np.bincount(group[own], (placed[own] - area) / own.sum(), len(places))
            count = len(set(group[own]))
            moved += summed * math.sqrt(count / (count - 1)) / len(sides)
            variances.append((float((summed**2).sum()) * count / (count - 1), count - 1))
    error = math.sqrt(float((moved**2).sum()))
    if error < _NO_ERROR or found in (0, 1):
        counts = [[len(set(group[member == side])) for side in (True, False)] for _, member in sides]
        each = [_newcombe_auc(area, *two) for (area, _), two in zip(parts, counts, strict=True)]
        return Interval(found, min(low for low, _ in each), max(high for _, high in each))
    freedom = sum(one for one, _ in variances) ** 2 / sum(one**2 / rows for one, rows in variances)
    margin = float(stats.t.isf((1 - LEVEL) / 2, freedom)) * error / (found * (1 - found))
    low, high = special.expit(special.logit(found) + np.array([-margin, margin]))
    return Interval(found, float(low), float(high))


def _placements(scores: Floats, member: NDArray[np.bool_]) -> tuple[float, Floats]:
    """Return the area, and of each row (n,) the share of rows of the other side that it is placed right against."""
    ranks, placed = stats.rankdata(scores), np.empty(len(scores))
    for side in (True, False):
        own = member == side
        below = (ranks[own] - stats.rankdata(scores[own])) / (~own).sum()  # of the other side, ties counted half
        placed[own] = below if side else 1 - below
    return float(placed[member].mean()), placed


def _newcombe_auc(area: float, inside: int, outside: int) -> tuple[float, float]:
    """Return the ends of Newcombe's interval (2006, method 5) of an area, of so many rows of each side: the areas from
    which `area` is less than z standard errors away, an error that Hanley and McNeil (1982) give for each area.
    """
    more = (inside + outside) / 2 - 1

    def score(truth: float, wanted: float) -> float:
        spread = truth * (1 - truth) * (1 + more * ((1 - truth) / (2 - truth) + truth / (1 + truth)))
        return area - truth - wanted * math.sqrt(max(0.0, spread) / (inside * outside))

    near = 1e-9  # the score is 0 at an area of 0 and of 1, too
    low = 0.0 if area <= near else optimize.brentq(score, near, area - near, args=(Z,))
    high = 1.0 if area >= 1 - near else optimize.brentq(score, area + near, 1 - near, args=(-Z,))
    return float(low), float(high)


@dataclass(frozen=True)
class Calibration:
    """Expected calibration error, 0 to 1, and its 95% interval; None for both ends where there is a single group."""

    value: float
    low: float | None
    high: float | None
    chance: float  # the error that perfect probabilities exceed once in 20 times on so many rows; up to it low is 0


def calibration(confidence: Sequence[float], right: Sequence[bool], groups: Sequence[str], seed: int) -> Calibration:
    """Return the expected calibration error (see CALIBRATION) of the predicted labels, `confidence` (n,) from 0 to 1.

    Guo et al. (2017), On Calibration of Modern Neural Networks, ICML, equation 3. It is biased upwards on few
    rows, and draws of these rows are biased once more, so the interval is the basic one, the draws' interval mirrored
    at the error (Davison and Hinkley 1997, 5.2), cut at 0. Where perfect probabilities would often have as large an
    error (answers drawn by them, row by row: Broecker and Smith 2007, Weather and Forecasting 22:651), it begins at 0.
    In simulations of 300 rows it covers 9 times in 10, the percentile interval hardly ever where the error is small.
    """
    confidences, correct = np.array(confidence, dtype=float), np.array(right, dtype=float)
    in_bin = np.eye(BINS)[_bins(confidences)]  # (n, BINS)
    columns = np.column_stack([in_bin * (confidences - correct)[:, None], np.ones(len(confidences))])
    found = interval(columns, lambda *sums: np.abs(np.stack(sums[:-1])).sum(axis=0) / sums[-1], groups, seed)
    random = np.random.default_rng(seed)
    block = max(1, significance.CELLS // len(confidences))
    perfect = []
    for start in range(0, significance.DRAWS, block):
        answers = random.random((min(block, significance.DRAWS - start), len(confidences))) < confidences
        perfect.append(np.abs((answers - confidences) @ in_bin).sum(axis=1) / len(confidences))
    chance = float(np.quantile(np.concatenate(perfect), LEVEL))
    if found.low is None or found.high is None:
        return Calibration(found.value, None, None, chance)
    low, high = 2 * found.value - found.high, 2 * found.value - found.low
    low = 0.0 if found.value <= chance else min(found.value, max(0.0, low))
    return Calibration(found.value, low, max(found.value, high), chance)


def reliability(confidence: Sequence[float], right: Sequence[bool]) -> list[dict[str, float | int | None]]:
    """Return one row for each bin: bin (from 1), above, up_to, rows, mean confidence and accuracy (None if empty).

    A bin has the confidences above its lower and up to its upper end, the first bin 0 too (Guo et al. 2017, section 2).
    """
    confidences, correct = np.array(confidence, dtype=float), np.array(right, dtype=float)
    place = _bins(confidences)
    inside = [(number, confidences[place == number], correct[place == number]) for number in range(BINS)]
    return [
        {
            "bin": number + 1,
            "above": number / BINS,
            "up_to": (number + 1) / BINS,
            "rows": len(confidence_in),
            "confidence": float(confidence_in.mean()) if len(confidence_in) else None,
            "accuracy": float(correct_in.mean()) if len(confidence_in) else None,
        }
        for number, confidence_in, correct_in in inside
    ]


def _bins(confidence: Floats) -> NDArray[np.intp]:
    if not ((confidence >= 0) & (confidence <= 1)).all():  # NaN is in no range
        raise UserError(
            "confidence must be the probability of the predicted label, 0 to 1: run the classify stage again"
        )
    return np.searchsorted(_EDGES, confidence, side="left")


def confusion(truth: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how many rows of each label were predicted as each label, {label: {predicted: rows}}, both as `labels`."""
    table = {label: dict.fromkeys(labels, 0) for label in labels}
    for label, guess in zip(truth, predicted, strict=True):
        table[label][guess] += 1
    return table


def without_zeros(table: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return a confusion table without its empty cells where it has more than MANY_LABELS labels."""
    if len(table) <= MANY_LABELS:
        return {label: dict(line) for label, line in table.items()}
    return {label: {guess: rows for guess, rows in line.items() if rows} for label, line in table.items()}


def confusion_rows(table: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Return a confusion table as rows for a CSV: label, predicted, rows; empty cells too."""
    return [
        {"label": label, "predicted": guess, "rows": n} for label, line in table.items() for guess, n in line.items()
    ]


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test of two classifiers on the same rows. The odds ratio is of ours against theirs."""

    ours_only: int  # rows that only ours has right
    theirs_only: int
    p: float  # exact, two-sided; never 0
    p_text: str  # scientific: 3.12e-02
    odds_ratio: float | None  # ours_only / theirs_only; None where that divides by 0
    odds_low: float
    odds_high: float | None  # None: without bound
    difference: float  # in accuracy, ours minus theirs
    low: float | None
    high: float | None
    p_by_group: float  # of a permutation test over groups, which does not take rows of a group as independent


def mcnemar(ours: Sequence[bool], theirs: Sequence[bool], groups: Sequence[str], seed: int) -> McNemar:
    """Return McNemar's exact test of `ours` and `theirs` (n,): whether each classifier has each row right.

    p is two-sided binomial: 2 P(X <= min(b, c)), X of b + c tosses of a fair coin, at most 1 (McNemar 1947,
    Psychometrika 12:153; statsmodels' mcnemar, exact=True). It takes rows as independent. The odds ratio b / c has the
    exact 95% interval that Clopper and Pearson (1934) give b / (b + c). For b = c = 0 p is 1 and the odds ratio is
    between 0 and infinity. The difference's interval is significance.gain's. Raises UserError where there are no rows.
    """
    pairs = list(zip(map(bool, ours), map(bool, theirs), strict=True))
    b, c = pairs.count((True, False)), pairs.count((False, True))
    exact = _binomial_p(b, c)
    p = max(float(exact), sys.float_info.min)
    tail = (1 - LEVEL) / 2
    low = float(stats.beta.ppf(tail, b, c + 1)) if b else 0.0
    high = float(stats.beta.isf(tail, b + 1, c)) if c else 1.0
    ones = np.ones(len(pairs))
    sides = [np.column_stack([np.array(side, dtype=float), ones]) for side in (ours, theirs)]
    over = gain(sides[0], sides[1], MEAN, "higher", groups, seed)
    return McNemar(
        ours_only=b,
        theirs_only=c,
        p=p,
        p_text=f"{p:.2e}" if p > sys.float_info.min else f"{exact:.2e}",
        odds_ratio=b / c if c else None,
        odds_low=low / (1 - low),
        odds_high=high / (1 - high) if c else None,
        difference=over.difference,
        low=over.low,
        high=over.high,
        p_by_group=over.p,
    )


def _binomial_p(b: int, c: int) -> Decimal:
    """Return the exact two-sided p, computed in integers: a float would be 0 where 1,075 rows all differ one way."""
    tosses, ways, total = b + c, 1, 0
    for heads in range(min(b, c) + 1):
        total += ways
        ways = ways * (tosses - heads) // (heads + 1)
    return min(Decimal(1), Decimal(2 * total) / Decimal(2**tosses))


def labelled(example: Example, answer: Answer) -> dict[str, Any]:
    """Return a test row and its answer as check_probabilities reads them."""
    row = {"id": example["id"], "text": example["source"], "label": example["target"]}
    given = {"probabilities": answer["probabilities"]} if "probabilities" in answer else {}
    return {**row, "predicted": answer["prediction"], **given}


def check_probabilities(rows: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> None:
    """Raise UserError unless every row {id, text, label} can be scored as one of `labels`, and two labels occur.

    Where a row has them, `predicted` must be one of the labels, and `probabilities` {label: 0 to 1} must be of all
    labels and add up to 1, within TOLERANCE.
    """
    _check_label_names(labels)
    if not rows:
        raise UserError("there are no rows to classify: name a file that has some")
    for row in rows:
        for key in ("text", "label"):
            value = row.get(key)
            if value is None or value != value or not str(value).strip():  # NaN, pandas' empty cell, is not itself
                raise UserError(f"row {row['id']} has no {key}, every row needs one: fill it in or take the row out")
        for key in ("label", "predicted"):
            if key in row and row[key] not in labels:
                close = did_you_mean(str(row[key]), list(labels))
                raise UserError(
                    f"row {row['id']}: {key} must be one of {', '.join(labels)}, not {row[key]!r}{close}: "
                    "mend the row, or add it to the labels"
                )
        if "probabilities" in row:
            _check_row_probabilities(row["id"], row["probabilities"], labels)
    seen = {row["label"] for row in rows}
    if len(seen) == 1:
        others = ", ".join(label for label in labels if label not in seen)
        raise UserError(f"at least two labels must occur, all {len(rows)} rows are {seen.pop()}: add rows of {others}")


def _check_label_names(labels: Sequence[str]) -> None:
    if len(set(labels)) < max(2, len(labels)) or not all(label.strip() for label in labels):
        named = ", ".join(map(repr, labels)) or "none"
        raise UserError(f"labels must be two or more, all different and none empty, not {named}: name each once")
    for label in labels:
        if label in _AVERAGES or label.endswith(("_low", "_high")):
            raise UserError(f"a label cannot be called {label}: f1_{label} is another figure's name, rename the label")


def _check_row_probabilities(name: str, given: Mapping[str, Any], labels: Sequence[str]) -> None:
    if set(given) != set(labels):
        raise UserError(
            f"row {name}: there must be a probability of each of {', '.join(labels)}, not of "
            f"{', '.join(map(str, given)) or 'none'}: run the classify stage again"
        )
    for label, value in given.items():
        if not isinstance(value, Real) or not 0 <= float(value) <= 1:  # NaN is in no range
            raise UserError(
                f"row {name}: the probability of {label} must be from 0 to 1, not {value}: "
                "apply softmax to the scores; if they are nan, the model has diverged, lower lr"
            )
    if abs(sum(given.values()) - 1) > TOLERANCE:
        raise UserError(
            f"row {name}: probabilities must sum to 1 (within {TOLERANCE:g}), not {sum(given.values()):.6g}: "
            "apply softmax to the scores over all labels"
        )
