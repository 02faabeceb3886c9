"""What to do next: each rule, where it gives a sentence and where it gives none."""

import copy
from dataclasses import replace

import pytest

from pipeline_lib.report import advice as rules
from pipeline_lib.report import training_advice as training
from pipeline_lib.report.training_history import History
from tests.helpers.report_run import read, write_run

LOWEST = "Validation loss was lowest after epoch 2 (1.500) and 1.900 after epoch 3:"


@pytest.fixture
def run(tmp_path):
    return read(write_run(tmp_path))


def altered(run, **gain):
    """Return the run with another difference to the best baseline."""
    changed = copy.deepcopy(run)
    changed.scores["gain"]["baseline"] |= gain
    changed.scores["gain"]["each"]["nearest_row"] |= gain
    return changed


def with_losses(run, validation, train=(), kept=None):
    by_epoch = [(5 * (i + 1), loss) for i, loss in enumerate(validation)]
    return replace(run, history=History([(i + 1, loss) for i, loss in enumerate(train)], by_epoch, [], kept=kept))


def test_rows_needed_grow_with_the_inverse_square(run):
    assert rules.rows_needed(run) == (
        "If the difference of +0.088 is real, about 21 test rows would show it: raise split.test from 8; "
        "8 rows of the data are unused."
    )
    for difference in (0.001, 0.0):
        assert "more than 800 test rows" in str(rules.rows_needed(altered(run, difference=difference)))
    for gain in ({"verdict": "better"}, {"smallest_detectable": None}, {"smallest_detectable": 0.01}):
        assert rules.rows_needed(altered(run, **gain)) is None


def test_unknown_tokens_come_first(run, tmp_path):
    assert (run.unknown, training.unknown_tokens(run)) == (0, None)
    (tmp_path / "models" / "training" / "parameters.json").write_text('{"unknown_tokens": 0.6512}')
    assert rules.advice(read(tmp_path))[0] == (
        "65% of the training tokens are unknown to some/model, which cannot tell these apart: take a multilingual "
        "language model."
    )


def test_worse_than_the_baseline_and_no_gain_over_untrained(run):
    assert rules.worse_than_baseline(run) is rules.no_gain_over_untrained(run) is None
    assert rules.worse_than_baseline(altered(run, verdict="worse", difference=-0.2)) == (
        "Tuned is behind the best baseline by 0.200: answer with that baseline, or bring more than the 30 training "
        "rows."
    )
    run.scores["gain"]["untrained"] |= {"verdict": "no clear difference", "difference": 0.01}
    assert rules.no_gain_over_untrained(run) == (
        "Training changed ROUGE-L by +0.010 over the untrained model, no clear difference (p = 0.080): raise lr "
        "(0.002 now) or epochs (3)."
    )


@pytest.mark.parametrize(("losses", "kept", "rule", "sentence"), [
    ([2.0, 1.5, 1.2], None, "still_falling",
     "Validation loss was still falling at the last epoch, 1.500 to 1.200: try more than 3 epochs."),
    ([2.0, 1.5, 1.9], None, "rising", f"{LOWEST} epoch 2 was kept; 2 epochs, or a lower lr, would be enough."),
    ([2.0, 1.5, 1.9], 2, "rising",
     f"{LOWEST} epoch 3 was kept, as it has the fewest validation rows wrong; it is surer of those, so its loss "
     "is higher."),
    ([2.0, 1.5, 1.499], None, None, ""),
    ([], None, "no_validation",
     "There are no validation rows: the last epoch was kept, and nothing could be chosen. Set split.validation "
     "to 30 or so."),
])  # fmt: skip
def test_validation_loss(run, losses, kept, rule, sentence):
    found = with_losses(run, losses, kept=kept)
    for name in ("still_falling", "rising", "no_validation", "overfitting"):
        assert getattr(training, name)(found) == (sentence if name == rule else None)


def test_overfitting(run):
    found = with_losses(run, [1.5, 1.2], [2.0] * 5 + [0.4] * 5)
    sentence = (
        "At the kept epoch the loss is 1.200 on validation rows and 0.400 on training rows: it fits these "
        "better than new rows. More training rows help, and so may "
    )
    assert training.overfitting(found) == f"{sentence}a smaller lora.r (16 now)."
    full = replace(found, base=found.base | {"method": "full"})
    assert training.overfitting(full) == f"{sentence}fewer epochs (3 now)."
    assert training.overfitting(with_losses(run, [1.5, 1.2], [1.1] * 10)) is None
    kept_first = with_losses(run, [1.5, 9.0], [1.4] * 5 + [0.1] * 5, kept=0)
    assert training.overfitting(kept_first) is None, "the epoch that was kept counts, not the last"


def test_kinds_of_rows_that_training_hardly_saw(run):
    assert rules.unlike_training(run) is None
    kinds = [("normal", 0.93, 0.51), ("abnormal", 0.07, 0.49)]
    unlike = [{"slice": "finding", "value": value, "train": train, "test": test} for value, train, test in kinds]
    assert rules.unlike_training(replace(run, scores=run.scores | {"unlike_training": unlike})) == (
        "Test rows are of other kinds than training rows: finding abnormal is 49% of the test rows and 7% of the "
        "training rows. The model is judged by other rows than it learnt from: bring more of the rarer kind, or draw "
        "both parts from the same data."
    )


def test_leaks_empty_answers_zeros_faults_and_slices(run):
    assert rules.leaked(run) == (
        "1 of 8 test rows nearly equals a training row: trust the figures without such rows, or set "
        "split.near_duplicates to group."
    )
    assert rules.empty_answers(run) == "1 of 8 tuned answers are empty (12%): read their rows and the prompt."
    assert rules.untrained_zeros(run) == (
        "The untrained model scores 0 on 3 of 8 rows (38%): most of the gain over it is the form of the answer. "
        "Compare with the baseline."
    )
    assert rules.faults(run) == (
        "Faults in tuned answers: negation flips in 12% (1 of 8). Overlap metrics do not measure them: read these "
        "answers."
    )
    assert rules.losing_slices(run) == (
        "Tuned is behind the baseline in 1 slice: kind x (-0.100, -0.300 to +0.100, 3 rows). None of "
        "these is a clear difference, so it may be chance: read their rows."
    )
    sure = replace(run.slices[0], verdict="worse")
    assert rules.losing_slices(replace(run, slices=[sure, run.slices[0]])) == (
        "Tuned is worse than the baseline in 1 slice: kind x (-0.100, -0.300 to +0.100, 3 rows). In 1 other "
        "slice it is behind, which may be chance. Read their rows."
    )
    sentences = rules.advice(run)
    assert sentences[0] == rules.rows_needed(run)
    assert len(sentences) == len(set(sentences)) == 8
