"""The positions of the marks in the page's charts, in percent of the chart: templates draw them at any width."""

import math
from dataclasses import dataclass
from typing import Any

from pipeline_lib.core.run_files import PROMPTED
from pipeline_lib.report.training_history import History
from pipeline_lib.report.verdict import between, figure
from pipeline_lib.report.wording import UNTRAINED, chart_name

FAINT = 400  # points of the loss of each step that are drawn
SMOOTH = 24  # points of its running mean
LONGEST = 40  # characters over a chart: as many as a phone is wide


@dataclass(frozen=True)
class Mark:
    """A value with its interval, in percent from the left; `low` and `high` are None where there is no interval."""

    label: str
    kind: str  # baseline | best | untrained: its colour
    text: str
    at: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Axis:
    """A linear scale from `start` to `stop`, with `ticks` as (percent, text)."""

    start: float
    stop: float
    ticks: list[tuple[float, str]]

    def place(self, value: float) -> float:
        """Return the position of `value` in percent of the axis."""
        return round(100 * (value - self.start) / (self.stop - self.start), 2)


def axis(values: list[float], wanted: int = 5, tight: bool = False) -> Axis:
    """Return the scale that holds `values`, with about `wanted` ticks at round numbers.

    It starts and stops at a tick; a `tight` one stops at the largest value.
    """
    low, high = min(values), max(values)
    if high - low < 1e-9:
        low, high = low - abs(low) * 0.1 - 0.01, high + abs(high) * 0.1 + 0.01
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * power for unit in (1, 2, 2.5, 5, 10) if unit * power >= rough * 0.999)
    decimals = next(digits for digits in range(12) if abs(step * 10**digits - round(step * 10**digits)) < 1e-6)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    scale = Axis(first * step, high if tight else last * step, [])
    ticks = [(scale.place(number * step), f"{number * step + 0.0:,.{decimals}f}") for number in range(first, last + 1)]
    return Axis(scale.start, scale.stop, [tick for tick in ticks if tick[0] <= 100])


def short_label(name: str, note: str = "") -> str:
    """Return a name with a note in brackets, of a long name the start, as SVG breaks no line."""
    end = f" ({note})" if note else ""
    return (name if len(name + end) <= LONGEST else f"{name[: LONGEST - len(end) - 1]}…") + end


def gains(
    scores: dict[str, Any], definitions: dict[str, Any], untrained: str = UNTRAINED
) -> tuple[Axis, list[Mark], tuple[float, float] | None]:
    """Return the scale, the marks of tuned minus each baseline and minus untrained, and the band around 0 in which this
    many rows cannot show a difference from the best baseline (None where it is not known).

    `untrained` is the untrained model's name.
    """
    over_baseline = scores["gain"]["baseline"]
    best = over_baseline["against"]
    found = [
        (name, "best" if name == best else "untrained" if _is_untrained(name) else "baseline", over)
        for name, over in scores["gain"]["each"].items()
    ]
    detectable = over_baseline["smallest_detectable"]
    ends = [gain[end] for _, _, gain in found for end in ("difference", "low", "high")]
    ends += [0.0] if detectable is None else [-detectable, detectable]
    scale = axis([end for end in ends if end is not None])
    marks = [_mark(scale, chart_name(definitions, name, untrained), kind, gain) for name, kind, gain in found]
    return scale, marks, None if detectable is None else (scale.place(-detectable), scale.place(detectable))


def _is_untrained(name: str) -> bool:
    return name == "untrained" or name.startswith(PROMPTED)


def _mark(scale: Axis, label: str, kind: str, gain: dict[str, Any]) -> Mark:
    value, low, high = gain["difference"], gain["low"], gain["high"]
    ends = between(low, high, sign=True)
    return Mark(
        label,
        kind,
        figure(value, sign=True) + (f" ({ends})" if ends else ""),
        scale.place(value),
        None if low is None else scale.place(low),
        None if high is None else scale.place(high),
    )


@dataclass(frozen=True)
class Curves:
    """The loss curves as (x, y) in percent from the left and the top.

    `faint` is the loss of each step, `mean` a mean over several, `validation` the loss by epoch.
    """

    across: Axis
    up: Axis
    faint: list[tuple[float, float]]
    mean: list[tuple[float, float]]
    validation: list[tuple[float, float]]
    kept: tuple[float, float] | None  # the mark of the epoch that was kept
    text: str


def curves(history: History, unit: str = "token") -> Curves | None:
    """Return the loss curves in nats per `unit`, with the epoch that was kept; None where nothing was trained."""
    entries = history.train + history.validation
    if not entries:
        return None
    across = axis([0.0, *(float(step) for step, _ in entries)], tight=True)  # nothing is drawn past the last step
    faint, mean = _means(history.train, FAINT), _means(history.train, SMOOTH)
    up = axis([0.0, *(loss for _, loss in faint), *(loss for _, loss in history.validation)], wanted=4)

    def placed(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(across.place(step), round(100 - up.place(loss), 2)) for step, loss in points]

    validation = placed([(float(step), loss) for step, loss in history.validation])
    text, kept = [], None
    if history.train:
        text.append(f"Training loss from {figure(mean[0][1])} to {figure(mean[-1][1])} nats per {unit}")
    if validation:
        losses = [loss for _, loss in history.validation]
        epoch = losses.index(min(losses)) if history.kept is None else history.kept
        kept = validation[epoch]
        text.append(
            f"validation loss by epoch {', '.join(figure(loss) for loss in losses)}; "
            f"epoch {epoch + 1} of {len(losses)} was kept"
        )
    else:
        text.append("no validation rows; the last epoch was kept")
    return Curves(across, up, placed(faint), placed(mean), validation, kept, "; ".join(text) + ".")


def _means(points: list[tuple[int, float]], wanted: int) -> list[tuple[float, float]]:
    """Return the means of at most `wanted` equal stretches of (step, loss), or the points where there are fewer."""
    count = min(wanted, len(points))
    means = []
    for i in range(count):
        part = points[i * len(points) // count : (i + 1) * len(points) // count]
        means.append((sum(step for step, _ in part) / len(part), math.fsum(loss for _, loss in part) / len(part)))
    return means
