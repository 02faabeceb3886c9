"""The figures of a run that writes answers: the exact files, what is in them, the same bytes each time."""

from stages import plot_answers
from tests.helpers.report_run import SLICES, write_run

pytest_plugins = ("tests.helpers.figures",)


def run_stage(folder, out):
    plot_answers.main([f"--metrics={folder}/metrics", f"--record={folder}/models/training", f"--out={folder}/{out}"])
    return {file.name: file.read_bytes() for file in sorted((folder / out).iterdir())}


def test_the_stage_writes_its_files_twice_the_same(tmp_path, capsys, drawn):
    first = run_stage(write_run(tmp_path), "plots")
    assert list(first) == ["loss.csv", "loss.png", "slices.png", "systems.csv", "systems.png"]
    assert capsys.readouterr().out == "drew 18 losses, 4 systems and 2 kinds of row\n"
    assert first["systems.csv"].decode().splitlines() == [
        "system,kind,value,low,high",
        "majority,baseline,0.1,0.05,0.15000000000000002",
        "nearest_row,best baseline,0.4,0.35000000000000003,0.45",
        "untrained,untrained,0.1,0.05,0.15000000000000002",
        "tuned,tuned,0.488,0.438,0.538",
    ]
    _, systems, slices = drawn
    assert [text.get_text() for text in systems.axes[0].get_yticklabels()] == [
        "majority", "nearest_row (best baseline)", "untrained", "tuned",
    ]  # fmt: skip
    assert systems.axes[0].get_title(loc="left") == "ROUGE-L on 8 test rows, with 95% intervals"
    assert [text.get_text() for text in slices.axes[0].get_yticklabels()] == ["kind: x (3)", "kind: y | z (1)"]
    assert run_stage(tmp_path, "again") == first
    (tmp_path / "metrics" / "slices.csv").write_text(SLICES)
    assert run_stage(tmp_path, "none")["slices.png"].startswith(b"\x89PNG")
