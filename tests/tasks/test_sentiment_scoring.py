"""Scoring of labels: every metric against scikit-learn and statsmodels, two runs compared, answers that are refused."""

import csv
import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar

from pipeline_lib.core.files import read_json
from pipeline_lib.core.rows import row_key
from pipeline_lib.evaluation.run_comparison import compare, read_run
from pipeline_lib.evaluation.score_table import hash_rows
from pipeline_lib.evaluation.scoring import load_scoring
from stages import compare_runs
from tests.helpers.sentiment_files import LABELS, Files, answers, reviews
from tests.helpers.stages import refused
from tests.helpers.training_outputs import contents

CHOSEN = "there must be one answer for each test row"


def expected(rows: list[dict], answers: list[dict]) -> dict[str, float]:
    """Return scikit-learn's metrics of the answers, under our names."""
    truth, guess, labels = [row["target"] for row in rows], [row["prediction"] for row in answers], rows[0]["labels"]
    found = {"accuracy": accuracy_score(truth, guess)}
    names = ("precision", "recall", "f1")
    for average in ("macro", "weighted"):
        scores = precision_recall_fscore_support(truth, guess, labels=labels, average=average, zero_division=0)
        found |= {f"{name}_{average}": value for name, value in zip(names, scores, strict=False)}
    each = precision_recall_fscore_support(truth, guess, labels=labels, zero_division=0)
    for name, values in zip(names, each, strict=False):
        found |= {f"{name}_{label}": value for label, value in zip(labels, values, strict=True)}
    if all("probabilities" in row for row in answers):
        table = np.array([[row["probabilities"][label] for label in labels] for row in answers])
        binary = {"y_true": [label == labels[1] for label in truth], "y_score": table[:, 1]}
        many = {"y_true": truth, "y_score": table / table.sum(1, keepdims=True), "multi_class": "ovr", "labels": labels}
        found["roc_auc"] = roc_auc_score(**(binary if len(labels) == 2 else many))
    return found


def right(rows: list[dict], answers: list[dict]) -> list[bool]:
    return [row["target"] == answer["prediction"] for row, answer in zip(rows, answers, strict=True)]


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> Files:
    """What the score stage reads: tests copy it."""
    return Files(tmp_path_factory.mktemp("answered"))


@pytest.fixture
def files(answered, tmp_path) -> Files:
    return answered.copied(tmp_path)


@pytest.mark.parametrize("labels", [LABELS, ["mixed", "negative", "positive"]])
def test_every_figure_is_scikit_learns(tmp_path, labels, capsys):
    files = Files(tmp_path, reviews(24, 100, labels))
    scores = files.run()
    assert {key: scores[key] for key in ("n", "groups", "headline")} == {"n": 24, "groups": 24, "headline": "accuracy"}
    systems = {"untrained": scores["untrained"], "tuned": scores["tuned"], **scores["baselines"]}
    assert list(systems) == ["untrained", "tuned", "majority", "regression"]
    for name, found in systems.items():
        wanted = expected(files.test_rows, files.answers(name))
        assert {key: found[key] for key in wanted} == pytest.approx(wanted, abs=1e-6), name
        corpus = {"calibration_error"} if name != "majority" else set()
        assert set(found) == {f"{key}{end}" for key in wanted.keys() | corpus for end in ("", "_low", "_high")}, name
        for key in wanted:
            ends = found[f"{key}_low"], found[f"{key}_high"]
            if ends == (None, None):  # no resample of the rows gives another figure: one answer to all, or all right
                assert name in ("majority", "regression"), key
            else:
                assert ends[0] <= found[key] <= ends[1], (name, key)
    ours = right(files.test_rows, files.answers("tuned"))
    for kind, other in (("baseline", scores["best_baseline"]["name"]), ("untrained", "untrained")):
        test = scores["mcnemar"][kind]
        assert test["against"] == other
        theirs = right(files.test_rows, files.answers(other))
        cells = confusion_matrix(ours, theirs, labels=[True, False])  # both, only ours; only theirs, neither
        assert test["p"] == pytest.approx(float(mcnemar(cells, exact=True).pvalue), abs=1e-6)
        assert (test["ours_only"], test["theirs_only"]) == (cells[0, 1], cells[1, 0])
        assert test["difference"] == pytest.approx(scores["gain"][kind]["difference"])
        assert (scores["gain"][kind]["against"], scores["gain"][kind]["metric"]) == (other, "accuracy")
    assert scores["mcnemar"]["untrained"]["p"] < 0.3
    assert f"tuned: accuracy {scores['tuned']['accuracy']:.4f}, precision_macro " in capsys.readouterr().out
    assert json.dumps(scores, allow_nan=False)


