"""Logistic regression on given features: scikit-learn's own by hand, few rows of a label, and what rounding leaves."""

from collections import Counter

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

from pipeline_lib.core.logistic import DIGITS, FOLDS, PENALTIES, label_probabilities, of_all_labels
from pipeline_lib.core.rows import MANY_LABELS
from tests.helpers.stages import refused


def clouds(rows: int, labels: tuple[str, ...] = ("negative", "positive"), seed: int = 0):
    """Return features (n, 4) of overlapping clouds, one a label, and the rows' labels in turn."""
    random = np.random.default_rng(seed)
    named = [labels[row % len(labels)] for row in range(rows)]
    centres = random.normal(size=(len(labels), 4))
    return random.normal(size=(rows, 4)) + [centres[labels.index(name)] for name in named], named


def best_penalty(known, named) -> float:
    """Return the penalty with the lowest log loss over stratified folds."""
    named = np.array(named)
    labels = sorted(set(named))
    folds = list(StratifiedKFold(min(FOLDS, min(Counter(named.tolist()).values()))).split(known, named))

    def loss(penalty: float) -> float:
        found = []
        for inside, outside in folds:
            learner = LogisticRegression(C=penalty, max_iter=2000).fit(known[inside], named[inside])
            found.append(log_loss(named[outside], learner.predict_proba(known[outside]), labels=labels))
        return float(np.mean(found))

    return min(PENALTIES, key=loss)


@pytest.mark.parametrize("labels", [("negative", "positive"), ("bad", "fair", "good")])
def test_it_is_logistic_regression_with_the_penalty_cross_validation_chooses(labels):
    known, named = clouds(45, labels)
    new, _ = clouds(7, labels, seed=1)
    found = label_probabilities(known, named, new)
    assert [list(row) for row in found] == [sorted(labels)] * 7
    by_hand = LogisticRegression(C=best_penalty(known, named), max_iter=2000).fit(known, named).predict_proba(new)
    assert np.array([list(row.values()) for row in found]) == pytest.approx(by_hand, abs=1e-3)
    for row in found:
        assert sum(row.values()) == pytest.approx(1, abs=1e-5)
        assert all(value == round(value, DIGITS) for value in row.values())


def test_the_penalty_is_chosen_and_not_fixed():
    # Labels at chance: nothing can be learnt, and the most penalised says the base rate.
    random = np.random.default_rng(3)
    known, named = random.normal(size=(60, 20)), ["a", "a", "b"] * 20
    found = label_probabilities(known, named, known)
    assert [row["a"] for row in found] == pytest.approx([2 / 3] * 60, abs=0.12)
    # Labels that one feature decides: the least penalised is sure.
    decided = ["a" if row[0] > 0 else "b" for row in known]
    sure = label_probabilities(known[:, :1] * 10, decided, known[:, :1] * 10)
    assert np.mean([max(row.values()) for row in sure]) > 0.95


@pytest.mark.parametrize("fewest", [1, 2, 3, 4])
def test_a_label_of_few_rows_is_learnt_all_the_same(fewest, recwarn):
    known, named = clouds(24)
    known, named = np.vstack([known, known[:fewest] + 9]), [*named, *["rare"] * fewest]
    found = label_probabilities(known, named, known)
    assert list(found[0]) == ["negative", "positive", "rare"]
    assert [max(row, key=row.__getitem__) for row in found[-fewest:]] == ["rare"] * fewest
    assert not [warning for warning in recwarn if "least populated" in str(warning.message)]


def test_order_sparseness_and_repetition_change_nothing():
    known, named = clouds(30)
    new, _ = clouds(6, seed=2)
    found = label_probabilities(known, named, new)
    assert label_probabilities(known, named, new[::-1]) == found[::-1]
    sparse = label_probabilities(csr_array(known), named, csr_array(new))
    assert [row["positive"] for row in sparse] == pytest.approx([row["positive"] for row in found], abs=1e-3)
    assert label_probabilities(known, named, new) == found
    known, named = clouds(12)
    assert label_probabilities(known, named, known[:0]) == []
    message = r"two labels at least, all 12 are positive: raise split\.train, or bring rows of"
    refused(message, label_probabilities, known, ["positive"] * 12, known)


def test_labels_of_one_row_are_left_out_of_choosing_the_penalty():
    known, named = clouds(45)
    alone = np.vstack([known, known[:1] + 9])
    chosen = LogisticRegression(C=best_penalty(known, named), max_iter=2000).fit(alone, [*named, "rare"])
    found = label_probabilities(alone, [*named, "rare"], known)
    assert np.array([list(row.values()) for row in found]) == pytest.approx(chosen.predict_proba(known), abs=1e-3)


def test_many_labels_are_learnt_and_those_without_a_row_are_never_predicted():
    labels = tuple(f"label {at:02}" for at in range(MANY_LABELS + 1))
    known, named = clouds(4 * len(labels), labels)
    found = of_all_labels(label_probabilities(known * 5, named, known * 5), [*labels, "absent"])
    assert [list(row) for row in found] == [[*labels, "absent"]] * len(known)
    assert {row["absent"] for row in found} == {0.0}
    assert np.mean([max(row, key=row.__getitem__) == name for row, name in zip(found, named, strict=True)]) > 0.4
