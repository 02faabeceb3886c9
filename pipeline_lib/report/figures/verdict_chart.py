"""The chart of the verdict as SVG text: every system's headline figure with its 95% interval, the best on top."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import escape

from pipeline_lib.core.run_files import PROMPTED
from pipeline_lib.report.charts import Axis, axis
from pipeline_lib.report.offline_page import STYLE as PAGE_STYLE
from pipeline_lib.report.results import title
from pipeline_lib.report.verdict import between, chance, figure, rows_in_words
from pipeline_lib.report.wording import UNTRAINED, chart_name

STYLE = Path(__file__).with_name("verdict_chart.css")
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
SCHEMES = ("light", "dark")
WIDTH, EDGE, TITLE = 640, 16, 40  # of a picture of its own: of the chart, around it, of its title; pixels
_ROW, _TRACK, _AXIS = 56, 44, 24  # height of a system, the middle of its interval from its top, height of the ticks
_WORDS = {"better": "tuned is better", "worse": "tuned is worse", "no clear difference": "no clear difference"}


def verdict_chart(scores: Mapping[str, Any], definitions: Mapping[str, Any], untrained: str = UNTRAINED) -> str:
    """Return an SVG element as wide as what it stands in, without colours: those are verdict_chart.css's.

    Of each system: its name, its headline figure with the interval, and whether the tuned model differs from it.
    `untrained` is the untrained model's name.
    """
    rows = _rows(scores, untrained, definitions)
    scale = axis([0.0, *(end for row in rows for end in row["ends"] if end is not None)])
    best = scale.place(scores["baselines"][scores["best_baseline"]["name"]][scores["headline"]])
    height = _ROW * len(rows) + _AXIS
    text = "; ".join(
        f"{row['name']} {row['value']}{row['interval']}{', ' * bool(row['note'])}{row['note']}" for row in rows
    )
    lines = [
        f'<svg class="verdict-chart" width="100%" height="{height}" role="img" '
        f'aria-label="{escape(f"{chart_title(scores, definitions)}: {text}")}">'
    ]
    for place, row in enumerate(rows):
        lines += _drawn(row, place * _ROW, scale, best)
    for at, tick in scale.ticks:
        anchor = "start" if at < 3 else "end" if at > 97 else "middle"
        lines.append(f'<text class="tick" x="{at}%" y="{height - 6}" text-anchor="{anchor}">{tick}</text>')
    return "\n".join([*lines, "</svg>"])


def chart_title(scores: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Return what the chart shows, without the systems."""
    name = scores["headline"]
    better = definitions["metrics"][name]["better"]
    what = title(dict(definitions), name)
    return f"{what[:1].upper()}{what[1:]} on {rows_in_words(dict(scores))}, {better} is better, with 95% intervals"


def verdict_picture(scores: Mapping[str, Any], definitions: Mapping[str, Any], scheme: str) -> str:
    """Return the chart as an SVG file with its own colours. `scheme` is one of SCHEMES."""
    chart = verdict_chart(scores, definitions).replace('width="100%"', f'x="{EDGE}" y="{TITLE}" width="{WIDTH}"', 1)
    found = re.search(r'height="(\d+)"', chart)
    assert found is not None
    width, height = WIDTH + 2 * EDGE, TITLE + int(found[1]) + EDGE
    style = STYLE.read_text(encoding="utf-8")
    roots = re.findall(r":root[^{]*\{(.*?)\}", PAGE_STYLE.read_text(encoding="utf-8"), re.DOTALL)
    given = re.findall(r"(--[\w-]+): ([^;]+);", roots[SCHEMES.index(scheme)])
    used = set(re.findall(r"var\((--[\w-]+)\)", style)) | {"--panel"}
    colours = "".join(f"{name}: {colour}; " for name, colour in given if name in used)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n'
        f"<style>\nsvg {{ {colours}font-family: {FONTS}; }}\n{style}</style>\n"
        f'<rect width="{width}" height="{height}" rx="10" fill="var(--panel)"/>\n'
        f'<text class="verdict-chart name" x="{EDGE}" y="24">{escape(chart_title(scores, definitions))}</text>\n'
        f"{chart}\n</svg>\n"
    )


def _rows(scores: Mapping[str, Any], untrained: str, definitions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the systems, the best first: kind, name, value, interval, ends (of the interval and value), note."""
    headline, best = scores["headline"], scores["best_baseline"]["name"]
    systems = {**scores["baselines"], "untrained": scores["untrained"], "tuned": scores["tuned"]}
    sign = -1 if definitions["metrics"][headline]["better"] == "higher" else 1
    rows = []
    for key, figures in sorted(systems.items(), key=lambda system: (sign * system[1][headline], system[0] != "tuned")):
        value, low, high = (figures.get(f"{headline}{end}") for end in ("", "_low", "_high"))
        over, ends = scores["gain"]["each"].get(key), between(low, high)
        said = (
            f"{_WORDS[over['verdict']]}, {chance(over)}".replace("<=", "≤")
            if over
            else "after training"
            if key == "tuned"
            else ""
        )
        kind = "untrained" if key.startswith(PROMPTED) else key if key in ("untrained", "tuned") else "baseline"
        rows.append(
            {
                "kind": kind,
                "name": chart_name(definitions, key, untrained),
                "value": figure(value),
                "interval": f" ({ends})" if ends else "",
                "ends": (low, value, high),
                "note": "; ".join(filter(None, ["best baseline" * (key == best), said])),
                "verdict": over["verdict"].replace(" ", "-") if over else "",
            }
        )
    return rows


def _drawn(row: Mapping[str, Any], top: int, scale: Axis, best: float) -> list[str]:
    low, value, high = row["ends"]
    middle, kind = top + _TRACK, row["kind"]
    above, below = middle - 8, middle + 8
    lines = [
        f'<text class="name {kind}" x="0" y="{top + 14}">{escape(row["name"])}</text>',
        f'<text class="value" x="100%" y="{top + 14}" text-anchor="end">{row["value"]}'
        f'<tspan class="ends">{row["interval"]}</tspan></text>',
        f'<text class="note {row["verdict"]}" x="0" y="{top + 30}">{escape(row["note"])}</text>',
        f'<line class="track" x1="0" x2="100%" y1="{middle}" y2="{middle}"/>',
        f'<line class="reference" x1="{best}%" x2="{best}%" y1="{above}" y2="{below}"/>',
    ]
    if low is not None and high is not None:
        ends = f'x1="{scale.place(low)}%" x2="{scale.place(high)}%"'
        lines.append(f'<line class="range {kind}" {ends} y1="{middle}" y2="{middle}"/>')
    return [*lines, f'<circle class="{kind}" cx="{scale.place(value)}%" cy="{middle}" r="6"/>']
