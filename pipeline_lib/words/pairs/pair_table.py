"""Two similar words and what is known of them; the files that pairs and vectors are kept in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, write_csv
from pipeline_lib.words.corpus.vocabulary import Word

_CHECKED = 4096  # vectors looked at at once


@dataclass(frozen=True, slots=True)
class Pair:
    """Two different words, the similarity of their vectors and how often they meet.

    rank: 1 for the closest; left, right: by alphabet; kind: "interchangeable", of which one may stand where the other
    does, or "collocates", which belong side by side (see Meetings.collocates); spelling: whether they are at most one
    edit apart, and so may be spellings of one word; together: sentences that hold both; pmi: how much more often that
    is than by chance, in bits, None where they never meet; count: occurrences; documents: reports.
    """

    rank: int
    left: str
    right: str
    cosine: float
    kind: str
    spelling: bool
    together: int
    pmi: float | None
    left_count: int
    right_count: int
    left_documents: int
    right_documents: int


def check_vectors(words: Sequence[Word], vectors: np.ndarray) -> None:
    """Raise UserError unless there is one finite vector with a direction for each word."""
    if vectors.ndim != 2 or len(vectors) != len(words):
        raise UserError(
            f"pair_mine wants one vector a word, there are {len(words)} words and vectors of shape "
            f"{vectors.shape}: run embed again on this vocabulary (dvc repro)"
        )
    for start in range(0, len(words), _CHECKED):  # not all at once: a copy of them all is large
        lengths = np.abs(vectors[start : start + _CHECKED]).max(axis=1, initial=0)
        for at in np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))[:1]:
            fault = "zero" if lengths[at] == 0 else "not finite"
            raise UserError(
                f"the vector of {words[start + at].word!r} (row {start + at}) is {fault}: run embed again, "
                "or change its model"
            )


def read_vectors(path: str | Path, mapped: bool = False) -> np.ndarray:
    """Read a .npy file of numbers, never a pickle: (n, d). UserError for a missing or broken one.

    A mapped one stays on disk, read-only, and is read where it is looked at.
    """
    try:
        vectors = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UserError(f"{path} is missing: run embed (dvc repro)") from error
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{path} is no .npy file of numbers, or is cut off: run embed again") from error
    if not isinstance(vectors, np.ndarray) or not np.issubdtype(vectors.dtype, np.floating):
        raise UserError(f"{path} holds no array of floating-point numbers: run embed again")
    return vectors


def write_pairs(path: str | Path, pairs: Sequence[Pair]) -> None:
    """Write pairs as CSV, the closest first, cosines to 6 digits and PMI to 3."""
    rows = [
        asdict(pair)
        | {"cosine": f"{pair.cosine:.6f}", "spelling": "yes" if pair.spelling else "no"}
        | {"pmi": "" if pair.pmi is None else f"{pair.pmi:.3f}"}
        for pair in pairs
    ]
    write_csv(path, [field.name for field in fields(Pair)], rows)


def read_pairs(path: str | Path) -> list[Pair]:
    """Read pairs; UserError for a missing or broken file."""
    rows = read_csv(path, [field.name for field in fields(Pair)])
    try:
        return [
            Pair(
                int(row["rank"]),
                row["left"],
                row["right"],
                float(row["cosine"]),
                row["kind"],
                row["spelling"] == "yes",
                int(row["together"]),
                float(row["pmi"]) if row["pmi"] else None,
                *(int(row[name]) for name in ("left_count", "right_count", "left_documents", "right_documents")),
            )
            for row in rows
        ]
    except ValueError as error:
        raise UserError(f"{path} has a cell that is no number ({error}): run pair_mine again") from error
