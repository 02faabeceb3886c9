"""Files and folders are written completely or not at all, and read back with one line for each fault."""

import os
from pathlib import Path

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import guarded, read_json, read_jsonl, write_json, write_jsonl, write_text, written
from tests.helpers.disk import full_disk
from tests.helpers.stages import refused


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_file_appears_whole_with_its_folders_or_not_at_all(tmp_path, monkeypatch):
    write_text(tmp_path / "a" / "b" / "note.txt", "é\r\n\u2028x")
    assert (tmp_path / "a" / "b" / "note.txt").read_bytes() == "é\r\n\u2028x".encode()
    assert names(tmp_path) == ["a", "a/b", "a/b/note.txt"]
    monkeypatch.chdir(tmp_path / "a")
    write_text("note.txt", "x")
    assert sorted(os.listdir()) == ["b", "note.txt"]


def test_a_half_written_file_never_has_its_name(tmp_path):
    write_text(tmp_path / "note.txt", "old")
    with written(tmp_path / "note.txt") as draft:
        draft.write_text("new")
        assert (tmp_path / "note.txt").read_text() == "old"
        assert draft.parent == tmp_path, "a rename across file systems would be a copy"
        assert draft.suffix == ".txt", "libraries choose a format by the suffix"
    assert (tmp_path / "note.txt").read_text() == "new"
    assert names(tmp_path) == ["note.txt"]


@pytest.mark.parametrize("error", [ValueError("bug"), UserError("mistake"), KeyboardInterrupt(), SystemExit(3)])
def test_a_failure_while_writing_keeps_the_old_file(tmp_path, error):
    write_text(tmp_path / "note.txt", "old")
    with pytest.raises(type(error)), written(tmp_path / "note.txt") as draft:  # noqa: PT012
        draft.write_text("half")
        raise error
    with pytest.raises(type(error)), written(tmp_path / "model") as draft:  # noqa: PT012
        draft.mkdir()
        (draft / "half").write_text("half")
        raise error
    assert names(tmp_path) == ["note.txt"]
    assert (tmp_path / "note.txt").read_text() == "old"


def test_a_folder_of_the_same_kind_is_replaced(tmp_path):
    for content in ("one", "two"):
        with written(tmp_path / "model", mark="weights.txt") as draft:
            draft.mkdir()
            (draft / "weights.txt").write_text(content)
            (draft / f"{content if content == 'two' else 'weights'}.txt").write_text(content)
    assert names(tmp_path) == ["model", "model/two.txt", "model/weights.txt"]
    assert (tmp_path / "model" / "weights.txt").read_text() == "two"


def test_what_cannot_be_written_is_one_line_and_the_old_file_stays(tmp_path):
    write_text(tmp_path / "note.txt", "old")
    with full_disk(1000), pytest.raises(UserError, match=r"cannot write .*note.txt: File too large; nothing was left"):
        write_text(tmp_path / "note.txt", "x" * 2000)
    assert names(tmp_path) == ["note.txt"]
    assert (tmp_path / "note.txt").read_text() == "old"
    (tmp_path / "file").write_text("in the way")
    refused(r"cannot write .*file/note.txt: ", write_text, tmp_path / "file" / "note.txt", "x")
    # An error of another file keeps its name.
    (tmp_path / "out").mkdir()
    with pytest.raises(FileNotFoundError, match="absent"), written(tmp_path / "out" / "note.txt"):
        (tmp_path / "absent").read_text()


