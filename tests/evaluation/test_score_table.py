"""The score stage: its four files by hand, several folders of baselines, and answers that are refused."""

import csv
import json
import math

import pandas as pd
import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, read_json, write_json, write_jsonl
from pipeline_lib.core.rows import row_key
from pipeline_lib.evaluation.metrics.rouge import rouge
from pipeline_lib.evaluation.score_table import hash_rows, without_names
from pipeline_lib.evaluation.scoring import load_scoring
from stages import score
from tests.helpers.toys import write_params
from tests.helpers.training_outputs import contents


def row(number, source, target, stratum="ct", leak="", group=""):
    common = {"id": str(number), "group": group or str(number), "stratum": stratum, "title": "CT chest", "history": ""}
    return {**common, "source": source, "target": target, "leak": leak}


TRAIN = [row(1, "Clear lungs. Normal heart.", "No acute disease."), row(2, "A left effusion.", "Left effusion.")]
VALIDATION = [row(3, "Effusion on the left side.", "Left effusion.")]
TEST_ROWS = [
    row(4, "Clear lungs again. Normal heart.", "No acute disease."),
    row(5, "There is a left effusion of 3 cm. No nodule.", "Left effusion.", "mri"),
    row(6, "A right effusion. The heart is large.", "Right effusion. Large heart.", "mri"),
]
TEXTS = {
    "untrained": ["", "Nodule of 9 mm.", "Right effusion."],
    "tuned": ["No acute disease.", "Left effusion.", "Left effusion."],
    "majority": ["No acute disease."] * 3,
    "nearest_row": ["No acute disease.", "Left effusion.", "Left effusion."],
}
LOGP = {"untrained": [-8.0, -6.0, -10.0], "tuned": [-1.0, -2.0, -4.0]}


def answers(system, rows=None):
    made = []
    for place, one in enumerate(rows or TEST_ROWS):
        answer = {"id": one["id"], "prediction": TEXTS[system][place], "reference": one["target"]}
        if system in LOGP:
            answer |= {"logp": LOGP[system][place], "tokens": 4, "bytes": len(one["target"].encode())}
        made.append(answer)
    return made


class Files:
    """A folder with what the score stage reads; change what you like, then `run`."""

    def __init__(self, folder, test_rows=TEST_ROWS, validation=VALIDATION):
        self.folder, self.predictions = folder, folder / "predictions"
        for name, rows in {"train": TRAIN, "validation": validation, "test": test_rows}.items():
            write_jsonl(folder / "split" / f"{name}.jsonl", rows)
        for model in ("untrained", "tuned"):
            write_jsonl(self.predictions / model / "test.jsonl", answers(model, test_rows))
        for baseline, text in {"majority": "No acute disease.", "nearest_row": "Left effusion."}.items():
            write_jsonl(self.predictions / "baselines" / "test" / f"{baseline}.jsonl", answers(baseline, test_rows))
            given = [{"id": one["id"], "prediction": text, "reference": one["target"]} for one in validation]
            write_jsonl(self.predictions / "baselines" / "validation" / f"{baseline}.jsonl", given)
        meanings = {"majority": "one answer", "nearest_row": "the nearest"}
        write_json(self.predictions / "baselines" / "meanings.json", meanings)
        self.params = write_params(folder / "params.yaml", "none")

    def run(self):
        words = [f"--params={self.params}", f"--data={self.folder / 'split'}", f"--predictions={self.predictions}"]
        score.main([*words, f"--out={self.folder / 'metrics'}"])
        return read_json(self.folder / "metrics" / "scores.json")


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """The folder of a run that was scored, which tests only read."""
    files = Files(tmp_path_factory.mktemp("scored"))
    files.run()
    return files.folder / "metrics"


def test_the_scores_by_hand(tmp_path, capsys):
    scores = Files(tmp_path).run()
    assert [scores[key] for key in ("n", "groups", "seed", "headline")] == [3, 3, 42, "rougeL"]
    untrained, tuned, gain = scores["untrained"], scores["tuned"], scores["gain"]
    assert untrained["perplexity"] == pytest.approx(math.exp(24 / 12), abs=1e-6)
    assert tuned["perplexity"] == pytest.approx(math.exp(7 / 12), abs=1e-6)
    size = sum(len(one["target"].encode()) for one in TEST_ROWS)
    assert tuned["bits_per_byte"] == pytest.approx(7 / math.log(2) / size, abs=1e-6)
    each = [rouge(text, one["target"])["rougeL"] for text, one in zip(TEXTS["tuned"], TEST_ROWS, strict=True)]
    assert tuned["rougeL"] == pytest.approx(sum(each) / 3, abs=1e-6)
    assert tuned["rougeL_low"] <= tuned["rougeL"] <= tuned["rougeL_high"]
    assert untrained["empty"] == 1  # an empty answer is counted and scored, not dropped
    assert untrained["unsupported_number"] == tuned["side_swap"] == pytest.approx(1 / 3, abs=1e-6)
    assert "perplexity" not in scores["baselines"]["majority"]
    assert scores["best_baseline"] == {"name": "nearest_row"}
    assert (gain["baseline"]["difference"], gain["baseline"]["verdict"]) == (0, "no clear difference")
    assert (gain["untrained"]["rows_better"], gain["untrained"]["rows_worse"]) == (2, 1)
    assert "clean" not in scores
    # All rows are alike: of three rows that says little.
    line = "tuned over nearest_row in rougeL: +0.000 [-0.561, +0.561], p 1.000: no clear difference"
    assert line in capsys.readouterr().out


