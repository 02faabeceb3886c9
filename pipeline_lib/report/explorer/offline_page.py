"""HTML pages in one file that fetch nothing: data, styles and scripts inside, and no other script may run."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import vl_convert
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup


def offline_page(template: str, style: str, scripts: Sequence[str], data: Mapping[str, Any]) -> str:
    """Return a Jinja template filled: `style`, `scripts` (each an inline module), `allowed` (for the page's policy).

    The template gets `data` as JSON for a script element of type application/json, so that whatever it holds is data,
    never markup or script, and as `told` for text of its own, escaped.
    """
    made = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # Nothing in it can end the script element: no "<" is left. Half a surrogate pair has no bytes in UTF-8.
    made = re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", made.replace("<", "\\u003c"))
    hashes = [base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii") for script in scripts]
    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(template).render(
        data=Markup(made),
        told=data,
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        allowed=Markup(" ".join(f"'sha256-{found}'" for found in hashes)),
    )


@cache
def vega() -> str:
    """Return vega-embed's script with Vega in it, as vl-convert has it inside its wheel: it sets window.vegaEmbed."""
    # Not `vega` itself: in the bundle of vl-convert 1.9 that name is null.
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