def test_the_baselines_of_the_task_give_probabilities_where_they_can(files):
    assert load_scoring("sentiment").BASELINES == ("majority", "regression")
    majority, regression = files.answers("majority"), files.answers("regression")
    assert [list(row) for row in majority] == [["id", "prediction", "reference"]] * 24
    for row in regression:
        assert list(row) == ["id", "prediction", "reference", "probabilities"]
        assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert row["prediction"] == max(row["probabilities"], key=row["probabilities"].get)
    scores = files.run()
    assert scores["best_baseline"] == {"name": "regression"}
    # Answers without probabilities, as of a language model that wrote the label, have no auc.
    bare = [{key: row[key] for key in ("id", "prediction", "reference")} for row in files.answers("tuned")]
    files.write("tuned", bare)
    scores = files.run()
    assert "accuracy" in scores["tuned"]
    assert not {"roc_auc", "calibration_error"} & set(scores["tuned"])
    assert "roc_auc" in scores["untrained"]


def test_the_definitions_of_every_metric_and_the_labels(files):
    scores = files.run()
    made = read_json(files.metrics / "definitions.json")
    assert made["test_rows"] == hash_rows(files.test_rows)
    assert (made["labels"], list(made["baselines"])) == (LABELS, ["majority", "regression"])
    assert set(made["metrics"]) == {key for key in scores["tuned"] if not key.endswith(("_low", "_high"))}
    assert made["metrics"]["accuracy"]["columns"] == ["right", "rows"]
    corpus = [name for name, one in made["metrics"].items() if not one["columns"]]
    assert corpus == ["roc_auc", "calibration_error"]
    assert {name: one["better"] for name, one in made["metrics"].items() if one["better"] == "lower"} == {
        "calibration_error": "lower"
    }
    assert all(one["title"] and one["meaning"] for one in made["metrics"].values())
    files.run()
    first = contents(files.metrics)
    files.run()
    assert contents(files.metrics) == first
    bins: dict[int, list[tuple[float, bool]]] = {}
    for row in files.answers("tuned"):
        sure = row["probabilities"][row["prediction"]]
        bins.setdefault(int(np.ceil(sure * 15)), []).append((sure, row["prediction"] == row["reference"]))
    by_hand = sum(abs(sum(sure - right for sure, right in inside)) for inside in bins.values()) / 24
    assert files.run()["tuned"]["calibration_error"] == pytest.approx(by_hand, abs=1e-6)


