"""What stands out in a run and what to do next: one rule each, a sentence with its number, or None."""

import math
from collections.abc import Callable

from pipeline_lib.report.length_advice import cut_answers, cut_inputs, rows_too_long
from pipeline_lib.report.results import Run, is_fault, title
from pipeline_lib.report.row_details import Slice
from pipeline_lib.report.training_advice import overfitting, rising, still_falling, unknown_tokens
from pipeline_lib.report.verdict import between, chance, figure, percent

OFTEN = 0.05  # a fault in a larger share of the answers is reported
ZEROS = 0.2  # an untrained model that scores 0 on a larger share of the rows is easy to beat
BEYOND = 100  # times the rows there are: more than can be collected


def worse_than_baseline(run: Run) -> str | None:
    """Advise the baseline where the tuned model is worse."""
    gain = run.scores["gain"]["baseline"]
    if gain["verdict"] != "worse":
        return None
    return (
        f"Tuned is behind the best baseline by {figure(abs(gain['difference']))}: answer with that baseline, or bring "
        f"more than the {run.data['train']:,} training rows."
    )


def no_gain_over_untrained(run: Run) -> str | None:
    """Advise more training where it did not raise the headline score."""
    gain = run.scores["gain"]["untrained"]
    if gain["verdict"] == "better":
        return None
    return (
        f"Training changed {title(run.definitions, gain['metric'])} by {figure(gain['difference'], sign=True)} over "
        f"{run.wording.untrained_model}, {gain['verdict']} ({chance(gain)}): raise lr ({run.settings['lr']:g} "
        f"now) or epochs ({run.settings['epochs']})."
    )


def rows_needed(run: Run) -> str | None:
    """Return how many test rows would show the difference, were it real: their number grows with its inverse square."""
    gain, rows = run.scores["gain"]["baseline"], run.scores["n"]
    difference, smallest_detectable = abs(gain["difference"]), gain["smallest_detectable"]
    own = run.scores["gain"]["each"][gain["against"]]["verdict"]
    if own != "no clear difference" or not smallest_detectable or smallest_detectable <= difference:
        return None
    signed = figure(gain["difference"], sign=True)
    if difference == 0 or (needed := rows * (smallest_detectable / difference) ** 2) > BEYOND * rows:
        return (
            f"A difference of {signed} would take more than {BEYOND * rows:,} test rows to show: treat tuned and the "
            "best baseline as equal."
        )
    left_out = run.data.get("left_out", 0)
    unused = f"; {left_out:,} rows of the data are unused" if left_out else ""
    return (
        f"If the difference of {signed} is real, about {_two_digits(needed):,} test rows would show it: raise "
        f"split.test from {rows:,}{unused}."
    )


def leaked(run: Run) -> str | None:
    """Advise grouping where test rows nearly equal training rows."""
    count = sum(row.leaked for row in run.rows)
    if not count:
        return None
    return (
        f"{count:,} of {len(run.rows):,} test rows nearly equal{'s' * (count == 1)} a training row: trust the figures "
        "without such rows, or set split.near_duplicates to group."
    )


def unlike_training(run: Run) -> str | None:
    """Name the kind of row that is much more frequent among test rows than among training rows, or much rarer."""
    found = run.scores.get("unlike_training", [])
    if not found:
        return None
    kind = max(found, key=lambda one: one["test"] - one["train"])
    return (
        f"Test rows are of other kinds than training rows: {kind['slice']} {kind['value']} is {percent(kind['test'])} "
        f"of the test rows and {percent(kind['train'])} of the training rows. The model is judged by other rows than "
        "it learnt from: bring more of the rarer kind, or draw both parts from the same data."
    )


def empty_answers(run: Run) -> str | None:
    """Report the tuned model's empty answers."""
    count, rows = run.scores["tuned"].get("empty", 0), run.scores["n"]
    if not count:
        return None
    return f"{count:,} of {rows:,} tuned answers are empty ({percent(count / rows)}): read their rows and the prompt."


def untrained_zeros(run: Run) -> str | None:
    """Report an untrained model that scores 0 on many rows, which makes a gain over it easy.

    Not of labels: there a wrong answer has the right form.
    """
    zeros = sum(row.scores["untrained"] == 0 for row in run.rows)
    lower = run.definitions["metrics"][run.scores["headline"]]["better"] == "lower"
    if lower or run.labels or not run.rows or zeros / len(run.rows) < ZEROS:
        return None
    return (
        f"The untrained model scores 0 on {zeros:,} of {len(run.rows):,} rows ({percent(zeros / len(run.rows))}): most "
        "of the gain over it is the form of the answer. Compare with the baseline."
    )


def losing_slices(run: Run) -> str | None:
    """Name the kinds of row where tuned is worse than the baseline, or else behind it: the worst three.

    Not those where a baseline that gives all rows one answer is right by construction.
    """
    sign = -1 if run.definitions["metrics"][run.scores["headline"]]["better"] == "higher" else 1
    parts = [part for part in run.slices if sign * part.difference > 0 and not part.structural]
    losing = sorted(parts, key=lambda part: -sign * part.difference)
    if not losing:
        return None
    worse = [part for part in losing if part.verdict == "worse"]
    named = worse or losing
    names = "; ".join(_slice(part) for part in named[:3])
    more = f" (and {len(named) - 3} more)" if len(named) > 3 else ""
    if worse:
        rest = len(losing) - len(worse)
        behind = f" In {_rows(rest, 'other slice')} it is behind, which may be chance." if rest else ""
        return (
            f"Tuned is worse than the baseline in {_rows(len(worse), 'slice')}: {names}{more}.{behind} Read their rows."
        )
    return (
        f"Tuned is behind the baseline in {_rows(len(losing), 'slice')}: {names}{more}. None of these is a clear "
        "difference, so it may be chance: read their rows."
    )


def faults(run: Run) -> str | None:
    """Report the faults of more than a few tuned answers; cut_answers reports those that did not end."""
    tuned, rows = run.scores["tuned"], run.scores["n"]
    names = [name for name in tuned if is_fault(run.definitions, name) and tuned[name] > OFTEN]
    names = [name for name in names if name != "not_ended"]
    if not names:
        return None
    shares = "; ".join(
        f"{title(run.definitions, name)} in {percent(tuned[name])} ({round(tuned[name] * rows):,} of {rows:,})"
        for name in sorted(names, key=lambda name: -tuned[name])
    )
    return f"Faults in tuned answers: {shares}. Overlap metrics do not measure them: read these answers."


RULES: tuple[Callable[[Run], str | None], ...] = (
    unknown_tokens, worse_than_baseline, no_gain_over_untrained, rows_needed, leaked, unlike_training, empty_answers,
    cut_answers, cut_inputs, rows_too_long, faults, losing_slices, still_falling, rising, overfitting, untrained_zeros,
)  # fmt: skip


def advice(run: Run) -> list[str]:
    """Return the sentence of each rule that has one, the most serious first."""
    return [sentence for rule in RULES if (sentence := rule(run))]


def _two_digits(number: float) -> int:
    """Return `number` rounded up to two significant digits: an estimate has no more."""
    unit = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return math.ceil(number / unit - 1e-9) * unit


def _rows(count: int, noun: str = "row") -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _slice(part: Slice) -> str:
    ends = between(part.low, part.high, sign=True)
    figures = [figure(part.difference, sign=True), *[ends] * bool(ends), _rows(part.n)]
    return f"{part.slice} {part.value} ({', '.join(figures)})"