def test_cut_answers_are_a_figure_where_there_are_some(tmp_path):
    files = Files(tmp_path)
    whole, ended = files.run(), {"untrained": [True, True, True], "tuned": [True, False, True]}
    assert "not_ended" not in whole["tuned"] | read_json(tmp_path / "metrics" / "definitions.json")["metrics"]
    for system, given in ended.items():
        made = [row | {"ended": end} for row, end in zip(answers(system), given, strict=True)]
        write_jsonl(files.predictions / system / "test.jsonl", made)
    scores = files.run()
    assert (scores["untrained"]["not_ended"], scores["tuned"]["not_ended"]) == (0.0, pytest.approx(1 / 3, abs=1e-6))
    assert "not_ended" not in scores["baselines"]["majority"]
    definition = read_json(tmp_path / "metrics" / "definitions.json")["metrics"]["not_ended"]
    assert (definition["columns"], definition["better"]) == (["not_ended", "rows"], "lower")
    rest = {key: value for key, value in scores["tuned"].items() if not key.startswith("not_ended")}
    assert rest == whole["tuned"], "no other figure moves"
    for system in ("tuned", "untrained"):
        made = [row | {"ended": True} for row in answers(system)]
        write_jsonl(files.predictions / system / "test.jsonl", made)
    assert files.run() == whole


def test_names_and_formulas_of_the_users_file_do_not_reach_git():
    rows = [row(name, name, "x", group=group) for name, group in (("MRN 1", "=A"), ("MRN 2", "B"), ("MRN 3", "=A"))]
    table = pd.DataFrame({"id": ["MRN 1", "MRN 2", "MRN 3"], "group": ["=A", "B", "=A"], "topic": ["=1+1", "-", "x"]})
    keys = [row_key(one) for one in rows]
    assert without_names(table.assign(gain=-0.5), rows).to_dict("list") == {
        "id": keys, "group": [keys[0], keys[1], keys[0]], "topic": ["'=1+1", "'-", "x"], "gain": [-0.5] * 3,
    }  # fmt: skip
    assert row_key(rows[0]) != row_key(rows[0] | {"target": "y"})


