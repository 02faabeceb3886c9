"""Model selection: settings in the order of their figures on validation rows. The first one is chosen."""

from collections.abc import Sequence

from pipeline_lib.evaluation.score_table import DIGITS


def ranked(figures: Sequence[tuple[float, float | None]], better: str) -> list[int]:
    """Return the places of some settings, the best first, by their (headline figure, loss) on validation rows.

    `better` (higher | lower) says which headline figure is best. Of equal ones, to DIGITS decimals, the lower loss is,
    where all settings have a loss; of equal losses the setting that is named first.
    """
    sign = -1.0 if better == "higher" else 1.0
    losses = all(loss is not None for _, loss in figures)

    def key(place: int) -> tuple[float, float]:
        value, loss = figures[place]
        return round(sign * value, DIGITS), round(loss, DIGITS) if losses and loss is not None else 0.0

    return sorted(range(len(figures)), key=key)  # stable: of equal ones the first stays the first
