"""The user's table: the task's columns as text, whatever the headers, and each fault of a file is one line."""

from pathlib import Path

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.delimited import read_delimited
from pipeline_lib.data.tables import read_table
from tests.helpers.stages import refused
from tests.helpers.tables import write_table

ROWS = [
    {"Title": "CT chest", "Seen": "Opacity, left\nlower lobe.", "Said": 'Says "NA".'},
    {"Title": "NA", "Seen": "None", "Said": "null"},
    {"Title": "", "Seen": "0012", "Said": "2024-01-02"},
    {"Title": "Écho", "Seen": "1e5", "Said": "True"},
    {"Title": "nan", "Seen": "µ 5–7 mm\u2028x", "Said": "-"},
]
COLUMNS = {"title": "Title", "seen": "Seen", "said": "Said"}


def read(path, columns=COLUMNS, required=("seen", "said"), optional=("title",)):
    return read_table(path, columns, required, optional)


def cells(table):
    return [tuple(row) for row in table[["title", "seen", "said"]].itertuples(index=False)]


@pytest.fixture(params=["csv", "csv with BOM", "jsonl", "json", "jsonl with BOM"])
def same(request, tmp_path):
    path = write_table(tmp_path / f"reports.{request.param.split()[0]}", ROWS)
    if "BOM" in request.param:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    return path


def test_every_format_gives_the_same_table(same):
    table = read(same)
    assert cells(table) == [tuple(row.values()) for row in ROWS]
    assert (list(table.index), list(table.columns)) == ([1, 2, 3, 4, 5], ["seen", "said", "title"])


def test_a_tsv_that_does_not_quote_keeps_its_quotes(tmp_path):
    # As in SST-2: a quote is a character like any other.
    path = tmp_path / "reports.tsv"
    path.write_text('Title\tSeen\tSaid\nNA\t"unclosed\tfine\n\t0012\ta "b" c\n', encoding="utf-8")
    assert cells(read(path)) == [("NA", '"unclosed', "fine"), ("", "0012", 'a "b" c')]


def test_cells_are_stripped_and_missing_ones_empty(tmp_path):
    path = tmp_path / "reports.csv"
    path.write_text("seen,said\n  a b \t, c\n", encoding="utf-8")
    assert cells(read(path, {})) == [("", "a b", "c")]
    path = tmp_path / "reports.jsonl"
    path.write_text('{"Seen": null, "Said": "b"}\n{"Said": "c", "Title": 7}\n', encoding="utf-8")
    table = read(path)
    assert (list(table["seen"]), list(table["said"])) == (["", ""], ["b", "c"])
    path = tmp_path / "windows.csv"
    path.write_bytes(b'Title,Seen,Said\r\nCT,"a\r\nb",c\r\n')
    assert cells(read(path)) == [("CT", "a\r\nb", "c")]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_blank_lines_are_not_rows(tmp_path, kind):
    row = '{"Seen": "a", "Said": "b"}'
    content = "\nSeen,Said\n\na,b\n\n" if kind == "csv" else f"\n{row}\n\n"
    (tmp_path / f"a.{kind}").write_text(content)
    assert cells(read(tmp_path / f"a.{kind}", {"seen": "Seen", "said": "Said"})) == [("", "a", "b")]


def test_endings_and_headers(tmp_path):
    assert cells(read(write_table(tmp_path / "REPORTS.CSV", ROWS)))[0][0] == "CT chest"
    # A header may be a number.
    (tmp_path / "a.csv").write_text("2023,said\na,b\n")
    assert list(read(tmp_path / "a.csv", {"seen": 2023})["seen"]) == ["a"]
    # Columns has only the tasks names.
    write_table(tmp_path / "a.csv", ROWS)
    message = r"columns.sen is no column of this task \(did you mean seen\?\): it knows seen, "
    refused(message, read, tmp_path / "a.csv", {"sen": "Seen"})


