"""Rows in batches of like length, by their lengths alone."""

from collections.abc import Sequence


def length_batches(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """Return batches of row numbers in order of length, longest first: too little memory shows at once."""
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    return [order[at : at + batch_size] for at in range(0, len(order), batch_size)]
