"""Inputs that no stage may accept: a pipe, one header for two columns, an output that is the input, nothing usable."""

import os

import pytest

from pipeline_lib.data.records import read_records
from pipeline_lib.data.splitting import split_rows
from pipeline_lib.data.tables import read_table
from pipeline_lib.data.tracking import refuse_overwriting
from pipeline_lib.data.user_rows import read_user_rows
from pipeline_lib.tasks.dialogue import data as dialogue
from tests.helpers.stages import error_of


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    message = f"data must be a file, {tmp_path}/pipe.csv is a device or a pipe: write its content into a file"
    assert error_of(read_records, tmp_path / "pipe.csv") == message


def test_one_header_is_not_two_columns(tmp_path):
    (tmp_path / "mine.csv").write_text("Text,Other\na,b\n")
    columns = {"observation": "Text", "impression": " text"}
    assert error_of(read_table, tmp_path / "mine.csv", columns, ("observation", "impression")) == (
        f"a header can be one column of the task, Text of {tmp_path}/mine.csv is observation and impression: name "
        "another under columns.impression in the params file"
    )


@pytest.mark.parametrize("output", ["mine.csv", "./mine.csv", "params.yaml"])
def test_an_output_is_not_an_input(output):
    message = f"an output must not be what is read, {output} is both: name another file"
    assert error_of(refuse_overwriting, ("out", output), ("mine.csv", "params.yaml")) == message
    refuse_overwriting(("out/mine.csv", "split.json"), ("mine.csv", "params.yaml"))


def test_no_row_can_be_used(tmp_path):
    (tmp_path / "mine.txt").write_text("Ann: hello\n\nBen: hello\n")
    settings = {"incomplete": "fail", "unsupported": "keep"}, {"dialogue": {"train_on": "all", "turns_asked": 1}}
    assert error_of(read_user_rows, dialogue, tmp_path / "mine.txt", {}, *settings) == (
        f"no row of {tmp_path}/mine.txt can be used, all are left out: single turn (2); bring others, or mend them"
    )


def test_too_few_rows_because_of_min_words():
    rows = [{"id": str(n), "group": str(n), "stratum": "", "source": f"a {n}", "target": "b"} for n in range(4)]
    sizes = {"train": 2, "validation": 0, "test": 1, "seed": 1}
    assert error_of(split_rows, rows, **sizes, duplicates="keep", unfit={"0", "1", "2", "3"}) == (
        "split wants 3 rows (2 train + 1 test), the data has 4 (4 of them not for training by split.min_words) in 4 "
        "groups of equal input: lower split.min_words, or bring more rows, of other inputs"
    )
