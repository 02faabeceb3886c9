"""Batches on disk: none is computed twice, damaged ones are logged, and a full disk is no error."""

import re
from contextlib import suppress

import pytest

from pipeline_lib.core.files import write_text
from pipeline_lib.inference.journal import PATTERN, Journal
from pipeline_lib.models.run_cache import lock
from tests.helpers.disk import full_disk

BATCH = [[1, 2], [], [3]]


def counted(result, calls):
    def compute():
        calls.append(result)
        return result

    return compute


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_kept_batch_is_not_computed_again(tmp_path):
    folder, calls = tmp_path / "run", list[int]()
    first = Journal(folder, pytest.fail)
    assert (first.found, first.keep(0, counted(BATCH, calls))) == (0, BATCH)
    assert first.keep(1, counted([0.1 + 0.2, -1e-300], calls)) == [0.1 + 0.2, -1e-300]
    assert first.keep(2, counted([], calls)) == []
    assert len(calls) == 3
    again = Journal(folder, pytest.fail)
    assert (again.found, again.keep(0, pytest.fail)) == (3, BATCH)
    assert again.keep(1, pytest.fail) == [0.1 + 0.2, -1e-300], "floats to the last bit"
    assert again.keep(2, pytest.fail) == []
    assert again.keep(3, counted([7], calls)) == [7], "another number is another batch"
    assert names(folder) == sorted(names(folder))
    assert all(re.fullmatch(r"batch-00000[0-3]-[0-9a-f]{32}\.json", name) for name in names(folder))


@pytest.mark.parametrize("how", ["half", "empty", "bit", "bytes"])
def test_a_damaged_batch_is_logged_and_computed_again(tmp_path, how):
    keep = Journal(tmp_path).keep
    for number in range(3):
        keep(number, lambda: BATCH)
    path = next(tmp_path.glob("batch-000001-*.json"))
    content = {"half": b"[[1, 2", "empty": b"", "bit": b"[[1, 3], [], [3]]", "bytes": b"\xff\xfe"}[how]
    path.write_bytes(content)
    lines, calls = list[str](), list[int]()
    again = Journal(tmp_path, lines.append)
    assert [again.keep(number, counted(BATCH, calls)) for number in range(3)] == [BATCH] * 3
    assert calls == [BATCH]
    assert lines == ["the kept batch 1 is damaged: computed again"]
    whole = Journal(tmp_path, pytest.fail)
    assert [whole.keep(number, pytest.fail) for number in range(3)] == [BATCH] * 3


def test_drafts_full_disks_and_nan_leave_no_batch(tmp_path):
    keep = Journal(tmp_path).keep
    keep(0, lambda: BATCH)
    name = names(tmp_path)[0]
    write_text(tmp_path / f".{name}.123.tmp.json", "[[1")
    assert Journal(tmp_path).found == 1
    (tmp_path / name).unlink()
    assert Journal(tmp_path).found == 0
    assert not any(tmp_path.glob(PATTERN))
    with pytest.raises(ValueError, match="JSON"):
        Journal(tmp_path).keep(0, lambda: [float("nan")])
    assert not any(tmp_path.glob(PATTERN))


def test_a_folder_is_kept_while_it_holds_batches(tmp_path):
    for name, batches in (("a", 1), ("b", 0)):
        with suppress(InterruptedError), lock(tmp_path / name, "this is done", keeping=PATTERN):
            for number in range(batches):
                Journal(tmp_path / name).keep(number, lambda: BATCH)
            raise InterruptedError
    assert names(tmp_path) == ["a"]
    assert Journal(tmp_path / "a").found == 1


def test_a_full_disk_keeps_nothing_and_is_no_error(tmp_path):
    keep, big = Journal(tmp_path, pytest.fail).keep, [list(range(10_000))]
    with full_disk(10_000):
        assert keep(0, lambda: big) == big
    assert (names(tmp_path), keep(0, lambda: BATCH)) == ([], BATCH)


def test_only_the_owner_may_read_what_is_kept(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    with lock(folder, "the same answers are being computed", keeping=PATTERN):
        Journal(folder).keep(0, lambda: BATCH)
        modes = {path.name[:5]: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.glob("batch-*"))}
    assert modes == {"run": "0o700", "batch": "0o600"}
