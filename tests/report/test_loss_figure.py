"""The figure of the loss: epochs, the kept one, names at the lines, and that all of it can be read."""

import pytest

from pipeline_lib.report.figures.loss import Loss, draw_loss
from tests.helpers.legible import axes_texts, check_legible, written_texts

pytest_plugins = ("tests.helpers.figures",)


def history(epochs, steps=10, kept=1, gap=1.0):
    """Return the losses of some epochs, the validation loss `gap` above the training loss at the end."""
    found = []
    for step in range(1, epochs * steps + 1):
        found.append(Loss(step, "train", 3 / step**0.5))
        if step % steps == 0:
            found.append(Loss(step, "validation", 3 / step**0.5 + gap, kept=step == kept * steps))
    return found


def test_epochs_are_points_and_the_kept_one_a_star(tmp_path, drawn):
    draw_loss(tmp_path / "l.png", history(3, kept=2), "label", "reference labels")
    check_legible(drawn[0])
    axes = drawn[0].axes[0]
    assert axes.get_ylabel() == "loss (nats per label)"
    assert axes.get_ylim()[0] == 0
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [
        "epoch 1\nstep 10", "epoch 2\nstep 20", "epoch 3\nstep 30",
    ]  # fmt: skip
    points = {line.get_marker(): list(line.get_xdata()) for line in axes.lines}
    assert (points["o"], points["*"]) == ([10, 20, 30], [20])
    texts = written_texts(drawn[0])
    assert "Star: epoch 2 of 3, whose weights were kept, 1.671." in " ".join(texts[:3])
    assert "Cross-entropy of the reference labels" in texts[1]
    assert [text for text in texts if text.split()[0] in ("training", "validation", "kept")] == [
        "kept", "training 0.552", "validation 1.548",
    ]  # fmt: skip


@pytest.mark.parametrize("given", [
    history(1, gap=0.001), history(40, kept=40), history(2, steps=2000, gap=-0.01), [Loss(1, "train", 2.0)],
    [Loss(0, "validation", 2.0)], [Loss(1, "train", 0.0), Loss(1, "validation", 0.0)], [],
])  # fmt: skip
def test_all_text_can_be_read(tmp_path, drawn, given):
    draw_loss(tmp_path / "l.png", given)
    check_legible(drawn[0])
    assert len([text for text in axes_texts(drawn[0].axes[0]) if text.get_text().startswith("epoch")]) <= 8
