"""The most similar pairs of different words, exactly: screened by blocks in float32, decided in float64."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from pipeline_lib.errors import UserError
from pipeline_lib.files import read_csv, write_csv
from pipeline_lib.words import Word

# Candidates rescored at once. More saves passes over a block; less takes less memory (16 bytes x d for each).
CHUNK = 8192


@dataclass(frozen=True, slots=True)
class Pair:
    """Two different words and the cosine of their vectors; `left` is the first by alphabet, rank 1 the closest."""

    rank: int
    left: str
    right: str
    cosine: float
    left_count: int
    right_count: int
    left_documents: int
    right_documents: int


def families(words: list[Word]) -> np.ndarray:
    """Return a number for each word, the same for words linked by a common lemma or stem: (n,) int64.

    The link is followed through: with "base / bases" of one lemma and "bases / based" of one stem, all three are
    one family. So "forms of one word" is the same question whichever two of its forms one asks about.
    """
    parent = list(range(len(words)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    first: dict[tuple[str, str], int] = {}
    for row, word in enumerate(words):
        for key in (("lemma", word.lemma), ("stem", word.stem)):
            other = first.setdefault(key, row)
            parent[root(row)] = root(other)
    return np.array([root(row) for row in range(len(words))], dtype=np.int64)


def part_of(word: Word, compound: Word) -> bool:
    """Say whether a word is a part of a hyphenated one: "spine" of "t-spine", but not "left-sided" of "right-sided"."""
    return "-" in compound.word and not {word.word, word.lemma, word.stem}.isdisjoint(compound.word.split("-"))


def top_pairs(words: list[Word], vectors: np.ndarray, top: int, block: int) -> list[Pair]:
    """Return the `top` pairs of different words with the highest cosine, fewer where there are no more.

    vectors: (n, d), one row a word, any lengths but zero; block: words compared at once. Two families of words
    (see `families`) make at most one pair, that of their two closest forms; a compound and a part of it make none.
    Ties go by alphabet, so the result depends on neither `block` nor the order of rows. Memory: the vectors twice,
    and at most 30 bytes x block^2.
    Raises UserError when rows and words differ in number, or a vector is zero or not finite.
    """
    check_vectors(words, vectors)
    family = families(words)
    unit = vectors.astype(np.float32)
    unit /= np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))[:, None]  # (n, d)
    best: dict[tuple[int, int], tuple[float, str, str, int, int]] = {}  # family pair -> its closest forms
    floor = -np.inf  # the lowest cosine that is still among the top
    # float32 is off by at most d roundings of 2^-24 each (Higham, Accuracy and Stability, 3.1), and as much
    # again for the rounding of the vectors themselves.
    margin = 4 * (vectors.shape[1] + 2) * 2.0**-24
    for start, other, scores in _blocks(unit, family, block):
        while True:
            hits = np.flatnonzero(scores.ravel() >= max(floor - margin, -2.0))
            if not hits.size:
                break
            if hits.size > CHUNK:  # the closest first: they raise the floor for all the rest
                hits = hits[np.argpartition(-scores.ravel()[hits], CHUNK)[:CHUNK]]
            lefts, rights = start + hits // scores.shape[1], other + hits % scores.shape[1]
            for cosine, i, j in zip(_cosines(vectors, lefts, rights), lefts.tolist(), rights.tolist(), strict=True):
                if cosine < floor or part_of(words[i], words[j]) or part_of(words[j], words[i]):
                    continue
                if words[i].word > words[j].word:
                    i, j = j, i
                entry = (-cosine, words[i].word, words[j].word, i, j)
                key = (min(family[i], family[j]), max(family[i], family[j]))
                if key not in best or entry < best[key]:
                    best[key] = entry
            if len(best) >= top:
                best = dict(sorted(best.items(), key=lambda item: item[1])[:top])
                floor = -max(best.values())[0]
            scores.ravel()[hits] = -np.inf
    ranked = sorted(best.values())[:top]
    return [_pair(rank, *entry, words) for rank, entry in enumerate(ranked, start=1)]


def check_vectors(words: list[Word], vectors: np.ndarray) -> None:
    """Raise UserError unless there is one finite vector with a direction for each word."""
    if vectors.ndim != 2 or len(vectors) != len(words):
        raise UserError(
            f"pair_mine wants one vector a word, there are {len(words)} words and vectors of shape "
            f"{vectors.shape}: run embed again on this vocabulary (dvc repro)"
        )
    lengths = np.abs(vectors).max(axis=1, initial=0) if vectors.size else np.zeros(len(words))
    for row in np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))[:1]:
        fault = "zero" if lengths[row] == 0 else "not finite"
        raise UserError(
            f"the vector of {words[row].word!r} (row {row}) is {fault}: run embed again, or change its model"
        )


def _blocks(unit: np.ndarray, family: np.ndarray, block: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield (first row, first column, cosines): the upper triangle, -inf for what is no pair."""
    for start in range(0, len(unit), block):
        rows = unit[start : start + block]
        for other in range(start, len(unit), block):
            scores = rows @ unit[other : other + block].T  # (block, block)
            same = family[start : start + block, None] == family[None, other : other + block]
            scores[same] = -np.inf
            if start == other:
                scores[np.tri(len(rows), dtype=bool)] = -np.inf
            yield start, other, scores


def _cosines(vectors: np.ndarray, lefts: np.ndarray, rights: np.ndarray) -> list[float]:
    left, right = vectors[lefts].astype(np.float64), vectors[rights].astype(np.float64)  # (k, d)
    # Not a matmul: its rounding depends on the shape of the batch, and ties would depend on the block.
    lengths = np.sqrt((left * left).sum(axis=1) * (right * right).sum(axis=1))
    return ((left * right).sum(axis=1) / lengths).tolist()


def _pair(rank: int, minus: float, left: str, right: str, i: int, j: int, words: list[Word]) -> Pair:
    a, b = words[i], words[j]
    return Pair(rank, left, right, round(-minus, 6), a.count, b.count, a.documents, b.documents)


def read_vectors(path: str | Path) -> np.ndarray:
    """Read a .npy file of numbers, never a pickle: (n, d). UserError for a missing or broken one."""
    try:
        with Path(path).open("rb") as file:
            vectors = np.load(file, allow_pickle=False)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UserError(f"{path} is missing: run embed (dvc repro)") from error
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{path} is no .npy file of numbers, or is cut off: run embed again") from error
    if not isinstance(vectors, np.ndarray) or not np.issubdtype(vectors.dtype, np.floating):
        raise UserError(f"{path} holds no array of floating-point numbers: run embed again")
    return vectors


def write_pairs(path: str | Path, pairs: list[Pair]) -> None:
    """Write pairs as CSV, the closest first, cosines to 6 digits."""
    rows = [asdict(pair) | {"cosine": f"{pair.cosine:.6f}"} for pair in pairs]
    write_csv(path, [field.name for field in fields(Pair)], rows)


def read_pairs(path: str | Path) -> list[Pair]:
    """Read pairs; UserError for a missing or broken file."""
    rows = read_csv(path, [field.name for field in fields(Pair)])
    counts = ("left_count", "right_count", "left_documents", "right_documents")
    try:
        return [
            Pair(int(r["rank"]), r["left"], r["right"], float(r["cosine"]), *(int(r[name]) for name in counts))
            for r in rows
        ]
    except ValueError as error:
        raise UserError(f"{path} has a cell that is no number ({error}): run pair_mine again") from error