def test_rows_slices_and_definitions_hold_what_they_should(scored, tmp_path):
    header = (scored / "rows.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert header[:12] == [
        "id", "group", "leaked", "similarity", "source_words", "target_words", "tokens", "bytes", "rows",
        "modality", "finding", "untrained.nats",
    ]  # fmt: skip
    rows = read_csv(scored / "rows.csv", header)
    keys = [row_key(one) for one in TEST_ROWS]
    assert [one["id"] for one in rows] == [one["group"] for one in rows] == keys
    assert [(one["finding"], one["modality"]) for one in rows] == [("normal", "ct"), *[("abnormal", "mri")] * 2]
    assert (rows[1]["untrained.nats"], rows[0]["untrained.empty"]) == ("6.0", "1.0")
    for one in rows:
        for name, cell in one.items():  # a category is one of a few fixed words, all else a number
            assert name in ("id", "group", "modality", "finding") or cell.replace(".", "").isdigit()
    with (scored / "slices.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == "slice value n untrained tuned baseline difference low high verdict structural".split()
    # Slices of the same rows are one, with all their names.
    assert [one["slice"] for one in rows] == ["modality", "modality", "input length", "input length"]
    names = ["ct", "finding: normal", "input length: short (5 to 5 words)", "similarity: middling (0.93 to 0.93)"]
    assert (rows[0]["value"], rows[0]["n"]) == ("; ".join(names), "1")
    assert [rows[0][name] for name in ("tuned", "low", "verdict")] == ["1.0", "", "no clear difference"]
    definitions = read_json(scored / "definitions.json")
    assert definitions["train_rows"] == hash_rows(TRAIN) != definitions["test_rows"]
    assert definitions["test_rows"] == hash_rows(TEST_ROWS) == hash_rows(TEST_ROWS[::-1])
    assert list(definitions["metrics"]) == list(load_scoring("impression").metrics(TEST_ROWS))
    assert definitions["baselines"] == {"majority": "one answer", "nearest_row": "the nearest"}
    for key in ("id", "source", "target", "leak"):
        changed = hash_rows([{**TEST_ROWS[0], key: "other"}, *TEST_ROWS[1:]])
        assert (changed == hash_rows(TEST_ROWS)) == (key == "leak")
    Files(tmp_path).run()
    first, again = contents(scored), contents(tmp_path / "metrics")
    assert first.keys() == {"scores.json", "summary.json", "definitions.json", "rows.csv", "slices.csv"}
    assert again == first


def test_baselines_of_every_folder_are_scored_and_the_best_is_that_of_the_test_rows(tmp_path):
    files = Files(tmp_path)
    for part, rows in (("test", TEST_ROWS), ("validation", VALIDATION)):
        given = [{"id": one["id"], "prediction": one["target"], "reference": one["target"]} for one in rows]
        write_jsonl(files.predictions / "ngram_baselines" / part / "trigram.jsonl", given)
    write_json(files.predictions / "ngram_baselines" / "meanings.json", {"trigram": "counts"})
    write_jsonl(files.predictions / "grid" / "steady" / "validation.jsonl", [])  # of another stage
    scores = files.run()
    assert list(scores["baselines"]) == ["majority", "nearest_row", "trigram"]
    assert read_json(tmp_path / "metrics" / "definitions.json")["baselines"]["trigram"] == "counts"
    # The best on the test rows, whatever the validation rows say: the verdict needs each of them to be beaten.
    assert scores["best_baseline"]["name"] == scores["gain"]["baseline"]["against"] == "trigram"
    assert list(scores["gain"]["each"]) == ["majority", "nearest_row", "trigram", "untrained"]
    over = scores["gain"]["each"]["trigram"]
    assert over == {key: scores["gain"]["baseline"][key] for key in over}
    other = Files(tmp_path / "other", validation=[row(3, "Clear lungs.", "No acute disease.")]).run()
    assert (
        other["best_baseline"]
        == Files(tmp_path / "none", validation=[]).run()["best_baseline"]
        == {"name": "nearest_row"}
    )
    with pytest.raises(UserError, match=r"did you mean impression\?"):
        load_scoring("impresion")


def test_leaked_rows_and_groups_are_reported_apart(tmp_path):
    test_rows = [TEST_ROWS[0], {**TEST_ROWS[1], "leak": "2"}, TEST_ROWS[2]]
    scores = Files(tmp_path, test_rows).run()
    assert (scores["clean"]["n"], scores["leaked"]["n"]) == (2, 1)
    assert scores["leaked"]["tuned"]["rougeL"] == 1
    assert scores["leaked"]["tuned"]["rougeL_low"] is None  # one row has no interval
    total = 2 * scores["clean"]["tuned"]["rougeL"] + scores["leaked"]["tuned"]["rougeL"]
    assert total / 3 == pytest.approx(scores["tuned"]["rougeL"], abs=1e-5)
    scores = Files(tmp_path, [{**one, "group": "g"} for one in TEST_ROWS]).run()
    assert (scores["groups"], scores["tuned"]["rougeL_low"]) == (1, None)
    assert scores["gain"]["untrained"]["verdict"] == "no clear difference"
    alone = Files(tmp_path / "one", TEST_ROWS[:1]).run()
    assert alone["n"] == 1
    assert json.dumps(alone, allow_nan=False)


NAN = {**answers("tuned")[1], "logp": math.nan}


@pytest.mark.parametrize(
    ("file", "rows", "message"),
    [
        ("tuned/test.jsonl", None, r"predictions/tuned/test\.jsonl is missing: run the stage that makes it, gen"),
        ("baselines/test/majority.jsonl", None, r"test/majority\.jsonl is missing: run the baselines stage again"),
        ("baselines/meanings.json", None, r"baselines/meanings\.json is missing: run the baselines stage again"),
        ("tuned/test.jsonl", answers("tuned")[:2], "tuned/test.jsonl: there must be one answer .* 6 is missing"),
        ("untrained/test.jsonl", answers("untrained") + answers("untrained")[:1], "untrained/test.jsonl.* 4 is twice"),
        ("baselines/test/majority.jsonl", answers("majority")[1:], "majority.jsonl: .* 4 is missing"),
        ("baselines/validation/nearest_row.jsonl", answers("nearest_row")[:1], "nearest_row.jsonl: .* 3 is missing"),
        ("tuned/test.jsonl", [], "tuned/test.jsonl: there are no answers"),
        ("tuned/test.jsonl", [answers("tuned")[0], NAN, answers("tuned")[2]], "row 5: logp must be a finite number"),
    ],
)
def test_a_file_that_is_missing_or_of_other_rows_stops_it_and_nothing_is_written(tmp_path, file, rows, message):
    files = Files(tmp_path)
    (files.predictions / file).unlink()
    if rows is not None:
        text = "".join(json.dumps(one) + "\n" for one in rows)
        (files.predictions / file).write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        files.run()
    assert not (tmp_path / "metrics").exists()


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
def test_normal_impressions_are_recognised(target, finding):
    assert load_scoring("impression").slices(row(1, "x", target))["finding"] == finding
