"""Whether all text of a figure can be read: large enough, inside the picture, no two texts over one another."""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text

from pipeline_lib.report.figures.picture import SMALL, WIDTH


def check_legible(figure: Figure) -> None:
    """Fail unless the figure is narrow, and its texts are large enough, inside it, and apart from one another."""
    assert figure.get_figwidth() * 72 <= WIDTH + 0.1
    texts = [text for text in figure_texts(figure) if text.get_visible() and text.get_text().strip()]
    assert texts
    for text in texts:
        assert float(text.get_fontsize()) >= SMALL, text
        box = text.get_window_extent()
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= figure.bbox.width, text
        assert box.y1 <= figure.bbox.height, text
    upright = [(text, text.get_window_extent().padded(-1)) for text in texts if text.get_rotation() == 0]
    corners = np.array([[box.x0, box.y0, box.x1, box.y1] for _, box in upright])
    for x0, y0, x1, y1 in corners:
        over = (corners[:, 0] < x1) & (corners[:, 2] > x0) & (corners[:, 1] < y1) & (corners[:, 3] > y0)
        assert over.sum() == 1, [upright[i][0] for i in np.flatnonzero(over)]


def written_texts(figure: Figure) -> list[str]:
    """Return all texts of a figure in the order they were drawn, titles of the figure first."""
    return [text.get_text() for text in figure_texts(figure) if text.get_visible() and text.get_text().strip()]


def figure_texts(figure: Figure | SubFigure) -> Iterator[Text]:
    """Yield the texts of a figure, the parts of it, and their axes."""
    yield from figure.texts
    for part in figure.subfigs:
        yield from figure_texts(part)
    for axes in figure.axes:
        if axes.get_figure() is figure:
            yield from axes_texts(axes)


def axes_texts(axes: Axes) -> Iterator[Text]:
    """Yield the texts of axes, those of their legend and their ticks included."""
    yield from axes.texts
    if axes.axison:
        for axis in (axes.xaxis, axes.yaxis):  # matplotlib keeps ticks beyond the ends, which it does not draw
            low, high = sorted(axis.get_view_interval())
            yield from (tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high)
            yield axis.label
    yield from (axes.title, axes._left_title)  # type: ignore[attr-defined]  # it has no public name
    if legend := axes.get_legend():
        yield from (*legend.get_texts(), legend.get_title())
    for child in axes.child_axes:
        yield from axes_texts(child)  # type: ignore[arg-type]
