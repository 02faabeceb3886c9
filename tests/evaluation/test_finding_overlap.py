"""Findings that an answer shares with its reference: single cases, and agreement with labels set by hand."""

import json
from pathlib import Path

import pytest

from pipeline_lib.evaluation.metrics import finding_overlap
from pipeline_lib.evaluation.metrics.definitions import METRICS
from pipeline_lib.evaluation.metrics.finding_overlap import COLUMNS, finding_counts

PAIRS = [
    json.loads(line)
    for line in Path(__file__).with_name("finding_pairs.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("answer", "reference", "counts"),
    [
        ("", "Left pneumothorax.", (0, 0, 1)),
        ("No pneumothorax.", "No pneumothorax.", (0, 0, 0)),
        ("Pneumothorax.", "Left pneumothorax.", (1, 1, 1)),
        ("Right pneumothorax.", "Left pneumothorax.", (0, 1, 1)),
        ("Bilateral effusions.", "Left effusion.", (1, 2, 1)),
        ("Effusion.", "Bilateral effusions.", (1, 1, 2)),
        ("Left effusion. Right effusion. Effusion.", "Bilateral effusions.", (2, 2, 2)),
        ("Possible pneumonia.", "Pneumonia.", (1, 1, 1)),
        ("Pneumonia. Again pneumonia.", "Pneumonia without effusion.", (1, 1, 1)),
        ("Mass in the liver.", "Mass in the left kidney.", (0, 1, 1)),
        ("Cardiomegaly and effusion.", "Cardiomegaly.", (1, 2, 1)),
    ],
)
def test_counts(answer, reference, counts):
    assert tuple(finding_counts(answer, reference).values()) == counts
    shared, ours, theirs = counts
    assert tuple(finding_counts(reference, answer).values()) == (shared, theirs, ours)


def test_f1_precision_and_recall_are_those_of_all_rows_together():
    assert [float(METRICS[f"finding_{name}"].value(3.0, 4.0, 8.0)) for name in ("f1", "precision", "recall")] == [
        0.5, 0.75, 0.375,
    ]  # fmt: skip
    assert float(METRICS["finding_f1"].value(0.0, 0.0, 0.0)) == 0.0


def test_the_agreement_with_labels_set_by_hand_is_the_documented_one():
    found = [tuple(map(int, finding_counts(one["answer"], one["reference"]).values())) for one in PAIRS]
    by_hand = [(one["shared"], len(one["in_answer"]), len(one["in_reference"])) for one in PAIRS]
    same = sum(ours == theirs for ours, theirs in zip(found, by_hand, strict=True))
    parts = [f"all three counts in {same} of {len(PAIRS)} pairs"]
    for place, name in enumerate(COLUMNS):
        equal = sum(ours[place] == theirs[place] for ours, theirs in zip(found, by_hand, strict=True))
        parts.append(f"{name} in {equal}")
    f1 = [2 * sum(row[0] for row in rows) / sum(row[1] + row[2] for row in rows) for rows in (found, by_hand)]
    said = f"{', '.join(parts)}; F1 {f1[0]:.3f} by rules, {f1[1]:.3f} by hand"
    assert said in " ".join((finding_overlap.__doc__ or "").split())
    assert len(PAIRS) >= 60
