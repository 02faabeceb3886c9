"""A finding that a text leaves uncertain is of a kind of its own; the title of a report supports a number."""

import pytest

from pipeline_lib.evaluation.metrics.clinical_consistency import inconsistencies
from pipeline_lib.evaluation.scoring import load_scoring


@pytest.mark.parametrize("doubt", ["Possible pneumonia.", "Cannot exclude pneumonia.", "Suspected pneumonia."])
def test_what_is_uncertain_is_neither_asserted_nor_denied(doubt):
    for reference in ("No pneumonia.", "Pneumonia."):
        assert inconsistencies(doubt, reference, "")["negation_flip"] == []
    found = inconsistencies("Pneumonia.", doubt, "")
    assert found["negation_flip"] == []
    assert found["uncertainty_dropped"] == ["pneumonia: uncertain in the reference, asserted in the answer"]
    denied = inconsistencies("No pneumonia.", doubt, "")["negation_flip"]
    assert denied == ["pneumonia: uncertain in the reference, denied in the answer"]
    assert inconsistencies("Pneumonia.", "No pneumonia.", "")["negation_flip"], "else the test sees nothing"


def test_numbers_of_title_and_history_are_supported():
    row = {"source": "A nodule.", "target": "Nodule.", "title": "CT after 3 weeks", "history": "Nodule of 12 mm"}
    for text, unsupported in (("Nodule of 1.2 cm after 3 weeks.", 0.0), ("Nodule of 13 mm.", 1.0)):
        found = load_scoring("impression").row_metrics(row, {"id": "1", "prediction": text})
        assert found["unsupported_number"] == unsupported, text
