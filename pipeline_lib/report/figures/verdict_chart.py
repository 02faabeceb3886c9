"""The chart of the verdict as SVG text: every system's headline figure with its 95% interval, the best on top."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import escape

from pipeline_lib.report.charts import Axis, axis
from pipeline_lib.report.compared_systems import ComparedSystem, compared_systems, compared_title
from pipeline_lib.report.figures.palette import declarations
from pipeline_lib.report.wording import UNTRAINED

STYLE = Path(__file__).with_name("verdict_chart.css")
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
WIDTH, EDGE, TITLE = 640, 16, 40  # of a picture of its own: of the chart, around it, of its title; pixels
_ROW, _TRACK, _AXIS = 56, 44, 24  # height of a system, the middle of its interval from its top, height of the ticks


def verdict_chart(scores: Mapping[str, Any], definitions: Mapping[str, Any], untrained: str = UNTRAINED) -> str:
    """Return an SVG element as wide as what it stands in, without colours: those are verdict_chart.css's.

    Of each system: its name, its headline figure with the interval, and whether the tuned model differs from it.
    `untrained` is the untrained model's name.
    """
    rows = compared_systems(scores, definitions, untrained)
    ends = (end for row in rows for end in (row.low, row.value, row.high) if end is not None)
    scale = axis([0.0, *ends])
    best = scale.place(scores["baselines"][scores["best_baseline"]["name"]][scores["headline"]])
    height = _ROW * len(rows) + _AXIS
    text = "; ".join(f"{row.name} {row.text}{row.interval}{', ' * bool(row.note)}{row.note}" for row in rows)
    lines = [
        f'<svg class="verdict-chart" width="100%" height="{height}" role="img" '
        f'aria-label="{escape(f"{compared_title(scores, definitions)}: {text}")}">'
    ]
    for place, row in enumerate(rows):
        lines += _drawn(row, place * _ROW, scale, best)
    for at, tick in scale.ticks:
        anchor = "start" if at < 3 else "end" if at > 97 else "middle"
        lines.append(f'<text class="tick" x="{at}%" y="{height - 6}" text-anchor="{anchor}">{tick}</text>')
    return "\n".join([*lines, "</svg>"])


def verdict_picture(scores: Mapping[str, Any], definitions: Mapping[str, Any], scheme: str) -> str:
    """Return the chart as an SVG file with its own colours. `scheme` is one of palette.SCHEMES."""
    chart = verdict_chart(scores, definitions).replace('width="100%"', f'x="{EDGE}" y="{TITLE}" width="{WIDTH}"', 1)
    found = re.search(r'height="(\d+)"', chart)
    assert found is not None
    width, height = WIDTH + 2 * EDGE, TITLE + int(found[1]) + EDGE
    style = STYLE.read_text(encoding="utf-8")
    used = set(re.findall(r"var\((--[\w-]+)\)", style)) | {"--panel"}
    given = re.findall(r"(--[\w-]+): ([^;]+);", declarations(scheme))
    colours = "".join(f"{name}: {colour}; " for name, colour in given if name in used)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n'
        f"<style>\nsvg {{ {colours}font-family: {FONTS}; }}\n{style}</style>\n"
        f'<rect width="{width}" height="{height}" rx="10" fill="var(--panel)"/>\n'
        f'<text class="verdict-chart name" x="{EDGE}" y="24">{escape(compared_title(scores, definitions))}</text>\n'
        f"{chart}\n</svg>\n"
    )


def _drawn(row: ComparedSystem, top: int, scale: Axis, best: float) -> list[str]:
    middle = top + _TRACK
    above, below = middle - 8, middle + 8
    lines = [
        f'<text class="name {row.kind}" x="0" y="{top + 14}">{escape(row.name)}</text>',
        f'<text class="value" x="100%" y="{top + 14}" text-anchor="end">{row.text}'
        f'<tspan class="ends">{row.interval}</tspan></text>',
        f'<text class="note {row.verdict.replace(" ", "-")}" x="0" y="{top + 30}">{escape(row.note)}</text>',
        f'<line class="track" x1="0" x2="100%" y1="{middle}" y2="{middle}"/>',
        f'<line class="reference" x1="{best}%" x2="{best}%" y1="{above}" y2="{below}"/>',
    ]
    if row.low is not None and row.high is not None:
        ends = f'x1="{scale.place(row.low)}%" x2="{scale.place(row.high)}%"'
        lines.append(f'<line class="range {row.kind}" {ends} y1="{middle}" y2="{middle}"/>')
    return [*lines, f'<circle class="{row.kind}" cx="{scale.place(row.value)}%" cy="{middle}" r="6"/>']
