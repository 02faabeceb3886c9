"""Clusters of words that are alike, and their names."""

import math
from collections.abc import Iterable, Sequence
from itertools import islice

import networkx
import numpy as np
from numpy.typing import NDArray

from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.word_formation import is_derivation

MIN_CLUSTER = 3  # words
OUTSIDE = 2.0  # links from elsewhere, by their cosines, that every word is taken to have


def communities(size: int, edges: Iterable[tuple[int, int, float]]) -> list[list[int]]:
    """Return the communities by modularity of `size` items, the largest first, those below MIN_CLUSTER left out.

    edges: two items and how alike they are; at most 0 counts as hardly (Louvain: Blondel et al. 2008).
    """
    graph = networkx.Graph()  # of numbers: the order of a set of texts differs between processes
    graph.add_nodes_from(range(size))
    graph.add_weighted_edges_from((one, other, max(weight, 1e-6)) for one, other, weight in edges)
    found = networkx.community.louvain_communities(graph, seed=0) if graph.size() else []
    return sorted((sorted(one) for one in found if len(one) >= MIN_CLUSTER), key=lambda one: (-len(one), one))


def neighbour_edges(
    rows: Sequence[int], near: NDArray[np.int64], cosines: NDArray[np.float64]
) -> list[tuple[int, int, float]]:
    """Return an edge from each word to each of its nearest words, as positions in `rows`, with their cosine.

    rows: (n,) vocabulary rows; near: (n, k) the rows nearest to each, of which those not in `rows` are left out;
    cosines: (n, k) of these.
    """
    position = {row: at for at, row in enumerate(rows)}
    return [
        (at, position[row], round(cosine, 3))
        for at, (others, values) in enumerate(zip(near.tolist(), cosines.tolist(), strict=True))
        for row, cosine in zip(others, values, strict=True)
        if row in position
    ]


def cluster_name(members: Sequence[int], words: Sequence[Word], edges: Iterable[tuple[int, int, float]]) -> list[int]:
    """Return the one or two members by which a cluster is named, no derivations of one another.

    A name should set the cluster apart and be known: the share of a word's links that come from members, times the
    logarithm of the documents that it is in (as in TF-IDF, a word that all clusters are near to says little). A link
    is an edge to the word, by its cosine; OUTSIDE is added to those from elsewhere, so that a word with a single link
    names nothing. edges: of `neighbour_edges`.
    """
    inside = set(members)
    own, every = dict.fromkeys(members, 0.0), dict.fromkeys(members, OUTSIDE)
    for one, other, cosine in edges:
        if other in inside:
            every[other] += max(cosine, 0.0)
            own[other] += max(cosine, 0.0) * (one in inside)

    def apart(at: int) -> float:
        return own[at] / every[at] * math.log1p(words[at].documents)

    ranked = sorted(members, key=lambda at: (-round(apart(at), 6), -words[at].documents, words[at].word))
    others = (at for at in ranked[1:] if not is_derivation(words[ranked[0]], words[at]))
    return [ranked[0], *islice(others, 1)]
