"""The shades of a heat map, and the colour of the text on them."""

from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb

from pipeline_lib.report.figures.palette import TUNED

EMPTY = "#e9e3d8"  # of a cell without a value
SHADES: Colormap = LinearSegmentedColormap.from_list("shades", ["#f3f7fb", "#8fbbdc", TUNED, "#00304f"])
SHADES = SHADES.with_extremes(bad=EMPTY)


def text_on(value: float) -> str:
    """Return black or white, whichever has more contrast (WCAG 2.2) on the shade of a value from 0 to 1."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(SHADES(value))]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"
