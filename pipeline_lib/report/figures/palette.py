"""The colours of every picture: those of the report page, and for more kinds than it has those of Okabe and Ito."""

import re
from pathlib import Path

PAGE_STYLE = Path(__file__).parents[1] / "page.css"
SCHEMES = ("light", "dark")


def declarations(scheme: str) -> str:
    """Return the colours of the report page as CSS declarations, "--text: #1b1c1f; ...". `scheme` is one of SCHEMES."""
    found = re.findall(r":root[^{]*\{(.*?)\}", PAGE_STYLE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found[SCHEMES.index(scheme)])


_LIGHT = dict(re.findall(r"--([\w-]+): (#\w+)", declarations("light")))
TUNED, UNTRAINED, BASELINE, BEST = (_LIGHT[name] for name in ("tuned", "untrained", "baseline", "best"))
TEXT, SOFT, LINE = (_LIGHT[name] for name in ("text", "soft", "line"))
VERDICTS = {"better": _LIGHT["better"], "worse": _LIGHT["worse"], "no clear difference": _LIGHT["unsure"]}
SYSTEMS = {"tuned": TUNED, "untrained": UNTRAINED, "baseline": BASELINE, "best baseline": BEST}
# Colour-blind people can tell these apart. Without yellow, which is too faint on white.
DISTINCT = (TUNED, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
