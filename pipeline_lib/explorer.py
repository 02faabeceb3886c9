"""One self-contained page to explore the word pairs: a graph by Vega, a table, no network."""

import json
from pathlib import Path

import vl_convert

from pipeline_lib.figures import DRAWN
from pipeline_lib.files import write_text
from pipeline_lib.layout import label_width, layout
from pipeline_lib.pairs import Pair

TEMPLATE = Path(__file__).with_name("explorer.html")
# More rows than a person sorts and searches; they keep the page near 1.5 MB.
LISTED = 5000
# Widths of the graph in points of its labels: for a phone, a tablet, a desk. The page takes the widest that fits.
WIDTHS = (258.0, 430.0, 760.0)


def write_page(path: str | Path, pairs: list[Pair]) -> None:
    """Write the explorer as one HTML file of about 1 MB.

    The first DRAWN pairs are drawn, the first LISTED are in the table; the page says so where there are more.
    """
    write_text(path, page(pairs))


def page(pairs: list[Pair]) -> str:
    """Return the explorer's HTML. Whatever a word holds is data in it, never markup or script."""
    drawn = [(p.left, p.right, p.cosine) for p in pairs[:DRAWN]]
    layouts = []
    for width in WIDTHS:
        places, height = layout(drawn, label_width, width)
        spots = [[word, round(x, 1), round(y, 1), round(label_width(word), 1)] for word, (x, y) in places.items()]
        layouts.append({"width": width, "height": round(height, 1), "spots": spots})
    rows = [
        [p.rank, p.left, p.right, p.cosine, p.left_documents, p.right_documents, p.left_count, p.right_count]
        for p in pairs[:LISTED]
    ]
    data = {"total": len(pairs), "drawn": len(drawn), "rows": rows, "layouts": layouts}
    # Nothing in it can end the script element: no "<" is left. U+2028 and its like are escaped as well.
    embedded = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")
    head, middle, tail = TEMPLATE.read_text(encoding="utf-8").replace("{{DATA}}", "{{VEGA}}").split("{{VEGA}}")
    return head + embedded + middle + vega() + tail


def vega() -> str:
    """Return vega-embed's script with Vega in it, as vl-convert has it inside its wheel."""
    # Not `vega` itself: in the bundle of vl-convert 1.9 that name is null.
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
