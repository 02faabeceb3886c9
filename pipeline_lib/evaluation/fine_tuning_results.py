"""All figures of a fine-tuned classifier in one value, and the table of the test rows that it labels wrongly."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import guarded
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.error_analysis import analyse_errors, row_categories
from pipeline_lib.evaluation.metrics.classification import (
    check_probabilities,
    confusion,
    labelled,
    reliability,
    without_zeros,
)

MODEL_FACTS = ("name", "revision", "sha256", "method", "settings")  # of base.json
HISTORY = ("step", "epoch", "split", "loss", "kept")  # columns of the history that are read
ERROR_COLUMNS = ("id", "label", "predicted", "confidence", "categories", "text")


def fine_tuning_results(
    test_rows: Sequence[Example],
    answers: Mapping[str, Sequence[Answer]],
    scores: Mapping[str, Any],
    facts: Mapping[str, Any],
    history: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """Return the figures of model, data, model selection, training, scores and errors, as values that JSON holds.

    `answers` are those of untrained, tuned and the best baseline to the test rows, in the rows' order. `facts` are
    what earlier stages wrote: `model` (base.json of the tuned model), `data` (the split's figures) and, where settings
    were compared, `model_selection`. `history` has a row for each step and validation.
    """
    labels, truth = test_rows[0]["labels"], [row["target"] for row in test_rows]
    rows = labelled_rows(test_rows, answers["tuned"])
    return {
        "model": {key: facts["model"][key] for key in MODEL_FACTS},
        "data": facts["data"],
        **({"model_selection": facts["model_selection"]} if "model_selection" in facts else {}),
        "training": training_summary(history),
        "scores": scores,
        "confusion": {
            name: without_zeros(confusion(truth, [row["prediction"] for row in given], labels))
            for name, given in answers.items()
        },
        "reliability": reliability(
            [row["confidence"] for row in rows], [row["label"] == row["predicted"] for row in rows]
        ),
        "error_analysis": analyse_errors(rows),
    }


def labelled_rows(examples: Sequence[Example], answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Return rows as error_analysis reads them: {id, text, label, predicted, confidence}.

    Raises UserError for an answer without probabilities, and as classification.check_probabilities.
    """
    for answer in answers:
        if "probabilities" not in answer:
            raise UserError(f"row {answer['id']} has no probabilities: run the classify stage again (dvc repro)")
    check_probabilities([labelled(*pair) for pair in zip(examples, answers, strict=True)], examples[0]["labels"])
    return [
        {
            "id": example["id"],
            "text": example["source"],
            "label": example["target"],
            "predicted": answer["prediction"],
            "confidence": answer["probabilities"][answer["prediction"]],
        }
        for example, answer in zip(examples, answers, strict=True)
    ]


def error_table(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Return {ERROR_COLUMNS} of the rows that are labelled wrongly, with cells that no spreadsheet runs."""
    table: list[dict[str, object]] = []
    for row in rows:
        if row["label"] != row["predicted"]:
            cells = {**row, "categories": " ".join(row_categories(row)), "confidence": f"{row['confidence']:.4f}"}
            table.append({name: guarded(cells[name]) for name in ERROR_COLUMNS})
    return table


def training_summary(history: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Return the number of steps, the validation loss of each epoch and the best epoch; no speeds, which vary."""
    if not history:
        raise UserError("the history of the training has no rows: train again (dvc repro)")
    losses = {int(row["epoch"]): float(row["loss"]) for row in history if row["split"] == "validation"}
    kept = next((int(row["epoch"]) for row in history if row["kept"]), None)
    return {
        "steps": max(int(row["step"]) for row in history),
        "validation_loss": {str(epoch): loss for epoch, loss in losses.items()},
        **({} if kept is None else {"best_epoch": kept}),
    }
