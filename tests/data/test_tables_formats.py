"""Files of every format become rows, what had to be judged is said, and nothing is changed without a word."""

import datetime
import gzip
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.records import read_records
from pipeline_lib.data.tables import data_files, read_table
from tests.helpers.stages import error_of, refused

QUOTED = ["cells in quotes: the quotes are taken off"]
KEPT = ["a quote is a character like any other: the file does not quote its cells throughout"]


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "headers", "rows", "notes"),
    [
        # Separators.
        ("a.csv", "a;b\n1,5;x\n2,5;y\n", "ab", ["1,5 x", "2,5 y"], ["separator semicolon"]),
        ("a.csv", 'a;b\n"x;y";2\n', "ab", ["x;y 2"], ["separator semicolon"]),
        ("a.csv", "a\tb\n1,2\t3\n", "ab", ["1,2 3"], ["separator tab"]),
        ("a.tsv", "a,b\n1,2\n", "ab", ["1 2"], ["separator comma"]),
        ("a.txt", "a|b\n1|2\n", "ab", ["1 2"], ["separator vertical bar"]),
        ("a.csv", "a;b|c\n1;2|3\n", ["a", "b|c"], ["1 2|3"], ["separator semicolon"]),
        ("a.csv", "a\nx;y\n", "a", ["x;y"], []),
        ("a.csv", "a,b\r1,2\r3,4", "ab", ["1 2", "3 4"], []),
        ("a.csv", 'a, b\nx, "y, z"\n', "ab", ["x y, z"],
         ["cells in quotes after comma and space: the quotes are taken off"]),
        ("a.csv", 'a,b\n"He said, ""no""",x\n', "ab", ['He said, "no" x'], []),
        ("a.csv", "a,b,,\n1,2,,\n", "ab", ["1 2"], []),
        # Quotes in a table with tabs: those of a writer, or characters.
        ("a.tsv", 'a\tb\n"x ""y"""\tz\n"l\nm"\tq\n', "ab", ['x "y" z', "l\nm q"], QUOTED),
        ("a.tsv", '"a"\t"b"\n"1"\t"z"\n', "ab", ["1 z"], QUOTED),
        ("a.tsv", '"a"\t"b"\n"x"\t12\n', "ab", ["x 12"], QUOTED),
        ("a.tsv", "a\tb\n" + '"1,2"\t"3,4"\n' * 2, "ab", ["1,2 3,4"] * 2, QUOTED),  # Excel
        ("a.tsv", 'a\tb\n"Hi"\tz\nfoo\tq\n', "ab", ['"Hi" z', "foo q"], KEPT),
        ("a.tsv", 'a\tb\n"Yes, sir"\tz\n', "ab", ['"Yes, sir" z'], KEPT),
        ("a.tsv", 'a\tb\n"x\tz\n', "ab", ['"x z'], KEPT),
        # JSON, whatever its name says.
        ("a.json", '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n', "ab", ["1 x", "2 y"],
         ["JSON Lines, though its name says JSON"]),
        ("a.jsonl", '[{"a": 1, "b": "x"}]', "ab", ["1 x"], ["JSON, though its name says JSON Lines"]),
        ("a.ndjson", '{\n"a": 1,\n"b": "x"\n}\n', "ab", ["1 x"], []),
        ("a.json", '{"v": 1, "rows": [{"a": 1, "b": "x"}]}', "ab", ["1 x"],
         ["the rows are the list under 'rows'; not read: v"]),
        ("a.json", '{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": null}}', "ab", ["1 x", "2 "], ["columns of cells"]),
        ("a.json", '{"a": [1, 2], "b": ["x", "y"]}', "ab", ["1 x", "2 y"], ["columns of cells"]),
        ("a.json", '{"r1": {"a": 1, "b": "x"}, "r2": {"a": 2, "b": "y"}}', "ab", ["1 x", "2 y"],
         ["the rows are the values of one object; its keys are not read"]),
        # Cells as the file writes them.
        ("a.jsonl", '{"a": 12345678901234623, "b": null}\n{"b": 3}\n', "ab", ["12345678901234623 ", " 3"], []),
        ("a.jsonl", '{"a": 1.10, "b": true}\n{"a": 1e5, "b": NaN}\n', "ab", ["1.10 true", "1e5 "], []),
        ("a.jsonl", '{"a": "\\ud83d\\ude00", "b": "x\u2028y"}\n', "ab", ["😀 x\u2028y"], []),
        ("a.csv", "a,b\n \u200b\ufeff,\u200by\n", "ab", [" \u200by"], []),
        ("a.csv", "\ufeff a\u200b,\u200eb \n1,2\n", "ab", ["1 2"], []),
        # UTF-16, with and without its mark.
        ("a.csv", "a,b\n1,ü\n".encode("utf-16"), "ab", ["1 ü"], ["encoding UTF-16, by the mark at its beginning"]),
        ("a.csv", "a,b\n1,2\n".encode("utf-16-be"), "ab", ["1 2"],
         ["encoding UTF-16-BE, though the file does not begin with its mark"]),
    ],
)  # fmt: skip
def test_a_file_as_rows(tmp_path, name, content, headers, rows, notes, packed):
    path = put(tmp_path, name, content)
    if packed:
        path = put(tmp_path, f"{name}.gz", gzip.compress(path.read_bytes(), mtime=0))
    table = read_table(path, {}, tuple(headers))
    assert [" ".join(row) for row in table.to_numpy()] == rows
    assert table.attrs["notes"] == notes


