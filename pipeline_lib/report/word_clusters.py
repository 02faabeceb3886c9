"""Clusters of words that are alike, and their names."""

from collections.abc import Iterable, Sequence
from itertools import islice

import networkx
import numpy as np
from numpy.typing import NDArray

from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.word_formation import is_derivation

MIN_CLUSTER = 3  # words


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
    """Return the one or two members by which a cluster is named: its most central ones, no derivations of one another.

    The most central word is the one that is nearest to most: the sum of the cosines of the members that have it among
    their nearest words. Only the half of the members that is in most documents is considered, since a name of rare
    words says little. edges: of `neighbour_edges`.
    """
    inside, central = set(members), dict.fromkeys(members, 0.0)
    for one, other, cosine in edges:
        if one in inside and other in inside:
            central[other] += cosine
    known = sorted(members, key=lambda at: (-words[at].documents, words[at].word))[: (len(members) + 1) // 2]
    ranked = sorted(known, key=lambda at: (-round(central[at], 3), words[at].word))
    others = (at for at in ranked[1:] if not is_derivation(words[ranked[0]], words[at]))
    return [ranked[0], *islice(others, 1)]
