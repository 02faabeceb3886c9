"""The check of labels."""

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import check_labels


def test_a_label_that_no_training_row_has_is_named():
    rows = [{"id": "1", "target": "negative"}, {"id": "7", "target": "postive"}]
    check_labels(rows[:1], ["negative", "positive"], "dev.tsv")
    with pytest.raises(UserError) as caught:
        check_labels(rows, ["negative", "positive"], "dev.tsv")
    assert str(caught.value) == (
        "a label must be one of negative, positive, row 7 of dev.tsv has 'postive' (did you mean positive?): mend it, "
        "or bring training rows that have it"
    )