def test_the_rows_hold_numbers_and_fixed_words(files):
    files.run()
    with (files.metrics / "rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [row_key(row) for row in files.test_rows]
    assert [row["label"] for row in rows] == [row["target"] for row in files.test_rows]
    assert [row["phenomenon"] for row in rows] == [row["phenomenon"] for row in files.test_rows]
    for row, answer in zip(rows, files.answers("tuned"), strict=True):
        assert float(row["tuned.right"]) == (answer["prediction"] == answer["reference"])
        cells = [float(row[f"tuned.{kind}_{label}"]) for kind in ("tp", "fp", "fn") for label in LABELS]
        assert sum(cells) == (1 if answer["prediction"] == answer["reference"] else 2)
    for row in rows:
        for name, cell in row.items():
            assert name in ("id", "group", "label", "phenomenon") or cell.replace(".", "").isdigit(), (name, cell)
    with (files.metrics / "slices.csv").open(encoding="utf-8", newline="") as file:
        kinds = [row["slice"] for row in csv.DictReader(file)]
    assert list(dict.fromkeys(kinds)) == ["label", "phenomenon", "input length", "similarity"]


def changed(system: str, at: int, **changes):
    def change(files: Files) -> None:
        rows = files.answers(system)
        rows[at] |= changes
        files.write(system, rows)

    return change


@pytest.mark.parametrize(("change", "message"), [
    (changed("tuned", 2, probabilities={"negative": 0.7, "positive": 0.7}),
     r"row 102: probabilities must sum to 1 \(within 0\.0001\), not 1\.4: apply softmax"),
    (changed("untrained", 0, probabilities={"negative": 1.0}),
     "row 100: there must be a probability of each of negative"),
    (changed("tuned", 1, probabilities={"negative": 1.5, "positive": -0.5}),
     "row 101: the probability of negative must be from 0 to 1, not 1.5"),
    (changed("tuned", 1, prediction="positve"),
     r"row 101: predicted must be one of negative, positive, not 'positve' \(did you mean positive\?\)"),
    (changed("tuned", 4, reference="other"), r"tuned/test\.jsonl: .* 104 is of another reference"),
    (lambda files: files.write("untrained", files.answers("untrained")[1:]),
     rf"untrained/test\.jsonl: {CHOSEN}, 100 is missing"),
    (lambda files: files.write("tuned", files.answers("tuned") * 2),
     r"tuned/test\.jsonl: .* 100, 101, 102, 103, 104 and 19 more are twice"),
])  # fmt: skip
def test_what_cannot_be_scored_is_refused_and_nothing_is_written(files, change, message):
    change(files)
    refused(message, files.run)
    assert list(files.metrics.iterdir()) == []


def test_rounding_is_no_fault_and_one_label_is(files, tmp_path):
    probabilities = {"negative": 0.33333, "positive": 0.66666}
    changed("tuned", 2, probabilities=probabilities, prediction="positive")(files)
    assert files.run()["tuned"]["roc_auc"] > 0
    alone = [row for row in reviews(40, 100) if row["target"] == "positive"]
    (tmp_path / "alone").mkdir()
    files = Files(tmp_path / "alone", alone)
    files.write("untrained", answers(alone, 100, first=99))
    refused(rf"at least two labels must occur, all {len(alone)} rows are positive", files.run)


@pytest.fixture
def runs(answered, tmp_path):
    """Two folders of metrics: in the second the tuned model is wrong more often."""
    made = []
    for name, wrong in (("a", 9), ("b", 2)):
        files = answered.copied(tmp_path / name)
        files.write("tuned", answers(files.test_rows, wrong, first=1))
        files.run()
        made.append(files.metrics)
    return made


def test_two_runs_can_be_compared(runs):
    a, b = (read_run("workspace", str(folder)) for folder in runs)
    assert a.labels == b.labels == LABELS
    found = compare(a, b, "tuned", seed=0, count=30)
    scores = [read_json(folder / "scores.json")["tuned"] for folder in runs]
    assert found["corpus_metrics"] == ["roc_auc", "calibration_error"]
    assert (found["absent"], found["other_tokens"]) == ([], [])
    definitions = read_json(runs[0] / "definitions.json")["metrics"]
    assert list(found["metrics"]) == [name for name in definitions if name not in found["corpus_metrics"]]
    for name, made in found["metrics"].items():
        assert (made["a"], made["b"]) == pytest.approx((scores[0][name], scores[1][name]), abs=1e-5), name
    assert found["metrics"]["accuracy"]["verdict"] == "worse"
    assert {row["difference"] for row in found["lost"]} == {-1}
    assert len(found["lost"]) - len(found["gained"]) == round(24 * (scores[0]["accuracy"] - scores[1]["accuracy"]))


def test_compare_runs_names_what_it_does_not_compare(runs, capsys):
    compare_runs.main(["workspace", "workspace", "--metrics-dir", str(runs[0])])
    out = capsys.readouterr().out
    assert "accuracy*" in out
    assert "f1_positive" in out
    assert "Not compared, for they are no sums over rows: roc_auc, calibration_error." in out
    compare_runs.main(["workspace", "workspace", "--metrics-dir", str(runs[0]), "--system", "regression", "--json"])
    assert json.loads(capsys.readouterr().out)["metrics"]["f1_macro"]["difference"] == 0
    # Runs with another definition of a metric are refused.
    definitions = read_json(runs[1] / "definitions.json")
    definitions["metrics"]["accuracy"]["meaning"] = "another share"
    (runs[1] / "definitions.json").write_text(json.dumps(definitions), encoding="utf-8")
    a, b = (read_run("workspace", str(folder)) for folder in runs)
    refused("meaning of accuracy is", compare, a, b, "tuned", seed=0, count=3)
