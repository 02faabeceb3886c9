"""What stands out in the losses of a run and what to do next: one rule each, a sentence with its number, or None."""

import math

from pipeline_lib.report.results import Run
from pipeline_lib.report.verdict import figure

SAME = 0.01  # a change of the loss by a smaller share is none
OVERFITTED = 1.5  # validation loss, in training losses


def unknown_tokens(run: Run) -> str | None:
    """Advise a multilingual model where the tokenizer does not know much of the training rows."""
    if not run.unknown:
        return None
    kind = "encoder" if "labels" in run.base else "language model"
    return (
        f"{run.unknown:.0%} of the training tokens are unknown to {run.base['name']}, which cannot tell these apart: "
        f"take a multilingual {kind}."
    )


def no_validation(run: Run) -> str | None:
    """Say what follows from having no validation rows, and what would give some; it stands at the head of a report."""
    if run.history.validation:
        return None
    needs = run.data.get("validation_needs")
    remedy = "Set split.validation to 30 or so."
    if needs:
        fewer = f", or set split.train to {needs['train']:,}" if "train" in needs else ""
        remedy = f"Bring {needs['rows']:,} rows{fewer}."
    return f"There are no validation rows: the last epoch was kept, and nothing could be chosen. {remedy}"


def still_falling(run: Run) -> str | None:
    """Advise more epochs where the last one was the best, and by more than SAME."""
    losses = [loss for _, loss in run.history.validation]
    if len(losses) < 2 or losses[-1] != min(losses) or losses[-1] > losses[-2] * (1 - SAME):
        return None
    return (
        f"Validation loss was still falling at the last epoch, {figure(losses[-2])} to {figure(losses[-1])}: "
        f"try more than {len(losses)} epochs."
    )


def rising(run: Run) -> str | None:
    """Advise fewer epochs where the last ones made the validation loss worse."""
    losses = [loss for _, loss in run.history.validation]
    if len(losses) < 2 or losses[-1] < min(losses) * (1 + SAME):
        return None
    best = losses.index(min(losses)) + 1
    kept = best if run.history.kept is None else run.history.kept + 1
    if kept == best:
        advice = f"epoch {kept} was kept; {best} epoch{'s' * (best != 1)}, or a lower lr, would be enough."
    else:
        advice = (
            f"epoch {kept} was kept, as it has the fewest validation rows wrong; it is surer of those, so its loss is "
            "higher."
        )
    return (
        f"Validation loss was lowest after epoch {best} ({figure(min(losses))}) and {figure(losses[-1])} after epoch "
        f"{len(losses)}: {advice}"
    )


def overfitting(run: Run) -> str | None:
    """Advise more rows or a smaller model where the kept epoch's loss is far lower on training than on other rows."""
    train, validation, kept = run.history.train, run.history.validation, run.history.kept
    if not train or not validation:
        return None
    step, loss = min(validation, key=lambda entry: entry[1]) if kept is None else validation[kept]
    epochs = max(1, len(validation))
    last_epoch = [value for at, value in train if at <= step][-math.ceil(len(train) / epochs) :]
    train_loss = math.fsum(last_epoch) / len(last_epoch) if last_epoch else 0.0
    if not train_loss or loss < OVERFITTED * train_loss:
        return None
    if run.base["method"] == "full":
        remedy = f"fewer epochs ({run.settings['epochs']} now)"
    else:
        remedy = f"a smaller lora.r ({run.settings['lora']['r']} now)"
    return (
        f"At the kept epoch the loss is {figure(loss)} on validation rows and {figure(train_loss)} on training rows: "
        f"it fits these better than new rows. More training rows help, and so may {remedy}."
    )