def test_parquet_keeps_values(tmp_path):
    columns = {
        "text": pa.array(["x", None], pa.large_string()),
        "label": pa.array(["a", "b"]).dictionary_encode(),
        "number": pa.array([7, None], pa.int64()),
        "score": pa.array([0.1, 2.0], pa.float32()),
        "turns": pa.array([[{"role": "user"}], []]),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    records = read_records(tmp_path / "a.parquet")
    assert records.headers == ["text", "label", "number", "score", "turns"]
    assert records.rows[0] == {"text": "x", "label": "a", "number": 7, "score": 0.1, "turns": [{"role": "user"}]}
    table = read_table(tmp_path / "a.parquet", {}, ("text", "label"), ("number", "score"))
    assert table.to_numpy().tolist() == [["x", "a", "7", "0.1"], ["", "b", "", "2.0"]]
    assert table.attrs["notes"] == ["not read: turns"]


def test_a_workbook_is_read_as_it_is_shown(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    when = datetime.datetime(2024, 1, 31)
    cells = [3.0, 0.1 + 0.2, 0.25, 123, 1234.5, True, when, when.replace(hour=9), "007", "a_x000D_\nb", None]
    formats = "General|General|0%|00000|#,##0.00|General|yyyy-mm-dd|yyyy-mm-dd h:mm|General|General|General".split("|")
    for row in ([], [f"h{at}" for at in range(11)], cells, [], [*["x"] * 11, None]):
        sheet.append(row)
    for cell, shape in zip(sheet[3], formats, strict=False):
        cell.number_format = shape
    book.create_sheet("Notes")
    book.save(tmp_path / "a.xlsx")
    records = read_records(tmp_path / "a.xlsx")
    shown = ["3", "0.3", "25%", "00123", "1,234.50", "TRUE", "2024-01-31", "2024-01-31 09:00:00", "007", "a\r\nb", None]
    assert [list(row.values()) for row in records.rows] == [shown, ["x"] * 11]
    assert records.notes == ["sheet Sheet, the first; not read: Notes"]
    sheet["B5"] = "=1+1"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(UserError, match=r"a formula needs its result, cell B5 of .*a.xlsx has none: open the file in "):
        read_records(tmp_path / "a.xlsx")


@pytest.mark.parametrize(("name", "content", "message"), [
    ("a.csv", 'a,b\n1,2\n"x,1\ny,2\nz"q,3\n',
     "PATH line 3 begins a cell with a quote that is not closed before a separator (',' expected "
     'after \'"\' in line 5): close it, write a quote inside as "", or save the table as .tsv if its '
     "quotes are characters like any other"),
    ("a.txt", "a\nb\n",
     "PATH is no table: its first line has no comma, semicolon, tab, vertical bar; name it .csv if it"
     " is one column"),
    ("a.csv", "a,B,b \n1,2,3\n",
     "headers must differ by more than case and spaces, PATH has 'B', 'b': rename or remove one; if "
     "the first line is a row and no header, put a line of headers before it"),
    ("a.csv", "a,,\n1,2,3\n",
     "a column must have a header, PATH has 2 without one: name or remove them; if the first line is "
     "a row and no header, put a line of headers before it"),
    ("a.csv", "a,b\n1,2\n3,\x00\n",
     "text must be whole Unicode, column b of row 2 of PATH has a NUL (U+0000): take it out there"),
    ("a.jsonl", '{"a": [{"b": "\\ud800"}]}\n',
     "text must be whole Unicode, column a of row 1 of PATH has half a surrogate pair (U+D800): take " "it out there"),
    ("a.jsonl", '{"a": ["x", {}], "b": 1}\n',
     "a cell must be text, row 1 of PATH, column a, has a list: ['x', {}]; write one text there, or "
     "name another column under columns in the params file"),
    ("a.jsonl", '{"a": 1, "b": 1, "a": 1}\n',
     "an object must name a key once, row 1 of PATH has a more than once: rename or remove one"),
    ("a.json", '{"x": [{"a": 1}], "y": [{"a": 1}]}',
     "PATH must hold one list of rows, it has x, y: write one into a file of its own"),
    ("a.json", '[{"a": ' + "[" * 100_000, "PATH is nested too deeply for a table: bring a list of objects, one a row"),
    ("a.json", '[{"a": ' + "9" * 5000 + "}]",
     "PATH cannot be read as JSON (Exceeds the limit (4300 digits) for integer string conversion): "
     "write that number as text"),
    ("a.json", '[{"a": 1}\n,]', "PATH line 2 column 2 is not JSON (Expecting value): mend that place, or save it anew"),
    ("a.jsonl", '{"a": 1}\n[2]\n', "PATH line 2 must be an object like {...}, it is [2]: mend it"),
    ("a.csv", ",".join(f"h{at}" for at in range(20_000)) + "\n" + "x," * 19_999 + "y\n",
     "PATH has no column 'a': its columns are h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, ... (20,000 in"
     " all); name the right one under columns.a in the params file"),
    ("a.csv.gz", b"a,b\n", "PATH is not whole gzip (Not a gzipped file (b'a,')): fetch or pack it again"),
    ("a.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9],
     "PATH is not whole gzip (Compressed file ended before the end-of-stream marker was reached): "
     "fetch or pack it again"),
    ("a.xlsx", b"PK",
     "PATH cannot be read as a workbook (BadZipFile: File is not a zip file): open it in Excel or "
     "LibreOffice and save it anew as .xlsx, or as CSV"),
    ("a.parquet", b"PAR1",
     "PATH cannot be read as Parquet (Parquet file size is 4 bytes, smaller than the minimum file "
     "footer (8 bytes)): write it anew, or as JSONL"),
    ("a" * 300 + ".csv", None, "data file PATH... cannot be read (File name too long): shorten its path"),
])  # fmt: skip
def test_a_wrong_file_is_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        put(tmp_path, name, content)
    assert error_of(read_table, path, {}, ("a",), ("b",)) == message.replace("PATH", str(path)[:200])


def test_a_packed_file_that_holds_far_more_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline_lib.data.text_files._MIB", 2**10)
    columns = {"a": pa.DictionaryArray.from_arrays(pa.array([0] * 2000), pa.array(["x" * 1000]))}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    book = openpyxl.Workbook()
    book.active.append(["x" * 30_000] * 100)
    book.save(tmp_path / "a.xlsx")
    put(tmp_path, "a.csv.gz", gzip.compress(b"a,b\n" + b"0" * 2**20))
    for name in ("a.csv.gz", "a.xlsx", "a.parquet"):
        assert error_of(read_records, tmp_path / name) == (
            f"a packed file may hold 100 times its own size, or 100 MiB where that is more, {tmp_path / name} holds "
            "more: unpack it yourself, look at it, and name the unpacked file (a table as CSV) under data"
        )


HEADLESS = (
    "PATH must begin with headers, its first line looks like a row (FIRST): put a line before it that names its 2 "
    "columns, among them text and label; or, if it is a line of headers, rename those that are also cells and name the "
    "right ones under columns in the params file"
)


@pytest.mark.parametrize(("content", "columns", "message"), [
    ("good,1\nfine,1\n", {}, HEADLESS.replace("FIRST", "good, 1")),
    ("good,1\nfine,2\n", {}, HEADLESS.replace("FIRST", "good, 1")),  # both are numbers
    ("It was good.,x\nfine,y\n", {}, HEADLESS.replace("FIRST", "It was good., x")),
    ("good,1\nfine,1\n", {"text": "good", "label": "1"}, HEADLESS.replace("FIRST", "good, 1")),
    ("Review,Stars\nfine,5\n", {"text": "Review", "label": "Stars"}, None),
    ("TEXT , Label\nfine,label\n", {}, None),
    ("1,2\nfine,bad\n", {"text": 1, "label": 2}, None),
    ("text,label\nx,y\n", {"topic": "topic"}, None),  # as if it were left out
    ("text,label\nx,y\n", {"topic": "tpoic"},
     "PATH has no column 'tpoic': its columns are text, label; name the right one under columns.topic in the "
     "params file, or take columns.topic out there"),
])  # fmt: skip
def test_headers(tmp_path, content, columns, message):
    path = put(tmp_path, "a.csv", content)
    if message is None:
        assert len(read_table(path, columns, ("text", "label"), ("topic",))) == 1
        return
    assert error_of(read_table, path, columns, ("text", "label"), ("topic",)) == message.replace("PATH", str(path))


def test_keys_of_json_are_no_row(tmp_path):
    path = put(tmp_path, "a.jsonl", json.dumps({"good": "good", "1": "1"}) + "\n")
    refused("has no column 'text': its columns are good, 1; name the right one", read_table, path, {}, ("text",))


def test_packed_files_of_a_folder(tmp_path):
    train = put(tmp_path, "train.csv.gz", gzip.compress(b"a\n1\n", mtime=0))
    test = put(tmp_path, "test.ndjson", '{"a": 1}\n')
    assert data_files(tmp_path) == [train, test]
