"""What stands out in a run and what to do next: one plain rule each, a sentence with its number, or None."""

import math
from collections.abc import Callable

from pipeline_lib.report.results import Run, is_fault, title
from pipeline_lib.report.row_details import Slice
from pipeline_lib.report.verdict import figure, percent

FEW = 0.01  # a change of the loss by less than this share is none
OFTEN = 0.05  # a fault in more answers than this share is worth a look
ZEROS = 0.2  # an untrained model that scores nothing on more rows than this is easy to beat
OVERFITTED = 1.5  # validation loss, in training losses
BEYOND = 100  # times the rows there are: more than anybody brings


def worse_than_baseline(run: Run) -> str | None:
    """Return it where the tuned model is below what needs no model."""
    gain = run.scores["gain"]["baseline"]
    if gain["verdict"] != "worse":
        return None
    return (
        f"Tuned is behind the best baseline by {figure(abs(gain['difference']))}: answer with that baseline, or bring more "
        f"than the {run.data.get('train', 'present'):,} training rows."
    )


def no_gain_over_untrained(run: Run) -> str | None:
    """Return it where training did not move the headline score up."""
    gain = run.scores["gain"]["untrained"]
    if gain["verdict"] == "better":
        return None
    return (
        f"Training changed {title(run.definitions, gain['metric'])} by {figure(gain['difference'], sign=True)} over "
        f"{run.words.over} ({gain['verdict']}): raise lr ({run.settings['lr']:g} now) or epochs "
        f"({run.settings['epochs']})."
    )


def rows_needed(run: Run) -> str | None:
    """Return how many test rows would show the difference, were it real: they grow with its inverse square."""
    gain, rows = run.scores["gain"]["baseline"], run.scores["n"]
    difference, smallest_detectable = abs(gain["difference"]), gain["smallest_detectable"]
    if gain["verdict"] != "no clear difference" or not smallest_detectable or smallest_detectable <= difference:
        return None
    if difference == 0 or (needed := rows * (smallest_detectable / difference) ** 2) > BEYOND * rows:
        return (
            f"A difference of {figure(gain['difference'], sign=True)} would take more than {BEYOND * rows:,} held-out "
            "rows to show: take the two as equal."
        )
    wanted = _two_digits(needed)
    spare = run.data.get("left_out", 0)
    have = f"; {spare:,} rows of the data are left over" if spare else ""
    return (
        f"If the difference of {figure(gain['difference'], sign=True)} is real, about {wanted:,} test rows would "
        f"show it: raise split.test from {rows:,}{have}."
    )


def no_validation(run: Run) -> str | None:
    """Return it where nothing but the test rows could choose."""
    if run.history.validation:
        return None
    return "There are 0 validation rows: the last epoch was kept unseen. Set split.validation to 30 or so."


def still_falling(run: Run) -> str | None:
    """Return it where the last epoch was the best, and by more than a hair."""
    losses = [loss for _, loss in run.history.validation]
    if len(losses) < 2 or losses[-1] != min(losses) or losses[-1] > losses[-2] * (1 - FEW):
        return None
    return (
        f"Validation loss was still falling at the last epoch, {figure(losses[-2])} to {figure(losses[-1])}: "
        f"try more than {len(losses)} epochs."
    )


def rising(run: Run) -> str | None:
    """Return it where the last epochs made the validation loss worse."""
    losses = [loss for _, loss in run.history.validation]
    if len(losses) < 2 or losses[-1] < min(losses) * (1 + FEW):
        return None
    best = losses.index(min(losses)) + 1
    kept = best if run.history.kept is None else run.history.kept + 1
    return (
        f"Validation loss was lowest after epoch {best} ({figure(min(losses))}) and {figure(losses[-1])} after epoch "
        f"{len(losses)}: " + _kept(kept, best)
    )


def _kept(kept: int, best: int) -> str:
    if kept != best:
        return f"epoch {kept} was kept, as it has the fewest validation rows wrong, and grew surer of those it has."
    return f"epoch {kept} was kept; {best} epoch{'s' * (best != 1)}, or a lower lr, would do."


