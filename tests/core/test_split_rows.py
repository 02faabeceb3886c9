"""Rows of the split that were tampered with are refused in one line by whatever stage reads them."""

import json

import pytest

from pipeline_lib.core.run_files import labels_of, read_split_rows
from tests.helpers.stages import error_of

ROW = {"id": "1", "source": "a", "target": "b"}


@pytest.mark.parametrize(
    ("second", "key", "found"),
    [
        ({"source": "a", "target": "b"}, "id", "none"),
        ({**ROW, "id": 2}, "id", "2"),
        ({**ROW, "source": ["a"]}, "source", "['a']"),
        ({**ROW, "target": None}, "target", "none"),
    ],
)
def test_a_row_that_is_not_one_of_a_split(second, key, found, tmp_path):
    path = tmp_path / "test.jsonl"
    path.write_text(f"{json.dumps(ROW)}\n{json.dumps(second)}\n", encoding="utf-8")
    assert error_of(read_split_rows, path) == (
        f"every row of {path} must have {key} as text, row 2 has {found}: run the split stage again (dvc repro)"
    )


def test_an_id_is_there_once(tmp_path):
    path = tmp_path / "test.jsonl"
    path.write_text(f"{json.dumps(ROW)}\n" * 2, encoding="utf-8")
    assert error_of(read_split_rows, path) == f"{path} has the id '1' twice: run the split stage again (dvc repro)"


@pytest.mark.parametrize("labels", [None, [], "good", [0, 1]])
def test_rows_without_labels(labels, tmp_path):
    message = error_of(labels_of, ROW | {"labels": labels}, tmp_path)
    assert message.startswith(f"rows to label must have labels, those of {tmp_path} have ")
    assert labels_of(ROW | {"labels": ["bad", "good"]}, tmp_path) == ["bad", "good"]