def test_no_space_left_is_one_line(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    refused(r"cannot write .*: No space left on device; .* free some space", write_text, tmp_path / "note.txt", "x")
    assert names(tmp_path) == []


def test_a_folder_with_other_files_is_never_replaced(tmp_path):
    # `--out .` or `--out data` where `--out data/split` was meant.
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "reports.csv").write_text("mine")
    message = r"cannot write the folder .*data: it holds other things \(reports.csv\); name another folder"
    with pytest.raises(UserError, match=message), written(tmp_path / "data", mark="train.jsonl") as draft:  # noqa: PT012
        draft.mkdir()
        (draft / "train.jsonl").write_text("{}")
    assert (tmp_path / "data" / "reports.csv").read_text() == "mine"
    # `--out data` where `--out data/generations.jsonl` was meant: what is in data/ is the user's.
    refused("folder", write_text, tmp_path / "data", "x")
    assert (tmp_path / "data" / "reports.csv").read_text() == "mine"


def test_a_symbolic_link_is_replaced_and_its_target_kept(tmp_path):
    (tmp_path / "cache").write_text("cached by DVC")
    (tmp_path / "note.txt").symlink_to(tmp_path / "cache")
    write_text(tmp_path / "note.txt", "new")
    assert (tmp_path / "cache").read_text() == "cached by DVC"
    assert not (tmp_path / "note.txt").is_symlink()


def test_json_is_indented_readable_and_finite(tmp_path):
    write_json(tmp_path / "a.json", {"b": [1, 0.5], "a": "é"})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "b": [\n    1,\n    0.5\n  ],\n  "a": "é"\n}\n'
    assert read_json(tmp_path / "a.json") == {"b": [1, 0.5], "a": "é"}
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write_json(tmp_path / "a.json", {"loss": bad})
        with pytest.raises(ValueError, match="not JSON compliant"):
            write_jsonl(tmp_path / "a.jsonl", [{"logp": bad}])
    assert names(tmp_path) == ["a.json"]


def test_jsonl_holds_every_character_and_may_be_empty_or_have_blank_lines(tmp_path):
    rows = [{"text": "a\u2028b\u2029c\x85d\x1ce"}, {"text": 'new\nline "quoted" \t tab é 😀 \r\n'}, {}]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    assert read_jsonl(tmp_path / "rows.jsonl") == rows
    assert (tmp_path / "rows.jsonl").read_bytes().count(b"\n") == 3
    write_jsonl(tmp_path / "none.jsonl", [])
    assert read_jsonl(tmp_path / "none.jsonl") == []
    (tmp_path / "rows.jsonl").write_bytes(b'{"a": 1}\r\n\r\n{"a": 2}')
    assert read_jsonl(tmp_path / "rows.jsonl") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n{"a": \n', "line 2 is not JSON"),
        (b'{"a": 1}\n[1]\n', r"line 2 must be an object like \{\.\.\.\}, it is a list: run the stage"),
        (b"[" * 100_000, r"line 1 is not JSON \(it is nested too deeply\): run the stage that makes the file"),
        (b'{"a": ' + b"9" * 5000 + b"}", r"line 1 is not JSON \(Exceeds the limit"),
        ("{'a': 'é'}".encode("latin-1"), "is not"),
    ],
)
def test_broken_jsonl_is_one_line(tmp_path, content, message):
    (tmp_path / "rows.jsonl").write_bytes(content)
    refused(message, read_jsonl, tmp_path / "rows.jsonl")


def test_missing_and_broken_json_is_one_line(tmp_path):
    refused(r"a.json is missing: run the stage that makes it \(dvc repro\)", read_json, tmp_path / "a.json")
    refused(r"a.jsonl is missing: run the stage that makes it \(dvc repro\)", read_jsonl, tmp_path / "a.jsonl")
    (tmp_path / "a.json").write_text("{")
    refused(r"a.json is not JSON \(Expecting property name", read_json, tmp_path / "a.json")
    (tmp_path / "a.json").write_text('{"a":' * 100_000)
    refused(r"a.json is not JSON \(it is nested too deeply\): run the stage", read_json, tmp_path / "a.json")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(sign):
    # OWASP's list: Excel takes a cell that begins with a tab or a carriage return for what follows it.
    assert guarded(f"{sign}1+1") == f"'{sign}1+1"
    assert guarded(f"1{sign}1") == f"1{sign}1"
