"""The tuned model's figures on validation rows by hand, in scores.json and summary.json; and where there are none."""

import math
from pathlib import Path

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, write_json, write_jsonl
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.evaluation.validation_figures import validation_figures
from stages import score
from tests.helpers.label_run import write_label_run
from tests.helpers.toys import write_params

TRAIN = [("1", "Clear lungs.", "No acute disease."), ("2", "A left effusion.", "Left effusion.")]
VALIDATION = [("3", "Effusion on the left.", "Left effusion."), ("4", "Clear lungs now.", "No acute disease.")]
TEST = [("5", "Clear lungs again.", "No acute disease."), ("6", "Left effusion of 3 cm.", "Left effusion.")]
# ROUGE-L on validation rows: 1 and 0. Nats and tokens: 2 of 4, 7 of 6.
WRITTEN = [("Left effusion.", -2.0, 4), ("Pneumonia.", -7.0, 6)]


def row(name: str, source: str, target: str) -> dict:
    common = {"id": name, "group": name, "stratum": "ct", "title": "", "history": "", "leak": ""}
    return {**common, "source": source, "target": target}


def answer(one: tuple[str, str, str], text: str, logp: float | None = None, tokens: int = 1) -> dict:
    given = {"id": one[0], "prediction": text, "reference": one[2]}
    return given if logp is None else given | {"logp": logp, "tokens": tokens, "bytes": len(one[2])}


def write_text_run(folder: Path, validation: list[tuple[str, str, str]], answered: bool = True) -> Path:
    """Write a run of two test rows as the stages before score do, and return its folder."""
    for part, rows in (("train", TRAIN), ("validation", validation), ("test", TEST)):
        write_jsonl(folder / "data" / "split" / f"{part}.jsonl", [row(*one) for one in rows])
    predictions = folder / "predictions"
    for model, logp in (("untrained", -8.0), ("tuned", -3.0)):
        write_jsonl(predictions / model / "test.jsonl", [answer(one, one[2], logp, 4) for one in TEST])
    if answered:
        given = [answer(one, *written) for one, written in zip(validation, WRITTEN, strict=False)]
        write_jsonl(predictions / "tuned" / "validation.jsonl", given)
    write_jsonl(predictions / "baselines" / "test" / "majority.jsonl", [answer(one, "Nodule.") for one in TEST])
    write_json(predictions / "baselines" / "meanings.json", {"majority": "one answer"})
    write_params(folder / "params.yaml", "none")
    return folder


def scored(folder: Path) -> tuple[dict, dict]:
    """Run the stage; return scores.json and summary.json."""
    words = [f"--params={folder}/params.yaml", f"--data={folder}/data/split", f"--predictions={folder}/predictions"]
    score.main([*words, f"--out={folder}/metrics"])
    return read_json(folder / "metrics" / "scores.json"), read_json(folder / "metrics" / "summary.json")


def test_the_figures_of_a_text_task_by_hand(tmp_path, capsys):
    scores, summary = scored(write_text_run(tmp_path, VALIDATION))
    found = scores["validation"]
    names = ["rougeL", "rouge1", "rouge2", "loss", "perplexity"]
    assert list(found) == ["n", *(f"{name}{end}" for name in names for end in ("", "_low", "_high")), "empty"]
    assert (found["n"], found["rougeL"], found["rouge1"], found["rouge2"], found["empty"]) == (2, 0.5, 0.5, 0.5, 0)
    assert found["loss"] == 0.9  # 9 nats over 10 tokens: neither the mean of 0.5 and 7/6, nor per row
    assert found["perplexity"] == pytest.approx(math.exp(0.9), abs=1e-6)
    for end in ("low", "high"):
        assert math.log(found[f"perplexity_{end}"]) == pytest.approx(found[f"loss_{end}"], abs=1e-5)
    assert list(summary.items()) == [
        ("validation_rougeL", 0.5), ("validation_loss", 0.9), ("validation_perplexity", 2.459603), ("rougeL", 1.0),
        ("perplexity", 2.117), ("rouge1", 1.0), ("rouge2", 1.0), ("gain", 1.0),
        *((f"gain_{end}", scores["gain"]["baseline"][end]) for end in ("low", "high")),
    ]  # fmt: skip
    assert "tuned on 2 validation rows: rougeL 0.5000, loss 0.9000, perplexity 2.4596\n" in capsys.readouterr().out


def test_the_figures_of_a_label_task_by_hand(tmp_path):
    write_label_run(tmp_path)  # without answers to validation rows
    first, summary = scored(tmp_path)
    assert "validation" not in first
    assert list(summary) == ["accuracy", "f1_macro", "roc_auc", "gain", "gain_low", "gain_high"]
    assert summary["accuracy"] == 0.75
    names = ["negative", "positive", "negative", "positive", "negative", "positive"]
    given = [{"id": f"v{i}", "reference": name, "prediction": "positive"} for i, name in enumerate(names)]
    write_jsonl(tmp_path / "predictions" / "tuned" / "validation.jsonl", given)
    scores, found = scored(tmp_path)
    assert list(scores["validation"]) == [
        "n", *(f"{name}{end}" for name in ("accuracy", "f1_macro") for end in ("", "_low", "_high"))
    ]  # fmt: skip
    assert scores["validation"]["f1_macro"] == pytest.approx(1 / 3, abs=1e-6)  # of positive 2/3, of negative 0
    assert (scores["validation"]["n"], found) == (6, {"validation_accuracy": 0.5, **summary})
    assert {name: value for name, value in scores.items() if name != "validation"} == first


@pytest.mark.parametrize(("rows", "answered"), [(VALIDATION, False), ([], True), ([], False)])
def test_without_validation_rows_or_answers_there_are_no_figures(tmp_path, capsys, rows, answered):
    scores, summary = scored(write_text_run(tmp_path, rows, answered))
    assert "validation" not in scores
    assert next(iter(summary)) == "rougeL"
    assert not [name for name in summary if name.startswith("validation")]
    assert "validation" not in capsys.readouterr().out


def test_a_validation_row_without_an_answer_stops_it(tmp_path):
    write_text_run(tmp_path, VALIDATION)
    write_jsonl(tmp_path / "predictions" / "tuned" / "validation.jsonl", [answer(VALIDATION[0], *WRITTEN[0])])
    with pytest.raises(UserError, match=r"tuned/validation\.jsonl: there must be one answer .* 4 is missing"):
        scored(tmp_path)
    assert not (tmp_path / "metrics").exists()


def test_one_row_has_no_interval_and_answers_without_likelihood_no_loss():
    rows, given = [row(*VALIDATION[0])], [answer(VALIDATION[0], "Left effusion.")]
    found = validation_figures(rows, given, load_scoring("impression"), {}, {}, 0)
    names = ("rougeL", "rouge1", "rouge2")
    ends = {f"{name}_{end}": None for name in names for end in ("low", "high")}
    assert found == {"n": 1, "empty": 0, **dict.fromkeys(names, 1.0), **ends}
