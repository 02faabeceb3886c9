"""The closest pairs among many vectors, exactly: screened in bfloat16 or float32, decided in float64."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import torch

STEP = 1024  # vectors screened at once against a block; with a block of 4,096 that is 8 MB of cosines
CHUNK = 2048  # candidates rescored at once: more saves passes over the screen, less takes less memory


@dataclass(frozen=True)
class NearestPairs:
    """Pairs of vectors by number, left < right, and their cosines, each (k,): the closest first, then by number."""

    left: np.ndarray
    right: np.ndarray
    cosine: np.ndarray


@dataclass(frozen=True)
class Task:
    """Two blocks of vectors to compare: all that another machine needs for it."""

    left: np.ndarray  # (a, d)
    right: np.ndarray  # (b, d)
    starts: tuple[int, int]  # the number of the first vector of each; equal where it is one block
    family: np.ndarray  # (n,) of all vectors
    banned: np.ndarray  # (k,) left x n + right of the pairs that are none, sorted
    top: int
    floor: float  # the lowest cosine that matters


def nearest_pairs(
    vectors: np.ndarray,
    order: np.ndarray,
    family: np.ndarray,
    banned: np.ndarray,
    top: int,
    block: int,
    executor: Executor | None = None,
    at_once: int = 1,
) -> NearestPairs:
    """Return the `top` pairs with the highest cosine, fewer where there are no more. Ties go by number.

    vectors: (n, d), finite and none zero; a memory map is read by blocks; order: (n,) rows, vector 0 is that of
    row order[0]; family: (n,) numbers below n; two families make at most one pair, their closest, and one makes none;
    banned: (k, 2) pairs that are none, left < right; block: vectors compared at once with as many others.

    Two blocks are a task. Tasks run here or on any executor in the manner of concurrent.futures, `at_once` in flight: a
    process pool, or a Dask cluster's client.get_executor(). The result depends on neither these nor `block`: each task
    gives the closest of its own pairs, decided in float64 from the two vectors alone.
    Memory: about 6 blocks, 3 x STEP x block and 60 x d x CHUNK bytes; 2 blocks for each task in flight elsewhere.
    """
    family, keys = family[order], np.sort(banned[:, 0].astype(np.int64) * len(order) + banned[:, 1])
    found = _NOTHING

    def tasks() -> Iterator[Task]:
        for one, other in combinations_with_replacement(range(0, len(order), block), 2):
            left = vectors[order[one : one + block]]
            right = left if one == other else vectors[order[other : other + block]]
            yield Task(left, right, (one, other), family, keys, top, _floor(found, top))

    if executor is None:
        for task in tasks():
            found = _best(found, nearest_of_task(task), family, top)
        return found
    flying: deque[Future[NearestPairs]] = deque()
    for task in tasks():
        flying.append(executor.submit(nearest_of_task, task))
        if len(flying) >= at_once:
            found = _best(found, flying.popleft().result(), family, top)
    for future in flying:
        found = _best(found, future.result(), family, top)
    return found


def nearest_among(
    vectors: np.ndarray, order: np.ndarray, family: np.ndarray, pairs: np.ndarray, top: int
) -> NearestPairs:
    """Return the `top` of the given pairs, (k, 2) with left < right, as `closest_pairs` does of all."""
    family, found = family[order], _NOTHING
    for start in range(0, len(pairs), CHUNK):
        left, right = pairs[start : start + CHUNK].T
        kin = family[left] == family[right]
        left, right = left[~kin], right[~kin]
        cosine = cosines(vectors[order[left]], vectors[order[right]])
        found = _best(found, NearestPairs(left, right, cosine), family, top)
    return found


def nearest_of_task(task: Task) -> NearestPairs:
    """Return the `top` pairs of a task whose cosine is at least its floor.

    The screen is the product of the rounded unit vectors. With u, v before rounding and U, V after,
    |uv - UV| <= |u - U||v| + |U||v - V| (Cauchy and Schwarz); the lengths of the differences are measured. On top comes
    the product's own rounding, d times in float32 (Higham, Accuracy and Stability, 3.1; oneDNN sums products of
    bfloat16 in float32 too, its accumulation mode "strict"). That the sum is rounded to bfloat16 in the end costs
    nothing: the bound is rounded alike, and rounding keeps the order. All that is not that far below the floor is
    decided in float64.
    """
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    left, left_off = _rounded(task.left, dtype)
    right, right_off = (left, left_off) if task.left is task.right else _rounded(task.right, dtype)
    margin = left_off + right_off * (1 + left_off)
    margin += (1 + left_off) * (1 + right_off) * left.shape[1] * 2.0**-23
    found, floor, end = _NOTHING, task.floor, 0
    while end < len(left):
        # Without a floor everything is a candidate: few rows at first.
        start, end = end, end + (STEP if np.isfinite(floor) else max(STEP // 32, 1))
        rest = start if task.starts[0] == task.starts[1] else 0  # of one block, each pair once
        screen = left[start:end] @ right[rest:].T  # (STEP, b)
        if task.starts[0] == task.starts[1]:
            square = screen[:, : len(screen)]
            square.masked_fill_(torch.ones_like(square, dtype=torch.bool).tril_(), -torch.inf)
        more = True
        while more:
            bound = torch.tensor(max(floor - margin, -2.0), dtype=torch.float64).to(dtype)
            rows = (screen.amax(dim=1) >= bound).nonzero().flatten()
            if not len(rows):
                break
            near = screen[rows]  # (r, b)
            hits = (near >= bound).nonzero()  # (h, 2)
            if more := len(hits) > CHUNK:  # the closest first: they raise the floor for all the rest
                hits = hits[near[hits[:, 0], hits[:, 1]].topk(CHUNK).indices]
                screen[rows[hits[:, 0]], hits[:, 1]] = -torch.inf
            a, b = start + rows[hits[:, 0]].numpy(), rest + hits[:, 1].numpy()
            lefts, rights = task.starts[0] + a, task.starts[1] + b
            fits = task.family[lefts] != task.family[rights]
            fits &= ~_contains(task.banned, lefts * len(task.family) + rights)
            cosine = cosines(task.left[a[fits]], task.right[b[fits]])
            high = cosine >= floor
            some = NearestPairs(lefts[fits][high], rights[fits][high], cosine[high])
            found = _best(found, some, task.family, task.top)
            floor = max(floor, _floor(found, task.top))
    return found


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the cosine of each row of `left`, (k, d), with that of `right`: (k,) float64."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    # Not a matmul: its rounding depends on the shape of the batch, and ties would depend on the block.
    lengths = np.sqrt((left * left).sum(axis=1) * (right * right).sum(axis=1))
    return (left * right).sum(axis=1) / lengths


_NOTHING = NearestPairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))


def _best(found: NearestPairs, more: NearestPairs, family: np.ndarray, top: int) -> NearestPairs:
    """Return the `top` of both, one pair for each two families."""
    if not len(more.cosine):
        return found
    left, right = np.concatenate([found.left, more.left]), np.concatenate([found.right, more.right])
    cosine = np.concatenate([found.cosine, more.cosine])
    ranked = np.lexsort((right, left, -cosine))
    one, other = family[left[ranked]], family[right[ranked]]
    _, first = np.unique(np.minimum(one, other) * len(family) + np.maximum(one, other), return_index=True)
    kept = ranked[np.sort(first)[:top]]
    return NearestPairs(left[kept], right[kept], cosine[kept])


def _floor(found: NearestPairs, top: int) -> float:
    return float(found.cosine[-1]) if len(found.cosine) == top else -np.inf


def _contains(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Say which of `wanted` are among the sorted keys."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool)
    places = np.searchsorted(keys, wanted)
    return keys[np.minimum(places, len(keys) - 1)] == wanted


def _rounded(vectors: np.ndarray, dtype: torch.dtype) -> tuple[torch.Tensor, float]:
    """Return unit vectors in `dtype`, and how far the furthest is from before rounding."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    unit = torch.from_numpy(vectors.astype(np.float32) * (1 / lengths[:, None]).astype(np.float32))
    rounded = unit.to(dtype)
    off = torch.linalg.vector_norm(unit - rounded.float(), dim=1).max().item()
    # The division in float32 is off by three roundings, the measured length by less than a thousandth of itself.
    return rounded, off * 1.001 + 4 * 2.0**-24


def has_bfloat16() -> bool:
    """Say whether the processor multiplies bfloat16 itself; others are slower at it than at float32."""
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512") and torch.cpu._is_avx512_bf16_supported()
