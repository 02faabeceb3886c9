"""From answers to figures: the table of rows by hand, the stage's four files whole, and what it refuses."""

import csv
import json
import math

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, read_json, write_json, write_jsonl
from pipeline_lib.evaluation.metrics.rouge import rouge
from pipeline_lib.evaluation.score_table import hash_test_rows
from pipeline_lib.evaluation.scoring import load_scoring
from stages import score
from tests.helpers.toys import write_params


def row(number, source, target, stratum="ct", leak="", group=""):
    return {
        "id": str(number),
        "group": group or str(number),
        "stratum": stratum,
        "title": "CT chest",
        "history": "",
        "source": source,
        "target": target,
        "leak": leak,
    }


TRAIN = [row(1, "Clear lungs. Normal heart.", "No acute disease."), row(2, "A left effusion.", "Left effusion.")]
VALIDATION = [row(3, "Effusion on the left side.", "Left effusion.")]
EVAL = [
    row(4, "Clear lungs again. Normal heart.", "No acute disease."),
    row(5, "There is a left effusion of 3 cm. No nodule.", "Left effusion.", "mri"),
    row(6, "A right effusion. The heart is large.", "Right effusion. Large heart.", "mri"),
]
SAID = {
    "untrained": ["", "Nodule of 9 mm.", "Right effusion."],
    "tuned": ["No acute disease.", "Left effusion.", "Left effusion."],
    "majority": ["No acute disease."] * 3,
    "nearest_row": ["No acute disease.", "Left effusion.", "Left effusion."],
}
LOGP = {"untrained": [-8.0, -6.0, -10.0], "tuned": [-1.0, -2.0, -4.0]}


def answers(system, rows=None):
    made = []
    for place, one in enumerate(rows or EVAL):
        answer = {"id": one["id"], "prediction": SAID[system][place], "reference": one["target"]}
        if system in LOGP:
            answer |= {"logp": LOGP[system][place], "tokens": 4, "bytes": len(one["target"].encode())}
        made.append(answer)
    return made


class Files:
    """A folder with what the score stage reads; `change` what you like, then `run`."""

    def __init__(self, folder, test_rows=EVAL, validation=VALIDATION):
        self.folder = folder
        for name, rows in {"train": TRAIN, "validation": validation, "test": test_rows}.items():
            write_jsonl(folder / "split" / f"{name}.jsonl", rows)
        for system in ("untrained", "tuned"):
            write_jsonl(folder / f"{system}.jsonl", answers(system, test_rows))
        for baseline in ("majority", "nearest_row"):
            write_jsonl(folder / "baselines" / "test" / f"{baseline}.jsonl", answers(baseline, test_rows))
            if validation:
                said = {"majority": "No acute disease.", "nearest_row": "Left effusion."}[baseline]
                given = [{"id": one["id"], "prediction": said, "reference": one["target"]} for one in validation]
                write_jsonl(folder / "baselines" / "validation" / f"{baseline}.jsonl", given)
        write_json(folder / "baselines" / "meanings.json", {"majority": "one answer", "nearest_row": "the nearest"})
        self.params = write_params(folder / "params.yaml", "none")

    def run(self):
        places = {"data": "split", "untrained": "base.jsonl", "tuned": "tuned.jsonl", "baselines": "baselines"}
        places |= {"out": "scores.json", "definitions": "definitions.json", "rows": "rows.csv", "slices": "slices.csv"}
        score.main([f"--params={self.params}", *(f"--{name}={self.folder / file}" for name, file in places.items())])
        return read_json(self.folder / "scores.json")