@pytest.mark.parametrize(("name", "content", "message"), [
    ("absent.csv", None, r"absent.csv is missing: put it there, or name another under data"),
    ("a.xls", b"PK", r"data must end in .csv, .tsv, .txt, .json, .*\.gz; .*a.xls ends in '.xls': convert it"),
    ("reports", b"x", r"ends in 'nothing'"),
    ("a.csv", b"", r"a.csv is empty: it needs a header and at least one row"),
    ("a.csv", b"\n\n", r"a.csv is empty: it needs a header and at least one row"),
    ("a.csv", b"Title,Seen,Said\n", r"a.csv holds no rows: it needs a header and at least one row"),
    ("a.json", b"[]", r"a.json holds no rows"),
    ("a.json", b"{", r"a.json line 1 column 2 is not JSON \(Expecting property name"),
    ("a.json", b'"text"', r"a.json"),
    ("a.json", b"3", r"a.json"),
    ("a.json", b"[1, 2]", r"a.json"),
    ("a.jsonl", b'{"Seen": "a", "Said": "b"}\n{"Seen": \n', r"a.jsonl line 2 column 9 is not JSON "),
    ("a.jsonl", b"\n\n", r"a.jsonl"),
    ("a.csv", "Seen,Said\nКот,b\n".encode("cp1251"), r"byte 0xca at 10\), .* not sure: it may be cp1251 \(Russia"),
    ("a.csv", b"Seen,Sayd\na,b\n", r"a.csv has no column 'Said' \(did you mean Sayd\?\): its columns are Seen, Sayd; "),
    ("a.csv", b"Seen,Said\na,b\nc,d,e\n", r"a.csv line 3 has 3 cells, its header has 2"),
    ("a.csv", b'Seen,Said\n"a,b\nc,d\n', r"a.csv line 2 begins a cell with a quote that is not closed"),
])  # fmt: skip
def test_a_wrong_file_is_one_line(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        read(tmp_path / name)
    assert len(str(caught.value)) < 500, "a line a person reads"


def test_a_wrong_byte_or_a_folder_is_named(tmp_path):
    text = "Seen,Said\n" + "plain,row\n" * 100_000 + "café,b\n"
    (tmp_path / "a.csv").write_bytes(text.encode("latin-1"))
    message = rf"is not UTF-8 \(byte 0xe9 at {text.index('é')}\)"
    refused(message, read_table, tmp_path / "a.csv", {}, ("Seen",), (), "utf-8")
    (tmp_path / "reports.csv").mkdir()
    refused(r"data must be a file, .*reports.csv is a folder: name the file in it", read, tmp_path / "reports.csv")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        # pandas would take the first column for an index, and the second for the first.
        ("a.csv", "Title,Seen,Said\nCT,a,b,\nMR,c,d,\n"),
        ("a.csv", "Title,Seen,Said\nCT,a,b\nMR,c\n"),
        ("a.tsv", "Title\tSeen\tSaid\nCT\ta\tb\tc\n"),
    ],
)
def test_rows_with_too_many_or_too_few_cells_are_refused(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    refused(r"line \d has \d cells, its header has 3", read, tmp_path / name)


@pytest.mark.parametrize("header", [2023, None])
def test_a_header_that_is_not_text_is_one_line(tmp_path, header):
    write_table(tmp_path / "a.csv", ROWS)
    refused(str(header), read, tmp_path / "a.csv", {"seen": header, "said": "Said"})


@pytest.mark.parametrize("content", ["CT,clear\nMR,small\nCT,large\n", "1,2\n3,4\n5,6\n"])
def test_a_first_line_that_is_a_row_is_told(tmp_path, content):
    (tmp_path / "a.csv").write_text(content)
    seen, said = content.split("\n")[0].split(",")
    columns = {"seen": seen, "said": said}
    refused(r"a.csv must begin with headers, its first line looks like a row \(", read, tmp_path / "a.csv", columns)


def test_of_several_separators_the_one_with_the_most_columns_is_taken():
    rows, notes = read_delimited(Path("a.txt"), "a;b,c;d\n1;2,3;4\n", ".txt")
    assert rows == [["a", "b,c", "d"], ["1", "2,3", "4"]]
    assert notes == ["separator semicolon"]
