"""Model selection: the best headline figure, of equal ones the lower loss, then the setting that is named first."""

import pytest

from pipeline_lib.evaluation.model_selection import ranked


@pytest.mark.parametrize(
    ("figures", "better", "order"),
    [
        ([(0.5, 0.1), (0.7, 0.9), (0.6, 0.2)], "higher", [1, 2, 0]),
        ([(0.5, 0.1), (0.7, 0.9), (0.6, 0.2)], "lower", [0, 2, 1]),
        ([(0.5, 0.3), (0.5, 0.2), (0.4, 0.1), (0.5, 0.2)], "higher", [1, 3, 0, 2]),
        ([(0.5, 0.3), (0.5, 0.2)], "lower", [1, 0]),
        ([(0.5, 0.3), (0.5, 0.2), (0.4, None)], "higher", [0, 1, 2]),  # a loss decides where all have one
        ([(0.1 + 0.2, 0.9), (0.3, 0.5)], "higher", [1, 0]),  # the mean over seeds has errors of rounding
        ([], "higher", []),
    ],
)
def test_settings_are_in_the_order_of_figure_loss_and_name(figures, better, order):
    assert ranked(figures, better) == order
