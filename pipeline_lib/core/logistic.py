"""Logistic regression on given features, a baseline for classifiers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

from pipeline_lib.core.errors import UserError

PENALTIES = np.logspace(-2, 3, 11)  # scikit-learn's C, the inverse of the penalty's weight
FOLDS = 5
DIGITS = 6


def label_probabilities(features: Any, labels: Sequence[str], new_features: Any) -> list[dict[str, float]]:
    """Return {label: probability} for each row of `new_features` (m, D), fitted to `features` (n, D) and `labels`.

    L2-penalised multinomial regression; the penalty is the one with the lowest log loss in stratified cross-validation.
    There are as many folds as the rarest label has rows, at most FOLDS; where it has one row, C is 1. Raises UserError
    where all rows have one label.
    """
    counts = Counter(labels)
    if len(counts) < 2:
        raise UserError(
            f"training rows must have two labels at least, all {len(labels)} are {', '.join(counts) or 'none'}: raise "
            "split.train, or bring rows of others"
        )
    folds = min(FOLDS, min(counts.values()))
    model = LogisticRegression(max_iter=2000)
    if folds > 1:
        model = LogisticRegressionCV(
            Cs=PENALTIES,
            cv=folds,
            scoring="neg_log_loss",
            max_iter=2000,
            l1_ratios=(0,),
            use_legacy_attributes=False,
        )
    if not new_features.shape[0]:
        return []
    probabilities = model.fit(features, list(labels)).predict_proba(new_features)  # (m, labels)
    return [
        {label: round(float(value), DIGITS) for label, value in zip(model.classes_, row, strict=True)}
        for row in probabilities
    ]
