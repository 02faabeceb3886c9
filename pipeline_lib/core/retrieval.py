"""The training rows nearest to a row, by the cosine of TF-IDF vectors over words and word pairs (core.text.terms)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline_lib.core.rows import Example
from pipeline_lib.core.text import terms

_BLOCK = 512  # rows compared with all training rows at once


def fit_tfidf(texts: Sequence[str], analyzer: Callable[[str], list[str]] = terms) -> tuple[Any, TfidfVectorizer]:
    """Return the TF-IDF vectors of `texts`, (n, terms) and of unit length, and the vectorizer fitted to them.

    analyzer: returns the terms of a text. Terms that `texts` lack are ignored; where they have none, all vectors are 0.
    """
    vectorizer = TfidfVectorizer(analyzer=analyzer, sublinear_tf=True)
    try:
        return vectorizer.fit_transform(texts), vectorizer
    except ValueError:  # no text has a term
        vectorizer.fit(["none"])
        return vectorizer.transform([*texts, ""])[:-1], vectorizer


def nearest_rows(
    train: Sequence[Example], rows: Sequence[Example], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the indices in `train` of the k rows nearest to each of `rows` by source, and their cosines, both (n, k).

    Nearest first; of equally near rows the earlier one. Rows of the same group are never returned, so `rows` may be
    `train` itself (leave one out). Where a row has fewer than k rows in other groups, all rows get as many as the row
    with the fewest.
    """
    known, vectorizer = fit_tfidf([row["source"] for row in train])
    groups = np.array([row["group"] for row in train])
    own = [groups == row["group"] for row in rows]
    k = min([k, *(len(train) - int(same.sum()) for same in own)])
    places, cosines = [], []
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        similarity = (vectorizer.transform([row["source"] for row in block]) @ known.T).toarray()  # (block, N)
        similarity[np.array(own[start : start + _BLOCK])] = -1.0
        order = _largest(similarity, k)
        places.append(order)
        cosines.append(np.take_along_axis(similarity, order, axis=1))
    return np.concatenate(places), np.concatenate(cosines)


def _largest(values: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Return the places of the k largest of each row of `values`, the largest first, of equal ones the earlier."""
    if not 0 < 8 * k < values.shape[1]:
        return np.argsort(-values, axis=1, kind="stable")[:, :k]
    least = np.partition(values, -k, axis=1)[:, -k]  # only what reaches it is sorted: that takes a fifth of the time
    found = []
    for row, bound in zip(values, least, strict=True):
        places = np.flatnonzero(row >= bound)
        found.append(places[np.argsort(-row[places], kind="stable")[:k]])
    return np.array(found)


def with_demonstrations(rows: Sequence[Example], train: Sequence[Example], k: int) -> list[Example]:
    """Return `rows` with `demonstrations`: the k training rows nearest to each, the nearest last, next to the row.

    Rows with labels get the k nearest of each label. `few_shot` is emptied: its targets are among the demonstrations.
    """
    if not (rows and train):
        return [{**row, "few_shot": [], "demonstrations": []} for row in rows]
    labels = rows[0].get("labels")
    kinds = [[row for row in train if row["target"] == label] for label in labels] if labels else [list(train)]
    found: list[list[tuple[float, Example]]] = [[] for _ in rows]
    for kind in filter(None, kinds):
        places, cosines = nearest_rows(kind, rows, k)
        for near, row_places, row_cosines in zip(found, places.tolist(), cosines.tolist(), strict=True):
            near += zip(row_cosines, [{**kind[place], "few_shot": []} for place in row_places], strict=True)
    return [
        {**row, "few_shot": [], "demonstrations": [one for _, one in sorted(near, key=lambda pair: pair[0])]}
        for row, near in zip(rows, found, strict=True)
    ]


def with_few_shot(rows: Sequence[Example], train: Sequence[Example], k: int) -> list[Example]:
    """Return `rows` with `few_shot`: the targets of the k training rows nearest to each, the nearest first."""
    if not (k and rows and train):
        return [{**row, "few_shot": []} for row in rows]
    places, _ = nearest_rows(train, rows, k)
    return [
        {**row, "few_shot": [train[place]["target"] for place in near]}
        for row, near in zip(rows, places.tolist(), strict=True)
    ]
