"""The files of pairs and vectors: what is written is read, and a broken file is a user's error."""

import numpy as np
import pytest

from pipeline_lib.words.pairs.pair_table import Pair, read_pairs, read_vectors, write_pairs
from tests.helpers.stages import refused

HEADER = "rank,left,right,cosine,kind,spelling,together,pmi,left_count,right_count,left_documents,right_documents\n"


def test_pairs_and_vectors_are_read_as_they_were_written(tmp_path):
    pairs = [
        Pair(1, "größe", "size", 0.5, "interchangeable", False, 0, None, 4, 3, 2, 1),
        Pair(2, "effusion", "pleural", 0.25, "collocates", True, 7, -1.5, 9, 8, 7, 6),
    ]
    write_pairs(tmp_path / "p.csv", pairs)
    assert (tmp_path / "p.csv").read_text(encoding="utf-8") == (
        HEADER + "1,größe,size,0.500000,interchangeable,no,0,,4,3,2,1\n"
        "2,effusion,pleural,0.250000,collocates,yes,7,-1.500,9,8,7,6\n"
    )
    assert read_pairs(tmp_path / "p.csv") == pairs
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.save(tmp_path / "v.npy", vectors)
    mapped = read_vectors(tmp_path / "v.npy", mapped=True)
    assert isinstance(mapped, np.memmap)
    assert mapped.tolist() == read_vectors(tmp_path / "v.npy").tolist() == vectors.tolist()


@pytest.mark.parametrize("row", ["1,a,b,high,any,no,0,,1,1,1,1", "1,a,b,0.5,any,no,0,often,1,1,1,1"])
def test_a_cell_that_is_no_number_is_a_users_error(tmp_path, row):
    (tmp_path / "p.csv").write_text(HEADER + row + "\n")
    refused("a cell that is no number", read_pairs, tmp_path / "p.csv")


@pytest.mark.parametrize("mapped", [True, False])
def test_broken_vectors_are_a_users_error(tmp_path, mapped):
    path = tmp_path / "v.npy"
    refused(r"is missing: run embed \(dvc repro\)", read_vectors, path, mapped)
    np.save(path, np.ones((9, 9)))
    for content in (b"", b"\x93NUMPY\x01\x00", b"not a number", path.read_bytes()[:-8]):
        path.write_bytes(content)
        refused(r"is no \.npy file of numbers", read_vectors, path, mapped)
    np.save(path, np.array([{"code": 1}], dtype=object), allow_pickle=True)
    refused(r"is no \.npy file of numbers", read_vectors, path, mapped)
    np.save(path, np.array(["text"]))
    refused("holds no array of floating-point numbers", read_vectors, path, mapped)
