"""Exact search for the pairs of the highest cosine: candidates from bfloat16 or float32, decided in float64."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import torch

STEP = 1024  # vectors compared at once with a block; with a block of 4,096 that is 8 MB of cosines
CHUNK = 2048  # candidates rescored at once: higher is faster, lower needs less memory


@dataclass(frozen=True)
class NearestPairs:
    """Pairs of vectors by number, left < right, and their cosines, each (k,): by falling cosine, then by number."""

    left: np.ndarray
    right: np.ndarray
    cosine: np.ndarray


@dataclass(frozen=True)
class Task:
    """Two blocks of vectors to compare, with all that another machine needs for it."""

    left: np.ndarray  # (a, d)
    right: np.ndarray  # (b, d)
    starts: tuple[int, int]  # number of the first vector of each; equal where both are one block
    groups: np.ndarray  # (n,) of all vectors
    excluded: np.ndarray  # (k,) left x n + right of excluded pairs, sorted
    top: int
    threshold: float  # lowest cosine that can still be among the top


def nearest_pairs(
    vectors: np.ndarray,
    order: np.ndarray,
    groups: np.ndarray,
    excluded: np.ndarray,
    top: int,
    block: int,
    executor: Executor | None = None,
    at_once: int = 1,
) -> NearestPairs:
    """Return the `top` pairs with the highest cosine, fewer where there are no more; ties are sorted by number.

    vectors: (n, d), finite and not zero; a memory map is read by blocks; order: (n,) rows, vector number i is row
    order[i]; groups: (n,) of each row, below n: two groups make at most one pair, their nearest, one group makes none;
    excluded: (k, 2) pairs left out, left < right; block: vectors compared at once with as many others.

    A task compares two blocks. Tasks run here, or `at_once` at a time on any executor as of concurrent.futures: a
    process pool, or a Dask cluster's client.get_executor(). The result depends on neither these nor `block`: each task
    returns the nearest of its own pairs, decided in float64 from the two vectors alone.
    Memory: about 6 blocks, 3 x STEP x block and 60 x d x CHUNK bytes; 2 blocks for each task on an executor.
    """
    groups, keys = groups[order], np.sort(excluded[:, 0].astype(np.int64) * len(order) + excluded[:, 1])
    found = _NOTHING

    def tasks() -> Iterator[Task]:
        for one, other in combinations_with_replacement(range(0, len(order), block), 2):
            left = vectors[order[one : one + block]]
            right = left if one == other else vectors[order[other : other + block]]
            yield Task(left, right, (one, other), groups, keys, top, _threshold(found, top))

    if executor is None:
        for task in tasks():
            found = _best(found, nearest_of_task(task), groups, top)
        return found
    running: deque[Future[NearestPairs]] = deque()
    for task in tasks():
        running.append(executor.submit(nearest_of_task, task))
        if len(running) >= at_once:
            found = _best(found, running.popleft().result(), groups, top)
    for future in running:
        found = _best(found, future.result(), groups, top)
    return found


def nearest_among(
    vectors: np.ndarray, order: np.ndarray, groups: np.ndarray, pairs: np.ndarray, top: int
) -> NearestPairs:
    """Return the `top` of the given pairs, (k, 2) with left < right, as `nearest_pairs` does of all pairs."""
    groups, found = groups[order], _NOTHING
    for start in range(0, len(pairs), CHUNK):
        left, right = pairs[start : start + CHUNK].T
        differ = groups[left] != groups[right]
        left, right = left[differ], right[differ]
        cosine = cosines(vectors[order[left]], vectors[order[right]])
        found = _best(found, NearestPairs(left, right, cosine), groups, top)
    return found


def nearest_of_task(task: Task) -> NearestPairs:
    """Return the `top` pairs of a task whose cosine is at least its threshold.

    Approximate cosines are products of the rounded unit vectors. With u, v before rounding and U, V after,
    |uv - UV| <= |u - U||v| + |U||v - V| (Cauchy and Schwarz); the lengths of the differences are measured. The product
    itself is rounded d times in float32 (Higham, Accuracy and Stability, 3.1; oneDNN sums products of bfloat16 in
    float32 too, its accumulation mode "strict"). The last rounding, of the sum to bfloat16, needs no margin: the bound
    is rounded in the same way, and rounding keeps the order. Every pair that is less than this margin below the
    threshold is a candidate, and its cosine is computed in float64.
    """
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    left, left_error = _rounded(task.left, dtype)
    right, right_error = (left, left_error) if task.left is task.right else _rounded(task.right, dtype)
    margin = left_error + right_error * (1 + left_error)
    margin += (1 + left_error) * (1 + right_error) * left.shape[1] * 2.0**-23
    found, threshold, end = _NOTHING, task.threshold, 0
    while end < len(left):
        # Without a threshold every pair is a candidate: few rows at first.
        start, end = end, end + (STEP if np.isfinite(threshold) else max(STEP // 32, 1))
        first = start if task.starts[0] == task.starts[1] else 0  # within one block, each pair once
        approximate = left[start:end] @ right[first:].T  # (STEP, b)
        if task.starts[0] == task.starts[1]:
            square = approximate[:, : len(approximate)]
            square.masked_fill_(torch.ones_like(square, dtype=torch.bool).tril_(), -torch.inf)
        unfinished = True
        while unfinished:
            bound = torch.tensor(max(threshold - margin, -2.0), dtype=torch.float64).to(dtype)
            rows = (approximate.amax(dim=1) >= bound).nonzero().flatten()
            if not len(rows):
                break
            near = approximate[rows]  # (r, b)
            hits = (near >= bound).nonzero()  # (h, 2)
            if unfinished := len(hits) > CHUNK:  # the highest first: they raise the threshold for all others
                hits = hits[near[hits[:, 0], hits[:, 1]].topk(CHUNK).indices]
                approximate[rows[hits[:, 0]], hits[:, 1]] = -torch.inf
            a, b = start + rows[hits[:, 0]].numpy(), first + hits[:, 1].numpy()
            lefts, rights = task.starts[0] + a, task.starts[1] + b
            allowed = task.groups[lefts] != task.groups[rights]
            allowed &= ~_contains(task.excluded, lefts * len(task.groups) + rights)
            cosine = cosines(task.left[a[allowed]], task.right[b[allowed]])
            high = cosine >= threshold
            more_pairs = NearestPairs(lefts[allowed][high], rights[allowed][high], cosine[high])
            found = _best(found, more_pairs, task.groups, task.top)
            threshold = max(threshold, _threshold(found, task.top))
    return found


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the cosine of each row of `left`, (k, d), with that of `right`: (k,) float64."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    # Not a matmul: its rounding depends on the shape of the batch, and ties would depend on the block.
    lengths = np.sqrt((left * left).sum(axis=1) * (right * right).sum(axis=1))
    return (left * right).sum(axis=1) / lengths


_NOTHING = NearestPairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))


def _best(found: NearestPairs, more: NearestPairs, groups: np.ndarray, top: int) -> NearestPairs:
    """Return the `top` of both, one pair for each two groups."""
    if not len(more.cosine):
        return found
    left, right = np.concatenate([found.left, more.left]), np.concatenate([found.right, more.right])
    cosine = np.concatenate([found.cosine, more.cosine])
    ranked = np.lexsort((right, left, -cosine))
    one, other = groups[left[ranked]], groups[right[ranked]]
    _, first = np.unique(np.minimum(one, other) * len(groups) + np.maximum(one, other), return_index=True)
    kept = ranked[np.sort(first)[:top]]
    return NearestPairs(left[kept], right[kept], cosine[kept])


def _threshold(found: NearestPairs, top: int) -> float:
    """Return the lowest cosine that would still enter the `top`."""
    return float(found.cosine[-1]) if len(found.cosine) == top else -np.inf


def _contains(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return which of `wanted` are among the sorted keys, as booleans."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool)
    positions = np.searchsorted(keys, wanted)
    return keys[np.minimum(positions, len(keys) - 1)] == wanted


def _rounded(vectors: np.ndarray, dtype: torch.dtype) -> tuple[torch.Tensor, float]:
    """Return unit vectors in `dtype`, and the largest distance that rounding moved one of them."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    unit = torch.from_numpy(vectors.astype(np.float32) * (1 / lengths[:, None]).astype(np.float32))
    rounded = unit.to(dtype)
    error = torch.linalg.vector_norm(unit - rounded.float(), dim=1).max().item()
    # The division in float32 adds three roundings; the measured distance is off by less than a thousandth of itself.
    return rounded, error * 1.001 + 4 * 2.0**-24


def has_bfloat16() -> bool:
    """Return whether the processor multiplies bfloat16 natively; others are slower with it than with float32."""
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512") and torch.cpu._is_avx512_bf16_supported()