def test_the_scores_by_hand(tmp_path, capsys):
    scores = Files(tmp_path).run()
    assert {key: scores[key] for key in ("n", "groups", "headline")} == {"n": 3, "groups": 3, "headline": "rougeL"}
    assert scores["untrained"]["perplexity"] == pytest.approx(math.exp(24 / 12), abs=1e-6)
    assert scores["tuned"]["perplexity"] == pytest.approx(math.exp(7 / 12), abs=1e-6)
    size = sum(len(one["target"].encode()) for one in EVAL)
    assert scores["tuned"]["bits_per_byte"] == pytest.approx(7 / math.log(2) / size, abs=1e-6)
    each = [rouge(said, one["target"])["rougeL"] for said, one in zip(SAID["tuned"], EVAL, strict=True)]
    assert scores["tuned"]["rougeL"] == pytest.approx(sum(each) / 3, abs=1e-6)
    assert scores["tuned"]["rougeL_low"] <= scores["tuned"]["rougeL"] <= scores["tuned"]["rougeL_high"]
    assert scores["untrained"]["empty"] == 1  # an empty answer is counted and scored, not dropped
    assert scores["untrained"]["unsupported_number"] == pytest.approx(1 / 3, abs=1e-6)
    assert scores["tuned"]["side_swap"] == pytest.approx(1 / 3, abs=1e-6)
    assert "perplexity" not in scores["baselines"]["majority"]
    assert scores["best_baseline"] == {"name": "nearest_row", "chosen_on": "validation"}
    assert scores["gain"]["baseline"]["difference"] == 0
    assert scores["gain"]["baseline"]["verdict"] == "no clear difference"
    assert (scores["gain"]["untrained"]["rows_better"], scores["gain"]["untrained"]["rows_worse"]) == (2, 1)
    assert "clean" not in scores
    assert (
        "tuned over neighbour in rougeL: +0.000 [+0.000, +0.000], p 1.000: no clear difference"
        in capsys.readouterr().out
    )


