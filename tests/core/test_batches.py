"""Batches of rows of similar length."""

from pipeline_lib.core.batches import length_batches


def test_the_longest_rows_come_first_and_equal_ones_in_their_order():
    assert length_batches([2, 5, 3, 5, 1], 2) == [[1, 3], [2, 0], [4]]
    assert length_batches([], 2) == []
