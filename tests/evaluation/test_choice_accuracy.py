"""The choice that log-likelihoods pick, by acc and by acc_norm, and the standard error of an accuracy."""

import numpy as np
import pytest

from pipeline_lib.evaluation.metrics.choice_accuracy import pick, standard_error
from tests.helpers.stages import refused


def test_pick_has_two_rules_each_numpys_argmax():
    assert pick([-4.0, -6.0, -9.0], [2, 6, 3]) == {"acc": 0, "acc_norm": 1}
    assert pick([-3.0, -1.0, -1.0], [1, 1, 1]) == {"acc": 1, "acc_norm": 1}, "the first of equals, as numpy has it"
    choices = ["größer", "kleine"]  # 6 characters each, 8 and 6 bytes
    assert pick([-7.0, -6.0], [len(choice) for choice in choices]) == {"acc": 1, "acc_norm": 1}
    assert pick([float("-inf"), -80.0], [1, 1])["acc"] == 1
    chance = np.random.default_rng(1)
    for _ in range(50):
        logp, chars = chance.normal(-20, 8, 4).round(), chance.integers(1, 9, 4)
        assert pick(logp.tolist(), chars.tolist()) == {"acc": np.argmax(logp), "acc_norm": np.argmax(logp / chars)}


@pytest.mark.parametrize(
    ("logp", "chars", "message"),
    [
        ([], [], "0 log-likelihoods"),
        ([-1.0, -2.0], [3], "2 log-likelihoods and 1 lengths"),
        ([-1.0, -2.0], [3, 0], "choice 2 has no characters"),
        ([-1.0, float("nan")], [3, 3], "not a number"),
    ],
)
def test_wrong_input_of_pick_is_an_error(logp, chars, message):
    refused(message, pick, logp, chars)


def test_the_standard_error_is_the_samples():
    correct = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    assert standard_error(correct) == pytest.approx(np.std(correct, ddof=1) / np.sqrt(7))
    assert standard_error([1, 1, 1]) == 0
    for few in ([], [1.0]):
        refused("two items at least", standard_error, few)