def test_the_rows_hold_numbers_and_no_text(tmp_path):
    files = Files(tmp_path)
    files.run()
    header = (tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert header[:12] == [
        "id", "group", "leaked", "similarity", "source_words", "target_words", "tokens", "bytes", "rows",
        "modality", "finding", "base.nats",
    ]  # fmt: skip
    rows = read_csv(tmp_path / "rows.csv", header)
    assert [one["id"] for one in rows] == ["4", "5", "6"]
    assert [one["finding"] for one in rows] == ["normal", "abnormal", "abnormal"]
    assert [one["modality"] for one in rows] == ["ct", "mri", "mri"]
    assert rows[1]["base.nats"] == "6.0"
    assert rows[0]["base.empty"] == "1.0"
    for one in rows:
        for name, cell in one.items():  # a category is one of a few fixed words, all else a number
            assert name in ("modality", "finding") or cell.replace(".", "").isdigit()


def test_the_slices_are_whole(tmp_path):
    Files(tmp_path).run()
    with (tmp_path / "slices.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "slice",
        "value",
        "n",
        "untrained",
        "tuned",
        "baseline",
        "difference",
        "low",
        "high",
        "verdict",
    ]
    by_kind = {}
    for one in rows:
        by_kind.setdefault(one["slice"], []).append(one)
    assert list(by_kind) == ["modality", "finding", "input length", "similarity"]
    for part in by_kind.values():
        assert sum(int(one["n"]) for one in part) == 3  # every row is in one slice of each kind
    alone = next(one for one in rows if one["value"] == "ct")
    assert (alone["n"], alone["tuned"], alone["low"], alone["verdict"]) == ("1", "1.0", "", "no clear difference")


def test_the_definitions_say_what_is_compared(tmp_path):
    Files(tmp_path).run()
    definitions = read_json(tmp_path / "definitions.json")
    assert definitions["test_rows"] == hash_test_rows(EVAL)
    assert list(definitions["metrics"]) == list(load_scoring("impression").metrics(EVAL))
    assert definitions["baselines"] == {"majority": "one answer", "nearest_row": "the nearest"}
    assert hash_test_rows(EVAL) == hash_test_rows(EVAL[::-1])
    for key in ("id", "source", "target"):
        assert hash_test_rows([{**EVAL[0], key: "other"}, *EVAL[1:]]) != hash_test_rows(EVAL)
    assert hash_test_rows([{**EVAL[0], "leak": "7"}, *EVAL[1:]]) == hash_test_rows(EVAL)


def test_the_same_input_gives_the_same_bytes(tmp_path):
    files = Files(tmp_path)
    made = ("scores.json", "definitions.json", "rows.csv", "slices.csv")
    files.run()
    first = [(tmp_path / name).read_bytes() for name in made]
    files.run()
    assert [(tmp_path / name).read_bytes() for name in made] == first


def test_without_validation_rows_the_floor_is_chosen_on_eval_and_that_is_said(tmp_path):
    assert Files(tmp_path, validation=[]).run()["best_baseline"] == {"name": "nearest_row", "chosen_on": "test"}


def test_the_best_floor_is_chosen_on_validation_whatever_eval_says(tmp_path):
    asked = [row(3, "Clear lungs.", "No acute disease.")]
    scores = Files(tmp_path, validation=asked).run()
    assert scores["best_baseline"]["name"] == "majority"
    assert scores["baselines"]["nearest_row"]["rougeL"] > scores["baselines"]["majority"]["rougeL"]
    assert scores["gain"]["baseline"]["against"] == "majority"


def test_leaked_rows_are_reported_apart(tmp_path):
    test_rows = [EVAL[0], {**EVAL[1], "leak": "2"}, EVAL[2]]
    scores = Files(tmp_path, test_rows).run()
    assert (scores["clean"]["n"], scores["leaked"]["n"]) == (2, 1)
    assert scores["leaked"]["tuned"]["rougeL"] == 1
    assert scores["leaked"]["tuned"]["rougeL_low"] is None  # one row has no interval
    whole = 2 * scores["clean"]["tuned"]["rougeL"] + scores["leaked"]["tuned"]["rougeL"]
    assert whole / 3 == pytest.approx(scores["tuned"]["rougeL"], abs=1e-5)


def test_rows_of_one_group_are_resampled_together(tmp_path):
    one_group = [{**one, "group": "g"} for one in EVAL]
    scores = Files(tmp_path, one_group).run()
    assert scores["groups"] == 1
    assert scores["tuned"]["rougeL_low"] is None
    assert scores["gain"]["untrained"]["verdict"] == "no clear difference"


def test_one_held_out_row_is_scored(tmp_path):
    scores = Files(tmp_path, EVAL[:1]).run()
    assert scores["n"] == 1
    assert json.dumps(scores, allow_nan=False)


@pytest.mark.parametrize(
    ("file", "rows", "message"),
    [
        ("tuned.jsonl", answers("tuned")[:2], "tuned.jsonl: there must be one answer .* 6 is missing"),
        ("base.jsonl", [*answers("untrained"), answers("untrained")[0]], "base.jsonl: .* 4 is twice"),
        ("baselines/test/majority.jsonl", answers("majority")[1:], "majority.jsonl: .* 4 is missing"),
        ("baselines/validation/nearest_row.jsonl", answers("nearest_row")[:1], "nearest_row.jsonl: .* 3 is missing"),
        ("tuned.jsonl", [], "tuned.jsonl: there are no answers"),
    ],
)
def test_answers_to_other_rows_stop_it_and_nothing_is_written(tmp_path, file, rows, message):
    files = Files(tmp_path)
    write_jsonl(tmp_path / file, rows)
    with pytest.raises(UserError, match=message):
        files.run()
    assert not [path for path in tmp_path.iterdir() if path.name in ("scores.json", "rows.csv", "slices.csv")]


def test_nan_in_a_file_is_refused(tmp_path):
    files = Files(tmp_path)
    said = answers("tuned")
    said[1]["logp"] = math.nan
    (tmp_path / "tuned.jsonl").write_text("".join(json.dumps(one) + "\n" for one in said), encoding="utf-8")
    with pytest.raises(UserError, match="row 5: logp must be a finite number"):
        files.run()


@pytest.mark.parametrize(
    ("target", "finding"),
    [
        ("No acute cardiopulmonary abnormality.", "normal"),
        ("Normal chest x-ray.", "normal"),
        ("1. No acute disease.\n2. Lungs are clear.", "normal"),
        ("Heart size is normal. Lungs are clear.", "normal"),
        ("Unremarkable MRI of the knee.", "normal"),
        ("No acute disease. Old rib fracture.", "abnormal"),
        ("Left lower lobe pneumonia.", "abnormal"),
        ("Abnormal signal in the meniscus.", "abnormal"),
        ("Negative for fracture.", "normal"),
        ("Cardiomegaly without edema.", "abnormal"),
    ],
)
def test_normal_impressions_are_told_from_others(target, finding):
    assert load_scoring("impression").slices(row(1, "x", target))["finding"] == finding


def test_an_unknown_task_has_no_scoring():
    with pytest.raises(UserError, match=r"did you mean impression\?"):
        load_scoring("impresion")
