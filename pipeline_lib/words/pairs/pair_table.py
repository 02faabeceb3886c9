"""A pair of words and what is known of it; the files of pairs and of vectors."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, write_csv
from pipeline_lib.words.corpus.vocabulary import Word

_BLOCK = 4096  # vectors checked at once: a copy of all of them would be large


@dataclass(frozen=True, slots=True)
class Pair:
    """Two different words, the cosine of their vectors, and how often they occur together.

    rank: 1 for the highest cosine; left, right: by alphabet; kind: "opposite", "derivation", both formed of one stem
    (see word_formation), "collocates", side by side more often than by chance (see Collocations.collocates), or
    "interchangeable", all others; spelling: whether they may be spellings of one word (see is_spelling); together:
    sentences that contain both; pmi: pointwise mutual information of that in bits, None where no sentence contains
    both; counts: occurrences; documents: documents with the word.
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
    """Raise UserError unless there is one vector for each word, finite and not zero."""
    if vectors.ndim != 2 or len(vectors) != len(words):
        raise UserError(
            f"pair_mine wants one vector a word, there are {len(words)} words and vectors of shape "
            f"{vectors.shape}: run embed again on this vocabulary (dvc repro)"
        )
    for start in range(0, len(words), _BLOCK):
        lengths = np.abs(vectors[start : start + _BLOCK]).max(axis=1, initial=0)
        for row in np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))[:1]:
            fault = "zero" if lengths[row] == 0 else "not finite"
            raise UserError(
                f"the vector of {words[start + row].word!r} (row {start + row}) is {fault}: run embed again, "
                "or change its model"
            )


def read_vectors(path: str | Path, mapped: bool = False) -> np.ndarray:
    """Return the array of a .npy file of floats, never a pickle: (n, d). Raises UserError for a missing or broken file.

    mapped: leave it on disk, read-only, and load the parts that are used.
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
    """Write pairs as CSV, one row a pair, in order; cosines to 6 digits, PMI to 3."""
    rows = [
        asdict(pair)
        | {"cosine": f"{pair.cosine:.6f}", "spelling": "yes" if pair.spelling else "no"}
        | {"pmi": "" if pair.pmi is None else f"{pair.pmi:.3f}"}
        for pair in pairs
    ]
    write_csv(path, [field.name for field in fields(Pair)], rows)


def read_pairs(path: str | Path) -> list[Pair]:
    """Return the pairs of a file; raises UserError for a missing or broken one."""
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
