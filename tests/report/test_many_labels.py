"""A run of more than twenty labels: what is left out of its figures and pages, and that each place says so."""

import csv

import pytest

from pipeline_lib.core.files import read_json
from pipeline_lib.core.rows import MANY_LABELS
from pipeline_lib.data.split_figures import label_lines
from stages import plot_classification, report
from tests.helpers.label_run import write_label_run
from tests.helpers.stages import run_stage

LABELS = tuple(f"intent {at:02}" for at in range(MANY_LABELS + 1))
SAYS = "There are 21 labels. With more than 20 the figures of each label, the tables of labels and the interval of"


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return write_label_run(tmp_path_factory.mktemp("many"), LABELS)


def test_the_figures_are_averages_and_what_goes_to_git_stays_small(many):
    metrics = read_json(many / "metrics" / "definitions.json")["metrics"]
    averages = [f"{kind}_{how}" for kind in ("precision", "recall", "f1") for how in ("macro", "weighted")]
    assert list(metrics) == ["accuracy", *averages, "roc_auc", "calibration_error"]
    scores = read_json(many / "metrics" / "scores.json")["tuned"]
    assert scores["f1_macro_low"] <= scores["f1_macro"]
    assert "roc_auc" not in scores, "labels without a test row"
    with (many / "metrics" / "rows.csv").open(encoding="utf-8") as file:
        header = next(csv.reader(file))
    assert [name for name in header if name.startswith("tuned.")] == ["tuned.right"]
    confusion = read_json(many / "metrics" / "fine_tuning_results.json")["confusion"]["tuned"]
    assert list(confusion) == list(LABELS)
    assert sum(len(line) for line in confusion.values()) <= 12


def test_the_report_and_the_plots_say_what_is_left_out(many):
    run_stage(
        plot_classification, data=many / "data" / "split", predictions=many / "predictions",
        metrics=many / "metrics", record=many / "models" / "training", tuned=many / "models" / "tuned",
        out=many / "plots",
    )  # fmt: skip
    with (many / "plots" / "roc.csv").open(encoding="utf-8") as file:
        assert len({row["label"] for row in csv.DictReader(file)}) <= MANY_LABELS + 1
    run_stage(
        report, params=many / "params.yaml", metrics=many / "metrics", data=many / "data" / "split",
        predictions=many / "predictions", record=many / "models" / "training", tuned=many / "models" / "tuned",
        page=many / "report.html", summary=many / "REPORT.md", card=many / "card",
    )  # fmt: skip
    for name in ("report.html", "REPORT.md"):
        text = (many / name).read_text(encoding="utf-8")
        assert SAYS in text
        assert "by the label given" not in text
        assert "macro" in text


def rows(counts: dict[str, int]) -> list[dict]:
    return [{"target": label, "labels": ["a", "b", "c"]} for label, count in counts.items() for _ in range(count)]


def test_labels_of_few_rows_are_said():
    parts = {"train": rows({"a": 12, "b": 3}), "validation": [], "test": rows({"a": 2, "c": 1})}
    assert label_lines(parts) == [
        "training rows by label: a (12), b (3)",
        "2 labels with fewer than 10 training rows can hardly be learnt: b (3), c (0)",
        "1 labels without a test row, so that ROC-AUC is left out and their F1 counts as 0 in the macro average: b",
    ]
    assert label_lines({"train": [{"target": "x"}], "validation": [], "test": []}) == []
