"""The figures of a run that writes answers: the exact files, what is in them, the same bytes each time."""

import matplotlib.image
import pytest

from pipeline_lib.report.figures.palette import VERDICTS
from pipeline_lib.report.figures.systems import MARKS, draw_slices, draw_systems, write_systems_table
from pipeline_lib.report.row_details import Slice
from stages import plot_answers
from tests.helpers.legible import check_legible, written_texts
from tests.helpers.report_run import DEFINITIONS, SCORES, SLICES, write_run

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
        "Tuned model,tuned,0.488,0.438,0.538",
        "Nearest training row's target,best baseline,0.4,0.35000000000000003,0.45",
        "Most frequent training target,baseline,0.1,0.05,0.15000000000000002",
        "Untrained model,untrained,0.1,0.05,0.15000000000000002",
    ]
    for figure in drawn:
        check_legible(figure)
    for name in ("loss", "systems", "slices"):  # opaque, also where the page around it is dark
        pixels = matplotlib.image.imread(tmp_path / "plots" / f"{name}.png")
        assert pixels[0, 0].tolist() == [1, 1, 1, 1]
        assert pixels[..., 3].min() == 1
    assert run_stage(tmp_path, "again") == first
    (tmp_path / "metrics" / "slices.csv").write_text(SLICES)
    assert run_stage(tmp_path, "none")["slices.png"].startswith(b"\x89PNG")
    assert "no kinds of row" in written_texts(drawn[-1])


def test_systems_are_named_in_words_the_best_on_top(tmp_path, drawn):
    draw_systems(tmp_path / "s.png", SCORES, DEFINITIONS)
    texts = written_texts(drawn[0])
    assert texts[0] == "ROUGE-L on 8 test rows, higher is better, with 95% intervals"
    assert "ROUGE-L (higher is better)" in texts
    names = ["Tuned model", "Nearest training row's target", "Most frequent training target", "Untrained model"]
    assert [text for text in texts if text in names] == names
    assert texts[texts.index(names[1]) : texts.index(names[2])] == [
        names[1], "best baseline; no clear difference, p = 0.080", "0.400", "0.350 to 0.450",
    ]  # fmt: skip
    marks = [line for line in drawn[0].axes[0].lines if line.get_marker() == "o"]
    intervals = [line for line in drawn[0].axes[0].lines if line.get_zorder() == 2]
    assert (len(marks), len(intervals)) == (4, 4)
    for mark, interval in zip(marks, intervals, strict=True):
        low, high = interval.get_xdata()
        assert low < mark.get_xdata()[0] < high
    assert marks[0].get_xdata()[0] > marks[1].get_xdata()[0] > marks[2].get_xdata()[0]


def test_a_name_is_never_a_formula_and_a_system_may_have_no_interval(tmp_path, drawn):
    own = {"rougeL": 0.3, "rougeL_low": None, "rougeL_high": None}
    name = f"=cmd() {'w' * 90}"
    scores = SCORES | {"baselines": {name: own}, "best_baseline": {"name": name}}
    write_systems_table(tmp_path / "s.csv", scores, DEFINITIONS)
    assert "\n'=cmd()" in (tmp_path / "s.csv").read_text()
    assert ",best baseline,0.3,,\n" in (tmp_path / "s.csv").read_text()
    draw_systems(tmp_path / "s.png", scores, DEFINITIONS)
    check_legible(drawn[0])
    assert len([line for line in drawn[0].axes[0].lines if line.get_zorder() == 2]) == 2


def part(kind, value, n, ends, verdict, structural=False):
    low, difference, high = ends
    return Slice(kind, value, n, 0.1, 0.4, 0.4 - difference, difference, low, high, verdict, structural)


PARTS = [
    part("topic", "$x_1$", 1200, (-0.1, 0.05, 0.2), "no clear difference"),
    part("topic", "unanswerable; answer: none; place: none, and so on, at some length", 7, (-0.3, -0.2, -0.1), "worse"),
    part("similarity", "far from training (0.12 to 0.23)", 30, (0.01, 0.2, 0.4), "better"),
    part("similarity", "w" * 300, 1, (None, 0.0, None), "no clear difference"),
    part("reference", "none", 9, (-0.9, -0.8, -0.7), "worse", structural=True),
]


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_kinds_of_row_have_their_rows_and_clear_ones_a_mark_and_a_word(tmp_path, drawn, better):
    metrics = DEFINITIONS["metrics"] | {"rougeL": DEFINITIONS["metrics"]["rougeL"] | {"better": better}}
    draw_slices(tmp_path / "s.png", PARTS, SCORES, DEFINITIONS | {"metrics": metrics})
    check_legible(drawn[0])
    texts, axes = written_texts(drawn[0]), drawn[0].axes[0]
    assert texts[0] == "ROUGE-L by kind of row: the tuned model minus the best baseline"
    assert "Best baseline: Nearest training row's target." in texts[1]
    assert [text for text in texts if text in ("topic", "similarity to the nearest training row", "reference")] == [
        "topic", "similarity to the nearest training row", "reference",
    ]  # fmt: skip
    assert [text for text in texts if text in ("1,200", "7", "30", "1", "9")] == ["1,200", "7", "30", "1", "9"]
    sides = ("worse", "better") if better == "higher" else ("better", "worse")
    assert {f"← tuned {sides[0]}", f"tuned {sides[1]} →"} <= set(texts)
    assert [text for text in texts if text in ("better", "worse", "worse*")] == ["worse", "better", "worse*"]
    marks = [line for line in axes.lines if line.get_zorder() == 3]
    assert [line.get_marker() for line in marks] == ["o", "v", "^", "o", "v"]
    assert [line.get_color() for line in marks[1:3]] == [VERDICTS["worse"], VERDICTS["better"]]
    assert set(MARKS) == set(VERDICTS)
    assert len([line for line in axes.lines if line.get_zorder() == 2]) == 4
    assert "*: by construction" in " ".join(texts[1:4])
