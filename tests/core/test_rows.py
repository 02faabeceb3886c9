"""The check of labels."""

from pipeline_lib.core.rows import check_labels
from tests.helpers.stages import error_of


def test_a_label_that_no_training_row_has_is_named():
    rows = [{"id": "1", "target": "negative"}, {"id": "7", "target": "postive"}]
    check_labels(rows[:1], ["negative", "positive"], "dev.tsv")
    assert error_of(check_labels, rows, ["negative", "positive"], "dev.tsv") == (
        "a label must be one of negative, positive, row 7 of dev.tsv has 'postive' (did you mean positive?): mend it, "
        "or bring training rows that have it"
    )
