"""Figures of a run that labels rows: what is in the tables and figures, that all of it can be read, the same bytes."""

import csv
import re
from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json, write_jsonl
from pipeline_lib.evaluation.metrics.classification import calibration
from pipeline_lib.report.figures.calibration import draw_calibration
from pipeline_lib.report.figures.confusion_matrix import draw_confusion
from pipeline_lib.report.figures.label_systems import System, shortened
from pipeline_lib.report.figures.palette import BASELINE, TUNED
from pipeline_lib.report.figures.roc import POINTS, draw_roc, roc_curves
from pipeline_lib.report.figures.settings_compared import read_model_selection, save_settings
from pipeline_lib.report.settings_table import compared_grid
from stages import plot_classification
from tests.helpers.legible import check_legible, written_texts
from tests.helpers.report_run import answer_file
from tests.helpers.stages import refused

pytest_plugins = ("tests.helpers.figures",)

HEADER = "step,epoch,split,loss,lr,kept\n"
HISTORY = HEADER + "1,1,train,0.7,0.001,\n2,1,train,0.5,0.0005,\n2,1,validation,0.6,,1\n"
AREA = {"roc_auc": 0.75, "roc_auc_low": 0.25, "roc_auc_high": 1.0}
SETTING = {
    "lr": 0.0005, "epochs": 3, "accuracy": 0.84, "accuracy_low": 0.8, "accuracy_high": 0.88, "f1_macro": 0.83,
    "f1_macro_low": 0.7, "f1_macro_high": 0.9, "loss": 0.36, "best_epoch": 2,
}  # fmt: skip
SELECTION = {
    "by": "accuracy", "validation": 292, "chosen": "steady", "grid_keys": ["lr", "epochs"],
    "settings": {"steady": {**SETTING, "lr": 0.001, "accuracy": 0.89, "accuracy_high": None}, "=gentle": SETTING},
}  # fmt: skip
DEFINITIONS = {"metrics": {"accuracy": {"title": "accuracy", "better": "higher"}}}
OUTS = [
    "calibration.png", "confusion.csv", "confusion_matrix.png", "loss.csv", "loss.png", "model_selection.csv",
    "model_selection.png", "roc.csv", "roc.png",
]  # fmt: skip
LABELS, TRUTH = ["negative", "positive"], ["negative", "positive", "negative", "positive"]
# The probability of positive that each system gives the four rows.
GIVEN = {"tuned": [0.1, 0.9, 0.6, 0.6], "untrained": [0.8, 0.7, 0.6, 0.9], "regression": [0.1, 0.2, 0.3, 0.4]}
FILES = {"tuned": "tuned", "untrained": "untrained", "regression": "baselines/regression"}


def answers(values, labels=LABELS, truth=TRUTH):
    """Return one answer per row; values: the probability of the second label."""
    rows = []
    for i, (value, label) in enumerate(zip(values, truth, strict=True)):
        given = dict(zip(labels, (round(1 - value, 6), value), strict=True))
        best = max(given, key=given.__getitem__)
        rows.append({"id": f"r{i}", "prediction": best, "reference": label, "probabilities": given})
    return rows


def without_probabilities(rows):
    return [{key: value for key, value in row.items() if key != "probabilities"} for row in rows]


def write_files(folder, labels, truth):
    """Write what the stage reads to `folder` and return it."""
    common = {"labels": labels, "source": "a text"}
    rows = [{"id": f"r{i}", "group": f"r{i}", "target": label, **common} for i, label in enumerate(truth)]
    write_jsonl(folder / "data" / "test.jsonl", rows)
    for name, file in FILES.items():
        write_jsonl(answer_file(folder, file), answers(GIVEN[name], labels, truth))
    scores = {"best_baseline": {"name": "regression"}, "untrained": {}, "tuned": AREA, "baselines": {"regression": {}}}
    write_json(folder / "tuned" / "base.json", {"labels": labels})
    write_json(folder / "metrics" / "scores.json", scores)
    write_json(folder / "metrics" / "model_selection.json", SELECTION)
    write_json(folder / "metrics" / "definitions.json", DEFINITIONS | {"labels": labels})
    (folder / "history.csv").write_text(HISTORY)
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_files(tmp_path, LABELS, TRUTH)


