"""Clusters of words that are alike, and their names."""

from collections.abc import Iterable, Sequence

import networkx
import numpy as np
from numpy.typing import NDArray

from pipeline_lib.words.corpus.vocabulary import Word

MIN_CLUSTER = 3  # words
NAME_WORDS = 2  # words of a name


def communities(size: int, edges: Iterable[tuple[int, int, float]]) -> list[list[int]]:
    """Return the communities by modularity of `size` items, the largest first, those below MIN_CLUSTER left out.

    edges: two items and how alike they are; at most 0 counts as hardly (Louvain: Blondel et al. 2008).
    """
    graph = networkx.Graph()  # of numbers: the order of a set of texts differs between processes
    graph.add_nodes_from(range(size))
    graph.add_weighted_edges_from((one, other, max(weight, 1e-6)) for one, other, weight in edges)
    found = networkx.community.louvain_communities(graph, seed=0) if graph.size() else []
    return sorted((sorted(one) for one in found if len(one) >= MIN_CLUSTER), key=lambda one: (-len(one), one))


def neighbour_clusters(rows: Sequence[int], near: NDArray[np.int64], cosines: NDArray[np.float64]) -> list[list[int]]:
    """Return clusters of words, as positions in `rows`: communities of the graph that joins each to its nearest words.

    rows: (n,) vocabulary rows; near: (n, k) the rows nearest to each, of which those not in `rows` are left out;
    cosines: (n, k) of these.
    """
    position = {row: at for at, row in enumerate(rows)}
    edges = {
        (min(at, other), max(at, other)): float(cosine)
        for at, (others, values) in enumerate(zip(near.tolist(), cosines.tolist(), strict=True))
        for other, cosine in ((position.get(row), value) for row, value in zip(others, values, strict=True))
        if other is not None
    }
    return communities(len(rows), ((one, other, round(cosine, 3)) for (one, other), cosine in edges.items()))


def cluster_name(members: Sequence[int], words: Sequence[Word]) -> list[int]:
    """Return the members by which a cluster is named: the NAME_WORDS in most documents, ties by alphabet."""
    return sorted(members, key=lambda at: (-words[at].documents, words[at].word))[:NAME_WORDS]
