"""Clusters of words and their names."""

import numpy as np

from pipeline_lib.report.word_clusters import cluster_name, communities, neighbour_edges
from pipeline_lib.words.corpus.vocabulary import Word


def test_communities_are_sorted_by_size_and_small_ones_left_out():
    four = [(4, 5, 0.9), (5, 6, 0.9), (4, 6, 0.9), (6, 7, 0.9), (5, 7, 0.9)]
    edges = [(0, 1, 0.9), (1, 2, 0.9), (0, 2, -0.9), *four, (8, 9, 1.0)]
    assert communities(10, edges) == [[4, 5, 6, 7], [0, 1, 2]]
    assert communities(10, []) == communities(0, []) == []


def test_edges_lead_to_the_nearest_words_on_the_map():
    near, cosines = np.array([[7, 2], [3, 9]]), np.array([[0.91239, 0.8], [0.7, 0.6]])
    assert neighbour_edges([3, 7], near, cosines) == [(0, 1, 0.912), (1, 0, 0.7)]


def test_a_name_sets_a_cluster_apart_is_frequent_and_no_derivation():
    names = [("pelvic", 9), ("pelvis", 8), ("uterus", 7), ("seen", 90), ("rare", 1), ("ovary", 6), ("other", 5)]
    words = [Word(name, name, name, documents, documents) for name, documents in names]
    edges = [(one, other, 0.5) for one in range(6) for other in (0, 1, 2, 3) if one != other]
    edges += [(at, 3, 0.9) for at in range(6, 16)]  # all clusters are near to "seen"
    edges += [(0, 4, 0.9), (16, 5, -0.3)]
    assert cluster_name(range(6), words, edges) == [0, 2]
    assert cluster_name(range(6), words, [*edges[:20], (1, 0, 0.9)]) == [3, 0]  # else its documents count
    assert cluster_name([0, 1], words, edges) == [0]
    assert cluster_name([3, 4, 5], words, []) == [3, 5]
