"""The table of faults fits today's code, and the script tells a fault that is seen from one that is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.faults.fault import ROOT, Fault
from benchmarks.faults.table import FAULTS

EVERY = [fault for faults in FAULTS.values() for fault in faults]


def test_each_fault_is_a_change_of_todays_code_that_existing_tests_are_to_see():
    assert len(EVERY) >= 150
    assert len({fault.what for fault in EVERY}) == len(EVERY)
    files = {file: (ROOT / file).read_text(encoding="utf-8") for fault in EVERY for file in _files(fault)}
    for fault in EVERY:
        assert fault.broken() != (ROOT / fault.file).read_text(encoding="utf-8")
        for file, _, name in (test.partition("::") for test in fault.tests):
            assert not name or f"\ndef {name.partition('[')[0]}(" in files[file], name


def _files(fault: Fault) -> list[str]:
    return [test.partition("::")[0] for test in fault.tests]


def test_every_package_has_faults():
    packages = {path.parent.name for path in (ROOT / "pipeline_lib").glob("*/__init__.py")}
    assert packages | {"metrics", "params", "stages"} == FAULTS.keys()


@pytest.mark.parametrize(("content", "count"), [("a = 1\n", 0), ("x = 1\nx = 1\n", 2)])
def test_a_text_that_is_not_there_once_is_an_error(tmp_path: Path, content: str, count: int):
    (tmp_path / "code.py").write_text(content)
    fault = Fault("x is 2", "code.py", "x = 1", "x = 2", ())
    with pytest.raises(ValueError, match=rf"code.py has the text of the fault 'x is 2' {count} times, it must"):
        fault.broken(tmp_path)
    (tmp_path / "code.py").write_text("x = 1\n")
    assert replace(fault, instead="x = 3").broken(tmp_path) == "x = 3\n"