def run_stage(folder, out="out"):
    """Run the stage; return its files' bytes by name."""
    plot_classification.main(
        [f"--data={folder}/data", f"--predictions={folder}/predictions", f"--metrics={folder}/metrics",
         f"--record={folder}", f"--tuned={folder}/tuned", f"--out={folder}/{out}"]
    )  # fmt: skip
    return {file.name: file.read_bytes() for file in sorted((folder / out).iterdir())}


def random_systems(labels, n, seed=0):
    """Return the truth (n,), and three systems, each better than the last; their probabilities have ties."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, len(labels), n)
    systems = []
    for key, name, strength in [
        ("untrained", "Frozen encoder, regression", 0.5), ("regression", "Logistic regression on TF-IDF", 1.2),
        ("tuned", "Tuned model", 2.5),
    ]:  # fmt: skip
        scores = random.normal(size=(n, len(labels)))
        scores[np.arange(n), truth] += strength
        scores = np.exp(scores.round(1))
        scores /= scores.sum(axis=1, keepdims=True)
        ends = {"roc_auc_low": 0.85, "roc_auc_high": 0.95, "calibration_error_low": 0.0, "calibration_error_high": 0.1}
        systems.append(System(key, name, [labels[at] for at in scores.argmax(axis=1)], scores, ends))
    return [labels[at] for at in truth], systems


def labels_of(k, long=False):
    names = ["$x^2$", r"$\frac{$", "_hidden", "größe", "two words", "a\nb"] + [f"label {i}" for i in range(6, 30)]
    return [f"{name}, and so on, and so on, at some length" if long else name for name in names[:k]]


def legends(figure):
    return [[text.get_text() for text in axes.get_legend().get_texts()] for axes in figure.axes if axes.get_legend()]


def texts_of(axes):
    return [text.get_text() for text in axes.texts]


# The stage
def test_stage_writes_its_files_twice_the_same(folder, capsys, drawn):
    first = run_stage(folder)
    assert sorted(first) == OUTS
    assert capsys.readouterr().out == "drew 3 losses, 4 rows of 2 labels and 2 settings\n"
    assert drawn[0].axes[0].get_ylabel() == "loss (nats per label)"
    assert first["loss.csv"].decode() == (
        "step,train,train_smoothed,validation\n1,0.700000,0.700000,nan\n2,0.500000,0.500000,0.600000\n"
    )
    assert first["confusion.csv"].decode() == (
        "actual,predicted\nnegative,negative\npositive,positive\nnegative,positive\npositive,positive\n"
    )
    # By hand, from the highest probability down; tuned ties a positive and a negative row, which is one sloped step.
    stairs = ["0.000000,0.000000", "0.000000,0.500000", "0.500000,0.500000", "0.500000,1.000000", "1.000000,1.000000"]
    curves = {'"Frozen encoder, regression"': stairs, "Logistic regression on TF-IDF": stairs}
    curves["Tuned model"] = [*stairs[:2], *stairs[3:]]
    assert first["roc.csv"].decode().splitlines() == [
        "system,label,fpr,tpr",
        *(f"{system},positive,{point}" for system, points in curves.items() for point in points),
    ]
    assert first["model_selection.csv"].decode() == (
        "setting,lr,epochs,accuracy,low,high,f1_macro,loss,chosen\n"
        "steady,0.001,3,0.890000,0.800000,nan,0.830000,0.360000,yes\n"
        "'=gentle,0.0005,3,0.840000,0.800000,0.880000,0.830000,0.360000,no\n"
    )
    for name, content in first.items():
        assert not re.search(b"Software|tIME", content), name
    write_jsonl(answer_file(folder, "tuned"), answers(GIVEN["tuned"])[::-1])  # answers come in any order
    assert run_stage(folder, "again") == first


def test_a_run_without_probabilities_model_selection_or_steps(folder, drawn):
    for name, file in FILES.items():
        write_jsonl(answer_file(folder, file), without_probabilities(answers(GIVEN[name])))
    files = run_stage(folder)
    assert sorted(files) == OUTS
    assert files["roc.csv"].decode() == "system,label,fpr,tpr\n"
    assert all("no system gives probabilities" in texts_of(figure.axes[0]) for figure in drawn[2:4])
    (folder / "metrics" / "model_selection.json").unlink()
    (folder / "history.csv").write_text(HEADER)
    files = run_stage(folder, "again")
    assert sorted(files) == [name for name in OUTS if "model_selection" not in name]
    assert files["loss.csv"].decode() == "step,train,train_smoothed,validation\n"
    assert texts_of(drawn[5].axes[0]) == ["no step was trained"]


def test_answers_of_other_rows_are_a_users_error(folder):
    first, *rest = rows = answers(GIVEN["untrained"])
    wrong = "predicted must be one of negative, positive, not 'Positive' .did you mean positive"
    cases = {
        "r3 is missing": rows[:3],
        wrong: [{**first, "prediction": "Positive"}, *rest],
        "probabilities must sum to 1": [{**first, "probabilities": {"negative": 0.9, "positive": 0.9}}, *rest],
        "there are no answers": [],
    }
    for message, given in cases.items():
        write_jsonl(answer_file(folder, "untrained"), given)
        refused(f"untrained/test.jsonl: .*{message}", run_stage, folder)
    refused("at least two labels must occur", run_stage, write_files(folder, LABELS, ["positive"] * 4))
    write_jsonl(folder / "data" / "test.jsonl", [{"id": "r0", "group": "r0", "source": "a", "target": "b"}])
    refused("has no labels", run_stage, folder)
    assert not (folder / "out").exists()


def test_a_system_without_probabilities_is_left_out_with_a_message(folder, capsys, drawn):
    write_jsonl(answer_file(folder, "untrained"), without_probabilities(answers(GIVEN["untrained"])))
    files = run_stage(folder)
    assert capsys.readouterr().out.splitlines()[0] == (
        "untrained gives no probabilities: it has no ROC curve and no calibration"
    )
    table = list(csv.DictReader(files["roc.csv"].decode().splitlines()))
    assert {row["system"] for row in table} == {"Logistic regression on TF-IDF", "Tuned model"}
    _, confusion, roc, calibrated, _ = drawn
    assert [axes.get_title(loc="left") for axes in confusion.axes] == [
        "Frozen encoder, regression\n2 of 4 right", "Logistic regression on\nTF-IDF\n2 of 4 right",
        "Tuned model\n3 of 4 right",
    ]  # fmt: skip
    assert "ROC curves of the label positive, on 4 test rows." in written_texts(roc)[1]
    assert legends(roc) == [[
        "Tuned model\narea 0.875 (0.250 to 1.000)", "Logistic regression on TF-IDF\narea 0.750", "chance, area 0.500",
    ]]  # fmt: skip
    # (0.1 + 0.1 + |1 - 2 * 0.6|) / 4: the tied rows share a bin.
    assert calibrated.axes[0].get_title(loc="left") == "Tuned model\ncalibration error 0.100"
    assert len(calibrated.axes) == 2, "one diagram with its rows"


def test_one_label_predicted_only_and_labels_that_are_formulas(folder, drawn):
    write_jsonl(answer_file(folder, "tuned"), answers([0.9, 0.9, 0.9, 0.9]))
    files = run_stage(folder)
    assert files["confusion.csv"].decode() == (
        "actual,predicted\nnegative,positive\npositive,positive\nnegative,positive\npositive,positive\n"
    )
    assert texts_of(drawn[1].axes[2]) == ["0\n0%", "2\n100%", "0\n0%", "2\n100%"]
    assert legends(drawn[2])[0][2:] == ["Tuned model\narea 0.500 (0.250 to 1.000)", "chance, area 0.500"]
    files = run_stage(write_files(folder, ["=1+1", "@x"], ["=1+1", "@x", "=1+1", "@x"]))
    assert files["confusion.csv"].decode() == ("actual,predicted\n'=1+1,'=1+1\n'@x,'@x\n'=1+1,'@x\n'@x,'@x\n")
    assert b",'@x," in files["roc.csv"]


# ROC curves
def test_areas_are_those_of_the_scores():
    labels = ["a", "b", "c", "d"]
    truth, systems = random_systems(labels, 250)
    curves = roc_curves(truth, labels, systems)
    names = [("untrained", "macro"), ("regression", "macro"), *(("tuned", label) for label in [*labels, "macro"])]
    assert [(curve.system, curve.label) for curve in curves] == names
    macro = {curve.system: curve for curve in curves if curve.label == "macro"}
    for system in systems:
        area = roc_auc_score(truth, system.probabilities, multi_class="ovr", average="macro", labels=labels)
        assert macro[system.key].area == pytest.approx(area, abs=1e-12)
    for column, curve in enumerate(curves[2:6]):
        member = [name == curve.label for name in truth]
        assert curve.area == pytest.approx(roc_auc_score(member, systems[2].probabilities[:, column]), abs=1e-12)
    # The mean of the labels' curves where none has a step.
    at = 0.123457
    mean = np.mean([np.interp(at, curve.fpr, curve.tpr) for curve in curves[2:6]])
    assert np.interp(at, macro["tuned"].fpr, macro["tuned"].tpr) == pytest.approx(mean, abs=0.005)


def test_a_label_without_rows_has_no_curve_and_is_not_in_the_mean(tmp_path, drawn):
    labels = ["a", "b", "never"]
    truth, systems = random_systems(["a", "b"], 60)
    padded = [
        System(s.key, s.name, s.predicted, np.column_stack([s.probabilities, np.zeros(60)]), s.figures) for s in systems
    ]
    curves = roc_curves(truth, labels, padded)
    assert [curve.label for curve in curves] == ["macro", "macro", "a", "b", "macro"]
    assert curves[-1].area == pytest.approx((curves[-2].area + curves[-3].area) / 2)
    draw_confusion(tmp_path / "c.png", truth, labels, padded)
    assert texts_of(drawn[0].axes[0])[6:] == ["0", "0", "0"]  # no share of no rows


def test_a_long_curve_is_thinned_and_does_not_move():
    truth, (_, _, tuned) = random_systems(["a", "b"], 40_000)
    spread = tuned.probabilities[:, 1] + np.random.default_rng(1).random(40_000) / 1000
    (curve,) = roc_curves(
        truth, ["a", "b"], [System("tuned", "Tuned model", tuned.predicted, np.column_stack([-spread, spread]), {})]
    )
    assert len(curve.fpr) == len(curve.tpr) == POINTS
    assert (curve.fpr[0], curve.tpr[0], curve.fpr[-1], curve.tpr[-1]) == (0, 0, 1, 1)
    assert (np.diff([curve.fpr, curve.tpr]) >= 0).all()
    # Every point of the whole curve, a row a step, lies within 0.0024 of the thinned one.
    member = np.array([label == "b" for label in truth])[np.argsort(-spread)]
    points = np.column_stack([np.cumsum(~member) / (~member).sum(), np.cumsum(member) / member.sum()])  # (n, 2)
    nearest = np.full(len(points), np.inf)
    thinned = np.column_stack([curve.fpr, curve.tpr])
    for a, b in pairwise(thinned):
        along = np.clip(((points - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
        nearest = np.minimum(nearest, np.linalg.norm(points - a - along[:, None] * (b - a), axis=1))
    assert nearest.max() < 0.0024
    assert np.trapezoid(curve.tpr, curve.fpr) == pytest.approx(curve.area, abs=1e-4)
    assert curve.area == pytest.approx(roc_auc_score(truth, spread), abs=1e-12)


def test_of_many_labels_the_hardest_are_drawn(tmp_path, drawn):
    labels = labels_of(30)
    truth, systems = random_systems(labels, 900)
    curves = roc_curves(truth, labels, systems)
    draw_roc(tmp_path / "r.png", curves, labels, systems)
    left, right = legends(drawn[0])
    assert [text.splitlines()[0] for text in left] == [
        "Tuned model", "Logistic regression on TF-IDF", "Frozen encoder, regression", "chance, area 0.500",
    ]  # fmt: skip
    own = sorted((curve.area, curve.label) for curve in curves if curve.label != "macro")
    names = dict(zip(labels, shortened(labels), strict=True))
    assert right == [f"{area:.3f} {names[label]}" for area, label in own[:20]]
    assert drawn[0].axes[1].get_title(loc="left") == "Tuned model, the 20 hardest of 30 labels"


# Calibration
def test_the_calibration_error_is_that_of_the_scores(tmp_path, drawn):
    labels = ["a", "b", "c"]
    truth, systems = random_systems(labels, 300)
    draw_calibration(tmp_path / "c.png", truth, labels, [systems[2], systems[0]])
    diagrams, rows = drawn[0].axes[:2], drawn[0].axes[2:]
    for system, axes, below in zip((systems[2], systems[0]), diagrams, rows, strict=True):
        right = [guess == label for guess, label in zip(system.predicted, truth, strict=True)]
        error = calibration(system.probabilities.max(axis=1), right, list(map(str, range(300))), 0).value
        title = f"{system.name}\ncalibration error {error:.3f} (0.000 to 0.100)"
        assert axes.get_title(loc="left") == title
        assert "well calibrated" in texts_of(axes)
        counts = [int(text) for text in texts_of(below)]
        assert sum(counts) == 300
        # A bin without rows has neither point nor number.
        assert 0 not in counts
        points, *_ = axes.containers[0]
        assert len(points.get_xdata()) == len(counts)


# Settings
def test_settings_are_drawn_with_the_chosen_one_marked(tmp_path, drawn):
    save_settings(tmp_path / "s.png", compared_grid(SELECTION, DEFINITIONS))
    axes = drawn[0].axes[0]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names == ["steady (chosen)\nlr 0.001, epochs 3", "=gentle\nlr 0.0005, epochs 3"]
    assert texts_of(axes) == ["0.890", "0.840"]
    # An interval with an unknown end is not drawn, the figure is.
    assert [list(line.get_xdata()) for line in axes.lines] == [[0.89], [0.8, 0.88], [0.84]]
    assert [line.get_color() for line in axes.lines] == [TUNED, BASELINE, BASELINE]
    assert axes.get_xlabel() == "Accuracy of 292 validation rows (higher is better; line: its 95% interval)"
    assert written_texts(drawn[0])[0] == "Which setting? 2 compared"


@pytest.mark.parametrize("broken", [
    [], {}, {"settings": SELECTION["settings"]}, {**SELECTION, "chosen": "brisk"},
    {**SELECTION, "settings": {"steady": {"lr": 1}}}, {**SELECTION, "settings": {"steady": None}},
    {**SELECTION, "by": "f1"}, {key: value for key, value in SELECTION.items() if key != "by"},
])  # fmt: skip
def test_a_broken_model_selection_is_a_users_error(tmp_path, broken):
    write_json(tmp_path / "model_selection.json", broken)
    with pytest.raises(UserError, match=r"model_selection.json must hold settings .*: run select_setting again"):
        read_model_selection(tmp_path / "model_selection.json")


# Can it be read
@pytest.mark.parametrize(
    ("k", "long"), [(2, False), (2, True), (3, True), (5, False), (5, True), (9, False), (20, True)]
)
def test_all_text_is_inside_the_picture_and_no_labels_overlap(tmp_path, drawn, k, long):
    labels = labels_of(k, long)
    truth, systems = random_systems(labels, 40 * k)
    draw_confusion(tmp_path / "confusion.png", truth, labels, systems)
    draw_roc(tmp_path / "roc.png", roc_curves(truth, labels, systems), labels, systems)
    draw_calibration(tmp_path / "calibration.png", truth, labels, [systems[2], systems[0]])
    settings = dict.fromkeys(labels, SETTING)
    save_settings(
        tmp_path / "settings.png", compared_grid({**SELECTION, "chosen": labels[0], "settings": settings}, DEFINITIONS)
    )
    for figure in drawn:
        check_legible(figure)
    matrix = drawn[0].axes[0]
    assert len(matrix.texts) == k * k
    assert matrix.texts[0].get_text().count("\n") == (k <= 4)
    shades = {text.get_color() for axes in drawn[0].axes for text in axes.texts}
    assert shades == {"black", "white"}, "a number is white on a dark cell and black on a light one"


def test_with_too_many_labels_the_matrix_has_no_numbers(tmp_path, drawn):
    labels = labels_of(21)
    truth, systems = random_systems(labels, 200)
    draw_confusion(tmp_path / "confusion.png", truth, labels, systems)
    assert [axes.texts[:] for axes in drawn[0].axes[:3]] == [[], [], []]
    many = [f"label {i}" for i in range(100)]
    draw_confusion(tmp_path / "confusion.png", many, many, [System("tuned", "Tuned model", many, None, {})])
    boxes = [tick.label1.get_window_extent() for tick in drawn[1].axes[0].yaxis.get_major_ticks()]
    assert len(boxes) == 34
    assert "One label in 3 is named." in " ".join(written_texts(drawn[1])[1:3])
    check_legible(drawn[1])
    assert all(lower.y1 < upper.y0 for upper, lower in pairwise(boxes))


def test_names_are_shortened_and_stay_apart():
    assert shortened(["a\nb", "x" * 10], 10) == ["a b", "x" * 10]
    assert shortened(["label one", "label two", "label three"], 7) == ["label …", "label…2", "label…3"]
    assert shortened(["a b", "a\tb"], 10) == ["a b", "a b…2"]
