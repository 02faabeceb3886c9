"""Logistic regression on given features, a baseline for classifiers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import MANY_LABELS

PENALTIES = np.logspace(-2, 3, 11)  # scikit-learn's C, the inverse of the penalty's weight
FOLDS = 5
DIGITS = 6


def label_probabilities(features: Any, labels: Sequence[str], new_features: Any) -> list[dict[str, float]]:
    """Return {label: probability} for each row of `new_features` (m, D), fitted to `features` (n, D) and `labels`.

    L2-penalised multinomial regression; the penalty is the one with the lowest log loss in stratified cross-validation.
    There are as many folds as the rarest label has rows, at most FOLDS; labels of one row are left out of choosing.
    Raises UserError where all rows have one label.
    """
    counts = Counter(labels)
    if len(counts) < 2:
        raise UserError(
            f"training rows must have two labels at least, all {len(labels)} are {', '.join(counts) or 'none'}: raise "
            "split.train, or bring rows of others"
        )
    if not new_features.shape[0]:
        return []
    model = _chosen(features, labels, counts)
    probabilities = model.fit(features, list(labels)).predict_proba(new_features)  # (m, labels)
    return [
        {label: round(float(value), DIGITS) for label, value in zip(model.classes_, row, strict=True)}
        for row in probabilities
    ]


def of_all_labels(given: list[dict[str, float]], labels: Sequence[str]) -> list[dict[str, float]]:
    """Return the probabilities with 0 for each of `labels` that no training row has."""
    return [row | {label: 0.0 for label in labels if label not in row} for row in given]


def _chosen(features: Any, labels: Sequence[str], counts: Counter[str]) -> Any:
    """Return the model to fit, with its penalty if that is chosen without some of the rows.

    Of more than MANY_LABELS labels every second penalty is tried in two folds: a fit takes minutes.
    """
    often = [place for place, label in enumerate(labels) if counts[label] > 1]
    kept = {labels[place] for place in often}
    if len(kept) < 2:
        return LogisticRegression(max_iter=2000)
    many = len(counts) > MANY_LABELS
    search = LogisticRegressionCV(
        Cs=PENALTIES[::2] if many else PENALTIES,
        cv=min(2 if many else FOLDS, min(counts[label] for label in kept)),
        scoring="neg_log_loss",
        max_iter=2000,
        l1_ratios=(0,),
        use_legacy_attributes=False,
    )
    if len(kept) == len(counts):
        return search
    search.fit(features[often], [labels[place] for place in often])
    return LogisticRegression(C=search.C_, max_iter=2000)
