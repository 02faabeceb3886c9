"""HTML pages in one file: data, styles and scripts inside, nothing is fetched, and no other script may run."""

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
    """Return the HTML of a Jinja template filled with style, scripts and data.

    The template's variables: style; scripts, each for an inline module; script_hashes, for the Content-Security-Policy;
    data, as JSON for a script element of type application/json, where nothing in it is ever markup or script; values,
    the same data for the template's own text, which Jinja escapes.
    """
    encoded = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # Without "<" nothing in it can end the script element. Half a surrogate pair cannot be encoded in UTF-8.
    encoded = re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", encoded.replace("<", "\\u003c"))
    hashes = [base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii") for script in scripts]
    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(template).render(
        data=Markup(encoded),
        values=data,
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        script_hashes=Markup(" ".join(f"'sha256-{digest}'" for digest in hashes)),
    )


@cache
def vega() -> str:
    """Return the script of vega-embed and Vega from vl-convert's wheel; it sets window.vegaEmbed."""
    # Not `vega` itself: in the bundle of vl-convert 1.9 that name is null.
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
