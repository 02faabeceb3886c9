"""How every picture is made: its width, its title, its fonts, and how it is saved. The same input gives the same bytes.

A picture is at most WIDTH points wide and no text in it is below SMALL points, so that it can be read where a page
shows it 830 pixels wide, as GitHub does. Its background is white, also where the page around it is dark.
"""

import logging
import warnings
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

from pipeline_lib.core.files import written
from pipeline_lib.report.figures.fonts import families, report_missing
from pipeline_lib.report.figures.palette import LINE, SOFT, TEXT
from pipeline_lib.report.figures.text_size import wrapped

matplotlib.use("Agg")  # needs no display
logging.getLogger("matplotlib").setLevel(logging.ERROR)

WIDTH, EDGE = 600.0, 14.0  # points: of a picture, and around what is in it
TITLE, PLAIN, SMALL = 13.0, 10.0, 9.0  # points: sizes of text
DPI = 130
_LEADING = 1.45  # height of a line of text, in its size

matplotlib.rcParams.update({
    "font.size": PLAIN, "axes.titlesize": PLAIN, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "xtick.labelsize": SMALL, "ytick.labelsize": SMALL, "legend.fontsize": SMALL, "text.color": TEXT,
    "axes.labelcolor": TEXT, "axes.edgecolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT,
    "xtick.labelcolor": TEXT, "ytick.labelcolor": TEXT,
})  # fmt: skip


def picture(height: float, layout: str = "constrained", width: float = WIDTH) -> Figure:
    """Return an empty figure; width and height in points. `head` adds the height of its title."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=DPI, layout=layout)  # type: ignore[arg-type]
    figure.get_layout_engine().set(w_pad=EDGE / 144, h_pad=EDGE / 144)  # type: ignore[union-attr,call-arg]  # inches
    return figure


def canvas(height: float) -> tuple[Figure, Axes]:
    """Return a figure, WIDTH wide, and axes without a frame whose unit is one point, with y downwards."""
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def head(figure: Figure, title: str, note: str = "", grow: bool = True) -> None:
    """Write a title, and a note below it, over a figure; both wrap. A figure of `picture` has to `grow` by them."""
    width, body = figure.get_figwidth() * 72, figure.get_figheight() * 72
    height = body + (head_height(title, note, width) if grow else 0.0)
    figure.set_figheight(height / 72)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, 0, 1, body / height))  # type: ignore[call-arg]  # both engines of `picture` have it
    for top, text, style in head_lines(title, note, width - 2 * EDGE):
        figure.text(EDGE / width, 1 - (EDGE + top) / height, text, va="top", parse_math=False, **style)


def head_lines(title: str, note: str, width: float) -> list[tuple[float, str, dict[str, Any]]]:
    """Return the lines of a title and a note, `width` points wide: (points from the top, text, style)."""
    found, top = [], 0.0
    bold: dict[str, Any] = {"fontsize": TITLE, "fontweight": "bold"}
    for text, size, style in ((title, TITLE, bold), (note, PLAIN, {"fontsize": PLAIN, "color": SOFT})):
        for line in wrapped(text, width, size, bold=style is bold):
            found.append((top, line, style))
            top += size * _LEADING
    return found


def head_height(title: str, note: str = "", width: float = WIDTH) -> float:
    """Return the height of a title and a note in points, with the room around them."""
    last, _, style = head_lines(title, note, width - 2 * EDGE)[-1]
    return EDGE + last + float(style["fontsize"]) * _LEADING + 6


def tidy(axes: Axes, grid: Any = "both") -> None:
    """Give axes a light grid behind the marks, and no frame at the top and the right."""
    axes.grid(axis=grid, color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def plain_legend(legend: Legend) -> None:
    """Show a legend's texts as they are: a label may hold $."""
    legend.get_frame().set(facecolor="white", edgecolor="none", alpha=0.85)
    for text in legend.get_texts():
        text.set_parse_math(False)


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG or SVG, by the ending of `path`; the same figure gives the same bytes.

    Each text gets fonts that have its characters; those that none has are reported in one line.
    """
    vector = Path(path).suffix.lower() == ".svg"
    # Without matplotlib's version and the date; SVG's ids are hashes, with a random salt unless it is set.
    metadata = {"Date": None, "Creator": None} if vector else {"Software": None}
    texts = [text for text in figure.findobj(Text) if not text.get_text().isascii()]
    for text in texts:
        text.set_fontfamily(families(text.get_text()))
    report_missing(text.get_text() for text in texts)
    with written(path) as draft, warnings.catch_warnings(), matplotlib.rc_context({"svg.hashsalt": "tare"}):
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # report_missing has said so
        figure.savefig(draft, format="svg" if vector else "png", metadata=metadata, facecolor="white")
