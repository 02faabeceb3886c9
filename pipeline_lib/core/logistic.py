"""Logistic regression on given features: what a classifier is worth without training a network."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

from pipeline_lib.core.errors import UserError

PENALTIES = np.logspace(-2, 3, 11)  # C, the inverse of the penalty's weight
FOLDS = 5
DIGITS = 6


def label_probabilities(known: Any, labels: Sequence[str], asked: Any) -> list[dict[str, float]]:
    """Return {label: probability} for each row of `asked` (m, D), learnt from `known` (n, D) and its `labels`.

    L2-penalised multinomial regression; the penalty has the lowest log loss in stratified cross-validation on `known`.
    Labels of fewer rows than folds lessen the folds; with a label of a single row C is 1. Raises UserError for rows of
    one label alone.
    """
    counts = Counter(labels)
    if len(counts) < 2:
        raise UserError(
            f"training rows must have two labels at least, all {len(labels)} are {', '.join(counts) or 'none'}: raise "
            "split.train, or bring rows of others"
        )
    folds = min(FOLDS, min(counts.values()))
    learner = LogisticRegression(max_iter=2000)
    if folds > 1:
        learner = LogisticRegressionCV(
            Cs=PENALTIES,
            cv=folds,
            scoring="neg_log_loss",
            max_iter=2000,
            l1_ratios=(0,),
            use_legacy_attributes=False,
        )
    if not asked.shape[0]:
        return []
    found = learner.fit(known, list(labels)).predict_proba(asked)
    return [
        {label: round(float(value), DIGITS) for label, value in zip(learner.classes_, line, strict=True)}
        for line in found
    ]