def memorising(run: Run) -> str | None:
    """Return it where the kept epoch knows its training rows far better than others."""
    train, validation, kept = run.history.train, run.history.validation, run.history.kept
    if not train or not validation:
        return None
    step, loss = min(validation, key=lambda entry: entry[1]) if kept is None else validation[kept]
    epochs = max(1, len(validation))
    last = [value for at, value in train if at <= step][-math.ceil(len(train) / epochs) :]
    seen = math.fsum(last) / len(last) if last else 0.0
    if not seen or loss < OVERFITTED * seen:
        return None
    if run.base["method"] == "full":
        dial = f"fewer epochs ({run.settings['epochs']} now)"
    else:
        dial = f"a smaller lora.r ({run.settings['lora']['r']} now)"
    return (
        f"At the kept epoch the loss is {figure(loss)} on validation rows and {figure(seen)} on training rows: part of "
        f"it is learnt by heart. More training rows help, and so may {dial}."
    )


def leaked(run: Run) -> str | None:
    """Return it where test rows nearly equal training rows."""
    count = sum(row.leaked for row in run.rows)
    if not count:
        return None
    return (
        f"{count:,} of {len(run.rows):,} test rows nearly equal{'s' * (count == 1)} a training row: trust the "
        "figures without, or set split.near_duplicates to group."
    )


def empty_answers(run: Run) -> str | None:
    """Return it where the tuned model said nothing."""
    count, rows = run.scores["tuned"].get("empty", 0), run.scores["n"]
    if not count:
        return None
    return f"{count:,} of {rows:,} tuned answers are empty ({percent(count / rows)}): read their rows and the prompt."


def untrained_zeros(run: Run) -> str | None:
    """Return it where the untrained model scores nothing on many rows, which makes a gain over it easy.

    Silent about labels: a wrong one has the right form.
    """
    zeros = sum(row.scores["untrained"] == 0 for row in run.rows)
    lower = run.definitions["metrics"][run.scores["headline"]]["better"] == "lower"
    if lower or run.labels or not run.rows or zeros / len(run.rows) < ZEROS:
        return None
    return (
        f"The untrained model scores 0 on {zeros:,} of {len(run.rows):,} rows ({percent(zeros / len(run.rows))}): a "
        "gain over it is mostly the form of the answer. Compare with the baseline."
    )


def losing_slices(run: Run) -> str | None:
    """Return the kinds of rows where tuned is behind the baseline, the worst three."""
    sign = -1 if run.definitions["metrics"][run.scores["headline"]]["better"] == "higher" else 1
    losing = sorted((part for part in run.slices if sign * part.difference > 0), key=lambda p: -sign * p.difference)
    if not losing:
        return None
    named = "; ".join(_slice(part) for part in losing[:3])
    more = f" (and {len(losing) - 3} more)" if len(losing) > 3 else ""
    return (
        f"Tuned is behind the baseline in {_rows(len(losing), 'slice')}: {named}{more}. Small ones do so by chance: read "
        "their rows."
    )


def faults(run: Run) -> str | None:
    """Return the faults that more than a few tuned answers have."""
    tuned, rows = run.scores["tuned"], run.scores["n"]
    names = [name for name in tuned if is_fault(run.definitions, name) and tuned[name] > OFTEN]
    if not names:
        return None
    said = "; ".join(
        f"{title(run.definitions, name)} in {percent(tuned[name])} ({round(tuned[name] * rows):,} of {rows:,})"
        for name in sorted(names, key=lambda name: -tuned[name])
    )
    return f"Faults in tuned answers: {said}. No figure of overlap sees them: read these answers."


RULES: tuple[Callable[[Run], str | None], ...] = (
    worse_than_baseline, no_gain_over_untrained, rows_needed, leaked, empty_answers, faults, losing_slices,
    still_falling, rising, memorising, no_validation, untrained_zeros,
)  # fmt: skip


def advice(run: Run) -> list[str]:
    """Return the sentence of each rule that has one, the gravest first."""
    return [said for rule in RULES if (said := rule(run))]


def _two_digits(number: float) -> int:
    """Return `number` rounded up to two digits: an estimate has no more."""
    unit = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return math.ceil(number / unit - 1e-9) * unit


def _rows(count: int, noun: str = "row") -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _slice(part: Slice) -> str:
    return f"{part.slice} {part.value} ({figure(part.difference, sign=True)}, {_rows(part.n)})"
